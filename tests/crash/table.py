"""The cases of a run and what came of them: each is played once, and of those that are one instant only one.

A commit that moves a request, its document, its job and a blank is one instant: who is killed before it is killed
before each of the four. The child says which points lay there (`child.INSTANT`), and the run of one is that of all.
"""

from __future__ import annotations

import multiprocessing
import os
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue

from tests.crash import child, scenario
from tests.crash.child import OF_A_COMMIT
from tests.crash.grounds import Databases, Grounds
from tests.crash.points import Case
from tests.crash.scenario import Row

_grounds: list[Grounds] = []
"""Those of this process: each process that plays has its own, and its own children."""


def begin(databases: Databases, folder: Path) -> None:
    """What a process does before it plays."""
    threading.Thread(target=child.end_with_the_harness, daemon=True).start()
    here = folder / str(os.getpid())
    here.mkdir()
    _grounds.append(Grounds(databases, here))


def play(case: Case, keep: Path | None) -> Row:
    """Play a case in this process; a fault of the harness is a row too: the others are played all the same."""
    try:
        return scenario.run(case, _grounds[0], keep)
    except Exception as error:
        return Row(case, (f"harness: {type(error).__name__}: {error}"[:300],), (), 0.0)


@contextmanager
def players(jobs: int, databases: Databases, folder: Path, keep: Path | None) -> Iterator[Callable[[Case], Row]]:
    """What plays one case in one of so many processes, and comes back with its row."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, context, begin, (databases, folder)) as pool:
        yield lambda case: pool.submit(play, case, keep).result()


class Table:
    """Plays `cases` by `play`, several at a time, until the seconds are over."""

    def __init__(self, cases: list[Case], play: Callable[[Case], Row], seconds: float = 1e9) -> None:
        self._left, self._play, self._end = list(reversed(cases)), play, time.monotonic() + seconds
        self._lock = threading.Lock()
        self._rows: SimpleQueue[list[Row] | None] = SimpleQueue()
        self.runs = 0

    def rows(self, jobs: int = 1) -> Iterator[Row]:
        """Each row as soon as it is known."""
        with ThreadPoolExecutor(jobs) as pool:
            threads = [pool.submit(self._work) for _ in range(jobs)]
            for _ in threads:
                while (found := self._rows.get()) is not None:
                    yield from found
            for thread in threads:
                thread.result()

    def _work(self) -> None:
        try:
            while (case := self._next()) is not None:
                self._rows.put(self._settled(self._play(case)))
        finally:
            self._rows.put(None)

    def _next(self) -> Case | None:
        with self._lock:
            if not self._left or time.monotonic() > self._end:
                return None
            self.runs += 1
            return self._left.pop()

    def _settled(self, row: Row) -> list[Row]:
        """The row, and those that are left and the same instant."""
        with self._lock:
            same = [case for case in self._left if is_same(row, case)]
            self._left = [case for case in self._left if case not in same]
        word = (f"the same instant as {row.case.point.name}",)
        return [row, *(Row(case, row.faults, word, 0.0) for case in same)]


def is_same(row: Row, case: Case) -> bool:
    """Whether what was played is this case too."""
    played = row.case
    here = (played.fault, played.point.moment) == (case.fault, case.point.moment)
    both = played.point.kind in OF_A_COMMIT and case.point.kind in OF_A_COMMIT
    return here and both and row.struck and case.point.name in row.same
