"""What the rivals are given: pages as placed texts and paths of ready-made pictures. Standard library only.

All in points from the lower left corner of the page. Nothing has to be measured, fitted, encoded or signed any more.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

Box = tuple[float, float, float, float]
"""x, y, width, height."""


class Text(NamedTuple):
    """A line of text, its baseline beginning at x, y; `style` is regular, bold, italic or ocr_b."""

    x: float
    y: float
    size: float
    style: str
    words: str


@dataclass(frozen=True, eq=False)
class Face:
    """What all pages of a kind share. `fonts` are TrueType files by style, `ascents` their ascent and descent in em."""

    width: float
    height: float
    fixed: tuple[Text, ...]
    portrait: Box | None
    symbol: Box | None
    fonts: dict[str, str]
    ascents: dict[str, tuple[float, float]]


@dataclass(frozen=True)
class Page:
    """One page: its face, its own texts, and the paths of its pictures (JPEG of 600 x 800; PNG of the symbol).

    For those who make the symbol themselves: what is `to_sign` (hex), and the number of the symbol's `size`.
    """

    face: Face
    texts: tuple[Text, ...]
    portrait: str
    symbol: str | bytes
    to_sign: str = ""
    size: int = 0

    @property
    def every_text(self) -> tuple[Text, ...]:
        """The texts of the face, and the page's own."""
        return self.face.fixed + self.texts

    @property
    def pictures(self) -> list[tuple[str | bytes, Box]]:
        """Path (or bytes) and place of the pictures that this face has."""
        placed = ((self.portrait, self.face.portrait), (self.symbol, self.face.symbol))
        return [(path, box) for path, box in placed if box]


def load(folder: Path, kind: str, start: int, stop: int) -> list[list[Page]]:
    """The documents of a kind, each as its pages, from `start` up to but not including `stop`."""
    faces = [_face(given) for given in json.loads((folder / f"{kind}.faces.json").read_text("utf-8"))]
    with (folder / f"{kind}.pages.jsonl").open(encoding="utf-8") as lines:
        return [_document(faces, json.loads(line)) for line in islice(lines, start, stop)]


def _face(given: dict[str, Any]) -> Face:
    return Face(**given | {"fixed": tuple(Text(*text) for text in given["fixed"])})


def _document(faces: list[Face], given: dict[str, Any]) -> list[Page]:
    of_all = {name: given[name] for name in ("portrait", "symbol", "to_sign", "size")}
    return [
        Page(face, tuple(Text(*text) for text in texts), **of_all)
        for face, texts in zip(faces, given["texts"], strict=True)
    ]
