"""How the product is fuzzed: an input is what is drawn, what reads it, and by which errors it may refuse.

Cases come in blocks. A block is drawn from the seed of the run, the name of its input and its own number alone, so that
it can be run again by itself; a run that is stopped goes on where it was (`FUZZ_DONE`, a folder of finished blocks,
each a file that says how many cases were tried, in how many processor seconds).
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

import hypothesis
from hypothesis import HealthCheck, Phase, given
from hypothesis import strategies as st

CASES = int(os.environ.get("FUZZ_CASES", "0"))
"""How many cases the run has; 0 in the suite, where each input has its `sample`."""
SEED = int(os.environ.get("FUZZ_SEED", "1"))
DONE = Path(os.environ["FUZZ_DONE"]) if "FUZZ_DONE" in os.environ else None
CPU_SECONDS = 20
"""A case that computes for longer hangs: no other clock is looked at."""
MILLION = 1_000_000


@dataclass(frozen=True)
class Share:
    """How much of a run is one input's: `share` of a million cases, in blocks of `block`; in the suite `sample`."""

    name: str
    share: int
    sample: int = 60
    block: int = 5_000

    @property
    def blocks(self) -> list[Block]:
        """Its blocks in this run."""
        count = -(-self.share * CASES // MILLION) if CASES else self.sample
        sizes = [min(self.block, count - begun) for begun in range(0, count, self.block)]
        return [Block(self.name, number, size) for number, size in enumerate(sizes)]


@dataclass(frozen=True)
class Input(Share):
    """An input that needs no office: `read` takes a case, and refuses it by `refusals` alone."""

    cases: st.SearchStrategy[Any] = field(default_factory=st.nothing)
    read: Callable[[Any], object] = print
    refusals: tuple[type[Exception], ...] = ()

    def try_one(self, case: Any) -> None:
        """Read one case, which may be refused."""
        with contextlib.suppress(*self.refusals):
            self.read(case)


@dataclass(frozen=True)
class Block:
    """So many cases of an input, drawn together."""

    input: str
    number: int
    size: int

    def __str__(self) -> str:
        return f"{self.input}-{self.number}"

    @property
    def seed(self) -> int:
        """What its cases are drawn from."""
        return zlib.crc32(f"{SEED} {self}".encode())

    @property
    def is_done(self) -> bool:
        """Whether this run has it behind it."""
        return DONE is not None and (DONE / str(self)).exists()


class Hung(BaseException):
    """A case computes without end; no `except Exception` of the product takes it for a refusal."""


def play(block: Block, cases: st.SearchStrategy[Any], try_one: Callable[[Any], None]) -> int:
    """Try every case of a block; how many there were. The first that fails is made small and raised."""
    tried, began = 0, time.process_time()

    @hypothesis.seed(block.seed)
    @hypothesis.settings(
        max_examples=block.size,
        database=None,
        deadline=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
    )
    @given(case=cases)
    def each(case: Any) -> None:
        nonlocal tried
        tried += 1
        with _bounded(case):
            try_one(case)

    each()
    if DONE is not None:
        DONE.mkdir(parents=True, exist_ok=True)
        (DONE / str(block)).write_text(f"{tried} {time.process_time() - began:.1f}\n")
    return tried


@contextlib.contextmanager
def _bounded(case: Any) -> Iterator[None]:
    """AssertionError when the case computes for more than CPU_SECONDS."""

    def ring(_number: int, _frame: FrameType | None) -> None:
        raise Hung

    before = signal.signal(signal.SIGPROF, ring)
    signal.setitimer(signal.ITIMER_PROF, CPU_SECONDS)
    try:
        yield
    except Hung as error:
        raise AssertionError(f"computed for {CPU_SECONDS} s: {case!r}") from error
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
