"""Evolis card printers through Print Center (`card_drivers.links.print_center`), which runs beside the station.

Commands and states are those that public clients of the service use; docs/drivers.md says what no hardware has
confirmed yet. The printer keeps no memory of orders, so the station's folder keeps where the last card is.
"""

from __future__ import annotations

import base64
import io
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, NoReturn
from uuid import UUID

from PIL import Image
from pydantic import BaseModel, Field, ValidationError

from card_drivers.device import (
    Answer,
    CardRejected,
    ConfigurationError,
    DeviceBusy,
    DeviceOffline,
    LinkLost,
    SuppliesOut,
)
from card_drivers.links import raster
from card_drivers.links.print_center import Patience, PrintCenter, PrintCenterError
from card_drivers.links.transport import LinkBroken, NotConnected
from card_drivers.order import Abilities, DeviceStatus, Face, Ink, Order, Outcome, Result, Size, Supply
from card_drivers.station import card_path
from card_drivers.station.equipment import Context, DriverSettings, replace_file
from card_drivers.station.workbench import Workbench
from card_drivers.troubles import Trouble

CARD = Size(width_mm=85.6, height_mm=53.98)
AREA_MM = (86.02, 54.86)  # what the head prints, over the edges of the card: 1016 x 648 dots at 300 dpi
# Resolution of the settings, dots an inch along and across the card -> what Print Center calls it.
RESOLUTIONS: dict[str, tuple[raster.Dpi, str]] = {
    "300x300": ((300, 300), "DPI300"),
    "600x300": ((600, 300), "DPI600300"),
    "600x600": ((600, 600), "DPI600"),
    "1200x300": ((1200, 300), "DPI1200300"),
}
PANELS = {"colour": "color", "black": "resin"}  # layer of an order -> panel of the ribbon
FACES = ("front", "back")
SESSION = "JOB000001"  # the client names it; one order at a time

# State of the printer, without its prefix -> reason in IPP's words (RFC 8011 5.4.12, PWG 5100.9).
HALTED = {
    "COVER_OPEN": "cover-open",
    "FEEDER_OPEN": "cover-open",
    "HOPPER_FULL": "output-area-full",
    "REJECT_BOX_FULL": "output-area-full",
    "REJECT_BOX_COVER_OPEN": "cover-open",
    "MECHANICAL": "media-jam",
    "CARD_ON_EJECT": "media-jam",
    "FEEDER_ERROR": "media-jam",
    "PRINTER_LOCKED": "paused",
    "POWER_SUPPLY": "shutdown",
}
EMPTY = {
    "FEEDER_EMPTY": "media-empty",
    "WAIT_CARD": "media-empty",
    "NO_CARD_INSERTED": "media-empty",
    "NO_RIBBON": "marker-supply-missing",
    "RIBBON_ENDED": "marker-supply-empty",
    "BAD_RIBBON": "marker-supply-missing",
    "RIBBON_ERROR": "marker-supply-missing",
    "UNSUPPORTED_RIBBON": "marker-supply-missing",
    "REMOVE_RIBBON": "marker-supply-missing",
}
WORKING = {"BUSY", "PRINTING_RUNNING", "ENCODING_RUNNING", "CLEANING_RUNNING", "HEATING", "COOLING"}
WARNINGS = {"RIBBON_LOW": "marker-supply-low", "FEEDER_NEAR_EMPTY": "media-low"}
CLEANING = {"CLEANING", "CLEANING_REQUIRED", "CLEANING_ADVANCED", "CLEAN_2ND_PASS", "CLEAN_LAST_OUTWARRANTY"}
ADVICE = {
    "cover-open": Trouble.of("close-cover"),
    "output-area-full": Trouble.of("empty-trays"),
    "media-jam": Trouble.of("remove-card"),
    "media-empty": Trouble.of("load-blanks"),
    "marker-supply-empty": Trouble.of("change-ribbon"),
    "marker-supply-missing": Trouble.of("put-ribbon-in"),
}
AWAY = {"PRINTER_OFFLINE", "PRINTER_UNKNOWN", "PRINTER_NOT_SUPERVISED", "PRINTER_STATUS_DISABLED"}


