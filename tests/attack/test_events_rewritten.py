"""Attack row 13: the owner of the database forges, cuts, reorders, alters and deletes events; each is named.

The events of one centre are changed at several places at once, and each must be named for itself. An event that was
not linked yet is deleted whole: the row that it was about gives it away.
"""

from __future__ import annotations

import datetime as dt
import re
import subprocess
from collections.abc import Callable, Iterator
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Connection, delete, func, select, update

from issuance.actors import SYSTEM
from issuance.models.audit import AuditEvent, AuditLink, AuditSubject, AuditUnlinked, AuditWitness
from issuance.models.staff import RoleName
from issuance.services import centres
from issuance.services.trust import accounts
from issuance.services.trust.accounts import NewAccount
from tests.attack.victim import Attack, Victim, insert, victim_on
from tests.fixtures.stages import Stages

FORGED, FUTURE = UUID(int=1), UUID("ffffffff-ffff-7fff-bfff-ffffffffffff")
BEFORE, IN_YEARS = dt.datetime(2026, 1, 5, tzinfo=dt.UTC), dt.datetime(2199, 1, 1, tzinfo=dt.UTC)
ADDED: dict[str, str] = {}
"""The account whose adding is deleted, by the address of the register."""


def forge(key: UUID, at: dt.datetime) -> Attack:
    """An event in the office's own chain."""
    return insert(
        AuditEvent, id=key, at=at, act="rules.published", actor_kind="system", centre_id=None, reason="", details={}
    )


def at(position: int) -> Callable[[Connection], UUID]:
    """The event at a place of the centre's chain."""
    return lambda connection: connection.execute(
        select(AuditLink.event_id).where(AuditLink.chain != "office", AuditLink.position == position)
    ).scalar_one()


def swap(connection: Connection) -> None:
    """Two events change their places."""
    third, fourth = at(3)(connection), at(4)(connection)
    for position, key in ((3, uuid4()), (4, third), (3, fourth)):
        here = (AuditLink.chain != "office") & (AuditLink.position == position)
        connection.execute(update(AuditLink).where(here).values(event_id=key))


def alter(connection: Connection) -> None:
    """An event says that somebody else did it."""
    connection.execute(update(AuditEvent).where(AuditEvent.id == at(5)(connection)).values(actor_id=uuid4()))


def cut(connection: Connection) -> None:
    """The last three events of the centre and their links were never written."""
    last = connection.scalar(select(func.max(AuditLink.position)).where(AuditLink.chain != "office"))
    assert last is not None
    for position in range(last - 2, last + 1):
        erase(at(position)(connection))(connection)
    connection.execute(delete(AuditLink).where(AuditLink.chain != "office", AuditLink.position > last - 3))


def erase(key: UUID) -> Attack:
    """An event was never written, with all that belongs to it."""
    parts = (AuditUnlinked.event_id, AuditSubject.event_id, AuditWitness.event_id, AuditEvent.id)
    return lambda connection: [connection.execute(delete(each.class_).where(each == key)) for each in parts]


def erase_unlinked(connection: Connection) -> None:
    """The only events that wait for their links were never written; their rows stay."""
    for key in connection.execute(select(AuditUnlinked.event_id)).scalars().all():
        erase(key)(connection)


EVENTS: dict[str, tuple[Attack, str]] = {
    "an event that was not linked yet is deleted": (erase_unlinked, r"staff {added}: no event left this row"),
    "a forged event": (forge(FORGED, BEFORE), f"audit_event {FORGED}: event {FORGED} does not carry the MAC"),
    "a forged event outside the chains": (forge(uuid4(), BEFORE), r"audit_event \S+ is in no chain and does not wait"),
    "a future event": (forge(FUTURE, IN_YEARS), f"audit_event {FUTURE}: event {FUTURE} is dated in the future"),
    "two events swapped": (swap, r"link {centre} 3: event \S+ is not what was linked"),
    "the other of them": (lambda _: None, r"link {centre} 4: event \S+ is not what was linked"),
    "an altered event": (alter, r"link {centre} 5: event \S+ does not carry the MAC of this office"),
    "a cut tail": (cut, r"link {centre} {last}: this link was signed and is missing, the chain was cut"),
    "the rows of a cut tail": (lambda _: None, r"request \S+: state is not what event \S+ left"),
}


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def victim(
    request: pytest.FixtureRequest, stages: Stages, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Victim]:
    """One register for all of these, on each database; an account was added a moment ago."""
    with victim_on(request, stages, tmp_path_factory.mktemp("var")) as made:
        with made.people.act(SYSTEM) as act:
            new = NewAccount("new@test.example", "New", centres.named(act, "galati"), [RoleName.CLERK], "-")
            ADDED[made.url] = str(accounts.add_account(act, new).id)
        yield made


@pytest.fixture(scope="module")
def places(victim: Victim) -> dict[str, str]:
    """The centre's chain, its last link, and the account, as they are named."""
    with victim.database.reading() as session:
        chain, last = session.execute(
            select(AuditLink.chain, func.max(AuditLink.position)).where(AuditLink.chain != "office").group_by("chain")
        ).one()
    return {"centre": chain, "last": str(last), "added": ADDED[victim.url]}


@pytest.fixture(scope="module")
def said(victim: Victim, places: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """What the command says after all attacks."""
    victim.tamper(*(attack for attack, _ in EVENTS.values()))
    return victim.verify()


@pytest.mark.parametrize("change", EVENTS)
def test_what_was_done_to_events_is_named(
    said: subprocess.CompletedProcess[str], places: dict[str, str], change: str
) -> None:
    assert (said.returncode, said.stderr) == (1, "")
    assert re.search("^" + EVENTS[change][1].format(**places), said.stdout, re.MULTILINE), said.stdout


def test_whatever_its_key_an_event_is_linked_and_a_forged_one_is_named_there(
    victim: Victim, said: subprocess.CompletedProcess[str]
) -> None:
    """One event with a future key stopped the linking for good."""
    victim.tamper(*(insert(AuditUnlinked, event_id=key) for key in (FORGED, FUTURE)))
    with victim.people.act(SYSTEM) as act:
        act.record("rules.published")
    victim.link()
    with victim.database.reading() as session:
        assert session.scalars(select(AuditUnlinked)).all() == []
    answer = victim.verify().stdout
    for key in (FORGED, FUTURE):
        assert re.search(rf"^link office \d+: event {key} does not carry the MAC", answer, re.MULTILINE)
    assert re.search(rf"^link office \d+: event {FUTURE} is dated in the future", answer, re.MULTILINE)
