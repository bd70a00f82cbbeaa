"""The background work of the logs: what the chains have more is written, signed every hour, and kept a second time."""

from __future__ import annotations

import datetime as dt
import secrets
import time

from issuance.background import Periodic, enqueue, task
from issuance.errors import Conflict
from issuance.office import Office
from issuance.sending import wire
from issuance.sending.wire import NotSent, Unanswered
from issuance.services.log import stamps, writing
from issuance.services.log.writing import Log

PERIODIC = (Periodic("write-log", dt.timedelta(hours=1)), Periodic("stamp-logs", dt.timedelta(days=1)))
SLICE, OK = 1.0, 200
"""Seconds for which a log holds the thread; the status of an answer of HTTP."""


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
        writing.publish(look, each)
    return False


@task("stamp-logs", alone=True)
def stamp_logs(office: Office) -> None:
    """Have the newest checkpoint of every log stamped by the authority. Conflict, at the end, when it was not."""
    if not office.settings.log_stamps:
        return
    with office.reading() as look:
        logs = writing.logs(look)
    stamped = [stamp(office, each) for each in logs]
    if not all(stamped):
        raise Conflict("The authority gave no time stamp: look whether LIMAN_LOG_STAMPS answers.")


def stamp(office: Office, each: Log) -> bool:
    """Have one checkpoint stamped; whether it is. No session is open while the authority has the word."""
    note, nonce = stamps.wanted(each), secrets.randbits(8 * stamps.NONCE_BYTES)
    if not note:
        return True
    settings = office.settings
    try:
        reply = wire.exchange(stamps.call(settings.log_stamps, note, nonce), settings.log_stamps_authority)
    except (NotSent, Unanswered):
        return False
    if reply.status != OK or not stamps.answers(reply.body, note, nonce):
        return False
    stamps.keep(each, note, reply.body)
    return True
