"""Batches: any number of documents in one PDF, page after page straight to the file, by every core of the machine.

This process signs the seals; workers set the texts and symbols of a few dozen documents at a time; this process adds
what is shared and the portraits as they are, and writes. Memory holds the documents in the works and eight bytes an
object, never a page. After each part the file is safe on the disk and a journal beside it says so: begun again, a batch
goes on there.
"""

from __future__ import annotations

import datetime as dt
import gc
import json
import multiprocessing
import os
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import BinaryIO, NamedTuple, Protocol

from printing.content import DocumentContent, Template
from printing.errors import PrintingError
from printing.faces import compose, inks, layout
from printing.pages.pdf import Drawing, Mark, Pages, Progress
from printing.seals import seal
from printing.seals.document_seal import encode_document
from printing.seals.encoding import SealError

PART = 1000
"""Documents after which the file is made safe."""
_CHUNK = 40
_AHEAD = 2  # chunks waiting for each worker


class SealSigner(Protocol):
    """A signer with the name and serial number of its certificate, as a seal's header has them."""

    identifier: str
    serial: int

    def sign(self, data: bytes) -> bytes:
        """See `signing.Signer`."""
        ...


class Item(NamedTuple):
    """One document of a batch; `seal` is its whole seal where it was signed before."""

    content: DocumentContent
    template: Template
    seal: bytes | None = None


@dataclass(frozen=True)
class Summary:
    """What a batch contains: the document numbers in order, and how many there are of each type."""

    numbers: Sequence[str]
    types: Counter[str]
    pages: int


@dataclass(frozen=True)
class Making:
    """How the documents are made: as specimens, or sealed by `signer` on `signature_date`."""

    specimen: bool = False
    signer: SealSigner | None = None
    signature_date: dt.date | None = None


class BatchError(PrintingError):
    """A batch that cannot be made or gone on with; the message names the document by its place."""


def write(
    documents: Iterable[Item],
    out: Path,
    making: Making = Making(),
    *,
    title: str = "Batch",
    cover: Callable[[Summary], Sequence[Drawing]] | None = None,
    progress: Callable[[int], None] | None = None,
    part: int = PART,
    processes: int | None = None,
) -> Summary:
    """Write the documents, all faces of each, to one PDF; `cover` makes the pages put before them.

    `progress` is told how many documents are done. Until the batch is whole it is in `out` with `.part` added, and
    what goes wrong leaves it there: called again with the same documents, the parts that were safe are not made again.
    BatchError names the document that cannot be printed, or whose number is not that of the batch that was begun.
    """
    journal = _Journal(out.with_name(out.name + ".journal"))
    unfinished = out.with_name(out.name + ".part")
    begun = journal.read()
    if begun.length and not (unfinished.exists() and unfinished.stat().st_size >= begun.length):
        journal.remove()  # of a file that is gone or cut: nothing of it is safe
        begun = _Begun()
    with (
        _few_collections(),
        unfinished.open("r+b" if begun.length else "wb") as file,
        ThreadPoolExecutor(1) as saving,
    ):
        file.seek(begun.length)
        file.truncate()
        batch = _Batch(file, journal, saving, begun, making, title, part)
        batch.add(documents, processes or os.cpu_count() or 1, progress or _silent)
        summary = batch.close(cover)
        os.fsync(file.fileno())
    unfinished.replace(out)
    journal.remove()
    return summary


def _silent(done: int) -> None:
    """Nobody asked."""


@contextmanager
def _few_collections() -> Iterator[None]:
    """A batch makes no rubbish that refers to itself; to look for it in everything that is there took a quarter of the
    time, and would make each worker's copy of it its own.
    """
    thresholds = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(200_000, *thresholds[1:])
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)
        gc.unfreeze()


_Made = tuple[tuple[tuple[Mark, ...], tuple[Mark, ...]], ...]
"""What a worker makes of each face: what is read of the person, and the fine line."""


