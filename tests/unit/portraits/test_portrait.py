"""Portraits: what is taken, what is refused and how, and which part of it is cropped for print."""

import io
import random
import struct
import time
import zlib

import numpy as np
import pytest
from PIL import Image, ImageCms, ImageDraw

from printing.errors import PortraitError
from printing.portraits.colours import Space
from printing.portraits.crops import MIN_CROP, Crop, widest_crop
from printing.portraits.photo_quality import of_file
from printing.portraits.portrait import crop_print, decode, read_portrait
from tests.faces import portrait


def _saved(picture, kind="JPEG", **options):
    output = io.BytesIO()
    picture.save(output, kind, **options)
    return output.getvalue()


def _face(width=900, height=1200):
    return Image.open(io.BytesIO(portrait())).resize((width, height))


def test_the_master_is_4_to_3_and_within_its_size():
    for size in ((900, 1200), (1500, 2200), (2200, 1700), (600, 800), (1201, 901)):
        master = read_portrait(_saved(_face(*size)))
        assert master.height * 3 == master.width * 4
        assert 800 <= master.height <= 1600
        assert Image.open(io.BytesIO(master.master)).size == (master.width, master.height)


def test_a_small_picture_is_never_scaled_up():
    assert read_portrait(_saved(_face(480, 640))).height == 640


def test_png_with_transparency_becomes_white():
    picture = Image.new("RGBA", (900, 1200), (0, 0, 0, 0))
    master = Image.open(io.BytesIO(read_portrait(_saved(picture, "PNG")).master))
    assert master.mode == "RGB"
    assert master.getpixel((450, 600)) == (255, 255, 255)


@pytest.mark.parametrize("mode", ["L", "P", "1"])
def test_other_kinds_of_pixels_become_rgb(mode):
    assert Image.open(io.BytesIO(read_portrait(_saved(_face().convert(mode), "PNG")).master)).mode == "RGB"


