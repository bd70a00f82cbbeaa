"""What is measured about a portrait, and the limits it is judged by: findings. The officer decides.

The limits are data, in `photo_quality.toml`, each with its source or marked as an assumption of ours. What is measured
on the face needs `printing.portraits.detector`, and some of it `printing.portraits.mesh`; without them, or without a
face, those findings are absent, not passed.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pydantic import TypeAdapter

from printing.portraits import detector, light, mesh
from printing.portraits.crops import Crop, check_crop, widest_crop
from printing.portraits.detector import Face
from printing.portraits.portrait import Portrait, decode

Luminance = NDArray[np.float64]
_MEASURED_HEIGHT = 800


@dataclass(frozen=True, slots=True)
class Finding:
    """One measured quality of a portrait with its limits; `assumption` marks a limit that is ours, not of `source`.

    `error` is by how much the measure itself may be off: so far outside its limits it still passes.
    """

    id: str
    criterion: str
    measured: float
    limit_min: float | None
    limit_max: float | None
    unit: str
    passed: bool
    assumption: bool
    source: str
    error: float = 0


@dataclass(frozen=True, slots=True)
class Examination:
    """A master that was looked at: its size in pixels, the crop to print, the largest face if one was seen, findings.

    `face_looked_for` is false where no detector is installed.
    """

    width: int
    height: int
    crop: Crop
    face: Face | None
    face_looked_for: bool
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class _Limit:
    id: str
    criterion: str
    min: float | None = None
    max: float | None = None
    unit: str = ""
    source: str = ""
    assumption: bool = False
    error: float = 0
    face: bool = False
    mesh: bool = False
    file: bool = False


def examine(master: bytes, crop: Crop | None = None) -> Examination:
    """Measure a master and the crop that will be printed of it; without one, the crop that suits its largest face.

    PortraitError when the crop does not fit the master.
    """
    picture = decode(master)
    width, height = picture.size
    check_crop(crop or widest_crop(width, height), width, height)
    faces = detector.detect(picture)
    largest = faces[0] if faces else None
    crop = crop or (detector.crop_for(largest, width, height) if largest else widest_crop(width, height))
    measured = _of_picture(picture)
    if faces is not None:
        measured["faces"] = len(faces)
    if largest:
        measured |= _of_face(largest, width, height) | _of_print(largest, crop) | _of_mesh(picture, largest)
    found = tuple(_judge(limit, measured[limit.id]) for limit in _limits() if limit.id in measured)
    return Examination(width, height, crop, largest, faces is not None, found)


def of_file(portrait: Portrait) -> tuple[Finding, ...]:
    """What is found about an upload that its master no longer tells."""
    return tuple(_judge(limit, float(portrait.space)) for limit in _limits() if limit.file)


def face_criteria() -> tuple[str, ...]:
    """The ids of the findings that need a face, in their order."""
    return tuple(limit.id for limit in _limits() if limit.face)


def mesh_criteria() -> tuple[str, ...]:
    """The ids of the findings that need the mesh of a face, in their order."""
    return tuple(limit.id for limit in _limits() if limit.mesh)


def file_criteria() -> tuple[str, ...]:
    """The ids of the findings about the file that was uploaded."""
    return tuple(limit.id for limit in _limits() if limit.file)


def _of_picture(picture: Image.Image) -> dict[str, float]:
    width, height = picture.size
    size = round(_MEASURED_HEIGHT * width / height), _MEASURED_HEIGHT
    luminance = np.asarray(picture.convert("L").resize(size, Image.Resampling.BILINEAR), dtype=np.float64)
    return {"5.1": height, "5.2": width, "ratio": height / width} | {
        name: measure(luminance) for name, measure in _MEASURES.items()
    }


def _of_face(seen: Face, width: int, height: int) -> dict[str, float]:
    """Where the head is in the master: TR-03121-3 Volume 4, table 4.6."""
    x, y = seen.between_eyes
    return {
        "1.3": seen.roll,
        "5.3": seen.width / width,
        "5.4": (seen.chin - seen.crown) / height,
        "5.5": y / height,
        "5.6": x / width,
        "5.7": seen.eye_distance,
    }


def _of_print(seen: Face, crop: Crop) -> dict[str, float]:
    """Where the head will be in the printed picture."""
    return {
        "print-head": (seen.chin - seen.crown) / crop.height * 100,
        "print-crown": (seen.crown - crop.top) / crop.height * 100,
        "print-centre": (seen.between_eyes[0] - crop.left) / crop.width,
    }


def _of_mesh(picture: Image.Image, seen: Face) -> dict[str, float]:
    """What the face does and how it is lit; nothing where no mesh can be laid on it."""
    laid = mesh.look(picture, seen)
    if laid is None:
        return {}
    face = {"1.1": laid.yaw, "1.2": laid.pitch, "eyes": laid.eyes, "mouth": laid.mouth}
    return face | light.measure(picture, laid.points)


def _sharpness(luminance: Luminance) -> float:
    middle = luminance[1:-1, 1:-1]
    across = luminance[1:-1, :-2] + luminance[1:-1, 2:]
    return float((across + luminance[:-2, 1:-1] + luminance[2:, 1:-1] - 4 * middle).var())


def _middle(luminance: Luminance) -> Luminance:
    """The middle of the picture, where the head is and hardly any background."""
    height, width = luminance.shape
    return luminance[int(height * 0.2) : int(height * 0.85), int(width * 0.25) : int(width * 0.75)]


def _background(luminance: Luminance) -> float:
    """Deviation in the two strips beside the head, above the shoulders."""
    height, width = luminance.shape
    strip, foot = width // 16, height * 2 // 5
    return float(np.concatenate((luminance[:foot, :strip], luminance[:foot, -strip:])).std())


_MEASURES: dict[str, Callable[[Luminance], float]] = {
    "sharpness": _sharpness,
    "brightness": lambda luminance: float(_middle(luminance).mean()),
    "black": lambda luminance: float((_middle(luminance) < 1).mean() * 100),
    "white": lambda luminance: float((_middle(luminance) > 254).mean() * 100),
    "background": _background,
}


@cache
def _limits() -> tuple[_Limit, ...]:
    data = tomllib.loads(Path(__file__).with_name("photo_quality.toml").read_text("utf-8"))
    return TypeAdapter(tuple[_Limit, ...]).validate_python(data["finding"])


def _judge(limit: _Limit, measured: float) -> Finding:
    measured = round(measured, 3)
    above = limit.min is None or measured >= limit.min - limit.error
    below = limit.max is None or measured <= limit.max + limit.error
    return Finding(
        id=limit.id,
        criterion=limit.criterion,
        measured=measured,
        limit_min=limit.min,
        limit_max=limit.max,
        unit=limit.unit,
        passed=above and below,
        assumption=limit.assumption,
        source=limit.source,
        error=limit.error,
    )
