"""The simulated card printer: prints PNG files and hands the card to the encoder before and after."""

from __future__ import annotations

from collections import Counter
from typing import Literal
from uuid import UUID

from PIL import Image
from pydantic import Field

from card_drivers.device import Answer, DeviceOffline
from card_drivers.links import raster
from card_drivers.order import Abilities, DeviceStatus, Face, Order, Result, Supply, Tally
from card_drivers.simulators.machine import CLEANING_CARDS, REASONS, RIBBON_CARDS, Simulation
from card_drivers.station import card_path
from card_drivers.station.equipment import Context
from card_drivers.station.laying import LayingSettings
from card_drivers.station.workbench import Workbench

LOW_PERCENT = 10


class Settings(LayingSettings):
    """How its medium is fed; its faults are a script in its folder."""

    over_edge: bool = Field(
        default=True, title="Print beyond the edge", description="With the bleed of the face, as cards come out."
    )
    resolution: Literal["300x300", "300x600", "600x600", "1200x1200"] = Field(
        default="300x300", title="Resolution", description="Dots an inch, across and down."
    )
    reads_serials: bool = Field(
        default=True,
        title="Reads the serials of blanks",
        description="Off: as a printer that cannot; the operator declares what is put into it.",
    )

    @property
    def dpi(self) -> raster.Dpi:
        """The resolution as numbers."""
        across, down = map(int, self.resolution.split("x"))
        return across, down


DEFAULT = Settings()


def can(settings: Settings) -> Abilities:
    """Any size; it reads serials unless its settings say that it cannot."""
    return Abilities(dpi=settings.dpi, reads_serial=settings.reads_serials)


def open(settings: Settings, context: Context) -> SimulatedPrinter:
    """The machine in the station's folder."""
    return SimulatedPrinter(Simulation(context.state / "simulator"), settings)


class SimulatedPrinter:
    """A printer with hopper, contactless position, output tray and reject tray (`card_drivers.simulators.machine`)."""

    def __init__(self, simulation: Simulation, settings: Settings = DEFAULT) -> None:
        self._simulation = simulation
        self._settings = settings

    def produce(self, order: Order, station: Workbench) -> Result:
        """The way of every card (`card_drivers.station.card_path`)."""
        return card_path.produce(self, order, station)

    def status(self) -> DeviceStatus:
        """Idle, or stopped with the reasons in IPP's words; DeviceOffline when it is switched off."""
        conditions, machine = self._simulation.conditions(), self._simulation.machine()
        if "offline" in conditions:
            raise DeviceOffline("printer-off")
        ribbon = 0 if "ribbon-out" in conditions else machine.ribbon
        level = ribbon * 100 // RIBBON_CARDS
        low = ("marker-supply-low",) if 0 < level < LOW_PERCENT else ()
        return DeviceStatus(
            state="stopped" if conditions else "idle",
            reasons=(*(REASONS[condition] for condition in conditions), *low),
            supplies=(Supply(name="ribbon", level=level, cards=ribbon),),
            cards_left=len(machine.hopper),
            cleaning_in=max(0, CLEANING_CARDS - machine.since_cleaning),
            counter=Tally(unit="cards", count=machine.fed),
        )

    def abilities(self) -> Abilities:
        """By its settings, and what lies in its hopper."""
        stocks = Counter(blank.stock for blank in self._simulation.machine().hopper)
        return can(self._settings).model_copy(update={"stocks": dict(stocks)})

    def recover(self, order_id: UUID) -> Answer:
        """The machine's own memory of its last order; a card left in the path goes to the reject tray."""
        return self._simulation.recover(order_id)

    # The machine of `card_path`.

    def ready(self, order: Order) -> dict[str, Image.Image]:
        """The pictures to print, by file name."""
        pictures: dict[str, Image.Image] = {}
        for side, face in enumerate(order.faces):
            pictures |= self._pictures(face, side)
        return pictures

    def feed(self, order: Order) -> str | None:
        """Take the next blank of the order's stock; its serial, if it reads one."""
        serial = self._simulation.feed(order.order_id, order.stock).serial
        return serial if self._settings.reads_serials else None

    def to_chip_position(self) -> None:
        """Move the card to the contactless position."""
        self._simulation.to_chip_position()

    def print(self, prepared: dict[str, Image.Image], seconds: float) -> None:
        """Print the pictures."""
        self._simulation.print_pictures(prepared, self._settings.dpi)

    def eject(self) -> None:
        """Into the output tray."""
        self._simulation.eject("tray")

    def reject(self) -> None:
        """Into the reject tray."""
        self._simulation.eject("reject")

    def _pictures(self, face: Face, side: int) -> dict[str, Image.Image]:
        """One picture per ink (`front-black`), and `front`: what the eye sees, which no ultraviolet ink is."""
        layers = raster.layers(face, self._settings.laying(face, side), self._settings.dpi)
        pictures = {f"{face.name}-{name}": picture for name, picture in layers.items()}
        seen = [layers[ink] for ink in ("colour", "black") if ink in layers]
        if seen:
            pictures[face.name] = raster.overlay(*seen) if len(seen) > 1 else seen[0]
        return pictures
