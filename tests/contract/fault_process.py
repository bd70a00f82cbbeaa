"""A station in a process of its own, with what goes wrong on its own machine, killed (SIGKILL) at the fault.

The moments: as the machine's fault strikes and before the station hears of it; as the station hears of it, which is
when it makes the first sentence about it; and at one of the writes to its disk that follow.
"""

from __future__ import annotations

import errno
import logging
import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from tests.unit.station.crash import CONTEXT

HEARD = 0
Moment = Literal["strikes"] | int
"""`strikes`, HEARD, or the number of the write after it."""


@dataclass(frozen=True)
class Plan:
    """What happens on the station's machine: `full_at` is the step from which on the disk takes nothing more."""

    kill: Moment | None = None
    full_at: str = ""
    clock_seconds: int = 0
    print_seconds: float | None = None


def run(arguments: list[str], plan: Plan, started: Callable[[int], None] = lambda _: None) -> int:
    """Run `python -m card_drivers ARGUMENTS`; its exit code, -9 when it was killed. `started` hears its process id."""
    process = CONTEXT.Process(target=_main, args=(arguments, plan))
    process.start()
    assert process.pid is not None
    started(process.pid)
    process.join(120)
    assert process.exitcode is not None, "the station hangs"
    code = process.exitcode
    process.close()
    return code


def _main(arguments: list[str], plan: Plan) -> None:
    from card_drivers.__main__ import main
    from card_drivers.station import card_path, equipment

    for name in equipment.names("printer"):  # their constants are sentences too, which nobody hears
        equipment.driver("printer", name)

    if plan.clock_seconds:
        right = time.time
        time.time = lambda: right() + plan.clock_seconds
    if plan.print_seconds is not None:
        card_path.PRINT_SECONDS = plan.print_seconds
    if plan.full_at:
        _fill_the_disk(plan)
    if plan.kill == "strikes":
        _die_when_it_strikes()
    elif plan.kill is not None:
        _die_when_heard(plan.kill)
    logging.disable()
    os._exit(main(arguments))


def _die(*_: Any, **__: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _fill_the_disk(plan: Plan) -> None:
    """From the journal's line of this step on, neither journal nor files of the station are written."""
    full = False
    write, fsync = os.write, os.fsync

    def refuse() -> None:
        if plan.kill == "strikes":
            _die()
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def write_or_not(file: int, data: bytes) -> int:
        nonlocal full
        full = full or f'"step":"{plan.full_at}"'.encode() in data
        if full:
            refuse()
        return write(file, data)

    def sync_or_not(file: int) -> None:
        """The simulated machine has a memory of its own."""
        if full and "/simulator/" not in os.readlink(f"/proc/self/fd/{file}"):
            refuse()
        fsync(file)

    os.write, os.fsync = write_or_not, sync_or_not


def _die_when_it_strikes() -> None:
    from card_drivers.simulators.machine import Event, Simulation

    strike = Simulation._strike

    def deadly(self: Simulation, event: Event) -> None:
        if event != "none":
            _die()
        strike(self, event)

    Simulation._strike = deadly  # type: ignore[method-assign]


def _die_when_heard(after: int) -> None:
    """At the first sentence, or at write number `after` behind it."""
    from card_drivers.troubles import Trouble

    made, heard, writes = Trouble.of.__func__, False, 0  # type: ignore[attr-defined]

    def hear(kind: type[Trouble], *args: Any, **kwargs: Any) -> Trouble:
        nonlocal heard
        heard = True
        if after == HEARD:
            _die()
        return made(kind, *args, **kwargs)  # type: ignore[no-any-return]

    def deadly(function: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*args: Any, **kwargs: Any) -> Any:
            nonlocal writes
            writes += heard
            if heard and writes == after:
                _die()
            return function(*args, **kwargs)

        return counted

    Trouble.of = classmethod(hear)  # type: ignore[assignment,method-assign]
    os.write, os.fsync, Path.rename = deadly(os.write), deadly(os.fsync), deadly(Path.rename)  # type: ignore[method-assign]
