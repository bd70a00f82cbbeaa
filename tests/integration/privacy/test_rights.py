"""What was told to whom, whom to tell of a change, restriction, rectification; what retention and merging do."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from issuance.actors import SYSTEM
from issuance.errors import Conflict, InvalidInput, NotAllowed, RuleViolation
from issuance.law.office.privacy import privacy_rules_on
from issuance.models.people import Person
from issuance.models.privacy import Demand, Disclosure, Restriction
from issuance.models.requests import IssuanceRequest
from issuance.services.casework import corrections, decisions, enrolment
from issuance.services.casework.corrections import Proposal
from issuance.services.life import retention
from issuance.services.persons import guardians
from issuance.services.privacy import demands, disclosures, restricting
from issuance.services.privacy.demands import Answer, Asked
from issuance.services.privacy.disclosures import Note
from issuance.services.privacy.restricting import Because
from issuance.services.public import confirmations, police
from issuance.services.public.confirmations import Purpose
from issuance.services.public.police import Why
from tests.integration.life.test_retention import agree, days_pass
from tests.people import LAYLA, Case, SmallOffice, changed, measured_portrait


def take_in(office: SmallOffice, request_id: UUID, kind: str, said: str = "It is wrong.") -> UUID:
    with office.act(office.actors["clerk"]) as act:
        request = act.session.get_one(IssuanceRequest, request_id)
        return demands.take_in(act, request, Asked(kind, "portrait", said)).id


def noted(office: SmallOffice, request_id: UUID, recipient: str = "court", **changes: object) -> None:
    said = {"body": "Judecătoria Timișoara", "told": ["identity"], "told_on": office.clock.today()} | changes
    with office.act(office.actors["clerk"]) as act:
        request = act.session.get_one(IssuanceRequest, request_id)
        disclosures.note(act, request, Note(recipient, **said))  # type: ignore[arg-type]


def restrict(office: SmallOffice, request_id: UUID, *, goes_on: bool = False) -> None:
    take_in(office, request_id, "restriction")
    with office.act(office.actors["clerk"]) as act:
        request = act.session.get_one(IssuanceRequest, request_id)
        restricting.impose(act, request, Because("contested", goes_on))


def portrait(office: SmallOffice, request_id: UUID) -> None:
    with office.act(office.actors["clerk"]) as act:
        request = act.session.get_one(IssuanceRequest, request_id)
        enrolment.add_portrait(act, request, measured_portrait(), "captured")


def correct(office: SmallOffice, request_id: UUID, **said: str) -> None:
    with office.act(office.actors["clerk"]) as act:
        person = act.session.get_one(IssuanceRequest, request_id).person
        row = corrections.propose(act, person, Proposal(said, "office_error", "certificate 12/2026"))
        row_id = row.id if row else None
    if row_id:
        with office.act(office.actors["supervisor"]) as act:
            corrections.agree(act, act.session.get_one(type(row), row_id))


# Told


def test_checks_by_police_codes_and_notes_are_in_one_list(office: SmallOffice, checked: Case) -> None:
    office.hand_over(checked.request_id, checked.number)
    with office.act(office.actors["police"]) as act:
        police.check(act, checked.number, Why.STREET_CONTROL)
    with office.reading() as look:
        reference = look.session.get_one(IssuanceRequest, checked.request_id).reference
    with office.upkeep() as look:
        confirmations.make(look, confirmations.Holder(reference, LAYLA.identity.birth_date), Purpose.BANK, "c" * 26)
    with office.reading() as look:
        made = confirmations.first(look)
    assert made
    with office.act(SYSTEM) as act:
        confirmations.take(act, made)
    noted(office, checked.request_id)
    with office.reading() as look:
        person = look.session.get_one(IssuanceRequest, checked.request_id).person
        told = disclosures.disclosed(look, person)
    assert {(each.recipient, each.told) for each in told} == {
        ("police", ("identity", "picture", "validity")),
        ("code_reader", ("validity",)),
        ("court", ("identity",)),
    }
    assert all(each.at.startswith("gdpr 6") for each in told)


def test_child_protection_is_among_those_who_were_told(office: SmallOffice) -> None:
    lone = changed(LAYLA, birth_date="2012-01-01", document_type="RC", status="applicant", unaccompanied=True)
    request_id = office.lodge(changed(lone, decision_number="", decision_date=None))
    with office.act(office.actors["clerk"]) as act:
        guardians.refer(act, act.session.get_one(IssuanceRequest, request_id))
    with office.reading() as look:
        (told,) = disclosures.disclosed(look, look.session.get_one(IssuanceRequest, request_id).person)
    assert told.recipient == "child_protection"


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("recipient", {"recipient": "a neighbour"}),
        ("told", {"told": []}),
        ("told", {"told": ["everything"]}),
        ("told_on", {"told_on": dt.date(2031, 1, 1)}),
        ("told_on", {"told_on": dt.date(1100, 1, 1)}),
        ("body", {"body": " "}),
        ("body", {"body": "a\x00b"}),
    ],
)
def test_a_note_that_says_nothing_is_refused(
    office: SmallOffice, complete: Case, field: str, changes: dict[str, object]
) -> None:
    with pytest.raises(InvalidInput) as refused:
        noted(office, complete.request_id, **changes)  # type: ignore[arg-type]
    assert refused.value.field == field
    with office.reading() as look:
        assert look.session.scalars(select(Disclosure)).all() == []


# Art 19


def test_who_was_told_before_a_correction_is_told_of_it_once(office: SmallOffice, complete: Case) -> None:
    noted(office, complete.request_id)
    correct(office, complete.request_id, birth_date="1992-01-02")
    with office.reading() as look:
        person = look.session.get_one(IssuanceRequest, complete.request_id).person
        (each,) = disclosures.to_inform(look, person)
        key = (each.version.id, each.recipient, each.body)
    assert key[1:] == ("court", "Judecătoria Timișoara")
    with office.act(office.actors["clerk"]) as act:
        disclosures.inform(act, act.session.get_one(IssuanceRequest, complete.request_id), *key)
    with office.reading() as look:
        assert disclosures.to_inform(look, look.session.get_one(Person, person.id)) == []
    with office.act(office.actors["clerk"]) as act, pytest.raises(Conflict, match="already"):
        disclosures.inform(act, act.session.get_one(IssuanceRequest, complete.request_id), *key)


def test_police_and_readers_of_a_code_are_nobody_to_inform(office: SmallOffice, checked: Case) -> None:
    office.hand_over(checked.request_id, checked.number)
    with office.act(office.actors["border_police"]) as act:
        police.check(act, checked.number, Why.BORDER_CONTROL)
    correct(office, checked.request_id, address="Str. Nouă 1, Timișoara")
    with office.reading() as look:
        assert disclosures.to_inform(look, look.session.get_one(IssuanceRequest, checked.request_id).person) == []


# Rectification


def test_a_rectification_is_granted_once_something_was_corrected(office: SmallOffice, complete: Case) -> None:
    demand_id = take_in(office, complete.request_id, "rectification")
    done = Answer("granted", "gdpr 16", "Corrected.")

    def answer() -> None:
        with office.act(office.actors["supervisor"]) as act:
            demands.answer(act, act.session.get_one(Demand, demand_id), done)

    with pytest.raises(InvalidInput, match="Nothing was corrected"):
        answer()
    office.clock.advance(dt.timedelta(minutes=5))
    correct(office, complete.request_id, birth_date="1992-01-02")
    answer()
    with office.act(office.actors["supervisor"]) as act, pytest.raises(Conflict, match="already"):
        demands.answer(act, act.session.get_one(Demand, demand_id), done)


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("outcome", Answer("perhaps", "gdpr 16", "x")),
        ("at", Answer("refused", "gdpr 99", "x")),
        ("at", Answer("refused", "gdpr 15", "x")),
        ("said", Answer("refused", "gdpr 16", "  ")),
    ],
)
def test_an_answer_without_its_article_or_words_is_none(
    office: SmallOffice, complete: Case, field: str, given: Answer
) -> None:
    demand_id = take_in(office, complete.request_id, "rectification")
    with office.act(office.actors["supervisor"]) as act, pytest.raises(InvalidInput) as refused:
        demands.answer(act, act.session.get_one(Demand, demand_id), given)
    assert refused.value.field == field


def test_the_table_itself_keeps_who_took_it_in_from_answering(office: SmallOffice, complete: Case) -> None:
    demand_id = take_in(office, complete.request_id, "question", "Where is it?")
    with office.act(office.actors["clerk"]) as act, pytest.raises(NotAllowed):
        demands.answer(act, act.session.get_one(Demand, demand_id), Answer("granted", "petitions 8", "Here."))
    said = text("UPDATE demand SET outcome = 'granted', answered_by = taken_by, answered_at = taken_at")
    with office.database.transaction() as session, pytest.raises(IntegrityError, match="two_answer"):
        session.execute(said)


def test_a_demand_without_words_is_only_one_of_access(office: SmallOffice, complete: Case) -> None:
    with pytest.raises(InvalidInput) as refused:
        take_in(office, complete.request_id, "objection", " ")
    assert refused.value.field == "said"


# Restriction


def test_restricted_data_stop_what_decides_and_nothing_else(office: SmallOffice, complete: Case) -> None:
    restrict(office, complete.request_id)
    with pytest.raises(RuleViolation, match="restricted") as refused:
        office.approve(complete.request_id)
    assert "Art 18(2)" in refused.value.sentence()
    with pytest.raises(RuleViolation, match="restricted"):
        portrait(office, complete.request_id)
    with pytest.raises(RuleViolation, match="restricted"):
        office.lodge(changed(LAYLA, document_type="TD-C", case_reference="2026/TM/0002"))
    correct(office, complete.request_id, birth_date="1992-01-02")
    with pytest.raises(RuleViolation, match="courts"):
        noted(office, complete.request_id, "authority")
    noted(office, complete.request_id, "court")
    with office.act(office.actors["clerk"]) as act:
        restricting.let_go_on(act, act.session.get_one(IssuanceRequest, complete.request_id), goes_on=True)
    assert office.approve(complete.request_id)


def test_what_a_station_makes_meanwhile_is_finished_and_not_handed_over(office: SmallOffice, checked: Case) -> None:
    restrict(office, checked.request_id)
    with pytest.raises(RuleViolation, match="restricted"):
        office.hand_over(checked.request_id, checked.number)


def test_a_restriction_is_lifted_by_another_after_the_person_was_told(office: SmallOffice, complete: Case) -> None:
    restrict(office, complete.request_id)
    today = office.clock.today()

    def lift(role: str, told_on: dt.date | None) -> None:
        with office.act(office.actors[role]) as act:
            restricting.lift(act, act.session.get_one(IssuanceRequest, complete.request_id), told_on)

    with pytest.raises(NotAllowed, match="Somebody else"):
        lift("clerk", today)
    with pytest.raises(InvalidInput, match="before"):
        lift("supervisor", None)
    with pytest.raises(InvalidInput, match="not come"):
        lift("supervisor", today + dt.timedelta(days=1))
    lift("supervisor", today)
    assert office.approve(complete.request_id)


def test_data_are_restricted_once_and_never_without_a_demand(office: SmallOffice, complete: Case) -> None:
    with office.act(office.actors["clerk"]) as act, pytest.raises(Conflict, match="Nobody asked"):
        restricting.impose(act, act.session.get_one(IssuanceRequest, complete.request_id), Because("claims", False))
    restrict(office, complete.request_id)
    with office.act(office.actors["supervisor"]) as act, pytest.raises(Conflict, match="already"):
        restricting.impose(act, act.session.get_one(IssuanceRequest, complete.request_id), Because("claims", False))


# Retention, merge


def ended(office: SmallOffice, request_id: UUID) -> None:
    with office.act(office.actors["decision_officer"]) as act:
        decisions.refuse(act, act.session.get_one(IssuanceRequest, request_id), "no status")


def test_nothing_of_restricted_data_is_destroyed_and_afterwards_all_of_it_goes(
    office: SmallOffice, complete: Case
) -> None:
    noted(office, complete.request_id)
    ended(office, complete.request_id)
    restrict(office, complete.request_id)
    days_pass(office, 120)
    agree(office)
    with office.act(SYSTEM) as act:
        assert retention.destroy_ended(act) == 0
    with office.act(office.actors["supervisor"]) as act:
        request = act.session.get_one(IssuanceRequest, complete.request_id)
        restricting.lift(act, request, office.clock.today())
    agree(office)
    with office.act(SYSTEM) as act:
        assert retention.destroy_ended(act) == 1
    with office.reading() as look:
        for kind in (Demand, Disclosure, Restriction):
            assert look.session.scalars(select(kind)).all() == [], kind


# Terms


@pytest.mark.parametrize(
    ("taken", "kind", "extended", "due"),
    [
        (dt.date(2026, 1, 31), "access", False, dt.date(2026, 3, 2)),  # 28 February is a Saturday
        (dt.date(2026, 10, 25), "access", False, dt.date(2026, 11, 25)),  # the night in which summer time ends
        (dt.date(2026, 2, 28), "access", False, dt.date(2026, 3, 30)),  # 28 March is a Saturday
        (dt.date(2026, 11, 1), "access", False, dt.date(2026, 12, 2)),  # 1 December is a holiday
        (dt.date(2026, 11, 25), "objection", False, dt.date(2026, 12, 28)),  # Christmas and the weekend after it
        (
            dt.date(2026, 11, 30),
            "restriction",
            True,
            dt.date(2027, 3, 1),
        ),  # 28 February is a Sunday
        (dt.date(2026, 11, 1), "question", False, dt.date(2026, 12, 1)),
        (dt.date(2026, 11, 1), "complaint", True, dt.date(2026, 12, 16)),
    ],
)
def test_a_term_ends_where_the_law_says(taken: dt.date, kind: str, extended: bool, due: dt.date) -> None:
    assert privacy_rules_on(taken).due(kind, taken, extended=extended) == due


def test_before_the_regulation_there_was_no_term() -> None:
    with pytest.raises(RuleViolation, match="known from"):
        privacy_rules_on(dt.date(2018, 5, 24))
