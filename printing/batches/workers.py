"""Those who compose: processes of their own, or this one alone. Each does one thing after another, as it is told."""

from __future__ import annotations

import gc
import multiprocessing
import signal
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from multiprocessing import connection, reduction
from multiprocessing.connection import Connection
from multiprocessing.context import BaseContext
from multiprocessing.process import BaseProcess
from types import TracebackType
from typing import Protocol

from printing.batches.chunks import Answer, Manner, Told, Worker
from printing.batches.items import BatchError, Source
from printing.errors import PrintingError


class Workers(Protocol):
    """Whoever composes, numbered from 0."""

    count: int
    ahead: int
    """How many chunks each has at a time: one to compose while another waits."""

    def tell(self, number: int, told: Told) -> None:
        """Give one of them something to do, behind what it has already."""
        ...

    def hear(self) -> tuple[int, Answer]:
        """The next answer, and whose it is. What a worker raised is raised here; BatchError when one has died."""
        ...


class Alone:
    """This process does everything itself."""

    count = ahead = 1

    def __init__(self, worker: Worker) -> None:
        self._worker, self._told = worker, deque[Told]()

    def tell(self, number: int, told: Told) -> None:
        """See `Workers`."""
        self._told.append(told)

    def hear(self) -> tuple[int, Answer]:
        """See `Workers`."""
        return 0, self._worker.answer(self._told.popleft())


class Processes:
    """Worker processes, which write into the same open file. They end with this block, or with this process."""

    def __init__(self, count: int, source: Source, manner: Manner, file: int) -> None:
        # A fork is ready at once and has every font; with other threads about, it might inherit a lock that is held.
        context = multiprocessing.get_context("fork" if threading.active_count() == 1 else "spawn")
        self.count, self.ahead = count, 2
        self._ours: list[Connection[Told, Answer | Exception]] = []
        self._processes = [self._begun(context, source, manner, _Open(file)) for _ in range(count)]

    def _begun(self, context: BaseContext, source: Source, manner: Manner, file: _Open) -> BaseProcess:
        ours, theirs = context.Pipe()
        self._ours.append(ours)
        inherited = self._ours if context.get_start_method() == "fork" else ()
        arguments = (theirs, inherited, source, manner, file)
        process: BaseProcess = context.Process(target=_work, args=arguments, daemon=True)  # type: ignore[attr-defined]
        process.start()
        theirs.close()
        return process

    def __enter__(self) -> Processes:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for ours in self._ours:
            ours.close()
        for process in self._processes:
            if error:
                process.kill()  # else it would finish what it has in hand
            process.join()

    def tell(self, number: int, told: Told) -> None:
        """See `Workers`."""
        try:
            self._ours[number].send(told)
        except OSError as error:
            raise _died() from error

    def hear(self) -> tuple[int, Answer]:
        """See `Workers`."""
        ready = connection.wait(self._ours)[0]
        number = self._ours.index(ready)  # type: ignore[arg-type]
        try:
            answer = self._ours[number].recv()
        except (EOFError, OSError) as error:
            raise _died() from error
        if isinstance(answer, Exception):
            raise answer
        return number, answer


@contextmanager
def few_collections() -> Iterator[None]:
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


class _Open:
    """An open file, which a spawned process gets as well as a forked one: the lock on it is theirs too."""

    def __init__(self, number: int) -> None:
        self.number = number

    def __getstate__(self) -> object:
        return reduction.DupFd(self.number)

    def __setstate__(self, state: object) -> None:
        self.number = state.detach()  # type: ignore[attr-defined]


def _work(
    told: Connection[Answer | Exception, Told],
    inherited: Sequence[Connection[Told, Answer | Exception]],
    source: Source,
    manner: Manner,
    file: _Open,
) -> None:
    """A worker's life, which ends when nobody speaks to it any more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever stops the batch stops its parent
    for other in inherited:
        other.close()  # else the end of the parent would not be noticed
    worker = Worker(source, manner, file.number)
    with few_collections():
        try:
            while True:
                told.send(_answer(worker, told.recv()))
        except (EOFError, BrokenPipeError, ConnectionResetError):
            return


def _answer(worker: Worker, told: Told) -> Answer | Exception:
    try:
        return worker.answer(told)
    except PrintingError as error:
        plain = BatchError if isinstance(error, BatchError) else PrintingError
        return plain(error.message, error.field, **error.params)  # not every subclass can be pickled
    except Exception as error:  # the parent raises it
        return error if reduction.ForkingPickler.dumps(error) else RuntimeError(type(error).__name__)


def _died() -> BatchError:
    return BatchError("A process that was making this batch was ended.")
