"""The wire values between server and station: order in, result out. JSON over HTTP, every message versioned."""

from __future__ import annotations

import datetime as dt
import hashlib
from enum import StrEnum
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from card_drivers.troubles import Trouble, english, one_line

KeyName = Literal["active", "chip"]
"""The chip's own keys: of active authentication, of chip authentication."""

Line = Annotated[str, AfterValidator(one_line)]
PROTOCOL = 5
"""Raised when a message changes its shape; those that earlier releases wrote are still read (`Kept`)."""
MOST_REMARKS = 16
"""Remarks about one reading of a chip."""
WORDS_BEFORE = ("message", "last_error", "error")
"""Where protocol 2 had an English sentence instead of a trouble."""


class Value(BaseModel):
    """A part of a message: immutable, unknown fields refused, bytes as base64 in JSON."""

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_bytes="base64", val_json_bytes="base64")


class Message(Value):
    """Base of every message; `protocol` is its version."""

    protocol: Literal[5] = 5


class Kept(Message):
    """A message that may lie in a journal, a file or a lost answer while both sides take a new release.

    One of protocols 2 to 4 is read as if it had been written today.
    """

    @model_validator(mode="before")
    @classmethod
    def _of_a_release_before(cls, message: Any) -> Any:
        if not isinstance(message, dict) or message.get("protocol") not in (2, 3, 4):
            return message
        if message["protocol"] != 2:
            return message | {"protocol": PROTOCOL}
        fields = {name: value for name, value in message.items() if name not in WORDS_BEFORE}
        words = next((message[name] for name in WORDS_BEFORE if message.get(name)), None)
        return fields | {"protocol": PROTOCOL} | ({"trouble": Trouble.said(str(words))} if words else {})


class Enrolment(Message):
    """A station's public keys, sent once with the token that an administrator made: Ed25519 for what it signs, X25519
    for what is encrypted to it (32 bytes each)."""

    signing_key: bytes = Field(min_length=32, max_length=32)
    sealing_key: bytes = Field(min_length=32, max_length=32)


class Enrolled(Message):
    """Who the station is from now on, and the register's public key (Ed25519) for its leaves."""

    station_id: UUID
    leave_key: bytes


class Start(Message):
    """A process of the station started. `before` are the instances that its folder remembers, `host` the machine."""

    before: tuple[UUID, ...] = Field(max_length=20)
    host: Line


class ClaimRequest(Message):
    """The station asks for work. `claim_id` is its own: asking again with it gives the same answer."""

    claim_id: UUID


class Claim(Message):
    """A job is claimed for this station until `lease_until` (UTC); afterwards it is held, never requeued."""

    claim_id: UUID
    order_id: UUID
    lease_until: dt.datetime


Ink = Literal["colour", "black", "fine", "uv"]
SIZE_TOLERANCE_MM = 0.5


class Layer(Value):
    """One ink of one face as a one-page PDF; the station rasterises it at its device's resolution.

    "fine" is black too: letters that only a device of `least_dpi` or more can carry; others leave it out.
    """

    name: Ink
    pdf: bytes
    least_dpi: int = 0


