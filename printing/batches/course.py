"""The course of a batch: each chunk is composed, numbered, sealed, placed and written, and then its part is made safe.

Numbers and places are given in the order of the chunks, whichever worker has one and whoever is first.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from printing.batches.chunks import Answer, Compose, Composed, Seal, Sealed, Write, Written
from printing.batches.filing import Filing, Room
from printing.batches.items import BatchError, SealSigner
from printing.batches.journal import Begun, Journal
from printing.batches.workers import Workers


class Saving:
    """Makes parts safe while the work goes on, one at a time; `places` documents are safe so far."""

    def __init__(self, file: int, journal: Journal, thread: Executor, places: int) -> None:
        self._file, self._journal, self._thread, self.places = file, journal, thread, places
        self._last: Future[None] | None = None  # no thread before the workers are forked

    def save(self, part: Begun) -> None:
        """See to it that what is written is on the disk; then the journal says so."""
        self.wait()
        self._last = self._thread.submit(self._save, part)

    def wait(self) -> None:
        """Until the last part is safe; BatchError when it cannot be."""
        with heard():
            if self._last:
                self._last.result()

    def end(self) -> None:
        """Let the last part be made safe if it can be."""
        with suppress(BatchError):
            self.wait()

    def _save(self, part: Begun) -> None:
        os.fsync(self._file)
        self._journal.add(part)
        self.places = part.places


@contextmanager
def heard() -> Iterator[None]:
    """Say as BatchError what the system says of the file."""
    try:
        yield
    except OSError as error:
        raise BatchError("The batch cannot be written: %(why)s.", why=os.strerror(error.errno or 0)) from error


@dataclass(slots=True)
class _Chunk:
    """One chunk on its way, which ends at `stop`; `part` is made safe with it."""

    stop: int
    worker: int
    composed: Composed | None = None
    room: Room | None = None
    sealed: Sealed | None = None
    is_placed: bool = False
    is_written: bool = False
    part: Begun | None = None


@dataclass
class Course:
    """Hands out the chunks, which begin at `starts`, and gives each what it waits for when its turn has come.

    Every `part` documents what is written is made safe; `progress` is told how many are dealt with.
    """

    filing: Filing
    workers: Workers
    saving: Saving
    signer: SealSigner | None
    progress: Callable[[int], None]
    starts: range
    part: int
    _open: dict[int, _Chunk] = field(default_factory=dict, init=False)  # in order

    def run(self) -> None:
        """All of them."""
        rest, self._begun = deque(self.starts), self.starts.start
        for number in [*range(self.workers.count)] * self.workers.ahead:
            self._hand_out(number, rest)
        while self._open:
            number, answer = self.workers.hear()
            self._take(answer)
            if isinstance(answer, Written):
                self._hand_out(number, rest)
        self.saving.wait()

    def _hand_out(self, worker: int, rest: deque[int]) -> None:
        if rest:
            start = rest.popleft()
            stop = min(start + self.starts.step, self.starts.stop)
            self._open[start] = _Chunk(stop, worker)
            self.workers.tell(worker, Compose(start, stop))

    def _take(self, answer: Answer) -> None:
        chunk = self._open[answer.start]
        match answer:
            case Composed():
                chunk.composed = answer
                self._number()
            case Sealed():
                chunk.sealed = answer
                self._place()
            case Written():
                chunk.is_written = True
                self._finish()

    def _number(self) -> None:
        """Sign and number what is composed, as far as everything before it is."""
        for start, chunk in self._open.items():
            if chunk.composed is None:
                return
            if chunk.room is None:
                chunk.room = self.filing.number(chunk.composed)
                signatures = [self.signer.sign(data) for data in chunk.composed.to_sign] if self.signer else []
                self.workers.tell(chunk.worker, Seal(start, signatures, chunk.room.shared, chunk.room.first))

    def _place(self) -> None:
        """Say where in the file it belongs, as far as everything before it is placed."""
        for start, chunk in self._open.items():
            if chunk.sealed is None or chunk.room is None:
                return
            if not chunk.is_placed:
                chunk.is_placed = True
                self.workers.tell(chunk.worker, Write(start, self.filing.place(chunk.sealed, chunk.room)))
                if chunk.stop - self._begun >= self.part:
                    self._begun, chunk.part = chunk.stop, self.filing.part(chunk.stop, chunk.room)

    def _finish(self) -> None:
        """Let go of what is written, as far as everything before it is."""
        for start, chunk in [*self._open.items()]:
            if not chunk.is_written:
                return
            del self._open[start]
            if chunk.part:
                self.saving.save(chunk.part)
            self.progress(chunk.stop)
