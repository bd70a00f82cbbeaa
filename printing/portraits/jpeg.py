"""JPEG files by their markers (ITU-T T.81, annex B): the picture in one, told from all that comes along with it.

Phones put second pictures, films, depth maps and colour profiles of any size beside and behind a photograph. So markers
are walked, segment by segment: nothing is looked for in what is not the picture, and nothing behind its end is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from printing.errors import PortraitError

START, END = b"\xff\xd8", b"\xff\xd9"
MAX_SCANS = 24  # a progressive JPEG has about ten; thousands are an attack on the decoder's time
MAX_SEGMENTS = 5000  # a picture with all its phone adds has a few hundred

_MARKER = re.compile(rb"\xff([\x01-\xcf\xd8-\xfe])")  # not in compressed data, where FF is followed by 00 or D0 to D7
_FIRST_END = re.compile(END)  # which `re` finds seven times as fast as `bytes.find`
_SCAN, _END, _ALONE = 0xDA, 0xD9, (0x01, 0xD8)
_FRAMES = range(0xC0, 0xD0)
_NO_FRAMES = (0xC4, 0xC8, 0xCC)  # tables of codes, and a marker that is kept for later
_DESCRIBING = (*range(0xE0, 0xF0), 0xFE)  # APP0 to APP15, and a comment
_PLAIN = (0xC0, 0xC1, 0xC2)  # baseline, extended, progressive
_SAVE_ANEW = {
    "arithmetic": "The JPEG is arithmetic-coded, which few programs read. Save it anew as an ordinary JPEG.",
    "lossless": "The JPEG is a lossless one, which few programs read. Save it anew as an ordinary JPEG.",
    "layers": "The JPEG is a hierarchical one, which few programs read. Save it anew as an ordinary JPEG.",
    "deep": "The JPEG has more than 8 bits a colour, which few programs read. Save it anew as an ordinary JPEG.",
}
_CODED = {0xC3: "lossless", 0xF7: "lossless"} | dict.fromkeys((0xC5, 0xC6, 0xC7, 0xDE), "layers")
_UNUSUAL = "The JPEG is built in an unusual way that takes too long to read. Save it anew."
DAMAGED = "The picture is damaged or cut off and cannot be read. Send it again, or take a new one."


class Frame(NamedTuple):
    """What the picture's header says: pixels across and down, colour components."""

    width: int
    height: int
    components: int


@dataclass(frozen=True, slots=True)
class Jpeg:
    """One picture: its frame; its bytes without what describes it and without what follows it; and of what describes
    it the segments of Exif and of the colour profile."""

    frame: Frame
    bare: bytes
    exif: bytes
    profile: bytes

    @property
    def described(self) -> bytes:
        """The picture with its orientation and colours, as a decoder wants it: nothing else is left in it."""
        return START + self.exif + self.profile + self.bare[2:]


def read(data: bytes) -> Jpeg:
    """The first picture of a JPEG file. PortraitError says what to do with one that is cut off or coded unusually."""
    kept, exif, profile, frame = [START], b"", b"", None
    for marker, segment in _segments(data):
        if marker in _CODED:
            raise PortraitError(_SAVE_ANEW[_CODED[marker]])
        if marker in _FRAMES and marker not in _NO_FRAMES:
            frame = frame or _frame(marker, segment)
        if marker == 0xE1 and segment[4:10] == b"Exif\0\0":
            exif = exif or segment
        elif marker == 0xE2 and segment[4:16] == b"ICC_PROFILE\0":
            profile += segment
        elif marker not in _DESCRIBING or _decodes(marker, segment):
            kept.append(segment)
    if frame is None:
        raise PortraitError(DAMAGED)
    return Jpeg(frame, b"".join(kept), exif, profile)


def plain_frame(data: bytes) -> Frame | None:
    """The frame of a JPEG that is nothing but a picture, found without a look at its compressed data; else None.

    Of such a file `read(data).bare` is the file itself.
    """
    at = 2
    while data.startswith(b"\xff", at) and at + 4 <= len(data):
        marker, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        if marker in _PLAIN:
            first = _FIRST_END.search(data, at)
            ends = data.startswith(START) and first is not None and first.end() == len(data)
            plain = ends and length >= 8 and data[at + 4] == 8 and len(data) > at + 10
            return _size(data[at : at + 10]) if plain else None
        if marker < 0xC0 or (marker in _DESCRIBING and not _decodes(marker, data[at : at + 2 + length])):
            return None
        at += 2 + length
    return None


def _segments(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Every marker of the first picture with its bytes, those of a scan with its compressed data, up to its end."""
    scans, place = 0, 2
    for _ in range(MAX_SEGMENTS):
        found = _MARKER.search(data, place)
        if found is None:
            raise PortraitError(DAMAGED)
        marker, begins, place = found[1][0], found.start(), found.end()
        if marker not in (*_ALONE, _END):
            place += max(2, int.from_bytes(data[place : place + 2], "big"))
        if marker == _SCAN:
            scans += 1
            following = _MARKER.search(data, place)
            place = following.start() if following else len(data)
        if scans > MAX_SCANS:
            break
        yield marker, data[begins:place]
        if marker == _END:
            return
    raise PortraitError(_UNUSUAL)


def _decodes(marker: int, segment: bytes) -> bool:
    """Whether a decoder needs a describing segment: JFIF without a small picture, and Adobe's, which tells colours."""
    jfif = marker == 0xE0 and segment[4:9] == b"JFIF\0" and len(segment) == 18
    return jfif or (marker == 0xEE and segment[4:9] == b"Adobe")


def _frame(marker: int, segment: bytes) -> Frame:
    if len(segment) < 10:
        raise PortraitError(DAMAGED)
    if marker not in _PLAIN:
        raise PortraitError(_SAVE_ANEW["arithmetic"])
    if segment[4] != 8:
        raise PortraitError(_SAVE_ANEW["deep"])
    return _size(segment)


def _size(segment: bytes) -> Frame:
    return Frame(int.from_bytes(segment[7:9], "big"), int.from_bytes(segment[5:7], "big"), segment[9])
