"""Chips in preparation: keys and signature made once for each job, kept, counted, and the keys destroyed at its end."""

from __future__ import annotations

import datetime as dt
from typing import cast
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_private_key
from sqlalchemy import select

from card_drivers.order import ChipPart, Order, Outcome, Result
from issuance import document_types
from issuance.background import HANDLERS
from issuance.background import worker as worker_of
from issuance.document_types.registry import DefinitionError, parse
from issuance.keys import DocumentSigner, LastingSigner
from issuance.models.audit import AuditEvent
from issuance.models.documents import Document
from issuance.models.production import DocumentChip, PrintJob
from issuance.models.vault import Blob
from issuance.office import Office
from issuance.services.casework import decisions
from issuance.services.production import chips, documents, jobs, orders
from printing.chip import lds, verify
from printing.chip.verify import Verdict
from tests.chips import ENDS, ChipKey, authority
from tests.fixtures.databases import Folder
from tests.people import LAYLA, Case, SmallOffice, changed, trouble_of

AMINA = changed(LAYLA, given_names="Amina", native_name="", case_reference="2026/TM/0002")


@pytest.fixture
def server(sqlite: Folder) -> Folder:
    return sqlite


@pytest.fixture
def key(office: SmallOffice) -> ChipKey:
    """The document signer's key of the office."""
    made = ChipKey()
    office.document_signer = LastingSigner(lambda: DocumentSigner(made, office.clock, development=True))
    return made


def job_of(office: SmallOffice, document_id: UUID) -> PrintJob:
    with office.reading() as look:
        return documents.job_of(look, look.session.get_one(Document, document_id))


def ordered(office: SmallOffice, lodging: object = LAYLA) -> tuple[UUID, Order]:
    case = office.carry("claimed", lodging)
    return case.document_id, office.leave(office.order(case.claim))


def part(order: Order) -> ChipPart:
    assert order.chip is not None
    return order.chip


def kept(office: SmallOffice) -> list[DocumentChip]:
    with office.database.reading() as session:
        return list(session.scalars(select(DocumentChip).order_by(DocumentChip.id)))


def secret_blobs(office: SmallOffice) -> int:
    with office.database.reading() as session:
        return len(list(session.scalars(select(Blob).where(Blob.purpose == "chip"))))


@pytest.mark.parametrize("code", ["RP-R", "TD-C"])
def test_an_order_carries_a_chip_that_verifies_and_holds_its_own_keys(
    office: SmallOffice, key: ChipKey, code: str
) -> None:
    document_id, order = ordered(office, changed(LAYLA, document_type=code))
    chip = part(order)
    found = verify.verify(chip.files, [authority().certificate], at=office.clock.now())
    assert (found.verdict, found.remarks) == (Verdict.VALID, ())
    assert sorted(chip.files) == ["COM", "CardAccess", "DG1", "DG11", "DG12", "DG14", "DG15", "DG2", "SOD"]
    assert set(order.digests()) >= {f"chip/{name}" for name in chip.files}
    public = load_der_private_key(chip.keys["active"], None).public_key()
    assert found.content.active_key is not None
    assert lds.parse_dg15(chip.files["DG15"]) == found.content.active_key
    point = public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    assert found.content.active_key.endswith(point)
    zone = "".join(lds.parse_dg1(chip.files["DG1"]))
    assert chip.access.document_number in zone
    assert chip.access.birth_date == "920101"
    assert chip.access.expiry_date in zone
    assert len(chip.access.can) == 6
    assert job_of(office, document_id).digests == order.digests()


def test_an_order_is_the_same_each_time(office: SmallOffice, key: ChipKey) -> None:
    _, order = ordered(office)
    with office.reading() as look:
        recipe = orders.recipe(look, look.session.get_one(PrintJob, order.order_id))
    for _ in range(2):
        assert chips.files(recipe.content, recipe.kind, cast(chips.Secrets, recipe.chip)) == part(order).files
    assert key.signatures == 1
    assert order.chip is not None
    assert order.chip.keys["active"].hex() not in repr(order) + repr(recipe)


def test_each_chip_has_keys_of_its_own(office: SmallOffice, key: ChipKey) -> None:
    _, first = ordered(office)
    office.report_done(first, with_leave=False)
    office.prepare(office.carry("approved", AMINA).document_id)
    claim = office.claim()
    assert claim is not None
    keys = [*part(first).keys.values(), *part(office.leave(office.order(claim))).keys.values()]
    assert len(set(keys)) == 4


