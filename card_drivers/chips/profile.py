"""Personalisation profiles: how one kind of blank chip is written, as data (`profiles/*.toml`).

A profile's comments say what the card does, command by command; this module says what the file may say.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PositiveFloat,
    ValidationError,
    field_validator,
    model_validator,
)

from card_drivers.chips import tlv
from card_drivers.chips.apdu import Command
from card_drivers.chips.emrtd import Protocol
from card_drivers.chips.files import FILES
from card_drivers.chips.personal_objects import key_objects
from card_drivers.device import ConfigurationError
from card_drivers.order import ChipPart

FOLDER = Path(__file__).parents[1] / "profiles"
StationStep = Literal["check", "print", "encode", "read_back", "lock", "verify"]
CHIP: list[StationStep] = ["check", "encode", "read_back", "lock", "verify"]  # in this order
KeyName = Literal["active", "chip"]
Hex = Annotated[bytes, BeforeValidator(bytes.fromhex)]
Header = Annotated[Hex, Field(min_length=4, max_length=4)]
Dgi = Annotated[int, Field(ge=0x0001, le=0xFFFE)]


class _Step(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Select(_Step):
    """Select the application; how one sees that the chip is blank."""

    do: Literal["select"]
    blank: Literal["life_cycle", "no_files"]


class Authenticate(_Step):
    """Open a secure channel, or nothing. `site_keys`: a site that personalises for others may have the keys too."""

    do: Literal["authenticate"]
    protocol: Literal["none", "scp03"]
    key_version: int = Field(default=0, ge=0, le=0xFF)
    level: int = Field(default=0x33, ge=0x01, le=0x33)
    site_keys: bool = False


class CreateFiles(_Step):
    """Create every file with this command's header: 63 04 size fid."""

    do: Literal["create_files"]
    command: Header


class WriteFiles(_Step):
    """Write every file."""

    do: Literal["write_files"]
    by: Literal["store_data", "update_binary"]


class StoreAccess(_Step):
    """Put what opens the finished chip, by STORE DATA."""

    do: Literal["put_access"]
    by: Literal["store_data"]
    access_dgi: Dgi


class PutAccess(_Step):
    """Put what opens the finished chip, by PUT DATA with this header."""

    do: Literal["put_access"]
    by: Literal["put_data"]
    command: Header


class StoreKey(_Step):
    """Put the chip's own keys as PKCS#8, by STORE DATA."""

    do: Literal["put_key"]
    by: Literal["store_data"]
    dgis: dict[KeyName, Dgi]


class PutKey(_Step):
    """Put the key for chip authentication number by number, by PUT DATA with this header."""

    do: Literal["put_key"]
    by: Literal["put_data"]
    command: Header


class ReadBack(_Step):
    """Read everything back: in the channel by short identifier, or after BAC by file identifier."""

    do: Literal["read_back"]
    by: Literal["short_identifier", "bac"]


class Lock(_Step):
    """The one command that locks the application for ever."""

    do: Literal["lock"]
    command: Hex

    @field_validator("command")
    @classmethod
    def _whole(cls, command: bytes) -> bytes:
        if Command.parse(command) is None:
            raise ValueError("no command APDU")
        return command

    @property
    def parsed(self) -> Command:
        """The command."""
        command = Command.parse(self.command)
        assert command, "it was validated"
        return command


Put = Annotated[StoreAccess | PutAccess, Field(discriminator="by")]
Key = Annotated[StoreKey | PutKey, Field(discriminator="by")]
Step = Annotated[
    Select | Authenticate | CreateFiles | WriteFiles | Put | Key | ReadBack | Lock, Field(discriminator="do")
]


class Profile(BaseModel):
    """One kind of blank: the steps of its chip, the order of the station's steps, and their time limits in seconds.

    `opened_by` is the protocol that opens the finished chip; `files` and `keys` are what the chip can take.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str
    aid: Hex
    opened_by: Protocol
    sequence: tuple[StationStep, ...]
    limits: dict[StationStep, PositiveFloat]
    files: tuple[str, ...]
    keys: tuple[KeyName, ...]
    steps: tuple[Step, ...]

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        done = [step.do for step in self.steps]
        if done[:1] != ["select"] or done[-2:] != ["read_back", "lock"] or len(set(done)) != len(done):
            raise ValueError("steps: select comes first, read_back and lock come last, each step once")
        if sorted(self.sequence) != sorted(self.limits) or [step for step in self.sequence if step != "print"] != CHIP:
            raise ValueError(f"sequence: {', '.join(CHIP)}, and print where it suits, each with its limit")
        if unknown := set(self.files) - FILES.keys():
            raise ValueError(f"files: {', '.join(sorted(unknown))} is no file of an eMRTD")
        if any(isinstance(step, StoreKey) and not step.dgis.keys() >= set(self.keys) for step in self.steps):
            raise ValueError("keys: each one needs its DGI")
        return self

    @property
    def select(self) -> Select:
        """How the application is selected."""
        step = self.steps[0]
        assert isinstance(step, Select), "the first step was validated"
        return step

    @property
    def middle(self) -> tuple[Step, ...]:
        """What is done between selecting and reading back."""
        return self.steps[1:-2]

    @property
    def needs_keys(self) -> bool:
        """Whether its chip is opened with card-manager keys, which the register holds."""
        return any(isinstance(step, Authenticate) and step.protocol != "none" for step in self.middle)

    @property
    def for_sites(self) -> bool:
        """Whether a site without the register may write its chips, with card-manager keys of its own where it needs."""
        return not self.needs_keys or any(isinstance(step, Authenticate) and step.site_keys for step in self.middle)

    @property
    def read_back(self) -> ReadBack:
        """How everything is read back."""
        step = self.steps[-2]
        assert isinstance(step, ReadBack), "the last but one step was validated"
        return step

    @property
    def lock_command(self) -> Command:
        """The command that locks."""
        step = self.steps[-1]
        assert isinstance(step, Lock), "the last step was validated"
        return step.parsed

    def check(self, part: ChipPart) -> None:
        """ConfigurationError when such a chip cannot take this content. Ask before a blank is taken."""
        _require_known("files", set(part.files), self.files)
        _require_known("keys", set(part.keys), self.keys)
        for name, data in part.files.items():
            if _whole(data) != len(data):
                raise ConfigurationError("profile-file-not-whole", name=name)
        if any(isinstance(step, PutKey) for step in self.steps):
            for key in part.keys.values():
                key_objects(key)


def _require_known(kind: str, given: set[str], known: tuple[str, ...]) -> None:
    unknown = sorted(given - set(known))
    if unknown:
        raise ConfigurationError("profile-takes-no", kind=kind, names=", ".join(unknown))


def _whole(data: bytes) -> int | None:
    """The length that a file's own header says."""
    try:
        return tlv.measure(data[: tlv.HEAD])[0]
    except tlv.TlvError:
        return None


def names() -> list[str]:
    """The profiles that this station knows."""
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


def load(name: str) -> Profile:
    """The profile of this name. ConfigurationError when there is none, or its file says something wrong."""
    path = FOLDER / f"{name}.toml"
    if not re.fullmatch(r"[a-z0-9-]+", name) or not path.is_file():
        raise ConfigurationError("profile-unknown", names=", ".join(names()))
    try:
        return Profile.model_validate(tomllib.loads(path.read_text("utf-8")))
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError("profile-no-toml", name=name, said=str(error)) from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "the file"
        raise ConfigurationError("profile-wrong", name=name, place=place, said=first["msg"]) from error
