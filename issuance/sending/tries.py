"""How often something of the outbox is tried, and what comes of a try: the same for persons and for accounts."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from issuance.sending import Message, Outcome, Sent
from issuance.states import NoticeState

PAUSES = tuple(dt.timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 4 * 60, 12 * 60, 24 * 60))
"""Before each further try. After the last it is given up: it was true two days ago."""

LEASE = dt.timedelta(minutes=10)
"""After which a worker that took a notice cannot be at it any more."""

MOST = 100

ENDS = {
    Outcome.ACCEPTED: NoticeState.ACCEPTED,
    Outcome.REFUSED: NoticeState.REFUSED,
    Outcome.UNKNOWN: NoticeState.UNKNOWN,
    Outcome.RETRY: NoticeState.GIVEN_UP,
}


@dataclass(frozen=True, slots=True)
class Taken:
    """A notice that this worker sends now, or a letter to the owner of an account; `tries` counts this one."""

    message: Message
    channel: str
    tries: int
    is_letter: bool = False


def is_tried_again(taken: Taken, sent: Sent) -> bool:
    """Whether the other side may take it later, and there is a later."""
    return sent.outcome is Outcome.RETRY and taken.tries <= len(PAUSES)
