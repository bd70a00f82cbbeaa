"""Serials of blanks as they follow each other: a prefix, and a counter of always as many digits."""

from __future__ import annotations

import re

from issuance.errors import InvalidInput

MOST = 1000
"""More cards than a feeder holds."""

MOST_AT_ONCE = 5000
"""Blanks of one delivery or one hand-over: what two persons count in a day."""

BETWEEN = re.compile(r"[,;\s]+")
HEADINGS = {"serial", "first"}

SERIAL = re.compile(r"(.*?)([0-9]+)")


def between(first: str, last: str) -> list[str]:
    """The serials from `first` to `last`, both included, upwards or downwards; InvalidInput names the wrong one."""
    found = _between(_parts(first, "first"), _parts(last, "last"), "last")
    if len(found) > MOST:
        raise InvalidInput("last", "This would be %(count)s cards: more than lie in a feeder.", count=len(found))
    return found


def listed(text: str) -> list[str]:
    """Serials as typed, scanned or read from a file: one a line, or the first and the last of a range on a line.

    InvalidInput of the field `serials` names the one that is wrong, or stands there twice.
    """
    found: dict[str, None] = {}
    for line in text.replace('"', "").splitlines():
        for serial in _of_line([word for word in BETWEEN.split(line) if word]):
            if serial in found:
                raise InvalidInput("serials", "%(serial)s is said twice: the ranges overlap.", serial=serial)
            found[serial] = None
    if not found:
        raise InvalidInput("serials", "Give the serials: one a line, or the first and the last of a range on a line.")
    return list(found)


def _of_line(words: list[str]) -> list[str]:
    if not words or words[0].lower() in HEADINGS:
        return []
    if len(words) > 2:
        sentence = "A line has one serial, or two: the first and the last. See %(line)s."
        raise InvalidInput("serials", sentence, line=" ".join(words))
    if len(words) == 1:
        return words
    return _between(_parts(words[0], "serials"), _parts(words[1], "serials"), "serials")


def _between(start: tuple[str, str], end: tuple[str, str], field: str) -> list[str]:
    if start[0] != end[0] or len(start[1]) != len(end[1]):
        raise InvalidInput(
            field, "The last serial is not of the same series as the first one. Scan both from the cards again."
        )
    down = -1 if int(end[1]) < int(start[1]) else 1
    counters = range(int(start[1]), int(end[1]) + down, down)
    if len(counters) > MOST_AT_ONCE:
        raise InvalidInput(
            field,
            "This would be %(count)s blanks, and at most %(most)s are taken at once.",
            count=len(counters),
            most=MOST_AT_ONCE,
        )
    return [f"{start[0]}{counter:0{len(start[1])}d}" for counter in counters]


def _parts(serial: str, field: str) -> tuple[str, str]:
    found = SERIAL.fullmatch(serial)
    if found is None:
        raise InvalidInput(field, "This serial does not end with a number. Scan it from the card again.")
    return found[1], found[2]
