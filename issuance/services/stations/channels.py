"""What a station asks of the register while it encodes a chip: whether it is new, and the keys of one channel to it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from card_drivers.card_keys import HexKeys
from card_drivers.order import ChannelKeys, ChannelRequest, ChipFound
from issuance.acts import Act, Look
from issuance.errors import Conflict
from issuance.keys.card_keys import CardKeysError, channel_keys
from issuance.models.production import PrintJob
from issuance.models.staff import Station
from issuance.services.production import jobs
from issuance.services.stock import ledger
from issuance.states import JobState


class UidSeen(Conflict):
    """This chip belongs to another document: the blank was used before, or is a copy."""

    code = "uid_seen"


def check_found(look: Look, found: ChipFound, *, station: Station) -> None:
    """The chip at the contactless position may become this order's document; UidSeen when it was bound before."""
    _claimed(look, found.claim_id, station)
    if ledger.is_bound(look, found.chip_uid):
        raise UidSeen("This chip was used before. Take the blank out, put it aside and call the supervisor.")


def open_channel(act: Act, asked: ChannelRequest, keys: HexKeys, *, station: Station) -> ChannelKeys | CardKeysError:
    """The session keys for the blank chip of a claimed order, or why it gets none: both are recorded, without keys."""
    job = _claimed(act, asked.claim_id, station)
    answer: ChannelKeys | CardKeysError
    details: dict[str, Any] = {}
    try:
        answer, version = channel_keys(keys, asked)
        what, details = "chip.channel_opened", {"key_version": version}
    except CardKeysError as error:
        answer, what = error, "chip.channel_refused"
    act.record(what, job, centre_id=job.centre_id, **details)
    return answer


def _claimed(look: Look, claim_id: UUID, station: Station) -> PrintJob:
    job = jobs.claimed_job(look, claim_id, station)
    if job.state != JobState.CLAIMED:
        raise jobs.ClaimEnded
    return job
