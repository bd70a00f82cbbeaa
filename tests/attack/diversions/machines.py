"""What is tried at machines: reprints, false reports, test prints, copies of a station, stolen tokens."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID, uuid4

import sqlalchemy as sa

from card_drivers.order import Enrolment, ErrandDone, Outcome, Result, Start
from issuance import tasks
from issuance.actors import SYSTEM
from issuance.chores.public import lists
from issuance.keys import DocumentSigner, LastingSigner
from issuance.keys.counted import Count
from issuance.models.documents import Document
from issuance.models.machinery import StatusChange, StatusList
from issuance.models.production import DocumentChip, PrintJob
from issuance.models.staff import Staff, Station
from issuance.services.life import loss
from issuance.services.production import held_jobs, jobs, shifts
from issuance.services.stations import devices, lives, tokens
from issuance.services.trust import accounts
from issuance.settings import make_key_file
from tests.attack.diversions.registry import OWNER, by
from tests.attack.diversions.scene import Scene
from tests.integration.counts.test_closing import close, says
from tests.people import ChipKey, SmallOffice


def _fetched(scene: Scene) -> tuple[UUID, Result]:
    """An order was given to the station with the leave to make it; what it would report."""
    office = scene.office
    claim = office.claim()
    assert claim is not None
    order = office.leave(office.order(claim))
    done = {"order_id": order.order_id, "claim_id": order.claim_id, "digests": order.digests()}
    return order.order_id, Result.model_validate(done | {"outcome": Outcome.DONE, "blank_serial": "card-1"})


def _resolve(scene: Scene, role: str, job_id: UUID) -> bool:
    with scene.office.act(scene.office.actors[role]) as act:
        job = act.session.get_one(PrintJob, job_id)
        return held_jobs.resolve(act, job, Outcome.NOT_STARTED, "", "Nothing in the trays.")


def _held(scene: Scene) -> tuple[UUID, Result]:
    job_id, done = _fetched(scene)
    scene.office.clock.advance(dt.timedelta(hours=1))
    tasks.hold_expired(scene.office)
    return job_id, done


@by("operator and station token")
def reprint_after_the_order_was_given(scene: Scene) -> None:
    """An order that was given is reported as not started, to have it again: its number is spent."""
    job_id, _ = _fetched(scene)
    number = scene.read(sa.text("SELECT number FROM document WHERE state = 'prepared'"))
    with scene.office.reading() as look:
        claim_id = look.session.get_one(PrintJob, job_id).claim_id
    scene.office.report(Result(order_id=job_id, claim_id=claim_id, outcome=Outcome.NOT_STARTED))
    assert scene.read(sa.text(f"SELECT state FROM document WHERE number = '{number}'")) == "cancelled"
    scene.refusals.append("refused (the number was spent when the order was given)")


@by("supervisor")
def reprint_by_one_word(scene: Scene) -> None:
    """A supervisor says alone that a held order was not started, twice."""
    job_id, _ = _held(scene)
    _resolve(scene, "supervisor", job_id)
    scene.refused(lambda: _resolve(scene, "supervisor", job_id))


@by("operator")
def reprint_resolved_by_the_operator(scene: Scene) -> None:
    """The operator of an order says what became of it."""
    job_id, _ = _held(scene)
    scene.refused(lambda: _resolve(scene, "operator", job_id))


@by("two supervisors and operator")
def late_done(scene: Scene) -> None:
    """Two say that an order was not started, and the card was made: the station's late word is kept."""
    job_id, done = _held(scene)
    _resolve(scene, "supervisor", job_id)
    _resolve(scene, "administrator", job_id)
    scene.office.report(done)


@by("operator and station token")
def false_spoil(scene: Scene) -> None:
    """A good card is reported as spoiled, to keep it: its number is void, and the card has to lie in the bin."""
    scene.office.make(Outcome.SPOILED, scene.office.claim(), step="print")


@by("operator and station token")
def false_spoil_of_an_unknown_blank(scene: Scene) -> None:
    """A card of one's own is reported as the spoiled one, to keep the office's."""
    scene.office.make(Outcome.SPOILED, scene.office.claim(), step="print", blank_serial="mine-1")


