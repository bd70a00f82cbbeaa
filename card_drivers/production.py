"""What a driver may ask of the station while it makes one order: journal a step, note a fact, deal with the chip."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

from card_drivers import emrtd
from card_drivers.device import CardConnection, ChipEncoder, ChipError, ConfigurationError
from card_drivers.journal import Journal
from card_drivers.order import ChipPart, Order, Outcome, Result


class Production:
    """One order being made on this station. `encoder` is None when no reader is at the printer's chip position."""

    def __init__(self, order: Order, journal: Journal, encoder: ChipEncoder | None) -> None:
        self.order = order
        self.current_step: str | None = None
        self._journal = journal
        self._encoder = encoder
        self._chip: CardConnection | None = None

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Journal a step that consumes something, before it begins and after it ended well.

        A step that raises stays begun: what it consumed is for the error, or the device, to say.
        """
        self.current_step = name
        self._journal.write("begin", self.order.claim_id, step=name)
        yield
        self._journal.write("end", self.order.claim_id, step=name)

    def note(
        self, blank_serial: str | None = None, chip_uid: str | None = None, digests: dict[str, str] | None = None
    ) -> None:
        """Keep what was read or made, as soon as it is known, for the result and for recovery."""
        facts = {"blank_serial": blank_serial, "chip_uid": chip_uid, "digests": digests}
        self._journal.write("note", self.order.claim_id, **{name: fact for name, fact in facts.items() if fact})

    def check_chip_settings(self) -> None:
        """Before a blank is taken: can this station write the order's chip at all? ConfigurationError if not."""
        if self.order.chip is None:
            return
        if self._encoder is None:
            raise ConfigurationError("The order has a chip and this printer no encoder: make it on a station with one.")
        emrtd.check_files(self._chip_part().files)

    def chip_ready(self) -> None:
        """The card is at the contactless position: its chip answers and is blank, else ChipError. Prints nothing."""
        self.current_step = "chip"
        assert self._encoder is not None, "check_chip_settings comes first"
        self._chip = self._encoder.connect(self.order.order_id)
        self.note(chip_uid=self._chip.uid)
        emrtd.require_blank(self._chip)

    def encode(self) -> None:
        """Write the chip's files, read them back and compare byte for byte. ChipError when anything differs."""
        assert self._chip is not None, "chip_ready comes before printing"
        files = self._chip_part().files
        with self.step("encode"):
            emrtd.write_files(self._chip, files)
            found = emrtd.read_files(self._chip)
            if found != files:
                raise ChipError("read back", 0x9000, "What was read differs from what was written: card rejected.")
        self.note(digests={f"chip/{name}": digest(data) for name, data in found.items()})

    def result(self, outcome: Outcome, message: str = "") -> Result:
        """The result with everything noted so far; `message` says what to do next."""
        return result_from(self._journal, outcome, self.current_step, message)

    def _chip_part(self) -> ChipPart:
        assert self.order.chip is not None
        return self.order.chip


def result_from(journal: Journal, outcome: Outcome, step: str | None, message: str) -> Result:
    """The result of the journal's open claim, with the facts the journal holds. What was not started has no digests."""
    claim = journal.open_claim
    assert claim is not None, "an order was claimed"
    assert claim.order_id is not None, "an order was claimed"
    return Result(
        order_id=claim.order_id,
        claim_id=claim.claim_id,
        outcome=outcome,
        digests={} if outcome is Outcome.NOT_STARTED else claim.digests,
        step=None if outcome is Outcome.DONE else step,
        message=message,
        **claim.facts,
    )


def layer_digests(order: Order) -> dict[str, str]:
    """What is printed of an order, by the names of `Order.digests`."""
    return {f"{face.name}/{layer.name}": digest(layer.pdf) for face in order.faces for layer in face.layers}


def digest(data: bytes) -> str:
    """SHA-256 in hex, as `Order.digests` has it."""
    return hashlib.sha256(data).hexdigest()
