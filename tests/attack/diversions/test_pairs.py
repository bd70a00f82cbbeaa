"""Every two accounts, each with as many roles as roles.toml lets one hold, try to make a document that holds alone.

Who may do a step is read from tests/web/routes.txt, what keeps them apart is the services' and the database's. They
help each other by overrides too. pairs.txt says how far each two come; no two come to a document that holds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import combinations, combinations_with_replacement
from pathlib import Path
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from issuance.actors import SYSTEM, Actor
from issuance.errors import LimanError
from issuance.law.office.roles import role_rules_on
from issuance.models.documents import Document
from issuance.models.duties import DutyName
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import RoleName
from issuance.services import centres
from issuance.services.casework import decisions, enrolment, entitlements, overrides, requests
from issuance.services.casework import lodging as lodge_act
from issuance.services.casework.lodging import Lodging
from issuance.services.duties import Barred
from issuance.services.production import shifts
from issuance.services.trust import accounts
from issuance.services.trust.accounts import NewAccount
from tests.fixtures.databases import on_sqlite
from tests.people import LAYLA, NOON, SmallOffice, measured_portrait

PINNED = Path(__file__).with_name("pairs.txt")
ROUTES = Path(__file__).parents[2] / "web" / "routes.txt"
ENDING = (RoleName.ENROLMENT_EXPERT, RoleName.PARTNER)

Hold = tuple[RoleName, ...]


def may(route: str) -> frozenset[str]:
    """The roles that may use a route."""
    (line,) = [line for line in ROUTES.read_text().splitlines() if line.startswith(f"{route} - staff ")]
    roles, _, _beside = line.split(" - staff ")[1].partition(" ")
    return frozenset(roles.split(","))


def holds() -> list[Hold]:
    """Every set of roles that one account may hold and to which none can be added."""
    rules, roles = role_rules_on(NOON.date()), list(RoleName)
    allowed = [
        set(some) for size in range(1, 6) for some in combinations(roles, size) if not rules.conflicts(list(some))
    ]
    largest = [some for some in allowed if not any(some < other for other in allowed)]
    return [tuple(role for role in roles if role in some) for some in largest]


@dataclass
class Attempt:
    """Two accounts at work on one request; what each did."""

    office: SmallOffice
    two: tuple[Actor, Actor]
    request_id: UUID | None = None
    document_id: UUID | None = None
    lodging: Lodging = LAYLA
    steps: list[str] = field(default_factory=list)

    def goes_on(self, name: str, route: str, step: Callable[[Attempt, Actor], None], duty: DutyName | None) -> bool:
        """One of the two does a step; False when neither can, which is noted."""
        roles, why = may(route), "nobody has the role"
        for number, actor in enumerate(self.two):
            if not roles & actor.roles:
                continue
            try:
                self._do(step, actor, duty, self.two[1 - number])
            except LimanError as error:
                why = f"refused ({type(error).__name__})"
            else:
                self.steps.append(f"{name} {'AB'[number]}")
                return True
        self.steps.append(f"{name}: {why}")
        return False

    def _do(self, step: Callable[[Attempt, Actor], None], actor: Actor, duty: DutyName | None, other: Actor) -> None:
        try:
            step(self, actor)
        except Barred:
            if duty is None:
                raise
            with self.office.act(actor) as act:
                row = overrides.ask(act, act.session.get_one(IssuanceRequest, self.request_id), duty, "ill").id
            with self.office.act(other) as act:
                overrides.give(act, overrides.own(act, row), "beside")
            step(self, actor)
            self.steps.append("by an override:")


def lodge(attempt: Attempt, actor: Actor) -> None:
    with attempt.office.act(actor) as act:
        attempt.request_id = lodge_act.lodge(act, attempt.lodging).id


def spell(attempt: Attempt, actor: Actor) -> None:
    with attempt.office.act(actor) as act:
        requests.confirm_spelling(act, _request(act.session, attempt), "AL-MASRI", "LAYLA")


def accept(attempt: Attempt, actor: Actor) -> None:
    with attempt.office.act(actor) as act:
        enrolment.add_portrait(act, _request(act.session, attempt), measured_portrait(), "captured")
        enrolment.accept_portrait(act, _request(act.session, attempt))


def complete(attempt: Attempt, actor: Actor) -> None:
    with attempt.office.act(actor) as act:
        request = _request(act.session, attempt)
        attempt.office.sign(act, request)
        requests.complete(act, request, has_portrait=True, has_signature=True)


def _request(session: Session, attempt: Attempt) -> IssuanceRequest:
    return session.get_one(IssuanceRequest, attempt.request_id)


def approve(attempt: Attempt, actor: Actor) -> None:
    assert attempt.request_id is not None
    attempt.office.actors["decision_officer"] = actor
    typed = decisions.Entitlement(attempt.lodging.decision_number, attempt.lodging.decision_date)
    attempt.document_id = attempt.office.approve(attempt.request_id, typed)
    attempt.office.prepare(attempt.document_id)


def operate(attempt: Attempt, actor: Actor) -> None:
    """The shift passes over an order that its operator may not make: that is said here, as it is on the page."""
    office = attempt.office
    with office.act(actor) as act:
        shifts.open_shift(act, office.station)
    claim = office.claim()
    if claim is None:
        with office.act(actor) as act:
            shifts.close_shift(act, office.station)
        raise Barred("The shift passes this order over.")
    office.make(claim=claim)


def check(attempt: Attempt, actor: Actor) -> None:
    assert attempt.document_id is not None
    attempt.office.actors["quality_officer"] = actor
    attempt.office.check(attempt.document_id, attempt.office.readings(attempt.document_id))


def hand_over(attempt: Attempt, actor: Actor) -> None:
    assert attempt.request_id is not None
    attempt.office.actors["second_clerk"] = actor
    with attempt.office.reading() as look:
        number = look.session.scalars(sa.select(Document.number)).one()
    attempt.office.hand_over(attempt.request_id, number)


CHAIN: tuple[tuple[str, str, Callable[[Attempt, Actor], None], DutyName | None], ...] = (
    ("lodge", "GET,POST /desk/lodge", lodge, None),
    ("spell", "POST /cases/<uuid:request_id>/spelling", spell, None),
    ("portrait", "POST /cases/<uuid:request_id>/enrolment/accept", accept, None),
    ("complete", "POST /cases/<uuid:request_id>/complete", complete, None),
    ("approve", "GET,POST /decisions/<uuid:request_id>", approve, DutyName.DECISION),
    ("operate", "POST /production/stations/<uuid:station_id>/shift", operate, DutyName.OPERATION),
    ("check", "GET,POST /quality/<uuid:request_id>", check, DutyName.CHECK),
    ("hand over", "POST /cases/<uuid:request_id>/hand-over", hand_over, DutyName.HAND_OVER),
)


def named(pair: tuple[Hold, Hold]) -> str:
    return " and ".join("+".join(hold) for hold in pair)


def pairs() -> Iterator[tuple[Hold, Hold]]:
    yield from combinations_with_replacement(holds(), 2)


def account(office: SmallOffice, name: str, hold: Hold) -> Actor:
    """An account with these roles at the centre."""
    with office.act(SYSTEM) as act:
        centre = centres.named(act, "timisoara")
        ends_on = NOON.date().replace(year=2100) if set(hold) & set(ENDING) else None
        new = NewAccount(f"{name}@test.example", name, centre, list(hold), "-", given=False, ends_on=ends_on)
        made = accounts.add_account(act, new)
        return Actor(made.id, centre.id, frozenset(hold))


def pinned() -> dict[str, str]:
    lines = [line for line in PINNED.read_text().splitlines() if line and not line.startswith("#")]
    return dict(line.split(": ", 1) for line in lines)


@on_sqlite  # the constraints are tried on both: tests/integration/test_constraints.py
@pytest.mark.parametrize("pair", list(pairs()), ids=named)
def test_two_alone_make_no_document_that_holds(office: SmallOffice, pair: tuple[Hold, Hold]) -> None:
    attempt = Attempt(office, (account(office, "a", pair[0]), account(office, "b", pair[1])))
    for step in CHAIN:
        if not attempt.goes_on(*step):
            break
    with office.reading() as look:
        assert "valid" not in set(look.session.scalars(sa.select(Document.state)))
    line = ", ".join(attempt.steps).replace(":,", "")
    assert line == pinned().get(named(pair)), f"bring pairs.txt up to date:\n{named(pair)}: {line}"


HONEST = {"spell": "clerk", "portrait": "clerk", "complete": "clerk", "operate": "operator"} | {
    "check": "quality_officer",
    "hand over": "second_clerk",
}
"""Who does what the two cannot do, and finds nothing wrong with it."""

LIARS = [
    pair for pair in pairs() if may(CHAIN[0][1]) & {*pair[0], *pair[1]} and may(CHAIN[4][1]) & {*pair[0], *pair[1]}
]
"""Two of whom one lodges and one approves: they can invent a decision, and need nobody who lies with them."""


@on_sqlite
@pytest.mark.parametrize("pair", LIARS, ids=named)
def test_two_who_invent_a_decision_are_on_the_list_of_the_day(office: SmallOffice, pair: tuple[Hold, Hold]) -> None:
    attempt = Attempt(office, (account(office, "a", pair[0]), account(office, "b", pair[1])))
    attempt.lodging = replace(LAYLA, source="hand", decision_number="99/2026")
    for name, route, step, duty in CHAIN:
        honest = office.actors[HONEST.get(name, "auditor")]
        if not attempt.goes_on(name, route, step, None):
            step(attempt, honest)
        assert duty is None or attempt.document_id is not None
    with office.reading() as look:
        assert look.session.scalars(sa.select(Document.state)).one() == "valid"
        listed = entitlements.on_day(look, office.clock.today(), office.station.centre_id)
        assert [row.id for row in listed] == [attempt.request_id]


def test_the_table_holds_these_and_no_others() -> None:
    assert list(pinned()) == [named(pair) for pair in pairs()]
    assert LIARS, "nobody may approve: the routes are read wrongly"
    assert {role for hold in holds() for role in hold} == set(RoleName)
