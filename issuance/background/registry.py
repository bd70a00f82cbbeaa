"""The tasks of the office by name, and how long each waits after a failure: the same on both databases."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID, uuid5

Handler = Callable[..., object]
"""`handler(office, **args)`: opens its own transactions, and running it twice does what running it once does."""

HANDLERS: dict[str, Handler] = {}
"""What `task` registered, by name."""

LONGEST: dict[str, dt.timedelta] = {}
"""The longest pause before each of these tasks is tried again, by name; of the others it is LAST_RETRY."""

UNDATED: set[str] = set()
"""The tasks that neither date nor destroy: they run while the clock is stopped too."""

ALONE: set[str] = set()
"""The tasks that only the leading worker of an office runs, beside those of the timetable."""

FIRST_RETRY = dt.timedelta(seconds=2)
LAST_RETRY = dt.timedelta(hours=1)
STUCK_SECONDS = 300.0
"""How long one task may run before its worker is no longer well."""

PERIODIC = UUID("0192f0c1-7e1a-7b9e-9a55-1d1c0f6a2b11")


class Worker(Protocol):
    """Does the background work of one process, one task at a time."""

    def start(self) -> None:
        """Start its thread; once per worker."""

    def stop(self, timeout: float = 10.0) -> bool:
        """Let the task in hand finish, at most `timeout` seconds; False if it is still running. It is retried then."""

    @property
    def is_well(self) -> bool:
        """Whether it lives and gets on."""

    def run_due(self) -> int:
        """Run everything that is due now; how many tasks were run, successful or not."""


@dataclass(frozen=True, slots=True)
class Periodic:
    """Run the task `name` every so often; the first time as soon as a worker starts."""

    name: str
    every: dt.timedelta

    @property
    def id(self) -> UUID:
        """The key of its one row."""
        return uuid5(PERIODIC, self.name)

    @property
    def lock(self) -> str:
        """What keeps it from waiting twice."""
        return f"periodic:{self.name}"


def task(
    name: str, *, undated: bool = False, alone: bool = False, longest: dt.timedelta | None = None
) -> Callable[[Handler], Handler]:
    """Register the decorated function as the handler of `name`; ValueError if the name is taken.

    `undated`: it neither dates nor destroys anything, and runs while the clock is stopped too. `alone`: of several
    workers only the leading one runs it. `longest` is the most that it waits after a failure: people look at what it
    does.
    """

    def register(handler: Handler) -> Handler:
        if HANDLERS.setdefault(name, handler) is not handler:
            raise ValueError(f"two handlers for the task {name}")
        UNDATED.update([name] if undated else [])
        ALONE.update([name] if alone else [])
        LONGEST.update({name: longest} if longest else {})
        return handler

    return register


def retry_after(attempts: int) -> dt.timedelta:
    """The pause after that many failures: 2 s, doubled each time, at most an hour."""
    factor: int = 2 ** min(attempts - 1, 20)
    return min(FIRST_RETRY * factor, LAST_RETRY)
