"""JPEG files by their markers: what is the picture, what only comes along, and which codings are refused by name."""

import io
import random
import struct

import pytest
from PIL import Image

from printing.errors import PortraitError
from printing.portraits import jpeg
from printing.portraits.portrait import decode, read_portrait
from tests.faces import portrait


def _saved(**options):
    output = io.BytesIO()
    Image.open(io.BytesIO(portrait())).resize((480, 640)).save(output, "JPEG", **options)
    return output.getvalue()


def _segment(marker, body):
    return bytes((0xFF, marker)) + struct.pack(">H", len(body) + 2) + body


def _before_the_frame(data, inserted):
    at = data.index(b"\xff\xdb")
    return data[:at] + inserted + data[at:]


PLAIN = _saved()


def test_a_picture_and_nothing_else_is_itself():
    read = jpeg.read(PLAIN)
    assert (read.bare, read.described, read.exif, read.profile) == (PLAIN, PLAIN, b"", b"")
    assert read.frame == jpeg.plain_frame(PLAIN) == (480, 640, 3)


@pytest.mark.parametrize(
    "along",
    [
        _segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta/>"),
        _segment(0xE2, b"MPF\0MM\0*" + bytes(80)),
        _segment(0xED, b"Photoshop 3.0\0" + b"\xff\xd9\xff\xda" * 50),
        _segment(0xFE, b"at home"),
        _segment(0xE0, b"JFXX\0\x10" + PLAIN[:60_000]),
        b"".join(_segment(0xEB, bytes(60_000)) for _ in range(40)),
    ],
    ids=["XMP", "MPF", "Photoshop", "comment", "thumbnail", "forty segments"],
)
def test_what_comes_along_is_taken_off(along):
    data = _before_the_frame(PLAIN, along)
    assert jpeg.plain_frame(data) is None
    assert jpeg.read(data).bare == PLAIN
    assert decode(data).tobytes() == decode(PLAIN).tobytes()


@pytest.mark.parametrize(
    "behind",
    [PLAIN, b"\0" * 9, b"\0\0\0\x18ftypmp42" + random.Random(1).randbytes(500_000), b"PK\x03\x04", b"<script>"],
    ids=["a second picture", "zeros", "a film", "an archive", "a page"],
)
def test_what_follows_the_end_is_not_read(behind):
    assert jpeg.plain_frame(PLAIN + behind) is None
    assert jpeg.read(PLAIN + behind).bare == PLAIN


def test_padding_and_restart_markers_are_part_of_a_picture():
    restarts = _saved(restart_marker_blocks=3)
    assert restarts.count(b"\xff\xd3") > 10
    padded = _before_the_frame(restarts, b"\xff" * 7)
    assert decode(padded).tobytes() == decode(restarts).tobytes()
    assert jpeg.read(padded).frame == (480, 640, 3)


def test_orientation_and_colours_reach_the_decoder_and_not_the_paper():
    exif = Image.Exif()
    exif[0x0112] = 6
    data = _saved(exif=exif, icc_profile=b"a profile" * 20_000)
    read = jpeg.read(data)
    assert read.bare == PLAIN
    assert Image.open(io.BytesIO(read.described)).info["icc_profile"] == b"a profile" * 20_000
    assert decode(data).size == (640, 480)


@pytest.mark.parametrize(
    ("frame", "said"),
    [(0xC3, "lossless"), (0xC5, "hierarchical"), (0xC9, "arithmetic-coded"), (0xCA, "arithmetic-coded"),
     (0xCB, "arithmetic-coded"), (0xDE, "hierarchical"), (0xF7, "lossless")],
)  # fmt: skip
def test_codings_that_few_programs_read_are_named(frame, said):
    with pytest.raises(PortraitError, match=f"{said}.*Save it anew") as caught:
        read_portrait(PLAIN.replace(b"\xff\xc0", bytes((0xFF, frame))))
    assert "ordinary JPEG" in str(caught.value)


def test_more_than_8_bits_are_named():
    with pytest.raises(PortraitError, match="more than 8 bits"):
        read_portrait(PLAIN.replace(b"\xff\xc0\x00\x11\x08", b"\xff\xc1\x00\x11\x0c"))


@pytest.mark.parametrize(
    "data",
    [PLAIN[:-2], PLAIN[:-1], PLAIN[:300], b"\xff\xd8\xff", b"\xff\xd8\xff\xd9", b"\xff\xd8\xff\xc0\x00\x02\xff\xd9"],
    ids=["no end", "half an end", "a header", "a start", "nothing in it", "an empty frame"],
)
def test_a_cut_file_is_refused(data):
    assert jpeg.plain_frame(data) is None
    with pytest.raises(PortraitError, match="damaged or cut off"):
        jpeg.read(data)


def test_a_million_segments_are_refused_at_once():
    with pytest.raises(PortraitError, match="unusual way"):
        jpeg.read(_before_the_frame(PLAIN, b"\xff\xeb\x00\x02" * 1_000_000))
