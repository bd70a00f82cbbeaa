"""Opening hours of a centre in the form of OpenStreetMap: `Mo-Fr 09:00-12:00, 14:00-16:00; Sa 09:00-12:00`."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from itertools import pairwise

from issuance.errors import InvalidInput
from issuance.values.calendar import is_public_holiday

DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
_DAY = f"(?:{'|'.join(DAYS)})"
_TIME = r"(?:[01]\d|2[0-3]):[0-5]\d"
_SPAN = f"{_TIME}-{_TIME}"
_RULE = re.compile(f"({_DAY}(?:-{_DAY})?(?:,{_DAY}(?:-{_DAY})?)*) ({_SPAN}(?:, {_SPAN})*)")

Span = tuple[dt.time, dt.time]
"""From when until when a centre is open, by its clock on the wall."""


def check_hours(text: str) -> str:
    """Opening hours as kept, the spaces put right. InvalidInput for any other form."""
    rules = [" ".join(rule.split()) for rule in text.split(";")]
    for rule in rules:
        found = _RULE.fullmatch(rule)
        if not found or not _in_order(re.findall(_TIME, found.group(2))):
            said = "Write the hours like Mo-Fr 09:00-12:00, 14:00-16:00; Sa 09:00-12:00, the earlier first."
            raise InvalidInput("opening_hours", said)
    return "; ".join(rules)


def open_on(text: str, day: dt.date) -> list[Span]:
    """When a centre with these hours is open on a day: of two rules for it the later; never on a public holiday."""
    spans: list[Span] = []
    for rule in text.split(";") if not is_public_holiday(day) else ():
        found = _RULE.fullmatch(rule.strip())
        if found and day.weekday() in _weekdays(found.group(1)):
            times = [dt.time.fromisoformat(each) for each in re.findall(_TIME, found.group(2))]
            spans = list(zip(times[::2], times[1::2], strict=True))
    return spans


def _weekdays(text: str) -> set[int]:
    """The days of `Mo-We,Sa`, Monday being 0; `Sa-Mo` goes on over the end of the week."""
    found = set[int]()
    for part in text.split(","):
        first, _, last = part.partition("-")
        begin, end = DAYS.index(first), DAYS.index(last or first)
        found |= {(begin + step) % 7 for step in range((end - begin) % 7 + 1)}
    return found


def _in_order(times: Iterable[str]) -> bool:
    return all(earlier < later for earlier, later in pairwise(times))
