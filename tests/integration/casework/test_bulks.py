"""Approving together: exceptions stay out, the drawn are decided one by one, each of the rest keeps its own act."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select

from issuance.actors import SYSTEM, Actor
from issuance.document_types import get
from issuance.document_types.rules import Rules
from issuance.errors import Conflict, InvalidInput, NotFound
from issuance.models.audit import AuditEvent, AuditSubject
from issuance.models.documents import Document
from issuance.models.duties import Duty, DutyName
from issuance.models.requests import IssuanceRequest, Portrait
from issuance.models.staff import RoleName, Staff
from issuance.services import roles
from issuance.services.casework import corrections, decisions
from issuance.services.casework.corrections import Proposal
from issuance.services.trust import accounts
from tests import bulks
from tests.bulks import displaced
from tests.people import SmallOffice


def state_of(office: SmallOffice, request_id: UUID) -> str:
    with office.database.reading() as session:
        return str(session.get_one(IssuanceRequest, request_id).state)


def events(office: SmallOffice, name: str) -> list[AuditEvent]:
    with office.database.reading() as session:
        return list(session.scalars(select(AuditEvent).where(AuditEvent.act == name).order_by(AuditEvent.id)))


@pytest.mark.parametrize(("count", "drawn"), [(1, 1), (2, 2), (3, 3), (20, 3), (30, 3), (31, 4), (50, 5)])
def test_a_tenth_is_drawn_and_never_fewer_than_three(count: int, drawn: int) -> None:
    assert bulks.share(count) == drawn


def test_only_what_is_due_the_same_day_may_be_approved_together() -> None:
    block = get("TPP").rules[-1].model_dump(mode="json", by_alias=True)
    block["deadline"]["days"] = 30
    with pytest.raises(ValueError, match="due on the day of its lodging"):
        Rules.model_validate(block)
    assert [code for code in ("RC", "RP-R", "RP-S", "RT", "TD-C", "TD-S", "TID") if get(code).rules[-1].bulk] == []


def test_a_bulk_is_approved_case_by_case(office: SmallOffice) -> None:
    ids = bulks.complete(office, 6)
    bulk_id = bulks.draw(office, ids)
    assert len(bulks.drawn(office, bulk_id)) == 3
    with pytest.raises(Conflict, match="3 of the drawn requests wait"):
        bulks.release(office, bulk_id)
    bulks.approve_drawn(office, bulk_id)
    assert bulks.release(office, bulk_id) == 0
    assert [state_of(office, each) for each in ids].count("approved") == 3
    bulks.finish(office, bulk_id)
    assert set(bulks.outcomes(office, bulk_id).values()) == {"approved"}
    officer = office.actors["decision_officer"].id
    with office.database.reading() as session:
        numbers = set(session.scalars(select(Document.number)))
        decided = session.scalar(
            select(func.count())
            .select_from(Duty)
            .where(Duty.duty == DutyName.DECISION, Duty.staff_id == officer, Duty.document_id.is_(None))
        )
    assert (len(numbers), decided) == (6, 6)
    approvals = events(office, "request.approved")
    assert (len(approvals), {event.actor_id for event in approvals}) == (6, {officer})
    with office.database.reading() as session:
        in_bulk = session.scalars(
            select(AuditSubject.event_id).where(
                AuditSubject.kind == "bulk", AuditSubject.event_id.in_([event.id for event in approvals])
            )
        ).all()
    assert len(in_bulk) == 3  # those that nobody opened by itself


def test_a_released_bulk_is_not_released_again_nor_approved_twice(office: SmallOffice) -> None:
    bulk_id = bulks.draw(office, bulks.complete(office, 4))
    bulks.approve_drawn(office, bulk_id)
    bulks.release(office, bulk_id)
    with pytest.raises(Conflict, match="already"):
        bulks.release(office, bulk_id)
    for _ in range(2):
        bulks.finish(office, bulk_id)
    assert len(events(office, "request.approved")) == 4


def test_nothing_is_approved_before_the_release(office: SmallOffice) -> None:
    bulk_id = bulks.draw(office, bulks.complete(office, 4))
    bulks.finish(office, bulk_id)
    assert set(bulks.outcomes(office, bulk_id).values()) == {""}


def test_exceptions_are_never_in_a_bulk(office: SmallOffice) -> None:
    good = bulks.complete(office, 4)
    odd = {
        "by_hand": bulks.complete_one(office, displaced(10, source="hand", case_reference="")),
        "unaccompanied": bulks.complete_one(
            office, displaced(11, birth_date="2015-01-01", unaccompanied=True, representative="Popa Ana (tutore)")
        ),
        "overridden": bulks.complete_one(office, displaced(12)),
        "uploaded": bulks.complete_one(office, displaced(13)),
        "evidence": bulks.complete_one(office, displaced(14), brought=("request_form",)),
        "correcting": bulks.complete_one(office, displaced(15)),
        "changed": bulks.complete_one(office, displaced(16)),
        "alike": bulks.complete_one(office, displaced(17)),
    }
    with office.act(office.actors["clerk"]) as act:
        portrait = {each.request_id: each for each in act.session.scalars(select(Portrait))}
        portrait[odd["overridden"]].override_reason = "a headscarf"
        portrait[odd["uploaded"]].source = "uploaded"
        act.record("case.changed", act.session.get_one(IssuanceRequest, odd["overridden"]))
    correct(office, odd["correcting"], birth_date="1971-01-01")
    correct(office, odd["changed"], birth_place="Kharkiv")
    office.lodge(displaced(17, family_name="Rudinko", case_reference="2026/TP/0900"))
    bulk_id = bulks.draw(office, [*good, *odd.values()])
    left = {key: why for key, why in bulks.outcomes(office, bulk_id).items() if why}
    assert left == {key: why for why, key in odd.items()}
    assert set(bulks.drawn(office, bulk_id)) <= set(good)


def correct(office: SmallOffice, request_id: UUID, **said: str) -> None:
    with office.act(office.actors["second_clerk"]) as act:
        person = act.session.get_one(IssuanceRequest, request_id).person
        corrections.propose(act, person, Proposal(said, "office_error", "passport"))


def test_a_picture_that_case_handling_supplied_is_no_exception(office: SmallOffice) -> None:
    (request_id,) = bulks.complete(office, 1)
    with office.act(SYSTEM) as act:
        portrait = act.session.scalars(select(Portrait)).one()
        portrait.source, portrait.taken_by = "uploaded", accounts.lodger(act).id
        act.record("case.changed", act.session.get_one(IssuanceRequest, request_id))
    assert bulks.drawn(office, bulks.draw(office, [request_id])) == [request_id]


def test_ones_own_and_what_is_decided_are_passed_over(office: SmallOffice) -> None:
    ids = bulks.complete(office, 5)
    with office.database.transaction() as session:
        duty = session.scalars(select(Duty).where(Duty.request_id == ids[0])).one()
        duty.staff_id = office.actors["decision_officer"].id
    office.approve(ids[1])
    bulk_id = bulks.draw(office, ids)
    assert set(bulks.outcomes(office, bulk_id)) == set(ids[2:])


def test_no_ticked_too_many_ticked_and_another_type_are_refused(office: SmallOffice) -> None:
    with pytest.raises(InvalidInput, match="Tick the requests"):
        bulks.draw(office, [])
    with pytest.raises(InvalidInput, match="At most 50"):
        bulks.draw(office, [uuid4() for _ in range(51)])
    by_hand = bulks.complete_one(office, displaced(9, source="hand", case_reference=""))
    with pytest.raises(Conflict, match="one by one"):
        bulks.draw(office, [by_hand])
    assert events(office, "bulk.drawn") == []


def test_a_drawn_sample_stays_and_no_case_is_drawn_twice_a_day(office: SmallOffice) -> None:
    ids = bulks.complete(office, 5)
    bulks.draw(office, ids)
    with pytest.raises(Conflict, match="None of the ticked"):
        bulks.draw(office, ids)
    office.clock.advance(dt.timedelta(days=1))
    assert set(bulks.outcomes(office, bulks.draw(office, ids))) == set(ids)


def test_a_drawn_bulk_ends_with_its_day(office: SmallOffice) -> None:
    bulk_id = bulks.draw(office, bulks.complete(office, 4))
    bulks.approve_drawn(office, bulk_id)
    office.clock.advance(dt.timedelta(days=1))
    with pytest.raises(Conflict, match="earlier day"):
        bulks.release(office, bulk_id)


@pytest.mark.parametrize("act_name", ["refuse", "send_back"])
def test_a_drawn_case_that_is_not_approved_stops_the_bulk(office: SmallOffice, act_name: str) -> None:
    ids = bulks.complete(office, 5)
    bulk_id = bulks.draw(office, ids)
    first, *others = bulks.drawn(office, bulk_id)
    with office.act(office.actors["decision_officer"]) as act:
        request = act.session.get_one(IssuanceRequest, first)
        if act_name == "refuse":
            decisions.refuse(act, request, "no status")
        else:
            decisions.send_back(act, request, ["proof_of_residence"])
    for each in others:
        office.approve(each)
    with pytest.raises(Conflict, match="was not approved"):
        bulks.release(office, bulk_id)
    assert bulks.bulk_of(office, bulk_id).stopped_at
    assert len(events(office, "bulk.stopped")) == 1


def test_what_changed_after_the_draw_falls_out(office: SmallOffice) -> None:
    ids = bulks.complete(office, 6)
    bulk_id = bulks.draw(office, ids)
    bulks.approve_drawn(office, bulk_id)
    before, after, whole = [row.request_id for row in bulks.rows(office, bulk_id) if not row.outcome]
    correct(office, before, birth_place="Kharkiv")
    assert bulks.release(office, bulk_id) == 0
    with office.act(office.actors["clerk"]) as act:
        bulks.change(act, after, "brought a letter")
    bulks.finish(office, bulk_id)
    found = bulks.outcomes(office, bulk_id)
    assert (found[before], found[after], found[whole]) == ("changed", "changed", "approved")
    assert state_of(office, before) == state_of(office, after) == "complete"
    assert [event.details["code"] for event in events(office, "bulk.case_left")] == ["changed", "changed"]


def test_where_a_drawn_case_fell_out_another_is_drawn(office: SmallOffice) -> None:
    ids = bulks.complete(office, 6)
    bulk_id = bulks.draw(office, ids)
    first, *others = bulks.drawn(office, bulk_id)
    correct(office, first, birth_place="Kharkiv")
    for each in others:
        office.approve(each)
    assert bulks.release(office, bulk_id) == 1
    (another,) = bulks.drawn(office, bulk_id)
    assert another not in (first, *others)
    office.approve(another)
    assert bulks.release(office, bulk_id) == 0


def test_another_officer_may_take_a_case_of_it(office: SmallOffice) -> None:
    office.becomes(office.actors["second_clerk"], RoleName.DECISION_OFFICER)
    another = replace(office.actors["second_clerk"], roles=frozenset({RoleName.DECISION_OFFICER}))
    bulk_id = bulks.draw(office, bulks.complete(office, 6))
    bulks.approve_drawn(office, bulk_id)
    before, after, left = [row.request_id for row in bulks.rows(office, bulk_id) if not row.outcome]
    approve_as(office, another, before)
    bulks.release(office, bulk_id)
    approve_as(office, another, after)
    bulks.finish(office, bulk_id)
    found = bulks.outcomes(office, bulk_id)
    assert (found[before], found[after], found[left]) == ("decided", "decided", "approved")
    assert len(events(office, "request.approved")) == 6


def approve_as(office: SmallOffice, actor: Actor, request_id: UUID) -> None:
    with office.act(actor) as act:
        decisions.approve(act, act.session.get_one(IssuanceRequest, request_id))


def test_a_role_taken_in_the_middle_leaves_the_rest(office: SmallOffice) -> None:
    bulk_id = bulks.draw(office, bulks.complete(office, 5))
    bulks.approve_drawn(office, bulk_id)
    bulks.release(office, bulk_id)
    with office.act(SYSTEM) as act:
        account = act.session.get_one(Staff, office.actors["decision_officer"].id)
        for given in account.given:
            roles.end(act, account, given)
    bulks.finish(office, bulk_id)
    assert sorted(bulks.outcomes(office, bulk_id).values()) == ["approved"] * 3 + ["no_officer"] * 2
    assert len(events(office, "request.approved")) == 3


def test_a_bulk_is_its_officers_alone(office: SmallOffice) -> None:
    bulk_id = bulks.draw(office, bulks.complete(office, 4))
    with pytest.raises(NotFound, match="drawn no such"):
        bulks.release(office, bulk_id, "supervisor")


def test_events_of_a_bulk_hold_no_names(office: SmallOffice) -> None:
    bulk_id = bulks.draw(office, bulks.complete(office, 4))
    bulks.approve_drawn(office, bulk_id)
    bulks.release(office, bulk_id)
    bulks.finish(office, bulk_id)
    said = [event.details for name in ("bulk.drawn", "bulk.released") for event in events(office, name)]
    assert said == [{"document_type": "TPP", "count": 4, "drawn": 3}, {"count": 1}]
