"""Light on a face: shadows and burnt spots, measured on the pixels that a mesh says are skin or eyes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from printing.portraits import mesh
from printing.portraits.mesh import Points

_BURNT = 245  # in red, green and blue alike: no skin is so white, the light is
_CHEEK = 0.3  # of the distance between the eyes: the side of the square that is measured (ISO/IEC 39794-5 takes it so)
_LENS = (0.3, 0.2)  # of that distance: how far a lens reaches to both sides, and up and down

Pixels = NDArray[np.float64]


def measure(picture: Image.Image, points: Points) -> dict[str, float]:
    """Of an RGB picture: `shadow`, the darker cheek's light divided by that of the brighter one; `glare`, the share of
    the skin that is burnt white, in percent; `reflections`, that of the eyes with what is before them."""
    pixels = np.asarray(picture, np.float64)
    cheeks = sorted(_light(pixels, points, cheek) for cheek in mesh.CHEEKS)
    return {
        "shadow": cheeks[0] / max(cheeks[1], 1.0),
        "glare": _burnt(pixels[_skin(picture.size, points)]),
        "reflections": max(_burnt(_lens(pixels, points, eye)) for eye in mesh.EYES),
    }


def _light(pixels: Pixels, points: Points, at: int) -> float:
    """The mean luminance about a point."""
    x, y = points[at, :2]
    reach = mesh.eye_distance(points) * _CHEEK / 2
    part = _box(pixels, x, y, reach, reach)
    return float((part @ (0.299, 0.587, 0.114)).mean()) if part.size else 0.0


def _lens(pixels: Pixels, points: Points, eye: tuple[int, int]) -> Pixels:
    x, y = points[list(eye), :2].mean(axis=0)
    across, along = (mesh.eye_distance(points) * share for share in _LENS)
    return _box(pixels, x, y, across, along)


def _box(pixels: Pixels, x: float, y: float, across: float, along: float) -> Pixels:
    left, top = max(0, round(x - across)), max(0, round(y - along))
    return pixels[top : max(0, round(y + along)) + 1, left : max(0, round(x + across)) + 1]


def _skin(size: tuple[int, int], points: Points) -> NDArray[np.bool_]:
    """Where the face is, without mouth and lenses."""
    mask = Image.new("1", size)
    pen = ImageDraw.Draw(mask)
    pen.polygon([tuple(points[at, :2]) for at in mesh.OUTLINE], fill=1)
    pen.polygon([tuple(points[at, :2]) for at in mesh.MOUTH], fill=0)
    across, along = (mesh.eye_distance(points) * share for share in _LENS)
    for eye in mesh.EYES:
        x, y = points[list(eye), :2].mean(axis=0)
        pen.rectangle((x - across, y - along, x + across, y + along), fill=0)
    return np.asarray(mask)


def _burnt(pixels: Pixels) -> float:
    return float((pixels.min(axis=-1) >= _BURNT).mean() * 100) if pixels.size else 0.0
