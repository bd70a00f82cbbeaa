"""DG2, the face for machines (Doc 9303-10, 4.7.2): one picture in a biometric information template, as a record of
ISO/IEC 19794-5:2005 (to be issued until 2029) or of ISO/IEC 39794-5 (from 2030 on; 4.5.6), written and read.

Records are as sparse as both standards allow: what is not known of a face is not claimed. The picture is a JPEG or a
JPEG 2000; its size and kind are read from itself.
"""

from __future__ import annotations

import io
import struct
from bisect import bisect_left
from dataclasses import dataclass
from functools import cache
from typing import Literal

from PIL import Image

from printing.chip import tlv
from printing.chip.tlv import DataObject, LdsError, Note, unnoted
from printing.portraits import crops, portrait

Encoding = Literal["19794-5", "39794-5"]

SIZE = (413, 531)
"""Pixels of the portrait made for a chip: 35 x 45 mm at 300 dpi, as in ICAO's own samples."""

MOST_BYTES = 15_000
"""Bytes of the portrait made for a chip; below 12 kB faces begin to be recognised worse (ICAO's trials)."""

MAX_PIXELS = 4_000_000
"""The largest picture that is put into a DG2 or accepted from one."""

_QUALITIES = range(92, 22, -2)
_DG2, _GROUP, _COUNT, _TEMPLATE, _HEADER = 0x75, 0x7F61, 0x02, 0x7F60, 0xA1
_OWNER, _TYPE = DataObject(0x87, b"\x01\x01"), 0x88  # ISO/IEC JTC 1/SC 37
_BLOCKS: dict[Encoding, tuple[int, bytes]] = {"19794-5": (0x5F2E, b"\x00\x08"), "39794-5": (0x7F2E, b"\x00\x2a")}
"""Tag of the data block (table 1 of 4.5.6) and format type, by the standard of the record."""

_FORMATS = {"JPEG": (0, 2), "JPEG2000": (1, 3)}
"""Image data type of 19794-5 (5.7.2), image data format of 39794-5, by Pillow's name."""

_RECORD = struct.Struct(">4s4sIH")  # 19794-5, 5.4: format, version, length, number of faces
_FACE = struct.Struct(">IHBBB3sH3s3s")  # 5.5: length, landmarks, sex, eyes, hair, features, expression, pose twice
_IMAGE = struct.Struct(">BBHHBBHH")  # 5.7: kind, data type, width, height, colours, source, device, quality
_LANDMARK_SIZE = 8
_FULL_FRONTAL = 1
_GENERATION, _YEAR, _MRTD = 3, 2019, 0  # 39794-5: version block, kind of face image


@dataclass(frozen=True)
class FacialImage:
    """The picture in a DG2: which record it is in, "JPEG" or "JPEG2000", its size in pixels, its bytes."""

    encoding: Encoding
    format: str
    width: int
    height: int
    image: bytes


def dg2(image: bytes, encoding: Encoding = "19794-5") -> bytes:
    """The complete file EF.DG2 with this picture (JPEG or JPEG 2000). LdsError for another or a too large one."""
    kind, width, height, colours = _look(image)
    record = (_record_19794 if encoding == "19794-5" else _record_39794)(image, kind, width, height, colours)
    tag, format_type = _BLOCKS[encoding]
    header = tlv.encode(_HEADER, tlv.encode(*_OWNER), tlv.encode(_TYPE, format_type))
    group = tlv.encode(_GROUP, tlv.encode(_COUNT, b"\x01"), tlv.encode(_TEMPLATE, header, tlv.encode(tag, record)))
    data = tlv.encode(_DG2, group)
    if len(data) > tlv.MAX_FILE:
        raise LdsError("DG2", f"would have {len(data)} bytes, at most {tlv.MAX_FILE} fit: give a smaller picture")
    return data


def parse_dg2(data: bytes, note: Note = unnoted) -> FacialImage:
    """The first picture in a complete file EF.DG2, which is the most recent one (4.7.2), noting what is odd; LdsError
    when it is malformed.

    Kind and size are those of the picture, which is not decoded: what records say of them errs even in ICAO's samples.
    """
    group = tlv.decode(tlv.value(tlv.value(data, _DG2, "DG2"), _GROUP, "DG2"), "DG2")
    templates = [one.value for one in group[1:] if one.tag == _TEMPLATE]
    if not group or group[0] != (_COUNT, bytes((len(group) - 1,))) or not 0 < len(templates) == len(group) - 1:
        raise LdsError("DG2", "has another number of faces than it says")
    header, *blocks = tlv.decode(templates[0], "DG2") or (DataObject(0, b""),)
    for encoding, (tag, format_type) in _BLOCKS.items():
        if [block.tag for block in blocks] == [tag]:
            _check_header(header, format_type, note)
            record = blocks[0].value
            return _face_19794(record, note) if encoding == "19794-5" else _face_39794(record)
    raise LdsError("DG2", "has no data block 5F2E or 7F2E after its header")


def for_chip(picture: bytes) -> bytes:
    """The portrait for a chip from the one for print: cropped to 7:9, at most 413 x 531 pixels, a JPEG of at most
    15,000 bytes in the best quality that fits; the same bytes each time.

    PortraitError for what is no portrait, LdsError for one so noisy that no quality fits.
    """
    decoded = portrait.decode(picture, SIZE[0])
    crop = crops.widest_crop(*decoded.size)
    if crop.width < crops.MIN_CROP:
        crops.check_crop(crop, *decoded.size)
    part = decoded.crop(crop.box)
    if part.width > SIZE[0]:
        part = part.resize(SIZE, Image.Resampling.LANCZOS)
    made = cache(lambda quality: _jpeg(part, quality))
    best = bisect_left(_QUALITIES, True, key=lambda quality: len(made(quality)) <= MOST_BYTES)
    if best == len(_QUALITIES):
        raise LdsError("DG2", f"cannot hold this portrait in {MOST_BYTES} bytes: take it again, on a plain ground")
    return made(_QUALITIES[best])


