"""The simulated card printer: prints PNG files at 300 dpi and hands the card to the encoder before and after."""

from __future__ import annotations

from collections import Counter
from uuid import UUID

from PIL import Image

from card_drivers.device import Answer, DeviceOffline
from card_drivers.links import raster
from card_drivers.order import Abilities, DeviceStatus, Face, Order, Result, Supply
from card_drivers.simulators.machine import CLEANING_CARDS, REASONS, RIBBON_CARDS, Simulation
from card_drivers.station import card_path
from card_drivers.station.equipment import Context, DriverSettings
from card_drivers.station.workbench import Workbench

CAPABILITIES = {"what": "cards, paper", "resolution": "300 dpi", "faces": 2, "chip": "at the contactless position"}
DPI = 300
# Face in millimetres -> area in pixels that this printer covers with bleed. Other stock is printed without.
PRINT_AREAS = {(85.6, 53.98): (1016, 648)}
LOW_PERCENT = 10


class Settings(DriverSettings):
    """The simulated printer has none: its faults are a script in its folder."""


def open(settings: Settings, context: Context) -> SimulatedPrinter:
    """The machine in the station's folder."""
    return SimulatedPrinter(Simulation(context.state / "simulator"))


class SimulatedPrinter:
    """A printer with hopper, contactless position, output tray and reject tray (`card_drivers.simulators.machine`)."""

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation

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
        )

    def abilities(self) -> Abilities:
        """Any size; it reads serials, and knows what lies in its hopper."""
        stocks = Counter(blank.stock for blank in self._simulation.machine().hopper)
        return Abilities(dpi=(DPI, DPI), reads_serial=True, stocks=dict(stocks))

    def recover(self, order_id: UUID) -> Answer:
        """The machine's own memory of its last order; a card left in the path goes to the reject tray."""
        return self._simulation.recover(order_id)

    # The machine of `card_path`.

    def ready(self, order: Order) -> dict[str, Image.Image]:
        """The pictures to print, by file name."""
        return {name: picture for face in order.faces for name, picture in _print_pictures(face).items()}

    def feed(self, order: Order) -> str | None:
        """Take the next blank of the order's stock; its serial."""
        return self._simulation.feed(order.order_id, order.stock).serial

    def to_chip_position(self) -> None:
        """Move the card to the contactless position."""
        self._simulation.to_chip_position()

    def print(self, prepared: dict[str, Image.Image], seconds: float) -> None:
        """Print the pictures."""
        self._simulation.print_pictures(prepared)

    def eject(self) -> None:
        """Into the output tray."""
        self._simulation.eject("tray")

    def reject(self) -> None:
        """Into the reject tray."""
        self._simulation.eject("reject")


def _print_pictures(face: Face) -> dict[str, Image.Image]:
    """One picture per layer (`front-black`), and `front`: what the eye sees."""
    layers = raster.layers(face, DPI, PRINT_AREAS.get((face.width_mm, face.height_mm)))
    pictures = {f"{face.name}-{name}": picture for name, picture in layers.items()}
    if "colour" in layers and "black" in layers:
        pictures[face.name] = raster.overlay(layers["colour"], layers["black"])
    else:
        pictures[face.name] = next(iter(layers.values()))
    return pictures
