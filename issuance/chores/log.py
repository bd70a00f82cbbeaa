"""The background work of the logs: what the chains have more is written, signed every hour, also by others, and kept
a second time.
"""

from __future__ import annotations

import datetime as dt
import secrets
import time

from issuance.background import Periodic, enqueue, task
from issuance.errors import Conflict
from issuance.office import Office
from issuance.sending import wire
from issuance.sending.wire import NotSent, Reply, Unanswered
from issuance.services.log import cosigning, stamps, writing
from issuance.services.log.cosigning import Answer, Cosigner
from issuance.services.log.notes import Checkpoint
from issuance.services.log.writing import Log

PERIODIC = (
    Periodic("write-log", dt.timedelta(hours=1)),
    Periodic("cosign-logs", dt.timedelta(hours=1)),
    Periodic("stamp-logs", dt.timedelta(days=1)),
)
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
    if office.settings.cosigners:
        with office.upkeep() as look:
            enqueue(look.session, "cosign-logs", clock=office.clock)
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


@task("cosign-logs", alone=True)
def cosign_logs(office: Office) -> None:
    """Have the newest checkpoint of every log signed by every cosigner too. Conflict, at the end, when one refused."""
    everybody = cosigning.cosigners(office.settings)
    if not everybody:
        return
    with office.reading() as look:
        logs = [log for log in writing.logs(look) if log.is_begun]
    refused = [each.name for each in everybody if Answer.REFUSED in _answers(office, logs, each)]
    for log in logs:
        cosigning.attach(log, everybody)
    if refused:
        raise Conflict(
            "%(names)s signed another story of a log than this one: run verify-audit, and ask who runs it for what it"
            " keeps.",
            names=", ".join(refused),
        )


def _answers(office: Office, logs: list[Log], cosigner: Cosigner) -> set[Answer]:
    """What a cosigner answers for each log; once it is silent it is not waited for again."""
    found: set[Answer] = set()
    for log in logs:
        newest = cosigning.wanted(log, cosigning.standing(log, cosigner)) if cosigner.url else None
        if newest is None:
            continue
        answer = Answer.SILENT if Answer.SILENT in found else ask(office, log, cosigner, newest)
        found.add(answer)
        if answer != Answer.SIGNED:
            cosigning.note_answer(log, cosigner, answer, office.clock.now())
    return found


def ask(office: Office, log: Log, cosigner: Cosigner, newest: Checkpoint) -> Answer:
    """Ask a cosigner for one log, from where it says that it was. No session is open while it has the word."""
    try:
        known = min(cosigning.standing(log, cosigner).size, newest.size)
        reply = _asked(office, cosigner, cosigning.question(log, newest, known))
        told = cosigning.told_size(reply, newest)
        if told is not None:
            reply = _asked(office, cosigner, cosigning.question(log, newest, told))
    except (NotSent, Unanswered):
        return Answer.SILENT
    if reply.status == OK and cosigning.take(log, cosigner, newest, reply.body.decode("utf-8", "replace")):
        return Answer.SIGNED
    return cosigning.judged(reply)


def _asked(office: Office, cosigner: Cosigner, question: str) -> Reply:
    return wire.exchange(cosigning.call(cosigner, question), office.settings.log_cosigners_authority)