class Face(Value):
    """One side of the document: its trimmed size in millimetres, its layers, and all that the eye sees in one PDF.

    Every page is that size with `bleed_mm` around it: left and right, top and bottom. What of the bleed is printed is
    the driver's to say (`card_drivers.links.raster.Laying`).
    """

    name: str
    width_mm: float
    height_mm: float
    bleed_mm: tuple[float, float] = (0.0, 0.0)
    layers: tuple[Layer, ...]
    combined: bytes

    @property
    def page_mm(self) -> tuple[float, float]:
        """Width and height of its pages."""
        return self.width_mm + 2 * self.bleed_mm[0], self.height_mm + 2 * self.bleed_mm[1]


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
    (PKCS#8 DER) for active and for chip authentication. The register leaves the keys out: they come with its leave.
    They are never written to a station's disk.
    """

    profile: str
    files: dict[str, bytes] = Field(repr=False)
    access: AccessKeys
    keys: dict[KeyName, bytes] = Field(default={}, repr=False)


class Booklet(Value):
    """How a booklet goes into the printer: open at `page`, its spine as `position` says. `number` is printed in the one
    that must be taken, "" where any will do."""

    page: int
    position: Literal["spine-top", "spine-left"]
    number: Line = ""


class Handled(Message):
    """What hands said meanwhile of an order that waits for them: the number of the booklet that was scanned for it."""

    booklet: Line = ""


class Order(Kept):
    """One document to make. The same order id always has the same bytes, so `digest` identifies it."""

    order_id: UUID
    claim_id: UUID
    document_type: str
    stock: str
    faces: tuple[Face, ...]
    chip: ChipPart | None = None
    booklet: Booklet | None = None

    @property
    def blank_number(self) -> str:
        """The number of the blank that it must be made on, "" where any of its stock will do."""
        return self.booklet.number if self.booklet else ""

    @model_validator(mode="before")
    @classmethod
    def _trimmed(cls, order: Any) -> Any:
        """Orders of protocols 2 to 4 gave a card's size with its bleed."""
        if not isinstance(order, dict) or order.get("protocol") not in (2, 3, 4):
            return order
        return order | {"faces": [_with_trim(face) for face in order.get("faces") or ()]}

    def digests(self) -> dict[str, str]:
        """SHA-256 (hex) of every part, by name: `front/black`, `chip/DG1`."""
        parts = {f"{face.name}/{layer.name}": layer.pdf for face in self.faces for layer in face.layers}
        parts |= {f"chip/{name}": data for name, data in (self.chip.files if self.chip else {}).items()}
        return {name: hashlib.sha256(data).hexdigest() for name, data in parts.items()}


def _with_trim(face: Any) -> Any:
    """A face of an earlier release as it is written today."""
    if not isinstance(face, dict) or (face.get("width_mm"), face.get("height_mm")) != (86.02, 54.86):
        return face
    return face | {"width_mm": 85.6, "height_mm": 53.98, "bleed_mm": (0.21, 0.44)}


class LeaveRequest(Message):
    """The station is about to take a blank for the order with these parts (`Order.digests`)."""

    claim_id: UUID
    digests: dict[str, str]


class ChipKeys(Message):
    """The keys of one chip, as they are encrypted to a station: `ChipPart.keys`."""

    keys: dict[KeyName, bytes] = Field(repr=False)


class LeaveGiven(Message):
    """Go on, once, within so many seconds. `keys` are `ChipKeys`, encrypted to the station (RFC 9180); `signature` is
    the register's (`signing.leave_said`)."""

    seconds: int
    keys: bytes = b""
    signature: bytes = b""


class Outcome(StrEnum):
    """How an order ended. Only a proven NOT_STARTED is retried by a machine.

    SENT is no end yet: a bureau has the order, its result comes as a later report under the same claim.
    """

    DONE = "done"
    SENT = "sent"
    NOT_STARTED = "not_started"
    SPOILED = "spoiled"
    UNKNOWN = "unknown"


class Result(Kept):
    """What became of an order. `digests` are of what was printed and of what was read back from the chip.

    `blank_serial` and `chip_uid` are there as soon as they were read. `step` names where it failed, `trouble` says
    what to do next; neither holds personal data.
    """

    order_id: UUID
    claim_id: UUID
    outcome: Outcome
    blank_serial: Line | None = None
    chip_uid: Line | None = None
    digests: dict[str, str] = {}
    step: Line | None = None
    trouble: Trouble | None = None

    @property
    def message(self) -> str:
        """The trouble in English, "" without one."""
        return english(self.trouble)


Millimetres = Annotated[float, Field(gt=0, le=2000, allow_inf_nan=False)]
DotsPerInch = Annotated[int, Field(ge=1, le=10_000)]
Named = Annotated[Line, Field(min_length=1, max_length=60)]
Count = Annotated[int, Field(ge=0, le=1_000_000)]
MOST_NAMED = 100
"""How many sizes, profiles or stocks a station may name: more is no machine."""


class Size(Value):
    """The trimmed size of a face or of a medium, in millimetres, as it is held to be read."""

    width_mm: Millimetres
    height_mm: Millimetres

    def is_like(self, other: Size) -> bool:
        """Whether both are one size to half a millimetre, whichever way round they lie."""
        pairs = zip(sorted((self.width_mm, self.height_mm)), sorted((other.width_mm, other.height_mm)), strict=True)
        return all(abs(one - another) <= SIZE_TOLERANCE_MM for one, another in pairs)


class Need(Value):
    """What making a document of one type takes: its trimmed faces, their inks, the chip profile, None without a chip.

    The fine line is not among the inks: a printer that cannot carry it leaves it out. A `producer` "station" is never a
    bureau.
    """

    document_type: str
    size: Size
    faces: int
    inks: tuple[Ink, ...]
    profile: str | None = None
    stock: str
    producer: Literal["station", "bureau", "both"] = "both"


class Abilities(Value):
    """What a station can make now, with its devices and their settings (ADR 0029).

    `sizes` of the media that it prints, empty for any; `faces` the most on one piece; `dpi` across and down, None where
    the printer does not say; `inks` that it prints, or may leave out by its settings; `profiles` of chips that it
    writes; `reads_serial` whether it reads a blank's serial. `stocks` are the blanks that lie in it, by stock, None
    when it does not know: then the register's ledger says.
    """

    sizes: tuple[Size, ...] = Field((), max_length=MOST_NAMED)
    faces: int = Field(2, ge=1, le=2)
    dpi: tuple[DotsPerInch, DotsPerInch] | None = None
    inks: tuple[Ink, ...] = Field(("colour", "black", "fine", "uv"), max_length=4)
    profiles: tuple[Named, ...] = Field((), max_length=MOST_NAMED)
    reads_serial: bool = False
    stocks: dict[Named, Count] | None = Field(None, max_length=MOST_NAMED)

    def lacks(self, need: Need) -> tuple[Trouble, ...]:
        """Why a document of this type cannot be made here now, each as a driver says it; () when it can."""
        width, height = need.size.width_mm, need.size.height_mm
        fits = not self.sizes or any(need.size.is_like(size) for size in self.sizes)
        missing = (
            (not fits, Trouble.of("printer-no-medium", size=f"{width:g} x {height:g}")),
            (need.faces > self.faces, Trouble.of("printer-sides", faces=need.faces)),
            *((ink not in self.inks, _no_ink(ink)) for ink in need.inks),
            (need.profile is not None and need.profile not in self.profiles, Trouble.of("printer-no-chip")),
            (self.stocks is not None and not self.stocks.get(need.stock), Trouble.of("stock-out", stock=need.stock)),
        )
        return tuple(trouble for is_missing, trouble in missing if is_missing)


def _no_ink(ink: Ink) -> Trouble:
    return Trouble.of("printer-no-uv") if ink == "uv" else Trouble.of("printer-no-ink", ink=ink)


class Supply(Value):
    """A ribbon, film or feeder: `level` in percent, `cards` how many it still does; None when the device says not."""

    name: str
    level: int | None = None
    cards: int | None = None


class Tally(Value):
    """What a machine counted of itself, ever: cards that it fed, sheets, or impressions (a side each)."""

    unit: Literal["cards", "sheets", "impressions"]
    count: int


class DeviceStatus(Kept):
    """What the station's devices say of themselves: state, reasons in IPP's words, supplies, its own `counter`.

    `cards_left` in the feeder; `cleaning_in` cards until a cleaning is due (0: now); `trouble` what went wrong last and
    what to do, None after the next card that went well. None: the device does not say. `abilities` is what can be made
    here now, None while nobody can say; `wants` is what the operator is to do next, for an order that waits for hands.
    """

    state: Literal["idle", "processing", "stopped", "offline"]
    reasons: tuple[str, ...] = ()
    supplies: tuple[Supply, ...] = ()
    cards_left: int | None = None
    cleaning_in: int | None = None
    trouble: Trouble | None = None
    abilities: Abilities | None = None
    wants: Trouble | None = None
    counter: Tally | None = None

    @property
    def last_error(self) -> str:
        """The trouble in English, "" without one."""
        return english(self.trouble)


class ReadRequest(Message):
    """A finished document is to be laid on the reader, opened and read. `order_id` says which; a real reader takes
    what lies there, and `access` opens that one only."""

    read_id: UUID
    order_id: UUID
    access: AccessKeys


class ChipReading(Kept):
    """What the reader found: complete files by name, or why not (`trouble`).

    `opened_by` names the protocol that opened it; `proofs` says of active and of chip authentication whether the chip
    proved its key (absent: it has none, or nobody could tell). `missing` are files that are there and could not be
    read; `remarks` say why, and why a proof was not made.
    """

    read_id: UUID
    chip_uid: Line | None = None
    files: dict[str, bytes] = {}
    opened_by: Literal["", "PACE", "BAC"] = ""
    proofs: dict[Literal["active", "chip"], bool] = {}
    missing: tuple[Line, ...] = ()
    remarks: Annotated[tuple[Trouble, ...], Field(max_length=MOST_REMARKS)] = ()
    trouble: Trouble | None = None

    @property
    def error(self) -> str:
        """The trouble in English, "" without one."""
        return english(self.trouble)


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
    """One device of a station: its driver, the JSON Schema of its settings (pydantic's, draft 2020-12), and their
    values now."""

    role: Literal["printer", "encoder"]
    driver: str
    settings_schema: dict[str, Any]
    settings: dict[str, Any]

    @model_validator(mode="before")
    @classmethod
    def _without_words(cls, device: Any) -> Any:
        """Registers keep devices of protocols 2 to 4, which told their `capabilities` in words."""
        return (
            {name: value for name, value in device.items() if name != "capabilities"}
            if isinstance(device, dict)
            else device
        )


class Registration(Message):
    """What a station says of itself when it starts."""

    software: Line
    devices: tuple[Device, ...]


class StationSettings(Kept):
    """The settings that the administrator chose, by role; `revision` grows with each change."""

    revision: int
    settings: dict[Literal["printer", "encoder"], dict[str, Any]]


class JournalWanted(Message):
    """The register was restored: the station is to tell its journal from the claim `since_claim` on, None for all."""

    reconciliation: UUID
    since_claim: UUID | None = None


class ToldClaim(Value):
    """What a station's journal says of one claim: its order, what became of it, and what it used.

    `test` for a test print, whose id is both claim and order.
    """

    claim_id: UUID
    order_id: UUID
    outcome: Outcome
    step: Line | None = None
    blank_serial: Line | None = None
    chip_uid: Line | None = None
    digests: dict[str, str] = {}
    test: bool = False


class JournalPart(Message):
    """A part of a station's journal, oldest first; `before` counts the claims that were told already."""

    reconciliation: UUID
    before: int
    claims: tuple[ToldClaim, ...]
    is_last: bool


class Errand(Message):
    """What the register wants of a station besides orders: exactly one of these."""

    journal: JournalWanted | None = None
    reading: ReadRequest | None = None
    test_print: UUID | None = None
    settings: StationSettings | None = None
    resume: UUID | None = None
    """Somebody looked after too many spoiled cards: go on."""


class ErrandDone(Kept):
    """How a test print (its id), a change of settings (its revision) or a resumption (its id) went; `trouble` says what
    to do.

    `blank_serial` of the test card, when it has one and it was read: that blank is used.
    """

    test_print: UUID | None = None
    revision: int | None = None
    resume: UUID | None = None
    blank_serial: Line | None = None
    trouble: Trouble | None = None

    @property
    def error(self) -> str:
        """The trouble in English, "" without one."""
        return english(self.trouble)


class Problem(Message):
    """The server's refusal: a code for the program, a sentence for the operator."""

    error: str
    message: str
