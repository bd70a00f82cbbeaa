"""Seals in the register: signed once for each job while it is prepared, kept, counted, and printed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import cast
from uuid import UUID

import pytest
from sqlalchemy import select

from issuance.background import HANDLERS
from issuance.background import worker as worker_of
from issuance.errors import NotFound
from issuance.keys import LastingSigner, SealSigner, SignerUnavailable, open_signer
from issuance.models.audit import AuditEvent
from issuance.models.documents import Document
from issuance.models.production import DocumentSeal, PrintJob
from issuance.office import Office
from issuance.services.casework import decisions
from issuance.services.casework.lodging import Lodging
from issuance.services.production import documents, jobs, orders
from issuance.services.production import seals as kept_seals
from issuance.settings import Settings
from printing.faces.compose import rasterise
from printing.pages.symbols import read_data_matrix
from printing.seals import seal
from tests.background import later, queued
from tests.fixtures.databases import Folder
from tests.fixtures.stages import carrying
from tests.people import LAYLA, Case, SmallOffice, changed, trouble_of
from tests.seals import MemoryKey

TID = changed(LAYLA, document_type="TID", status="applicant", decision_number="", decision_date=None)
ROVIN = changed(TID, family_name="Rovin", given_names="Ana", case_reference="2026/TM/0002")


@pytest.fixture
def server(sqlite: Folder) -> Folder:
    return sqlite


@pytest.fixture
def lodging() -> Lodging:
    return TID


@pytest.fixture
def key(office: SmallOffice) -> MemoryKey:
    """The key of the office, opened once so that what it signs from now on are seals."""
    made = MemoryKey()
    signer = SealSigner(made, office.clock, development=True)
    office.signer = LastingSigner(lambda: signer)
    return made


def job_of(office: SmallOffice, document_id: UUID) -> PrintJob:
    with office.reading() as look:
        return documents.job_of(look, look.session.get_one(Document, document_id))


def stored(office: SmallOffice, document_id: UUID) -> bytes | None:
    with office.reading() as look:
        job = documents.job_of(look, look.session.get_one(Document, document_id))
        return kept_seals.of_job(look, job)


def rows(office: SmallOffice) -> list[DocumentSeal]:
    with office.database.reading() as session:
        return list(session.scalars(select(DocumentSeal).order_by(DocumentSeal.id)))


def worker(office: SmallOffice) -> Callable[[], int]:
    """The office's background work, run now."""
    return worker_of(office.database, HANDLERS, office.clock, cast(Office, office)).run_due


def test_the_seal_on_the_order_is_the_kept_one_and_verifies(
    office: SmallOffice, key: MemoryKey, approved: Case
) -> None:
    assert worker(office)() == 1
    office.open_shift()
    claim = office.claim()
    assert claim is not None
    order = office.compose(claim)
    found = [read_data_matrix(rasterise(face.combined, 300)) for face in order.faces]
    data = next(one for one in found if one)
    assert data == stored(office, approved.document_id)
    checked = seal.verify(data, [key.certificate], {"document_number": "TI1000000"}, at=office.clock.now())
    assert checked.verdict is seal.Verdict.VALID
    assert checked.seal.fields["mrz"].startswith("ITROUAL<MASRI<<LAYLA<<<")
    with office.database.reading() as session:
        reference = session.get_one(Document, approved.document_id).request.reference
    assert checked.seal.fields["register_number"] == reference
    assert checked.seal.header.signature_date == office.clock.today()
    assert office.compose(claim).digests() == order.digests() == job_of(office, approved.document_id).digests


@pytest.mark.parametrize(
    ("lodging", "zone"),
    [
        (
            changed(TID, document_type="RC"),
            "IRROUAL<MASRI<<LAYLA",
        ),
        (changed(TID, document_type="TPP", status="temporary_protection"), "ATROUAL<MASRI<<LAYLA"),
        (changed(LAYLA, document_type="RT"), "PUROUAL<MASRI<<LAYLA"),
    ],
    ids=["RC", "TPP", "RT"],
)
def test_the_development_signer_seals_every_type(
    office: SmallOffice, tmp_path: Path, lodging: Lodging, zone: str
) -> None:
    settings = Settings(var=tmp_path / "var")
    office.signer = LastingSigner(lambda: open_signer(settings, office.clock))
    document_id = office.carry("approved", lodging).document_id
    office.prepare(document_id)
    with office.reading() as look:
        job = documents.job_of(look, look.session.get_one(Document, document_id))
        order = orders.compose_order(orders.recipe(look, job))
        assert kept_seals.is_genuine(look, job)
    found = [read_data_matrix(rasterise(face.combined, 300)) for face in order.faces]
    data = next(one for one in found if one)
    assert data == stored(office, document_id)
    assert seal.decode(data).fields["mrz"].startswith(zone)


