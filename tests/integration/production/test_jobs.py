"""Printing is at most once: claims, results, holds and resolutions, with every answer lost and every process killed."""

from __future__ import annotations

import datetime as dt
import threading
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from card_drivers.order import Claim, Outcome, Result
from card_drivers.troubles import Trouble
from issuance.actors import SYSTEM, Actor
from issuance.acts import Act
from issuance.db import Database
from issuance.demo import supply
from issuance.errors import Conflict, InvalidInput, LimanError, NotAllowed, NotFound
from issuance.models.audit import AuditEvent
from issuance.models.documents import Document
from issuance.models.production import PrintJob
from issuance.models.staff import Centre, Station
from issuance.models.stock import Blank
from issuance.services.casework.lodging import Lodging
from issuance.services.production import held_jobs, jobs, shifts
from issuance.services.stations import tokens
from issuance.services.stock import ledger
from tests.fixtures.databases import on_sqlite
from tests.people import LAYLA, LEASE, Case, SmallOffice, able, changed, trouble_of

WITHOUT_BLANK = (Outcome.NOT_STARTED, Outcome.UNKNOWN, Outcome.SENT)


def people(count: int) -> list[Lodging]:
    return [
        changed(LAYLA, given_names=name, native_name="", case_reference=f"2026/TM/{7000 + number}")
        for number, name in enumerate(["Layla", "Amina", "Nour", "Sara", "Zahra", "Mariam"][:count])
    ]


def job_of(office: SmallOffice, document_id: UUID) -> PrintJob:
    with office.database.reading() as session:
        return session.scalars(select(PrintJob).where(PrintJob.document_id == document_id)).one()


def attempts(office: SmallOffice, document_id: UUID) -> list[Document]:
    with office.database.reading() as session:
        request_id = session.get_one(Document, document_id).request_id
        query = select(Document).where(Document.request_id == request_id).order_by(Document.attempt)
        return list(session.scalars(query))


def blank(office: SmallOffice, serial: str) -> Blank:
    with office.database.reading() as session:
        return session.scalars(select(Blank).where(Blank.serial == serial)).one()


def result(office: SmallOffice, claim: Claim, outcome: Outcome = Outcome.DONE, **changes: Any) -> Result:
    """What a station reports of its claim, after the order and the leave for it were given."""
    with office.database.reading() as session:
        job = session.get_one(PrintJob, claim.order_id)
        digests = job.digests
    if outcome is not Outcome.NOT_STARTED and job.state == "claimed" and job.fetched_at is None:
        office.leave(office.order(claim))
    values = {
        "order_id": claim.order_id,
        "claim_id": claim.claim_id,
        "outcome": outcome,
        "blank_serial": None if outcome in WITHOUT_BLANK else "card-chip-1",
        "chip_uid": "04aabb" if outcome is Outcome.DONE else None,
        "digests": digests,
    }
    return Result.model_validate(values | changes)


def another_station(office: SmallOffice, name: str = "s2") -> Station:
    with office.act(office.actors["operator"]) as act:
        centre = act.session.get_one(Centre, office.station.centre_id)
        station, _ = tokens.add_station(act, name, centre)
        station.status = able()
        shifts.open_shift(act, station)
    return station


def claim_on(office: SmallOffice, station: Station, claim_id: UUID | None = None) -> Claim | None:
    with office.act(tokens.actor_of(station)) as act:
        return jobs.claim(act, claim_id or uuid4(), station=station)


def resolve(office: SmallOffice, document_id: UUID, outcome: Outcome, serial: str = "", **changes: Any) -> bool:
    actor: Actor = changes.get("actor", office.actors["supervisor"])
    with office.act(actor) as act:
        return held_jobs.resolve(
            act,
            act.session.get_one(PrintJob, job_of(office, document_id).id),
            outcome,
            serial,
            changes.get("seen", "It lay in the output tray."),
        )


def hold_expired(office: SmallOffice) -> int:
    with office.act(SYSTEM) as act:
        return held_jobs.hold_expired(act)


