"""Measures an engine: fresh processes, one word to begin, the time until the last says that it is done.

Memory is the proportional set size (PSS: shared pages counted once) of the processes and their children, by /proc.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

from tests.bench import noise, readback, records, rivals

SAMPLING = 0.05
SLOW = 15.0
"""Seconds after which a measurement is not repeated."""


@dataclass(frozen=True)
class Job:
    """What is measured: `single` documents or a `batch` of `count`, of a kind, by how many processes."""

    mode: str
    kind: str
    count: int
    processes: int = 1


@dataclass
class Outcome:
    """The best rate of all rounds (documents a second) and their least `cost`: milliseconds of the processors that a
    document takes, of all processes, user and system. The peak memory of the first (MB); what was read back of it.

    `others` is how many processors other processes had meanwhile, at most in any round.
    """

    rate: float = 0
    cost: float = 0
    others: float = 0
    rounds: int = 0
    memory: float = 0
    bytes: float = 0
    read: int = 0
    problems: list[str] = field(default_factory=list)
    text: bool = False
    missing: str = ""
    seconds: float = 0

    def add(self, other: Outcome) -> None:
        """One round more."""
        self.rate, self.others = max(self.rate, other.rate), max(self.others, other.others)
        self.cost = min(filter(None, (self.cost, other.cost)), default=0)
        self.rounds += 1
        self.missing = self.missing or other.missing

    @property
    def is_over(self) -> bool:
        """Whether another round would tell nothing, or take too long."""
        return bool(self.missing) or self.seconds > SLOW


@dataclass(frozen=True)
class _Share:
    """The part of the documents that one worker makes, and its file."""

    start: int
    stop: int
    out: Path


class WorkerError(Exception):
    """A worker that did not do its work; the message says why."""


def measure(engine: str, job: Job, folder: Path, *, first: bool) -> Outcome:
    """One round. The first is watched for its memory, and its files are read back."""
    shares = list(_shares(engine, job, folder))
    try:
        with _Workers(engine, job, folder, shares) as workers:
            workers.wait()
            watch = _Watch(workers.pids) if first else None
            busy, own = noise.busy(), noise.own()
            seconds, made, spent = workers.work()
            others = (noise.busy() - busy - spent - (noise.own() - own)) / seconds
            cost = spent / sum(made) * 1000
            outcome = Outcome(rate=sum(made) / seconds, cost=cost, others=others, rounds=1, seconds=seconds)
            if watch:
                outcome.memory = watch.end()
        if first:
            _read_back(outcome, job, folder, shares, made)
    except WorkerError as error:
        return Outcome(missing=str(error), rounds=1)
    finally:
        for share in shares:
            share.out.unlink(missing_ok=True)
    return outcome


def _shares(engine: str, job: Job, folder: Path) -> Iterator[_Share]:
    """Ours makes one file by its own processes; a rival's user starts one for each core, each with a file."""
    workers = 1 if engine == "ours" else job.processes
    for number in range(workers):
        start, stop = (job.count * at // workers for at in (number, number + 1))
        yield _Share(start, stop, folder / f"{engine}-{number}.pdf")


class _Workers:
    """The processes of one round, ready and waiting."""

    def __init__(self, engine: str, job: Job, folder: Path, shares: list[_Share]) -> None:
        python = sys.executable if engine == "ours" else str(rivals.PYTHON)
        if not Path(python).exists():
            raise WorkerError(f"not installed: there is no {rivals.VENV.name}")
        worker = (python, "-m", "tests.bench.worker", engine, job.mode, job.kind, str(folder))
        self._processes = [
            subprocess.Popen(
                [*worker, str(share.start), str(share.stop), str(share.out), str(job.processes)],
                cwd=rivals.ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            for share in shares
        ]

    def __enter__(self) -> _Workers:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for process in self._processes:
            if error:
                process.kill()
            process.communicate()

    def wait(self) -> None:
        """Until each has its documents and says that it is ready."""
        for process in self._processes:
            _answer(process)

    @property
    def pids(self) -> list[int]:
        """Their process ids."""
        return [process.pid for process in self._processes]

    def work(self) -> tuple[float, list[int], float]:
        """Let them begin together; seconds until the last is done, how many documents each made, and the seconds that
        they had of the processors.
        """
        begun = time.perf_counter()
        for process in self._processes:
            assert process.stdin
            process.stdin.write("go\n")
            process.stdin.flush()
        answers = [_answer(process) for process in self._processes]
        seconds = time.perf_counter() - begun
        return seconds, [int(answer["made"]) for answer in answers], sum(answer["spent"] for answer in answers)


def _answer(process: subprocess.Popen[str]) -> dict[str, Any]:
    """The next line of a worker; WorkerError when it is missing what it needs, or has died."""
    assert process.stdout
    assert process.stderr
    line = process.stdout.readline()
    if not line:
        said = process.stderr.read().strip().splitlines()
        raise WorkerError(f"failed: {said[-1] if said else f'ended with {process.wait()}'}")
    answer: dict[str, Any] = json.loads(line)
    if "missing" in answer:
        raise WorkerError(f"not installed: {answer['missing']}")
    return answer


class _Watch:
    """Samples the memory of processes until told to end."""

    def __init__(self, pids: list[int]) -> None:
        self._pids, self._peak, self._over = pids, 0.0, threading.Event()
        self._thread = threading.Thread(target=self._sample)
        self._thread.start()

    def _sample(self) -> None:
        while not self._over.is_set():
            begun = time.perf_counter()
            self._peak = max(self._peak, sum(_pss(pid) for one in self._pids for pid in _family(one)))
            self._over.wait(max(SAMPLING, 20 * (time.perf_counter() - begun)))  # the kernel counts gigabytes slowly

    def end(self) -> float:
        """The peak in MB."""
        self._over.set()
        self._thread.join()
        return self._peak


def _family(pid: int) -> Iterator[int]:
    """A process and all its descendants, as far as they still live."""
    yield pid
    try:
        children = [child for task in Path(f"/proc/{pid}/task").iterdir() for child in _children(task)]
    except OSError:
        return
    for child in children:
        yield from _family(child)


def _children(task: Path) -> list[int]:
    try:
        return [int(child) for child in (task / "children").read_text().split()]
    except OSError:
        return []


def _pss(pid: int) -> float:
    """Proportional set size in MB (10^6 bytes); nothing for a process that has ended."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) * 1024 / 1e6
    except (OSError, StopIteration):
        return 0.0


def _read_back(outcome: Outcome, job: Job, folder: Path, shares: list[_Share], made: list[int]) -> None:
    """Read first, second, middle and last documents of each file; of single documents the last one."""
    sizes = sum(share.out.stat().st_size for share in shares)
    outcome.bytes = sizes / (len(shares) if job.mode == "single" else sum(made))
    for share, count in zip(shares, made, strict=True):
        last = share.start + count - 1
        places = sorted({0, 1, count // 2 - 1, count // 2, count - 1} & set(range(count)))
        expected = {0: last} if job.mode == "single" else {place: share.start + place for place in places}
        outcome.read += len(expected)
        outcome.problems += readback.problems(share.out, expected, folder, job.kind)
    first = shares[0].start if job.mode == "batch" else made[0] - 1
    outcome.text = readback.has_text(shares[0].out, records.record(folder, job.kind, first).content)
