"""What is measured about a portrait, and the limits it is judged by."""

import io

import pytest
from PIL import Image, ImageDraw, ImageFilter

from printing.errors import PortraitError
from printing.portraits import detector as detector_module
from printing.portraits import mesh
from printing.portraits.crops import Crop, widest_crop
from printing.portraits.photo_quality import examine, face_criteria, mesh_criteria
from printing.portraits.portrait import read_portrait
from tests.counterparts import missing
from tests.faces import portrait

TR, DOC = "BSI TR-03121-3 Vol. 4", "ICAO Doc 9303-3"


def _saved(picture):
    output = io.BytesIO()
    picture.save(output, "JPEG")
    return output.getvalue()


def _face(width=900, height=1200):
    return Image.open(io.BytesIO(portrait())).resize((width, height))


def _finding(data, name, crop=None):
    return next(finding for finding in examine(data, crop).findings if finding.id == name)


@pytest.fixture
def detector():
    if not detector_module.installed():
        missing("No face detector (requirements-photo.txt): it measures the face. `make test` installs it.")


def test_a_small_picture_fails_by_its_height():
    finding = _finding(_saved(_face(480, 640)), "5.1")
    assert not finding.passed
    assert finding.measured == 640


def test_sharpness_tells_a_sharp_picture_from_a_blurred_one():
    sharp, blurred = _saved(_face()), _saved(_face().filter(ImageFilter.GaussianBlur(6)))
    assert _finding(sharp, "sharpness").passed
    assert not _finding(blurred, "sharpness").passed


def test_exposure_is_told():
    assert not _finding(_saved(_face().point(lambda level: level // 8)), "brightness").passed
    assert not _finding(_saved(_face().point(lambda level: max(0, level - 90))), "black").passed
    assert not _finding(_saved(_face().point(lambda level: min(255, level * 3))), "white").passed


def test_an_uneven_background_is_told():
    picture = _face()
    ImageDraw.Draw(picture).rectangle((0, 0, 60, 700), fill="#304050")
    finding = _finding(_saved(picture), "background")
    assert not finding.passed
    assert finding.measured > finding.limit_max


def test_every_limit_is_that_of_its_source_or_marked_as_ours(detector):
    """BSI TR-03121-3 Volume 4 v6.0, table 4.6; Doc 9303-3, 3.9.1.1 and 3.9.1.3: as photo_quality.json has them."""
    found = {finding.id: finding for finding in examine(portrait()).findings}
    limits = {name: (finding.limit_min, finding.limit_max, finding.unit) for name, finding in found.items()}
    assert {name: limits[name] for name in limits if name[0].isdigit() and name not in mesh_criteria()} == {
        "1.3": (-8, 8, "°"),
        "5.1": (800, 1600, "px"),
        "5.2": (600, 1200, "px"),
        "5.3": (0.5, 0.75, ""),
        "5.4": (0.6, 0.9, ""),
        "5.5": (0.3, 0.5, ""),
        "5.6": (0.45, 0.55, ""),
        "5.7": (120, None, "px"),
    }
    assert limits["print-head"] == (70, 80, "%")
    assert limits["black"] == limits["white"] == (None, 0.1, "%")
    assert all(found[name].source == f"{TR}, {name}" for name in found if name[0].isdigit())
    assert (found["print-head"].source, found["black"].source) == (f"{DOC}, 3.9.1.3", f"{DOC}, 3.9.1.1")
    ours = {name for name, finding in found.items() if finding.assumption}
    assert ours - set(mesh_criteria()) == {"sharpness", "brightness", "background", "print-crown", "print-centre"}
    if mesh.installed():
        assert (limits["1.1"], limits["1.2"]) == ((-5, 5, "°"), (-5, 5, "°"))
        assert ours & set(mesh_criteria()) == set(mesh_criteria()) - {"1.1", "1.2"}
    assert {name for name, finding in found.items() if not finding.source} <= ours, "a limit without source is ours"


@pytest.mark.parametrize("sex", ["F", "M", "X"])
def test_drawn_portraits_are_deterministic_different_and_pass(sex):
    drawn = [portrait(f"seed {number}", sex) for number in range(4)]
    assert drawn[0] == portrait.__wrapped__("seed 0", sex)
    assert len(set(drawn)) == len(drawn)
    for data in drawn:
        assert [finding for finding in examine(read_portrait(data).master).findings if not finding.passed] == []


def test_without_a_detector_the_face_is_unmeasured_and_the_frame_is_the_middle(monkeypatch):
    monkeypatch.setattr(detector_module, "detect", lambda picture: None)
    seen = examine(portrait())
    assert not seen.face_looked_for
    assert seen.face is None
    assert {finding.id for finding in seen.findings}.isdisjoint(face_criteria())
    assert seen.crop == widest_crop(900, 1200)


def test_a_picture_without_a_face_says_so_and_measures_nothing_on_it(detector):
    seen = examine(_saved(Image.new("RGB", (900, 1200), "#dfe3e6")))
    found = {finding.id: finding for finding in seen.findings}
    assert (found["faces"].measured, found["faces"].passed) == (0, False)
    assert found.keys() & set(face_criteria()) == {"faces"}
    assert seen.crop == widest_crop(900, 1200)


def test_a_second_person_is_counted_and_the_larger_one_measured(detector):
    alone = _face()
    both = alone.copy()
    both.paste(alone.resize((270, 360)), (630, 0))
    found = {finding.id: finding for finding in examine(_saved(both)).findings}
    assert (found["faces"].measured, found["faces"].passed) == (2, False)
    assert found["5.7"].measured == pytest.approx(_finding(portrait(), "5.7").measured, rel=0.05)


def test_a_chosen_crop_is_measured(detector):
    proposed = examine(portrait())
    left, top, width = proposed.crop.left, proposed.crop.top, proposed.crop.width
    assert all(finding.passed for finding in proposed.findings)
    closer = Crop(left + 140, top + 180, width - 280)
    assert _finding(portrait(), "print-head", closer).measured > 100
    assert not _finding(portrait(), "print-head", closer).passed
    assert not _finding(portrait(), "print-crown", Crop(left + 40, 200, width - 140)).passed
    assert not _finding(portrait(), "print-centre", Crop(0, top, 602)).passed


def test_a_crop_outside_the_picture_is_refused():
    with pytest.raises(PortraitError, match="beyond the picture"):
        examine(portrait(), Crop(300, 0, 700))
