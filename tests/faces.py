"""Documents for tests of the composer: a full content, the templates of the types, and pixels to look at."""

from __future__ import annotations

import io
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from printing.content import DocumentContent, Template
from printing.faces.compose import rasterise
from printing.portraits.drawn import draw

EVERY_OFFICE = (Path("/usr/share/fonts/truetype/noto"), Path("/usr/share/fonts/opentype/ocr-b"))
"""The fonts of the packages that every office has."""

RESIDENCE_PERMIT = Template(
    "RP-S",
    "residence_permit",
    "TD1",
    "AR",
    {
        "title": "PERMIS DE ȘEDERE / RESIDENCE PERMIT",
        "category": "PROTECȚIE SUBSIDIARĂ / SUBSIDIARY PROTECTION",
        "remarks": "Drept de muncă / Right to work",
    },
)
TEMPORARY = Template(
    "TID",
    "temporary_identity",
    "TD1",
    "IT",
    {
        "title": "DOCUMENT TEMPORAR DE IDENTITATE / TEMPORARY IDENTITY DOCUMENT",
        "category": "SOLICITANT DE AZIL / ASYLUM SEEKER",
        "declared": "IDENTITATE DECLARATĂ / DECLARED IDENTITY",
        "travel": "NU ESTE DOCUMENT DE CĂLĂTORIE / NOT A TRAVEL DOCUMENT",
        "note": "Drept de ședere pe durata procedurii. / Right to remain during the procedure.",
    },
)
_TRAVEL = {
    "title": "DOCUMENT DE CĂLĂTORIE / TRAVEL DOCUMENT / TITRE DE VOYAGE",
    "category": "Convenția din 28 iulie 1951 / Convention of 28 July 1951 / Convention du 28 juillet 1951",
}
BLUE = Template("TD-C", "travel_document_blue", "TD3", "PR", _TRAVEL)
GREY = Template("TD-S", "travel_document_grey", "TD3", "PT", _TRAVEL)
TEMPLATES = {template.document_type: template for template in (RESIDENCE_PERMIT, TEMPORARY, BLUE, GREY)}


@cache
def portrait(seed: str = "layla", sex: str = "F") -> bytes:
    return draw(seed, sex)


@cache
def signature() -> bytes:
    paper = Image.new("L", (400, 120), 255)
    ImageDraw.Draw(paper).line([(20, 80), (70, 20), (110, 100), (170, 40), (230, 90), (380, 50)], fill=0, width=7)
    output = io.BytesIO()
    paper.save(output, "PNG")
    return output.getvalue()


def content(**changes: Any) -> DocumentContent:
    """A content with every field filled, so that every optional part of a layout is drawn."""
    values: dict[str, Any] = {
        "document_number": "RP1000017",
        "family_name": "Al-Masri",
        "given_names": "Layla",
        "native_name": "ليلى المصري",
        "birth_date": "1992-01-XX",
        "birth_place": "Halab",
        "sex": "F",
        "nationality": "SYR",
        "issue_date": "2026-11-02",
        "expiry_date": "2029-11-01",
        "place_of_issue": "Timișoara",
        "personal_number": "8901231520138",
        "address": "Str. Ialomiței 2, Timișoara",
        "access_number": "482915",
        "declared_identity": True,
        "portrait": portrait(),
        "signature": signature(),
    }
    return DocumentContent.model_validate(values | changes)


def pixels(page: bytes, dpi: int = 300) -> NDArray[np.int16]:
    """The luminance of a PDF's first page, 0 black to 255 white."""
    return np.asarray(rasterise(page, dpi).convert("L"), dtype=np.int16)


def changed_box(one: NDArray[np.int16], other: NDArray[np.int16]) -> tuple[int, int, int, int] | None:
    """The pixels in which two pictures differ: left, top, right, bottom; None when they are equal."""
    rows, columns = np.nonzero(np.abs(one - other) > 8)
    return None if not len(rows) else (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
