"""What one server takes: how many connections, for how long, at what pace. docs/limits.md gives the reasons."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

MOST_KNOWN = 10_000


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of a server: seconds, bytes, counts."""

    connections: int = 500
    """Open at once; then the oldest waiting one of the address that has most makes room."""
    waiting_bytes: int = 256_000_000
    """Of requests that are not yet whole, kept in memory; beyond it the address that sent most makes room."""
    head_bytes: int = 16_000
    head_seconds: float = 15
    """From the first byte of a request to the end of its head."""
    body_seconds: float = 30
    """For a body, and on top of it one second for each `bytes_per_second`."""
    bytes_per_second: float = 200_000
    idle_seconds: float = 60
    """Of a connection that sends nothing and takes nothing."""
    requests_per_second: float = 50
    """Of one address, in the long run: a centre whose desks share one."""
    burst: float = 250
    """How many requests of one address may come at once before it is held to its pace."""
    strangers_per_second: float = 10
    """The same of public pages and log-ins."""
    strangers_burst: float = 100
    staff_threads: int = 8
    stranger_threads: int = 2
    stop_seconds: float = 5
    """How long requests in work may take when the server is told to end."""


class Pace:
    """How fast the requests of each address come: a bucket that leaks `per_second` and holds `burst`."""

    def __init__(self, per_second: float, burst: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.per_second = per_second
        self.burst = burst
        self.clock = clock
        self.levels: dict[str, tuple[float, float]] = {}

    def takes(self, address: str) -> bool:
        """Whether one more request of the address may pass; one that may not fills nothing."""
        now = self.clock()
        level = self._left(address, now)
        if level + 1 > self.burst:
            return False
        self.levels[address] = (level + 1, now)
        if len(self.levels) > MOST_KNOWN:
            self.levels = {each: self.levels[each] for each in list(self.levels) if self._left(each, now) > 0}
        return True

    def _left(self, address: str, now: float) -> float:
        """What of the earlier requests of the address has not leaked yet."""
        level, at = self.levels.get(address, (0.0, now))
        return max(0.0, level - (now - at) * self.per_second)