def _jpeg(picture: Image.Image, quality: int) -> bytes:
    output = io.BytesIO()
    picture.info.clear()  # Pillow would carry comments over
    picture.save(output, "JPEG", quality=quality, subsampling="4:2:0", optimize=True, dpi=(300, 300))
    return output.getvalue()


def _look(image: bytes) -> tuple[str, int, int, str]:
    """Pillow's name of the picture's format, its width and height, and its colours, without decoding it."""
    try:
        with Image.open(io.BytesIO(image), formats=["JPEG", "JPEG2000"]) as opened:
            kind, (width, height), colours = str(opened.format), opened.size, opened.mode
    except Exception:  # whatever a malformed file leads Pillow's readers to
        raise LdsError("DG2", "holds no JPEG and no JPEG 2000 picture") from None
    if not 0 < width * height <= MAX_PIXELS or max(width, height) > 0xFFFF:
        raise LdsError("DG2", f"holds a picture of more than {MAX_PIXELS} pixels")
    return kind, width, height, colours


def _read(encoding: Encoding, image: bytes) -> FacialImage:
    kind, width, height, _ = _look(image)
    return FacialImage(encoding, kind, width, height, image)


def _check_header(header: DataObject, format_type: bytes, note: Note) -> None:
    if header.tag != _HEADER:
        raise LdsError("DG2", "has no biometric header before its data block")
    if not {_OWNER, (_TYPE, format_type)} <= set(tlv.decode(header.value, "DG2")):
        note("DG2 has a biometric header of another format than its data block")


def _record_19794(image: bytes, kind: str, width: int, height: int, colours: str) -> bytes:
    length = _FACE.size + _IMAGE.size + len(image)
    space = {"RGB": 1, "L": 3}.get(colours, 0)
    return b"".join(
        (
            _RECORD.pack(b"FAC\0", b"010\0", _RECORD.size + length, 1),
            _FACE.pack(length, 0, 0, 0, 0, bytes(3), 0, bytes(3), bytes(3)),
            _IMAGE.pack(_FULL_FRONTAL, _FORMATS[kind][0], width, height, space, 0, 0, 0),
            image,
        )
    )


def _face_19794(record: bytes, note: Note) -> FacialImage:
    """The first face. Where the record's own length errs, as that of some states does, the data object's counts."""
    try:
        name, version, length, faces = _RECORD.unpack_from(record)
        size, landmarks, *_ = _FACE.unpack_from(record, _RECORD.size)
    except struct.error:
        raise LdsError("DG2", "ends within the headers of its record") from None
    if (name, version) != (b"FAC\0", b"010\0") or not faces:
        raise LdsError("DG2", "holds no record of ISO/IEC 19794-5:2005")
    start, end = _RECORD.size + _FACE.size + _LANDMARK_SIZE * landmarks + _IMAGE.size, _RECORD.size + size
    if length != len(record):
        note(f"DG2 holds a record of {len(record)} bytes that says it has {length}")
    if faces == 1:
        if end not in (len(record), length):
            note(f"DG2 holds a face of {len(record) - _RECORD.size} bytes that says it has {size}")
        end = len(record)
    if not start <= end <= len(record):
        raise LdsError("DG2", "holds a face that is longer than its record")
    return _read("19794-5", record[start:end])


def _record_39794(image: bytes, kind: str, width: int, height: int, colours: str) -> bytes:
    """The blocks of 39794-5 (its ASN.1: tags implicit, those of a choice explicit) that say which picture it is."""
    size = tlv.encode(0xA7, tlv.encode(0x80, _integer(width)), tlv.encode(0x81, _integer(height)))
    space = {"RGB": [_code(0xA9, 2)], "L": [_code(0xA9, 5)]}.get(colours, [])
    information = tlv.encode(0xA1, _code(0xA0, _FORMATS[kind][1]), _code(0xA1, _MRTD), size, *space)
    picture = tlv.encode(0xA0, tlv.encode(0xA0, tlv.encode(0x80, image), information))
    face = tlv.encode(0x30, tlv.encode(0x80, _integer(0)), tlv.encode(0xA1, picture))
    version = tlv.encode(0xA0, tlv.encode(0x80, _integer(_GENERATION)), tlv.encode(0x81, _integer(_YEAR)))
    return tlv.encode(0xA1, tlv.encode(0x65, version, tlv.encode(0xA1, face)))


def _face_39794(record: bytes) -> FacialImage:
    block = tlv.value(tlv.value(record, 0xA1, "DG2"), 0x65, "DG2")
    face = tlv.value(_within(block, 0xA1), 0x30, "DG2")  # exactly one representation (application profile for eMRTDs)
    picture = _within(_within(_within(face, 0xA1), 0xA0), 0xA0)
    return _read("39794-5", _within(picture, 0x80))


def _within(block: bytes, tag: int) -> bytes:
    """The value of the field with this tag."""
    found = next((one.value for one in tlv.decode(block, "DG2") if one.tag == tag), None)
    if found is None:
        raise LdsError("DG2", f"lacks a field {tag:02X} of ISO/IEC 39794-5")
    return found


def _code(tag: int, code: int) -> bytes:
    """A choice of a code (and not of an extension)."""
    return tlv.encode(tag, tlv.encode(0x80, _integer(code)))


def _integer(number: int) -> bytes:
    """A number that is not negative, as the value of an INTEGER or ENUMERATED."""
    return number.to_bytes(number.bit_length() // 8 + 1)
