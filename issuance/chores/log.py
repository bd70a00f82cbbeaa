"""The background work of the logs: what the chains have more is written, signed every hour, and kept a second time."""

from __future__ import annotations

import datetime as dt
import time

import structlog

from issuance.background import Periodic, enqueue, task
from issuance.errors import Conflict
from issuance.office import Office
from issuance.services.log import writing
from issuance.services.log.writing import Log

PERIODIC = (Periodic("write-log", dt.timedelta(hours=1)),)
SLICE = 1.0
"""Seconds for which a log holds the thread."""

log = structlog.get_logger()


@task("write-log", alone=True)
def write_log(office: Office) -> None:
    """Write and sign every log, some of it at a time. Conflict, at the end, when one does not continue itself."""
    with office.reading() as look:
        logs = writing.logs(look)
    ends, refused = time.monotonic() + SLICE, None
    for each in logs:
        try:
            more = write(office, each, ends)
        except Conflict as error:
            refused = error
            continue
        if more:
            with office.upkeep() as look:
                enqueue(look.session, "write-log", clock=office.clock)
            break
    if refused:
        raise refused


def write(office: Office, each: Log, ends: float) -> bool:
    """Write one log until that moment of the monotonic clock, and sign it when it has all; whether it has not."""
    more = True
    while more:
        with office.reading() as look:
            more = writing.grow(look, each)
        if more and time.monotonic() >= ends:
            return True
    with office.reading() as look:
        moved = writing.publish(look, each)
    if moved:
        log.info("log_signed", chain=each.chain)
    return False