def at_once(count: int, work: Any) -> list[Any]:
    """Run `work(n)` in that many threads that start together; what each returned or raised."""
    barrier, answers = threading.Barrier(count), [None] * count

    def run(number: int) -> None:
        barrier.wait(10)
        try:
            answers[number] = work(number)
        except Exception as error:
            answers[number] = error

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return answers


# Claiming


def test_stations_that_claim_at_once_get_different_jobs(office: SmallOffice) -> None:
    documents = [office.carry("queued", lodging).document_id for lodging in people(4)]
    stations = [another_station(office, f"at-once-{number}") for number in range(4)]
    answers = at_once(4, lambda number: claim_on(office, stations[number]))
    assert {answer.order_id for answer in answers} == {job_of(office, document).id for document in documents}


def test_one_job_goes_to_one_of_many_stations(office: SmallOffice, queued: Case) -> None:
    stations = [another_station(office, f"one-{number}") for number in range(4)]
    answers = at_once(4, lambda number: claim_on(office, stations[number]))
    assert sorted(answer is None for answer in answers) == [False, True, True, True]


def test_a_claim_asked_twice_at_once_is_one_claim(office: SmallOffice) -> None:
    for lodging in people(2):
        office.carry("queued", lodging)
    office.open_shift()
    claim_id = uuid4()
    answers = at_once(4, lambda _: claim_on(office, office.station, claim_id))
    assert {answer.model_dump_json() for answer in answers} == {answers[0].model_dump_json()}
    with office.database.reading() as session:
        assert [job.state for job in session.scalars(select(PrintJob).order_by(PrintJob.state))] == [
            "claimed",
            "queued",
        ]


def test_a_lost_answer_is_asked_for_again(office: SmallOffice, claimed: Case) -> None:
    assert office.claim(claimed.claim.claim_id) == claimed.claim
    with pytest.raises(Conflict, match="still has a claimed order"):
        office.claim()


@on_sqlite
def test_an_ended_claim_is_not_given_again(office: SmallOffice, claimed: Case) -> None:
    office.report(result(office, claimed.claim, Outcome.NOT_STARTED))
    with pytest.raises(Conflict, match="This claim has ended"):
        office.claim(claimed.claim.claim_id)
    assert job_of(office, claimed.document_id).state == "queued"


def test_a_claim_of_another_station_is_nobody_elses(office: SmallOffice, claimed: Case) -> None:
    other = another_station(office)
    with pytest.raises(Conflict):
        claim_on(office, other, claimed.claim.claim_id)
    with pytest.raises(NotFound), office.reading() as look:
        jobs.order_of(look, claimed.claim.claim_id, station=other)


def test_vulnerable_persons_are_printed_first_then_the_oldest(office: SmallOffice) -> None:
    first, second, third = people(3)
    office.carry("queued", first)
    office.clock.advance(dt.timedelta(days=1))
    office.carry("queued", second)
    urgent = office.carry("queued", changed(third, vulnerable=True)).document_id
    office.open_shift()
    claim = office.claim()
    assert claim is not None
    assert claim.order_id == job_of(office, urgent).id


# Reporting


def test_the_same_result_twice_changes_nothing(office: SmallOffice, claimed: Case) -> None:
    for outcome in (Outcome.DONE,):
        for _ in range(3):
            office.report(result(office, claimed.claim, outcome))
    assert [made.state for made in attempts(office, claimed.document_id)] == ["personalised"]
    with office.database.reading() as session:
        assert len(list(session.scalars(select(AuditEvent).where(AuditEvent.act == "job.done")))) == 1


def test_the_same_result_at_once_is_one_result(office: SmallOffice, claimed: Case) -> None:
    report = result(office, claimed.claim, Outcome.SPOILED, step="print")
    assert at_once(4, lambda _: office.report(report)) == [None] * 4
    assert [made.state for made in attempts(office, claimed.document_id)] == ["cancelled", "prepared"]