class Settings(DriverSettings):
    """Where Print Center is, and what lies in the printer."""

    host: str = Field(default="127.0.0.1", title="Print Center", description="Address of this machine.")
    port: int = Field(default=18000, gt=0, lt=65536, title="Port of Print Center")
    device: str = Field(default="Evolis Primacy 2", min_length=1, max_length=100, title="Name of the printer there")
    ribbon: Literal["RC_YMCKO", "RC_YMCKOS"] = Field(default="RC_YMCKO", title="Ribbon")
    resolution: Literal["300x300", "600x300", "600x600", "1200x300"] = Field(
        default="300x300", title="Resolution", description="Dots an inch along and across the card."
    )
    turn_front: Literal[0, 180] = Field(default=0, title="Turn the front", description="Degrees clockwise.")
    turn_back: Literal[0, 180] = Field(default=0, title="Turn the back", description="Degrees clockwise.")
    overlay: bool = Field(default=True, title="Overlay over the whole card")
    without_uv: bool = Field(
        default=False,
        title="Leave out the ultraviolet layer",
        description="These ribbons have no ultraviolet panel: orders with such a layer are refused unless this is set.",
    )
    least_print_seconds: float = Field(
        default=5, ge=0, le=60, title="Shortest print", description="A print that ended faster was none."
    )
    poll_seconds: float = Field(default=0.5, gt=0, le=10, title="Seconds between two questions while it prints")
    call_seconds: float = Field(default=15, gt=0, le=120, title="Seconds for one answer of Print Center")


def can(settings: Settings) -> Abilities:
    """Cards, in the inks of its ribbon. These printers read no serial."""
    uv: tuple[Ink, ...] = ("uv",) if settings.without_uv else ()
    dpi, _ = RESOLUTIONS[settings.resolution]
    return Abilities(sizes=(CARD,), faces=len(FACES), dpi=dpi, inks=("colour", "black", "fine", *uv))


def open(settings: Settings, context: Context) -> EvolisPrinter:
    """The printer of these settings. ConfigurationError when Print Center is on another machine."""
    return EvolisPrinter(settings, context.state / "evolis.json")


class LastCard(BaseModel):
    """Where the card of the last order is, as far as the commands that were sent tell."""

    order_id: UUID
    place: Literal["path", "leaving", "tray", "reject"] = "path"