@by("operator and station token")
def done_without_leave(scene: Scene) -> None:
    """A card is reported as made without the leave to take a blank."""
    office = scene.office
    claim = office.claim()
    assert claim is not None
    order = office.order(claim)
    done = {"order_id": order.order_id, "claim_id": order.claim_id, "digests": order.digests()}
    result = Result.model_validate(done | {"outcome": Outcome.DONE, "blank_serial": "card-1"})
    scene.refused(lambda: _raise(office.report(result)))


def _raise(error: Exception | None) -> None:
    if error is not None:
        raise error


@by("operator and station token")
def two_reports(scene: Scene) -> None:
    """The same order is reported as made twice, on two cards."""
    _, done = _fetched(scene)
    scene.office.report(done)
    scene.office.report(done.model_copy(update={"blank_serial": "card-2"}))


@by("station token")
def order_given_twice(scene: Scene) -> None:
    """Whoever has the station's key asks for an order that was given."""
    office = scene.office
    claim = office.claim()
    assert claim is not None
    office.order(claim)
    scene.refused(lambda: office.order(claim))


@by("station token")
def too_many_claims(scene: Scene) -> None:
    """Whoever has the station's key claims more than the station can make."""
    office = scene.office
    with office.act(office.actors["administrator"]) as act:
        tokens.set_limit(act, act.session.get_one(Station, office.station.id), 0)
    with office.act(office.machine) as act:
        here = act.session.get_one(Station, office.station.id)
        scene.refused(lambda: jobs.claim(act, uuid4(), station=here))


@by("station token")
def token_used_again(scene: Scene) -> None:
    """A stolen token enrols a second machine."""
    office = scene.office
    with office.act(SYSTEM) as act:
        lives.enrol(act, office.token, Enrolment(signing_key=b"a" * 32, sealing_key=b"b" * 32))
    with office.act(SYSTEM) as act:
        stolen = Enrolment(signing_key=b"c" * 32, sealing_key=b"d" * 32)
        scene.refused(lambda: lives.enrol(act, office.token, stolen))


@by("station token and administrator")
def token_made_alone(scene: Scene) -> None:
    """An administrator makes a new token for a station and enrols a machine of their own."""
    office = scene.office
    with office.act(office.actors["administrator"]) as act:
        token = tokens.renew(act, act.session.get_one(Station, office.station.id))
    with office.act(SYSTEM) as act:
        mine = Enrolment(signing_key=b"c" * 32, sealing_key=b"d" * 32)
        scene.refused(lambda: lives.enrol(act, token, mine))


def _starts(scene: Scene, instance: UUID, *before: UUID) -> lives.NotLiving | None:
    with scene.office.act(scene.office.machine) as act:
        here = act.session.get_one(Station, scene.office.station.id)
        return lives.start(act, Start(before=before, host="here"), instance, station=here)


@by("operator")
def cloned_station(scene: Scene) -> None:
    """A copy of the station's folder starts beside it, and the first speaks on."""
    first, copy = uuid4(), uuid4()
    _starts(scene, first)
    _starts(scene, copy, first)
    with scene.office.act(scene.office.machine) as act:
        here = act.session.get_one(Station, scene.office.station.id)
        lives.stranger(act, first, station=here)


@by("operator")
def old_folder_brought_back(scene: Scene) -> None:
    """A back-up of the station's folder starts after the station went on."""
    first, second = uuid4(), uuid4()
    _starts(scene, first)
    _starts(scene, second, first)
    third = uuid4()
    scene.refused(lambda: _raise(_starts(scene, third, first)))


@by("operator")
def test_print_kept(scene: Scene) -> None:
    """A blank is spent on a test print that nobody needed: it has to lie in the bin, and the day counts it."""
    office = scene.office
    with office.act(office.actors["operator"]) as act:
        test = devices.ask_test(act, act.session.get_one(Station, office.station.id)).id
    with office.act(office.machine) as act:
        here = act.session.get_one(Station, office.station.id)
        devices.errand_done(act, ErrandDone(test_print=test, blank_serial="card-5"), station=here)


