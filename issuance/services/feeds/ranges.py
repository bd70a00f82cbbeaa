"""Blanks that nobody finds, and those that turned up, as ranges: of ten thousand that follow each other one row."""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cache

from issuance import document_types
from issuance.acts import Act, Look
from issuance.db import wait_turn
from issuance.law.office.feeds import COUNTRY, Happening, Recipient, recipients
from issuance.models.feeds import hearing
from issuance.models.feeds.hearing import About
from issuance.models.stock import Blank
from issuance.states import BlankState

TOLD = {BlankState.MISSING: Happening.BLANKS_MISSING, BlankState.FOUND: Happening.BLANKS_FOUND}
COUNTED = re.compile(r"(.*?)([0-9]+)")

Range = tuple[str, str]


def tell(act: Act, moved: Sequence[Blank]) -> None:
    """Of the blanks that this act moved, those that are missing now, or found."""
    for state, happening in TOLD.items():
        by_stock: dict[str, list[str]] = defaultdict(list)
        for blank in moved:
            if blank.state == state:
                by_stock[blank.stock].append(blank.serial)
        for stock, serials in sorted(by_stock.items()):
            _tell(act, happening, stock, serials)


def _tell(act: Act, happening: Happening, stock: str, serials: Iterable[str]) -> None:
    wait_turn(act.session, f"feeds of {stock}")
    for recipient in recipients().values():
        if happening in recipient.told and codes(recipient, stock):
            for first, last in in_ranges(serials):
                about = about_range(act, recipient, stock, (first, last))
                hearing.tell_one(act.session.connection(), recipient, happening, about)


def about_range(look: Look, recipient: Recipient, stock: str, found: Range, day: dt.date | None = None) -> About:
    """Blanks of a stock that follow each other, from the first to the last, as something to be told of."""
    known = {"number": found[0], "to": found[1], "code": codes(recipient, stock), "country": COUNTRY, "held": "blank"}
    return About(f"stock {stock}", "", day or look.clock.today(), look.clock.now(), known)


@cache
def _codes(code: str, stock: str) -> str:
    types = recipients()[code].types
    made = (one for one in document_types.load().values() if one.stock == stock and one.form != "paper" and one.mrz)
    return "/".join(sorted({one.mrz.code for one in made if one.mrz and (not types or one.code in types)}))


def codes(recipient: Recipient, stock: str) -> str:
    """The codes of the documents that are made on such a blank and that this recipient hears of; "" for none."""
    return _codes(recipient.code, stock)


def in_ranges(serials: Iterable[str]) -> Iterator[Range]:
    """Serials as first and last of those that follow each other: the same prefix, counters of as many digits."""
    first = last = ""
    for serial in sorted(set(serials), key=_key):
        if last and not _follows(last, serial):
            yield first, last
            first = ""
        first, last = first or serial, serial
    if last:
        yield first, last


def _key(serial: str) -> tuple[str, int, int]:
    found = COUNTED.fullmatch(serial)
    return (found[1], len(found[2]), int(found[2])) if found else (serial, 0, 0)


def _follows(last: str, serial: str) -> bool:
    (prefix, digits, counter), following = _key(last), _key(serial)
    return bool(digits) and following == (prefix, digits, counter + 1)


def covers(found: Range, serial: str) -> bool:
    """Whether a serial lies in a range."""
    first, last, mine = _key(found[0]), _key(found[1]), _key(serial)
    return first[:2] == mine[:2] == last[:2] and first <= mine <= last
