"""The background work of feeds: files of what waits, their signatures, pushing, what happened before there were any."""

from __future__ import annotations

import datetime as dt
import time

from issuance.actors import SYSTEM
from issuance.background import Periodic, task
from issuance.keys import ListSigner
from issuance.law.office.feeds import Recipient, recipients
from issuance.office import Office
from issuance.sending import wire
from issuance.sending.wire import NotSent, Unanswered
from issuance.services.feeds import files, history, pushing
from issuance.services.feeds.pushing import Push

PERIODIC = (
    Periodic("make-feeds", dt.timedelta(seconds=10)),
    Periodic("push-feeds", dt.timedelta(seconds=10)),
    Periodic("send-feeds-again", dt.timedelta(minutes=10)),
    Periodic("tell-history", dt.timedelta(minutes=1)),
)
SLICE = 1.0
"""Seconds for which one of these holds the thread."""


@task("make-feeds", longest=dt.timedelta(minutes=1))
def make_feeds(office: Office) -> None:
    """Put what waits into files and sign them, for each recipient for a while; the rest has its turn soon."""
    for recipient in recipients().values():
        ends, more = time.monotonic() + SLICE, True
        while more and time.monotonic() < ends:
            made = _make(office, recipient)
            more = _sign(office, recipient) or made


def _make(office: Office, recipient: Recipient) -> bool:
    with office.reading() as look:
        if not files.waits(look, recipient.code):
            return False
    with office.act(SYSTEM) as act:
        return files.make(act, recipient) is not None


def _sign(office: Office, recipient: Recipient) -> bool:
    """Sign the next file; no transaction is open while the key is asked."""
    with office.reading() as look:
        unsigned = files.unsigned(look, recipient.code)
    if unsigned is None:
        return False
    body = unsigned.body

    def sign(signer: ListSigner) -> bytes:
        return files.signature(signer, body)

    signature = office.list_signer.use(sign)
    with office.upkeep() as look:
        files.keep_signature(look, unsigned.id, signature)
    return True


@task("send-feeds-again")
def send_feeds_again(office: Office) -> None:
    """Rows that nobody acknowledged in time wait for the next file."""
    for recipient in recipients().values():
        again = True
        while again:
            with office.act(SYSTEM) as act:
                again = files.send_again(act, recipient) is not None


@task("push-feeds", longest=dt.timedelta(minutes=5))
def push_feeds(office: Office) -> None:
    """Push what is due to those that have an address; one that takes nothing holds nobody else up."""
    ends = time.monotonic() + SLICE
    for code in pushing.addresses(office.settings):
        going = True
        while going and time.monotonic() < ends:
            with office.reading() as look:
                push = pushing.due(look, recipients()[code])
            going = push is not None and _push(office, push)


def _push(office: Office, push: Push) -> bool:
    """Push one file; whether it was taken. No session is open while the other side has the word."""
    try:
        status = wire.exchange(push.call, office.settings.feed_authority).status
    except (NotSent, Unanswered):
        status = 0
    if 200 <= status < 300:
        with office.act(SYSTEM) as act:
            pushing.taken(act, push.file_id)
        return True
    if 0 < status < 500:
        with office.act(SYSTEM) as act:
            pushing.refused(act, push.file_id, status)
    else:
        with office.upkeep() as look:
            pushing.failed(look, push.file_id)
    return False


@task("tell-history")
def tell_history(office: Office) -> None:
    """Tell each recipient once what happened before there were feeds, some documents at a time."""
    ends = time.monotonic() + SLICE
    with office.reading() as look:
        recipient = history.unfinished(look)
    while recipient is not None and time.monotonic() < ends:
        with office.upkeep() as look:
            history.tell(look, recipient)
        with office.reading() as look:
            recipient = history.unfinished(look)