def test_a_certificate_that_does_not_allow_the_type_signs_nothing(office: SmallOffice) -> None:
    key = MemoryKey(document_types=["AT", "P"])
    office.signer = LastingSigner(lambda: SealSigner(key, office.clock, development=False))
    document_id = office.carry("approved", TID).document_id
    assert worker(office)() == 1
    said = trouble_of(job_of(office, document_id))
    assert "does not allow documents with the code IT" in said
    assert key.signatures == 0


@pytest.mark.parametrize(
    ("lodging", "serial"),
    [(TID, 0x1A2B3C), (changed(TID, document_type="TPP", status="temporary_protection"), 0x1A2B)],
    ids=["TID", "TPP"],
)
def test_a_certificate_whose_number_has_no_room_is_named(office: SmallOffice, lodging: Lodging, serial: int) -> None:
    office.signer = LastingSigner(lambda: SealSigner(MemoryKey(serial=serial), office.clock, development=False))
    document_id = office.carry("approved", lodging).document_id
    worker(office)()
    said = trouble_of(job_of(office, document_id))
    assert f"{serial:X}, too long for the seal of {lodging.document_type}" in said


def test_a_prepared_job_is_not_signed_again(office: SmallOffice, key: MemoryKey, approved: Case) -> None:
    for _ in range(2):
        office.prepare(approved.document_id)
    assert (key.signatures, len(rows(office))) == (1, 1)


def test_a_job_that_was_cancelled_meanwhile_is_not_signed(office: SmallOffice, key: MemoryKey, approved: Case) -> None:
    with office.act(office.actors["clerk"]) as act:
        request = act.session.get_one(Document, approved.document_id).request
        decisions.withdraw(act, request, "Left the country.")
    assert worker(office)() == 1
    assert (key.signatures, rows(office), job_of(office, approved.document_id).state) == (0, [], "cancelled")


