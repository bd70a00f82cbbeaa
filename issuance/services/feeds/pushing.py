"""Files that are pushed to a recipient's own address: one after the other, with growing pauses, never two at once.

The address is a setting (`LIMAN_FEED_URLS`); nobody's session is open while the other side has the word.
"""

from __future__ import annotations

import datetime as dt
from base64 import b64encode
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Select, func, select, update

from issuance.acts import Act, Look
from issuance.errors import Conflict
from issuance.law.office.feeds import Recipient
from issuance.models.feeds import FeedFile
from issuance.sending.wire import Call
from issuance.services.feeds import files, receipts
from issuance.settings import Settings

FIRST_PAUSE, LONGEST_PAUSE = dt.timedelta(seconds=30), dt.timedelta(hours=1)
SIGNATURE, NUMBER = "Liman-Signature", "Liman-File"
MEDIA_TYPE = "application/jsonl"


@dataclass(frozen=True)
class Push:
    """A file on its way: what is said to the other side."""

    file_id: UUID
    call: Call


def addresses(settings: Settings) -> dict[str, str]:
    """Where files are pushed to, by recipient."""
    return dict(settings.feed_addresses)


def headers(file: FeedFile) -> dict[str, str]:
    """What is said beside a file: its number and its signature."""
    assert file.signature
    return {NUMBER: str(file.number), SIGNATURE: b64encode(file.signature).decode(), "Content-Type": MEDIA_TYPE}


def due(look: Look, recipient: Recipient) -> Push | None:
    """The next file of a recipient, when it is its turn; None while a person has to look at why it was refused."""
    address = addresses(look.settings).get(recipient.code)
    file = files.following(look, recipient.code, 0) if address and recipient.way == "pull" else None
    if file is None or file.push_refused is not None or (file.next_try_at and look.clock.now() < file.next_try_at):
        return None
    assert address
    return Push(file.id, Call("POST", address, headers(file), files.body_of(look, file)))


def taken(act: Act, file_id: UUID) -> None:
    """The other side took it (2xx): every row is acknowledged."""
    file = act.session.get_one(FeedFile, file_id, with_for_update=True)
    if file.settled_at is None:  # another worker may have been told the same
        receipts.acknowledge(act, file)


def refused(act: Act, file_id: UUID, status: int) -> None:
    """The other side refused it (any other answer below 500): nothing is pushed until a person looked."""
    file = act.session.get_one(FeedFile, file_id, with_for_update=True)
    file.push_refused = status
    act.record("feed.push_refused", file, recipient=file.recipient, number=file.number, code=f"http_{status}")


def failed(look: Look, file_id: UUID) -> None:
    """Nobody took it: it is tried again after a pause that doubles."""
    file = look.session.get_one(FeedFile, file_id)
    pause = min(FIRST_PAUSE * 2 ** min(file.tries, 20), LONGEST_PAUSE)
    values = {"tries": file.tries + 1, "next_try_at": look.clock.now() + pause}
    look.session.execute(update(FeedFile).where(FeedFile.id == file_id).values(values))


def again(act: Act, file: FeedFile) -> None:
    """A person looked at why a file was refused: it is pushed again."""
    if file.push_refused is None:
        raise Conflict("This file is not held. Open the page again.")
    file.push_refused, file.next_try_at, file.tries = None, None, 0
    act.record("feed.push_again", file, recipient=file.recipient, number=file.number)


def held() -> Select[int]:
    """How many files the other sides refused when they were pushed, as a query."""
    return select(func.count()).select_from(FeedFile).where(FeedFile.push_refused.is_not(None))
