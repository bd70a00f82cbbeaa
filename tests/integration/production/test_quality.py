"""Quality: read back by another officer than the operator; equal or not, nothing in between."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from card_drivers.order import ChipReading, Order
from card_drivers.troubles import Trouble
from issuance import document_types
from issuance.actors import SYSTEM, Actor
from issuance.errors import Conflict, InvalidInput, NotAllowed, NotFound
from issuance.models.documents import Document, QualityCheck
from issuance.models.production import ChipRead, SealCertificate
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import Centre, RoleName, Station
from issuance.models.stock import Blank
from issuance.services.production import chip_check, chip_reading, documents, orders, quality
from issuance.services.production.quality import Reading
from issuance.services.stations import tokens
from printing.faces.compose import rasterise
from printing.pages.symbols import read_data_matrix
from tests import seals
from tests.fixtures.databases import on_sqlite
from tests.fixtures.stages import carrying
from tests.people import LAYLA, Case, SmallOffice, able, changed

TID = changed(LAYLA, document_type="TID", status="applicant", decision_number="", decision_date=None)


def documents_of(office: SmallOffice) -> list[Document]:
    with office.database.reading() as session:
        return list(session.scalars(select(Document).order_by(Document.attempt)))


def request_of(office: SmallOffice, document_id: UUID) -> IssuanceRequest:
    with office.database.reading() as session:
        return session.get_one(IssuanceRequest, session.get_one(Document, document_id).request_id)


def ask(office: SmallOffice, document_id: UUID, role: str = "quality_officer") -> UUID:
    with office.act(office.actors[role]) as act:
        document = act.session.get_one(Document, document_id)
        return chip_reading.ask_for_chip(act, document).id


def answer(office: SmallOffice, read_id: UUID, station: Station | None = None, **said: object) -> None:
    office.answer_chip(ChipReading.model_validate({"read_id": read_id} | said), station)


def read_chip(office: SmallOffice, document_id: UUID, **changes: object) -> Reading:
    """The chip as it was made, but for `changes`, asked for and read."""
    office.answer_chip(office.chip_reading(document_id, ask(office, document_id), **changes))
    return newest(office, document_id)


def waiting(office: SmallOffice, station: Station | None = None) -> ChipRead | None:
    with office.reading() as look:
        return chip_reading.waiting_read(look, station or office.station)


def newest(office: SmallOffice, document_id: UUID) -> Reading:
    with office.reading() as look:
        return chip_reading.newest_reading(look, look.session.get_one(Document, document_id))


@on_sqlite
def test_one_question_for_a_chip_is_open_however_many_ask_at_once(office: SmallOffice, made: Case) -> None:
    with ThreadPoolExecutor(4) as tabs:
        assert len(set(tabs.map(lambda _: ask(office, made.document_id), range(4)))) == 1


def test_a_chip_that_was_not_read_to_its_end_is_read_again(office: SmallOffice, made: Case) -> None:
    """And neither released nor rejected: a file that did not come, or a proof that could not be made."""
    whole = office.chip_reading(made.document_id, ask(office, made.document_id))
    files = {name: data for name, data in whole.files.items() if name != "DG12"}
    remark = Trouble.of("active-not-checked")
    for changes in ({"files": files, "missing": ("DG12",)}, {"proofs": {"chip": True}, "remarks": (remark,)}):
        with pytest.raises(InvalidInput, match="not read to its end"):
            read_chip(office, made.document_id, **changes)
    assert read_chip(office, made.document_id).doubts == ()


@pytest.mark.parametrize("lodging", [LAYLA, TID], ids=["permit", "temporary"])
def test_what_is_equal_is_ready(office: SmallOffice, lodging: object, made: Case) -> None:
    assert office.check(made.document_id, office.readings(made.document_id))
    assert (documents_of(office)[0].state, request_of(office, made.document_id).state) == ("checked", "ready")


@carrying(TID)
@pytest.mark.parametrize("part", ["mrz", "barcode"])
def test_one_different_part_rejects_document_number_and_blank(office: SmallOffice, part: str, made: Case) -> None:
    readings = [
        replace(item, value="0" + item.value[1:]) if item.part == part else item
        for item in office.readings(made.document_id)
    ]
    assert not office.check(made.document_id, readings)
    first, second = documents_of(office)
    assert (first.state, second.state, second.attempt_reason) == (
        "cancelled",
        "prepared",
        f"read-back: {part}",
    )
    assert second.number != first.number
    with office.database.reading() as session:
        blank = session.scalars(select(Blank).where(Blank.document_id == first.id)).one()
        check = session.scalars(select(QualityCheck)).one()
    assert (blank.state, check.passed) == ("spoiled", False)
    assert [item["equal"] for item in check.readings] == [item.part != part for item in readings]
    assert request_of(office, made.document_id).state == "in_production"


def photograph(order: Order) -> bytes:
    """What an officer's camera sees of the face with the seal, not quite straight."""
    for face in order.faces:
        picture = rasterise(face.combined, 300)
        if read_data_matrix(picture):
            out = io.BytesIO()
            picture.rotate(3, expand=True, fillcolor="#dfe3e6").save(out, "JPEG", quality=70)
            return out.getvalue()
    raise AssertionError("no face has a seal")


