"""The agent of one workplace: claim -> make -> report, over HTTP with the register, one order at a time.

Printing is at most once (ADR 0005): what the journal left open is settled before anything else is asked for.
"""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from card_drivers.device import Answer, ConfigurationError, DeviceError, LinkLost, NoLeave, OrderRegister
from card_drivers.order import (
    Claim,
    DeviceStatus,
    Errand,
    ErrandDone,
    Handled,
    Order,
    Outcome,
    Registration,
    Result,
    StationSettings,
)
from card_drivers.station import desk_path, print_test, reading, telling
from card_drivers.station.equipment import Equipment
from card_drivers.station.journal import Journal, JournalError, OpenClaim
from card_drivers.station.printer import SendsAway
from card_drivers.station.register import (
    CLAIM_ENDED,
    NotAuthorised,
    NotLiving,
    Refused,
    Register,
    RegisterError,
    Unreachable,
)
from card_drivers.station.spoils import Spoils
from card_drivers.station.workbench import Workbench, result_from
from card_drivers.troubles import Trouble

log = logging.getLogger(__name__)

SOFTWARE = "liman card_drivers 0.1.0"
GOOD = (Outcome.DONE, Outcome.SENT)


class Orders(OrderRegister, Protocol):
    """Where orders come from: the register, or the folder of a site that personalises for others."""

    def claim(self, claim_id: uuid.UUID) -> Claim | None:
        """Ask for work under a claim id of our own."""

    def order(self, claim_id: uuid.UUID) -> Order:
        """What to make for the claim; again, to go on with a chip that was begun."""

    def waits(self, claim_id: uuid.UUID) -> Handled:
        """Say that it waits for hands. Refused with CLAIM_ENDED when somebody gave it up."""

    def report(self, result: Result) -> None:
        """Say what became of it."""


@dataclass(frozen=True)
class Pace:
    """Seconds: between two questions for work, at most after failures, between two reports of an unchanged status,
    how long a device that was interrupted is asked what became of its order, and between two looks at the desk."""

    poll: float = 1.0
    slowest: float = 10.0
    status: float = 30.0
    recover: float = 60.0

    @property
    def hands(self) -> float:
        """Between two looks at a desk where somebody works."""
        return min(0.25, self.poll)


