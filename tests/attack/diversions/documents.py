"""Rows of requests and documents that their database's owner changes."""

from __future__ import annotations

import datetime as dt
from uuid import uuid4

import sqlalchemy as sa

from issuance.models.documents import Document, HandOver, NumberRange, QualityCheck
from issuance.models.duties import Bulk, BulkCase, Duty
from issuance.models.endings import LossReport
from issuance.models.forgeries import Suspicion
from issuance.models.production import PrintJob
from issuance.models.requests import IssuanceRequest, Portrait, RuleVersion
from issuance.models.vault import Blob, DataKey
from issuance.services.life import loss
from issuance.services.production import documents
from tests.attack.diversions.registry import OWNER, by
from tests.attack.diversions.scene import Scene, filled

document, request_, job = Document.__table__, IssuanceRequest.__table__, PrintJob.__table__
blob, portrait = Blob.__table__, Portrait.__table__


@by(OWNER)
def number_edited(scene: Scene) -> None:
    """A document that holds gets another number."""
    scene.write(sa.update(document).where(document.c.state == "valid").values(number="RPR0999999"))


@by(OWNER)
def document_made_valid(scene: Scene) -> None:
    """A document that nobody handed over is made valid."""
    scene.write(sa.update(document).where(document.c.id == scene.cases["ready"].document_id).values(state="valid"))


@by(OWNER)
def void_made_valid(scene: Scene) -> None:
    """A document that was lost is made valid again, and its report deleted."""
    office, delivered = scene.office, scene.cases["delivered"]
    with office.act(office.actors["clerk"]) as act:
        row = act.session.get_one(Document, delivered.document_id)
        loss.report(act, row, loss.Said("lost", "holder", office.clock.today()))
    scene.write(
        sa.delete(LossReport.__table__),
        sa.update(document).where(document.c.id == delivered.document_id).values(state="valid"),
    )


@by(OWNER)
def expiry_moved(scene: Scene) -> None:
    """A document holds ten years longer."""
    later = dt.date(2039, 1, 1)
    scene.write(sa.update(document).where(document.c.state == "valid").values(expiry_date=later))


@by(OWNER)
def approver_edited(scene: Scene) -> None:
    """A request was decided by somebody else."""
    scene.write(sa.update(request_).where(request_.c.decided_by.is_not(None)).values(decided_by=scene.id_of("auditor")))


@by(OWNER)
def approved_by_hand(scene: Scene) -> None:
    """A complete request is approved by a statement."""
    mine = request_.c.id == scene.cases["complete"].request_id
    scene.write(sa.update(request_).where(mine).values(state="approved", decided_by=scene.id_of("decision_officer")))


@by(OWNER)
def holder_swapped(scene: Scene) -> None:
    """A request is another person's."""
    other = scene.read(sa.select(request_.c.person_id).where(request_.c.id == scene.cases["queued"].request_id))
    mine = request_.c.id == scene.cases["ready"].request_id
    scene.write(sa.update(request_).where(mine).values(person_id=other))


@by(OWNER)
def decision_number_typed(scene: Scene) -> None:
    """The decision behind a request becomes one of case handling."""
    mine = request_.c.id == scene.cases["complete"].request_id
    scene.write(sa.update(request_).where(mine).values(decision_number="9/2026", decision_date=dt.date(2026, 1, 9)))


def _portrait_of(scene: Scene, case: str) -> object:
    mine = portrait.c.request_id == scene.cases[case].request_id
    return scene.read(sa.select(portrait.c.print_id).where(mine))


@by(OWNER)
def portrait_reference_swapped(scene: Scene) -> None:
    """The accepted portrait of a request is another person's picture; the approval would freeze it."""
    mine = portrait.c.request_id == scene.cases["complete"].request_id
    scene.write(sa.update(portrait).where(mine).values(print_id=_portrait_of(scene, "ready")))
    scene.refused(lambda: scene.office.approve(scene.cases["complete"].request_id))


@by(OWNER)
def portrait_bytes_swapped(scene: Scene) -> None:
    """The encrypted bytes of a portrait are another person's."""
    sealed = scene.read(sa.select(blob.c.sealed).where(blob.c.id == _portrait_of(scene, "ready")))
    mine = blob.c.id == _portrait_of(scene, "complete")
    scene.write(sa.update(blob).where(mine).values(sealed=sealed))
    scene.refused(lambda: scene.office.approve(scene.cases["complete"].request_id))


@by(OWNER)
def content_swapped_after_approval(scene: Scene) -> None:
    """What was frozen at the approval is replaced by another document's content."""
    other = scene.read(sa.select(document.c.content_id).where(document.c.id == scene.cases["ready"].document_id))
    mine = document.c.id == scene.cases["queued"].document_id
    scene.write(sa.update(document).where(mine).values(content_id=other))
    claim = scene.office.claim()
    assert claim is not None
    scene.refused(lambda: scene.office.compose(claim))


@by(OWNER)
def content_written_after_approval(scene: Scene) -> None:
    """The frozen content is written anew, by whoever has no key of the vault."""
    frozen = scene.read(sa.select(document.c.content_id).where(document.c.id == scene.cases["ready"].document_id))
    scene.write(sa.update(blob).where(blob.c.id == frozen).values(sealed=b"x" * 400))

    def read() -> None:
        with scene.office.reading() as look:
            documents.frozen_content(look, look.session.get_one(Document, scene.cases["ready"].document_id))

    scene.refused(read)


