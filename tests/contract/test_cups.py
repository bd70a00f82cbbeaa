"""The card printer behind a CUPS queue: a real `cupsd` sends to a real `ippeveprinter`."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pypdfium2 as pdfium
import pytest
from PIL import Image

from card_drivers.device import ConfigurationError, DeviceError, LinkLost
from card_drivers.links.ipp_answers import AT_ONCE_SECONDS
from card_drivers.links.transport import Limits
from card_drivers.order import Order, Outcome
from card_drivers.printers.ipp import IppPrinter
from card_drivers.station.laying import MediaSettings
from card_drivers.troubles import english
from tests import composed, measured
from tests.contract import cups_raster
from tests.contract.bench_ipp import make
from tests.contract.cupsd import Cups, cupsd
from tests.contract.ippeve import IppEve, ippeve
from tests.contract.test_ipp import WAIT_FOR_GO, in_background, wait_until
from tests.contract.test_ipp_formats import CARDS_ONLY, FACES, PWG, alike, as_fed
from tests.measured import WITHIN_MM, Fed

pytestmark = pytest.mark.contract

ONCE = "printer-error-policy=abort-job"
COLOUR = """
ATTR boolean color-supported true
ATTR keyword print-color-mode-supported monochrome,color
"""
DPI = 300
NEAR = 4.0  # of 255, between two programs that drew the same page
UPSIDE_DOWN = Image.Transpose.ROTATE_180
PAPER = MediaSettings(without_uv=True)


@pytest.fixture(scope="module")
def cups() -> Iterator[Cups]:
    with cupsd() as running:
        yield running


@pytest.fixture
def eve(tmp_path: Path) -> Iterator[IppEve]:
    with ippeve(tmp_path) as printer:
        yield printer


def driver(uri: str, patience: float = 60.0) -> IppPrinter:
    """The printer at a queue, which takes its time: filters, backends, and ending them."""
    limits = Limits(operation=30, exchange=60, answer=1024 * 1024)
    return IppPrinter(uri, limits, patience=patience, poll=0.02, paper=PAPER)


def order() -> Order:
    return composed.order()


def pictures(document: bytes) -> list[Image.Image]:
    opened = pdfium.PdfDocument(document)
    pages = [page.render(scale=DPI / 72).to_pil().convert("RGB") for page in opened]
    opened.close()
    return pages


def assert_both_faces(pages: list[Image.Image], dpi: int) -> None:
    """In their own size, colours and place, as the card is fed: to the left or to the right, as the queue has it."""
    front, back = pages
    side, names = measured.names_of("RP-R")
    for turn in (270, 90):
        off = measured.off_by(back, Fed((dpi, dpi), turn), FACES[side], names)
        if max(map(abs, off)) <= WITHIN_MM:
            break
    assert max(map(abs, off)) <= WITHIN_MM, off
    for picture, shown in zip((front, back), FACES, strict=True):
        size = [length / dpi * 25.4 for length in picture.size]
        assert size == pytest.approx([53.98, 85.6], abs=0.2)
        wanted = as_fed(shown, picture.size, "RGB")
        assert alike(picture, wanted if turn == 270 else wanted.transpose(UPSIDE_DOWN)) < NEAR


def test_a_card_goes_through_a_queue_once_and_in_its_own_size(cups: Cups, eve: IppEve, tmp_path: Path) -> None:
    eve.behave("env > environment\n")
    wanted = order()
    printer = driver(cups.add("card", eve.uri, ONCE))
    assert make(printer, wanted, tmp_path) is Outcome.DONE
    (document,) = eve.printed()
    assert_both_faces(pictures(document), DPI)
    environment = (tmp_path / "environment").read_text()
    assert "IPP_SIDES=two-sided-short-edge" in environment
    assert "5398" in next(line for line in environment.splitlines() if line.startswith("IPP_MEDIA_COL="))
    assert driver(cups.add("card", eve.uri, ONCE)).recover(wanted.order_id).outcome is Outcome.DONE, "after a restart"


def test_a_queue_makes_pictures_for_a_printer_that_takes_no_pdf(cups: Cups, tmp_path: Path) -> None:
    said = PWG.format(kind="srgb_8", resolution="300x300dpi", back="normal")
    with ippeve(tmp_path, says=CARDS_ONLY + said + COLOUR) as eve:
        assert make(driver(cups.add("pictures", eve.uri, ONCE)), order(), tmp_path) is Outcome.DONE
        (document,) = eve.printed()
    assert_both_faces([page.picture for page in cups_raster.read(document)], 300)


def test_a_job_that_the_printer_gave_up_is_not_sent_again(cups: Cups, eve: IppEve, tmp_path: Path) -> None:
    """What CUPS 2.4 makes of it is chance: given up, or completed (docs/drivers.md)."""
    eve.behave('echo "ERROR: jam" >&2\nexit 1\n')
    printer = driver(cups.add("failing", eve.uri, ONCE))
    with suppress(DeviceError):
        make(printer, order(), tmp_path)
    eve.behave("exit 0\n")
    assert make(printer, order(), tmp_path) is Outcome.DONE
    assert len(eve.printed()) == 2


def test_a_document_that_a_restarted_queue_made_twice_is_not_done(cups: Cups, eve: IppEve, tmp_path: Path) -> None:
    """CUPS begins what it was printing when it was killed once more, and nobody can hinder it."""
    eve.behave(WAIT_FOR_GO)
    uri, wanted = cups.add("killed", eve.uri, ONCE), order()
    with in_background(lambda: make(driver(uri), wanted, tmp_path)) as ended:
        wait_until(eve.printed)
        cups.end(signal.SIGKILL)
        time.sleep(AT_ONCE_SECONDS + 2)  # jobs have times in whole seconds
    assert isinstance(ended[0], LinkLost)
    (tmp_path / "go").touch()
    cups.start()
    answer = driver(uri).recover(wanted.order_id)
    assert answer.outcome is Outcome.UNKNOWN
    assert "two documents" in english(answer.trouble)
    assert len(eve.printed()) == 2


def test_a_printer_that_is_off_behind_a_queue_keeps_no_job(cups: Cups, eve: IppEve, tmp_path: Path) -> None:
    uri = cups.add("off", eve.uri, ONCE)
    eve.switch_off()
    wanted = order()
    with pytest.raises(DeviceError, match="look into the trays") as caught:
        make(driver(uri, patience=0.5), wanted, tmp_path)
    assert caught.value.outcome is Outcome.UNKNOWN
    assert driver(uri).recover(wanted.order_id).outcome is Outcome.UNKNOWN, "cancelled, and ended"


@pytest.mark.parametrize("policy", ["stop-printer", "retry-job", "retry-current-job"])
def test_a_queue_that_prints_again_by_itself_is_refused(cups: Cups, eve: IppEve, tmp_path: Path, policy: str) -> None:
    uri = cups.add("again", eve.uri, f"printer-error-policy={policy}")
    with pytest.raises(ConfigurationError, match=rf"\({policy}\): change it by `lpadmin"):
        make(driver(uri), order(), tmp_path)
    assert eve.printed() == []


def test_a_queue_that_was_paused_is_seen(cups: Cups, eve: IppEve, tmp_path: Path) -> None:
    uri = cups.add("paused", eve.uri, ONCE)
    cups.pause("paused")
    assert driver(uri).status().state == "stopped"
    with pytest.raises(DeviceError, match="paused") as caught:
        make(driver(uri), order(), tmp_path)
    assert caught.value.outcome is Outcome.NOT_STARTED
