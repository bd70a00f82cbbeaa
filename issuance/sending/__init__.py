"""How a notice leaves the office: one port, which a mail relay or an SMS gateway fills. It knows no register."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol
from uuid import UUID


class Outcome(StrEnum):
    """What the other side said: it took the message, it may take it later, or it never will.

    Unknown is what was given away whole and not answered: it may have been taken, so it is not sent a second time.
    """

    ACCEPTED = "accepted"
    RETRY = "retry"
    REFUSED = "refused"
    UNKNOWN = "unknown"


DOWN = "down"
"""The reason of a retry that no address is to blame for: the other side is not there, or does not let us in."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message to one address. `id` is the notice's, the same at every try; only e-mail has a `subject`.

    `stop` is the address at which the holder ends notices by one tap; it stands in the text too.
    """

    id: UUID
    to: str
    subject: str
    text: str
    language: str
    stop: str = ""


@dataclass(frozen=True, slots=True)
class Sent:
    """What came of one try.

    `code` is the other side's own, of digits and dots, or a word of ours; `reason` a word of ours. Neither holds what
    the other side wrote: that may be the address. `gateway_id` is how the other side calls the message, if it said so.
    """

    outcome: Outcome
    code: str = ""
    reason: str = ""
    gateway_id: str = ""


class Channel(Protocol):
    """A way to an address. One call, one try."""

    def send(self, message: Message) -> Sent:
        """Give the message to the other side. Raises nothing that the other side or the line can cause."""
