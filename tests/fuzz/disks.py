"""What programs find on their own disk after a damage: the folder of a station, the journal of a batch, a back-up."""

from __future__ import annotations

import base64
import json
import tempfile
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from card_drivers.acceptance import report
from card_drivers.device import ConfigurationError
from card_drivers.station import journal
from card_drivers.station.identity import Identity
from card_drivers.station.spoils import Spoils
from issuance.errors import LimanError
from issuance.services.recovery import backup
from printing.batches.items import Left
from printing.batches.journal import Begun
from printing.batches.journal import Journal as BatchJournal
from printing.errors import PrintingError
from tests.fuzz import drawn
from tests.fuzz.engine import Input
from tests.unit.station.test_journal import write_all

SPOILS = {"in_a_row": 2, "last": "01890000-0000-7000-8000-000000000000"}
KNOWN = {"station_id": "01890000-0000-7000-8000-000000000000", "leave_key": "AAAA", "instances": []}
REPORT = {"report": {"model": "x"}, "key": "AAAA", "signature": base64.b64encode(bytes(64)).decode()}


@cache
def folder() -> Path:
    """Of a station; its files are written again by each case."""
    made = Path(tempfile.mkdtemp())
    identity = Identity(made)
    assert identity.known is None
    return made


@cache
def lines() -> list[Any]:
    """A journal of one claim from beginning to end."""
    path = folder() / journal.FILE
    write_all(path)
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def read_journal(case: tuple[int, bytes]) -> None:
    """A journal of which a line is another; what opens it can be told of."""
    number, data = case
    written = [json.dumps(each).encode() for each in lines()]
    written[number % len(written)] = data
    path = folder() / journal.FILE
    path.write_bytes(b"\n".join(written) + b"\n")
    journal.Journal(path).close()
    list(journal.claims(path))
    journal.order_of_chip(path, "04")


def read_files(data: bytes) -> None:
    """The other files of a station."""
    here = folder()
    (here / "spoils.json").write_bytes(data)
    assert isinstance(Spoils(here).in_a_row, int)
    (here / "report.json").write_bytes(data)
    with suppress(ConfigurationError):
        report.read(here / "report.json", Identity(here))
    (here / "identity.json").write_bytes(data)
    with suppress(ConfigurationError):
        Identity(here)
    (here / "identity.json").unlink()


@cache
def batch() -> bytes:
    """The journal of a batch of two parts."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "journal"
        left = [Left(1, "RP1", PrintingError("No %(what)s.", what="face"))]
        for part in (Begun(1, 100, ["RP0"], [], [1, 2], [3], {"a": [1]}, {"ab": 2}), Begun(2, 200, ["RP2"], left)):
            BatchJournal(path).add(part)
        return path.read_bytes()


def read_batch(data: bytes) -> None:
    """A journal of a batch that was stopped."""
    path = folder() / "batch"
    path.write_bytes(data)
    BatchJournal(path).read()


def batch_journals() -> st.SearchStrategy[bytes]:
    """Damaged ones, and ones whose lines are odd."""
    said = [json.loads(line) for line in batch().splitlines()]
    return drawn.damaged([batch()]) | drawn.messages(said).map(lambda line: line + b"\n")


MANIFEST = {
    "made_at": "2026-11-20T10:00:00Z", "migration": 1, "database": "sqlite", "files": {"register": "ab"},
    "heads": {"office": 3}, "ranges": [], "epoch": 1,
}  # fmt: skip


def read_backup(data: bytes) -> None:
    """The manifest of a back-up."""
    (folder() / backup.MANIFEST).write_bytes(data)
    backup.opened(folder())


INPUTS = [
    Input(
        "journals", 15_000, 40, read=read_journal, refusals=(ConfigurationError,),
        cases=st.tuples(st.integers(0, 9), st.deferred(lambda: drawn.messages(lines()))),
    ),
    Input("station-folders", 10_000, 40, cases=drawn.messages([SPOILS, KNOWN, REPORT]), read=read_files),
    Input("batch-journals", 10_000, 40, cases=st.deferred(batch_journals), read=read_batch),
    Input("back-ups", 5_000, 20, cases=drawn.messages([MANIFEST]), read=read_backup, refusals=(LimanError,)),
]  # fmt: skip
