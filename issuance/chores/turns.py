"""What is done later, one thing after another, each in an act of its own: what somebody asked for in their name, what
a box holds, what there are many of.
"""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import structlog

from issuance.actors import HOLDER, SYSTEM, Actor
from issuance.acts import Act, Look
from issuance.errors import LimanError, StaleState
from issuance.office import Office
from issuance.services.trust.trusted_time import ClockStopped

log = structlog.get_logger()


def do_for(office: Office, author: Actor | None, do: Callable[[Act], None], leave_out: Callable[[Act], None]) -> None:
    """One thing in the name of its author; left out when nobody may ask for it any more, or the register refuses it."""
    try:
        if author:
            with office.act(author) as act:
                return do(act)
    except (ClockStopped, StaleState):
        raise  # tried again
    except LimanError as error:
        log.info("turn_refused", code=error.code)
    with office.act(SYSTEM) as act:
        leave_out(act)


def empty_box(office: Office, first: Callable[[Look], UUID | None], take: Callable[[Act, UUID], object]) -> None:
    """Take what holders put into a box, one after the other, each in an act of its own."""
    while True:
        with office.reading() as look:
            key = first(look)
        if key is None:
            return
        with office.act(HOLDER) as act:
            take(act, key)


def many(office: Office, most: int, do: Callable[[Act], int]) -> None:
    """Do what there are many of, so many an act as `do` takes, until it did fewer than `most`."""
    done = most
    while done >= most:
        with office.act(SYSTEM) as act:
            done = do(act)
