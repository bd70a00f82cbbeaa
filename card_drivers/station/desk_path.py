"""The way of one card past a reader on the desk and through a printer beside it, carried by the operator (ADR 0033).

blank on the reader -> checked and written -> into the feeder -> printed -> back on the reader -> read back, locked,
verified. The station says one sentence at a time and sees by itself what the hands do. Nothing is lost before the chip
is begun; afterwards the card is made, or spoiled. Each step is journalled, so that an interrupted order goes on.
"""

from __future__ import annotations

import logging
import math
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar
from uuid import UUID

from card_drivers.chips.personalisation import Personalisation
from card_drivers.chips.profile import Profile, StationStep
from card_drivers.device import (
    Answer,
    CardConnection,
    CardRejected,
    ChipError,
    DeskReader,
    DeviceBusy,
    DeviceError,
    DeviceOffline,
    now,
)
from card_drivers.order import ChipPart, DeviceStatus, KeyName, Order, Outcome, Result
from card_drivers.station.card_path import Leash, is_random
from card_drivers.station.equipment import EncoderSettings
from card_drivers.station.journal import JournalError, OpenClaim
from card_drivers.station.printer import CardPrinter
from card_drivers.station.register import RegisterError
from card_drivers.station.workbench import Workbench, digest
from card_drivers.troubles import Trouble

log = logging.getLogger(__name__)

EMPTY = {"media-empty", "media-needed"}  # printer-state-reasons of a feeder without cards
HARMLESS = {"marker-supply-low", "media-low", "toner-low"}
TRIES = 3  # with a card that lies there and does not do what it should
MOMENTS = 8  # between two questions to a printer that takes nothing
NAME_DIGITS = 8  # of an order's id, as the station's page has them
PROVED_BY: dict[KeyName, str] = {"active": "DG15", "chip": "DG14"}
BACK = "back"  # journalled once the card is printed: it is to come back

Found = TypeVar("Found")


class Hands(Protocol):
    """The operator, who reads what is wanted."""

    def want(self, wanted: Trouble) -> None:
        """Say what is to be done next, at once."""

    def booklet(self) -> str:
        """The number of the booklet that was scanned for the order, "" while none was."""

    def wait(self) -> None:
        """A moment. LinkLost when the station is to stop: the order goes on later; DeviceError when it was given up."""


@dataclass(frozen=True)
class Desk:
    """A printer, a reader beside it, how that is used here, and whose hands go between them."""

    printer: CardPrinter
    reader: DeskReader
    settings: EncoderSettings
    hands: Hands


def produce(desk: Desk, station: Workbench) -> Result:
    """Make one document. A DeviceError says how it ended; LinkLost: one with a chip goes on later (`go_on`)."""
    if station.order.chip is None:
        return _print_only(desk, station)
    way = _Way(desk, station)
    return way.run(way.take_booklet, way.take_blank, way.write, way.print, way.finish)


def _print_only(desk: Desk, station: Workbench) -> Result:
    """A document without a chip is printed as soon as somebody put a blank into the empty feeder."""
    order = station.order
    while set(_plain(desk.printer.status())) & EMPTY:
        desk.hands.want(Trouble.of("desk-feed-blank", stock=order.stock, order=name(order.order_id)))
        desk.hands.wait()
    return desk.printer.produce(order, station)


def without_blanks(status: DeviceStatus) -> DeviceStatus:
    """The printer's status where hands bring each card: an empty feeder is as it should be."""
    others = tuple(each for each, reason in zip(status.reasons, _plain(status), strict=True) if reason not in EMPTY)
    is_only_empty = status.state == "stopped" and len(others) < len(status.reasons) and not set(others) - HARMLESS
    return status.model_copy(update={"reasons": others, "state": "idle" if is_only_empty else status.state})


def _plain(status: DeviceStatus) -> list[str]:
    """The reasons without their suffixes (RFC 8011 section 5.4.12)."""
    return [re.sub("-(report|warning|error)$", "", reason) for reason in status.reasons]


def is_begun(claim: OpenClaim) -> bool:
    """Whether an interrupted order began here, with its chip: a machine's own way begins with a blank."""
    return claim.begun[:1] == ["encode"]