@on_sqlite
@carrying(TID)
def test_a_seal_and_a_bar_code_are_read_on_one_picture(office: SmallOffice, made: Case) -> None:
    with office.reading() as look:
        job = documents.job_of(look, look.session.get_one(Document, made.document_id))
        order = orders.compose_order(orders.recipe(look, job))
    read = quality.read_picture(photograph(order))
    expected = {item.part: item.value for item in office.readings(made.document_id)}
    assert read == {part: expected[part] for part in ("barcode", "seal")}


@on_sqlite
@carrying(TID)
@pytest.mark.parametrize("fault", ["another job's", "one bit", "no seal at all", "another signer's", "unsigned words"])
def test_a_seal_that_is_not_the_document_s_own_rejects_it(office: SmallOffice, fault: str, made: Case) -> None:
    readings = office.readings(made.document_id)
    own = bytes.fromhex(next(item.value for item in readings if item.part == "seal"))
    other = {
        "another job's": seals.sealed(),
        "one bit": own[:60] + bytes([own[60] ^ 1]) + own[61:],
        "no seal at all": b"https://example.org",
        "another signer's": own[:-64] + seals.KeySigner(secret=99).sign(own[:-66]),
        "unsigned words": own[:-64] + bytes(64),
    }[fault]
    read = [replace(item, value=other.hex()) if item.part == "seal" else item for item in readings]
    assert not office.check(made.document_id, read)
    assert documents_of(office)[1].attempt_reason == "read-back: seal"


@on_sqlite
@carrying(TID)
def test_a_kept_seal_that_does_not_verify_rejects_what_is_equal_to_it(office: SmallOffice, made: Case) -> None:
    with office.database.transaction() as session:
        certificate = session.scalars(select(SealCertificate)).one()
        certificate.certificate = seals.KeySigner(secret=99).certificate(name="LI")
    assert not office.check(made.document_id, office.readings(made.document_id))


@on_sqlite
def test_case_and_spaces_of_a_reading_do_not_matter(office: SmallOffice, made: Case) -> None:
    readings = office.readings(made.document_id)
    loose = [replace(item, value="\r\n ".join([item.value[:30], item.value[30:]]).lower()) for item in readings]
    assert office.check(made.document_id, loose)


def test_the_values_read_are_not_kept(office: SmallOffice, made: Case) -> None:
    office.check(made.document_id, office.readings(made.document_id))
    with office.database.reading() as session:
        kept = session.scalars(select(QualityCheck)).one().readings
    assert kept == [
        {"part": "mrz", "method": "scanner", "equal": True},
        {"part": "chip", "method": "reader", "equal": True},
    ]


@on_sqlite
@carrying(TID)
@pytest.mark.parametrize(
    ("readings", "field"),
    [
        ([], "mrz"),
        ([Reading("mrz", "X", "typed")], "barcode"),
        ([Reading("mrz", "X", "typed"), Reading("barcode", " ", "scanner")], "barcode"),
        ([Reading("mrz", "X", "typed"), Reading("barcode", "Y", "scanner")], "seal"),
        ([Reading("mrz", "X", "picture"), Reading("barcode", "Y", "scanner"), Reading("seal", "Z", "picture")], "mrz"),
        ([Reading("mrz", "X", "typed"), Reading("barcode", "Y", "reader"), Reading("seal", "Z", "picture")], "barcode"),
        ([Reading("mrz", "X", "typed"), Reading("barcode", "Y", "scanner"), Reading("seal", "Z", "reader")], "seal"),
    ],
)
def test_parts_are_read_all_and_in_the_ways_that_exist(
    office: SmallOffice, readings: list[Reading], field: str, made: Case
) -> None:
    with pytest.raises(InvalidInput) as refused:
        office.check(made.document_id, readings)
    assert refused.value.field == field
    assert documents_of(office)[0].state == "personalised"