def test_signatures_are_counted_for_each_certificate(office: SmallOffice) -> None:
    signers = iter([ChipKey(), ChipKey(), ChipKey(0xD6)])
    office.document_signer = LastingSigner(lambda: DocumentSigner(next(signers), office.clock, development=True))
    for number in range(3):
        office.carry("queued", changed(AMINA, given_names="AMINA"[: number + 2], case_reference=f"2026/TM/{number}"))
        office.document_signer.close()
    assert [(row.signer.reference, row.number) for row in kept(office)] == [("D5", 1), ("D5", 2), ("D6", 1)]
    with office.database.reading() as session:
        event = session.scalars(select(AuditEvent).where(AuditEvent.act == "job.queued").limit(1)).one()
    assert event.details == {"document_signer": "ROTest Document Signer D5", "security_objects": 1}


@pytest.mark.parametrize("end", ["done", "spoiled", "withdrawn"])
def test_the_private_keys_are_destroyed_when_the_job_ends(
    office: SmallOffice, key: ChipKey, end: str, queued: Case
) -> None:
    assert secret_blobs(office) == 1
    if end == "withdrawn":
        with office.act(office.actors["clerk"]) as act:
            request = act.session.get_one(Document, queued.document_id).request
            decisions.withdraw(act, request, "Left the country.")
    else:
        office.open_shift()
        office.make(Outcome(end), step="print")
    assert secret_blobs(office) == 0
    (row,) = kept(office)
    assert (row.job_id, row.blob_id, row.number) == (job_of(office, queued.document_id).id, None, 1)


def test_a_job_that_is_held_keeps_them_and_a_given_order_that_was_not_started_does_not(
    office: SmallOffice, key: ChipKey, approved: Case
) -> None:
    office.prepare(approved.document_id)
    office.open_shift()
    claim = office.claim()
    assert claim is not None
    for outcome, blobs in ((Outcome.UNKNOWN, 1), (Outcome.NOT_STARTED, 0)):
        report = {"order_id": claim.order_id, "claim_id": claim.claim_id, "outcome": outcome}
        if outcome is Outcome.UNKNOWN:
            office.order(claim)
        office.report(Result.model_validate(report))
        assert secret_blobs(office) == blobs
    assert key.signatures == 1


def test_an_expired_signer_signs_nothing_and_the_job_says_why(
    office: SmallOffice, key: ChipKey, approved: Case
) -> None:
    office.clock.advance(ENDS - office.clock.now() + dt.timedelta(days=1))
    assert worker_of(office.database, HANDLERS, office.clock, cast(Office, office)).run_due() == 1
    job = job_of(office, approved.document_id)
    said = trouble_of(job)
    assert (job.state, kept(office), key.signatures) == ("preparing", [], 0)
    assert "was for use until" in said


def test_a_crash_after_signing_leaves_no_chip_and_no_count(
    office: SmallOffice, key: ChipKey, monkeypatch: pytest.MonkeyPatch, approved: Case
) -> None:

    def crash(*_: object, **__: object) -> None:
        raise OSError("power")

    with monkeypatch.context() as patch:
        patch.setattr(jobs, "prepared", crash)
        with pytest.raises(OSError, match="power"):
            office.prepare(approved.document_id)
    assert (key.signatures, kept(office), secret_blobs(office)) == (1, [], 0)
    office.prepare(approved.document_id)
    assert [row.number for row in kept(office)] == [1]


# The types


def definition(old: str, new: str) -> str:
    text = document_types.registry.HERE.joinpath("RP-R.toml").read_text()
    assert old in text
    return text.replace(old, new)


@pytest.mark.parametrize(
    ("groups", "words"),
    [
        ('["DG1", "DG2", "DG3"]', "DG3 holds fingerprints: it is written only by a profile with terminal"),
        ('["DG1", "DG11"]', "names DG1 and DG2"),
        ('["DG1", "DG2", "DG2"]', "each group once"),
        ('["DG1", "DG2", "DG7"]', "DG14"),
    ],
)
def test_data_groups_that_no_chip_may_have_stop_the_start(groups: str, words: str) -> None:
    text = definition('["DG1", "DG2", "DG11", "DG12", "DG14", "DG15"]', groups)
    with pytest.raises(DefinitionError, match=r"RP-R\.toml: chip") as refused:
        parse("RP-R.toml", text)
    assert words in str(refused.value)