def test_not_started_may_be_reported_again_and_is_claimed_anew(office: SmallOffice, claimed: Case) -> None:
    for _ in range(2):
        office.report(result(office, claimed.claim, Outcome.NOT_STARTED))
    again = office.claim()
    assert again is not None
    assert (again.order_id, again.claim_id == claimed.claim.claim_id) == (claimed.claim.order_id, False)
    assert [made.state for made in attempts(office, claimed.document_id)] == ["prepared"]


@on_sqlite
def test_another_result_after_the_end_is_refused(office: SmallOffice, claimed: Case) -> None:
    office.report(result(office, claimed.claim))
    refused = office.report(result(office, claimed.claim, Outcome.SPOILED, step="print"))
    assert "another result" in str(refused)


def test_a_spoiled_blank_ends_its_number_and_a_new_one_follows(office: SmallOffice, claimed: Case) -> None:
    office.report(result(office, claimed.claim, Outcome.SPOILED, step="encode"))
    first, second = attempts(office, claimed.document_id)
    assert (first.state, second.state, second.attempt_reason) == ("cancelled", "prepared", "encode")
    assert first.number != second.number
    assert (blank(office, "card-chip-1").state, blank(office, "card-chip-1").document_id) == ("spoiled", first.id)
    assert job_of(office, second.id).state == "preparing"


# Holding


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"blank_serial": "never-seen-1"}, "not in this station's ledger"),
        ({"blank_serial": "booklet-blue-1"}, "not of the stock"),
        ({"digests": {"front/black": "0" * 64}}, "made something else than it was ordered"),
        ({"outcome": "unknown", "trouble": Trouble.said("The link broke while it printed.")}, "The link broke"),
        ({"outcome": "spoiled", "blank_serial": None, "step": "print"}, "serial of the blank was not read"),
    ],
)
def test_what_nobody_can_account_for_is_held(
    office: SmallOffice, changes: dict[str, Any], reason: str, claimed: Case
) -> None:
    office.report(result(office, claimed.claim, **changes))
    job = job_of(office, claimed.document_id)
    assert job.state == "held"
    assert reason in trouble_of(job)
    assert [made.state for made in attempts(office, claimed.document_id)] == ["prepared"]
    assert office.claim() is None


def test_a_blank_of_another_station_is_held_until_a_person_says_so(office: SmallOffice, claimed: Case) -> None:
    other = another_station(office)
    with office.act(SYSTEM) as act:
        here = act.session.get_one(Station, other.id)
        supply.bring(act, here, "card-chip", ["next-door-1"])
    office.report(result(office, claimed.claim, blank_serial="next-door-1"))
    assert job_of(office, claimed.document_id).state == "held"
    resolve(office, claimed.document_id, Outcome.DONE, "next-door-1")
    assert (blank(office, "next-door-1").state, blank(office, "next-door-1").station_id) == (
        "consumed",
        office.station.id,
    )


def test_a_chip_that_was_used_before_is_held(office: SmallOffice) -> None:
    lodgings = people(2)
    for lodging in lodgings:
        office.carry("queued", lodging)
    office.open_shift()
    first = office.claim()
    assert first is not None
    office.report(result(office, first))
    second = office.claim()
    assert second is not None
    office.report(result(office, second, blank_serial="card-chip-2"))
    with office.database.reading() as session:
        held = session.get_one(PrintJob, second.order_id)
    assert (held.state, blank(office, "card-chip-2").state) == ("held", "at_station")


def test_an_order_never_given_is_queued_again_when_its_lease_ends(office: SmallOffice, claimed: Case) -> None:
    office.clock.advance(LEASE + dt.timedelta(seconds=1))
    assert hold_expired(office) == 1
    assert job_of(office, claimed.document_id).state == "queued"
    with pytest.raises(Conflict, match="Do not print"):
        office.order(claimed.claim)
    again = office.claim()
    assert again is not None
    assert [made.state for made in attempts(office, claimed.document_id)] == ["prepared"]


