"""What the signers counted by themselves, balanced with what the register knows to be signed.

A count (`keys.counted`) is heard in the act that keeps what was signed, and every minute from the files of the host: so
a signature that no order has is one more in the count than in the register, and a row that is gone too.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from uuid import UUID

from sqlalchemy import func, select

from issuance.acts import Act, Look
from issuance.keys import counted
from issuance.keys.counted import Changed, Counted, Line
from issuance.keys.purposes import DOCUMENT, SEAL
from issuance.models.production import DocumentChip, DocumentSeal, SignerCount

KEPT: Mapping[str, type[DocumentSeal | DocumentChip]] = {SEAL.name: DocumentSeal, DOCUMENT.name: DocumentChip}
"""Where the register has what is signed, by purpose."""

WAITS = dt.timedelta(minutes=1)
"""So old a line is when it is heard from its file: the act that keeps what was signed comes first."""


@dataclass(frozen=True, slots=True)
class Balance:
    """What the signers of a purpose counted, and what of it the register has, since they count."""

    purpose: str
    counted: int
    kept: int


@dataclass(frozen=True, slots=True)
class Heard:
    """What the file of a count says: how far it is now, or that it is not what it was."""

    now: Counted
    is_changed: bool = False


def keep(act: Act, said: Counted | None) -> None:
    """The act keeps the last signature of this count; one without a count is of a test's signer."""
    if said is not None:
        row = _hear(act, said)
        row.kept += 1


def hear(act: Act, found: Iterable[Heard]) -> None:
    """What the files of this host say that the register does not know: nobody kept these signatures."""
    for each in found:
        row = _hear(act, each.now)
        if each.is_changed:
            row.fault_at = act.clock.now()
            act.record("signer.count_changed", row, signer=row.purpose, signed=row.number, kept=row.kept)
        else:
            act.record("signer.counted", row, signer=row.purpose, signed=row.number, kept=row.kept)


def _hear(act: Act, said: Counted) -> SignerCount:
    row = act.session.get(SignerCount, said.id, with_for_update=True)
    if row is None:
        row = SignerCount(id=said.id, purpose=said.purpose, begun_at=act.clock.now(), number=0, kept=0)
        act.session.add(row)
    if said.number > row.number:
        row.number, row.head = said.number, said.mac
    return row


def unheard(look: Look) -> list[Heard]:
    """What the files of this host say more than the register knows, and which of them were changed."""
    known = {row.id: row for row in look.session.scalars(select(SignerCount))}
    found = []
    for path in counted.files(look.settings):
        try:
            found.append(_unheard_of(look, counted.Kept(path, look.settings), known))
        except Changed:  # it does not begin as a count does
            other = Counted(counted.id_of(path), counted.purpose_of(path), 0, "")
            found.append(None if other.id in known else Heard(other, is_changed=True))
    return [each for each in found if each]


def _unheard_of(look: Look, file: counted.Kept, known: Mapping[UUID, SignerCount]) -> Heard | None:
    row = known.get(file.id)
    number, head = (row.number, row.head) if row else (0, "")
    last, now = None, look.clock.now()
    try:
        for line in file.after(number, head):
            if now - WAITS < line.at <= now:
                break
            last = line
    except Changed:
        is_known = row is not None and row.fault_at is not None
        return None if is_known else Heard(_counted(file, last, number, head), is_changed=True)
    return Heard(_counted(file, last, number, head)) if last else None


def _counted(file: counted.Kept, last: Line | None, number: int, head: str) -> Counted:
    return Counted(file.id, file.purpose, *((last.number, last.mac) if last else (number, head)))


def balances(look: Look) -> list[Balance]:
    """Every purpose that is counted: the signers' own numbers, and how many rows the register has of the same time."""
    found = []
    for purpose, rows in _by_purpose(_counts(look)):
        since = min(row.begun_at for row in rows)
        found.append(Balance(purpose, sum(row.number for row in rows), _rows(look, purpose, since)))
    return found


def _counts(look: Look) -> Sequence[SignerCount]:
    """All of them, which are few: one a process that signs."""
    query = select(SignerCount).order_by(SignerCount.purpose, SignerCount.begun_at)
    return look.once("counts of signers", lambda: look.session.scalars(query).all())


def _by_purpose(rows: Iterable[SignerCount]) -> list[tuple[str, list[SignerCount]]]:
    return [(purpose, list(some)) for purpose, some in groupby(rows, key=attrgetter("purpose"))]


def _rows(look: Look, purpose: str, since: dt.datetime) -> int:
    kind = KEPT[purpose]
    return look.session.scalar(select(func.count()).select_from(kind).where(kind.signed_at >= since)) or 0


def troubled(look: Look, since: dt.datetime) -> dict[str, int]:
    """How many counts of each purpose were found cut or changed since then."""
    return dict(Counter(row.purpose for row in _counts(look) if row.fault_at and row.fault_at > since))


def begun(look: Look, since: dt.datetime) -> dict[str, int]:
    """How many counts of each purpose began since then beside, or in place of, others of it."""
    groups = _by_purpose(_counts(look))
    later = {purpose: [row for row in rows if row.begun_at > max(since, rows[0].begun_at)] for purpose, rows in groups}
    return {purpose: len(rows) for purpose, rows in later.items() if rows}


def unkept(look: Look) -> int:
    """How many signatures the signers counted that nobody kept, and counts that were changed: for monitoring."""
    query = select(func.sum(SignerCount.number - SignerCount.kept), func.count(SignerCount.fault_at))
    more, changed = look.session.execute(query).one()
    return int(more or 0) + int(changed)


@dataclass(frozen=True, slots=True)
class Stray:
    """A signature that the register has in no order: of which purpose, its line, and the path of its count."""

    purpose: str
    line: Line
    file: str


def strays(look: Look) -> list[Stray]:
    """The signatures in the files of this host that no order has; of several for one order, all but the last."""
    found = []
    for path in counted.files(look.settings):
        lines = list(_whole(path, look))
        last = {line.about: line.number for line in lines}
        purpose = counted.purpose_of(path)
        kept = _kept(look, purpose, last)
        found += [
            Stray(purpose, line, path.name)
            for line in lines
            if line.number != last[line.about] or line.about not in kept
        ]
    return found


def _whole(path: Path, look: Look) -> Iterable[Line]:
    """The lines of a count up to one that was changed."""
    with suppress(Changed):
        yield from counted.Kept(path, look.settings).after(0, "")


def _kept(look: Look, purpose: str, orders: Iterable[UUID]) -> set[UUID]:
    kind, wanted, found = KEPT[purpose], list(orders), set[UUID]()
    for start in range(0, len(wanted), 500):
        some = wanted[start : start + 500]
        found |= set(look.session.scalars(select(kind.job_id).where(kind.job_id.in_(some))))
    return found
