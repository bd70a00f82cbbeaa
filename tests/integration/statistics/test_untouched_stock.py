"""What nothing happened to costs nothing: of ten times as many untouched documents no more rows are fetched."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import event, insert, inspect, select

from issuance.db import Base, uuid7
from issuance.law.office.statistics import Measure, TableLaw, statistics_law
from issuance.models.documents import Document, HandOver
from issuance.services.statistics import periods, tables
from issuance.services.statistics.tables import Table
from issuance.values import references
from tests.integration.statistics.composed import Lived, Who, decree, tell
from tests.people import NOON, SmallOffice

FEW, MANY = 400, 4000
BIRTHDAYS = 28
DAYS = 100
"""On so many days untouched documents were handed over."""


def at(year: int, month: int, day: int) -> dt.datetime:
    return dt.datetime(year, month, day, 9, tzinfo=dt.UTC)


HANDED = at(2024, 1, 9)
UNTOUCHED = [
    Who([Lived("RP-R", HANDED, 1095)], birth_date="1970-03-01"),
    Who([Lived("RP-S", HANDED, 1095)], birth_date="1996-03-XX", sex="M", corrected="AFG"),
    Who([Lived("TPP", HANDED, 1095)], "UKR", birth_date="2014-03-01", alone=True),
    Who([Lived("TPP", HANDED, 1095)], "UKR", birth_date="XXXX-XX-XX"),
    Who([Lived("TPP", HANDED, 365)], "UKR", birth_date="1980-01-01"),
]
"""The last one holds by a decree, or expired long ago."""

TOUCHED = [
    Who([Lived("RP-R", at(2024, 2, 1), 1095, after_hours=14_680), Lived("RP-R", at(2025, 10, 6), 1095)]),
    Who([Lived("TPP", at(2025, 10, 6), 700)], "UKR"),
    Who([Lived("TPP", at(2025, 3, 6), 700, "protection_ended", 5_200)], "UKR"),
    Who([Lived("TPP", at(2025, 3, 6), 212)], "UKR"),
    Who([Lived("TPP", at(2025, 3, 6), 220)], "UKR"),
    Who([Lived("TPP", at(2025, 3, 6), 700)], "UKR", birth_date="2007-10-20"),
]
"""Renewed, begun, ended, expired, held on by a decree, and of age in October 2025."""


def more(office: SmallOffice, count: int) -> None:
    """So many documents more like those that are there, of other days, each of a person of its own."""
    with office.database.transaction() as session:
        query = select(Document, HandOver).join(HandOver, HandOver.document_id == Document.id)
        rows = session.execute(query.where(HandOver.at == HANDED))
        found = [(row.person, row.request, row, handed) for row, handed in rows]
        copies = [_copy([_columns(row) for row in found[n % len(found)]], n // len(found)) for n in range(count)]
        for kind, rows in zip(found[0], zip(*copies, strict=True), strict=True):
            session.execute(insert(type(kind)), list(rows))


def _columns(row: Base) -> dict[str, Any]:
    return {each.key: getattr(row, each.key) for each in inspect(type(row)).column_attrs}


def _copy(rows: list[dict[str, Any]], number: int) -> list[dict[str, Any]]:
    person, request, document, handed = rows
    born, later = person["birth_date"], dt.timedelta(days=number % DAYS)
    ids = {name: uuid7() for name in ("person_id", "request_id", "document_id")}
    person |= {"id": ids["person_id"], "birth_date": born if "X" in born else f"{born[:8]}{number % BIRTHDAYS + 1:02}"}
    request |= {"id": ids["request_id"], "person_id": person["id"], "reference": references.new_reference()}
    days = {name: document[name] + later for name in ("issue_date", "expiry_date")}
    document |= {"id": ids["document_id"], "number": f"C{ids['document_id'].hex[-12:]}", **days}
    document |= {name: ids[name] for name in ("person_id", "request_id")}
    return [
        person,
        request,
        document,
        handed | {"id": uuid7(), "document_id": document["id"], "at": handed["at"] + later},
    ]


def counted(office: SmallOffice, law: TableLaw) -> tuple[Table, int, int]:
    """A table of October 2025, its quarter or its year; how many statements it asks, and the rows they give."""
    asked: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        asked.append((statement, parameters))

    with office.reading() as look:
        event.listen(office.database.engine, "before_cursor_execute", note)
        found = tables.count(look, law, periods.of_month(law.frequency, 2025, 10))
        event.remove(office.database.engine, "before_cursor_execute", note)
        connection = look.session.connection()
        rows = sum(len(connection.exec_driver_sql(*each).fetchall()) for each in asked if each[0].startswith("SELECT"))
    return found, len(asked), rows


@pytest.mark.parametrize("is_decreed", [False, True], ids=["as printed", "by decree"])
def test_ten_times_the_untouched_stock_is_no_row_and_no_statement_more(office: SmallOffice, is_decreed: bool) -> None:
    tell(office, UNTOUCHED)
    more(office, FEW)
    tell(office, TOUCHED)
    decree(office, ["TPP"], (dt.date(2025, 10, 10), dt.date(2025, 10, 31), dt.date(2025, 10, 5), dt.date(2026, 3, 4)))
    if is_decreed:
        decree(office, ["TPP"], (dt.date(2025, 1, 1), dt.date(2025, 5, 31), dt.date(2025, 1, 1), dt.date(2028, 3, 4)))
    office.clock.advance(at(2026, 1, 2) - NOON)
    few = [counted(office, law) for law in statistics_law().tables]
    more(office, MANY - FEW)
    for before in few:
        law = before[0].law
        found, statements, rows = counted(office, law)
        assert (statements, rows) == before[1:], law.code
        assert found.is_good
        kinds = sum(who.documents[0].document_type in law.types for who in UNTOUCHED[: None if is_decreed else -1])
        stock = (MANY - FEW) // len(UNTOUCHED) * kinds if law.measure is Measure.STOCK else 0
        assert found.total == before[0].total + stock, law.code
