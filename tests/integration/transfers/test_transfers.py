"""A case goes to another centre with what of it waits; what is made, or a station has, stays; families go whole."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from types import MappingProxyType
from uuid import UUID

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from card_drivers.order import Outcome
from issuance import document_types
from issuance.actors import SYSTEM
from issuance.chores import transfers
from issuance.demo import supply
from issuance.document_types import registry
from issuance.document_types.registry import parse
from issuance.errors import Conflict, LimanError, NotAllowed
from issuance.models.audit import AuditEvent
from issuance.models.duties import BulkCase
from issuance.models.people import LoneChild
from issuance.models.production import PrintJob
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import RoleName, Station
from issuance.models.stock import Blank
from issuance.models.transfers import Transfer
from issuance.services import centres
from issuance.services.appointments import bookings
from issuance.services.batches import running
from issuance.services.casework import cases, decisions, queues, search
from issuance.services.lists import number
from issuance.services.persons import guardians
from issuance.services.production import documents, jobs
from issuance.services.public.status import public_status
from issuance.services.transfers import hindrances
from issuance.services.transfers.asking import Wanted
from issuance.states import JobState
from tests.bulks import complete, draw
from tests.integration.batches.shared import approve, batch_of, claim_at, job, job_of, lodged, lodged_with, start
from tests.integration.transfers.hindered import book, contradict
from tests.integration.transfers.shared import (
    TO_GALATI,
    ask,
    centre_of,
    outcomes,
    send,
    station_there,
    there,
)
from tests.people import LAYLA, SmallOffice, changed

APART = Wanted("galati", "joins_family", apart=True)
TEXT = registry.HERE.joinpath("TD-C.toml").read_text(encoding="utf-8")


def here(office: SmallOffice) -> UUID:
    assert office.station.centre_id
    return office.station.centre_id


def waits(office: SmallOffice, centre_id: UUID | None) -> int:
    """How many jobs of a centre wait."""
    with office.reading() as look:
        query = select(func.count()).where(PrintJob.centre_id == centre_id, PrintJob.state == JobState.QUEUED)
        return look.session.scalar(query) or 0


# What goes


def test_a_waiting_job_goes_with_its_case_and_only_stations_there_claim_it(office: SmallOffice) -> None:
    case, far = office.carry("queued"), station_there(office)
    office.open_shift()
    blanks = blanks_here(office)
    assert send(office, case.request_id) == {case.request_id: "moved"}
    assert centre_of(office, case.request_id) == "galati"
    assert (waits(office, here(office)), waits(office, far.centre_id)) == (0, 1)
    assert office.claim() is None
    claim = claim_at(office, far)
    assert claim is not None
    assert claim.order_id == job_of(office, case.document_id)
    assert blanks_here(office) == blanks, "no blank goes with a case"


def blanks_here(office: SmallOffice) -> int:
    with office.reading() as look:
        return look.session.scalar(select(func.count()).where(Blank.centre_id == here(office))) or 0


@pytest.mark.parametrize("reached", ["lodged", "complete", "approved"])
def test_a_case_goes_at_every_stage_before_a_station_has_it(office: SmallOffice, reached: str) -> None:
    case = office.carry(reached)
    send(office, case.request_id)
    assert centre_of(office, case.request_id) == "galati"
    with office.act(there(office, "decision_officer")) as act:
        state = cases.own_case(act, case.request_id).state
    with office.reading() as look:
        assert queues.count(look, state, here(office)) == 0
        assert queues.count(look, state, there(office).centre_id) == 1


def test_a_job_that_is_prepared_after_the_move_waits_there(office: SmallOffice) -> None:
    case, far = office.carry("approved"), station_there(office)
    send(office, case.request_id)
    office.prepare(case.document_id)
    assert claim_at(office, far) is not None


def test_nobody_here_acts_on_it_afterwards_and_the_search_tells_both(office: SmallOffice) -> None:
    case = office.carry("queued")
    send(office, case.request_id)
    with office.act(office.actors["supervisor"]) as act, pytest.raises(NotAllowed, match="another centre"):
        cases.own_case(act, case.request_id)
    with office.reading(office.actors["supervisor"]) as look, pytest.raises(cases.OtherCentre):
        cases.case(look, case.request_id)
    with office.reading(there(office)) as look:
        (found,) = search.search(look, "2026/TM/0001")
        assert found.centre_id == look.actor.centre_id
        assert centres.own_job(look, job_of(office, case.document_id)).state == JobState.QUEUED


def test_the_event_says_where_and_why_and_nothing_of_the_person(office: SmallOffice) -> None:
    case = office.carry("queued")
    send(office, case.request_id)
    with office.reading() as look:
        event = look.session.scalars(select(AuditEvent).where(AuditEvent.act == "case.moved")).one()
    assert event.details == {"to": "galati", "because": "moved_home"}
    assert event.centre_id == here(office)
    assert {subject.subject_id for subject in event.subjects} >= {case.request_id, case.document_id}


def test_the_holder_reads_the_other_centres_address(office: SmallOffice) -> None:
    case = office.carry("complete")
    with office.act(office.actors["decision_officer"]) as act:
        decisions.send_back(act, cases.own_case(act, case.request_id), ["portrait"])
    send(office, case.request_id)
    with office.reading() as look:
        request = look.session.get_one(IssuanceRequest, case.request_id)
        status = public_status(look, request.reference, "1992-01-01")
        assert status is not None
        assert status.place == centres.named(look, "galati").name


def test_a_job_of_a_batch_that_was_not_started_leaves_it(office: SmallOffice) -> None:
    case = office.carry("queued")
    job_id = job_of(office, case.document_id)
    with office.act(office.actors["operator"]) as act:
        jobs.send_elsewhere(act, centres.own_job(act, job_id), act.session.get_one(Station, office.station.id), "dry")
    batch_of(office, ticked=[job_id])
    send(office, case.request_id)
    moved = job(office, job_id)
    assert (moved.batch_id, moved.parked, moved.wanted_station_id) == (None, False, None)


def test_what_is_bound_to_a_booklet_takes_another_one_there(
    office: SmallOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = TEXT.replace('number_source = "register"', 'number_source = "blank"')
    types = MappingProxyType(dict(document_types.load()) | {"TD-C": parse("TD-C.toml", text)})
    for module in (document_types, registry):
        monkeypatch.setattr(module, "load", lambda: types)
    far = station_there(office)
    bring(office, office.station, "C00000011")
    case = office.carry("queued", changed(LAYLA, document_type="TD-C"))
    with pytest.raises(Conflict, match="No booklet is free at a station of the other centre"):
        send(office, case.request_id)
    assert centre_of(office, case.request_id) == "timisoara"
    bring(office, far, "C00000022")
    send(office, case.request_id)
    with office.reading() as look:
        request = look.session.get_one(IssuanceRequest, case.request_id)
        newest = documents.newest(look, request)
        assert newest is not None
        assert (newest.number, newest.attempt, newest.attempt_reason) == ("C00000022", 2, "transferred")
        assert documents.job_of(look, newest).centre_id == far.centre_id
        assert job(office, job_of(office, case.document_id)).centre_id == here(office), "accounted where it was"
        given_up = look.session.scalars(select(Blank).where(Blank.serial == "C00000011")).one()
        assert (str(given_up.state), given_up.centre_id) == ("spoiled", here(office))


def bring(office: SmallOffice, station: Station, serial: str) -> None:
    with office.act(SYSTEM) as act:
        supply.bring(act, act.session.get_one(Station, station.id), "booklet-blue", [serial])


def test_a_child_without_a_guardian_is_looked_after_there(office: SmallOffice) -> None:
    lone = changed(
        LAYLA, birth_date="2014-05-01", document_type="RC", status="applicant", unaccompanied=True, decision_number=""
    )
    request_id = office.lodge(changed(lone, decision_date=None))
    with office.reading(office.actors["clerk"]) as look:
        assert number(look, guardians.count(look)) == 1
    send(office, request_id)
    with office.reading(office.actors["clerk"]) as look:
        assert number(look, guardians.count(look)) == 0
    with office.reading(there(office, "clerk")) as look:
        assert [row.person_id for row in guardians.waiting(look)] == [
            look.session.scalars(select(LoneChild)).one().person_id
        ]


def test_what_an_officer_took_into_a_bulk_leaves_it(office: SmallOffice) -> None:
    first, *others = complete(office, 3)
    bulk_id = draw(office, [first, *others])
    send(office, first)
    with office.reading() as look:
        rows = {row.request_id: row.outcome for row in look.session.scalars(select(BulkCase))}
    assert rows == {first: "moved", others[0]: "", others[1]: ""}
    assert bulk_id


# What stays, and what to do


@pytest.mark.parametrize(
    ("reached", "says"),
    [
        ("claimed", "A station has its order"),
        ("made", "Its document is made and lies here"),
        ("checked", "Its document is made and lies here"),
    ],
)
def test_what_a_station_has_or_made_stays(office: SmallOffice, reached: str, says: str) -> None:
    case = office.carry(reached)
    with pytest.raises(Conflict, match=says):
        send(office, case.request_id)
    assert centre_of(office, case.request_id) == "timisoara"
    assert job(office, job_of(office, case.document_id)).centre_id == here(office)
    assert outcomes(office) == {}, "nothing is kept of what was refused"


def test_a_held_job_stays_until_it_is_settled_and_a_spoiled_one_goes(office: SmallOffice) -> None:
    case = office.carry("claimed")
    office.make(Outcome.UNKNOWN, case.claim)
    with pytest.raises(Conflict, match="Settle it at the machine first"):
        send(office, case.request_id)
    other = office.carry("claimed", changed(LAYLA, given_names="Nour", native_name="", case_reference="2026/TM/2"))
    office.make(Outcome.SPOILED, other.claim, step="print")
    spoiled = job(office, job_of(office, other.document_id))
    send(office, other.request_id)
    assert spoiled.state == JobState.SPOILED
    assert job(office, spoiled.id).centre_id == here(office), "what was spoiled here is accounted here"


def test_a_started_batch_keeps_its_jobs_running_or_paused(office: SmallOffice) -> None:
    case = office.carry("queued")
    found = batch_of(office)
    start(office, found)
    with pytest.raises(Conflict, match="Take it out of the batch first"):
        send(office, case.request_id)
    with office.act(office.actors["operator"]) as act:
        running.pause(act, running.own(act, found))
    with pytest.raises(Conflict, match="Take it out of the batch first"):
        send(office, case.request_id)
    with office.act(office.actors["operator"]) as act:
        running.cancel(act, running.own(act, found))
    send(office, case.request_id)
    assert centre_of(office, case.request_id) == "galati"


def test_an_ended_case_stays(office: SmallOffice) -> None:
    case = office.carry("checked")
    office.hand_over(case.request_id, case.number)
    with pytest.raises(Conflict, match="It has ended"):
        send(office, case.request_id)


def test_what_is_booked_or_contradicted_is_seen_to_first(office: SmallOffice) -> None:
    case = office.carry("queued")
    with office.reading() as look:
        request = look.session.get_one(IssuanceRequest, case.request_id)
        assert hindrances.of(look, [request]) == {}
    key = book(office, case.request_id)
    with pytest.raises(Conflict, match="Tell the holder and cancel it first"):
        send(office, case.request_id)
    with office.act(office.actors["clerk"]) as act:
        bookings.cancel(act, bookings.own(act, key))
    contradict(office, job_of(office, case.document_id))
    with pytest.raises(Conflict, match="contradicts the register"):
        send(office, case.request_id)


# Families


def test_a_family_goes_whole(office: SmallOffice) -> None:
    first = lodged(office, "Layla")
    second = lodged_with(office, first, "Nour")
    approve(office, first)
    assert send(office, second) == {second: "moved", first: "moved"}
    assert {centre_of(office, each) for each in (first, second)} == {"galati"}


def test_a_family_of_which_one_cannot_go_stays_unless_it_is_parted(office: SmallOffice) -> None:
    first = lodged(office, "Layla")
    second = lodged_with(office, first, "Nour")
    document_id = approve(office, first)
    office.open_shift()
    claim = office.claim()
    assert claim is not None
    assert claim.order_id == job_of(office, document_id)
    with pytest.raises(Conflict, match="Somebody of its family cannot go now"):
        send(office, second)
    assert centre_of(office, second) == "timisoara"
    assert send(office, second, APART) == {second: "moved", first: hindrances.CLAIMED}
    assert (centre_of(office, first), centre_of(office, second)) == ("timisoara", "galati")
    with pytest.raises(Conflict, match="A station has its order"):
        send(office, first, APART)


# Many at once, each family in its turn


def test_many_go_in_their_turn_each_in_an_act_of_its_own(office: SmallOffice) -> None:
    alone = office.carry("queued").request_id
    first = lodged(office, "Nour", case_reference="2026/TM/7")
    second = lodged_with(office, first, "Sara", case_reference="2026/TM/8")
    assert ask(office, alone, first) == 3
    assert set(outcomes(office).values()) == {""}
    assert centre_of(office, alone) == "timisoara", "nothing goes before its turn"
    transfers.transfer(office, str(here(office)))
    assert outcomes(office) == dict.fromkeys((alone, first, second), "moved")
    assert {centre_of(office, each) for each in (alone, first, second)} == {"galati"}
    with office.reading() as look:
        events = list(look.session.scalars(select(AuditEvent.act).order_by(AuditEvent.id)))
    assert events.count("case.moved") == 3
    transfers.transfer(office, str(here(office)))  # a handler may run twice
    assert set(outcomes(office).values()) == {"moved"}


def test_what_was_claimed_before_its_turn_stays_and_the_others_go(office: SmallOffice) -> None:
    case = office.carry("queued")
    other = lodged(office, "Nour")
    ask(office, case.request_id, other)
    office.open_shift()
    assert office.claim() is not None
    transfers.transfer(office, str(here(office)))
    assert outcomes(office) == {case.request_id: hindrances.CLAIMED, other: "moved"}


def test_who_is_no_supervisor_any_more_sends_nothing(office: SmallOffice) -> None:
    request_id = lodged(office, "Layla")
    ask(office, request_id)
    office.becomes(office.actors["supervisor"], RoleName.CLERK)
    transfers.transfer(office, str(here(office)))
    assert outcomes(office) == {request_id: hindrances.NO_SUPERVISOR}


def test_a_centre_that_closed_meanwhile_takes_nothing(office: SmallOffice) -> None:
    request_id = lodged(office, "Layla")
    ask(office, request_id)
    with office.act(SYSTEM) as act:
        centres.named(act, "galati").active = False
        act.record("centre.closed")
    transfers.transfer(office, str(here(office)))
    assert outcomes(office) == {request_id: hindrances.CLOSED}


def test_what_waits_to_go_is_not_sent_twice(office: SmallOffice) -> None:
    request_id = lodged(office, "Layla")
    ask(office, request_id)
    with pytest.raises(Conflict, match="they go already"):
        ask(office, request_id)
    with office.reading() as look:
        row = look.session.scalars(select(Transfer)).one()
        twice = {"from_centre_id": row.from_centre_id, "to_centre_id": row.to_centre_id, "because": "moved_home"}
        twice |= {"request_id": request_id, "asked_by": row.asked_by, "asked_at": row.asked_at}
    with pytest.raises(IntegrityError), office.database.transaction() as session:
        session.add(Transfer(**twice))


# At one moment


def test_a_job_that_is_claimed_while_its_case_goes_is_had_by_one_alone(office: SmallOffice) -> None:
    case, far = office.carry("queued"), station_there(office)
    office.open_shift()
    together = Barrier(2)

    def claim() -> bool:
        together.wait()
        return office.claim() is not None

    def go() -> bool:
        together.wait()
        try:
            return bool(send(office, case.request_id))
        except LimanError:
            return False

    with ThreadPoolExecutor(2) as pool:
        claimed, went = [each.result() for each in (pool.submit(claim), pool.submit(go))]
    assert claimed != went
    found = job(office, job_of(office, case.document_id))
    assert found.centre_id == (here(office) if claimed else far.centre_id)
    assert found.state == (JobState.CLAIMED if claimed else JobState.QUEUED)
    assert (claim_at(office, far) is not None) == went
    assert centre_of(office, case.request_id) == ("timisoara" if claimed else "galati")


def test_two_who_send_one_case_at_once_send_it_once(office: SmallOffice) -> None:
    request_id = lodged(office, "Layla")
    together = Barrier(2)

    def go(wanted: Wanted) -> bool:
        together.wait()
        try:
            return bool(send(office, request_id, wanted))
        except LimanError:
            return False

    with ThreadPoolExecutor(2) as pool:
        went = list(pool.map(go, [TO_GALATI, Wanted("radauti", "moved_home")]))
    assert sorted(went) == [False, True]
    with office.reading() as look:
        (row,) = look.session.scalars(select(Transfer)).all()
        assert look.session.get_one(IssuanceRequest, request_id).centre_id == row.to_centre_id


def test_a_batch_that_starts_while_its_job_goes_keeps_it_or_never_had_it(office: SmallOffice) -> None:
    case = office.carry("queued")
    found = batch_of(office)
    together = Barrier(2)

    def begin() -> None:
        together.wait()
        start(office, found)

    def go() -> bool:
        together.wait()
        try:
            return bool(send(office, case.request_id))
        except LimanError:
            return False

    with ThreadPoolExecutor(2) as pool:
        started, went = pool.submit(begin), pool.submit(go)
        started.result()
    moved = job(office, job_of(office, case.document_id))
    assert (moved.batch_id, moved.centre_id == here(office)) == ((None, False) if went.result() else (found, True))