@by(OWNER)
def check_inserted(scene: Scene) -> None:
    """A check that nobody did is inserted as passed."""
    row = {"id": uuid4(), "document_id": scene.cases["queued"].document_id, "readings": [], "reason": ""}
    who = {"officer_id": scene.id_of("quality_officer"), "checked_at": scene.office.clock.now(), "passed": True}
    scene.write(sa.insert(QualityCheck.__table__).values(row | who))


@by(OWNER)
def check_deleted(scene: Scene) -> None:
    """The check of a document is deleted."""
    scene.write(sa.delete(QualityCheck.__table__))


@by(OWNER)
def hand_over_inserted(scene: Scene) -> None:
    """A hand-over that never was is inserted."""
    row = {"id": uuid4(), "document_id": scene.cases["ready"].document_id, "clerk_id": scene.id_of("clerk")}
    how = {"at": scene.office.clock.now(), "identity_confirmed_by": "portrait", "surrendered_number": ""}
    signed = {"signature_source": "", "refusal_reason": "", "representative": ""}
    columns = HandOver.__table__.c.keys()
    said = {name: value for name, value in (row | how | signed).items() if name in columns}
    scene.write(sa.insert(HandOver.__table__).values(said))


@by(OWNER)
def duty_deleted(scene: Scene) -> None:
    """Who approved a document is freed of that, to check it."""
    mine = Duty.__table__.c.staff_id == scene.id_of("decision_officer")
    scene.write(sa.delete(Duty.__table__).where(mine))


@by(OWNER)
def job_queued_again(scene: Scene) -> None:
    """The order of a document that was made is queued once more: a twin."""
    mine = job.c.document_id == scene.cases["ready"].document_id
    free = {"state": "queued", "claim_id": None, "fetched_at": None, "leave_at": None, "result": None}
    scene.write(sa.update(job).where(mine).values(free))


@by(OWNER)
def seal_of_another_job(scene: Scene) -> None:
    """The seal that was signed for one order is attached to another."""
    other = scene.read(sa.select(job.c.id).where(job.c.document_id == scene.cases["ready"].document_id))
    table = sa.table("document_seal", sa.column("job_id", job.c.id.type))
    scene.write(sa.update(table).values(job_id=other))


@by(OWNER)
def signature_counter_edited(scene: Scene) -> None:
    """The number of a signature of the document signer is taken back, to hide one."""
    scene.write("UPDATE document_chip SET number = number + 1000")


@by(OWNER)
def number_range_set_back(scene: Scene) -> None:
    """The next number of a range was given before: two documents of one number."""
    table = NumberRange.__table__
    scene.write(sa.update(table).where(table.c.next_value > table.c.first_value).values(next_value=table.c.first_value))
    scene.refused(lambda: scene.office.approve(scene.cases["complete"].request_id))


@by(OWNER)
def legacy_row_inserted(scene: Scene) -> None:
    """A document that was issued before this register is inserted as one that holds."""
    known = scene.cases["ready"].document_id
    own = ("id", "number", "state", "attempt", "blank_serial", "chip_uid")
    names = [column for column in document.c if column.name not in own]
    copied = sa.select(
        sa.literal(uuid4(), document.c.id.type), sa.literal("RPR0888888"), sa.literal("valid"), sa.literal(0), *names
    ).where(document.c.id == known)
    into = ["id", "number", "state", "attempt", *(column.name for column in names)]
    scene.write(sa.insert(document).from_select(into, copied))


@by(OWNER)
def document_deleted(scene: Scene) -> None:
    """A document is deleted with all that shows that it was made."""
    scene.write(sa.delete(document).where(document.c.id == scene.cases["delivered"].document_id))


@by(OWNER)
def rules_edited(scene: Scene) -> None:
    """A rule version asks for less than was published."""
    table = RuleVersion.__table__
    scene.write(sa.update(table).where(table.c.document_type == "RP-R").values(content="{}"))


@by(OWNER)
def bulk_case_inserted(scene: Scene) -> None:
    """A request is put into a bulk that was released, to be approved with it unseen."""
    bulk, now = uuid4(), scene.office.clock.now()
    case = {"id": uuid4(), "bulk_id": bulk, "request_id": scene.cases["complete"].request_id}
    scene.write(
        sa.insert(Bulk.__table__).values(
            filled(Bulk.__table__, id=bulk, officer_id=scene.id_of("decision_officer"), released_at=now)
        ),
        sa.insert(BulkCase.__table__).values(filled(BulkCase.__table__, **case)),
    )


@by(OWNER)
def suspicion_settled(scene: Scene) -> None:
    """A suspected forgery that nobody reported is said to be in order."""
    row = filled(Suspicion.__table__, outcome="genuine", settled_by=scene.id_of("supervisor"))
    scene.write(sa.insert(Suspicion.__table__).values(row))


@by(OWNER)
def key_destroyed(scene: Scene) -> None:
    """The data key of a request is deleted, so that nobody can read what was approved."""
    scene.write(sa.delete(DataKey.__table__).where(DataKey.__table__.c.request_id == scene.cases["ready"].request_id))