def go_on(desk: Desk, station: Workbench, claim: OpenClaim, ask_printer: Callable[[UUID], Answer]) -> Result:
    """Go on with an order that was interrupted: the journal says where, the card and the printer what became of it."""
    way = _Way(desk, station, claim.facts.get("chip_uid", ""))
    if BACK in claim.begun:
        return way.run(way.finish)
    if set(claim.begun) - {"encode"}:
        return way.run(lambda: way.ask(ask_printer), way.finish)
    if "encode" in claim.ended:
        return way.run(way.lay_again, way.print, way.finish)
    return way.run(way.judge_chip, way.print, way.finish)


class _Way:
    """One card on its way; `uid` of its chip, once it was begun."""

    def __init__(self, desk: Desk, station: Workbench, uid: str = "") -> None:
        self._printer, self._reader, self._settings, self._hands = desk.printer, desk.reader, desk.settings, desk.hands
        self._station = station
        self._uid = uid
        self._touched = bool(uid)
        self._patience = self._until_spoiled() if uid else math.inf
        self._order_id, self._name = station.order.order_id, name(station.order.order_id)
        profile = station.profile()
        self._feeding = _feeding(station.order)
        assert profile is not None, "an order with a chip"
        assert station.order.chip is not None, "an order with a chip"
        self._profile: Profile = profile
        self._part: ChipPart = station.order.chip

    def run(self, *phases: Callable[[], object]) -> Result:
        """One phase after the other; what fails once the chip was begun spoils the card."""
        try:
            for phase in phases:
                phase()
        except DeviceError as error:
            if error.outcome is Outcome.UNKNOWN or isinstance(error, BlankKept):
                raise
            if self._touched:
                raise CardRejected(error.trouble.then(Trouble.of("desk-spoiled"))) from error
            raise error if error.outcome is Outcome.NOT_STARTED else BlankKept(error.trouble) from error
        except (JournalError, RegisterError):
            raise
        except Exception as error:  # a fault of ours must not leave a card with somebody's data unsaid
            log.error("order %s: %s in step %s", self._order_id, type(error).__name__, self._station.current_step)
            failed = Trouble.of("software-failed", kind=type(error).__name__)
            raise (CardRejected if self._touched else BlankKept)(failed) from error
        finally:
            self._station.let_go()
        return self._station.result(Outcome.DONE)

    # The phases

    def take_booklet(self) -> None:
        """The booklet whose number the document has was found and scanned, where it must be a certain one."""
        number, stock = self._station.order.blank_number, self._station.order.stock
        while number and self._hands.booklet() != number:
            self._hold(Trouble.of("desk-scan-booklet", number=number, stock=stock, order=self._name))
        self._station.note(blank_serial=number)

    def take_blank(self) -> None:
        """A card lies there that may become the document. Nothing has happened to it."""
        wanted = _blank_of(self._station.order)
        while True:
            self._await_card(wanted)
            complaint = self._patiently(self._judge_blank)
            if complaint is None:
                return
            self._await_gone(complaint)

    def write(self) -> None:
        """Write the chip that lies there: from here on the card is this order's, or nobody's."""
        self._hands.want(Trouble.of("desk-writing", order=self._name))
        self._station.note(chip_uid=self._uid)
        with self._station.step("encode"):
            chip = self._connect()
            if chip.uid != self._uid and not is_random(chip.uid):
                raise BlankKept("chip-other")
            work = self._work(chip, "encode")
            work.check_blank()
            self._touched = True
            work.encode()
        self._patience = self._until_spoiled()

    def lay_again(self) -> None:
        """Be sure which card it is before it goes into the printer."""
        self._with_card(Trouble.of("desk-lay-this", order=self._name), self._recognise_content)

    def judge_chip(self) -> None:
        """The station ended while it wrote: what the chip holds says whether it is blank, whole or spoiled."""
        self._with_card(Trouble.of("desk-lay-this", order=self._name), self._check_written)

    def print(self) -> None:
        """Into the feeder and printed, once: a printer that took nothing is asked again when it can."""
        self._into_feeder()
        plain = self._station.faces_only()
        while True:
            self._hands.want(Trouble.of("desk-printing", order=self._name))
            try:
                self._printer.produce(plain.order, plain)
                return
            except DeviceError as error:
                self._station.current_step = plain.current_step or self._station.current_step
                if error.outcome is not Outcome.NOT_STARTED:
                    raise
                self._hold(self._feeding.then(error.trouble), MOMENTS)

    def ask(self, ask_printer: Callable[[UUID], Answer]) -> None:
        """The printer says whether it printed; what it did not begin is printed now."""
        answer = ask_printer(self._order_id)
        self._station.note(blank_serial=answer.blank_serial)
        if answer.outcome is Outcome.NOT_STARTED:
            self.lay_again()
            self.print()
        elif answer.outcome is Outcome.UNKNOWN:
            raise DeviceError(answer.trouble or "device-forgot")  # a person looks
        elif answer.outcome is not Outcome.DONE:
            raise CardRejected(answer.trouble or "look-at-printer")

    def finish(self) -> None:
        """The printed card comes back: what it holds is compared, it is locked, and opened as anybody would."""
        with self._station.step(BACK):
            self._with_card(Trouble.of("desk-lay-back", order=self._name), self._seal)

    # What is done to a chip

    def _judge_blank(self) -> Trouble | None:
        """Why the card that lies there cannot be taken; None: it can."""
        try:
            chip = self._connect()
            other = self._station.order_of_chip(chip.uid)
            if other is not None:
                return Trouble.of("desk-other-card", found=name(other), order=self._name)
            self._work(chip, "check").check_blank()
            self._station.check_uid(chip.uid)
        except CardRejected as error:
            log.info("order %s: the card was not taken: %s", self._order_id, error)
            return Trouble.of("desk-used-card", stock=self._station.order.stock, order=self._name)
        except ChipError as error:
            log.info("order %s: the card was not taken: %s", self._order_id, error)
            return Trouble.of("desk-unfit-card", stock=self._station.order.stock, order=self._name)
        self._uid = chip.uid
        return None

    def _recognise_content(self, chip: CardConnection) -> None:
        """A chip with a lasting UID is known by it; another by what was written."""
        if is_random(chip.uid):
            self._read_back(chip)

    def _check_written(self, chip: CardConnection) -> None:
        try:
            self._work(chip, "check").check_blank()
        except CardRejected:
            self._read_back(chip)
            return
        if is_random(chip.uid):
            raise ChipError("desk-not-this", "read back", None, order=self._name)  # another blank, perhaps
        raise BlankKept("desk-still-blank")

    def _read_back(self, chip: CardConnection) -> Personalisation:
        work = self._work(chip, "read_back")
        work.meet_again()
        work.read_back()
        return work

    def _seal(self, chip: CardConnection) -> None:
        """Read back, lock and verify; each may be done again after the card was taken away meanwhile."""
        self._hands.want(Trouble.of("desk-reading", order=self._name))
        if not self._work(chip, "read_back").is_locked():
            work = self._read_back(chip)
            with self._station.step("lock"):
                work.lock()
        self._station.current_step = "verify"
        reading = self._work(self._connect(), "verify").verify()
        written = {key for key, file in PROVED_BY.items() if key in self._profile.keys and file in self._part.files}
        unproved = sorted(key for key in written if not reading.proofs.get(key))
        if unproved:  # the keys themselves went with the process that wrote them
            raise ChipError("chip-unproved", "verify", 0x9000, proofs=", ".join(unproved))
        files = {f"chip/{file}": digest(data) for file, data in self._part.files.items()}
        self._station.note(digests=files)

    def _connect(self) -> CardConnection:
        self._station.let_go()
        return self._station.connect()

    def _work(self, chip: CardConnection, step: StationStep) -> Personalisation:
        time_up = time.monotonic() + self._profile.limits[step]
        return self._station.personalisation(Leash(chip, lambda: time_up))

    # Hands

    def _with_card(self, wanted: Trouble, work: Callable[[CardConnection], None]) -> None:
        """Do it with this order's card, again when it was taken away meanwhile; another card is refused by name.

        ChipError when the right card lay there and it failed all the same.
        """
        failed = 0
        while True:
            self._await_card(wanted)
            try:
                chip = self._connect()
                stranger = self._stranger(chip.uid)
                if stranger is None:
                    work(chip)
                    return
                self._await_gone(stranger)
            except (DeviceOffline, DeviceBusy) as error:
                self._hold(error.trouble)
            except ChipError as error:
                log.info("order %s: %s", self._order_id, error)
                failed = failed + 1 if self._still_lies() else 0
                if failed >= TRIES and not is_random(self._uid):
                    raise
                if failed >= TRIES:
                    self._await_gone(Trouble.of("desk-not-this", order=self._name))

    def _still_lies(self) -> bool:
        """Whether the card lies there a moment after it failed: pcscd sees late that one has left."""
        self._station.let_go()
        self._wait(TRIES)
        return self._lies()

    def _stranger(self, uid: str) -> Trouble | None:
        """The sentence that refuses another card; None for this order's, or one that its content must tell."""
        if uid == self._uid or (is_random(uid) and is_random(self._uid)):
            return None
        other = self._station.order_of_chip(uid)
        if other is None:
            return Trouble.of("desk-not-this", order=self._name)
        return Trouble.of("desk-other-card", found=name(other), order=self._name)

    def _into_feeder(self) -> None:
        """Away from the reader and for some seconds not back: it is in the feeder, alone."""
        self._station.let_go()
        while self._lies() and self._others_in_feeder():
            self._hold(Trouble.of("desk-empty-feeder", order=self._name))
        while True:
            self._await_gone(self._feeding)
            until = now() + self._settings.feed_seconds
            while not self._lies():
                if now() >= until:
                    return
                self._wait()

    def _others_in_feeder(self) -> bool:
        """Whether the printer says that cards lie in its feeder: it would print on one of those."""
        try:
            return bool(self._printer.status().cards_left)
        except DeviceError:
            return False

    def _await_card(self, wanted: Trouble) -> None:
        self._station.let_go()
        while not self._lies():
            self._hold(wanted)

    def _await_gone(self, wanted: Trouble) -> None:
        self._station.let_go()
        while self._lies():
            self._hold(wanted)

    def _lies(self) -> bool:
        return self._patiently(self._reader.lies)

    def _patiently(self, ask: Callable[[], Found]) -> Found:
        """What it gives, once reader and register are there: a cable pulled out spoils no card."""
        while True:
            try:
                return ask()
            except (DeviceOffline, DeviceBusy) as error:
                self._hold(error.trouble)

    def _hold(self, wanted: Trouble, moments: int = 1) -> None:
        self._hands.want(wanted)
        self._wait(moments)

    def _wait(self, moments: int = 1) -> None:
        for _ in range(moments):
            if now() >= self._patience:
                raise CardRejected("desk-nobody-came", hours=f"{self._settings.patience_hours:g}")
            self._hands.wait()

    def _until_spoiled(self) -> float:
        return now() + self._settings.patience_hours * 3600


class BlankKept(DeviceError):
    """The order was not begun: its blank is as good as before."""

    outcome = Outcome.NOT_STARTED


def _blank_of(order: Order) -> Trouble:
    """Which blank is to be laid on the reader."""
    if order.blank_number:
        return Trouble.of("desk-lay-booklet", number=order.blank_number, stock=order.stock, order=name(order.order_id))
    return Trouble.of("desk-lay-blank", stock=order.stock, order=name(order.order_id))


def _feeding(order: Order) -> Trouble:
    """How the blank goes from the reader into the printer."""
    named, booklet = name(order.order_id), order.booklet
    if booklet is None:
        return Trouble.of("desk-into-feeder", order=named)
    if booklet.position == "spine-left":
        return Trouble.of("desk-open-spine-left", order=named, page=booklet.page)
    return Trouble.of("desk-open-spine-top", order=named, page=booklet.page)


def name(order_id: UUID) -> str:
    """An order as the operator reads it: the end of its id, as the station's page shows it."""
    return str(order_id)[-NAME_DIGITS:]