def test_an_expired_lease_is_held_and_never_queued_again(office: SmallOffice, claimed: Case) -> None:
    office.order(claimed.claim)
    assert hold_expired(office) == 0
    office.clock.advance(LEASE + dt.timedelta(seconds=1))
    assert hold_expired(office) == 1
    assert job_of(office, claimed.document_id).state == "held"
    assert office.claim() is None
    with pytest.raises(Conflict, match="Do not print"):
        office.order(claimed.claim)


def test_the_devices_own_answer_ends_a_hold(office: SmallOffice, claimed: Case) -> None:
    office.report(result(office, claimed.claim, Outcome.UNKNOWN))
    office.clock.advance(dt.timedelta(days=2))
    office.report(result(office, claimed.claim))
    assert [made.state for made in attempts(office, claimed.document_id)] == ["personalised"]
    assert blank(office, "card-chip-1").state == "consumed"


def test_a_report_and_the_end_of_its_lease_at_once_lose_nothing(office: SmallOffice, claimed: Case) -> None:
    report = result(office, claimed.claim)
    office.clock.advance(LEASE + dt.timedelta(seconds=1))
    work = [lambda: office.report(report), lambda: hold_expired(office)]
    answers = at_once(2, lambda number: work[number]())
    assert not [answer for answer in answers if isinstance(answer, Exception)]
    assert [made.state for made in attempts(office, claimed.document_id)] == ["personalised"]


def test_an_order_that_composes_differently_is_held_and_not_claimed_over_and_over(
    office: SmallOffice, claimed: Case
) -> None:
    with office.database.transaction() as session:
        job = session.get_one(PrintJob, claimed.claim.order_id)
        job.digests = {name: "0" * 64 for name in job.digests or {}}
    order = office.compose(claimed.claim)
    with pytest.raises(Conflict, match="does not compose"):
        jobs.check_order(order, job_of(office, claimed.document_id).digests)
    with office.act(office.machine) as act:
        jobs.hold_order(act, claimed.claim.claim_id, station=office.station)
    office.report(result(office, claimed.claim, Outcome.NOT_STARTED))
    assert job_of(office, claimed.document_id).state == "held"
    assert office.claim() is None
    with pytest.raises(Conflict, match="never given this order"):
        resolve(office, claimed.document_id, Outcome.DONE, "card-chip-1")
    resolve(office, claimed.document_id, Outcome.SPOILED)
    assert [made.state for made in attempts(office, claimed.document_id)] == ["cancelled", "prepared"]
    assert blank(office, "card-chip-1").state == "at_station"


def test_a_server_killed_between_claim_and_result_loses_nothing(office: SmallOffice, claimed: Case) -> None:
    order = office.compose(claimed.claim)
    killed = Database(str(office.database.engine.url.render_as_string(hide_password=False)))
    office.database.engine.dispose()
    office.database = killed  # the server is started again: nothing but the database survives
    assert office.claim(claimed.claim.claim_id) == claimed.claim
    assert office.compose(claimed.claim).model_dump_json() == order.model_dump_json()
    office.report(result(office, claimed.claim))
    assert [made.state for made in attempts(office, claimed.document_id)] == ["personalised"]
    killed.engine.dispose()


def test_a_report_that_fails_halfway_changes_nothing(
    office: SmallOffice, monkeypatch: pytest.MonkeyPatch, claimed: Case
) -> None:

    def power_cut(*_: object, **__: object) -> None:
        raise RuntimeError("the power went")

    with monkeypatch.context() as cut:
        report = result(office, claimed.claim)
        cut.setattr(Act, "record", power_cut)
        with pytest.raises(RuntimeError):
            office.report(report)
    assert (job_of(office, claimed.document_id).state, blank(office, "card-chip-1").state) == ("claimed", "at_station")
    office.report(result(office, claimed.claim))
    assert [made.state for made in attempts(office, claimed.document_id)] == ["personalised"]


# Resolving


