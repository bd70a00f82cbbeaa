"""The wire values between server and station: order in, result out. JSON over HTTP, every message versioned."""

from __future__ import annotations

import datetime as dt
import hashlib
from enum import StrEnum
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

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

    protocol: Literal[2] = 2


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


class AccessKeys(Value):
    """What opens a finished chip (Doc 9303-11, 4.3 and 4.4): three fields of its MRZ and the card access number.

    `document_number` as in the MRZ without its fillers, dates as YYMMDD, `can` six digits or "" where none is printed.
    """

    document_number: str = Field(repr=False)
    birth_date: str = Field(repr=False)
    expiry_date: str = Field(repr=False)
    can: str = Field(default="", repr=False)


class ChipPart(Value):
    """What goes into the chip and how: a personalisation profile of the station (`card_drivers/profiles`), complete
    elementary files with their tags by name (`COM`, `DG1`, ..., `SOD`, `CardAccess`), what opens it, and its own keys
    (PKCS#8 DER) for active and for chip authentication. Keys are never written to a station's disk.
    """

    profile: str
    files: dict[str, bytes] = Field(repr=False)
    access: AccessKeys
    keys: dict[Literal["active", "chip"], bytes] = Field(default={}, repr=False)


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
    """How an order ended. Only a proven NOT_STARTED is retried by a machine.

    SENT is no end yet: a bureau has the order, its result comes as a later report under the same claim.
    """

    DONE = "done"
    SENT = "sent"
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
    """A ribbon, film or feeder: `level` in percent, `cards` how many it still does; None when the device says not."""

    name: str
    level: int | None = None
    cards: int | None = None


class DeviceStatus(Message):
    """What the station's devices say of themselves: state, reasons in IPP's words, supplies.

    `cards_left` in the feeder; `cleaning_in` cards until a cleaning is due (0: now); `last_error` what went wrong last
    and what to do, "" after the next card that went well. None: the device does not say.
    """

    state: Literal["idle", "processing", "stopped", "offline"]
    reasons: tuple[str, ...] = ()
    supplies: tuple[Supply, ...] = ()
    cards_left: int | None = None
    cleaning_in: int | None = None
    last_error: Line = ""


class ReadRequest(Message):
    """A finished document is to be laid on the reader, opened and read. `order_id` says which; a real reader takes
    what lies there, and `access` opens that one only."""

    read_id: UUID
    order_id: UUID
    access: AccessKeys


class ChipReading(Message):
    """What the reader found: complete files by name, or why not (`error`).

    `opened_by` names the protocol that opened it; `proofs` says of active and of chip authentication whether the chip
    proved its key (absent: it has none).
    """

    read_id: UUID
    chip_uid: Line | None = None
    files: dict[str, bytes] = {}
    opened_by: Literal["", "PACE", "BAC"] = ""
    proofs: dict[Literal["active", "chip"], bool] = {}
    error: Line = ""


class ChipFound(Message):
    """The chip at the contactless position, before anything is printed: the register refuses a UID it has seen."""

    claim_id: UUID
    chip_uid: Line


class ChannelRequest(Message):
    """A blank chip asks for a secure channel (GlobalPlatform SCP03, 7.1): our challenge (8 bytes) and the whole data
    of its answer to INITIALIZE UPDATE. Card-manager keys stay with the register."""

    claim_id: UUID
    host_challenge: bytes
    answer: bytes


class ChannelKeys(Message):
    """The session keys of one secure channel: S-ENC, S-MAC, S-RMAC (SCP03, 6.2.1). Good for this channel only."""

    enc: bytes = Field(repr=False)
    mac: bytes = Field(repr=False)
    rmac: bytes = Field(repr=False)


class Device(Value):
    """One device of a station: its driver, the JSON Schema of its settings (pydantic's, draft 2020-12), their values
    now, and what it can do, in words for the administrator."""

    role: Literal["printer", "encoder"]
    driver: str
    settings_schema: dict[str, Any]
    settings: dict[str, Any]
    capabilities: dict[str, Any] = {}


class Registration(Message):
    """What a station says of itself when it starts."""

    software: Line
    devices: tuple[Device, ...]


class StationSettings(Message):
    """The settings that the administrator chose, by role; `revision` grows with each change."""

    revision: int
    settings: dict[Literal["printer", "encoder"], dict[str, Any]]


class Errand(Message):
    """What the register wants of a station besides orders: exactly one of these."""

    reading: ReadRequest | None = None
    test_print: UUID | None = None
    settings: StationSettings | None = None


class ErrandDone(Message):
    """How a test print (its id) or a change of settings (its revision) went; `error` says what to do.

    `blank_serial` of the test card, when it has one and it was read: that blank is used.
    """

    test_print: UUID | None = None
    revision: int | None = None
    blank_serial: Line | None = None
    error: Line = ""


class Problem(Message):
    """The server's refusal: a code for the program, a sentence for the operator."""

    error: str
    message: str
