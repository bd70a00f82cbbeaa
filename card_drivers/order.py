"""The wire values between server and station: order in, result out. JSON over HTTP, every message versioned."""

from __future__ import annotations

import datetime as dt
import hashlib
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict

MAX_LINE = 500


def _one_line(text: str) -> str:
    """What a device or its driver says, without control characters and of bounded length."""
    return "".join(character if character.isprintable() else " " for character in text)[:MAX_LINE].strip()


Line = Annotated[str, AfterValidator(_one_line)]


class Value(BaseModel):
    """A part of a message: immutable, unknown fields refused, bytes as base64 in JSON."""

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_bytes="base64", val_json_bytes="base64")


class Message(Value):
    """Base of every message; `protocol` is its version."""

    protocol: Literal[1] = 1


class ClaimRequest(Message):
    """The station asks for work. `claim_id` is its own: asking again with it gives the same answer."""

    claim_id: UUID


class Claim(Message):
    """A job is claimed for this station until `lease_until` (UTC); afterwards it is held, never requeued."""

    claim_id: UUID
    order_id: UUID
    lease_until: dt.datetime


class Layer(Value):
    """One ink of one face as a one-page PDF; the station rasterises it at its device's resolution.

    "fine" is black too: letters that only a device of `least_dpi` or more can carry; others leave it out.
    """

    name: Literal["colour", "black", "fine", "uv"]
    pdf: bytes
    least_dpi: int = 0


class Face(Value):
    """One side of the document: its size in millimetres, its layers, and all of them in one PDF."""

    name: str
    width_mm: float
    height_mm: float
    layers: tuple[Layer, ...]
    combined: bytes


class ChipPart(Value):
    """What goes into the chip: complete elementary files with their tags, by name (`DG1`)."""

    files: dict[str, bytes]


class Order(Message):
    """One document to make. The same order id always has the same bytes, so `digest` identifies it."""

    order_id: UUID
    claim_id: UUID
    document_type: str
    stock: str
    faces: tuple[Face, ...]
    chip: ChipPart | None = None

    def digests(self) -> dict[str, str]:
        """SHA-256 (hex) of every part, by name: `front/black`, `chip/DG1`."""
        parts = {f"{face.name}/{layer.name}": layer.pdf for face in self.faces for layer in face.layers}
        parts |= {f"chip/{name}": data for name, data in (self.chip.files if self.chip else {}).items()}
        return {name: hashlib.sha256(data).hexdigest() for name, data in parts.items()}


class Outcome(StrEnum):
    """How an order ended. Only a proven NOT_STARTED is retried by a machine."""

    DONE = "done"
    NOT_STARTED = "not_started"
    SPOILED = "spoiled"
    UNKNOWN = "unknown"


class Result(Message):
    """What became of an order. `digests` are of what was printed and of what was read back from the chip.

    `blank_serial` and `chip_uid` are there as soon as they were read. `step` names where it failed, `message` what
    to do next; neither holds personal data.
    """

    order_id: UUID
    claim_id: UUID
    outcome: Outcome
    blank_serial: Line | None = None
    chip_uid: Line | None = None
    digests: dict[str, str] = {}
    step: Line | None = None
    message: Line = ""


class Supply(Value):
    """A ribbon, film or feeder: `level` in percent, None when the device does not say."""

    name: str
    level: int | None = None


class DeviceStatus(Message):
    """What the station's devices say of themselves: state, reasons in IPP's words, supplies."""

    state: Literal["idle", "processing", "stopped", "offline"]
    reasons: tuple[str, ...] = ()
    supplies: tuple[Supply, ...] = ()
    cards_left: int | None = None


class ReadRequest(Message):
    """A finished document is to be laid on the reader. `order_id` says which; a real reader takes what lies there."""

    read_id: UUID
    order_id: UUID


class ChipReading(Message):
    """What the reader found: complete files by name, or why not (`error`)."""

    read_id: UUID
    chip_uid: Line | None = None
    files: dict[str, bytes] = {}
    error: Line = ""


class Problem(Message):
    """The server's refusal: a code for the program, a sentence for the operator."""

    error: str
    message: str
