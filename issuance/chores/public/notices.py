"""The background work of notices: sending them, noting what nobody knows of, writing of last days and decrees."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Mapping
from uuid import UUID

from issuance.actors import SYSTEM
from issuance.background import Periodic, enqueue, task
from issuance.chores import turns
from issuance.office import Office
from issuance.sending import DOWN, Channel
from issuance.services.life import decrees, expiring
from issuance.services.notices import channels, contacts, offered, stops, turn
from issuance.services.notices.turn import Damaged, Taken

PERIODIC = (
    Periodic("send-notices", dt.timedelta(seconds=10)),
    Periodic("take-stops", dt.timedelta(seconds=5)),
    Periodic("lose-notices", dt.timedelta(minutes=5)),
    Periodic("end-codes", dt.timedelta(minutes=5)),
    Periodic("find-contacts", dt.timedelta(days=1)),
    Periodic("write-expiring", dt.timedelta(hours=12)),
)
SLICE = 1.0
"""Seconds for which notices hold the thread."""


class Down(RuntimeError):
    """A relay or gateway takes nothing from us; what it is for is asked again in a minute. Its text is the channel."""


@task("send-notices", longest=dt.timedelta(minutes=5))
def send_notices(office: Office) -> None:
    """Send what is due for a while. Down at the end when a side was: what goes by another way did not wait for it."""
    ways = dict(channels.opened(office.settings, office.clock))
    with office.reading() as look:
        down = turn.resting(look, ways)
    ends, more = time.monotonic() + SLICE, True
    while more and time.monotonic() < ends:
        up = {name: way for name, way in ways.items() if name not in down}
        try:
            more = bool(up) and send_next(office, up)
        except Down as error:
            down.add(str(error))
    if more:
        with office.upkeep() as look:
            enqueue(look.session, "send-notices", clock=office.clock, queueing_lock="send-notices")
    if down:
        raise Down(", ".join(sorted(down)))


def send_next(office: Office, ways: Mapping[str, Channel]) -> bool:
    """Send the next notice; False when none is due, Down when its way is.

    No session is open while the other side has the word.
    """
    with office.upkeep() as look:
        taken = turn.take(look, ways)
    if isinstance(taken, Damaged):
        with office.act(SYSTEM) as act:
            turn.set_aside(act, taken.id)
    elif taken:
        _send(office, ways[taken.channel], taken)
    return taken is not None


def _send(office: Office, way: Channel, taken: Taken) -> None:
    sent = way.send(taken.message)
    if turn.is_tried_again(taken, sent):
        with office.upkeep() as look:
            turn.try_again(look, taken, sent)
    else:
        with office.act(SYSTEM) as act:
            turn.end(act, taken, sent)
    if sent.reason == DOWN:
        raise Down(taken.channel)


@task("take-stops")
def take_stops(office: Office) -> None:
    """Take every stop out of the box."""
    turns.empty_box(office, stops.first, stops.take)


@task("lose-notices")
def lose_notices(office: Office) -> None:
    """Say what nobody knows of."""
    turns.many(office, turn.MOST, turn.lose)


@task("end-codes")
def end_codes(office: Office) -> None:
    """Forget the addresses of which nobody typed the code."""
    turns.many(office, offered.MOST, offered.lapse)


@task("find-contacts")
def find_contacts(office: Office) -> None:
    """Let the addresses that were given before this release be found."""
    found = 1
    while found:
        with office.upkeep() as look:
            found = contacts.find_earlier(look)


@task("write-expiring")
def write_expiring(office: Office) -> None:
    """Write to those whose document expires soon."""
    if not channels.names(office.settings):
        return
    turns.many(office, 1, expiring.write)


@task(decrees.TELL, longest=dt.timedelta(minutes=1))
def tell_of_decree(office: Office, decree_id: str, after: str = "") -> None:
    """Write to those whose documents hold longer by a decree, a page of them; the next page is the next task."""
    if not channels.names(office.settings):
        return
    with office.act(SYSTEM) as act:
        last = decrees.tell(act, UUID(decree_id), UUID(after) if after else None)
        if last is not None:
            enqueue(act.session, decrees.TELL, clock=act.clock, decree_id=decree_id, after=str(last))