@on_sqlite
def test_the_operator_of_the_job_checks_nothing(office: SmallOffice, made: Case) -> None:
    readings = office.readings(made.document_id)
    operator = office.actors["operator"]
    office.actors["quality_officer"] = replace(operator, roles=operator.roles | {RoleName.QUALITY_OFFICER})
    with pytest.raises(NotAllowed):
        office.check(made.document_id, readings)
    with pytest.raises(NotAllowed):
        ask(office, made.document_id)


def test_a_typed_mrz_alone_releases_nothing(office: SmallOffice, made: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    """A type whose only machine part is the MRZ: nothing shows that the card lay there while it was typed."""
    alone = document_types.get("RP-R").model_copy(update={"machine_parts": ("mrz",)})
    monkeypatch.setattr(document_types, "get", lambda code: alone)
    (mrz,) = office.readings(made.document_id)
    with pytest.raises(InvalidInput, match="needs the document itself beside it"):
        office.check(made.document_id, [replace(mrz, method="typed")])
    assert office.check(made.document_id, [mrz])


def test_a_document_is_checked_once(office: SmallOffice, made: Case) -> None:
    readings = office.readings(made.document_id)
    office.check(made.document_id, readings)
    with pytest.raises(Conflict, match="not waiting for its check"):
        office.check(made.document_id, readings)


@on_sqlite
def test_a_rejection_by_eye_needs_a_reason(office: SmallOffice, made: Case) -> None:
    for reason, error in (("  ", InvalidInput), ("A scratch.", None)):
        with office.act(office.actors["quality_officer"]) as act:
            document = act.session.get_one(Document, made.document_id)
            if error:
                with pytest.raises(error):
                    quality.reject(act, document, reason)
            else:
                quality.reject(act, document, reason)
    assert [item.attempt_reason for item in documents_of(office)] == ["", "A scratch."]


# The chip


def test_a_chip_is_asked_for_once_and_answered_once(office: SmallOffice, made: Case) -> None:
    with pytest.raises(InvalidInput, match="not read yet"):
        newest(office, made.document_id)
    read_id = ask(office, made.document_id)
    assert ask(office, made.document_id) == read_id
    waits = waiting(office)
    assert waits is not None
    assert waits.id == read_id
    reading = office.chip_reading(made.document_id, read_id)
    office.answer_chip(reading)
    office.answer_chip(reading.model_copy(update={"files": {"DG1": b"b"}}))
    assert waiting(office) is None
    (expected,) = [item for item in office.readings(made.document_id) if item.part == "chip"]
    assert newest(office, made.document_id) == expected
    assert ask(office, made.document_id) != read_id


def test_nothing_of_a_chips_content_is_kept(office: SmallOffice, made: Case) -> None:
    read_chip(office, made.document_id)
    with office.database.reading() as session:
        read = session.scalars(select(ChipRead)).one()
    assert sorted(read.files or {}) == ["COM", "CardAccess", "DG1", "DG11", "DG12", "DG14", "DG15", "DG2", "SOD"]
    assert all(len(digest) == 64 for digest in (read.files or {}).values())
    assert read.findings == {
        "opened_by": "PACE",
        "proofs": {"active": True, "chip": True},
        "verdict": "valid",
        "remarks": [],
        "missing": [],
        "reader": [],
    }


@on_sqlite
@pytest.mark.parametrize("name", ["DG1", "DG2", "DG15", "SOD", "COM", "CardAccess"])
def test_one_changed_file_of_a_chip_rejects(office: SmallOffice, name: str, made: Case) -> None:
    files = office.chip_reading(made.document_id, uuid4()).files
    changed = read_chip(office, made.document_id, files=files | {name: files[name][:-1] + bytes([files[name][-1] ^ 1])})
    readings = [changed if item.part == "chip" else item for item in office.readings(made.document_id)]
    assert not office.check(made.document_id, readings)
    assert documents_of(office)[0].state == "cancelled"


@on_sqlite
@pytest.mark.parametrize(
    ("said", "doubts"),
    [
        ({"proofs": {"active": False, "chip": True}}, ("active",)),
        ({"proofs": {"active": False, "chip": False}}, ("active", "chip")),
        ({"opened_by": "BAC"}, ("pace",)),
        ({"opened_by": "BAC", "proofs": {"active": True, "chip": False}}, ("pace", "chip")),
    ],
)
def test_a_copy_of_all_files_is_no_genuine_chip(
    office: SmallOffice, said: dict[str, object], doubts: tuple[str, ...], made: Case
) -> None:
    copy = read_chip(office, made.document_id, **said)
    assert copy.doubts == doubts
    assert not office.check(
        made.document_id, [copy if item.part == "chip" else item for item in office.readings(made.document_id)]
    )
    with office.database.reading() as session:
        kept = session.scalars(select(QualityCheck)).one().readings
    assert kept[-1] == {"part": "chip", "method": "reader", "equal": False, "doubts": list(doubts)}


@on_sqlite
def test_no_document_is_spoiled_for_what_is_wrong_with_our_certificates(office: SmallOffice, made: Case) -> None:
    reading = office.chip_reading(made.document_id, ask(office, made.document_id))
    findings = chip_check.judge(reading, chip_check.Trust([]), at=office.clock.now())
    with office.act(office.machine) as act:
        chip_reading.answer_chip(act, reading, findings, station=office.station)
    with pytest.raises(InvalidInput, match="Do not reject the document"):
        newest(office, made.document_id)


@on_sqlite
def test_a_random_uid_may_differ_each_time(office: SmallOffice, queued: Case) -> None:
    """ISO/IEC 14443-3, 6.5.4: the chip makes a new one whenever it is powered."""
    office.open_shift()
    office.make(chip_uid="08112233")
    assert read_chip(office, queued.document_id, chip_uid="08AABBCC").doubts == ()


@on_sqlite
@pytest.mark.parametrize(
    "said", [{"trouble": Trouble.of("chip-silent", step="connect")}, {"chip_uid": "04000000", "files": {"DG1": "YQ=="}}]
)
def test_what_was_not_this_documents_chip_is_no_reading(
    office: SmallOffice, said: dict[str, object], made: Case
) -> None:
    answer(office, ask(office, made.document_id), **said)
    with pytest.raises(InvalidInput, match="could not read this document"):
        newest(office, made.document_id)


def test_questions_end_with_the_check(office: SmallOffice, made: Case) -> None:
    ask(office, made.document_id)
    office.check(made.document_id, office.readings(made.document_id))
    assert waiting(office) is None
    with pytest.raises(Conflict):
        ask(office, made.document_id)


def test_readings_stay_in_their_centre(office: SmallOffice, made: Case) -> None:
    read_id = ask(office, made.document_id)
    with office.act(Actor(None, kind="system")) as act:
        galati = act.session.scalars(select(Centre).where(Centre.code == "galati")).one()
        far, _ = tokens.add_station(act, "far-away", galati)
    assert waiting(office, far) is None
    with pytest.raises(NotFound):
        answer(office, read_id, far, files={"DG1": b"a"})
    with pytest.raises(NotFound):
        answer(office, uuid4())


@on_sqlite
def test_the_station_that_made_it_reads_the_chip_or_another_with_a_reader(office: SmallOffice, made: Case) -> None:
    """A station without a reader is not asked; another with one only when the maker has none."""
    with office.act(SYSTEM) as act:
        other, _ = tokens.add_station(act, "s2", act.session.get_one(Station, office.station.id).centre)
        other.status = able()
    question = ask(office, made.document_id)
    for reader, asked in ((True, ("s1",)), (False, ("s2",))):
        with office.upkeep() as look:
            here = look.session.get_one(Station, office.station.id)
            here.status = able() if reader else able(profiles=())
        with office.reading() as look:
            stations = look.session.scalars(select(Station).where(Station.name.in_(("s1", "s2")))).all()
            found = [(each.name, chip_reading.waiting_read(look, each)) for each in stations]
        assert [(name, read.id) for name, read in found if read] == [(name, question) for name in asked]
