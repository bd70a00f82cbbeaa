"""Pictures of every face, looked at by a person once and compared since, with room for another font rendering.

After a wanted change: `python -m tests.golden.test_faces` writes them anew; look at each before committing it.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from issuance import document_types
from issuance.commands.specimens import PERSONS, Specimen, specimens
from printing.faces import inks
from printing.faces.compose import Artwork, rasterise

FOLDER = Path(__file__).parent
DPI = 110
SHEET_DPI = 84  # for what is larger than a data page
FORMS = [code + also for code, kind in document_types.load().items()
         for also in ("", f"-{kind.also_form}")[: 2 if kind.also_form else 1]]  # fmt: skip
# Each form with another script, so that the pictures are of many.
HOLDERS = dict(zip(FORMS, ("cyrillic", "pashto", "bengali", "long-names", "arabic", "ethiopic", "persian", "sinhala",
                           "unknown-birth"), strict=True))  # fmt: skip


def drawn() -> Iterator[tuple[str, Artwork]]:
    """Every face with the name of its picture."""
    for made in specimens([person for person in PERSONS if person.name in HOLDERS.values()]):
        if HOLDERS[made.form] == made.person:
            yield from _faces(made)


def _faces(made: Specimen) -> Iterator[tuple[str, Artwork]]:
    for artwork in made.artworks:
        yield f"{made.form}-{artwork.face}", artwork


def picture(artwork: Artwork) -> Image.Image:
    """What the eye sees, and below it what ultraviolet light shows."""
    dpi = DPI if artwork.width_mm < 130 else SHEET_DPI
    seen = [rasterise(artwork.combined, dpi)]
    if "uv" in artwork.layers:
        seen.append(rasterise(artwork.layers["uv"], dpi))
    whole = Image.new("RGB", (seen[0].width, sum(part.height for part in seen)))
    for at, part in enumerate(seen):
        whole.paste(part, (0, at * part.height))
    return whole


@pytest.fixture(scope="module")
def artworks() -> dict[str, Artwork]:
    return dict(drawn())


def test_every_face_has_its_picture(artworks):
    assert sorted(artworks) == sorted(path.stem for path in FOLDER.glob("*.jpg"))


def test_the_faces_look_as_they_were_approved(artworks):
    different = {name: found for name, artwork in artworks.items() if (found := _difference(name, picture(artwork)))}
    assert different == {}, "something moved, came or went: look at the pictures"


@pytest.mark.parametrize("name", ["RP-S-front", "TPP-front"])
def test_a_text_that_moved_by_a_millimetre_or_a_mark_that_is_gone_would_be_seen(artworks, name):
    artwork = artworks[name]
    unlit = replace(artwork, side=artwork.side.model_copy(update={"ultraviolet": None}))
    assert _difference(name, picture(unlit)) or not artwork.side.ultraviolet
    for ink, marks in artwork.marks.items():
        for at in range(len(marks)):
            without = replace(artwork, marks={**artwork.marks, ink: marks[:at] + marks[at + 1 :]})
            assert _difference(name, picture(without)), f"without mark {at} of {ink}"
    for value in artwork.side.values:
        if _said(artwork, value):
            assert _difference(name, picture(_with_moved(artwork, value))), f"{value.value} moved"


def _said(artwork, value):
    return artwork.job.values.get(value.value) or value.value.removeprefix("text.") in artwork.job.template.texts


def _with_moved(artwork, value):
    """The face with one value a millimetre further to the right."""
    box = value.box._replace(x=value.box.x + 1)
    values = tuple(one.model_copy(update={"box": box}) if one is value else one for one in artwork.side.values)
    side = artwork.side.model_copy(update={"values": values})
    return replace(artwork, marks={**artwork.marks, "black": tuple(inks.black(artwork.job, side))})


def _difference(name: str, now: Image.Image) -> str:
    """What differs between a picture and the approved one; empty for what JPEG makes of it (5 levels at most).

    Means of squares of eight pixels are compared, as JPEG keeps them best; a letter or thin line changes three of them.
    """
    with Image.open(FOLDER / f"{name}.jpg") as file:
        approved = file.convert("RGB")
    if approved.size != now.size:
        return f"{approved.size} became {now.size}"
    changes = np.abs(_squares(approved) - _squares(now)).max(axis=2)
    third = np.sort(changes, axis=None)[-3]
    row, column = (int(at) * 8 for at in np.unravel_index(changes.argmax(), changes.shape))
    return f"{third:.0f} levels, most at {column}, {row} pixels" if third > 7.5 else ""


def _squares(picture: Image.Image, side: int = 8) -> NDArray[np.float64]:
    """The mean colours of squares of `side` pixels."""
    pixels = np.asarray(picture, np.float64)
    height, width = (length // side for length in pixels.shape[:2])
    whole = pixels[: height * side, : width * side]
    return whole.reshape(height, side, width, side, 3).mean(axis=(1, 3))


def test_the_files_are_small():
    assert [path.name for path in FOLDER.glob("*.jpg") if path.stat().st_size > 130_000] == []


if __name__ == "__main__":
    for name, artwork in drawn():
        picture(artwork).save(FOLDER / f"{name}.jpg", "JPEG", quality=70, subsampling=0, optimize=True)
