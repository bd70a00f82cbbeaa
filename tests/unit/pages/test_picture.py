"""Portraits on a page: a good JPEG passes byte by byte, everything else is made one or refused by name."""

import io
import struct

import numpy as np
import pytest
from PIL import Image, ImageCms

from printing.errors import PortraitError
from printing.faces.compose import compose, rasterise
from printing.pages import pdf, picture
from tests import faces


def jpeg(mode="RGB", size=(600, 800), **options):
    output = io.BytesIO()
    Image.linear_gradient("L").resize(size).convert(mode).save(output, "JPEG", **options)
    return output.getvalue()


SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def exif(orientation):
    data = Image.Exif()
    data[0x0112] = orientation
    return data.tobytes()


@pytest.mark.parametrize(
    ("data", "colours"),
    [
        (jpeg(), "DeviceRGB"),
        (jpeg("L"), "DeviceGray"),
        (jpeg(progressive=True), "DeviceRGB"),
    ],
    ids=["rgb", "grey", "progressive"],
)
def test_a_whole_jpeg_passes_untouched(data, colours):
    bitmap = picture.photograph(data)
    assert (bitmap.data, bitmap.encoding, bitmap.colours, bitmap.pixels) == (data, "DCTDecode", colours, (600, 800))
    person = faces.content(portrait=data)
    assert data in compose(person, faces.RESIDENCE_PERMIT, specimen=False)[0].combined


@pytest.mark.parametrize(
    "data",
    [jpeg(exif=exif(1), comment=b"at home"), jpeg() + b"appended", jpeg() + jpeg(), jpeg(xmp=b"<x:xmpmeta/>")],
    ids=["upright", "something behind it", "a second picture", "XMP"],
)
def test_what_describes_a_jpeg_is_taken_off_without_decoding_it(data):
    bitmap = picture.photograph(data)
    assert bitmap.data == jpeg()


@pytest.mark.parametrize(
    "data",
    [jpeg(exif=exif(6)), jpeg(icc_profile=SRGB), jpeg("CMYK")],
    ids=["turned", "with a profile", "CMYK"],
)
def test_an_unusual_jpeg_is_made_a_usual_one(data):
    bitmap = picture.photograph(data)
    assert bitmap.data != data
    assert bitmap.colours == "DeviceRGB"
    with Image.open(io.BytesIO(bitmap.data)) as again:
        assert (again.mode, again.size) == ("RGB", bitmap.pixels)
        assert again.width * 9 == again.height * 7


def sixteen_bits():
    output = io.BytesIO()
    Image.fromarray(np.tile(np.linspace(0, 65535, 600).astype(np.uint16), (800, 1))).save(output, "PNG")
    return output.getvalue()


def claiming(width, height):
    """A JPEG of which the header claims another size."""
    data = jpeg()
    at = data.index(b"\xff\xc0") + 5
    return data[:at] + struct.pack(">HH", height, width) + data[at + 4 :]


@pytest.mark.parametrize(
    "data",
    [
        jpeg(size=(1, 1)),
        jpeg(size=(200, 260)),
        claiming(20_000, 20_000),
        claiming(60_000, 1_000),
        jpeg()[:-2],
        jpeg()[: len(jpeg()) // 2],
        jpeg()[:30],
        b"\xff\xd8\xff\xd9",
        b"\xff\xd8" + b"\xff\xe0\x00\x00" * 9 + b"\xff\xd9",
        b"",
        b"%PDF-1.7",
        sixteen_bits()[:200],
    ],
    ids=["1 x 1", "small", "20,000 x 20,000", "60,000 x 1,000", "no end", "half", "a header", "nothing in it",
         "segments without length", "empty", "PDF", "half a PNG"],
)  # fmt: skip
def test_what_cannot_be_a_portrait_is_refused_by_name(data):
    with pytest.raises(PortraitError) as caught:
        picture.photograph(data)
    assert str(caught.value).endswith(".")


@pytest.mark.parametrize("size", [(600, 800), (490, 630), (800, 600)])
def test_a_portrait_fills_its_window_and_is_never_stretched(size):
    window = (10.0, 20.0, 70.0, 90.0)
    (x, y, width, height), shown = picture.placed(size, window)
    assert shown == window
    assert width / height == pytest.approx(size[0] / size[1])
    assert x <= 10 + 1e-9
    assert y <= 20 + 1e-9
    assert x + width >= 80 - 1e-9
    assert y + height >= 110 - 1e-9
    assert min(width - 70, height - 90) == pytest.approx(0, abs=1e-6)


def test_what_juts_out_of_the_window_is_not_printed():
    wide = picture.photograph(jpeg(size=(1200, 800)))
    box, window = picture.placed(wide.pixels, (40.0, 40.0, 35.0, 45.0))
    page = pdf.Drawing(200, 200, (0, 0, 200, 200), (pdf.Picture(wide, box, window),))
    printed = np.asarray(rasterise(pdf.render([page], "x"), 72).convert("L")) < 250
    rows, columns = np.flatnonzero(printed.any(axis=1)), np.flatnonzero(printed.any(axis=0))
    assert (columns[0], columns[-1]) == (40, 74)
    assert rows[0] >= 115
    assert rows[-1] <= 160
