"""What a printer's answers mean: how a job ended, and what keeps the printer from printing (RFC 8011)."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable
from enum import IntEnum
from typing import Any, Literal

from card_drivers.device import Answer
from card_drivers.links.ipp_message import Attributes, Group, IppMessage, every, one
from card_drivers.order import Outcome, Supply, Tally
from card_drivers.troubles import Trouble

SUPPLIES_OUT = {"media-empty", "media-needed", "marker-supply-empty", "toner-empty", "marker-waste-full"}
HALTED = {"media-jam", "cover-open", "door-open", "interlock-open", "output-area-full", "paused", "shutdown"}
NOT_AS_ASKED = {0x0001, 0x0002}  # attributes ignored, substituted or in conflict: no refusal, but another sheet
GOOD_ENDS = {"none", "job-completed-successfully"}
"""The reasons of a completed job that leave no doubt. Others do: errors, warnings, what only went on to a device."""
STILL_AT_WORK = "processing-to-stop-point"
"""Of an ended job: the printer still moves (RFC 8011 section 5.3.8). CUPS says it for ever of each that ended."""

COUNTERS: tuple[tuple[str, Literal["sheets", "impressions"]], ...] = (
    ("printer-media-sheets-completed", "sheets"),
    ("printer-impressions-completed", "impressions"),
)

AT_ONCE_SECONDS = 2
"""Between making and beginning a job in a queue that was idle. CUPS begins it anew after a crash: the times tell."""


class JobState(IntEnum):
    """RFC 8011 section 5.3.7. From CANCELED on nothing changes any more."""

    PENDING = 3
    HELD = 4
    PROCESSING = 5
    STOPPED = 6
    CANCELED = 7
    ABORTED = 8
    COMPLETED = 9


def job_state(job: Attributes) -> int:
    """The state of a job; one that does not say it has not ended."""
    state = one(job, "job-state")
    return state if isinstance(state, int) else JobState.PENDING


def has_ended(job: Attributes, through_queue: bool) -> bool:
    """Whether a job will not change any more."""
    over = job_state(job) >= JobState.CANCELED
    return over and (through_queue or STILL_AT_WORK not in _reasons(job))


def ended(job: Attributes, through_queue: bool) -> Answer:
    """What an ended job means. Only a job that was never processed consumed nothing (RFC 8011 section 5.3.14).

    A queue that gave a job up does not know whether its printer took a blank.
    """
    state = job_state(job)
    found = [reason for reason in _reasons(job) if not (through_queue and reason == STILL_AT_WORK)]
    reasons = ", ".join(found) or "-"
    if state == JobState.COMPLETED:
        if through_queue and _began_late(job):
            return Answer(Outcome.UNKNOWN, trouble=Trouble.of("queue-began-again"))
        if set(found) <= GOOD_ENDS:
            return Answer(Outcome.DONE)
        return Answer(Outcome.UNKNOWN, trouble=Trouble.of("job-doubtful", reasons=reasons))
    cancelled = state == JobState.CANCELED
    if "time-at-processing" in job and one(job, "time-at-processing") is None:
        early = Trouble.of("job-cancelled" if cancelled else "job-given-up", reasons=reasons)
        return Answer(Outcome.NOT_STARTED, trouble=early)
    if through_queue:
        return Answer(Outcome.UNKNOWN, trouble=Trouble.of("queue-gave-up", reasons=reasons))
    spoiled = Trouble.of("job-cancelled-late" if cancelled else "job-given-up-late", reasons=reasons)
    return Answer(Outcome.SPOILED, trouble=spoiled)


def _began_late(job: Attributes) -> bool:
    made, began = one(job, "time-at-creation"), one(job, "time-at-processing")
    return isinstance(made, int) and isinstance(began, int) and began - made > AT_ONCE_SECONDS


def _reasons(job: Attributes) -> list[str]:
    return [str(plain(reason)) for reason in every(job, "job-state-reasons")]


def ignored(answer: IppMessage) -> str | None:
    """What the printer did otherwise than asked, "-" when it does not say what; None when nothing."""
    if answer.code not in NOT_AS_ASKED:
        return None
    return ", ".join(name for group in answer.groups_of(Group.UNSUPPORTED) for name in group) or "-"


def supplies(printer: Attributes) -> tuple[Supply, ...]:
    """Markers by name; negative levels are `unknown` (RFC 3805 prtMarkerSuppliesLevel)."""
    pairs = itertools.zip_longest(every(printer, "marker-levels"), every(printer, "marker-names"))
    return tuple(
        Supply(
            name=str(plain(name) or f"marker {number}"),
            level=level if isinstance(level, int) and 0 <= level <= 100 else None,
        )
        for number, (level, name) in enumerate(pairs, start=1)
    )


def tally(printer: Attributes) -> Tally | None:
    """What the printer counted of itself (PWG 5100.22, 7.7): sheets if it says them, else sides; None when neither."""
    for name, unit in COUNTERS:
        count = one(printer, name)
        if isinstance(count, int) and count >= 0:
            return Tally(unit=unit, count=count)
    return None


def blocking(reasons: Iterable[str], through_queue: bool) -> set[str]:
    """The reasons that keep it from printing the next sheet, whatever their suffix (RFC 8011 section 5.4.12).

    An idle printer says `media-empty-report` of an empty feeder: nothing suffers from it yet, but the next job would.
    A queue says what its printer said at the last job, and learns of a filled feeder by the next one only.
    """
    known = {"paused"} if through_queue else SUPPLIES_OUT | HALTED
    return {re.sub("-(report|warning|error)$", "", reason) for reason in reasons} & known


def plain(text: Any) -> Any:
    """The text of a name or text that came with its language, or that was no text."""
    if isinstance(text, bytes):
        return text.decode(errors="replace")
    return text[1] if isinstance(text, tuple) and len(text) == 2 else text
