"""The product's figures beside those of the recount."""

from __future__ import annotations

from issuance.law.office.statistics import Measure, TableLaw, statistics_law
from issuance.services.statistics import counting, periods, tables
from issuance.services.statistics.periods import Counted
from issuance.services.statistics.tables import Table
from tests.integration.statistics.recount import Recount
from tests.people import SmallOffice

DOCUMENTS = [table for table in statistics_law().tables if table.measure in counting.COUNTED]


def counted(office: SmallOffice, code: str, year: int, month: int = 1) -> Table:
    table = tables.named(code)
    with office.reading() as look:
        return tables.count(look, table, periods.of_month(table.frequency, year, month))


def recounted(recount: Recount, table: TableLaw, period: Counted) -> dict[tuple[str, ...], int]:
    days, dims, least = (period.first, period.last), tuple(table.dimensions), table.at_least_months > 0
    match table.measure:
        case Measure.STOCK:
            return recount.stock(table.types, dims, period.last, least=least)
        case Measure.FIRST:
            return recount.first(table.types, dims, days, least=least)
        case Measure.ENDED:
            return recount.ended(table.types, dims, days, least=least)
        case _:
            return recount.lodged(table.types, dims, days)


def agree(office: SmallOffice, months: tuple[tuple[int, int], ...], *, good: bool | None = True) -> int:
    """Every table of documents says what the recount says; how many documents they count."""
    recount, total = Recount(office), 0
    for table in DOCUMENTS:
        for year, month in months:
            found = counted(office, table.code, year, month)
            assert dict(found.cells) == recounted(recount, table, found.period), (table.code, found.period.name)
            assert found.balance is not None
            assert found.balance.expected == found.balance.counted[counting.What.AFTER]
            assert good is None or found.is_good is good
            total += found.total
    return total
