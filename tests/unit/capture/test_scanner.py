"""The simulated scanner: it sees ridges, knows a picture again, and says what to do about what is no finger."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image, ImageFilter, PngImagePlugin

from issuance.errors import InvalidInput
from issuance.services.capture.fingerprints import LEAST_QUALITY
from issuance.services.capture.scanner import MAX_BYTES, Scanner, Simulator, scanner_of
from issuance.settings import Settings
from printing.portraits.drawn import draw
from tests.fingers import finger, huge, saved


@pytest.fixture
def scanner() -> Scanner:
    found = scanner_of(Settings(fingerprint_scanner="simulator"))
    assert found is not None
    return found


def picture() -> Image.Image:
    return Image.open(io.BytesIO(finger()))


def test_an_office_has_no_scanner_unless_it_says_so() -> None:
    assert scanner_of(Settings()) is None


@pytest.mark.parametrize(("clear", "good"), [(1.0, True), (0.5, True), (0.3, False), (0.0, False)])
def test_quality_falls_with_the_contrast_of_the_ridges(scanner: Scanner, clear: float, good: bool) -> None:
    assert (scanner.capture(finger(clear=clear)).quality >= LEAST_QUALITY) is good


def test_a_smeared_finger_is_weak(scanner: Scanner) -> None:
    assert scanner.capture(saved(picture().filter(ImageFilter.GaussianBlur(4)))).quality < LEAST_QUALITY


def test_what_has_no_ridges_is_no_finger(scanner: Scanner) -> None:
    face = Image.open(io.BytesIO(draw("a"))).convert("L").resize((400, 500))
    noise = np.random.default_rng(1).integers(0, 255, (500, 400)).astype(np.uint8)
    for other in (face, Image.fromarray(noise), Image.new("L", (400, 500), 255)):
        assert scanner.capture(saved(other)).quality < LEAST_QUALITY


def test_the_same_picture_is_known_again_however_it_was_saved(scanner: Scanner) -> None:
    out = io.BytesIO()
    said = PngImagePlugin.PngInfo()
    said.add_text("Comment", "again")
    picture().save(out, "PNG", dpi=(500, 500), compress_level=1, pnginfo=said)
    again, other = out.getvalue(), finger(2)
    assert again != finger()
    assert scanner.capture(again) == scanner.capture(finger())
    assert scanner.capture(other).template != scanner.capture(finger()).template


def test_the_template_is_no_picture(scanner: Scanner) -> None:
    captured = scanner.capture(finger())
    assert len(captured.template) == 32
    assert str(captured.template) not in repr(captured)


BAD = [
    (b"", "no PNG"),
    (b"%PDF-1.7", "no PNG"),
    (saved(picture(), kind="JPEG"), "no PNG"),
    (b"\x89PNG\r\n\x1a\n" + b"\0" * MAX_BYTES, "more than 2 MB"),
    (finger()[:400], "damaged"),
    (b"\x89PNG\r\n\x1a\n" + b"x" * 99, "damaged"),
    (saved(picture().resize((200, 250))), "200 x 250 pixels"),
    (saved(picture().resize((900, 500))), "larger than one finger"),
    (huge(20_000, 20_000), "larger than one finger"),
    (huge(4, 100_000_000), "larger than one finger"),
    (saved(picture().convert("RGB")), "8 bit greys"),
    (saved(picture().convert("1")), "8 bit greys"),
    (saved(picture().convert("I;16")), "8 bit greys"),
    (saved(picture(), dpi=None), "does not say its resolution"),
    (saved(picture(), dpi=300), "300 dpi"),
    (saved(picture(), dpi=1000), "1000 dpi"),
]


@pytest.mark.parametrize(("data", "words"), BAD, ids=range(len(BAD)))
def test_what_is_no_finger_is_refused_with_the_next_step(data: bytes, words: str) -> None:
    with pytest.raises(InvalidInput, match=words) as caught:
        Simulator().capture(data)
    assert caught.value.field == "picture"