class Station:
    """One printer and, at its chip position and on the desk, one encoder; `folder` is the station's own."""

    def __init__(self, orders: Orders, equipment: Equipment, journal: Journal, pace: Pace, folder: Path) -> None:
        self.stop = threading.Event()
        self._orders = orders
        self._register = orders if isinstance(orders, Register) else None
        self._equipment = equipment
        self._journal = journal
        self._folder = folder
        self._pace = pace
        self._told: DeviceStatus | None = None
        self._told_at = self._alive_at = 0.0
        self._asked_since: float | None = None
        self._answer_lost = journal.open_claim is not None
        self._last_said = ""
        self._trouble: Trouble | None = None
        self._wanted: Trouble | None = None
        self._handled = Handled()
        self._introduced = False
        self._spoils = Spoils(folder)
        self._test_told = False

    def run(self) -> None:
        """Work until `stop` is set; the order in hand is finished first. NotAuthorised ends it too."""
        wait = 0.0
        while not self.stop.wait(wait):
            wait = self._turn(wait)

    def once(self) -> Result | None:
        """One cycle, or as many as it takes to hear from the device what became of an interrupted order."""
        while True:
            try:
                return self.cycle()
            except LinkLost as error:
                self._say_once(str(error))
                self.stop.wait(self._pace.poll)

    def _turn(self, waited: float) -> float:
        """One cycle; how long to wait before the next, longer while things fail."""
        slower = min(self._pace.slowest, max(self._pace.poll, 2 * waited))
        try:
            result = self.cycle()
        except NotAuthorised:
            raise
        except Refused as error:
            self._say_once(str(error))
            return self._pace.poll
        except (Unreachable, DeviceError) as error:
            self._say_once(str(error))
            return slower
        if result is None:
            return self._pace.poll
        return 0.0 if result.outcome in GOOD else slower

    def cycle(self) -> Result | None:
        """Settle what is open, take in what came back, tell the status, run an errand, make one order if any.

        What keeps the station from it is told before it is raised.
        """
        try:
            return self._cycle()
        except (DeviceError, JournalError) as error:
            self._tell_stuck(error.trouble)
            raise

    def _cycle(self) -> Result | None:
        settled = self._settle()
        self._collect()
        status = self._status()
        if self._register is not None:
            self._introduce(self._register)
            self._tell(self._register, status)
            self._run_errand(self._register)
        if self.stop.is_set() or status.state != "idle":
            return settled
        return self._work() or settled

    def _settle(self) -> Result | None:
        """Report the open claim's result, deciding it first when the station was interrupted."""
        claim = self._journal.open_claim
        if claim is None or claim.order_id is None:
            return None
        return self._report(claim.result or self._decide(self._ended(claim, claim.order_id)))

    def _ended(self, claim: OpenClaim, order_id: uuid.UUID) -> Result:
        """How an order ends that was interrupted: one that was begun on the desk goes on there."""
        if not desk_path.is_begun(claim):
            return self._conclude(order_id, claim.begun)
        desk = self._desk()
        try:
            order = self._orders.order(claim.claim_id)
        except (NotAuthorised, NotLiving):
            raise
        except Refused as error:
            return self._by_hand(claim, error.trouble)
        if desk is None or order.order_id != order_id:
            return self._by_hand(claim, Trouble.of("station-no-encoder"))
        workbench = Workbench(order, self._journal, desk.reader, self._orders, has_leave=True)
        return self._made(workbench, lambda: desk_path.go_on(desk, workbench, claim, self._ask_device))

    def _by_hand(self, claim: OpenClaim, why: Trouble) -> Result:
        """A person looks for the card, and says how it ended."""
        return result_from(self._journal, Outcome.UNKNOWN, claim.begun[-1], why.then(Trouble.of("settle-by-hand")))

    def _conclude(self, order_id: uuid.UUID, begun: list[str]) -> Result:
        """What became of an order that this process, or one before it, did not finish."""
        if not begun:
            early = Trouble.of("interrupted-early")
            return result_from(self._journal, Outcome.NOT_STARTED, None, early)
        answer = self._ask_device(order_id)
        claim = self._journal.open_claim
        if claim is not None and answer.blank_serial is not None:
            self._journal.write("note", claim.claim_id, blank_serial=answer.blank_serial)
        return result_from(self._journal, answer.outcome, begun[-1], answer.trouble)

    def _ask_device(self, order_id: uuid.UUID) -> Answer:
        """The device's own answer. DeviceError while it is away or does not know (yet): the next cycle asks again."""
        self._asked_since = self._asked_since or time.monotonic()
        overdue = time.monotonic() - self._asked_since >= self._pace.recover
        try:
            answer = self._equipment.printer.recover(order_id)
        except DeviceError as error:
            if not overdue:
                raise
            answer = Answer(Outcome.UNKNOWN, trouble=error.trouble.then(Trouble.of("settle-by-hand")))
        if answer.outcome is Outcome.UNKNOWN and not overdue:
            raise LinkLost(answer.trouble or "device-forgot")
        self._asked_since = None
        return answer

    def _work(self) -> Result | None:
        """Claim one order, make it, report it; None when there is nothing to do."""
        claim = self._claim()
        if claim is None:
            return None
        self._journal.write("order", claim.claim_id, order_id=str(claim.order_id))
        try:
            order = self._orders.order(claim.claim_id)
        except NotLiving:
            raise  # the claim stays open: the next cycle settles it
        except Refused as error:
            no_order = Trouble.of("no-order-given").then(error.trouble)
            return self._report(self._decide(result_from(self._journal, Outcome.NOT_STARTED, None, no_order)))
        return self._report(self._decide(self._make(claim, order)))

    def _claim(self) -> Claim | None:
        """Ask under a claim id that is on the disk first, so that a lost answer is asked for again."""
        if self._journal.open_claim is None:
            self._journal.write("claim", uuid.uuid4())
        open_claim = self._journal.open_claim
        assert open_claim is not None
        try:
            claim = self._orders.claim(open_claim.claim_id)
        except (NotAuthorised, NotLiving):
            raise
        except Refused:
            self._forget_claim_id(open_claim.claim_id)
            raise
        except Unreachable:
            self._answer_lost = True
            raise
        self._answer_lost = False
        return claim

    def _forget_claim_id(self, claim_id: uuid.UUID) -> None:
        """A refused claim id whose earlier answer was lost may be a claim that has ended: ask with a new one.

        Otherwise nothing was claimed under it, and it is good for the next question.
        """
        if self._answer_lost:
            self._journal.write("closed", claim_id)
        self._answer_lost = False

    def _make(self, claim: Claim, order: Order) -> Result:
        """Produce the order; every way a device can fail becomes a result."""
        if (order.order_id, order.claim_id) != (claim.order_id, claim.claim_id) or not order.faces:
            return result_from(self._journal, Outcome.NOT_STARTED, None, Trouble.of("order-other"))
        workbench = Workbench(order, self._journal, self._equipment.encoder, self._orders)
        log.info("order %s: making a %s on %s", order.order_id, order.document_type, order.stock)
        desk, printer = self._desk(), self._equipment.printer
        if desk is not None:
            return self._made(workbench, lambda: desk_path.produce(desk, workbench))
        return self._made(workbench, lambda: printer.produce(order, workbench))

    def _made(self, workbench: Workbench, make: Callable[[], Result]) -> Result:
        self._handled = Handled()
        try:
            return make()
        except LinkLost:
            raise  # the claim stays open: the next cycle goes on, or asks the device
        except DeviceError as error:
            return workbench.result(error.outcome, error.trouble)
        finally:
            self._wanted = None

    # The hands of the operator (`desk_path.Hands`)

    def _desk(self) -> desk_path.Desk | None:
        found = self._equipment.desk()
        return desk_path.Desk(self._equipment.printer, *found, self) if found else None

    def want(self, wanted: Trouble) -> None:
        """Say on the station's page and here what the operator is to do next, at once when it changes."""
        if wanted == self._wanted:
            return
        self._wanted = wanted
        log.info("%s", wanted.sentence())
        self._tell_wanted()

    def wait(self) -> None:
        """A moment. Now and then the register hears that the order lives, and says whether it is still ours."""
        if self.stop.wait(self._pace.hands):
            raise LinkLost("station-stops")
        if time.monotonic() - self._alive_at >= self._pace.status:
            self._tell_wanted()
            self._say_alive()

    def booklet(self) -> str:
        """The number of the booklet that was scanned for the order, "" while none was."""
        if time.monotonic() - self._alive_at >= self._pace.poll:
            self._say_alive()
        return self._handled.booklet

    def _tell_wanted(self) -> None:
        """Nobody there is no matter: it is told again."""
        if self._register is not None:
            with suppress(Unreachable):
                self._tell(self._register, self._status())

    def _say_alive(self) -> None:
        """NoLeave when somebody gave the order up."""
        claim = self._journal.open_claim
        assert claim is not None, "an order is made"
        self._alive_at = time.monotonic()
        try:
            self._handled = self._orders.waits(claim.claim_id)
        except (NotAuthorised, NotLiving):
            raise
        except Refused as error:
            if error.code == CLAIM_ENDED:
                raise NoLeave("desk-given-up") from error
            self._say_once(str(error))
        except Unreachable as error:
            self._say_once(str(error))

    def _decide(self, result: Result) -> Result:
        """Write the result down before anyone hears of it."""
        self._spoils.note(result)
        self._journal.write("result", result.claim_id, result=result.model_dump(mode="json"))
        log.info("order %s: %s %s", result.order_id, result.outcome, result.message)
        self._trouble = None if result.outcome in GOOD else result.trouble
        return result

    def _report(self, result: Result) -> Result:
        """Tell the register, and close the claim when it knows. Unreachable: later."""
        self._send(result)
        self._journal.write("closed", result.claim_id)
        return result

    def _send(self, result: Result) -> None:
        """A refusal is an answer too: somebody settled the order meanwhile. NotLiving is none."""
        try:
            self._orders.report(result)
        except (NotAuthorised, NotLiving):
            raise
        except Refused as error:
            log.warning("order %s: the register refused the result: %s", result.order_id, error)

    def _collect(self) -> None:
        """Report what was made elsewhere; each result is settled when the register knows it."""
        printer = self._equipment.printer
        if isinstance(printer, SendsAway):
            for result in printer.results():
                self._send(result)
                printer.settle(result)
                log.info("order %s: %s %s", result.order_id, result.outcome, result.message)

    def _status(self) -> DeviceStatus:
        """What the devices say, and what went wrong last."""
        try:
            status = self._equipment.printer.status()
            abilities = self._equipment.abilities()
            if self._equipment.desk() is not None:
                status = desk_path.without_blanks(status)
        except DeviceError as error:
            self._say_once(str(error))
            return DeviceStatus(state="offline", trouble=error.trouble, wants=self._wanted)
        known = {"trouble": status.trouble or self._trouble, "abilities": abilities, "wants": self._wanted}
        return self._spoils.guard(status.model_copy(update=known))

    def _tell(self, register: Register, status: DeviceStatus) -> None:
        """Tell the status when it changed, and now and then; a wrong clock when nothing else is wrong."""
        status = status.model_copy(update={"trouble": status.trouble or register.clock_trouble()})
        if status != self._told or time.monotonic() - self._told_at >= self._pace.status:
            register.status(status)
            self._told, self._told_at = status, time.monotonic()

    def _tell_stuck(self, trouble: Trouble) -> None:
        """The operator sees on the station's page what to do. Nobody there is no matter, it comes again; nor is a full
        disk, on which a start cannot be remembered and therefore not be told."""
        if self._register is not None:
            with suppress(RegisterError, ConfigurationError):
                self._tell(self._register, DeviceStatus(state="stopped", trouble=trouble))

    def _introduce(self, register: Register) -> None:
        """Say what this station is, once it starts and after each change, and take the settings chosen for it."""
        if self._introduced:
            return
        chosen = register.register(Registration(software=SOFTWARE, devices=self._equipment.devices()))
        self._introduced = True
        if chosen is not None and chosen.revision != self._equipment.revision:
            register.errand_done(self._change_settings(chosen))

    def _run_errand(self, register: Register) -> None:
        self._tell_test(register)
        errand = register.errand() or Errand()
        if errand.journal is not None:
            telling.tell(register, errand.journal, self._folder)
        elif errand.reading is not None:
            register.send_reading(reading.read(self._equipment.encoder, errand.reading))
        elif errand.test_print is not None:
            self._test_told = False
            register.errand_done(print_test.errand(self._equipment.printer, self._folder, errand.test_print))
            self._test_told = print_test.is_decided(self._folder)
        elif errand.settings is not None:
            register.errand_done(self._change_settings(errand.settings))
        elif errand.resume is not None:
            self._spoils.go_on()
            self._trouble = None
            register.errand_done(ErrandDone(resume=errand.resume))

    def _tell_test(self, register: Register) -> None:
        """Say how the last test print went until the register knows, however late: its blank is used.

        A start says it again, which changes nothing there.
        """
        if self._test_told:
            return
        result = print_test.last(self._equipment.printer, self._folder)
        if result is not None and result.outcome is Outcome.UNKNOWN:
            return  # the device is asked again
        if result is not None:
            self._tell_late(register, result)
        self._test_told = True

    def _tell_late(self, register: Register, result: Result) -> None:
        try:
            register.errand_done(print_test.answer(result))
        except NotAuthorised:
            raise
        except Refused as error:
            log.warning("test print %s: the register did not ask for it: %s", result.order_id, error)

    def _change_settings(self, chosen: StationSettings) -> ErrandDone:
        """Between two orders; what is wrong changes nothing."""
        try:
            if chosen.revision != self._equipment.revision:
                self._equipment.apply(chosen)
                self._introduced = False
        except ConfigurationError as error:
            self._say_once(str(error))
            return ErrandDone(revision=chosen.revision, trouble=error.trouble)
        log.info("settings of revision %s are in force", chosen.revision)
        return ErrandDone(revision=chosen.revision)

    def _say_once(self, message: str) -> None:
        if message != self._last_said:
            log.warning("%s", message)
            self._last_said = message
