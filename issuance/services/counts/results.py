"""What a count found, serial by serial; and what a supervisor says of each difference. Nothing happens by itself."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from uuid import UUID

from sqlalchemy import Select, func, select

from issuance.acts import Act, Detail, Look
from issuance.errors import Conflict, InvalidInput, NotAllowed, NotFound
from issuance.models.staff import Centre, RoleName, Staff
from issuance.models.stock import Blank, StackCard
from issuance.models.supply import CountEntry, CountFinding, Finding, Said, StockCount, StockMove
from issuance.services import centres
from issuance.services.stock import ledger, losses, serials, strays
from issuance.services.stock.strays import Kind
from issuance.states import CARDS_OPEN, BlankState

LAST = 30
DIFFERENCES = (Finding.MISSING, Finding.UNEXPECTED, Finding.UNKNOWN, Finding.OTHER_STOCK)
WAYS: dict[Finding, tuple[Said, ...]] = {
    Finding.MISSING: (Said.DECLARED, Said.NOTED),
    Finding.UNEXPECTED: (Said.TOLD, Said.NOTED),
    Finding.UNKNOWN: (Said.TOLD, Said.NOTED),
    Finding.OTHER_STOCK: (Said.TOLD, Said.NOTED),
}
"""What a supervisor may say of a difference."""

STRAYS = {
    BlankState.MISSING: Kind.MISSING,
    BlankState.CONSUMED: Kind.USED,
    BlankState.SPOILED: Kind.USED,
    BlankState.DESTROYED: Kind.USED,
}
"""What a blank that was counted is told as, by where the ledger has it."""


@dataclass(frozen=True, slots=True)
class One:
    """One serial, what is found of it, and where the ledger had it."""

    serial: str
    kind: Finding
    place_id: UUID | None = None


def compare(act: Act, count: StockCount, counted: Sequence[str], strange: Sequence[CountEntry]) -> list[CountFinding]:
    """Compare what was counted with what the ledger has there now, and keep what is found."""
    here = select(Blank.serial).where(Blank.place_id == count.place_id, Blank.stock == count.stock)
    lying, seen = set(act.session.scalars(here)), set(counted)
    found = [One(serial, Finding.AS_EXPECTED, count.place_id) for serial in lying & seen]
    found += _absent(act, count, lying - seen)
    found += _too_many(act, count, seen - lying)
    found += _strangers(act, strange, seen)
    rows = _kept(count, found)
    act.session.add_all(rows)
    count.as_expected = len(lying & seen)
    count.differ = sum(row.held for row in rows if row.differs)
    count.settled_at = None if count.differ else count.counted_at
    return rows


def _absent(look: Look, count: StockCount, absent: set[str]) -> list[One]:
    came, taken = _moved_since(look, count, inwards=True), _taken(look, count) if absent else set()

    def kind(serial: str) -> Finding:
        return Finding.MOVED if serial in came else Finding.TAKEN if serial in taken else Finding.MISSING

    return [One(serial, kind(serial), count.place_id) for serial in absent]


def _too_many(look: Look, count: StockCount, extra: set[str]) -> list[One]:
    left = _moved_since(look, count, inwards=False)
    known = ledger.those(look, sorted(extra))
    return [
        One(serial, Finding.MOVED if serial in left else Finding.UNEXPECTED, known[serial].place_id) for serial in extra
    ]


def _strangers(look: Look, strange: Sequence[CountEntry], seen: set[str]) -> list[One]:
    known = ledger.those(look, sorted({row.serial for row in strange}))
    found = {
        row.serial: One(row.serial, Finding(row.refused), known[row.serial].place_id if row.serial in known else None)
        for row in strange
        if row.serial not in seen
    }
    return list(found.values())


def _moved_since(look: Look, count: StockCount, *, inwards: bool) -> set[str]:
    """What came to the place, or went from it, while it was counted."""
    end = StockMove.to_id if inwards else StockMove.from_id
    query = select(Blank.serial).join(StockMove, StockMove.blank_id == Blank.id)
    return set(look.session.scalars(query.where(end == count.place_id, StockMove.at > count.begun_at)))


def _taken(look: Look, count: StockCount) -> set[str]:
    """What a document took out of a declared stack of the place, as far as the stack knows."""
    query = select(Blank.serial).join(StackCard, StackCard.blank_id == Blank.id)
    query = query.where(Blank.place_id == count.place_id, Blank.stock == count.stock)
    return set(look.session.scalars(query.where(StackCard.state.in_(CARDS_OPEN), StackCard.document_id.is_not(None))))


def _kept(count: StockCount, found: Iterable[One]) -> list[CountFinding]:
    order = list(Finding)
    listed = sorted(found, key=lambda one: (order.index(one.kind), str(one.place_id), _order(one.serial)))
    return [
        CountFinding(
            count_id=count.id,
            number=number,
            kind=run[0].kind,
            first=run[0].serial,
            last=run[-1].serial,
            held=len(run),
            differs=run[0].kind in DIFFERENCES,
            place_id=run[0].place_id,
        )
        for number, run in enumerate(_runs(listed), 1)
    ]


def _order(serial: str) -> tuple[str, int, int]:
    """By series, then by counter."""
    parts = serials.SERIAL.fullmatch(serial)
    return (parts[1], len(parts[2]), int(parts[2])) if parts else (serial, 0, 0)


def _runs(listed: Sequence[One]) -> list[list[One]]:
    """Serials that follow each other, of the same kind and place."""

    def key(pair: tuple[int, One]) -> tuple[object, ...]:
        series, width, counter = _order(pair[1].serial)
        return pair[1].kind, pair[1].place_id, series, width, counter - pair[0]

    return [[one for _, one in run] for _, run in groupby(enumerate(listed), key)]


def settle(act: Act, row: CountFinding, said: str, word: str) -> None:
    """A supervisor says what becomes of one difference, by the acts that the ledger has for it.

    NotAllowed for who counted; InvalidInput names what is wrong.
    """
    count = act.session.get_one(StockCount, row.count_id)
    centres.check_own(act, count)
    _check_may_settle(act, count, row)
    if said not in WAYS[Finding(row.kind)]:
        raise InvalidInput("said", "Choose one of the options.")
    if not word.strip():
        raise InvalidInput("word", "Say where you looked and what you found.")
    if said == Said.DECLARED:
        losses.declare(act, act.session.get_one(Centre, count.centre_id), _serials(row), word)
    elif said == Said.TOLD:
        _tell(act, row)
    row.said, row.word, row.settled_by, row.settled_at = said, word.strip(), act.actor.id, act.clock.now()
    act.session.flush()
    count.settled_at = None if open_of(act, count) else act.clock.now()
    about: dict[str, Detail] = {"kind": row.kind, "way": said, "first": row.first, "last": row.last, "count": row.held}
    act.record("count.difference_settled", count, centre_id=count.centre_id, reason=word.strip(), **about)


def _check_may_settle(look: Look, count: StockCount, row: CountFinding) -> None:
    if look.actor.kind == "staff" and RoleName.SUPERVISOR not in look.actor.roles:
        raise NotAllowed("A supervisor says what becomes of a difference. Ask one.")
    if look.actor.id == count.counter_id:
        raise NotAllowed("You counted this. Another supervisor says what becomes of its differences.")
    if not row.differs or row.settled_at is not None:
        raise Conflict("This was settled meanwhile. Open the count again.")


def _tell(act: Act, row: CountFinding) -> None:
    kind = _stray(row)
    for serial in _serials(row):
        strays.keep(act, kind, serial, station=None)


def _stray(row: CountFinding) -> Kind:
    if row.kind != Finding.UNEXPECTED:
        return Kind(row.kind)
    return STRAYS.get(row.place.kind, Kind.ELSEWHERE) if row.place else Kind.ELSEWHERE


def _serials(row: CountFinding) -> list[str]:
    return [row.first] if row.held == 1 else serials.listed(f"{row.first} {row.last}")


def open_of(look: Look, count: StockCount) -> int:
    """How many differences of a count have no word yet."""
    is_open = CountFinding.differs & CountFinding.settled_at.is_(None)
    query = select(func.count()).select_from(CountFinding).where(CountFinding.count_id == count.id, is_open)
    return look.session.scalar(query) or 0


def findings(look: Look, count: StockCount) -> list[CountFinding]:
    """What was found, the differences first."""
    query = select(CountFinding).where(CountFinding.count_id == count.id)
    return list(look.session.scalars(query.order_by(CountFinding.differs.desc(), CountFinding.number)).unique())


def finding(look: Look, finding_id: UUID) -> CountFinding:
    """One finding of a count of the actor's own centre; NotFound otherwise."""
    row = look.session.get(CountFinding, finding_id)
    if row is None or look.session.get_one(StockCount, row.count_id).centre_id != look.actor.centre_id:
        raise NotFound("There is no such difference at your centre. Open the list again.")
    return row


def unsettled(look: Look, centre_id: UUID | None) -> list[StockCount]:
    """Counts of a centre that wait to be made, or whose differences wait for a word, the oldest first."""
    query = select(StockCount).where(StockCount.centre_id == centre_id, StockCount.settled_at.is_(None))
    return list(look.session.scalars(query.order_by(StockCount.asked_at)).unique())


def unsettled_count(look: Look) -> Select[int]:
    """How many those of the actor's centre are, as a query."""
    query = select(func.count()).select_from(StockCount)
    return query.where(StockCount.centre_id == look.actor.centre_id, StockCount.settled_at.is_(None))


def last(look: Look, centre_id: UUID | None) -> list[StockCount]:
    """The last counts of a centre that were made, the newest first."""
    query = select(StockCount).where(StockCount.centre_id == centre_id, StockCount.counted_at.is_not(None))
    return list(look.session.scalars(query.order_by(StockCount.counted_at.desc()).limit(LAST)).unique())


def names(look: Look, keys: Iterable[UUID | None]) -> dict[UUID, str]:
    """Who somebody is, by key."""
    wanted = {key for key in keys if key}
    return {
        key: name for key, name in look.session.execute(select(Staff.id, Staff.full_name).where(Staff.id.in_(wanted)))
    }