@pytest.fixture
def held(office: SmallOffice, claimed: Case) -> UUID:
    """The document of a job nobody knows the end of."""
    office.report(result(office, claimed.claim, Outcome.UNKNOWN))
    return claimed.document_id


@pytest.mark.parametrize(
    ("outcome", "serial", "document_states", "blank_state", "job_state"),
    [
        (Outcome.DONE, "card-chip-3", ["personalised"], "consumed", "done"),
        (Outcome.SPOILED, "card-chip-3", ["cancelled", "prepared"], "spoiled", "spoiled"),
        (Outcome.NOT_STARTED, "", ["cancelled", "prepared"], "at_station", "not_started"),
    ],
)
def test_a_person_who_looked_resolves_a_held_job(
    office: SmallOffice,
    outcome: Outcome,
    serial: str,
    document_states: list[str],
    blank_state: str,
    job_state: str,
    held: UUID,
) -> None:
    settled = resolve(office, held, outcome, serial)
    if outcome is Outcome.NOT_STARTED:
        assert (settled, job_of(office, held).state) == (False, "held")
        with pytest.raises(NotAllowed, match="second person"):
            resolve(office, held, outcome, serial)
        settled = resolve(office, held, outcome, serial, actor=office.actors["quality_officer"])
    assert settled
    assert [made.state for made in attempts(office, held)] == document_states
    assert (blank(office, "card-chip-3").state, job_of(office, held).state) == (blank_state, job_state)
    with office.database.reading() as session:
        event = session.scalars(select(AuditEvent).where(AuditEvent.act == "job.resolved")).one()
    assert (event.reason, event.details["blank"]) == ("It lay in the output tray.", serial)


@on_sqlite
@pytest.mark.parametrize(
    ("change", "error", "field"),
    [
        ({"actor": "operator"}, NotAllowed, None),
        ({"serial": ""}, InvalidInput, "blank_serial"),
        ({"serial": "never-seen-1"}, Conflict, "blank_serial"),
        ({"serial": "booklet-blue-1"}, Conflict, "blank_serial"),
        ({"seen": "  "}, InvalidInput, "seen"),
        ({"outcome": Outcome.UNKNOWN}, Conflict, None),
    ],
)
def test_a_resolution_that_cannot_be_taken_changes_nothing(
    office: SmallOffice, change: dict[str, Any], error: type[LimanError], field: str | None, held: UUID
) -> None:
    given = {"outcome": Outcome.DONE, "serial": "card-chip-3"} | change
    if "actor" in given:
        given["actor"] = office.actors[given["actor"]]
    with pytest.raises(error) as refused:
        resolve(office, held, **given)
    assert refused.value.field == field
    assert job_of(office, held).state == "held"


def test_a_document_found_on_a_blank_that_is_not_ours_is_spoiled(office: SmallOffice, claimed: Case) -> None:
    office.report(result(office, claimed.claim, blank_serial="never-seen-1"))
    resolve(office, claimed.document_id, Outcome.SPOILED, "never-seen-1")
    assert [made.state for made in attempts(office, claimed.document_id)] == ["cancelled", "prepared"]


@on_sqlite
def test_a_job_that_is_not_held_is_not_resolved(office: SmallOffice, claimed: Case) -> None:
    with pytest.raises(Conflict, match="Only a held job"):
        resolve(office, claimed.document_id, Outcome.DONE, "card-chip-1")


# Preparing


def test_preparing_twice_queues_once(office: SmallOffice, queued: Case) -> None:
    before = job_of(office, queued.document_id).version
    office.prepare(queued.document_id)
    assert job_of(office, queued.document_id).version == before


def test_the_prepared_digests_are_those_of_the_order(office: SmallOffice, claimed: Case) -> None:
    order = office.order(claimed.claim)
    assert jobs.check_order(order, job_of(office, claimed.document_id).digests) is order
    assert {"front/colour", "front/black", "back/black", "chip/DG1"} <= set(order.digests())
    assert ledger.is_numbered(order.document_type)
