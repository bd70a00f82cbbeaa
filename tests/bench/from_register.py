"""`python -m tests.bench.from_register`: a batch of prepared documents out of a register, beside one out of files.

    python -m tests.bench.from_register [--documents 5000] [--postgres]

A register on SQLite (or a PostgreSQL of its own) is filled with so many return titles, each a request with a key of its
own, a frozen content with a portrait of its own, and a stored seal: the records of the bench. Then batches of them
are written, from the register and from the files of the same records, in turns. From the register nothing is signed
and everything is decrypted; from the files every seal is signed within the time. Rates are the best of three rounds,
CPU (milliseconds a page of all processes, PostgreSQL's own apart) the least.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

from psycopg import sql
from sqlalchemy import Table, insert, inspect, select
from sqlalchemy.orm import Session

from issuance import migrate
from issuance.db import Base, Database, uuid7
from issuance.models.documents import Document
from issuance.models.production import DocumentSeal, PrintJob
from issuance.models.requests import IssuanceRequest
from issuance.services.batches.sheets import Sheets
from issuance.states import RequestState
from issuance.vault import Vault
from printing.batches import writing
from printing.batches.items import Making, Source
from tests.bench import noise, records
from tests.bench.engines import ours
from tests.bench.worker import spent
from tests.fixtures.postgres import running_cluster
from tests.people import LAYLA, SmallOffice, changed

KIND = "sheet"
ROUNDS = 3
AT_ONCE = 250


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.from_register", description="Batches of a register.")
    parser.add_argument("--documents", type=int, default=5000)
    parser.add_argument("--postgres", action="store_true", help="on a PostgreSQL of its own")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="liman-bench-") as name, _address(Path(name), asked.postgres) as url:
        folder = Path(name)
        records.prepare(folder, asked.documents, min(asked.documents, 500))
        sheets = fill(Database(url), folder, asked.documents)
        for line in measure(sheets, folder):
            print(line, flush=True)


@contextmanager
def _address(folder: Path, postgres: bool) -> Iterator[str]:
    if not postgres:
        yield f"sqlite:///{folder / 'register'}"
        return
    with running_cluster() as cluster:
        cluster.execute(sql.SQL("CREATE DATABASE bench"))
        yield cluster.url("bench")


def measure(sheets: Sheets, folder: Path, rounds: int = ROUNDS) -> Iterator[str]:
    """A sentence for each number of processes."""
    files = ours.Contents(folder, KIND, 0, len(sheets))
    signing = Making(signer=ours.SIGNER, signature_date=records.MAKING_DAY)
    for processes in (1, max(2, os.cpu_count() or 1)):
        best: dict[str, tuple[float, float]] = {}
        for _ in range(rounds):
            for name, source, making in (("register", sheets, Making()), ("files", files, signing)):
                rate, cost = _measured(source, making, folder / "batch.pdf", processes)
                before = best.get(name, (0.0, cost))
                best[name] = max(rate, before[0]), min(cost, before[1])
        (rate, cost), (other, its) = best["register"], best["files"]
        yield (
            f"{len(sheets)} documents, {processes} processes: from the register {rate:,.0f} pages/s, {cost:.2f} ms of "
            f"CPU a page; from files, signed, {other:,.0f}/s, {its:.2f} ms; load average {noise.load():.1f}"
        )


def _measured(source: Source, making: Making, out: Path, processes: int) -> tuple[float, float]:
    """Pages a second, and milliseconds of CPU a page."""
    had, begun = spent(), time.perf_counter()
    summary = writing.write(source, out, making, processes=processes)
    seconds, cost = time.perf_counter() - begun, spent() - had
    if summary.left:
        raise RuntimeError(f"{len(summary.left)} were left out, first: {summary.left[0].why}")
    out.unlink()
    return summary.pages / seconds, cost / summary.pages * 1000


def fill(database: Database, folder: Path, count: int) -> Sheets:
    """Carry one return title to the queue, and put so many beside it, each of a record of the folder."""
    migrate.upgrade(database)
    office = SmallOffice(database)
    office.carry("queued", changed(LAYLA, document_type=records.TYPES[KIND], status="refugee"))
    job_ids: list[UUID] = []
    for start in range(0, count, AT_ONCE):
        with database.transaction() as session:
            job_ids += _filled(session, office.vault, folder, range(start, min(start + AT_ONCE, count)))
    return Sheets(database, office.vault, job_ids)


def _filled(session: Session, vault: Vault, folder: Path, places: range) -> list[UUID]:
    """The jobs of these records."""
    like = {model: _like(session, model) for model in (IssuanceRequest, Document, PrintJob, DocumentSeal)}
    template, made = records.template(KIND), list[UUID]()
    contents = records.contents(folder, KIND, places.start, places.stop)
    for place, content in zip(places, contents, strict=True):
        request, job, document = uuid7(), uuid7(), uuid7()
        of_request = {"reference": f"BENCH{place:07}", "case_reference": None, "mark": None}
        _add(session, IssuanceRequest, like, id=request, state=RequestState.CLOSED, **of_request)
        frozen = vault.put(session, request, "content", content.model_dump_json().encode())
        sealed = vault.put(session, request, "seal", records.sealed(content, template, ours.SIGNER) or b"")
        of_document = {"number": content.document_number, "request_id": request, "content_id": frozen.id}
        _add(session, Document, like, id=document, **of_document)
        _add(session, PrintJob, like, id=job, turn_id=job, document_id=document)
        _add(session, DocumentSeal, like, id=uuid7(), job_id=job, number=1000 + place, seal_id=sealed.id)
        made.append(job)
    return made


def _like(session: Session, model: type[Base]) -> dict[str, Any]:
    """The columns of the first row of a table."""
    table = _table(model)
    return dict(session.execute(select(table).order_by(table.c.id).limit(1)).one()._mapping)


def _add(session: Session, model: type[Base], like: dict[type[Base], dict[str, Any]], **changes: object) -> None:
    session.connection().execute(insert(_table(model)), like[model] | changes)


def _table(model: type[Base]) -> Table:
    table = inspect(model).local_table
    assert isinstance(table, Table)
    return table


if __name__ == "__main__":
    main()
