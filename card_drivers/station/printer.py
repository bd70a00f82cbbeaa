"""The port of the printers: what the agent asks of a driver, which makes an order on the agent's workbench."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol, runtime_checkable
from uuid import UUID

from card_drivers.device import Answer
from card_drivers.order import Abilities, DeviceStatus, Order, Result
from card_drivers.station.workbench import Workbench


class CardPrinter(Protocol):
    """One printer. Each driver is one file and passes the suite of `tests/contract/test_printers.py`."""

    def produce(self, order: Order, station: Workbench) -> Result:
        """Make one document, journalling each consuming step through `station`; DeviceError says how it ended."""

    def status(self) -> DeviceStatus:
        """State and supplies, without consuming anything. DeviceError when the device does not answer."""

    def abilities(self) -> Abilities:
        """What it can make, chips aside, with its settings and what lies in it. DeviceError as `status`."""

    def recover(self, order_id: UUID) -> Answer:
        """After an interruption: clear the path of the machine and say what became of the order.

        DeviceOffline when the device cannot be asked now.
        """


@runtime_checkable
class SendsAway(Protocol):
    """A printer whose documents are made elsewhere: `produce` ends with SENT, the results come later."""

    def results(self) -> Iterator[Result]:
        """What came back since, each as often as it takes until it is settled."""

    def settle(self, result: Result) -> None:
        """The register knows of it: it is not asked for again."""
