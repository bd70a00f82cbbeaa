"""The simulated card printer: prints PNG files at 300 dpi and hands the card to the encoder before and after."""

from __future__ import annotations

from uuid import UUID

from PIL import Image

from card_drivers import raster
from card_drivers.device import Answer, CardRejected, ConfigurationError, DeviceError, DeviceOffline
from card_drivers.order import DeviceStatus, Face, Order, Outcome, Result, Supply
from card_drivers.production import Production, layer_digests
from card_drivers.simulation import REASONS, Blank, Simulation

DPI = 300
# Face in millimetres -> area in pixels that this printer covers with bleed. Other stock is printed without.
PRINT_AREAS = {(85.6, 53.98): (1016, 648)}


class SimulatedPrinter:
    """A printer with hopper, contactless position, output tray and reject tray (see `card_drivers.simulation`)."""

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation

    def produce(self, order: Order, station: Production) -> Result:
        """Feed, check the chip, print, encode, eject; after feeding, whatever fails ends in the reject tray."""
        station.check_chip_settings()
        pictures = {name: picture for face in order.faces for name, picture in _print_pictures(face).items()}
        with station.step("feed"):
            blank = self._simulation.feed(order.order_id, order.stock)
        try:
            self._personalise(order, blank, pictures, station)
        except DeviceError as error:
            step = station.current_step
            with station.step("reject"):
                self._simulation.eject("reject")
            station.current_step = step
            raise CardRejected(str(error)) from error
        return station.result(Outcome.DONE)

    def status(self) -> DeviceStatus:
        """Idle, or stopped with the reasons in IPP's words; DeviceOffline when it is switched off."""
        conditions = self._simulation.conditions()
        if "offline" in conditions:
            raise DeviceOffline("The printer does not answer: switch it on.")
        return DeviceStatus(
            state="stopped" if conditions else "idle",
            reasons=tuple(REASONS[condition] for condition in conditions),
            supplies=(Supply(name="ribbon", level=0 if "ribbon-out" in conditions else 100),),
            cards_left=len(self._simulation.hopper()),
        )

    def recover(self, order_id: UUID) -> Answer:
        """The machine's own memory of its last order; a card left in the path goes to the reject tray."""
        return self._simulation.recover(order_id)

    def _personalise(self, order: Order, blank: Blank, pictures: dict[str, Image.Image], station: Production) -> None:
        station.note(blank_serial=blank.serial)
        if order.chip is not None:
            self._simulation.to_chip_position()
            station.chip_ready()
        with station.step("print"):
            station.note(digests=layer_digests(order))
            self._simulation.print_pictures(pictures)
        if order.chip is not None:
            self._simulation.to_chip_position()
            station.encode()
        with station.step("eject"):
            self._simulation.eject("tray")


def _print_pictures(face: Face) -> dict[str, Image.Image]:
    """One picture per layer (`front-black`), and `front`: what the eye sees."""
    if not face.layers:
        raise ConfigurationError(f"Face {face.name} has no layer to print: have the order composed again.")
    area = PRINT_AREAS.get((face.width_mm, face.height_mm))
    layers = {}
    for layer in face.layers:
        if layer.least_dpi > DPI:
            continue
        picture = raster.rasterise(layer.pdf, face.width_mm, face.height_mm, DPI)
        picture = raster.with_bleed(picture, area) if area else picture
        layers[layer.name] = raster.black_panel(picture) if layer.name == "black" else picture
    pictures = {f"{face.name}-{name}": picture for name, picture in layers.items()}
    if "colour" in layers and "black" in layers:
        pictures[face.name] = raster.overlay(layers["colour"], layers["black"])
    else:
        pictures[face.name] = next(iter(layers.values()))
    return pictures
