"""Typst: one template, compiled with the pages as its input; untagged, which is faster than its default."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO

import typst

from tests.bench.pages import Face, Page

TEMPLATE = Path(__file__).with_name("page.typ")


def write(pages: Sequence[Page], out: BinaryIO) -> None:
    """The pages as one PDF."""
    faces = list({page.face: None for page in pages})
    given = {
        "faces": [{"width": face.width, "height": face.height, "fixed": face.fixed} for face in faces],
        "pages": [{"face": faces.index(page.face), "texts": page.texts, "pictures": page.pictures} for page in pages],
    }
    compiled = _compiler(pages[0].face).compile(format="pdf", sys_inputs={"pages": json.dumps(given)}, pdf_tags=False)
    out.write(compiled)


@cache
def _compiler(face: Face) -> Any:
    folders = sorted({str(Path(path).parent) for path in face.fonts.values()})
    return typst.Compiler(str(TEMPLATE), root="/", font_paths=folders, ignore_system_fonts=True)