def test_a_crash_after_signing_leaves_no_seal_and_no_count(
    office: SmallOffice, key: MemoryKey, monkeypatch: pytest.MonkeyPatch, approved: Case
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(jobs, "prepared", _crash)
        with pytest.raises(OSError, match="power"):
            office.prepare(approved.document_id)
    assert (key.signatures, rows(office), job_of(office, approved.document_id).state) == (1, [], "preparing")
    office.prepare(approved.document_id)
    assert (key.signatures, [row.number for row in rows(office)]) == (2, [1])
    assert seal.decode(stored(office, approved.document_id) or b"").document_code == "IT"


def _crash(*_: object, **__: object) -> None:
    raise OSError("power")


def test_two_servers_that_prepare_the_same_job_keep_one_seal(
    office: SmallOffice, key: MemoryKey, approved: Case
) -> None:
    job_id = job_of(office, approved.document_id).id
    with office.reading() as look:
        recipe = orders.recipe(look, look.session.get_one(PrintJob, job_id))
    office.prepare(approved.document_id)
    first = stored(office, approved.document_id)
    late = office.signer.use(
        lambda signer: kept_seals.sign(recipe.content, recipe.kind.template(), signer, office.clock)
    )
    with office.act(office.actors["operator"]) as act:
        jobs.prepared(act, job_id, {}, late)
    assert stored(office, approved.document_id) == first
    assert job_of(office, approved.document_id).digests != {}


def test_signatures_are_counted_for_each_certificate(office: SmallOffice, key: MemoryKey) -> None:
    for lodging in (TID, ROVIN):
        office.prepare(office.carry("approved", lodging).document_id)
    renewed = SealSigner(MemoryKey(serial=0x1A3), office.clock, development=True)
    office.signer = LastingSigner(lambda: renewed)
    third = changed(TID, family_name="Stan", given_names="Ion", case_reference="2026/TM/0003")
    office.prepare(office.carry("approved", third).document_id)
    assert [(row.signer.name, row.number) for row in rows(office)] == [
        ("ROLI 1A2", 1),
        ("ROLI 1A2", 2),
        ("ROLI 1A3", 1),
    ]
    with office.database.reading() as session:
        events = session.scalars(select(AuditEvent).where(AuditEvent.act == "job.queued").order_by(AuditEvent.id))
        assert [event.details for event in events] == [
            {"certificate": "ROLI 1A2", "signatures": 1},
            {"certificate": "ROLI 1A2", "signatures": 2},
            {"certificate": "ROLI 1A3", "signatures": 1},
        ]


@carrying(LAYLA)
def test_a_type_without_a_seal_is_not_signed(office: SmallOffice, key: MemoryKey, approved: Case) -> None:
    office.prepare(approved.document_id)
    assert (key.signatures, stored(office, approved.document_id)) == (0, None)
    with office.database.reading() as session:
        event = session.scalars(select(AuditEvent).where(AuditEvent.act == "job.queued")).one()
    assert {"certificate", "signatures"}.isdisjoint(event.details)


def test_a_new_attempt_has_a_seal_of_its_own(office: SmallOffice, key: MemoryKey, approved: Case) -> None:
    office.prepare(approved.document_id)
    office.open_shift()
    office.make()
    readings = [replace(item, value="X") for item in office.readings(approved.document_id)]
    assert not office.check(approved.document_id, readings)
    with office.database.reading() as session:
        second = session.scalars(select(Document.id).where(Document.attempt == 2)).one()
    office.prepare(second)
    numbers = [seal.decode(stored(office, one) or b"").mrz for one in (approved.document_id, second)]
    assert [one.document_number for one in numbers if one] == ["TI1000000", "TI1000001"]


def test_destroying_the_key_of_a_request_destroys_its_seal(office: SmallOffice, key: MemoryKey, approved: Case) -> None:
    office.prepare(approved.document_id)
    with office.database.transaction() as session:
        office.vault.destroy(session, session.get_one(Document, approved.document_id).request_id, clock=office.clock)
    with pytest.raises(NotFound, match="destroyed"):
        stored(office, approved.document_id)


def test_no_signer_leaves_the_job_preparing_and_says_why(office: SmallOffice, approved: Case) -> None:
    key, answers = MemoryKey(), [False, False, True]

    def opener() -> SealSigner:
        if not answers.pop(0):
            raise SignerUnavailable("There is no PKCS#11 token called %(token)s: put it in.", token="seals")
        return SealSigner(key, office.clock, development=False)

    office.signer = LastingSigner(opener)
    run = worker(office)
    assert run() == 1
    job = job_of(office, approved.document_id)
    assert (job.state, trouble_of(job)) == (
        "preparing",
        "There is no PKCS#11 token called seals: put it in.",
    )
    assert run() == 0, "the task waits"
    pauses = []
    while job_of(office, approved.document_id).state == "preparing":
        with office.database.reading() as session:
            (task,) = queued(session, office.clock.now())
        pauses.append(round(task.due_in.total_seconds()))
        later(office.database, office.clock, task.due_in)
        run()
    assert pauses == [2, 4]
    assert (job_of(office, approved.document_id).state, trouble_of(job_of(office, approved.document_id))) == (
        "queued",
        "",
    )


def test_a_signer_stays_open_until_it_fails(office: SmallOffice) -> None:
    made: list[MemoryKey] = []

    def opener() -> SealSigner:
        made.append(MemoryKey())
        return SealSigner(made[-1], office.clock, development=True)

    office.signer = LastingSigner(opener)
    for _ in range(2):
        office.signer.use(lambda signer: signer.sign(b"seal"))
    assert (len(made), made[0].signatures, made[0].closed) == (1, 2, 0)
    with pytest.raises(SignerUnavailable):
        office.signer.use(_fail)
    assert made[0].closed == 1
    office.signer.use(lambda signer: signer.sign(b"seal"))
    office.signer.close()
    office.signer.close()
    assert [one.closed for one in made] == [1, 1]


def _fail(_: SealSigner) -> None:
    raise SignerUnavailable("The token failed.")
