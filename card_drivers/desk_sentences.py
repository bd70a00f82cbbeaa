"""What a station says to the hands that carry a card from a desk reader to the printer and back (ADR 0033).

A part of `card_drivers.sentences`, by the same rules.
"""

from __future__ import annotations

from collections.abc import Mapping

DESK_SENTENCES: Mapping[str, str] = {
    "desk-empty-feeder": "Take everything out of the printer's feeder: the document of order %(order)s goes in alone.",
    "desk-feed-blank": "Put a blank of stock %(stock)s into the printer's feeder, for order %(order)s.",
    "desk-given-up": "Somebody gave this order up in Liman.",
    "desk-into-feeder": "Take the document of order %(order)s off the reader and put it into the printer's feeder.",
    "desk-lay-back": "Lay the printed document of order %(order)s on the reader.",
    "desk-lay-blank": "Lay a blank of stock %(stock)s on the reader, for order %(order)s.",
    "desk-lay-this": "The station was interrupted: lay the document of order %(order)s on the reader.",
    "desk-lay-booklet": "Lay booklet %(number)s of stock %(stock)s on the reader, for order %(order)s.",
    "desk-nobody-came": "Nobody carried the document on for %(hours)s hours.",
    "desk-not-this": ("This is not the document of order %(order)s: take it off the reader, lay the right one on it."),
    "desk-open-spine-left": (
        "Take the booklet of order %(order)s off the reader, open it at page %(page)s and put it into the printer, its "
        "spine to the left."
    ),
    "desk-open-spine-top": (
        "Take the booklet of order %(order)s off the reader, open it at page %(page)s and put it into the printer, its "
        "spine to the back."
    ),
    "desk-other-card": ("This is the document of order %(found)s, not of order %(order)s: take it off the reader."),
    "desk-printing": "The printer prints the document of order %(order)s: wait for it.",
    "desk-reading": "The chip of order %(order)s is read and locked: leave the document on the reader.",
    "desk-scan-booklet": (
        "Take booklet %(number)s of stock %(stock)s, for order %(order)s. Scan its number on the station's page."
    ),
    "desk-spoiled": "The blank of this order is spoiled: put it with the spoiled ones.",
    "desk-still-blank": "Nothing was written: put the blank back with the others, the order is made anew.",
    "desk-unfit-card": (
        "The chip of this blank cannot be used: put it aside, lay another blank of stock %(stock)s on the reader, for "
        "order %(order)s."
    ),
    "desk-used-card": (
        "This blank was used before: put it aside, lay another one of stock %(stock)s on the reader, for order "
        "%(order)s."
    ),
    "desk-writing": "The chip of order %(order)s is written: leave the blank on the reader.",
}
