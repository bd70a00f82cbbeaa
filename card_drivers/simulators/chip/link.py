"""The contactless link of a real chip: each exchange takes its time."""

from __future__ import annotations

import time

from card_drivers.simulators.chip.vpcd import Card


class Link:
    """A card that answers no sooner than the link allows: `apdu_seconds` for each exchange and the time of its bytes.

    `exchanges` and `seconds` count what went over the link since the last reset of `seconds` by its owner.
    """

    def __init__(self, card: Card, apdu_seconds: float = 0.005, bits_per_second: int = 848_000) -> None:
        self.uid = card.uid
        self.atr = card.atr
        self.exchanges = 0
        self.seconds = 0.0
        self._card = card
        self._apdu_seconds = apdu_seconds
        self._byte_seconds = 8 / bits_per_second

    def reset(self) -> None:
        """Power was cut."""
        self._card.reset()

    def transmit(self, apdu: bytes) -> tuple[bytes, int]:
        """Answer one command APDU after the time that it and its answer take on the link."""
        begun = time.perf_counter()
        data, sw = self._card.transmit(apdu)
        takes = self._apdu_seconds + (len(apdu) + len(data) + 2) * self._byte_seconds
        self.exchanges += 1
        self.seconds += takes
        time.sleep(max(0.0, begun + takes - time.perf_counter()))
        return data, sw
