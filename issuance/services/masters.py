"""The generations of the master key: two administrators make one, all data keys move under it, two destroy the old.

The key itself is made and destroyed where it is (`issuance.vault.masters`), with no transaction open; this is what the
register says of it. An older back-up needs the master keys of its time: none is destroyed before every such is gone.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import bindparam, func, select, update

from issuance import witness
from issuance.actors import Actor
from issuance.acts import Act, Look
from issuance.background import enqueue
from issuance.errors import Conflict, InvalidInput
from issuance.models.staff import RoleName, Staff
from issuance.models.vault import FIRST, DataKey, MasterKey
from issuance.vault.masters import Master
from issuance.vault.vault import Wrapped

REWRAP = "rewrap-keys"
MOST = 1_000
"""How many data keys are wrapped anew in one transaction."""


@dataclass(frozen=True)
class Two:
    """The two administrators who do it together."""

    first: Staff
    second: Staff
    actor: Actor
    """The first, as the author of the act."""


@dataclass(frozen=True)
class Under:
    """How many data keys are wrapped under a generation, and what the register says of its master key."""

    generation: int
    keys: int
    row: MasterKey | None


def two(look: Look, emails: tuple[str, str]) -> Two:
    """Two administrators by their addresses; InvalidInput for anybody else, or one person twice."""
    first, second = (
        _administrator(look, option, email) for option, email in zip(("--as", "--and"), emails, strict=True)
    )
    if first.id == second.id:
        raise InvalidInput("--and", "Two persons do this together. Name another administrator.")
    roles = frozenset(first.roles_on(look.clock.today()))
    return Two(first, second, Actor(first.id, first.centre_id, roles))


def newest(look: Look) -> MasterKey | None:
    """The master key under which everything new is wrapped."""
    living = select(MasterKey).where(MasterKey.destroyed_at.is_(None))
    return look.session.scalar(living.order_by(MasterKey.generation.desc()).limit(1))


def following(look: Look, here: Sequence[Master]) -> int:
    """The number of the next generation: none that the register, or any place of keys, ever had."""
    known = look.session.scalar(select(func.max(MasterKey.generation))) or FIRST
    return 1 + max(known, *(master.generation for master in here), FIRST)


def begin(act: Act, by: Two, made: Master) -> MasterKey:
    """A master key that was just made takes over; what lies under others moves in the background."""
    row = MasterKey(
        generation=made.generation,
        kind=made.kind,
        key_id=made.id,
        fingerprint=made.fingerprint,
        made_at=act.clock.now(),
        made_by=by.first.id,
        agreed_by=by.second.id,
    )
    act.session.add(row)
    act.record("master_key.made", row, generation=made.generation, agreed_by=by.second.id)
    ask(act)
    return row


def ask(look: Look) -> None:
    """Let the data keys move under the newest master key."""
    enqueue(look.session, REWRAP, clock=look.clock, queueing_lock=REWRAP)


def under(look: Look) -> list[Under]:
    """Every generation that has a master key or data keys; by number."""
    rows = {row.generation: row for row in look.session.scalars(select(MasterKey))}
    numbers = sorted({FIRST, *rows})
    return [Under(number, _count(look, number), rows.get(number)) for number in numbers]


def to_move(look: Look) -> tuple[int, list[Wrapped]]:
    """The newest generation, and the next data keys that are not under it."""
    row = newest(look)
    if row is None:
        return FIRST, []
    query = select(DataKey.request_id, DataKey.generation, DataKey.wrapped).where(DataKey.wrapped.is_not(None))
    others = query.where(DataKey.generation < row.generation).limit(MOST)
    return row.generation, [
        Wrapped(key, generation, wrapped) for key, generation, wrapped in look.session.execute(others) if wrapped
    ]


def move(act: Act, generation: int, moved: Mapping[Wrapped, bytes]) -> int:
    """Keep data keys as they were wrapped anew; how many.

    One that was destroyed or moved meanwhile stays as it is, and one that is not what the audit saw last: a key that
    somebody put back by hand is not made good.
    """
    known = {key.request_id: key for key in moved}
    query = select(DataKey.id, DataKey.request_id, DataKey.wrapped).where(DataKey.request_id.in_(known))
    rows = act.session.execute(query.with_for_update())
    same = {row.id: known[row.request_id] for row in rows if row.wrapped == known[row.request_id].key}
    for changed in witness.contradicted(act.session, act.event_key, DataKey.__tablename__, same):
        del same[changed]
    if not same:
        return 0
    statement = update(DataKey).where(DataKey.id == bindparam("key")).values(wrapped=bindparam("anew"))
    anew = [{"key": key, "anew": moved[wrapped]} for key, wrapped in same.items()]
    act.session.connection().execute(statement.values(generation=generation), anew)  # all at once; witnessed below
    act.witness(DataKey.__tablename__, same)
    act.record("master_key.rewrapped", generation=generation, keys=len(same))
    return len(same)


def check_may_go(look: Look, generation: int) -> MasterKey:
    """The row of a master key that may be destroyed now. InvalidInput; Conflict says what still needs it."""
    row = look.session.scalar(select(MasterKey).where(MasterKey.generation == generation))
    if row is None:
        raise InvalidInput("NUMBER", "The register knows no such master key. See flask keys status.")
    if row.destroyed_at:
        return row
    later = select(func.min(MasterKey.made_at)).where(MasterKey.generation > generation)
    replaced_at = look.session.scalar(later)
    if replaced_at is None:
        raise Conflict("Everything new is wrapped under this master key: make a new one first.")
    if _count(look, generation, most=1):
        raise Conflict("Data keys are still wrapped under this master key: wait until flask keys status shows none.")
    free_on = (replaced_at + dt.timedelta(days=look.settings.backups_kept_days)).date()
    if look.clock.today() <= free_on:
        raise Conflict(
            "Back-ups from before it was replaced need this master key until %(day)s: destroy it after that day.",
            day=free_on,
        )
    return row


def destroyed(act: Act, by: Two, generation: int) -> MasterKey:
    """Say in the register that a master key is destroyed, before it is: nothing new is wrapped under it from here."""
    row = check_may_go(act, generation)
    row.destroyed_at = act.clock.now()
    row.destroyed_by, row.destruction_agreed_by = by.first.id, by.second.id
    act.record("master_key.destroyed", row, generation=generation, agreed_by=by.second.id)
    return row


def _count(look: Look, generation: int, most: int | None = None) -> int:
    """How many data keys lie under a generation, at most so many: read from an index of the living ones."""
    mine = select(DataKey.generation).where(DataKey.generation == generation, DataKey.wrapped.is_not(None))
    return look.session.scalar(select(func.count()).select_from(mine.limit(most).subquery())) or 0


def _administrator(look: Look, option: str, email: str) -> Staff:
    found = look.session.scalar(select(Staff).where(Staff.email == email, Staff.active))
    if found is None or RoleName.ADMINISTRATOR not in found.roles_on(look.clock.today()):
        raise InvalidInput(option, "No administrator who works here has this address.")
    return found
