"""A ruler for prints: where the machine readable zone stands on a picture of a face, in millimetres of that face."""

from __future__ import annotations

import io
import subprocess
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from card_drivers.order import Face
from issuance import document_types
from printing.faces import layout
from tests.counterparts import require

WITHIN_MM = 0.2
NEAR_MM = 2.0  # no other line is as near
UNTURNED = {0: None, 90: Image.Transpose.ROTATE_90, 180: Image.Transpose.ROTATE_180, 270: Image.Transpose.ROTATE_270}
"""What lays a picture that was turned clockwise as it was; Pillow turns the other way round."""


@dataclass(frozen=True)
class Fed:
    """How a picture came out: dots an inch across and down, turned clockwise by `turn`, then mirrored."""

    dpi: tuple[int, int]
    turn: int = 0
    mirrored: bool = False

    def as_read(self, picture: Image.Image) -> tuple[Image.Image, tuple[int, int]]:
        """The picture as the document is held, and its dots an inch."""
        if self.mirrored:
            picture = picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        back = UNTURNED[self.turn]
        across, down = self.dpi
        return picture.transpose(back) if back is not None else picture, (
            (down, across) if self.turn in (90, 270) else (across, down)
        )


def names_of(code: str) -> tuple[int, tuple[float, float]]:
    """Which face of a document type has the zone, and where its layout has the line of names: letters only.

    Left edge of its first black, its middle above the foot (mm).
    """
    template = document_types.get(code).template()
    faces = layout.load(template.layout).faces
    side, place = next((index, face.mrz) for index, face in enumerate(faces) if face.mrz is not None)
    return side, (place.left, place.foot + (0 if template.mrz_layout == "TD1" else place.spacing))


def off_by(picture: Image.Image, fed: Fed, face: Face, names: tuple[float, float]) -> tuple[float, float]:
    """How far from its layout the line of names was printed, right and down (mm)."""
    read, (across, down) = fed.as_read(picture)
    black = np.asarray(read.convert("L")) < 128
    height, width = black.shape
    left, top = (width / across * 25.4 - face.width_mm) / 2, (height / down * 25.4 - face.height_mm) / 2

    def column(mm: float) -> int:
        return max(0, round((left + mm) / 25.4 * across))

    def row(mm: float) -> int:
        return max(0, round((top + mm) / 25.4 * down))

    start, middle = names[0] - NEAR_MM, face.height_mm - names[1] - NEAR_MM
    line = black[row(middle) : row(middle + 2 * NEAR_MM), column(start) : column(face.width_mm)]
    columns, rows = np.flatnonzero(line.any(axis=0)), np.flatnonzero(line.any(axis=1))
    x = (column(start) + columns[0]) / across * 25.4 - left
    y = (row(middle) + (rows[0] + rows[-1] + 1) / 2) / down * 25.4 - top
    return float(x - start - NEAR_MM), float(y - middle - NEAR_MM)


def poppler(pdf: bytes, folder: Path, dpi: tuple[int, int], page: int = 1) -> Image.Image:
    """A page drawn by a program that shares nothing with ours."""
    program = require("pdftoppm", "drawing a PDF without PDFium (Debian: poppler-utils)")
    file = folder / "page.pdf"
    file.write_bytes(pdf)
    only = ("-f", str(page), "-l", str(page), "-singlefile")
    command = [program, "-rx", str(dpi[0]), "-ry", str(dpi[1]), "-gray", *only, str(file)]
    return Image.open(io.BytesIO(subprocess.run(command, check=True, capture_output=True, timeout=60).stdout))
