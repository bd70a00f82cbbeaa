"""The count itself: what is typed or scanned is kept, what is refused too, and nothing that is expected is shown."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from sqlalchemy import select

from issuance.acts import Act, Look
from issuance.errors import Conflict, InvalidInput, NotAllowed, StaleState
from issuance.models.stock import Blank
from issuance.models.supply import CountEntry, StockCount
from issuance.services import centres
from issuance.services.counts import results
from issuance.services.stock import ledger, serials

LONGEST = 60
"""Letters of a line that is kept though it cannot be read."""


class Refusal(StrEnum):
    """Why a line is not counted."""

    UNREADABLE = "unreadable"
    TWICE = "twice"
    UNKNOWN = "unknown"
    OTHER_STOCK = "other_stock"


def check_mine(look: Look, count: StockCount) -> None:
    """NotAllowed for everybody but the one who was drawn or named; Conflict once it is counted."""
    centres.check_own(look, count)
    if count.counter_id is None or look.actor.id != count.counter_id:
        raise NotAllowed("Another person counts here. A supervisor may name you instead.")
    if count.counted_at is not None:
        raise Conflict("You counted this already, and a count is typed once. Open the list again.")


def type_in(act: Act, count: StockCount, typed: str, version: int) -> list[CountEntry]:
    """The counter typed or scanned serials, a range or a serial a line; the lines that were refused.

    StaleState when the page is older than what was typed since. Nothing is compared yet.
    """
    check_mine(act, count)
    _check_version(count, version)
    lines = [line.strip() for line in typed.splitlines() if line.strip()]
    if not lines:
        raise InvalidInput("serials", "Scan or type what lies there: one serial or one range a line.")
    counted = set(counted_serials(act, count))
    made = [_entry(act, count, line, counted) for line in lines]
    for number, entry in enumerate(made, count.lines + 1):
        entry.number = number
    act.session.add_all(made)
    count.lines += len(made)
    count.begun_at = count.begun_at or act.clock.now()
    refused = [entry for entry in made if entry.refused]
    act.record("count.typed", count, centre_id=count.centre_id, count=len(made), refused=len(refused))
    return refused


def _check_version(count: StockCount, version: int) -> None:
    if count.version != version:
        raise StaleState("This count went on since you opened the page. Look at what is typed and go on from there.")


def _entry(act: Act, count: StockCount, line: str, counted: set[str]) -> CountEntry:
    """The line as it is kept; what it says joins what is `counted` unless it is refused."""
    entry = CountEntry(
        count_id=count.id, first=line[:LONGEST], last="", held=0, typed_by=act.actor.id, at=act.clock.now()
    )
    try:
        found = serials.listed(line)
    except InvalidInput:
        return _refused(entry, Refusal.UNREADABLE, "")
    known = ledger.those(act, found)
    meant = [known[word].serial if word in known else word for word in found]
    entry.first, entry.last, entry.held = meant[0], meant[-1], len(meant)
    for word, serial in zip(found, meant, strict=True):
        if why := _why_not(known.get(word), serial, count, counted):
            return _refused(entry, why, serial)
    counted.update(meant)
    return entry


def _why_not(blank: Blank | None, serial: str, count: StockCount, counted: set[str]) -> Refusal | None:
    if serial in counted:
        return Refusal.TWICE
    if blank is None:
        return Refusal.UNKNOWN
    return Refusal.OTHER_STOCK if blank.stock != count.stock else None


def _refused(entry: CountEntry, why: Refusal, serial: str) -> CountEntry:
    entry.refused, entry.serial, entry.held = why, serial[:LONGEST], 0
    return entry


def end(act: Act, count: StockCount, version: int) -> None:
    """The counter says that this is all: only now it is compared with the ledger, serial by serial."""
    check_mine(act, count)
    _check_version(count, version)
    count.counted_at = act.clock.now()
    count.begun_at = count.begun_at or count.counted_at
    results.compare(act, count, counted_serials(act, count), _strange(act, count))
    agreed, differ = count.as_expected or 0, count.differ or 0
    act.record("count.ended", count, centre_id=count.centre_id, agreed=agreed, differ=differ)


def counted_serials(look: Look, count: StockCount) -> list[str]:
    """Every serial that was typed and taken."""
    rows = [row for row in entries(look, count) if not row.refused]
    return [serial for row in rows for serial in spelt_out(row.first, row.last)]


def _strange(look: Look, count: StockCount) -> list[CountEntry]:
    """Refused lines that say of a blank what no ledger says."""
    return [row for row in entries(look, count) if row.refused in (Refusal.UNKNOWN, Refusal.OTHER_STOCK)]


def spelt_out(first: str, last: str) -> Sequence[str]:
    """The serials from one to another, both included."""
    return [first] if first == last else serials.listed(f"{first} {last}")


def entries(look: Look, count: StockCount) -> list[CountEntry]:
    """What was typed so far, in its order."""
    return list(
        look.session.scalars(select(CountEntry).where(CountEntry.count_id == count.id).order_by(CountEntry.number))
    )
