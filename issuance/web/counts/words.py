"""Findings of counts, and differences of a day, in words; and what stands of them on the closing sheet."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask_babel import gettext, lazy_gettext

from issuance.models.supply import Finding, Said
from issuance.services.counts.counting import Refusal
from issuance.services.counts.differences import Name
from issuance.states import BlankState
from issuance.web.frame.i18n import day
from issuance.web.words.machines import PLACES, stock_word

FINDINGS: dict[str, tuple[Any, str]] = {
    Finding.MISSING: (lazy_gettext("not counted there"), "stop"),
    Finding.UNEXPECTED: (lazy_gettext("not expected there"), "stop"),
    Finding.UNKNOWN: (lazy_gettext("in no ledger"), "stop"),
    Finding.OTHER_STOCK: (lazy_gettext("of another stock"), "stop"),
    Finding.MOVED: (lazy_gettext("moved while it was counted"), "plain"),
    Finding.TAKEN: (lazy_gettext("a document was made on it, to be scanned"), "plain"),
    Finding.AS_EXPECTED: (lazy_gettext("as expected"), "done"),
}
REFUSALS: dict[str, Any] = {
    Refusal.UNREADABLE: lazy_gettext("This is no serial and no range."),
    Refusal.TWICE: lazy_gettext("%(serial)s is counted already: the ranges overlap."),
    Refusal.UNKNOWN: lazy_gettext("No ledger has %(serial)s. Read it again, and lay the card apart."),
    Refusal.OTHER_STOCK: lazy_gettext("%(serial)s is of another stock. Lay it apart."),
}
SAID: dict[str, Any] = {
    Said.DECLARED: lazy_gettext("Nobody finds them: they are missing"),
    Said.TOLD: lazy_gettext("Onto the list of blanks where they may not be"),
    Said.NOTED: lazy_gettext("The ledger is right: I write down why"),
}
SAID_SHORT: dict[str, Any] = {
    Said.DECLARED: lazy_gettext("declared missing"),
    Said.TOLD: lazy_gettext("put on the list"),
    Said.NOTED: lazy_gettext("explained"),
}
DIFFERENCES: dict[str, Any] = {
    Name.DAY_NOT_CLOSED: lazy_gettext("A day was not closed"),
    Name.GONE_MISSING: lazy_gettext("Gone missing since the closing before"),
    Name.NOT_TAKEN: lazy_gettext("Handed over, and nobody said that they have them"),
    Name.PARCEL_LATE: lazy_gettext("Parcels of blanks that nobody acknowledged in time"),
    Name.FOUND: lazy_gettext("Found, and not looked at by a second person"),
    Name.NOT_COUNTED: lazy_gettext("A count was asked for and not made"),
    Name.COUNT_DIFFERS: lazy_gettext("A count found differences without a word on them"),
    Name.STRAY: lazy_gettext("Blanks where they may not be, not looked into"),
    Name.IN_DOUBT: lazy_gettext("Cards of stacks that are in doubt"),
    Name.PRINTER: lazy_gettext("The printer counted otherwise than the register"),
    Name.LEDGER: lazy_gettext("Accounts of the ledger that do not balance"),
}
UNITS: dict[str, Any] = {
    "cards": lazy_gettext("cards"),
    "sheets": lazy_gettext("sheets"),
    "impressions": lazy_gettext("printed sides"),
}


def refusal_words(why: str, serial: str) -> str:
    """Why a line was not counted."""
    return str(REFUSALS[why]).replace("%(serial)s", serial)


def about_words(name: str, about: str) -> str:
    """What a difference is about: a day, a station, a place and its stock, a stock."""
    if name == Name.DAY_NOT_CLOSED:
        return day(dt.date.fromisoformat(about))
    if name == Name.PRINTER or not about:
        return about
    if name in (Name.NOT_COUNTED, Name.COUNT_DIFFERS):
        kind, stock, _ = about.split(" ")
        return f"{PLACES[BlankState(kind)]}, {stock_word(stock)}"
    return stock_word(about)


def counted_words(counted: int | None, unit: str) -> str:
    """What a printer says of its own counter."""
    return gettext("not reported") if counted is None else f"{counted} {UNITS[unit]}"