class EvolisPrinter:
    """One printer of Print Center; `memory` is the file with its last card."""

    def __init__(self, settings: Settings, memory: Path) -> None:
        self._settings = settings
        self._center = PrintCenter(settings.host, settings.port, Patience(call=settings.call_seconds))
        self._memory = memory
        self._card: LastCard | None = None
        self._at_chip = False

    def produce(self, order: Order, station: Workbench) -> Result:
        """The way of every card (`card_drivers.station.card_path`)."""
        return card_path.produce(self, order, station)

    def status(self) -> DeviceStatus:
        """State, ribbon and cleaning. DeviceOffline when Print Center or the printer does not answer."""
        minor = self._state()
        known = {**HALTED, **EMPTY, **WARNINGS}
        reasons = (known[minor],) if minor in known else ()
        cards = self._number("Rrt;count")
        return DeviceStatus(
            state="processing" if minor in WORKING else "idle" if minor in _USABLE else "stopped",
            reasons=reasons or (() if minor in _USABLE | WORKING else ("other",)),
            supplies=(Supply(name=self._settings.ribbon, cards=cards),),
            cleaning_in=0 if minor in CLEANING else self._number("Rco;rc"),
        )

    def abilities(self) -> Abilities:
        """By its settings."""
        return can(self._settings)

    def recover(self, order_id: UUID) -> Answer:
        """Clear the path, and say of the last card what the commands before the interruption tell."""
        card = self._remembered()
        self._state()
        if card is None or card.order_id != order_id:
            return Answer(Outcome.NOT_STARTED, trouble=Trouble.of("no-blank-taken"))
        if card.place == "leaving":
            return Answer(Outcome.UNKNOWN, trouble=Trouble.of("card-leaving"))
        if card.place == "tray":
            return Answer(Outcome.DONE)
        if card.place == "path":
            self.reject()
        return Answer(Outcome.SPOILED, trouble=Trouble.of("card-in-reject-tray"))

    # The machine of `card_path`.

    def ready(self, order: Order) -> dict[str, dict[str, str]]:
        """The panels by face, each as the service takes it. Asks the printer too: nothing is consumed."""
        panels = self._panels(order)
        self._require_ready(self._state())
        if self._number("Rrt;count") == 0:
            raise SuppliesOut("ribbon-used-up")
        if self._ask("Psoe;D") != "OK":
            raise DeviceOffline("printer-keeps-no-card")
        return panels

    def feed(self, order: Order) -> str | None:
        """Take a blank, to the contactless position when it has a chip. These printers read no serial."""
        self._remember(LastCard(order_id=order.order_id))
        self._at_chip = order.chip is not None
        said = self._act("CMD.SendCommand", self._params("Sic" if self._at_chip else "Si"))
        if said != "OK":
            self._require_ready(self._state(lost=True))  # an empty feeder gave no blank
            raise CardRejected("feed-failed", said=said[:100])
        return None

    def to_chip_position(self) -> None:
        """Move the card to the contactless position."""
        if not self._at_chip:
            self._command("Sic")
        self._at_chip = True

    def print(self, prepared: dict[str, dict[str, str]], seconds: float) -> None:
        """Send every panel, print, wait for the end; CardRejected when it was too slow, or too fast to be true."""
        self._at_chip = False
        until = time.monotonic() + seconds
        session = {"session": SESSION}
        self._act("PRINT.Begin", {"device": self._settings.device, **session})
        self._done("PRINT.Set", {**session, "data": self._print_settings(len(prepared))})
        for face, panels in prepared.items():
            for panel, data in panels.items():
                self._done("PRINT.SetBitmap", {**session, "face": face, "panel": panel, "data": data})
        began = time.monotonic()
        self._done("PRINT.Print", session, max(until - began, 0.1))
        self._wait_for_the_end(began, until)
        self._done("PRINT.End", session)

    def eject(self) -> None:
        """Into the output tray."""
        self._leave("Se", "tray")

    def reject(self) -> None:
        """Into the reject tray."""
        self._leave("Ser", "reject")

    def _leave(self, command: str, place: Literal["tray", "reject"]) -> None:
        card = self._card or self._remembered()
        if card is not None and place == "tray":
            self._remember(LastCard(order_id=card.order_id, place="leaving"))
        self._command(command)
        if card is not None:
            self._remember(LastCard(order_id=card.order_id, place=place))

    def _panels(self, order: Order) -> dict[str, dict[str, str]]:
        if len(order.faces) > len(FACES):
            raise ConfigurationError("card-two-faces", faces=len(order.faces))
        turns: tuple[raster.Turn, ...] = (self._settings.turn_front, self._settings.turn_back)
        sides = zip(FACES, order.faces, turns, strict=False)
        return {name: self._panels_of(face, raster.Laying(AREA_MM, turn)) for name, face, turn in sides}

    def _panels_of(self, face: Face, how: raster.Laying) -> dict[str, str]:
        raster.check(face)
        if not Size(width_mm=face.width_mm, height_mm=face.height_mm).is_like(CARD):
            raise ConfigurationError("face-no-card", face=face.name, size=f"{CARD.width_mm} x {CARD.height_mm}")
        dpi, _ = RESOLUTIONS[self._settings.resolution]
        layers = raster.layers(face, how, dpi)
        if not self._settings.without_uv and "uv" in layers:
            raise ConfigurationError("ribbon-no-uv")
        return {PANELS[name]: _bitmap(picture) for name, picture in layers.items() if name in PANELS}

    def _print_settings(self, faces: int) -> str:
        overlay = ";FOverlayManagement=FULLVARNISH" if self._settings.overlay else ""
        duplex = "HORIZONTAL" if faces == len(FACES) else "NONE"
        resolution = RESOLUTIONS[self._settings.resolution][1]
        return (
            f"GRibbonType={self._settings.ribbon};Duplex={duplex};GOutputTray=HOPPER;Resolution={resolution}{overlay}"
        )

    def _wait_for_the_end(self, began: float, until: float) -> None:
        """Until the printer rests again. It must have been seen to work, or the call itself must have lasted."""
        least = self._settings.least_print_seconds
        worked = time.monotonic() - began >= least
        while (minor := self._state(lost=True)) in WORKING or not worked:
            if minor in HALTED or minor in EMPTY:
                break
            worked = worked or minor in WORKING
            if time.monotonic() >= until:
                raise CardRejected("print-late")
            time.sleep(self._settings.poll_seconds)
        if minor not in _USABLE:
            raise CardRejected(Trouble.of("print-stopped", state=minor).then(_advice(minor)))
        if time.monotonic() - began < least:
            raise CardRejected("print-early")

    def _require_ready(self, minor: str) -> None:
        if minor in EMPTY:
            raise SuppliesOut(_says(minor))
        if minor in WORKING:
            raise DeviceBusy("printer-works", state=minor)
        if minor not in _USABLE:
            raise DeviceOffline(_says(minor))

    def _state(self, lost: bool = False) -> str:
        """What the printer says of itself, as `FEEDER_EMPTY`. DeviceOffline, or LinkLost once something was sent."""
        try:
            said = self._center.call("SUPERVISION.GetState", {"device": self._settings.device})
        except (NotConnected, LinkBroken, PrintCenterError) as error:
            raise _away(lost, error.trouble.then(Trouble.of("start-print-center"))) from error
        minor = _without_prefix(said.rpartition(",")[2].strip())
        if minor in AWAY or said.startswith("OFF"):
            raise _away(lost, Trouble.of("printer-away", state=minor))
        return minor

    def _number(self, command: str) -> int | None:
        """The first number of what a reading command answers; None when there is none."""
        number = self._ask(command).strip().split(";")[0]
        return int(number) if number.isascii() and number.isdigit() and len(number) < 7 else None

    def _ask(self, command: str) -> str:
        """What the printer answers to a command that moves nothing; "" when it does not."""
        try:
            return self._center.call("CMD.SendCommand", self._params(command))
        except (NotConnected, LinkBroken, PrintCenterError):
            return ""

    def _command(self, command: str) -> None:
        """A command that moves the card."""
        self._done("CMD.SendCommand", self._params(command))

    def _done(self, method: str, params: Mapping[str, str], seconds: float | None = None) -> None:
        """One call that must end with OK."""
        said = self._act(method, params, seconds)
        if said != "OK":
            command = params.get("command", method)
            self._refused(Trouble.of("command-not-done", command=command, said=said[:100]))

    def _params(self, command: str) -> dict[str, str]:
        timeout = str(int(self._settings.call_seconds * 1000))
        return {"command": command, "device": self._settings.device, "timeout": timeout}

    def _act(self, method: str, params: Mapping[str, str], seconds: float | None = None) -> str:
        """One call after the blank was asked for: a lost answer leaves open what was done."""
        try:
            return self._center.call(method, params, seconds)
        except PrintCenterError as error:
            self._refused(Trouble.of("command-refused", method=method).then(error.trouble))
        except (NotConnected, LinkBroken) as error:
            raise LinkLost(error.trouble.then(Trouble.of("card-perhaps-inside"))) from error

    def _refused(self, what: Trouble) -> NoReturn:
        raise CardRejected(what.then(_says(self._state(lost=True))))

    def _remember(self, card: LastCard) -> None:
        replace_file(self._memory, card.model_dump_json())
        self._card = card

    def _remembered(self) -> LastCard | None:
        if not self._memory.exists():
            return None
        try:
            return LastCard.model_validate_json(self._memory.read_bytes())
        except (OSError, ValidationError) as error:
            raise ConfigurationError("card-memory-unreadable", path=str(self._memory)) from error


