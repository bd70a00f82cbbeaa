"""Pictures of every face, looked at by a person once and compared since, with room for another font rendering.

After a wanted change: `python -m tests.golden.test_faces` writes them anew; look at each before committing it.
"""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from printing.compose import compose, rasterise
from tests.faces import TEMPLATES, content, portrait

FOLDER = Path(__file__).parent
DPI = 110
PEOPLE = {
    "RP-S": {"native_name": "মোঃ শফিকুর রহমান", "family_name": "Rahman", "given_names": "Md. Shafiqur", "sex": "M"},
    "TID": {"native_name": "ګل خان احمدزی", "family_name": "Ahmadzai", "given_names": "Gul Khan", "sex": "M"},
    "TD-C": {"native_name": "شیلان بارزانی", "family_name": "Barzani", "given_names": "Şîlan", "nationality": "XXB"},
    "TD-S": {"native_name": "ሰላም ተክለ", "family_name": "Tekle", "given_names": "Selam", "nationality": "ERI"},
}


def pictures() -> dict[str, Image.Image]:
    """Every face by its file name, in few colours so that the files stay small."""
    found = {}
    for code, person in PEOPLE.items():
        holder = content(portrait=portrait(code, person.get("sex", "F")), **person)
        for artwork in compose(holder, TEMPLATES[code], specimen=True):
            found[f"{code}-{artwork.face}.png"] = rasterise(artwork.combined, DPI)
    return found


@pytest.fixture(scope="module")
def faces():
    return pictures()


@pytest.mark.parametrize("name", [f"{code}-{face}.png" for code in ("RP-S", "TID") for face in ("front", "back")]
                         + ["TD-C-data_page.png", "TD-S-data_page.png"])  # fmt: skip
def test_the_face_looks_as_it_was_approved(faces, name):
    approved = Image.open(FOLDER / name).convert("RGB")
    assert approved.size == faces[name].size
    difference = _blocks(np.abs(np.asarray(approved, float) - np.asarray(faces[name], float)).mean(axis=2))
    assert difference.mean() < 5
    assert difference.max() < 25, "something moved, came or went: look at the picture"


def _blocks(picture, side=8):
    """Means of squares of `side` pixels: another renderer moves edges by a pixel, but not by a square."""
    height, width = (length // side * side for length in picture.shape)
    return picture[:height, :width].reshape(height // side, side, width // side, side).mean(axis=(1, 3))


def test_the_files_are_small():
    assert [path.name for path in FOLDER.glob("*.png") if path.stat().st_size > 100_000] == []


if __name__ == "__main__":
    for name, picture in pictures().items():
        picture.quantize(96, dither=Image.Dither.NONE).save(FOLDER / name, "PNG", optimize=True)