class _Task(NamedTuple):
    """What a worker needs of a document: everything but its pictures."""

    item: Item
    specimen: bool


@dataclass
class _Begun:
    """What the journal says of parts that are safe."""

    length: int = 0
    numbers: list[str] = field(default_factory=list)
    offsets: list[int] = field(default_factory=list)
    pages: list[int] = field(default_factory=list)
    letters: dict[str, bytes] = field(default_factory=dict)


class _Journal:
    """One line of JSON for each part that is safe, made safe itself before the next part begins."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> _Begun:
        """The parts written so far; a line that was cut off counts for nothing."""
        begun = _Begun()
        for line in self._path.read_text("utf-8").splitlines() if self._path.exists() else ():
            try:
                said = json.loads(line)
            except ValueError:
                break
            begun.length = said["length"]
            begun.numbers += said["numbers"]
            begun.offsets += said["offsets"]
            begun.pages += said["pages"]
            begun.letters = {font: bytes.fromhex(codes) for font, codes in said["letters"].items()}
        return begun

    def add(self, part: dict[str, object]) -> None:
        """One part more."""
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(part) + "\n")
            file.flush()
            os.fsync(file.fileno())

    def remove(self) -> None:
        """The batch is whole."""
        self._path.unlink(missing_ok=True)


class _Batch:
    """The file in the making."""

    def __init__(
        self, file: BinaryIO, journal: _Journal, saving: Executor, begun: _Begun, making: Making, title: str, part: int
    ) -> None:
        self._file, self._journal, self._making, self._part = file, journal, making, part
        self._saving = saving
        self._saved: Future[None] | None = None  # no thread before the workers are forked
        self._numbers, self._types = begun.numbers, Counter[str]()
        safe = Progress(begun.length, begun.offsets, begun.pages, begun.letters) if begun.length else None
        self._pages = Pages(file, title, safe)
        self._safe = (len(begun.numbers), len(begun.offsets), len(begun.pages))

    def add(self, documents: Iterable[Item], processes: int, progress: Callable[[int], None]) -> None:
        """Write every document that is not written yet."""
        for item, made in _made(self._unwritten(documents), self._task, processes):
            self._document(item, made)
            if len(self._numbers) % _CHUNK == 0:
                progress(len(self._numbers))
        progress(len(self._numbers))

    def close(self, cover: Callable[[Summary], Sequence[Drawing]] | None) -> Summary:
        """The cover before the first page, and the end of the file."""
        self._wait_for_saving()
        summary = Summary(self._numbers, self._types, self._pages.count)
        for place, drawing in enumerate(cover(summary) if cover else ()):
            self._pages.add(drawing, place)
        self._pages.close()
        self._file.flush()
        return summary

    def _unwritten(self, documents: Iterable[Item]) -> Iterator[Item]:
        rest = iter(documents)
        for place, number in enumerate(self._numbers, start=1):
            item = next(rest, None)
            if item is None or item.content.document_number != number:
                raise BatchError(
                    "The batch was begun with another document in place %(place)s: go on with the same documents, or "
                    "delete what was begun and start anew.",
                    place=place,
                )
            self._types[item.template.document_type] += 1
        return rest

    def _task(self, item: Item) -> tuple[Item, _Task | PrintingError]:
        """The document with its seal, and what a worker needs of it."""
        try:
            sealed = item._replace(seal=item.seal or self._sealed(item))
        except PrintingError as error:
            return item, error
        bare = sealed.content.model_copy(update={"portrait": None, "signature": None})
        return sealed, _Task(sealed._replace(content=bare), self._making.specimen)

    def _sealed(self, item: Item) -> bytes | None:
        content, template, _ = item
        making = self._making
        if not (template.seal and making.signer and making.signature_date):
            return None
        try:
            to_sign = encode_document(
                content,
                template,
                signer=making.signer.identifier,
                certificate_serial=making.signer.serial,
                signature_date=making.signature_date,
            )
            return seal.sign(to_sign, making.signer, template.seal)
        except SealError as error:
            message = "The seal cannot be made: its %(part)s is not as it must be."
            raise PrintingError(message, "seal", part=error.part) from error

    def _document(self, item: Item, made: _Made | PrintingError) -> None:
        place = len(self._numbers) + 1
        try:
            if isinstance(made, PrintingError):
                raise made
            self._faces(item, made)
        except PrintingError as error:
            raise BatchError("Document %(place)s of the batch: %(problem)s", place=place, problem=error) from error
        self._numbers.append(item.content.document_number)
        self._types[item.template.document_type] += 1
        if place % self._part == 0:
            self._make_safe()

    def _faces(self, item: Item, made: _Made) -> None:
        content, template, sealed = item
        job = compose.job(content, template, specimen=self._making.specimen, seal=sealed, values={})
        for face, (read, fine) in zip(job.layout.faces, made, strict=True):
            marks = (*inks.colour(job, face), *inks.black(job, face, read), *fine)
            self._pages.add(Drawing(*job.layout.page, job.layout.trim, marks))

    def _make_safe(self) -> None:
        """See to it, while the work goes on, that what is written is on the disk; then the journal says so."""
        numbers, offsets, pages = self._safe
        now = self._pages.progress
        self._file.flush()
        part = {
            "length": now.length,
            "numbers": self._numbers[numbers:],
            "offsets": list(now.offsets[offsets:]),
            "pages": list(now.pages[pages:]),
            "letters": {font: codes.hex() for font, codes in now.letters.items()},
        }
        self._safe = (len(self._numbers), len(now.offsets), len(now.pages))
        self._wait_for_saving()
        self._saved = self._saving.submit(self._save, part)

    def _wait_for_saving(self) -> None:
        if self._saved:
            self._saved.result()

    def _save(self, part: dict[str, object]) -> None:
        os.fsync(self._file.fileno())
        self._journal.add(part)


def _made(
    documents: Iterator[Item], task: Callable[[Item], tuple[Item, _Task | PrintingError]], processes: int
) -> Iterator[tuple[Item, _Made | PrintingError]]:
    """The documents with what workers made of them, in order, a few chunks ahead."""
    chunks = iter(lambda: [task(item) for item in islice(documents, _CHUNK)], [])
    if processes == 1:
        for chunk in chunks:
            yield from ((item, _attempt(given)) for item, given in chunk)
        return
    # A fork is ready at once and has every font; with other threads about, it might inherit a lock that is held.
    method = "fork" if threading.active_count() == 1 else "spawn"
    with ProcessPoolExecutor(processes, multiprocessing.get_context(method)) as pool:
        waiting: deque[tuple[list[Item], Future[list[_Made | PrintingError]]]] = deque()
        for chunk in chunks:
            waiting.append(([item for item, _ in chunk], pool.submit(_compose, [given for _, given in chunk])))
            if len(waiting) > processes * _AHEAD:
                yield from _finished(*waiting.popleft())
        while waiting:
            yield from _finished(*waiting.popleft())


def _finished(
    items: list[Item], future: Future[list[_Made | PrintingError]]
) -> Iterator[tuple[Item, _Made | PrintingError]]:
    return zip(items, future.result(), strict=True)


def _compose(tasks: Sequence[_Task | PrintingError]) -> list[_Made | PrintingError]:
    """What a worker does; a document that cannot be made is an error in its place."""
    return [_attempt(task) for task in tasks]


def _attempt(task: _Task | PrintingError) -> _Made | PrintingError:
    try:
        return task if isinstance(task, PrintingError) else _make(task)
    except PrintingError as error:
        return PrintingError(error.message, error.field, **error.params)  # not every subclass can be pickled


def _make(task: _Task) -> _Made:
    content, template, sealed = task.item
    chosen = layout.load(template.layout)
    job = inks.Job(content, template, chosen, task.specimen, inks.values(content, template), None, sealed)
    return tuple((tuple(inks.read_marks(job, face)), tuple(inks.fine(job, face))) for face in chosen.faces)
