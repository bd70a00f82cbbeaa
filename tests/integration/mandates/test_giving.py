"""Mandates and guardians: who acts for a child, and the 24 hours of one that came alone."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from issuance.errors import Conflict, InvalidInput, NotFound
from issuance.models.mandates import Mandate
from issuance.models.people import LoneChild
from issuance.models.requests import IssuanceRequest
from issuance.services.lists import number
from issuance.services.mandates import asking, bodies, giving
from issuance.services.mandates.giving import Given
from issuance.services.persons import guardians
from tests.fixtures.databases import on_sqlite
from tests.people import LAYLA, NOON, SmallOffice, changed

CHILD = changed(LAYLA, given_names="Yusuf", native_name="", birth_date="2012-06-01", case_reference="C/1")
LONE = changed(CHILD, document_type="RC", status="applicant", representative="", unaccompanied=True)
AUNT = replace(
    CHILD, kind="renewal", previous_document="legacy:1", case_reference="C/3", representative="Popa Ana (aunt)"
)
OTHER = changed(LONE, given_names="Sami", birth_date="2013-01-01", case_reference="C/9")
GUARDIAN = Given("guardian", "Ionescu Maria", "child protection", ["collect", "sign"], "act of appointment no. 17")


def mandates_of(office: SmallOffice, request_id: UUID) -> list[Mandate]:
    with office.reading() as look:
        return giving.of(look, look.session.get_one(IssuanceRequest, request_id).person)


def give(office: SmallOffice, request_id: UUID, **changes: Any) -> UUID:
    with office.act(office.actors["clerk"]) as act:
        request = act.session.get_one(IssuanceRequest, request_id)
        return giving.give(act, request, replace(GUARDIAN, **changes)).id


def stop(office: SmallOffice, request_id: UUID, because: str) -> None:
    with office.act(office.actors["clerk"]) as act:
        guardians.stop_waiting(act, act.session.get_one(IssuanceRequest, request_id), because)


def waiting(office: SmallOffice) -> int:
    with office.reading(office.actors["clerk"]) as look:
        assert number(look, guardians.count(look)) == len(guardians.waiting(look))
        return number(look, guardians.count(look))


def child_of(office: SmallOffice) -> LoneChild:
    with office.reading() as look:
        return look.session.scalars(select(LoneChild)).one()


def test_whoever_accompanies_has_a_mandate_once(office: SmallOffice) -> None:
    """The second request of the same child with the same mother brings no second mandate."""
    first = office.lodge(replace(CHILD, representative="Al-Masri Layla (mother)"))
    again = replace(CHILD, document_type="TD-C", case_reference="C/2")
    second = office.lodge(replace(again, representative="Al-Masri Layla (mother)"))
    (mandate,) = mandates_of(office, first)
    assert (mandate.kind, mandate.holder_name, mandate.relation) == ("representative", "Al-Masri Layla", "mother")
    with office.reading() as look:
        assert look.session.get_one(IssuanceRequest, second).representative == "Al-Masri Layla (mother)"
        assert look.session.get_one(IssuanceRequest, second).mandate_id == mandate.id
    office.lodge(AUNT)
    assert len(mandates_of(office, first)) == 2


def test_a_known_person_is_named_by_a_number_and_follows_the_register(office: SmallOffice) -> None:
    mother = office.lodge()
    with office.reading() as look:
        reference = look.session.get_one(IssuanceRequest, mother).reference
    child = office.lodge(replace(CHILD, representative=f"{reference.lower()} (mother)"))
    with office.reading() as look:
        request = look.session.get_one(IssuanceRequest, child)
        assert request.mandate is not None
        assert request.mandate.holder_id == look.session.get_one(IssuanceRequest, mother).person_id
        assert request.representative == "Al-Masri Layla (mother)"


@on_sqlite
@pytest.mark.parametrize("who", ["RP0000001 (mother)", "Popa Ana"])
def test_a_representative_nobody_knows_is_refused(office: SmallOffice, who: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        office.lodge(replace(CHILD, representative=who))
    assert refused.value.field == "representative"


def test_a_lone_child_has_a_guardian_within_a_day(office: SmallOffice) -> None:
    request_id = office.lodge(LONE)
    assert waiting(office) == 1
    assert child_of(office).due_at == NOON + dt.timedelta(hours=24)
    with office.act(office.actors["clerk"]) as act:
        guardians.refer(act, act.session.get_one(IssuanceRequest, request_id))
    with pytest.raises(Conflict, match="already"), office.act(office.actors["clerk"]) as act:
        guardians.refer(act, act.session.get_one(IssuanceRequest, request_id))
    assert waiting(office) == 1
    mandate_id = give(office, request_id)
    assert waiting(office) == 0
    assert (child_of(office).ended_because, child_of(office).mandate_id) == ("guardian", mandate_id)


def test_a_child_whose_guardian_left_is_alone_again(office: SmallOffice) -> None:
    request_id = office.lodge(LONE)
    mandate_id = give(office, request_id)
    with office.act(office.actors["clerk"]) as act:
        request = act.session.get_one(IssuanceRequest, request_id)
        giving.end(act, request, giving.mandate_of(act, request, mandate_id), "authority")
    assert (waiting(office), child_of(office).referred_at) == (1, None)


def test_a_representative_is_no_guardian(office: SmallOffice) -> None:
    """What somebody calls the relation moves nothing: `unaccompanied` is said, and a guardian is recorded."""
    office.lodge(replace(LONE, representative="Ionescu Maria (guardian, child protection)"))
    assert waiting(office) == 1
    give(office, office.lodge(OTHER), kind="representative")
    assert waiting(office) == 2


def test_only_a_mark_makes_a_child_unaccompanied(office: SmallOffice) -> None:
    request_id = office.lodge(replace(CHILD, representative="Ionescu Maria (guardian)"))
    with office.reading() as look:
        assert not look.session.get_one(IssuanceRequest, request_id).unaccompanied
    assert waiting(office) == 0


def test_a_second_request_of_a_lone_child_moves_no_clock(office: SmallOffice) -> None:
    office.lodge(LONE)
    begun = child_of(office).registered_at
    office.lodge(replace(LONE, document_type="TID", case_reference="C/5", representative="Popa Ana (centre)"))
    assert (waiting(office), child_of(office).registered_at) == (1, begun)


def test_the_alarm_ends_without_a_guardian_for_a_reason(office: SmallOffice) -> None:
    request_id = office.lodge(LONE)
    with pytest.raises(InvalidInput):
        stop(office, request_id, "bored")
    stop(office, request_id, "family_found")
    with pytest.raises(NotFound):
        stop(office, request_id, "of_age")
    assert (waiting(office), child_of(office).ended_because) == (0, "family_found")


@on_sqlite
def test_an_adult_is_not_unaccompanied(office: SmallOffice) -> None:
    with pytest.raises(InvalidInput) as refused:
        office.lodge(replace(LAYLA, unaccompanied=True))
    assert refused.value.field == "unaccompanied"


@on_sqlite
@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"kind": "friend"}, "kind"),
        ({"holder": "RP0000001"}, "holder"),
        ({"relation": " "}, "relation"),
        ({"scopes": []}, "scopes"),
        ({"scopes": ["fly"]}, "scopes"),
        ({"evidence": ""}, "evidence"),
        ({"to_day": dt.date(2026, 11, 1)}, "to_day"),
    ],
)
def test_a_mandate_names_what_is_wrong(office: SmallOffice, changes: dict[str, Any], field: str) -> None:
    request_id = office.lodge(LONE)
    with pytest.raises(InvalidInput) as refused:
        give(office, request_id, **changes)
    assert (refused.value.field, waiting(office)) == (field, 1)


def test_a_mandate_holds_from_its_first_to_its_last_day(office: SmallOffice) -> None:
    request_id = office.lodge(LONE)
    give(office, request_id, from_day=dt.date(2026, 11, 3), to_day=dt.date(2026, 11, 4), scopes=["collect"])
    (mandate,) = mandates_of(office, request_id)
    with office.reading() as look:
        allowed = [asking.may(look, mandate, "collect", dt.date(2026, 11, day)) for day in (2, 3, 4, 5)]
        assert allowed == [False, True, True, False]
        assert not asking.may(look, mandate, "see_file", dt.date(2026, 11, 3))


# Who gives what to whom


def body(office: SmallOffice, name: str = "UNHCR Romania", kind: str = "unhcr") -> UUID:
    with office.act(office.actors["administrator"]) as act:
        return bodies.add(act, name, kind).id


def refusal(office: SmallOffice, request_id: UUID, **changes: Any) -> tuple[str, str]:
    with pytest.raises(InvalidInput) as refused:
        give(office, request_id, **changes)
    assert mandates_of(office, request_id) == []
    return refused.value.field, refused.value.sentence()


@on_sqlite
def test_a_mandate_of_a_mandate_is_refused_with_a_sentence(office: SmallOffice) -> None:
    request_id = office.lodge()
    field, said = refusal(office, request_id, kind="lawyer", scopes=["see_status"], granted_by="holder")
    assert (field, "cannot give it on" in said) == ("granted_by", True)


def test_a_guardian_gives_a_mandate_in_a_minors_name_and_nobody_else_does(office: SmallOffice) -> None:
    """A lawyer for a child is named by whoever signs for the child, and only while they may sign."""
    request_id = office.lodge(LONE)
    lawyer = {"kind": "lawyer", "holder": "Marin Ioana", "relation": "lawyer", "scopes": ["see_status"]}
    assert refusal(office, request_id, **lawyer, granted_by="guardian")[0] == "granted_by"
    guardian = give(office, request_id)
    assert give(office, request_id, **lawyer, granted_by="guardian")
    with office.act(office.actors["clerk"]) as act:
        request = act.session.get_one(IssuanceRequest, request_id)
        giving.end(act, request, giving.mandate_of(act, request, guardian), "holder")
    with pytest.raises(InvalidInput):
        give(office, request_id, **lawyer, granted_by="guardian")


@on_sqlite
def test_nobody_gives_a_mandate_in_an_adults_name(office: SmallOffice) -> None:
    request_id = office.lodge()
    mother = {"kind": "representative", "relation": "mother", "scopes": ["sign"], "granted_by": "person"}
    assert give(office, request_id, **mother)
    with pytest.raises(InvalidInput) as refused:
        give(office, request_id, kind="lawyer", scopes=["see_status"], granted_by="guardian")
    assert refused.value.field == "granted_by"


@on_sqlite
@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"kind": "family", "scopes": ["sign"], "granted_by": "person"}, "scopes"),
        ({"kind": "family", "scopes": ["see_file"], "granted_by": "person"}, "scopes"),
        ({"kind": "lawyer", "scopes": ["collect"], "granted_by": "person"}, "scopes"),
        ({"kind": "organisation", "scopes": ["sign"], "granted_by": "person"}, "scopes"),
        ({"kind": "guardian", "granted_by": "person"}, "granted_by"),
        ({"kind": "unhcr", "scopes": ["see_status"], "granted_by": "person"}, "body"),
        ({"from_day": dt.date(2026, 11, 9), "to_day": dt.date(2026, 11, 8)}, "to_day"),
        ({"holder": " "}, "holder"),
    ],
)
def test_what_a_kind_does_not_allow_is_refused(office: SmallOffice, changes: dict[str, Any], field: str) -> None:
    assert refusal(office, office.lodge(LONE), **changes)[0] == field


@on_sqlite
def test_nobody_acts_for_oneself(office: SmallOffice) -> None:
    request_id = office.lodge()
    with office.reading() as look:
        reference = look.session.get_one(IssuanceRequest, request_id).reference
    assert refusal(office, request_id, holder=reference)[0] == "holder"


def test_a_body_holds_a_mandate_of_its_kind_and_it_allows_nothing_once_the_body_ended(office: SmallOffice) -> None:
    request_id, body_id = office.lodge(), body(office)
    unhcr = {"holder": "", "relation": "UNHCR", "scopes": ["see_status"], "body_id": body_id, "granted_by": "person"}
    assert refusal(office, request_id, **unhcr | {"kind": "lawyer"})[0] == "body"
    mandate_id = give(office, request_id, **unhcr, kind="unhcr")
    with office.act(office.actors["administrator"]) as act:
        (row,) = giving.of(act, act.session.get_one(IssuanceRequest, request_id).person)
        assert (row.shown, row.body_id, row.holder_id) == ("UNHCR Romania (UNHCR)", body_id, None)
        assert asking.may(act, row, "see_status", act.clock.today())
        bodies.end(act, bodies.with_id(act, body_id))
        act.session.flush()
        assert not asking.may(act, row, "see_status", act.clock.today())
        assert act.session.get_one(Mandate, mandate_id).ended_at is None


def end(office: SmallOffice, request_id: UUID, mandate_id: UUID, because: str) -> None:
    with office.act(office.actors["second_clerk"]) as act:
        request = act.session.get_one(IssuanceRequest, request_id)
        giving.end(act, request, giving.mandate_of(act, request, mandate_id), because)


def test_an_ended_mandate_says_when_by_whom_and_why(office: SmallOffice) -> None:
    request_id = office.lodge(LONE)
    mandate_id = give(office, request_id)
    with pytest.raises(InvalidInput):
        end(office, request_id, mandate_id, "bored")
    end(office, request_id, mandate_id, "authority")
    with pytest.raises(Conflict):
        end(office, request_id, mandate_id, "authority")
    (row,) = mandates_of(office, request_id)
    clerk = office.actors["second_clerk"].id
    assert (row.ended_because, row.ended_by, row.ended_at) == ("authority", clerk, NOON)


def test_a_last_day_ends_by_the_clock_of_bucharest_also_when_clocks_change(office: SmallOffice) -> None:
    """28 March 2027 has 23 hours: it ends at 21:00 UTC, the night before at 22:00."""
    request_id = office.lodge(LONE)
    give(office, request_id, from_day=dt.date(2027, 3, 28), to_day=dt.date(2027, 3, 28))
    found = []
    for moment in ("27T21:59:59", "27T22:00:00", "28T20:59:59", "28T21:00:00"):
        office.clock.advance(dt.datetime.fromisoformat(f"2027-03-{moment}+00:00") - office.clock.now())
        with office.reading(office.actors["clerk"]) as look:
            person = look.session.get_one(IssuanceRequest, request_id).person
            found.append(bool(asking.who_may(look, person, "collect")))
    assert found == [False, True, True, False]