def test_the_orientation_of_the_camera_is_applied_and_all_metadata_removed():
    upright = Image.new("RGB", (900, 1200), "white")
    ImageDraw.Draw(upright).rectangle((0, 0, 900, 300), fill="red")
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera lay on its side: turn a quarter clockwise
    exif[0x010F] = "Secret Camera"
    exif.get_ifd(0x8825)[1] = "N"  # GPS
    sideways = upright.transpose(Image.Transpose.ROTATE_90)
    master = read_portrait(_saved(sideways, exif=exif, comment=b"home")).master
    picture = Image.open(io.BytesIO(master))
    red, green, _ = picture.getpixel((picture.width // 2, 20))
    assert red > 200 > green + 100, "the red side is on top"
    assert not picture.getexif()
    assert b"Secret" not in master
    assert b"Exif" not in master
    assert "comment" not in picture.info


def _profiled(profile):
    return _saved(Image.new("RGB", (900, 1200), (200, 20, 20)), icc_profile=profile)


def test_the_colours_of_a_profile_are_kept_when_it_is_removed():
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    swapped = profile.replace(b"rXYZ", b"tmp!").replace(b"gXYZ", b"rXYZ").replace(b"tmp!", b"gXYZ")
    picture = Image.open(io.BytesIO(read_portrait(_profiled(swapped)).master))
    red, green, _ = picture.getpixel((450, 600))
    assert green > 150 > red, "in that profile the first channel is the green one"
    assert "icc_profile" not in picture.info


# Primaries as a profile has them, for D50: those of Display P3 and of Adobe RGB (1998).
PRIMARIES = {
    "P3": ((0.51512, 0.2412, -0.00105), (0.29198, 0.69225, 0.04189), (0.1571, 0.06657, 0.78407)),
    "Adobe": ((0.60974, 0.31111, 0.01947), (0.20528, 0.62567, 0.06087), (0.14919, 0.06322, 0.74457)),
}


def _profile(name):
    """The profile of sRGB with other primaries; its curve stays."""
    data = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    for tag, point in zip((b"rXYZ", b"gXYZ", b"bXYZ"), PRIMARIES[name], strict=True):
        (place,) = struct.unpack_from(">I", data, data.index(tag, 128) + 4)
        struct.pack_into(">3i", data, place + 8, *(round(value * 65536) for value in point))
    return bytes(data)


@pytest.mark.parametrize("name", ["P3", "Adobe"])
def test_wide_colours_become_srgb_as_computed(name):
    """Against the two matrices, computed here: a skin, a cloth and a grey."""
    srgb = np.array([(0.43607, 0.22249, 0.01392), (0.38515, 0.71687, 0.09708), (0.14307, 0.06061, 0.71410)]).T
    for colour in ((205, 150, 120), (90, 120, 160), (128, 128, 128)):
        share = np.array(colour) / 255
        linear = np.linalg.solve(srgb, np.array(PRIMARIES[name]).T @ np.where(
            share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4
        ))  # fmt: skip
        expected = 255 * np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * np.abs(linear) ** (1 / 2.4) - 0.055)
        file = _saved(Image.new("RGB", (360, 480), colour), "PNG", icc_profile=_profile(name))
        assert np.abs(np.asarray(decode(file))[9, 9] - expected).max() <= 1.5


def _alarms(portrait):
    return [finding.id for finding in of_file(portrait) if not finding.passed]


def test_a_broken_profile_is_passed_over_and_told():
    seen = read_portrait(_profiled(b"no profile at all"))
    assert (seen.height, seen.space, _alarms(seen)) == (1200, Space.UNKNOWN, ["7.5"])
    cut = read_portrait(_profiled(_profile("P3")[:200]))
    assert (cut.space, _alarms(cut)) == (Space.UNKNOWN, ["7.5"])
    whole = read_portrait(_profiled(_profile("P3")))
    assert (whole.space, _alarms(whole)) == (Space.RGB, [])


def test_grey_pictures_are_told_as_grey_and_pass():
    seen = read_portrait(_saved(_face().convert("L")))
    assert (seen.space, _alarms(seen)) == (Space.GREY, [])


@pytest.mark.parametrize("kind", ["JPEG", "TIFF"])
def test_print_colours_are_read_and_told_when_no_profile_explains_them(kind):
    if kind == "TIFF":
        with pytest.raises(PortraitError, match="is a TIFF"):
            read_portrait(_saved(_face().convert("CMYK"), kind))
        return
    seen = read_portrait(_saved(_face().convert("CMYK"), kind))
    assert (seen.space, _alarms(seen)) == (Space.UNKNOWN, ["7.5"])
    picture = Image.open(io.BytesIO(seen.master))
    assert np.abs(np.asarray(picture, float) - np.asarray(_face(), float)).mean() < 12, "not its negative"


def test_colours_that_only_exif_tells_of_are_told():
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0xA001] = 2  # Adobe RGB
    assert read_portrait(_saved(_face(), exif=exif)).space is Space.UNKNOWN


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"%PDF-1.7 holiday.jpg", "a PDF"),
        (b"GIF89a" + b"\0" * 40, "a GIF"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "an SVG"),
        (b"<?xml version='1.0'?><svg/>", "an SVG"),
        (b"II*\0" + b"\0" * 40, "a TIFF"),
        (b"PK\x03\x04", "an office document"),
        (b"", "Not a photograph"),
        (b"hello", "Not a photograph"),
    ],
)
def test_other_files_are_refused_by_their_content(data, said):
    with pytest.raises(PortraitError, match=f"{said}.*JPEG or PNG"):
        read_portrait(data)


@pytest.mark.parametrize("cut", [3, 20, 300, 0.3, 0.7, 0.99])
@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_cut_off_file_is_refused(kind, cut):
    data = _saved(_face(), kind)
    with pytest.raises(PortraitError, match=r"damaged or cut off|Not a photograph"):
        read_portrait(data[: cut if isinstance(cut, int) else int(len(data) * cut)])


def test_a_malformed_header_is_refused():
    data = bytearray(_saved(_face(), "PNG"))
    data[16:24] = struct.pack(">II", 0, 0)
    with pytest.raises(PortraitError, match="damaged"):
        read_portrait(bytes(data))


