"""The files of an eMRTD chip (Doc 9303-10, section 3.6), read with what lengths the chip in the field really takes.

Chips are not polite: some take no Le above 128, 160 or 192, some answer an error instead of the last bytes when more is
asked than there is, some announce lengths that they or the reader do not take. So the header of a file is read first,
then exactly what it says, in shorter and shorter parts where the chip refuses a length.
"""

from __future__ import annotations

from card_drivers.chips import tlv
from card_drivers.chips.apdu import LONGEST_EXPECT, SHORT_EXPECT, Card, Command, StatusWord
from card_drivers.device import ChipError
from card_drivers.troubles import Trouble

FILES = {"COM": 0x011E, "SOD": 0x011D, "CardAccess": 0x011C} | {
    f"DG{number}": 0x0100 + number for number in range(1, 17)
}
LONGEST = 0xFFFF  # bytes of a file
ODD = 0x8000  # first offset that needs the odd instruction (section 3.6.6)
HEADER = 4  # bytes that hold tag and length of every file of a chip
LADDER = (224, 192, 160, 128, 96, 64, 32)  # bytes to ask for when a chip takes no more
SPARE = 8  # answers for one file that may be shorter than the last rung
AGAIN = Trouble.of("chip-again")


def select_file(fid: int) -> Command:
    """SELECT an elementary file of the application (section 3.6.2)."""
    return Command(0x00, 0xA4, 0x02, 0x0C, fid.to_bytes(2, "big"))


class FileReader:
    """Reads files of the selected application or of the MF, and remembers which lengths the card takes.

    By short identifier, as Doc 9303-10 section 3.6.3 recommends; a card that does not know these is asked by SELECT.
    `most` is how many bytes to ask for at once.
    """

    def __init__(self, card: Card, short_identifiers: bool = True, most: int = LONGEST_EXPECT) -> None:
        self._card = card
        self._short = short_identifiers
        self._most = most

    def read(self, name: str, length: int | None = None) -> bytes | None:
        """A whole file, of `length` bytes or as long as its own header says; None when it is not there or closed.

        ChipError when the chip refuses, or its header says more than it has.
        """
        data = self._begin(name, HEADER if length is None else min(length, self._most, self._card.response_room))
        if data is None:
            return None
        total = _length(name, data) if length is None else length
        spare = SPARE
        while len(data) < total:
            part = self._part(f"read {name} at {len(data)}", len(data), total - len(data))
            spare -= len(part) < min(LADDER[-1], total - len(data))
            data += part
            if spare < 0:
                raise ChipError("chip-file-short", f"read {name}", StatusWord.OK)
        return data[:total]

    def _begin(self, name: str, expect: int) -> bytes | None:
        """The first bytes of a file, by which it is selected."""
        data, sw = self._first(FILES[name], expect)
        if expect > HEADER and _is_too_much(data, sw):
            data, sw = self._first(FILES[name], HEADER)
        if sw in (StatusWord.NOT_FOUND, StatusWord.SECURITY_STATUS):
            return None
        if sw not in (StatusWord.OK, StatusWord.END_OF_FILE):
            raise ChipError(AGAIN, f"read {name}", sw)
        return data

    def _first(self, fid: int, expect: int) -> tuple[bytes, int]:
        if self._short:
            data, sw = self._card.transmit(Command(0, 0xB0, 0x80 | fid & 0x1F, 0, expect=expect).encode())
            if sw not in (
                StatusWord.WRONG_INS,
                StatusWord.CONDITIONS,
                StatusWord.NO_CURRENT_FILE,
                StatusWord.WRONG_P1P2,
            ):
                return data, sw
            self._short = False
        data, sw = self._card.transmit(select_file(fid).encode())
        return self._card.transmit(_read_binary(0, expect).encode()) if sw == StatusWord.OK else (data, sw)

    def _part(self, step: str, offset: int, wanted: int) -> bytes:
        """Some of the bytes that are wanted, at least one: fewer are asked for until the chip gives them."""
        most = self._most
        while True:
            asked = min(most, self._card.response_room - (4 if offset >= ODD else 0), wanted)
            data, sw = self._card.transmit(_read_binary(offset, asked).encode())
            if data:
                self._most = most
                return _inside(step, data) if offset >= ODD else data
            lower = self._lower(asked) if _is_too_much(data, sw) else None
            if lower is None:
                ended = sw in (StatusWord.OK, StatusWord.END_OF_FILE, StatusWord.WRONG_OFFSET)
                raise ChipError("chip-file-short" if ended else AGAIN, step, sw)
            most = lower

    def _lower(self, asked: int) -> int | None:
        """How many bytes to ask for when so many are refused; None when there is no less."""
        if asked > SHORT_EXPECT:
            self._card.shorten()
            return SHORT_EXPECT
        return next((rung for rung in LADDER if rung < asked), None)


def _is_too_much(data: bytes, sw: int) -> bool:
    """Whether an answer may mean that Le was too large: chips have many ways to say so."""
    said = (StatusWord.WRONG_LENGTH, StatusWord.NO_DIAGNOSIS, StatusWord.WRONG_OFFSET, StatusWord.END_OF_FILE)
    return not data and (sw in said or sw >> 8 == 0x6C)


def _read_binary(offset: int, expect: int) -> Command:
    """READ BINARY; beyond 32,767 bytes the odd one, whose answer is in DO'53'."""
    if offset < ODD:
        return Command(0, 0xB0, offset >> 8, offset & 0xFF, expect=expect)
    place = tlv.encode(0x54, offset.to_bytes(2, "big"))
    return Command(0, 0xB1, 0, 0, place, expect=len(tlv.encode(0x53, bytes(expect))))


def _inside(step: str, answer: bytes) -> bytes:
    try:
        data = tlv.require(answer, 0x53)
    except tlv.TlvError as error:
        raise ChipError("chip-answer-unreadable", step, StatusWord.OK).because(error) from error
    if not data:
        raise ChipError("chip-file-short", step, StatusWord.OK)
    return data


def _length(name: str, head: bytes) -> int:
    """The length of a whole file from its first bytes (ISO 7816-4 section 5.2.2)."""
    try:
        length, _ = tlv.measure(head)
    except tlv.TlvError as error:
        raise ChipError("chip-file-length", f"read {name}", StatusWord.OK).because(error) from error
    if length > LONGEST:
        raise ChipError("chip-file-too-long", f"read {name}", StatusWord.OK, bytes=length)
    return length
