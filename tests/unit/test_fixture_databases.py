"""The databases of the tests: fresh, separate, of both kinds."""

from sqlalchemy import inspect, text

from issuance.db import Database


def test_has_the_tables_and_no_rows(database: Database) -> None:
    tables = inspect(database.engine).get_table_names()
    assert tables
    with database.reading() as session:
        for table in tables:
            rows = session.scalar(text(f"SELECT count(*) FROM {table}"))
            assert rows == (1 if table in ("alembic_version", "office_clock") else 0), table
    with database.transaction() as session:
        session.execute(text("CREATE TABLE left_over (a INTEGER)"))


def test_keeps_nothing_from_the_test_before(database: Database) -> None:
    assert "left_over" not in inspect(database.engine).get_table_names()


def test_empty_is_empty(empty_database_url: str) -> None:
    database = Database(empty_database_url)
    assert inspect(database.engine).get_table_names() == []
    database.engine.dispose()
