"""A worker as a process of its own: it runs until it is told to end, and ends itself when it does not get on.

A worker whose connection is half open, or whose database stands still, waits for ever: systemd starts it again.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import threading

import structlog

from issuance.background.registry import Worker

LOOKED_AT_EVERY = 2.0  # seconds
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


def tell(state: str) -> None:
    """Say to systemd how it goes (sd_notify(3)), where systemd asked."""
    if address := os.environ.get("NOTIFY_SOCKET"):
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as out:
            out.sendto(state.encode(), address.replace("@", "\0", 1) if address.startswith("@") else address)
