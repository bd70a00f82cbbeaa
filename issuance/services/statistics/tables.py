"""The tables that the office gives out: counted for a whole period, proved, and written as files."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from issuance.acts import Act, Look
from issuance.errors import NotFound
from issuance.law.office.statistics import TOTAL, Measure, TableLaw, statistics_law
from issuance.services.statistics import counting, periods, requests
from issuance.services.statistics.counting import Balance, Cell, What
from issuance.services.statistics.lives import REPLACED
from issuance.services.statistics.periods import Counted


@dataclass(frozen=True, slots=True)
class Table:
    """The figures of one table over one period. `balance` proves those of documents, others have none."""

    law: TableLaw
    period: Counted
    cells: Mapping[Cell, int]
    balance: Balance | None = None

    @property
    def total(self) -> int:
        """All of it together; of the office's own table the applications."""
        own = self.law.measure is Measure.CENTRES
        return sum(count for key, count in self.cells.items() if not own or key[-1] == requests.APPLICATIONS)

    @property
    def is_good(self) -> bool:
        """Whether what proves it adds up, and it is what was proved."""
        if self.balance is None:
            return True
        return self.balance.is_good and self.total == _proved(self.law, self.balance)

    @property
    def name(self) -> str:
        """The name of its file, which says when it is not to be used."""
        return f"{self.law.code}-{self.period.name}{'' if self.is_good else '-NOT-GOOD'}.csv"


@dataclass(frozen=True, slots=True)
class File:
    """What is given out: `digest` is the SHA-256 of its bytes."""

    name: str
    body: bytes
    digest: str


def _proved(law: TableLaw, balance: Balance) -> int:
    if law.measure is Measure.ENDED:
        return sum(count for why, count in balance.ended.items() if why != REPLACED)
    return balance.counted[counting.COUNTED[law.measure]]


def named(code: str) -> TableLaw:
    """The table of this code; NotFound otherwise."""
    found = statistics_law().table(code)
    if found is None:
        raise NotFound("There is no such table. Open the statistics again.")
    return found


def count(look: Look, table: TableLaw, period: Counted) -> Table:
    """Count a table over a period, which is over (InvalidInput); in a look that writes nothing."""
    periods.check_over(period, look.clock.today())
    law = statistics_law()
    match table.measure:
        case Measure.CENTRES:
            return Table(table, period, requests.by_centre(look, table, period))
        case Measure.LODGED:
            return Table(table, period, requests.count(look, law, table, period))
        case _:
            return Table(table, period, *counting.count(look, law, table, period))


def csv_of(table: Table) -> File:
    """The table as a file: what proves it, its columns, its cells, and their total."""
    law, text = statistics_law(), io.StringIO()
    text.writelines(f"# {line}\n" for line in (*_says(table), *proof(table)))
    lines = csv.writer(text, lineterminator="\n")
    ends = ("unit", "geo", "TIME_PERIOD", "OBS_VALUE", "OBS_FLAG", "CONF_STATUS")
    lines.writerow(("DATAFLOW", "freq", *table.law.dimensions, *ends))
    for cell, value in _rows(table):
        where = law.unit, law.geo, table.period.name
        lines.writerow((table.law.dataflow, table.law.frequency, *cell, *where, value, "", ""))
    return file(table.name, text.getvalue().encode())


def _rows(table: Table) -> Iterator[tuple[Cell, int]]:
    yield from sorted(table.cells.items(), key=lambda item: item[0])
    if table.law.measure is not Measure.CENTRES:
        yield (TOTAL,) * len(table.law.dimensions), table.total


def _says(table: Table) -> Iterator[str]:
    law = table.law
    yield f"{law.code} {table.period.name}: {law.title.en} ({law.legal_basis.en}). Exact figures, not rounded."
    yield from (f"Assumed: {each.en}" for each in (*statistics_law().assumptions, *law.assumptions))


def proof(table: Table) -> Iterator[str]:
    """The balance in words of a file, and whether it adds up."""
    balance = table.balance
    if balance is None:
        return
    counted = balance.counted
    began = f"{counted[What.FIRST]} first + {counted[What.FOLLOWING]} following + {counted[What.AGAIN]} by a decree"
    yield (
        f"Stock {table.period.last} {counted[What.AFTER]} = stock {table.period.before} {counted[What.BEFORE]}"
        f" + began ({began}) - ended {counted[What.ENDED]}"
    )
    yield f"Ended: {', '.join(f'{why} {count}' for why, count in sorted(balance.ended.items())) or 'none'}"
    if not table.is_good:
        yield (
            f"NOT GOOD: the balance gives {balance.expected}, the table {table.total}, and {balance.undated} documents"
            " ended on a day that nobody knows. Do not send this file; tell who keeps the register."
        )


def file(name: str, body: bytes) -> File:
    """A file with its digest."""
    return File(name, body, hashlib.sha256(body).hexdigest())


def note(act: Act, code: str, period: Counted, given: File, *, is_good: bool) -> None:
    """A file was given out: which table of which period, and its bytes by their digest."""
    act.record("statistics.given_out", table=code, period=period.name, digest=given.digest, good=is_good)
