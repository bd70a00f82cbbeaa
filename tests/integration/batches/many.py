"""Thousands of jobs that wait, copied from one: enough for what a statement does with them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from sqlalchemy import event, insert, select

from issuance.db import Database, uuid7
from issuance.models.documents import Document
from issuance.models.production import PrintJob


def copy_job(database: Database, job_id: UUID, count: int) -> None:
    """So many jobs like this one, each of a document of its own."""
    tables = (Document.__table__, PrintJob.__table__)
    with database.transaction() as session:
        job = session.get_one(PrintJob, job_id)
        of_document, of_job = (
            dict(session.execute(select(table).where(table.c.id == key)).one()._mapping)
            for table, key in zip(tables, (job.document_id, job_id), strict=True)
        )
        documents, jobs = list[dict[str, Any]](), list[dict[str, Any]]()
        for number in range(count):
            copy, made = uuid7(), uuid7()
            documents.append(of_document | {"id": copy, "number": f"RP{5_000_000 + number}", "attempt": number + 2})
            jobs.append(of_job | {"id": made, "turn_id": made, "document_id": copy})
        session.connection().execute(insert(tables[0]), documents)
        session.connection().execute(insert(tables[1]), jobs)
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if database.engine.dialect.name == "postgresql":
            connection.exec_driver_sql("ANALYZE print_job")


@contextmanager
def statements(database: Database) -> Iterator[list[tuple[str, Any]]]:
    """Every statement that is sent meanwhile, with its parameters."""
    found: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        found.append((statement, parameters))

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(database.engine, "before_cursor_execute", note)