def _chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _png_of(width, height):
    """A valid PNG of white pixels, tiny as a file: what a decompression bomb is."""
    packer = zlib.compressobj(9)
    rows = b"".join(packer.compress(b"\0" + b"\xff" * (width // 8)) for _ in range(height)) + packer.flush()
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", rows) + _chunk(b"IEND", b"")


@pytest.mark.parametrize("size", [(8000, 5001), (20_000, 20_000), (65_000, 65_000)])
def test_more_than_40_megapixels_are_refused_before_decoding(size):
    data = _png_of(8, 8).replace(struct.pack(">II", 8, 8), struct.pack(">II", *size))
    data = data[:29] + struct.pack(">I", zlib.crc32(data[12:29])) + data[33:]
    start = time.process_time()
    with pytest.raises(PortraitError, match="40 megapixels"):
        read_portrait(data)
    assert time.process_time() - start < 0.1, "it was decoded first"


def test_40_megapixels_are_read():
    assert read_portrait(_png_of(8000, 5000)).height == 1600


def test_more_than_15_mb_are_refused():
    with pytest.raises(PortraitError, match="at most 15 MB"):
        read_portrait(_saved(_face()) + b"\0" * 15_000_000)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"\xff\x0a\0\0", "JPEG XL"),
        (b"\0\0\0\x0cJXL \r\n\x87\n", "JPEG XL"),
        (b"\0\0\0\x0cjP  \r\n\x87\n", "JPEG 2000"),
        (b"\xff\x4f\xff\x51\0\x2f", "JPEG 2000"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "WebP"),
    ],
)
def test_a_photo_of_another_kind_is_named_with_what_to_do(data, kind):
    with pytest.raises(PortraitError, match=f"is a {kind} photo. Save it as JPEG.*Most Compatible"):
        read_portrait(data)


@pytest.mark.parametrize("data", [b"RIFF\0\0\0\0WAVEfmt ", b"RIFF\0\0\0\0AVI LIST", b"\0\0\0\x18ftypmp42\0\0\0\0"])
def test_sound_and_film_are_no_photographs(data):
    with pytest.raises(PortraitError, match="Not a photograph"):
        read_portrait(data)


def test_what_a_phone_appends_to_a_photo_is_not_counted():
    """The film of a Motion Photo, and a colour profile with any bytes, hold what looks like hundreds of scans."""
    film = b"\0\0\0\x18ftypmp42" + b"\xff\xda\0\x0c" * 500 + random.Random(1).randbytes(2_000_000)
    assert read_portrait(_saved(_face()) + film).master == read_portrait(_saved(_face())).master
    assert read_portrait(_profiled(b"\xff\xda" * 500)).height == 1200


def test_a_second_picture_and_a_profile_of_many_segments_are_no_matter():
    """What MPO files of phones are: a picture, and behind its end another for the other eye, or of its depth."""
    file = io.BytesIO()
    _face().save(file, "MPO", save_all=True, append_images=[Image.new("RGB", (300, 400), "red")])
    with Image.open(io.BytesIO(file.getvalue())) as opened:
        assert opened.n_frames == 2
    assert read_portrait(file.getvalue()).height == 1200
    assert read_portrait(_profiled(_profile("P3") + b"\xff\xd9\xff\xda" * 40_000)).height == 1200


def test_a_picture_one_pixel_broad_is_refused():
    with pytest.raises(PortraitError, match="has 1 x 100000 pixels"):
        read_portrait(_saved(Image.new("L", (1, 100_000)), "PNG"))
    with pytest.raises(PortraitError, match="has 65000 x 2 pixels"):
        read_portrait(_saved(Image.new("L", (65_000, 2))))


def test_a_jpeg_of_many_scans_is_refused_at_once():
    data = _saved(_face(), progressive=True)
    scan = data[data.rindex(b"\xff\xda") : -2]
    with pytest.raises(PortraitError, match="unusual way"):
        read_portrait(data[:-2] + scan * 500 + data[-2:])


@pytest.mark.parametrize("size", [(1, 1), (300, 400), (2000, 100)])
def test_too_few_pixels_are_refused(size):
    with pytest.raises(PortraitError, match="needs at least 360 x 480"):
        read_portrait(_saved(_face(*size)))


def test_16_bit_grey_is_read():
    grey = Image.fromarray(np.asarray(_face().convert("L"), np.uint16) * 257)
    assert (np.asarray(decode(_saved(grey, "PNG")))[:, :, 0] == np.asarray(_face().convert("L"))).all()


