"""Kinds of files by their content, and the photos of phones that are read where there is a decoder."""

import io
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, features

from printing.errors import PortraitError
from printing.portraits import files
from printing.portraits.portrait import decode, read_portrait
from tests.counterparts import missing
from tests.faces import portrait

# Written once by the encoder of pillow-heif from a drawn portrait of 600 x 800, with the name of a camera in its EXIF.
HEIC = Path(__file__).with_name("drawn.heic").read_bytes()


def _avif(**options):
    output = io.BytesIO()
    Image.open(io.BytesIO(portrait())).resize((600, 800)).save(output, "AVIF", **options)
    return output.getvalue()


def _like(master, drawn):
    small = [Image.open(io.BytesIO(each)).convert("L").resize((60, 80)) for each in (master, drawn)]
    return np.abs(np.asarray(small[0], float) - np.asarray(small[1], float)).mean()


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "HEIC"),
        (b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic", "HEIC"),
        (b"\0\0\0\x18ftypmif1\0\0\0\0mif1avif", "AVIF"),
        (b"\0\0\0\x20ftypavif\0\0\0\0", "AVIF"),
        (b"\0\0\0\x18ftypmp42\0\0\0\0isommp42", ""),
        (b"\xff\xd8\xff\xe0", "JPEG"),
        (b"\x89PNG\r\n\x1a\n", "PNG"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "WebP"),
        (b"RIFF\0\0\0\0WAVEfmt ", ""),
        (b"  <svg/>", "SVG"),
        (b"", ""),
    ],
)
def test_a_file_is_told_by_its_content(data, kind):
    assert files.kind(data) == kind


def test_an_avif_is_read_and_leaves_nothing_of_its_phone():
    if not features.check("avif"):
        missing("This Pillow reads no AVIF. `make test` installs one that does.")
    exif = Image.Exif()
    exif[0x010F] = "Secret Camera"
    exif.get_ifd(0x8825)[1] = "N"
    master = read_portrait(_avif(exif=exif.tobytes())).master
    assert _like(master, portrait()) < 4
    assert b"Secret" not in master
    assert not Image.open(io.BytesIO(master)).getexif()


def test_a_heic_is_read_and_leaves_nothing_of_its_phone():
    if not find_spec("pi_heif"):
        missing("No pi-heif (requirements-photo.txt): it reads HEIC. `make test` installs it.")
    assert b"Secret" in HEIC
    master = read_portrait(HEIC).master
    assert _like(master, portrait()) < 4
    assert b"Secret" not in master
    with pytest.raises(PortraitError, match="damaged or cut off"):
        read_portrait(HEIC[:4000])


@pytest.mark.parametrize("kind", ["HEIC", "AVIF"])
def test_where_there_is_no_decoder_it_is_named_with_what_to_do(monkeypatch, kind):
    monkeypatch.setattr(files, "taken", lambda: files.PLAIN)
    data = {"HEIC": HEIC, "AVIF": b"\0\0\0\x20ftypavif\0\0\0\0"}[kind]
    with pytest.raises(PortraitError, match=f"is a {kind} photo. Save it as JPEG.*Most Compatible"):
        read_portrait(data)


def test_what_a_stranger_sends_meets_no_decoder_of_phones():
    """The public page reads JPEG and PNG alone, whatever is installed."""
    with pytest.raises(PortraitError, match="is a HEIC photo"):
        decode(HEIC)


def test_an_avif_that_is_cut_off_is_refused():
    data = _avif()
    for length in (40, 200, len(data) // 2):
        with pytest.raises(PortraitError, match="damaged or cut off"):
            read_portrait(data[:length])