@by("operator")
def printed_past_the_register(scene: Scene) -> None:
    """A card is printed by the machine itself, past the register: its own counter has one more."""
    says(scene.office, 100)
    close(scene.office)
    scene.office.clock.advance(dt.timedelta(days=1))
    says(scene.office, 101)


@by("operator")
def shift_of_another(scene: Scene) -> None:
    """An operator prints in the shift of somebody else that is open still."""
    office = scene.office
    other = office.actors["operator"]
    with office.act(other) as act:
        here = act.session.get_one(Station, office.station.id)
        scene.refused(lambda: shifts.open_shift(act, here))


@by("operator who left")
def shift_of_who_left(scene: Scene) -> None:
    """The shift of an account that was closed goes on claiming."""
    office = scene.office
    with office.act(office.actors["administrator"]) as act:
        accounts.close_account(act, act.session.get_one(Staff, scene.id_of("operator")))
    scene.refused(office.claim)


@by("operator and quality officer")
def checked_by_who_printed(scene: Scene) -> None:
    """Whoever printed a document also checks it."""
    office = scene.office
    office.make(claim=office.claim())
    case = scene.cases["queued"]
    assert case.document_id is not None
    office.actors["quality_officer"] = office.actors["operator"]
    document_id = case.document_id
    scene.refused(lambda: office.check(document_id, office.readings(document_id)))


@by(OWNER)
def status_list_withheld(scene: Scene) -> None:
    """The list of what holds does not hear of a loss; looked over the next morning it does."""
    office = scene.office
    lists.publish_lists(office)
    with office.act(office.actors["clerk"]) as act:
        row = act.session.get_one(Document, scene.cases["delivered"].document_id)
        loss.report(act, row, loss.Said("lost", "holder", office.clock.today()))
    scene.write(sa.delete(StatusChange.__table__))
    lists.publish_lists(office)
    before = _says(scene)
    office.clock.advance(dt.timedelta(days=1))
    lists.publish_lists(office)
    assert _says(scene) != before, "the next morning it is looked over"


def _says(scene: Scene) -> list[bytes]:
    with scene.office.reading() as look:
        return [bytes(row.packed) for row in look.session.scalars(sa.select(StatusList).order_by(StatusList.name))]


@by("host")
def signed_behind_the_register(scene: Scene) -> None:
    """A copy of the process that signs, with the office's own keys, signs a chip that no order asked for."""
    office = scene.office
    with TemporaryDirectory() as folder:
        office.settings = office.settings.model_copy(update={"var": Path(folder)})
        make_key_file(office.settings, "audit-events")
        office.document_signer = LastingSigner(lambda: _counting(office))
        office.prepare(office.approve(scene.cases["complete"].request_id))
        with _counting(office) as copy:
            office.clock.advance(dt.timedelta(minutes=1))
            copy.sign(b"the security object of nobody's chip")
        office.clock.advance(dt.timedelta(minutes=2))
        tasks.hear_signers(office)
        office.close_signers()


def _counting(office: SmallOffice) -> DocumentSigner:
    count = Count(office.settings, DocumentSigner.purpose.name)
    return DocumentSigner(ChipKey(), office.clock, development=True, count=count)


@by(OWNER)
def signature_deleted(scene: Scene) -> None:
    """What was signed for an order is deleted, as if it had never been; the signer counted it."""
    office = scene.office
    with TemporaryDirectory() as folder:
        office.settings = office.settings.model_copy(update={"var": Path(folder)})
        make_key_file(office.settings, "audit-events")
        office.document_signer = LastingSigner(lambda: _counting(office))
        document_id = office.approve(scene.cases["complete"].request_id)
        office.prepare(document_id)
        office.close_signers()
    table, job = DocumentChip.__table__, PrintJob.__table__
    order = sa.select(job.c.id).where(job.c.document_id == document_id).scalar_subquery()
    scene.write(sa.delete(table).where(table.c.job_id == order))