def test_16_bit_colours_are_read():
    rows = np.asarray(_face(), ">u2") * 257
    packed = zlib.compress(b"".join(b"\0" + row.tobytes() for row in rows))
    header = struct.pack(">IIBBBBB", 900, 1200, 16, 2, 0, 0, 0)
    data = b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", packed) + _chunk(b"IEND", b"")
    difference = np.abs(np.asarray(decode(data), int) - np.asarray(_face(), int))
    assert difference.max() <= 1


def test_the_print_crop_is_35_to_45_and_keeps_more_above_than_below():
    picture = Image.new("RGB", (900, 1200), "white")
    ImageDraw.Draw(picture).rectangle((0, 0, 900, 9), fill="black")
    ImageDraw.Draw(picture).rectangle((0, 1190, 900, 1200), fill="black")
    crop = Image.open(io.BytesIO(crop_print(_saved(picture))))
    assert crop.width * 45 == crop.height * 35
    assert min(crop.convert("L").getpixel((x, crop.height - 1)) for x in range(0, crop.width, 40)) > 200


def test_a_circle_stays_a_circle_in_master_and_crop():
    picture = Image.new("RGB", (1600, 1200), "white")
    ImageDraw.Draw(picture).ellipse((600, 300, 1000, 700), fill="black")
    master = read_portrait(_saved(picture)).master
    for data in (master, crop_print(master)):
        rows, columns = np.nonzero(np.asarray(Image.open(io.BytesIO(data)).convert("L")) < 128)
        assert np.ptp(rows) == pytest.approx(np.ptp(columns), abs=2)


@pytest.mark.parametrize("crop", [Crop(0, 0, 357), Crop(543, 741, 357), Crop(100, 30, 490), Crop(3, 5, 896)])
def test_a_chosen_crop_is_exactly_what_is_printed(crop):
    """Every pixel of the picture tells its own place: x in red and green, y in blue."""
    x, y = np.meshgrid(np.arange(900), np.arange(1200))
    picture = Image.fromarray(np.stack([x * 255 // 899, x * 255 // 899, y * 255 // 1199], axis=2).astype(np.uint8))
    printed = Image.open(io.BytesIO(crop_print(_saved(picture, "PNG"), crop)))
    assert printed.size == ((490, 630) if crop.width > 490 else (crop.width, crop.width * 9 // 7))
    assert printed.width * 9 == printed.height * 7
    red, _, blue = (int(value) for value in np.asarray(printed)[0, 0])
    assert red == pytest.approx(crop.left * 255 / 899, abs=4)
    assert blue == pytest.approx(crop.top * 255 / 1199, abs=4)
    red, _, blue = (int(value) for value in np.asarray(printed)[-1, -1])
    assert red == pytest.approx((crop.left + crop.width) * 255 / 899, abs=4)
    assert blue == pytest.approx((crop.top + crop.width * 9 / 7) * 255 / 1199, abs=4)


@pytest.mark.parametrize(
    ("crop", "said"),
    [
        (Crop(0, 0, 350), "350 pixels wide.*from 357 to 896"),
        (Crop(0, 0, 903), "903 pixels wide"),
        (Crop(0, 0, 400), "multiple of 7"),
        (Crop(-1, 0, 490), "reaches beyond.*900 x 1200"),
        (Crop(411, 0, 490), "reaches beyond"),
        (Crop(0, 571, 490), "reaches beyond"),
        (Crop(0, -1, 490), "reaches beyond"),
    ],
)
def test_a_crop_that_does_not_fit_is_refused(crop, said):
    with pytest.raises(PortraitError, match=said):
        crop_print(_saved(_face()), crop)


def test_a_master_too_small_for_any_crop_is_refused():
    with pytest.raises(PortraitError, match="only 300 x 400 pixels"):
        crop_print(_saved(_face(300, 400)))


@pytest.mark.parametrize("size", [(360, 480), (600, 800), (1200, 1600), (361, 900), (1600, 500)])
def test_the_widest_crop_lies_within_and_touches_the_edge(size):
    crop = widest_crop(*size)
    left, top, right, bottom = crop.box
    assert left >= 0
    assert top >= 0
    assert right <= size[0]
    assert bottom <= size[1]
    assert crop.width + 7 > size[0] or crop.height + 9 > size[1]
    assert crop.width >= MIN_CROP
