"""What the owner of an account is told, who answers it, and what the answer does; on both databases."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

import pytest
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from issuance.actors import SYSTEM, Actor
from issuance.errors import NotAllowed, NotFound
from issuance.models.audit import AuditEvent
from issuance.models.staff import AccountAlert, RoleName, Staff, StaffSession
from issuance.services import centres
from issuance.services.alerts import owners
from issuance.services.alerts.owners import Kind
from issuance.services.trust import accounts, sessions
from issuance.services.trust.accounts import NewAccount
from issuance.services.trust.sessions import Ending
from tests.fixtures.databases import on_sqlite
from tests.people import SmallOffice


def new_actor(office: SmallOffice, name: str, role: RoleName, centre: str = "timisoara") -> Actor:
    with office.act(SYSTEM) as act:
        here = centres.named(act, centre)
        new = NewAccount(f"{name}@test.example", name, here, [role], "-", given=False)
        account = accounts.add_account(act, new)
    return Actor(account.id, here.id, frozenset({role}))


def id_of(actor: Actor) -> UUID:
    assert actor.id is not None
    return actor.id


def session_of(office: SmallOffice, actor: Actor) -> UUID:
    with office.upkeep() as look:
        return sessions.begin(look, id_of(actor), "Firefox, Linux")[0].id


def told(office: SmallOffice, actor: Actor, kind: Kind, cause: UUID | None) -> UUID:
    """Something happened with the account, in this session."""
    with office.act(SYSTEM) as act:
        account = act.session.get_one(Staff, actor.id)
        owners.tell(act, account, kind, session_id=cause)
        act.record("account.logged_in", account, odd=kind)
    with office.reading() as look:
        return owners.of_account(look, id_of(actor))[0].id


def test_the_session_that_caused_it_does_not_answer(office: SmallOffice) -> None:
    clerk = office.actors["clerk"]
    thief, mine = session_of(office, clerk), session_of(office, clerk)
    alert = told(office, clerk, Kind.PASSKEY_ADDED, thief)
    with office.reading(clerk) as look:
        assert owners.waiting(look, id_of(clerk), thief) == []
        assert [row.id for row in owners.waiting(look, id_of(clerk), mine)] == [alert]
    with pytest.raises(NotFound), office.act(clerk) as act:
        owners.confirm(act, alert, thief)
    with pytest.raises(NotFound), office.act(office.actors["second_clerk"]) as act:
        owners.confirm(act, alert, mine)
    with office.act(clerk) as act:
        owners.confirm(act, alert, mine)
    with pytest.raises(NotFound), office.act(clerk) as act:
        accounts.not_me(act, alert, mine)  # one answer


def test_it_was_not_me_ends_every_session_and_another_administrator_settles_it(office: SmallOffice) -> None:
    head = new_actor(office, "head", RoleName.ADMINISTRATOR)
    other, far = (
        new_actor(office, "o", RoleName.ADMINISTRATOR),
        new_actor(office, "f", RoleName.ADMINISTRATOR, "galati"),
    )
    thief, mine = session_of(office, head), session_of(office, head)
    alert = told(office, head, Kind.NEW_DEVICE, thief)
    with office.act(head) as act:
        accounts.not_me(act, alert, mine)
    with office.reading() as look:
        ended = [look.session.get_one(StaffSession, each).ended_why for each in (thief, mine)]
        last = look.session.query(AuditEvent).order_by(AuditEvent.id.desc()).first()
    assert ended == [Ending.NOT_ME, Ending.NOT_ME]
    assert last is not None
    assert (last.act, last.details["sessions"]) == ("account.alert_disowned", 2)
    for actor, waits in ((head, []), (far, []), (other, [alert])):
        with office.reading(actor) as look:
            assert [row.id for row in owners.disowned(look)] == waits
            assert look.session.scalar(owners.count_disowned(look)) == len(waits)
    for actor in (head, far):
        with pytest.raises(NotAllowed), office.act(actor) as act:
            owners.settle(act, alert)
    with office.act(other) as act:
        owners.settle(act, alert)
    with pytest.raises(NotFound), office.act(other) as act:
        owners.settle(act, alert)


@pytest.mark.parametrize("values", [{"confirmed_at": True, "disowned_at": True}, {"settled_by": True}])
def test_the_register_itself_refuses_two_answers_and_settling_ones_own(
    office: SmallOffice, values: dict[str, bool]
) -> None:
    clerk = office.actors["clerk"]
    alert = told(office, clerk, Kind.CODE_SET, None)
    now = {name: clerk.id if name == "settled_by" else office.clock.now() for name in values}
    with pytest.raises(IntegrityError), office.database.engine.begin() as connection:
        connection.execute(update(AccountAlert).where(AccountAlert.id == alert).values(now))


@on_sqlite
@pytest.mark.parametrize(
    ("hour", "known", "wrong", "found"),
    [
        (10, True, 0, []),
        (10, False, 0, [Kind.NEW_DEVICE]),
        (19, True, 2, []),
        (20, True, 3, [Kind.AT_NIGHT, Kind.AFTER_WRONG_TRIES]),  # 22:00 in Bucharest
        (2, True, 0, [Kind.AT_NIGHT]),
        (3, True, 0, []),  # 5:00 in Bucharest
    ],
)
def test_what_is_odd_about_a_log_in(office: SmallOffice, hour: int, known: bool, wrong: int, found: list[Kind]) -> None:
    clerk, police = office.actors["clerk"], new_actor(office, "patrol", RoleName.POLICE)
    for actor in (clerk, police):
        with office.upkeep() as look:
            row = sessions.begin(look, id_of(actor), "Firefox")[0]
            row.created_at = dt.datetime(2026, 11, 20, hour, tzinfo=dt.UTC)
            odd = owners.odd(look, row, is_known_device=known, wrong_tries=wrong)
        assert odd == [kind for kind in found if actor is clerk or kind != Kind.AT_NIGHT]


@on_sqlite
def test_a_first_log_in_is_not_odd(office: SmallOffice) -> None:
    """Its password is somebody else's, and every device is new."""
    with office.act(SYSTEM) as act:
        new = NewAccount("new@test.example", "New", centres.named(act, "timisoara"), [RoleName.CLERK], "-")
        account = accounts.add_account(act, new)
    with office.upkeep() as look:
        row = sessions.begin(look, account.id, "Firefox")[0]
        assert owners.odd(look, row, is_known_device=False, wrong_tries=9) == []


