"""The simulated machine's reader: a virtual chip where the simulation has the card."""

from __future__ import annotations

from uuid import UUID

from pydantic import Field

from card_drivers.device import CardConnection, ChipError
from card_drivers.simulators.chip.chip import VirtualChip
from card_drivers.simulators.chip.link import Link
from card_drivers.simulators.machine import Simulation
from card_drivers.station.equipment import Context, EncoderSettings


class Settings(EncoderSettings):
    """How the simulated chips behave."""

    real_time: bool = Field(
        default=False,
        title="As slow as a real chip",
        description="Each command takes the time it takes at 848 kbit/s. Off: as fast as this computer.",
    )


def open(settings: Settings, context: Context) -> SimulatedReader:
    """The reader at the machine in the station's folder."""
    return SimulatedReader(Simulation(context.state / "simulator"), settings)


class SimulatedReader:
    """Reads the card on its desk, or that of an order: at the machine's contactless position, or laid here from the
    output tray."""

    def __init__(self, simulation: Simulation, settings: Settings | None = None) -> None:
        self._simulation = simulation
        self._settings = settings or Settings()

    def connect(self, order_id: UUID) -> CardConnection:
        """The order's chip. ChipError when no such card lies there, or it has no chip."""
        card = self._simulation.on_the_desk() or self._simulation.locate(order_id)
        if card is None:
            raise ChipError("document-not-in-tray", "connect", None)
        if card.uid is None:
            raise ChipError("card-without-chip", "connect", None)
        chip = VirtualChip(self._simulation.chip(card.uid), self._simulation.card_keys())
        return Link(chip) if self._settings.real_time else chip

    def lies(self) -> bool:
        """Whether somebody laid a card on its desk."""
        return self._simulation.on_the_desk() is not None

    def close(self) -> None:
        """A virtual chip is held by nobody."""
