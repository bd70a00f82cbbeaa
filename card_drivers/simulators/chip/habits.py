"""Habits of real chips and readers that a virtual chip can be given: each has cost somebody a document's reading.

Sources are bug reports of other readers (gmrtd, NFCPassportReader, CIE middleware) and the clauses that they break or
stretch: ISO 7816-4, 5.3.4 and 11.3.3; Doc 9303-10, 3.6.4; Doc 9303-11, 9.8.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from card_drivers.chips.apdu import SHORT, CardLimits, Command, StatusWord


@dataclass(frozen=True)
class Habit:
    """How a chip answers READ BINARY, and what really fits between it and the reader.

    `most` is the largest Le it takes, `too_much` its status word for more, `at_end` the one for bytes beyond the end of
    a file (0x6C00: with how many there are). `takes` are the lengths that go through whatever is announced.
    `unprotected`: it forgets the secure channel when it refuses.
    """

    most: int | None = None
    too_much: int = StatusWord.WRONG_LENGTH
    at_end: int | None = None
    takes: CardLimits | None = None
    unprotected: bool = False

    def refusal(self, expect: int, left: int) -> int | None:
        """The status word for so large an Le with so many bytes left in the file; None when it is answered."""
        if self.most is not None and expect > self.most:
            return self.too_much
        if self.at_end is not None and expect > left:
            return self.at_end | left & 0xFF if self.at_end == 0x6C00 else self.at_end
        return None

    def goes_through(self, command: Command, apdu: bytes) -> bool:
        """Whether this command APDU and the answer that it asks for fit between reader and chip."""
        takes = self.takes
        return takes is None or (len(apdu) <= takes.command and (command.expect or 0) <= takes.response_room)


POLITE = Habit()
HABITS: Mapping[str, Habit] = {
    "": POLITE,
    "le-192": Habit(most=192),
    "le-160": Habit(most=160),
    "le-128": Habit(most=128),
    "le-192-no-diagnosis": Habit(most=192, too_much=StatusWord.NO_DIAGNOSIS),
    "le-160-unprotected": Habit(most=160, unprotected=True),
    "end-wrong-offset": Habit(at_end=StatusWord.WRONG_OFFSET),
    "end-warning-without-data": Habit(at_end=StatusWord.END_OF_FILE),
    "end-right-length": Habit(at_end=0x6C00),
    "announces-more": Habit(takes=SHORT),
    "takes-short-le-only": Habit(most=256),
}
"""By name, as `State.habit` has it; "" is a polite chip."""
