"""Scans that were sent: drawn anew without anything else of the file, or refused by a sentence, never hanging."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Callable

import pypdfium2
import pytest
from PIL import Image

from issuance.errors import InvalidInput
from issuance.services.evidence import scan_process, scans
from tests import scans as files
from tests.scans import SECRET


@pytest.mark.parametrize(("kind", "name"), [("JPEG", "scan.jpg"), ("PNG", "Scan.PNG"), ("JPEG", "image")])
def test_a_picture_is_kept_without_its_metadata(kind: str, name: str) -> None:
    sent = files.picture(kind)
    assert SECRET.encode() in sent
    clean = scans.clean(sent, name)
    assert (clean.kind, clean.pages) == ("jpeg", 1)
    assert SECRET.encode() not in clean.data
    with Image.open(io.BytesIO(clean.data)) as kept:
        assert kept.size == (620, 877)
        assert not kept.getexif()
        assert "comment" not in kept.info


def test_a_large_picture_is_kept_at_300_dots_per_inch() -> None:
    with Image.open(io.BytesIO(scans.clean(files.picture("JPEG", (5000, 7000)), "a.jpg").data)) as kept:
        assert max(kept.size) == scan_process.LONGEST_SIDE


def test_what_is_transparent_lies_on_white_paper() -> None:
    out = io.BytesIO()
    Image.new("RGBA", (100, 100), (0, 0, 0, 0)).save(out, "PNG")
    with Image.open(io.BytesIO(scans.clean(out.getvalue(), "a.png").data)) as kept:
        assert kept.getpixel((50, 50)) == (255, 255, 255)


def test_a_pdf_is_drawn_anew_page_by_page() -> None:
    red = files.stream(b"1 0 0 rg 0 0 595 842 re f")
    sent = files.pdf(red, pages=3, page=b"/Contents 100 0 R")
    assert SECRET.encode() in sent
    clean = scans.clean(sent, "contract.pdf")
    assert (clean.kind, clean.pages) == ("pdf", 3)
    assert SECRET.encode() not in clean.data
    kept = pypdfium2.PdfDocument(clean.data)
    assert len(kept) == 3
    assert kept[0].get_size() == pytest.approx((595, 842), abs=1)
    red_part, green, _ = kept[2].render().to_pil().getpixel((300, 400))
    assert red_part > 250
    assert green < 5
    assert not kept.get_metadata_dict()["Title"]


REFUSED: dict[str, tuple[Callable[[], bytes], str, str]] = {
    "zip bomb": (files.archive, "a.pdf", "no PDF, JPEG or PNG"),
    "zip bomb as picture": (files.archive, "a.jpg", "no PDF, JPEG or PNG"),
    "script": (lambda: files.SCRIPT, "a.pdf", "script"),
    "escaped script": (lambda: files.HIDDEN_SCRIPT, "a.pdf", "script"),
    "packed script": (lambda: files.PACKED_SCRIPT, "a.pdf", "script"),
    "launch": (lambda: files.LAUNCH, "a.pdf", "script"),
    "file within": (lambda: files.FILE_WITHIN, "a.pdf", "script"),
    "many pages": (lambda: files.pdf(pages=21), "a.pdf", "20 pages"),
    "400 megapixels": (lambda: files.png_that_claims(20_000, 20_000), "a.png", "40 megapixels"),
    "41 megapixels": (lambda: files.png_that_claims(8_200, 5_000), "a.png", "40 megapixels"),
    "lies: pdf": (files.pdf, "a.jpg", "ends in .jpg, but it holds a PDF"),
    "lies: picture": (lambda: files.picture("PNG"), "a.pdf", "ends in .pdf, but it holds a PNG"),
    "lies: program": (lambda: files.picture("JPEG"), "a.exe", "ends in .exe, but it holds a JPEG"),
    "web page": (lambda: b"<html><script>alert(1)</script>", "a.png", "no PDF, JPEG or PNG"),
    "cut off": (lambda: files.picture("PNG")[:300], "a.png", "damaged"),
    "cut off pdf": (lambda: b"%PDF-1.7\n", "a.pdf", "damaged"),
    "too large": (lambda: b"\xff\xd8\xff" + b"\0" * (scans.MOST_BYTES - 2), "a.jpg", "larger than 20 MB"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_scan_is_refused_with_what_to_do(case: str) -> None:
    make, name, words = REFUSED[case]
    with pytest.raises(InvalidInput, match=words) as refused:
        scans.clean(make(), name)
    assert refused.value.field == "scan"


def test_a_page_that_draws_for_hours_is_given_up() -> None:
    with pytest.raises(InvalidInput, match="too much time or memory"):
        scans.clean(files.page_that_never_ends(), "a.pdf")


def test_a_picture_of_400_megapixels_in_a_pdf_becomes_one_of_4() -> None:
    clean = scans.clean(files.pdf_of_pixels(20_000, 20_000), "a.pdf")
    page = pypdfium2.PdfDocument(clean.data)[0]
    (image,) = page.get_objects()
    width, height = image.get_px_size()
    assert width * height <= scan_process.PAGE_PIXELS


def test_the_process_may_not_take_all_memory() -> None:
    """What a decoder asks for beyond the limit, it does not get."""
    asks = f"import sys; sys.path.insert(0, {str(scans.PROCESS.parent)!r}); import scan_process as p; p._limit();"
    asks += "bytearray(p.MEMORY)"
    ended = subprocess.run([sys.executable, "-c", asks], capture_output=True, timeout=60, check=False)
    assert b"MemoryError" in ended.stderr
