"""The machine readable zone on a photograph of a passport's page or a card, letter by letter (Doc 9303-4 to 9303-6).

OCR-B has one width. So each place along a line is compared with all letters of the font, and of all ways to walk the
line in 44 (30, 36) even steps the one is taken that fits best: sequences of fillers, in which programs for running text
lose count, are counted by their places. Which of the three zones it is, the likeness of its letters tells. OpenCV is an
extra (requirements-photo.txt); without it nothing is read.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from printing.mrz.zone import LINE_SIZES, letters_at
from printing.pages import fonts
from printing.portraits import portrait

_WIDTH = 1600  # pixels at which a page is looked at: a letter has about 34
_CELL = (24, 32)  # pixels in which letters are compared
_STEPS = 12  # looks a letter's width
_SLACK = 1  # steps by which two neighbours may be nearer or further: the page is bent, the camera looks aslant
_HEIGHTS = (14, 64)  # pixels of a letter
_SLOPES = np.tan(np.radians(np.arange(-6, 6.25, 0.25)))
_LEAST_LETTERS = 16  # of 30 or more that must stand apart for a line to be found; blurred ones run together
_LEAST_SHARE = 0.54  # of the letters of a line, likewise
_SIDES = (0.5, 2.0)  # height by width of a picture that can show a page
_MOST_BOXES = 3000  # a page has some hundreds of marks as large as a letter; more are no page
_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789<"

Plane = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class _Line:
    """Where the middle of a line runs, y as a curve of x, and from where to where; in pixels.

    `letters` of it stand apart from one another.
    """

    curve: NDArray[np.float64]
    left: float
    right: float
    letters: int


def can_read() -> bool:
    """Whether the extra is installed."""
    return find_spec("cv2") is not None


def read(data: bytes) -> tuple[str, ...] | None:
    """The two or three lines of the zone as they are seen; None when there are none, or nothing can read them.

    Whether they add up says `Mrz.parse`. PortraitError for what is no picture.
    """
    picture = portrait.decode(data, _WIDTH)
    if not can_read() or not _SIDES[0] <= picture.height / picture.width <= _SIDES[1]:
        return None
    ink = _ink(_grey(picture))
    found = _lines(ink)
    readings = [_reading(ink, found, layout) for layout in LINE_SIZES]
    best = max((reading for reading in readings if reading), default=None)
    return best[1] if best else None


def _reading(ink: Plane, found: list[_Line], layout: str) -> tuple[float, tuple[str, ...]] | None:
    """How like a zone of that layout the lowest lines are, a letter on average, and what they say."""
    count, letters = LINE_SIZES[layout]
    lowest = found[-count:]
    if len(lowest) < count or min(line.letters for line in lowest) < _LEAST_SHARE * letters:
        return None
    read = [_letters(ink, line, places) for line, places in zip(lowest, letters_at(layout), strict=True)]
    return sum(like for like, _ in read) / count, tuple(said for _, said in read)


def _cv() -> Any:
    import cv2

    return cv2


def _grey(picture: Image.Image) -> NDArray[np.uint8]:
    size = (_WIDTH, round(picture.height * _WIDTH / picture.width))
    return np.asarray(picture.convert("L").resize(size, Image.Resampling.LANCZOS))


def _ink(grey: NDArray[np.uint8]) -> Plane:
    """What is darker than its surroundings, 0 to 1, whatever light falls on the page."""
    cv = _cv()
    dark = cv.morphologyEx(grey, cv.MORPH_BLACKHAT, np.ones((41, 41), np.uint8))
    around = cv.GaussianBlur(cv.dilate(dark, np.ones((61, 61), np.uint8)), (0, 0), 30)
    return np.asarray(np.clip(dark / np.maximum(around, 25.0), 0, 1), np.float32)


# The lines


def _lines(ink: Plane) -> list[_Line]:
    """The lines of letters on the page, from above."""
    boxes = _boxes(ink)
    if not 2 * _LEAST_LETTERS <= len(boxes) <= _MOST_BOXES:
        return []
    middle, foot = boxes[:, 0] + boxes[:, 2] / 2, boxes[:, 1] + boxes[:, 3] / 2
    height = float(np.median(boxes[:, 3]))
    slope = max(_SLOPES, key=lambda each: _sharpness(foot - each * middle, height))
    level = foot - slope * middle
    found = [_line(boxes[abs(level - each) < 0.75 * height], height) for each in _levels(level, height)]
    return [line for line in found if line is not None]


def _boxes(ink: Plane) -> NDArray[np.float64]:
    """Left, top, width and height of what has the size of a letter."""
    _, _, stats, _ = _cv().connectedComponentsWithStats((ink > 0.5).astype(np.uint8))
    low, high = _HEIGHTS
    fits = (stats[:, 3] >= low) & (stats[:, 3] <= high) & (stats[:, 2] <= 3 * high) & (stats[:, 4] > low)
    return np.asarray(stats[fits, :4], np.float64)


def _sharpness(level: NDArray[np.float64], height: float) -> float:
    """How much the letters lie on few lines when the page is turned like this."""
    counts, _ = np.histogram(level, np.arange(level.min() - height, level.max() + 2 * height, height / 2))
    return float((counts.astype(np.float64) ** 2).sum())


def _levels(level: NDArray[np.float64], height: float) -> list[float]:
    """Where lines with many letters are, from above."""
    rest, found = np.sort(level), list[float]()
    while len(rest):
        counts = [np.count_nonzero(abs(rest - each) < 0.5 * height) for each in rest]
        if max(counts) < _LEAST_LETTERS:
            break
        at = float(np.median(rest[abs(rest - rest[int(np.argmax(counts))]) < 0.5 * height]))
        found.append(at)
        rest = rest[abs(rest - at) > 1.2 * height]
    return sorted(found)


def _line(boxes: NDArray[np.float64], height: float) -> _Line | None:
    """The curve through the letters of one line; None when it is short or nothing is left of it."""
    x, y = boxes[:, 0] + boxes[:, 2] / 2, boxes[:, 1] + boxes[:, 3] / 2
    for _ in range(2):
        curve = np.polyfit(x, y, 2)
        on = abs(np.polyval(curve, x) - y) < 0.35 * height
        boxes, x, y = boxes[on], x[on], y[on]
        if len(x) < _LEAST_LETTERS:
            return None
    left, right = float(boxes[:, 0].min()), float((boxes[:, 0] + boxes[:, 2]).max())
    return _Line(curve, left, right, len(x)) if right - left > 0.5 * _WIDTH else None


# The letters


def _letters(ink: Plane, line: _Line, allowed: tuple[str, ...]) -> tuple[float, str]:
    """The letters whose even walk along the line fits best; each place offers only what may stand there.

    Before them how like their pictures are, on average: 1 when they are the same.
    """
    pitch = (line.right - line.left) / (len(allowed) - 0.3)
    places = np.arange(line.left - pitch / 2, line.right + pitch / 2, pitch / _STEPS)
    shapes, names = _shapes()
    likeness = np.stack([_look(ink, line, x, pitch) for x in places]) @ shapes.T
    by_letter = np.stack([likeness[:, names == each].max(axis=1) for each in range(len(_ALPHABET))], axis=1)
    offered = [[_ALPHABET.index(letter) for letter in place] for place in allowed]
    walk = _best_walk(np.stack([by_letter[:, place].max(axis=1) for place in offered]))
    picked = [place[int(by_letter[at, place].argmax())] for at, place in zip(walk, offered, strict=True)]
    like = float(np.mean([by_letter[at, each] for at, each in zip(walk, picked, strict=True)]))
    return like, "".join(_ALPHABET[each] for each in picked)


def _look(ink: Plane, line: _Line, x: float, pitch: float) -> Plane:
    """What is seen around one place of the line, upright, of the size in which letters are compared."""
    cv, (across, along) = _cv(), _CELL
    y, slope = np.polyval(line.curve, x), np.polyval(np.polyder(line.curve), x)
    scale = pitch / across
    start = y - slope * pitch / 2 - scale * along / 2
    turn = np.array([[scale, 0, x - pitch / 2], [slope * scale, scale, start]], np.float32)
    return _normal(cv.warpAffine(ink, turn, _CELL, flags=cv.INTER_LINEAR | cv.WARP_INVERSE_MAP))


def _normal(cell: Plane) -> Plane:
    """A cell as a vector: of two of the same shape the product is 1, of one that is almost empty near 0."""
    flat = cell.ravel() - cell.mean()
    return np.asarray(flat / max(float(np.linalg.norm(flat)), 1.0), np.float32)


def _best_walk(likeness: Plane) -> list[int]:
    """One place a letter: the walk of even steps with the greatest sum (Viterbi)."""
    letters, places = likeness.shape
    first = int(1.5 * _STEPS)
    best, came = np.full(likeness.shape, -np.inf, np.float32), np.zeros(likeness.shape, np.int64)
    best[0, :first] = likeness[0, :first]
    for letter in range(1, letters):
        for step in range(_STEPS - _SLACK, _STEPS + _SLACK + 1):
            reached = np.full(places, -np.inf, np.float32)
            reached[step:] = best[letter - 1, :-step]
            better = reached > best[letter]
            best[letter, better], came[letter, better] = reached[better], step
        best[letter] += likeness[letter]
    at = places - first + int(best[-1, -first:].argmax())
    walk = [at]
    for letter in range(letters - 1, 0, -1):
        walk.insert(0, walk[0] - int(came[letter, walk[0]]))
    return walk


@cache
def _shapes() -> tuple[Plane, NDArray[np.int64]]:
    """The letters of OCR-B as vectors, each a little shifted and blurred; and which letter each is of."""
    cv = _cv()
    cells, names = list[Plane](), list[int]()
    for name, letter in enumerate(_ALPHABET):
        drawn = _drawn(letter)
        for across, along in ((x, y) for x in (-1, 0, 1) for y in (-2, -1, 0, 1, 2)):
            shift = np.array([[1, 0, across], [0, 1, along]], np.float32)
            for blur in (0.6, 1.4):
                cells.append(_normal(cv.GaussianBlur(cv.warpAffine(drawn, shift, _CELL), (0, 0), blur)))
                names.append(name)
    return np.stack(cells), np.array(names)


def _drawn(letter: str) -> Plane:
    """One letter of the font in its cell, 0 to 1, as high above the middle as below."""
    font = ImageFont.truetype(str(fonts.ocr_b().path), 200)
    across = font.getlength("0")
    height = across * _CELL[1] / _CELL[0]
    _, top, _, bottom = font.getbbox("H")
    page = Image.new("L", (round(across), round(height)))
    ImageDraw.Draw(page).text((0, (height - top - bottom) / 2), letter, font=font, fill=255)
    return np.asarray(page.resize(_CELL, Image.Resampling.BOX), np.float32) / np.float32(255)