def test_one_session_too_many_ends_the_oldest(office: SmallOffice) -> None:
    """Three of a clerk, two of an administrator; of another account none."""
    clerk, head = office.actors["clerk"], new_actor(office, "head", RoleName.ADMINISTRATOR)
    others = session_of(office, office.actors["second_clerk"])
    for actor, most in ((clerk, 3), (head, 2)):
        begun = []
        for _ in range(4):
            with office.act(actor) as act:
                row = sessions.begin(act, id_of(actor), "Firefox")[0]
                sessions.end_beyond(act, row)
                act.record("account.logged_in", row.account)
            begun.append(row.id)
            office.clock.advance(dt.timedelta(seconds=1))
        with office.reading() as look:
            why = [look.session.get_one(StaffSession, each).ended_why for each in begun]
        assert why == [Ending.TOO_MANY] * (4 - most) + [""] * most
    with office.reading() as look:
        assert look.session.get_one(StaffSession, others).ended_at is None


@on_sqlite
def test_an_administrators_session_ends_sooner(office: SmallOffice) -> None:
    head = new_actor(office, "head", RoleName.ADMINISTRATOR)
    keys = {}
    with office.upkeep() as look:
        for actor in (head, office.actors["clerk"]):
            keys[actor.id] = sessions.begin(look, id_of(actor), "Firefox")[1]
    office.clock.advance(dt.timedelta(minutes=16))
    with office.reading() as look:
        assert [sessions.find(look, key) is None for key in keys.values()] == [True, False]
