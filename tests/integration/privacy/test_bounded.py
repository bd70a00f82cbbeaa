"""A report and a list of a breach ask by indices alone, however full the register is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Index, PrimaryKeyConstraint, UniqueConstraint, event

from issuance import migrate
from issuance.services.privacy import breaches, reports, tables
from tests.integration.privacy.test_breaches import HOUR, ask, later
from tests.integration.privacy.test_breaches import opened as seen
from tests.integration.privacy.test_reports import take_in
from tests.people import Case, SmallOffice
from tests.statements import AS_IF_LARGE

SMALL = {"centre", "staff", "role_given", "rule_version", "station", "body", "decree", "mandate", "roster"}
"""Tables that an office has little of, and mandates, which are joined to what was done by them."""

WHOLE = re.compile(r"SCAN (\w+)(?! USING)|Seq Scan on (\w+)")


@contextmanager
def asked(office: SmallOffice) -> Iterator[list[tuple[str, Any]]]:
    """The statements that the block sends."""
    found: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if statement.lstrip().startswith(("SELECT", "WITH")):
            found.append((statement, parameters))

    event.listen(office.database.engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(office.database.engine, "before_cursor_execute", note)


def scanned(office: SmallOffice, statements: list[tuple[str, Any]]) -> list[tuple[str, str]]:
    """Which of these looks through a whole table that grows, and at which."""
    found = []
    with office.database.engine.connect() as connection:
        name = connection.dialect.name
        for setting in AS_IF_LARGE[name] if name == "postgresql" else ():  # SQLite has no statistics here
            connection.exec_driver_sql(setting)
        explain = "EXPLAIN QUERY PLAN" if name == "sqlite" else "EXPLAIN"
        for statement, parameters in statements:
            plan = connection.exec_driver_sql(f"{explain} {statement}", parameters).all()
            tables_of = {first or second for first, second in WHOLE.findall(str(plan))}
            found += [(table, statement) for table in sorted(tables_of & set(migrate.metadata().tables) - SMALL)]
    return found


@pytest.mark.parametrize("table", tables.ABOUT)
def test_every_way_to_a_person_has_an_index(table: str) -> None:
    known = migrate.metadata().tables[table]
    keys = [each for each in known.constraints if isinstance(each, UniqueConstraint | PrimaryKeyConstraint)]
    ways: list[Any] = [*filter(_is_whole, known.indexes), *keys]
    firsts = {next(iter(way.columns)).name for way in ways if len(way.columns)}
    assert set(tables.ABOUT[table]) <= firsts, "a report would look through the whole table: give it an index"


def _is_whole(index: Index) -> bool:
    return index.dialect_options["sqlite"].get("where") is None


def test_a_report_looks_through_no_table(office: SmallOffice, checked: Case) -> None:
    demand_id = take_in(office, checked.request_id)
    with asked(office) as statements, office.reading() as look:
        assert reports.material(look, demand_id)
    assert len(statements) > 60
    assert scanned(office, statements) == []


def test_a_list_of_a_breach_looks_through_no_table(office: SmallOffice, checked: Case) -> None:
    later(office, hours=1)
    begin = office.clock.now()
    seen(office, checked.request_id)
    later(office, hours=1)
    breach_id = ask(office, office.actors["auditor"].id, begin - HOUR, office.clock.now())
    with asked(office) as statements:
        with office.reading() as look:
            walked = breaches.walk(look, breach_id)
        assert walked
        with office.upkeep() as look:
            assert not breaches.keep(look, breach_id, walked)
    assert len(walked.found) == 1
    assert scanned(office, statements) == []
