"""The small office: one asks to do a second duty, another gives leave, a supervisor who is neither closes it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from uuid import UUID

import pytest
from sqlalchemy.exc import IntegrityError

from issuance.actors import SYSTEM, Actor
from issuance.errors import Conflict, InvalidInput, NotAllowed
from issuance.models.audit import AuditEvent
from issuance.models.duties import Duty, DutyName, DutyOverride
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import RoleName, Staff
from issuance.services import duties
from issuance.services import roles as roles_given
from issuance.services.casework import overrides
from issuance.services.lists import number
from issuance.services.production import documents
from issuance.services.roles import Term
from tests.fixtures.databases import on_sqlite
from tests.people import Case, SmallOffice


@pytest.fixture
def alone(office: SmallOffice) -> SmallOffice:
    """An office whose operator is also its quality officer."""
    operator = office.actors["operator"]
    office.actors["quality_officer"] = Actor(
        operator.id, operator.centre_id, frozenset({RoleName.OPERATOR, RoleName.QUALITY_OFFICER})
    )
    return office


def ask(office: SmallOffice, case: Case, who: str = "quality_officer", duty: DutyName = DutyName.CHECK) -> UUID:
    with office.act(office.actors[who]) as act:
        request = act.session.get_one(IssuanceRequest, case.request_id)
        return overrides.ask(act, request, duty, "The other officer is ill.").id


def give(office: SmallOffice, override_id: UUID, who: str = "clerk") -> None:
    with office.act(office.actors[who]) as act:
        overrides.give(act, overrides.own(act, override_id), "I stood beside.")


def close(office: SmallOffice, override_id: UUID, who: str = "supervisor") -> None:
    with office.act(office.actors[who]) as act:
        overrides.close(act, overrides.own(act, override_id))


def check(office: SmallOffice, case: Case) -> bool:
    return office.check(case.document_id, office.readings(case.document_id))


def test_a_second_duty_is_done_by_leave_and_the_document_waits_for_the_supervisor(
    alone: SmallOffice, made: Case
) -> None:
    with pytest.raises(duties.Barred, match="printed in your shift"):
        check(alone, made)
    override_id = ask(alone, made)
    with pytest.raises(duties.Barred):
        check(alone, made)
    give(alone, override_id)
    assert check(alone, made)
    with pytest.raises(Conflict, match="supervisor"):
        alone.hand_over(made.request_id, made.number)
    close(alone, override_id)
    alone.hand_over(made.request_id, made.number)
    with alone.reading() as look:
        used = look.session.query(Duty).filter_by(override_id=override_id).one()
        assert (used.duty, used.staff_id) == ("check", alone.actors["operator"].id)
        acts = [event.act for event in look.session.query(AuditEvent) if event.act.startswith("override.")]
        assert acts == ["override.asked", "override.given", "override.closed"]


def test_asked_four_times_at_once_it_is_asked_once(alone: SmallOffice, made: Case) -> None:
    def asked(_: int) -> str:
        try:
            ask(alone, made)
        except Conflict as error:
            return str(error)
        return "asked"

    with ThreadPoolExecutor(4) as tabs:
        said = sorted(tabs.map(asked, range(4)))
    assert said == ["You asked for this already. A colleague gives it under Overrides asked for."] * 3 + ["asked"]


def test_a_hand_over_by_leave_waits_for_the_supervisor_first(office: SmallOffice, checked: Case) -> None:
    office.actors["second_clerk"] = office.actors["clerk"]
    override_id = ask(office, checked, "clerk", DutyName.HAND_OVER)
    give(office, override_id, "operator")
    with pytest.raises(duties.Barred, match="You lodged"):
        office.hand_over(checked.request_id, checked.number)
    close(office, override_id)
    office.hand_over(checked.request_id, checked.number)


def test_a_decision_and_a_shift_are_opened_by_leave(office: SmallOffice, complete: Case) -> None:
    clerk = office.actors["clerk"]
    roles = frozenset({RoleName.CLERK, RoleName.DECISION_OFFICER, RoleName.OPERATOR})
    office.actors["decision_officer"] = office.actors["operator"] = Actor(clerk.id, clerk.centre_id, roles)
    with office.act(SYSTEM) as act:
        may_print = Term(RoleName.OPERATOR, act.clock.today(), None)
        roles_given.give(act, act.session.get_one(Staff, clerk.id), may_print)
    give(office, ask(office, complete, "decision_officer", DutyName.DECISION), "supervisor")
    complete.document_id = office.approve(complete.request_id)
    office.prepare(complete.document_id)
    office.open_shift()
    assert office.claim() is None
    give(office, ask(office, complete, "operator", DutyName.OPERATION), "supervisor")
    assert office.claim() is not None


def test_leave_is_for_one_document(alone: SmallOffice, made: Case) -> None:
    """The document is rejected: the next one needs leave of its own."""
    give(alone, ask(alone, made))
    mrz, *others = alone.readings(made.document_id)
    assert not alone.check(made.document_id, [replace(mrz, value="P<WRONG"), *others])
    with alone.reading() as look:
        made.document_id = documents.current(look, look.session.get_one(IssuanceRequest, made.request_id)).id
    alone.prepare(made.document_id)
    alone.make()
    with pytest.raises(duties.Barred):
        check(alone, made)


@on_sqlite
def test_nobody_gives_or_closes_their_own(alone: SmallOffice, made: Case) -> None:
    override_id = ask(alone, made)
    with pytest.raises(NotAllowed, match="Ask a colleague"):
        give(alone, override_id, "quality_officer")
    for role in ("auditor", "administrator"):
        with pytest.raises(NotAllowed):
            give(alone, override_id, role)
    give(alone, override_id, "supervisor")
    with pytest.raises(NotAllowed, match="neither"):
        close(alone, override_id)
    with pytest.raises(NotAllowed, match="neither"):
        close(alone, override_id, "clerk")


@on_sqlite
def test_what_nobody_needs_is_not_asked_for(office: SmallOffice, made: Case) -> None:
    with pytest.raises(Conflict, match="Nothing keeps you"):
        ask(office, made)
    with pytest.raises(NotAllowed, match="no role for this duty"):
        ask(office, made, "operator")
    with pytest.raises(Conflict, match="does not wait"):
        ask(office, made, "clerk", DutyName.HAND_OVER)


@on_sqlite
def test_it_is_asked_once_with_a_reason_and_given_once(alone: SmallOffice, made: Case) -> None:
    with alone.act(alone.actors["quality_officer"]) as act, pytest.raises(InvalidInput):
        overrides.ask(act, act.session.get_one(IssuanceRequest, made.request_id), DutyName.CHECK, " ")
    override_id = ask(alone, made)
    with pytest.raises(Conflict, match="already"):
        ask(alone, made)
    give(alone, override_id)
    with pytest.raises(Conflict, match="meanwhile"):
        give(alone, override_id, "second_clerk")
    with alone.reading(alone.actors["supervisor"]) as look:
        assert overrides.asked(look) == []
        assert number(look, overrides.to_close(look.actor.centre_id)) == 1
        assert [each.id for each in overrides.listed(look, None)] == [override_id]


def test_the_constraint_has_the_last_word_in_the_same_sentence(
    office: SmallOffice, made: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two acts of one person at this very moment: the second sees the first when the database refuses it."""
    real, seen = duties._done, list[int]()

    def late(*arguments: object) -> list[Duty]:
        seen.append(1)
        return [] if len(seen) <= 2 else real(*arguments)  # type: ignore[arg-type]

    office.actors["quality_officer"] = office.actors["operator"]
    monkeypatch.setattr(duties, "_done", late)
    with pytest.raises(duties.Barred, match="printed in your shift"):
        check(office, made)


def test_an_override_without_its_three_persons_is_refused_by_the_database(office: SmallOffice, made: Case) -> None:
    who, other = office.actors["clerk"].id, office.actors["supervisor"].id
    for given, closed in ((who, other), (other, who), (other, other)):
        with pytest.raises(IntegrityError), office.database.transaction() as session:
            session.add(
                DutyOverride(
                    request_id=made.request_id,
                    duty="check",
                    staff_id=who,
                    why="ill",
                    asked_at=office.clock.now(),
                    given_by=given,
                    closed_by=closed,
                )
            )
