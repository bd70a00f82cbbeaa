"""Runs a station in a process of its own that is killed (SIGKILL) at a given write to the disk.

Nearly every effect that outlives the process goes through `os.write`, `os.fsync` or `Path.rename`: counting these calls
gives the instants at which losing power makes a difference. `torn` counts only writes, and leaves half of the last one.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["card_drivers.__main__", "PIL.PngImagePlugin"])

When = Literal["before", "torn"]


def run_station(arguments: list[str], kill_at: int | None = None, when: When = "before") -> int:
    """Run `python -m card_drivers ARGUMENTS`; its exit code, -9 when it was killed at the call number `kill_at`."""
    process = CONTEXT.Process(target=_main, args=(arguments, kill_at, when))
    process.start()
    process.join(60)
    assert process.exitcode is not None, "the station hangs"
    code = process.exitcode
    process.close()
    return code


def _main(arguments: list[str], kill_at: int | None, when: When) -> None:
    from card_drivers.__main__ import main

    if kill_at is not None:
        _arm(kill_at, when)
    logging.disable()
    os._exit(main(arguments))


def _arm(kill_at: int, when: When) -> None:
    calls = 0

    def deadly(function: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            nonlocal calls
            calls += 1
            if calls != kill_at:
                return function(*args, **kwargs)
            if when == "torn":
                write(args[0], args[1][: len(args[1]) // 2])
            os.kill(os.getpid(), signal.SIGKILL)

        return wrapped

    write = os.write
    os.write = deadly(os.write)
    if when == "before":
        os.fsync, Path.rename = deadly(os.fsync), deadly(Path.rename)
