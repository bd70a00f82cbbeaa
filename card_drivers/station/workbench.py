"""What a driver may ask of the station while it makes one order: journal a step, note a fact, deal with the chip."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from card_drivers.chips import profile as profiles
from card_drivers.chips.personalisation import Personalisation
from card_drivers.chips.profile import Profile
from card_drivers.device import (
    CardConnection,
    CardRejected,
    ChipEncoder,
    ConfigurationError,
    Leave,
    NoLeave,
    OrderRegister,
    now,
)
from card_drivers.order import ChipFound, Order, Outcome, Result
from card_drivers.station.journal import Journal, order_of_chip
from card_drivers.troubles import Trouble


class Workbench:
    """One order being made on this station.

    `encoder` is None when no reader is at the printer's chip position, `register` for a test card: nobody ordered it.
    `has_leave`: an earlier process took it, and the chip's keys went with that.
    """

    def __init__(
        self,
        order: Order,
        journal: Journal,
        encoder: ChipEncoder | None,
        register: OrderRegister | None,
        *,
        has_leave: bool = False,
    ) -> None:
        self.order = order
        self._leave: Leave | None = Leave(math.inf) if has_leave else None
        self.current_step: str | None = None
        self._journal = journal
        self._encoder = encoder
        self._register = register

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Journal a step that consumes something, before it begins and after it ended well.

        The first one needs the register's leave: NoLeave without it. A step that raises stays begun: what it consumed
        is for the error, or the device, to say.
        """
        self.current_step = name
        first = self._leave is None and self._register is not None
        if first:
            self._take_leave()
        self._journal.write("begin", self.order.claim_id, step=name)
        if first:
            self._check_leave()
        yield
        self._journal.write("end", self.order.claim_id, step=name)

    def _take_leave(self) -> None:
        """Ask the register, which also gives the chip's own keys now and not before."""
        assert self._register is not None, "a test card needs no leave"
        self._leave = self._register.leave(self.order)
        self._journal.write("leave", self.order.claim_id)
        chip = self.order.chip
        if chip is not None and self._leave.keys:
            self.order = self.order.model_copy(
                update={"chip": chip.model_copy(update={"keys": dict(self._leave.keys)})}
            )

    def _check_leave(self) -> None:
        """A station that slept in between takes no blank: NoLeave."""
        assert self._leave is not None, "leave was taken"
        if now() >= self._leave.until:
            raise NoLeave("leave-lapsed")

    def note(
        self, blank_serial: str | None = None, chip_uid: str | None = None, digests: dict[str, str] | None = None
    ) -> None:
        """Keep what was read or made, as soon as it is known, for the result and for recovery."""
        facts = {"blank_serial": blank_serial, "chip_uid": chip_uid, "digests": digests}
        known = {name: fact for name, fact in facts.items() if fact}
        if known:
            self._journal.write("note", self.order.claim_id, **known)

    def profile(self) -> Profile | None:
        """Before a blank is taken: how the order's chip is personalised here, None without a chip.

        ConfigurationError when this station cannot do it.
        """
        if self.order.chip is None:
            return None
        if self._encoder is None or self._register is None:
            raise ConfigurationError("station-no-encoder")
        profile = profiles.load(self.order.chip.profile)
        profile.check(self.order.chip)
        return profile

    def check_serial(self, serial: str | None) -> None:
        """CardRejected when the order is for another blank than the one that was read."""
        wanted = self.order.blank_number
        if serial and wanted and serial != wanted:
            raise CardRejected("blank-not-this", found=serial, wanted=wanted)

    def faces_only(self) -> Workbench:
        """The same order for a printer that has no part in its chip; leave was taken for the whole of it."""
        return Workbench(self.order.model_copy(update={"chip": None}), self._journal, None, None)

    def order_of_chip(self, uid: str) -> UUID | None:
        """The other order that this station made with the chip, None for a chip it has not met."""
        found = order_of_chip(self._journal.path, uid)
        return None if found == self.order.order_id else found

    def connect(self) -> CardConnection:
        """The chip at the contactless position; ChipError when there is none."""
        assert self._encoder is not None, "profile() comes first"
        return self._encoder.connect(self.order.order_id)

    def let_go(self) -> None:
        """Leave the reader to others."""
        if self._encoder is not None:
            self._encoder.close()

    def check_uid(self, uid: str) -> None:
        """Ask the register about the chip; CardRejected when it was seen before, or cannot be told from others."""
        assert self._register is not None, "profile() comes first"
        if not uid:
            raise CardRejected("chip-no-uid")
        self._register.check_chip(ChipFound(claim_id=self.order.claim_id, chip_uid=uid))

    def personalisation(self, chip: CardConnection) -> Personalisation:
        """The order's content for this chip."""
        profile = self.profile()
        assert self.order.chip is not None, "an order with a chip"
        assert profile is not None, "an order with a chip"
        assert self._register is not None, "profile() comes first"
        return Personalisation(chip, self.order.chip, profile, self.order.claim_id, self._register)

    def result(self, outcome: Outcome, trouble: Trouble | None = None) -> Result:
        """The result with everything noted so far; `trouble` says what to do next."""
        return result_from(self._journal, outcome, self.current_step, trouble)


def result_from(journal: Journal, outcome: Outcome, step: str | None, trouble: Trouble | None) -> Result:
    """The result of the journal's open claim, with the facts the journal holds. What was not started has no digests."""
    claim = journal.open_claim
    assert claim is not None, "an order was claimed"
    assert claim.order_id is not None, "an order was claimed"
    return Result(
        order_id=claim.order_id,
        claim_id=claim.claim_id,
        outcome=outcome,
        digests={} if outcome is Outcome.NOT_STARTED else claim.digests,
        step=None if outcome in (Outcome.DONE, Outcome.SENT) else step,
        trouble=trouble,
        **claim.facts,
    )


def layer_digests(order: Order) -> dict[str, str]:
    """What is printed of an order, by the names of `Order.digests`."""
    return {f"{face.name}/{layer.name}": digest(layer.pdf) for face in order.faces for layer in face.layers}


def digest(data: bytes) -> str:
    """SHA-256 in hex, as `Order.digests` has it."""
    return hashlib.sha256(data).hexdigest()
