"""Serials of blanks as they follow each other: a prefix, and a counter of always as many digits."""

from __future__ import annotations

import re

from issuance.errors import InvalidInput

MOST = 1000
"""More cards than a feeder holds."""

SERIAL = re.compile(r"(.*?)([0-9]+)")


def between(first: str, last: str) -> list[str]:
    """The serials from `first` to `last`, both included, upwards or downwards; InvalidInput names the wrong one."""
    start, end = _parts(first, "first"), _parts(last, "last")
    if start[0] != end[0] or len(start[1]) != len(end[1]):
        raise InvalidInput(
            "last", "The last serial is not of the same series as the first one. Scan both from the cards again."
        )
    down = -1 if int(end[1]) < int(start[1]) else 1
    counters = range(int(start[1]), int(end[1]) + down, down)
    if len(counters) > MOST:
        raise InvalidInput("last", "This would be %(count)s cards: more than lie in a feeder.", count=len(counters))
    return [f"{start[0]}{counter:0{len(start[1])}d}" for counter in counters]


def _parts(serial: str, field: str) -> tuple[str, str]:
    found = SERIAL.fullmatch(serial)
    if found is None:
        raise InvalidInput(field, "This serial does not end with a number. Scan it from the card again.")
    return found[1], found[2]
