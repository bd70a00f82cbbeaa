"""The memory of a virtual chip: elementary files and what the applet keeps beside them, in a folder or in no folder.

A write goes into its file at once, so that a process killed in the middle leaves what a chip torn out would hold.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from card_drivers.chips.apdu import CardLimits
from card_drivers.device import ConfigurationError
from card_drivers.order import AccessKeys
from card_drivers.simulators.chip.habits import HABITS, Habit

SIZE = 80 * 1024  # bytes of files a chip takes
Applet = Literal["jmrtd-applet", "generic-globalplatform"]
TEST_KEY = bytes(range(0x40, 0x50))  # the key of test cards (GlobalPlatform Card Specification, well known)


class _Kept(BaseModel):
    model_config = ConfigDict(
        extra="forbid", ser_json_bytes="base64", val_json_bytes="base64", validate_assignment=True
    )


class CardKeys(_Kept):
    """The card-manager keys of a virtual card (GlobalPlatform SCP03, 6.1), in hex in `card_keys.json`."""

    model_config = ConfigDict(ser_json_bytes="hex", val_json_bytes="hex")

    enc: bytes = Field(default=TEST_KEY, repr=False)
    mac: bytes = Field(default=TEST_KEY, repr=False)
    dek: bytes = Field(default=TEST_KEY, repr=False)


def read_keys(path: Path) -> CardKeys:
    """The keys in a file, those of test cards when there is none. ConfigurationError when it cannot be read."""
    try:
        return CardKeys.model_validate_json(path.read_bytes()) if path.exists() else CardKeys()
    except ValidationError as error:
        raise ConfigurationError("card-keys-file", path=str(path)) from error


class State(_Kept):
    """What a chip knows beside its files.

    `applet` is the command set that personalises it, None while it still takes either. `dead` is silent, `failing`
    cannot be written. `personalised` is the end of its life as a blank. `channels` counts the secure channels opened
    with the card-manager keys, `failures` the wrong passwords since the last right one. `habit` is one of `HABITS`.
    """

    uid: str
    applet: Applet | None = None
    command_bytes: int = 32_767
    response_bytes: int = 32_767
    extended: bool = True
    dead: bool = False
    failing: bool = False
    personalised: bool = False
    access: AccessKeys | None = None
    active_key: bytes = Field(default=b"", repr=False)
    chip_key: bytes = Field(default=b"", repr=False)
    channels: int = 0
    failures: int = 0
    habit: str = Field(default="", pattern=f"^({'|'.join(HABITS)})$")

    @property
    def behaves(self) -> Habit:
        """How it answers where real chips differ."""
        return HABITS[self.habit]

    @property
    def limits(self) -> CardLimits:
        """The lengths of APDUs that it takes."""
        return CardLimits(self.command_bytes, self.response_bytes) if self.extended else CardLimits()


class Memory:
    """Change `state` and call `keep`; write files through `create` and `update` only."""

    def __init__(self, state: State, folder: Path | None = None) -> None:
        self.state = state
        self.files: dict[str, bytearray] = {}
        self._folder = folder

    @classmethod
    def new(cls, uid: str, **state: object) -> Memory:
        """A blank that lives in no folder."""
        return cls(State.model_validate({"uid": uid, **state}))

    @classmethod
    def read(cls, uid: str, folder: Path) -> Memory:
        """What the chip in `folder` holds; one never touched is blank. ConfigurationError when it cannot be read."""
        path = folder / "state.json"
        try:
            state = State.model_validate_json(path.read_bytes()) if path.exists() else State(uid=uid)
        except ValidationError as error:
            raise ConfigurationError("simulated-card-file", path=str(path)) from error
        memory = cls(state, folder)
        memory.files = {path.name: bytearray(path.read_bytes()) for path in folder.glob("[0-9a-f]" * 4)}
        return memory

    def keep(self) -> None:
        """Keep the state."""
        if self._folder is None:
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        draft = self._folder / "state.json.new"
        draft.write_text(self.state.model_dump_json(indent=1))
        draft.rename(self._folder / "state.json")

    def create(self, fid: str, size: int) -> None:
        """A file of zeros."""
        self.files[fid] = bytearray(size)
        self._write(fid)

    def update(self, fid: str, offset: int, data: bytes) -> None:
        """Overwrite a part of a file."""
        self.files[fid][offset : offset + len(data)] = data
        self._write(fid)

    @property
    def blank(self) -> bool:
        """Whether nothing of a document was written yet."""
        state = self.state
        return not (self.files or state.access or state.active_key or state.chip_key or state.personalised)

    def room(self) -> int:
        """Bytes that are left for files."""
        return SIZE - sum(map(len, self.files.values()))

    def _write(self, fid: str) -> None:
        if self._folder is not None:
            self._folder.mkdir(parents=True, exist_ok=True)
            (self._folder / fid).write_bytes(self.files[fid])
