"""The agent of one workplace: claim -> make -> report, over HTTP with the register, one order at a time.

Printing is at most once (design, idea 3): what the journal left open is settled before anything else is asked for.
"""

from __future__ import annotations

import logging
import threading
import time
import uuid
from dataclasses import dataclass

from card_drivers import emrtd
from card_drivers.client import NotAuthorised, Refused, Register, Unreachable
from card_drivers.device import Answer, CardPrinter, ChipEncoder, DeviceError, LinkLost
from card_drivers.journal import Journal
from card_drivers.order import ChipReading, Claim, DeviceStatus, Order, Outcome, ReadRequest, Result
from card_drivers.production import Production, result_from

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Pace:
    """Seconds: between two questions for work, at most after failures, between two reports of an unchanged status,
    and how long a device that was interrupted is asked what became of its order."""

    poll: float = 1.0
    slowest: float = 10.0
    status: float = 30.0
    recover: float = 60.0


class Station:
    """One printer and, at its chip position and on the desk, one encoder (None: no chips here)."""

    def __init__(
        self, register: Register, printer: CardPrinter, encoder: ChipEncoder | None, journal: Journal, pace: Pace
    ) -> None:
        self.stop = threading.Event()
        self._register = register
        self._printer = printer
        self._encoder = encoder
        self._journal = journal
        self._pace = pace
        self._told: DeviceStatus | None = None
        self._told_at = 0.0
        self._asked_since: float | None = None
        self._answer_lost = journal.open_claim is not None
        self._last_said = ""

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
        return 0.0 if result.outcome is Outcome.DONE else slower

    def cycle(self) -> Result | None:
        """Settle what is open, tell the status, read a document if asked, make one order if there is one."""
        settled = self._settle()
        status = self._tell_status()
        self._answer_reading()
        if self.stop.is_set() or status.state != "idle":
            return settled
        return self._work() or settled

    def _settle(self) -> Result | None:
        """Report the open claim's result, deciding it first when the station was interrupted."""
        claim = self._journal.open_claim
        if claim is None or claim.order_id is None:
            return None
        return self._report(claim.result or self._decide(self._conclude(claim.order_id, claim.begun)))

    def _conclude(self, order_id: uuid.UUID, begun: list[str]) -> Result:
        """What became of an order that this process, or one before it, did not finish."""
        if not begun:
            message = "The station was interrupted before it took a blank."
            return result_from(self._journal, Outcome.NOT_STARTED, None, message)
        answer = self._ask_device(order_id)
        claim = self._journal.open_claim
        if claim is not None and answer.blank_serial is not None:
            self._journal.write("note", claim.claim_id, blank_serial=answer.blank_serial)
        return result_from(self._journal, answer.outcome, begun[-1], answer.message)

    def _ask_device(self, order_id: uuid.UUID) -> Answer:
        """The device's own answer. DeviceError while it is away or does not know (yet): the next cycle asks again."""
        self._asked_since = self._asked_since or time.monotonic()
        overdue = time.monotonic() - self._asked_since >= self._pace.recover
        try:
            answer = self._printer.recover(order_id)
        except DeviceError as error:
            if not overdue:
                raise
            answer = Answer(Outcome.UNKNOWN, message=f"{error} Look into the trays, then settle it by hand.")
        if answer.outcome is Outcome.UNKNOWN and not overdue:
            raise LinkLost(answer.message)
        self._asked_since = None
        return answer

    def _work(self) -> Result | None:
        """Claim one order, make it, report it; None when there is nothing to do."""
        claim = self._claim()
        if claim is None:
            return None
        self._journal.write("order", claim.claim_id, order_id=str(claim.order_id))
        try:
            order = self._register.order(claim.claim_id)
        except Refused as error:
            answer = f"The register gave no order: {error}"
            return self._report(self._decide(result_from(self._journal, Outcome.NOT_STARTED, None, answer)))
        return self._report(self._decide(self._make(claim, order)))

    def _claim(self) -> Claim | None:
        """Ask under a claim id that is on the disk first, so that a lost answer is asked for again."""
        if self._journal.open_claim is None:
            self._journal.write("claim", uuid.uuid4())
        open_claim = self._journal.open_claim
        assert open_claim is not None
        try:
            claim = self._register.claim(open_claim.claim_id)
        except NotAuthorised:
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
            message = "The register sent another order than was claimed: report this to its administrator."
            return result_from(self._journal, Outcome.NOT_STARTED, None, message)
        production = Production(order, self._journal, self._encoder)
        log.info("order %s: making a %s on %s", order.order_id, order.document_type, order.stock)
        try:
            return self._printer.produce(order, production)
        except LinkLost:
            raise  # the claim stays open: the next cycle asks the device
        except DeviceError as error:
            return production.result(error.outcome, str(error))

    def _decide(self, result: Result) -> Result:
        """Write the result down before anyone hears of it."""
        self._journal.write("result", result.claim_id, result=result.model_dump(mode="json"))
        log.info("order %s: %s %s", result.order_id, result.outcome, result.message)
        return result

    def _report(self, result: Result) -> Result:
        """Tell the register. A refusal is an answer too: somebody settled the order meanwhile. Unreachable: later."""
        try:
            self._register.report(result)
        except NotAuthorised:
            raise
        except Refused as error:
            log.warning("order %s: the register refused the result: %s", result.order_id, error)
        self._journal.write("closed", result.claim_id)
        return result

    def _tell_status(self) -> DeviceStatus:
        """The devices' status, told when it changed and now and then."""
        try:
            status = self._printer.status()
        except DeviceError as error:
            self._say_once(str(error))
            status = DeviceStatus(state="offline")
        if status != self._told or time.monotonic() - self._told_at >= self._pace.status:
            self._register.status(status)
            self._told, self._told_at = status, time.monotonic()
        return status

    def _answer_reading(self) -> None:
        request = self._register.reading()
        if request is not None:
            self._register.send_reading(self._read(request))

    def _read(self, request: ReadRequest) -> ChipReading:
        """Read the chip that lies on the reader."""
        if self._encoder is None:
            return ChipReading(read_id=request.read_id, error="This station has no chip reader: use another one.")
        try:
            chip = self._encoder.connect(request.order_id)
            files = emrtd.read_files(chip)
            return ChipReading(read_id=request.read_id, chip_uid=chip.uid, files=files)
        except DeviceError as error:
            return ChipReading(read_id=request.read_id, error=str(error))

    def _say_once(self, message: str) -> None:
        if message != self._last_said:
            log.warning("%s", message)
            self._last_said = message
