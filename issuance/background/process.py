"""A worker as a process of its own, or as a thread of the server: either ends itself when it does not get on.

A worker whose connection is half open, or whose database stands still, waits for ever: systemd starts it again.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import threading
from collections.abc import Callable

import structlog

from issuance.background.registry import Worker

LOOKED_AT_EVERY = 2.0  # seconds
LOOKS = 3
"""So often in a row it does not get on: a process that was stopped for a while has to come to its turn first."""

HANGS = 70
"""The exit code of a worker that did not get on; what it had in hand is taken up by another."""

ENDS_WITHIN = 60.0
"""Seconds for the task in hand when the process is told to end."""

log = structlog.get_logger()


def run(worker: Worker) -> bool:
    """Work until SIGTERM or SIGINT; whether the task in hand came to its end. Ends the process when it hangs."""
    told = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: told.set())
    worker.start()
    tell("READY=1")
    while not told.wait(LOOKED_AT_EVERY):
        if not worker.is_well:
            log.error("worker_hangs")
            os._exit(HANGS)  # its threads wait for something that never comes
        tell("WATCHDOG=1")
    tell("STOPPING=1")
    return worker.stop(ENDS_WITHIN)


class Watch:
    """Looks after a server and the worker in it: one that does not get on ends the server, which systemd starts again.

    `gets_on` says whether the server itself takes requests; while it does, systemd is told so. `end` ends it.
    """

    def __init__(self, worker: Worker | None, gets_on: Callable[[], bool], end: Callable[[], object]) -> None:
        self._worker, self._gets_on, self._end = worker, gets_on, end
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, name="liman-watch", daemon=True)
        self.hung = False
        """Whether the server was ended for its worker."""

    def start(self) -> None:
        """Look from now on."""
        tell("READY=1")
        self._thread.start()

    def stop(self) -> None:
        """Look no more: the server ends."""
        tell("STOPPING=1")
        self._over.set()

    def _look(self) -> None:
        unwell = 0
        while not self._over.wait(LOOKED_AT_EVERY):
            unwell = 0 if self._worker is None or self._worker.is_well else unwell + 1
            if unwell == LOOKS:
                log.error("worker_hangs")
                self.hung = True
                self._end()
                return
            if self._gets_on():
                tell("WATCHDOG=1")


def tell(state: str) -> None:
    """Say to systemd how it goes (sd_notify(3)), where systemd asked."""
    if address := os.environ.get("NOTIFY_SOCKET"):
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as out:
            out.sendto(state.encode(), address.replace("@", "\0", 1) if address.startswith("@") else address)
