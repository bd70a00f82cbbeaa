"""Drivers and their settings: a driver is one module, found by its name, opened with values that its own model checks.

Every module of `card_drivers.printers` and of `card_drivers.encoders` is a driver. It has a pydantic model `Settings`
(a `DriverSettings`), and a function `open(settings, context)` that gives the port. The values come from `settings.json`
in the station's folder, which the register's administrator changes through the form that is drawn from the model
(`order.StationSettings`).
"""

from __future__ import annotations

import importlib
import os
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from card_drivers.chips import profile as profiles
from card_drivers.device import ConfigurationError, DeskReader
from card_drivers.order import Abilities, Device, StationSettings
from card_drivers.station.card_path import CardMachine
from card_drivers.station.printer import CardPrinter, SendsAway

Role = Literal["printer", "encoder"]
PACKAGES: dict[Role, str] = {"printer": "card_drivers.printers", "encoder": "card_drivers.encoders"}


class DriverSettings(BaseModel):
    """Base of every driver's settings: immutable, unknown fields refused, each field with its title and default.

    A secret is a `SecretStr`: it never leaves the station, and stays when it is not among those chosen.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")


class EncoderSettings(DriverSettings):
    """Base of every encoder's settings: where it stands. A printer without a chip position has it beside it always."""

    beside: bool = Field(
        default=False,
        title="Stands beside the printer",
        description="The operator lays each blank on it and carries it to the printer. Off: it is inside the printer.",
    )
    feed_seconds: float = Field(
        default=8,
        ge=0,
        le=120,
        title="Seconds from the reader to the feeder",
        description="How long after a blank was taken off the reader the printer is told to print.",
    )
    patience_hours: float = Field(
        default=12,
        gt=0,
        le=240,
        title="Hours that a written chip waits",
        description="A document that nobody carries on for so long is given up as spoiled.",
    )


@dataclass(frozen=True)
class Context:
    """What a driver may know of its station: the folder that is its own to write."""

    state: Path


@dataclass(frozen=True)
class Driver:
    """One driver module by its name and role."""

    role: Role
    name: str
    settings: type[DriverSettings]
    open: Callable[[Any, Context], Any]

    def checked(self, values: Mapping[str, Any]) -> DriverSettings:
        """The values as the driver's model; ConfigurationError names the first field that is wrong."""
        try:
            return self.settings.model_validate(dict(values))
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            place = ".".join(map(str, (self.role, *first["loc"])))
            raise ConfigurationError("setting-wrong", place=place, said=first["msg"]) from None

    @property
    def secrets(self) -> set[str]:
        """The settings that are secret."""
        return {name for name, field in self.settings.model_fields.items() if field.annotation is SecretStr}

    def described(self, settings: DriverSettings) -> Device:
        """For the registration: the schema of the settings, and their values now but the secret ones."""
        return Device(
            role=self.role,
            driver=self.name,
            settings_schema=self.settings.model_json_schema(),
            settings=settings.model_dump(mode="json", exclude=self.secrets),
        )


def names(role: Role) -> list[str]:
    """The drivers there are."""
    package = importlib.import_module(PACKAGES[role])
    return sorted(module.name for module in pkgutil.iter_modules(package.__path__))


def driver(role: Role, name: str) -> Driver:
    """The driver `name`; ConfigurationError lists those there are."""
    if name not in names(role):
        raise ConfigurationError("driver-unknown", role=role, name=name, names=", ".join(names(role)))
    module: ModuleType = importlib.import_module(f"{PACKAGES[role]}.{name}")
    return Driver(role, name, module.Settings, module.open)


class Equipment:
    """The printer and the encoder of one station, opened with the settings of its folder.

    ConfigurationError when a driver is unknown or a setting wrong; nothing is opened by halves.
    """

    def __init__(self, context: Context, printer: str, encoder: str | None) -> None:
        self._context = context
        self._drivers = [driver("printer", printer), *([driver("encoder", encoder)] if encoder else [])]
        self._file = context.state / "settings.json"
        chosen = self._kept()
        self._take(chosen, self._opened(chosen))

    @property
    def revision(self) -> int:
        """The revision of the settings that are in force; 0 for those of the folder's owner."""
        return self._chosen.revision

    def devices(self) -> tuple[Device, ...]:
        """The devices as the registration describes them."""
        settings = self._checked(self._chosen)
        return tuple(each.described(settings[each.role]) for each in self._drivers)

    def abilities(self) -> Abilities:
        """What can be made here now: what the printer prints, and chips where there is an encoder.

        Hands bring the blanks to a desk: what lies in the printer says nothing there.
        """
        found = self.printer.abilities()
        if self.encoder is None or isinstance(self.printer, SendsAway):
            return found
        by_hand = {"stocks": None} if self.desk() else {}
        return found.model_copy(update={"profiles": tuple(profiles.names()), **by_hand})

    def desk(self) -> tuple[DeskReader, EncoderSettings] | None:
        """The encoder when it stands beside the printer, where hands carry the card; None for one inside."""
        if self.encoder is None or isinstance(self.printer, SendsAway):
            return None
        settings = self._checked(self._chosen)["encoder"]
        assert isinstance(settings, EncoderSettings), "every encoder's settings are"
        return (self.encoder, settings) if settings.beside or not isinstance(self.printer, CardMachine) else None

    def apply(self, chosen: StationSettings) -> None:
        """Open the devices with new settings and keep these; ConfigurationError leaves everything as it was.

        Secrets that whoever chose does not know, those of this station's own file, stay.
        """
        kept = {each.role: {**self._secrets_of(each), **chosen.settings.get(each.role, {})} for each in self._drivers}
        chosen = chosen.model_copy(update={"settings": kept})
        opened = self._opened(chosen)
        replace_file(self._file, chosen.model_dump_json(indent=1))
        if self.encoder is not None:
            self.encoder.close()
        self._take(chosen, opened)

    def _secrets_of(self, one: Driver) -> dict[str, Any]:
        now = self._chosen.settings.get(one.role, {})
        return {name: now[name] for name in one.secrets if name in now}

    def _checked(self, chosen: StationSettings) -> dict[Role, DriverSettings]:
        return {each.role: each.checked(chosen.settings.get(each.role, {})) for each in self._drivers}

    def _opened(self, chosen: StationSettings) -> dict[Role, Any]:
        settings = self._checked(chosen)
        return {each.role: each.open(settings[each.role], self._context) for each in self._drivers}

    def _take(self, chosen: StationSettings, opened: dict[Role, Any]) -> None:
        self.printer: CardPrinter = opened["printer"]
        self.encoder: DeskReader | None = opened.get("encoder")
        self._chosen = chosen

    def _kept(self) -> StationSettings:
        if not self._file.exists():
            return StationSettings(revision=0, settings={})
        try:
            return StationSettings.model_validate_json(self._file.read_bytes())
        except (OSError, ValidationError) as error:
            raise ConfigurationError("settings-unreadable", path=str(self._file)) from error


def replace_file(path: Path, text: str) -> None:
    """Replace a file, which its owner alone may read, so that a killed process leaves the old one or the new one."""
    draft = path.with_name(path.name + ".new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        draft.rename(path)
    except OSError as error:
        raise ConfigurationError("file-unwritable", path=str(path), said=str(error.strerror)) from error
