"""liman-verify on what was printed, carried about and photographed: it is right, or it could not check."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
import zxingcpp
from PIL import Image

from tests import damage
from tests.damage import DAMAGES, Damage
from tests.integration.public.conftest import Made, Run

VALID, UNCHECKED = 0, 3


@pytest.fixture
def card(made: Made) -> Image.Image:
    """The printed side with the seal, scanned."""
    return damage.printed(Image.open(made.photo))


def spot(card: Image.Image) -> damage.Spot:
    """Where the symbol is."""
    (found,) = zxingcpp.read_barcodes(np.asarray(card), formats=zxingcpp.BarcodeFormat.DataMatrix)
    place = found.position
    corners = (place.top_left, place.top_right, place.bottom_left, place.bottom_right)
    across, along = [corner.x for corner in corners], [corner.y for corner in corners]
    return min(across), min(along), max(across), max(along)


def judged(run: Run, folder: Path, picture: Image.Image, file: Path) -> tuple[int, str]:
    picture.convert("L").save(file, quality=60)
    return run(folder, file)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("harm", DAMAGES, ids=lambda harm: harm.__name__)
def test_a_damaged_print_is_still_read(
    made: Made, run: Run, card: Image.Image, tmp_path: Path, harm: Damage, seed: int
) -> None:
    seen = harm(card.copy(), spot(card), random.Random(seed))
    assert judged(run, made.folder, seen, tmp_path / "seen.jpg")[0] == VALID


@pytest.mark.parametrize("seed", range(12))
def test_several_damages_at_once_are_never_judged_wrongly(
    made: Made, run: Run, card: Image.Image, tmp_path: Path, seed: int
) -> None:
    chance, seen, place = random.Random(seed), card.copy(), spot(card)
    for harm in chance.sample(DAMAGES, 4):
        seen = harm(seen, place, chance)
    code, said = judged(run, made.folder, seen, tmp_path / "seen.jpg")
    assert code in (VALID, UNCHECKED), said


def test_half_a_symbol_could_not_be_checked(made: Made, run: Run, card: Image.Image, tmp_path: Path) -> None:
    """And nothing of it reads as cancelled. The bar code beside it, which would be looked up, is out of the picture."""
    place = spot(card)
    torn = damage.torn(card.copy(), place, 0.5).crop((place[0] - 20, place[1] - 20, place[2] + 20, place[3] + 20))
    code, said = judged(run, made.folder, torn, tmp_path / "seen.jpg")
    assert (code, said.partition("\n")[0]) == (UNCHECKED, "COULD NOT BE CHECKED")
