"""What a hand-held scanner says at a tray: a word of the desk's sheet, or a part of the card in the hand."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field

from issuance.services.production.quality import Reading
from printing.mrz import Mrz, MrzError
from printing.mrz.zone import LINE_SIZES

RELEASE, LEAVE, PICTURE = "RELEASE", "LEAVE", "PICTURE"
"""Long enough to be scans also when no box has the focus (SHORTEST_CODE of scanner.js)."""
REJECTS = {
    "REJECT1": "look: look-face",
    "REJECT2": "look: look-print",
    "REJECT3": "look: look-scratch",
    "REJECT4": "look: look-lamination",
    "REJECT5": "look: look-unread",
}
"""Why a card is rejected by eye, in the codes of `reason_words`."""

WORDS = {RELEASE, LEAVE, PICTURE, *REJECTS}

WIDTHS = {lines * width: width for lines, width in LINE_SIZES.values()}
SHORTEST_SEAL = 80
"""Hexadecimal digits: no number of a card and no serial is as long."""


def compact(text: str) -> str:
    """What was scanned, without the ends of its lines."""
    return "".join(text.split()).upper()


def part_of(text: str) -> str:
    """Which part of a card reads so: mrz, seal (hexadecimal), or barcode, which a number or serial also looks like."""
    if len(text) in WIDTHS and "<" in text:
        return "mrz"
    is_hexadecimal = len(text) >= SHORTEST_SEAL and set(text) <= set("0123456789ABCDEF")
    return "seal" if is_hexadecimal else "barcode"


def adds_up(zone: str) -> bool:
    """Whether the check digits of a whole zone are right."""
    width = WIDTHS[len(zone)]
    try:
        Mrz.parse([zone[at : at + width] for at in range(0, len(zone), width)])
    except MrzError:
        return False
    return True


@dataclass
class InHand:
    """The card in the officer's hand and what was read of it, as the page carries it from scan to scan, signed.

    `document` is its id, "" for none; `number` that by which it was known, "" by its serial. `doubted` is a zone that
    did not add up, or a rejection, until it is scanned a second time.
    """

    document: str = ""
    number: str = ""
    doubted: str = ""
    parts: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Value and method of each part that was read."""

    def keep(self, reading: Reading) -> None:
        """A part was read; the last reading of it counts."""
        self.parts[reading.part] = (reading.value, reading.method)

    def readings(self) -> list[Reading]:
        """Everything that was read."""
        return [Reading(part, value, method) for part, (value, method) in self.parts.items()]

    def is_second(self, said: str) -> bool:
        """Whether the same was said just before."""
        before, self.doubted = self.doubted, said
        return before == said

    def dumped(self) -> str:
        """As the page carries it."""
        return json.dumps(asdict(self))

    @classmethod
    def loaded(cls, text: str) -> InHand:
        """What `dumped` made."""
        return cls(**json.loads(text))
