"""DG2 in both encodings, against bytes laid out as the standards and ICAO's sample have them, and broken files."""

from __future__ import annotations

import io
import random

import pytest
from PIL import Image

from printing.chip.facial_image import MOST_BYTES, SIZE, Encoding, dg2, for_chip, parse_dg2
from printing.chip.lds import LdsError
from printing.errors import PortraitError
from tests import faces


def picture(kind: str = "JPEG", size: tuple[int, int] = (35, 45), mode: str = "RGB") -> bytes:
    output = io.BytesIO()
    Image.new(mode, size, 127).save(output, kind)
    return output.getvalue()


SMALL = picture()


def tag(head: str, *values: bytes) -> bytes:
    """A data object with its length in three bytes or one; not the product's writer."""
    body = b"".join(values)
    return bytes.fromhex(head) + (b"\x82" + len(body).to_bytes(2) if len(body) > 255 else bytes((len(body),))) + body


def file(block: bytes, kind: str, count: int = 1) -> bytes:
    header = bytes.fromhex("A108870201018802" + kind)
    return tag("75", tag("7F61", bytes((2, 1, count)), tag("7F60", header, block)))


def record(image: bytes, faces_in_it: int = 1, landmarks: int = 0, version: bytes = b"010\0") -> bytes:
    """ISO/IEC 19794-5:2005 as BSI TR-03105-5.1, 8.2.1, lays it out: full frontal, all else unspecified."""
    points = bytes(8 * landmarks)
    size = 20 + len(points) + 12 + len(image)
    information = size.to_bytes(4) + landmarks.to_bytes(2) + bytes(14)
    about = bytes((1, 0)) + bytes.fromhex("0023002D") + b"\x01" + bytes(5)
    return b"FAC\0" + version + (14 + size).to_bytes(4) + faces_in_it.to_bytes(2) + information + points + about + image


def blocks(image: bytes, *more: bytes) -> bytes:
    """The nesting of ICAO's sample of the application profile, with mandatory fields alone unless `more` are given."""
    information = tag("A1", bytes.fromhex("A003800102"), *more)
    faces_in_it = tag("A1", tag("30", b"\x80\x01\x00", tag("A1", tag("A0", tag("A0", tag("80", image), information)))))
    return tag("A1", tag("65", bytes.fromhex("A007800103810207E3"), faces_in_it))


def test_19794_5_byte_for_byte() -> None:
    assert dg2(SMALL) == file(tag("5F2E", record(SMALL)), "0008")


def test_39794_5_byte_for_byte() -> None:
    more = (bytes.fromhex("A103800100"), bytes.fromhex("A70680012381012D"), bytes.fromhex("A903800102"))
    assert dg2(SMALL, "39794-5") == file(tag("7F2E", blocks(SMALL, *more)), "002A")


def test_icaos_mandatory_fields_alone_are_read() -> None:
    found = parse_dg2(file(tag("7F2E", blocks(SMALL)), "002A"))
    assert (found.encoding, found.format, found.width, found.height) == ("39794-5", "JPEG", 35, 45)
    assert found.image == SMALL


@pytest.mark.parametrize("encoding", ["19794-5", "39794-5"])
@pytest.mark.parametrize("kind", ["JPEG", "JPEG2000"])
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_what_is_written_is_read(encoding: Encoding, kind: str, mode: str) -> None:
    image = picture(kind, (420, 540), mode)
    found = parse_dg2(dg2(image, encoding))
    assert (found.encoding, found.format, found.width, found.height, found.image) == (encoding, kind, 420, 540, image)


def test_a_record_with_landmarks_and_one_with_two_faces() -> None:
    assert parse_dg2(file(tag("5F2E", record(SMALL, landmarks=2)), "0008")).image == SMALL
    two = record(SMALL, faces_in_it=2) + record(SMALL)[14:]
    two = two[:8] + len(two).to_bytes(4) + two[12:]
    assert parse_dg2(file(tag("5F2E", two), "0008")).image == SMALL


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "not one complete data object where tag 75"),
        (tag("75", tag("7F61", b"\x02\x01\x00")), "another number of faces"),
        (file(tag("5F2E", record(SMALL)), "0008", count=2), "another number of faces"),
        (file(tag("5F2F", record(SMALL)), "0008"), "no data block"),
        (file(tag("5F2E", b"FAC"), "0008"), "ends within the headers"),
        (file(tag("5F2E", record(SMALL, version=b"020\0")), "0008"), "no record of ISO/IEC 19794-5:2005"),
        (file(tag("5F2E", record(SMALL, faces_in_it=0)), "0008"), "no record of"),
        (file(tag("5F2E", record(b"GIF89a")), "0008"), "no JPEG and no JPEG 2000"),
        (file(tag("5F2E", record(b"")), "0008"), "no JPEG and no JPEG 2000"),
        (file(tag("5F2E", record(SMALL).replace(b"\x00\x00\x00\x00\x00\x00", b"\xff" * 6, 1)), "0008"), "DG2"),
        (file(tag("7F2E", tag("A1", tag("65", b""))), "002A"), "lacks a field A1"),
        (file(tag("7F2E", blocks(b"\xff\xd8\xff")), "002A"), "no JPEG and no JPEG 2000"),
    ],
)
def test_malformed_files_are_named(data: bytes, message: str) -> None:
    with pytest.raises(LdsError, match=message) as caught:
        parse_dg2(data)
    assert caught.value.data_group == "DG2"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (file(tag("5F2E", record(SMALL)), "002A"), ["of another format than its data block"]),
        (file(tag("7F2E", blocks(SMALL)), "0008"), ["of another format than its data block"]),
        (file(tag("5F2E", record(SMALL) + b"\0"), "0008"), ["that says it has"]),
        (file(tag("5F2E", record(SMALL)), "0008"), []),
    ],
)
def test_what_is_odd_is_noted(data: bytes, said: list[str]) -> None:
    notes: list[str] = []
    assert parse_dg2(data, notes.append).image.startswith(SMALL)
    assert [any(one in note for one in said) for note in notes] == [True] * len(said)


@pytest.mark.parametrize("image", [b"", b"\x89PNG", picture("PNG"), picture(size=(2001, 2000)), SMALL + bytes(66_000)])
def test_what_is_no_picture_for_a_chip_is_refused(image: bytes) -> None:
    with pytest.raises(LdsError, match=r"^DG2 "):
        dg2(image)


def test_the_portrait_for_a_chip_is_small_and_always_the_same() -> None:
    made = for_chip(faces.portrait())
    assert made == for_chip(faces.portrait())
    assert 12_000 < len(made) <= MOST_BYTES
    with Image.open(io.BytesIO(made)) as opened:
        assert (opened.format, opened.size, opened.mode) == ("JPEG", SIZE, "RGB")
        assert opened.info["dpi"] == (300, 300)
        assert "comment" not in opened.info


def test_a_small_portrait_is_never_scaled_up() -> None:
    with Image.open(io.BytesIO(for_chip(picture(size=(357, 459))))) as opened:
        assert opened.size == (357, 459)
    with pytest.raises(PortraitError):
        for_chip(picture(size=(350, 450)))


def test_a_portrait_that_is_all_noise_is_refused() -> None:
    noise = Image.frombytes("RGB", (490, 630), random.Random(1).randbytes(490 * 630 * 3))
    output = io.BytesIO()
    noise.save(output, "PNG")
    with pytest.raises(LdsError, match="cannot hold this portrait in 15000 bytes"):
        for_chip(output.getvalue())
