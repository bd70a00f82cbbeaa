"""Runs one engine in a process of its own: says it is ready, waits for the word, works, says what it did.

python -m tests.bench.worker ENGINE single|batch KIND FOLDER START STOP OUT PROCESSES
"""

from __future__ import annotations

import importlib
import io
import json
import resource
import sys
import time
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from tests.bench import pages

SECONDS = 1.0
"""How long single documents are made."""


class Rival(Protocol):
    """A module of `tests.bench.engines`."""

    def write(self, pages: Sequence[pages.Page], out: BinaryIO) -> None:
        """The pages as one PDF."""
        ...


class Engine(Protocol):
    """How the worker sees ours, and every rival."""

    def documents(self, folder: Path, kind: str, start: int, stop: int) -> Collection[Any]: ...

    def single(self, document: Any) -> bytes: ...

    def many(self, documents: Any, out: Path, processes: int) -> None: ...


class _AsEngine:
    """A rival: one process, one file."""

    def __init__(self, rival: Rival) -> None:
        self._write = rival.write

    def documents(self, folder: Path, kind: str, start: int, stop: int) -> Sequence[Sequence[pages.Page]]:
        return pages.load(folder, kind, start, stop)

    def single(self, document: Sequence[pages.Page]) -> bytes:
        output = io.BytesIO()
        self._write(document, output)
        return output.getvalue()

    def many(self, documents: Sequence[Sequence[pages.Page]], out: Path, processes: int) -> None:
        with out.open("wb") as file:
            self._write([page for document in documents for page in document], file)


def engine(name: str) -> Engine:
    """The engine of that name; ImportError when it is not installed."""
    module: Any = importlib.import_module(f"tests.bench.engines.{name}")
    return _AsEngine(module) if hasattr(module, "write") else module


def singles(engine: Engine, documents: Sequence[Any], out: Path) -> int:
    """One document after another, each once, until the time is over; how many, the last of which is in `out`."""
    begun, made, content = time.perf_counter(), 0, b""
    while made < len(documents) and time.perf_counter() - begun < SECONDS:
        content = engine.single(documents[made])
        made += 1
    out.write_bytes(content)
    return made


def spent() -> float:
    """Seconds that this process and those it began and waited for have had of the processors, user and system."""
    usages = (resource.getrusage(whose) for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def main(name: str, mode: str, kind: str, folder: str, start: str, stop: str, out: str, processes: str) -> None:
    """See the module's description."""
    try:
        chosen = engine(name)
    except (ImportError, OSError) as error:
        print(json.dumps({"missing": str(error).splitlines()[0]}), flush=True)
        return
    documents: Any = chosen.documents(Path(folder), kind, int(start), int(stop))
    if mode == "single":
        documents = list(documents)
        chosen.single(documents[-1])  # fonts and whatever else is made once: an office's server is warm
    print(json.dumps({"ready": name}), flush=True)
    sys.stdin.readline()
    had = spent()
    if mode == "single":
        made = singles(chosen, documents, Path(out))
    else:
        chosen.many(documents, Path(out), int(processes))
        made = len(documents)
    print(json.dumps({"made": made, "spent": spent() - had}), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