_USABLE = {"PRINTER_READY", *WARNINGS, *CLEANING, "SLEEP_MODE", "SLEEP_MODE_FULL"}


def _without_prefix(minor: str) -> str:
    """`DEF_FEEDER_EMPTY`, `ERR_FEEDER_EMPTY` and `FEEDER_EMPTY` are one state."""
    for prefix in ("DEF_", "ERR_", "INF_"):
        minor = minor.removeprefix(prefix)
    return "".join(character for character in minor if character.isalnum() or character == "_")[:40] or "NOTHING"


def _away(lost: bool, trouble: Trouble) -> LinkLost | DeviceOffline:
    return LinkLost(trouble) if lost else DeviceOffline(trouble)


def _says(minor: str) -> Trouble:
    """A state, and what to do about it."""
    return Trouble.of("printer-says", state=minor).then(_advice(minor))


def _advice(minor: str) -> Trouble:
    """What to do about a state."""
    return ADVICE.get({**HALTED, **EMPTY}.get(minor, ""), Trouble.of("look-at-printer"))


def _bitmap(picture: Image.Image) -> str:
    """BMP of 24 bits, or of one bit, in base64."""
    buffer = io.BytesIO()
    picture.save(buffer, format="BMP")
    return "base64:" + base64.b64encode(buffer.getvalue()).decode()
