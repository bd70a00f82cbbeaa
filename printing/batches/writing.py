"""Batches: any number of documents in one PDF, page after page, by every core of the machine.

This process hands out the documents, signs, and says where in the file everything belongs; workers compose, and write
their pages there themselves. So neither the bytes nor their order depend on who makes what. Memory holds the documents
in the works and eight bytes an object. After each part the file is safe on the disk and a journal beside it says so:
begun again, a batch goes on there.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import zip_longest
from pathlib import Path

from printing.batches.chunks import Manner, Worker
from printing.batches.course import Course, Saving, heard
from printing.batches.filing import Filing
from printing.batches.items import AS_THEY_ARE, BatchError, Item, Making, Source, Summary
from printing.batches.journal import Begun, Journal
from printing.batches.workers import Alone, Processes, Workers, few_collections
from printing.pages.pdf import Drawing

PART = 1000
"""Documents after which the file is made safe."""
CHUNK = 50
"""Documents that a worker composes at a time: it has two such chunks in memory."""
OTHERS = (
    "The batch was begun with another document in place %(place)s: go on with the same documents, or delete what was "
    "begun and start anew."
)
PATIENCE = 10.0
"""Seconds for which those are waited for who still write for a process that was killed."""


def write(
    source: Source,
    out: Path,
    making: Making = AS_THEY_ARE,
    *,
    title: str = "Batch",
    cover: Callable[[Summary], Sequence[Drawing]] | None = None,
    progress: Callable[[int], None] | None = None,
    part: int = PART,
    processes: int | None = None,
) -> Summary:
    """Write the documents, all faces of each, to one PDF; `cover` makes the pages put before them.

    `progress` is told how many documents are dealt with. What cannot be printed is left out, and the summary says which
    and why. Until the batch is whole it is in `out` with `.part` added, and what goes wrong leaves it there: called
    again with the same documents, the parts that were safe are not made again. BatchError when the file cannot be
    written, a worker was ended, or the documents are not those of the batch that was begun.
    """
    journal, unfinished = Journal(out.with_name(out.name + ".journal")), out.with_name(out.name + ".part")
    with few_collections(), _locked(unfinished) as file:
        begun = _begun(journal, file)
        starts = range(begun.places, len(source), min(CHUNK, part))
        with ThreadPoolExecutor(1) as thread:
            saving = Saving(file, journal, thread, begun.places)
            with _saying_where(saving):
                filing = Filing(file, begun, _types_of(begun, source))
                with _workers(source, making, file, processes, starts) as workers:
                    Course(filing, workers, saving, making.signer, progress or _silent, starts, part).run()
                filing.close(title, cover(filing.summary) if cover else ())
                with heard():
                    os.fsync(file)
        unfinished.replace(out)
        journal.remove()
    return filing.summary


def _silent(done: int) -> None:
    """Nobody asked."""


@contextmanager
def _locked(path: Path) -> Iterator[int]:
    """The unfinished file, open for this process and its workers only; BatchError while another one writes it.

    Workers of a process that was killed hold the lock until they have noticed, so that none writes into what is begun.
    """
    until = time.monotonic() + PATIENCE
    while True:
        file = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            if _is_ours(file, path):
                yield file
                return
        finally:
            os.close(file)
        if time.monotonic() > until:
            raise BatchError("Another process is writing this batch. Wait until it is done.")
        time.sleep(0.05)


def _is_ours(file: int, path: Path) -> bool:
    """Whether the lock was got, and the file is still the one of that name: whoever had it may have finished it."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return path.stat().st_ino == os.fstat(file).st_ino
    except (BlockingIOError, FileNotFoundError):
        return False


@contextmanager
def _saying_where(saving: Saving) -> Iterator[None]:
    """Add to what goes wrong where the batch goes on."""
    try:
        yield
    except BatchError as error:
        saving.end()
        message = "%(why)s Begin the batch again: it goes on behind document %(place)s."
        raise BatchError(message, why=error, place=saving.places) from error


def _begun(journal: Journal, file: int) -> Begun:
    """What is safe of the file, which is cut to it."""
    begun = journal.read()
    if os.fstat(file).st_size < begun.length:
        journal.remove()  # of a file that is gone or cut: nothing of it is safe
        begun = Begun()
    os.truncate(file, begun.length)
    return begun


def _types_of(begun: Begun, source: Source) -> Counter[str]:
    """How many of each type are safe; BatchError when these are other documents."""
    left, numbers, types = {each.place for each in begun.left}, iter(begun.numbers), Counter[str]()
    for start in range(0, begun.places, CHUNK):
        found = source[start : min(start + CHUNK, begun.places)]
        for place, item in zip_longest(range(start + 1, min(start + CHUNK, begun.places) + 1), found):
            if place in left:
                continue
            if not isinstance(item, Item) or item.content.document_number != next(numbers):
                raise BatchError(OTHERS, place=place)
            types[item.template.document_type] += 1
    return types


@contextmanager
def _workers(source: Source, making: Making, file: int, processes: int | None, starts: range) -> Iterator[Workers]:
    """As many as there are cores, and no more than there are chunks. They are forked when what they share is there."""
    manner = Manner.of(making)
    count = min(processes or os.cpu_count() or 1, len(starts))
    alone = Worker(source, manner, file)
    if count <= 1:
        yield Alone(alone)
        return
    alone.warm(starts[0])
    with Processes(count, source, manner, file) as workers:
        yield workers
