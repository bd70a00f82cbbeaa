"""Printers that speak IPP/2.0 (RFC 8010, RFC 8011) over HTTP: one Print-Job per order, named by the order's id.

The name is what makes a lost link harmless: the printer is asked for the job again instead of being sent it again.
A printer that answers to IPP has no contactless position and reads no blank serial.
"""

from __future__ import annotations

import itertools
import logging
import re
import time
from collections.abc import Mapping
from enum import IntEnum
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from card_drivers.device import (
    Answer,
    CardRejected,
    ConfigurationError,
    DeviceBusy,
    DeviceError,
    DeviceOffline,
    LinkLost,
    SuppliesOut,
)
from card_drivers.links import raster
from card_drivers.links.ipp_message import (
    Attributes,
    Group,
    IppFormatError,
    IppMessage,
    Tag,
    Value,
    decode,
    encode,
    every,
    one,
)
from card_drivers.links.transport import Endpoint, Limits, LinkBroken, NotConnected
from card_drivers.order import Abilities, DeviceStatus, Face, Order, Outcome, Result, Supply
from card_drivers.station.equipment import Context, DriverSettings
from card_drivers.station.workbench import Workbench, layer_digests
from card_drivers.troubles import Trouble

log = logging.getLogger(__name__)

CAPABILITIES = {"what": "cards and paper, as the printer has them", "faces": 2, "chip": "no chip position"}
USER = "liman"
LIMITS = Limits(operation=10.0, exchange=60.0, answer=4 * 1024 * 1024)
SUPPLIES_OUT = {"media-empty", "media-needed", "marker-supply-empty", "toner-empty", "marker-waste-full"}
HALTED = {"media-jam", "cover-open", "door-open", "interlock-open", "output-area-full", "paused", "shutdown"}


class Operation(IntEnum):
    """Operations of RFC 8011 section 5.4.15."""

    PRINT_JOB = 0x0002
    CANCEL_JOB = 0x0008
    GET_JOB_ATTRIBUTES = 0x0009
    GET_JOBS = 0x000A
    GET_PRINTER_ATTRIBUTES = 0x000B


class JobState(IntEnum):
    """RFC 8011 section 5.3.7. From CANCELED on nothing changes any more."""

    PENDING = 3
    HELD = 4
    PROCESSING = 5
    STOPPED = 6
    CANCELED = 7
    ABORTED = 8
    COMPLETED = 9


# RFC 8011 section 5.4.11; anything else is stopped.
PRINTER_STATES: dict[str, Literal["idle", "processing"]] = {"3": "idle", "4": "processing"}
NOT_POSSIBLE = 0x0404
REFUSALS = range(0x0400, 0x0500)
BUSY = {0x0502, 0x0505, 0x0506, 0x0507}  # unavailable, temporary, not accepting, busy: no job was made
JOB_ATTRIBUTES = ("job-id", "job-name", "job-state", "job-state-reasons", "time-at-processing")
PRINTER_ATTRIBUTES = (
    "printer-state",
    "printer-state-reasons",
    "printer-is-accepting-jobs",
    "marker-names",
    "marker-levels",
)


class Settings(DriverSettings):
    """Where the printer is, and how long it may take."""

    uri: str = Field(title="Address", description="ipps://host/path; ipp:// only for this machine.", max_length=500)
    patience_seconds: float = Field(
        default=300, gt=0, le=3600, title="Longest job", description="A job that takes longer is cancelled."
    )
    poll_seconds: float = Field(default=0.5, gt=0, le=10, title="Seconds between two questions while it prints")


def open(settings: Settings, context: Context) -> IppPrinter:
    """The printer of these settings. ConfigurationError for an address that is none, or in the clear."""
    return IppPrinter(settings.uri, patience=settings.patience_seconds, poll=settings.poll_seconds)


class IppPrinter:
    """The printer at `uri`: ipps://, or ipp:// on this machine. ConfigurationError for any other address.

    A job that has not ended after `patience` seconds is cancelled. `poll` is the time between two questions.
    """

    def __init__(self, uri: str, limits: Limits = LIMITS, patience: float = 300.0, poll: float = 0.5) -> None:
        self._endpoint = Endpoint.parse(uri, "ipp", "ipps", default_port=631)
        self._uri = uri
        self._limits = limits
        self._patience = patience
        self._poll = poll
        self._request_ids = itertools.count(1)

    def produce(self, order: Order, station: Workbench) -> Result:
        """Send the faces as one job and wait for its end. LinkLost when only the printer knows what became of it."""
        if order.chip is not None:
            raise ConfigurationError("printer-no-chip")
        document = raster.merge([(face.combined, face.width_mm, face.height_mm) for face in order.faces])
        self._require_ready()
        with station.step("print"):
            station.note(digests=layer_digests(order))  # a face's combined PDF is its layers in one
            answer = self._end_of(self._print_job(order, document))
            if answer.outcome is not Outcome.DONE:
                assert answer.trouble is not None, "a job that did not end well says why"
                raise (CardRejected if answer.outcome is Outcome.SPOILED else DeviceBusy)(answer.trouble)
        return station.result(Outcome.DONE)

    def status(self) -> DeviceStatus:
        """Printer state, reasons and markers. `stopped` also when a reason keeps it from printing."""
        printer = self._printer_attributes()
        reasons = tuple(str(reason) for reason in every(printer, "printer-state-reasons") if reason != "none")
        state = PRINTER_STATES.get(str(one(printer, "printer-state")), "stopped")
        if _blocking(reasons) or not one(printer, "printer-is-accepting-jobs", True):
            return DeviceStatus(state="stopped", reasons=reasons, supplies=_supplies(printer))
        return DeviceStatus(state=state, reasons=reasons, supplies=_supplies(printer))

    def abilities(self) -> Abilities:
        """Whatever medium the printer has."""
        return Abilities()

    def recover(self, order_id: UUID) -> Answer:
        """Find the order's job by its name and wait for its end; UNKNOWN when the printer does not remember it.

        That the printer does not know the name is no proof: printers forget ended jobs, some within a minute.
        """
        # In this order: a job that ends between the two questions is in both answers, not in none.
        jobs = [job for which in ("not-completed", "completed") for job in self._jobs(which)]
        ours = [one(job, "job-id") for job in jobs if _plain(one(job, "job-name")) == str(order_id)]
        numbers = [number for number in ours if isinstance(number, int)]
        if not numbers:
            return Answer(Outcome.UNKNOWN, trouble=Trouble.of("printer-no-such-order"))
        return self._end_of(max(numbers))

    def cancel(self, job_id: int) -> None:
        """Cancel a job; that it ended meanwhile is fine."""
        answer = self._query(Operation.CANCEL_JOB, {"job-id": (Value(Tag.INTEGER, job_id),)})
        if answer.code >= 0x0400 and answer.code != NOT_POSSIBLE:
            raise DeviceOffline("job-not-cancelled", job=job_id)

    def _require_ready(self) -> None:
        """Ask before sending: what is known to fail consumes nothing."""
        status = self.status()
        blocking = _blocking(status.reasons)
        if blocking & SUPPLIES_OUT:
            raise SuppliesOut("printer-supplies", reasons=", ".join(sorted(blocking)))
        if blocking or status.state == "stopped":
            raise DeviceOffline("printer-stopped", reasons=", ".join(status.reasons) or "-")
        if status.state == "processing":
            raise DeviceBusy("printer-other-job")

    def _print_job(self, order: Order, document: bytes) -> int:
        """Send the job; its number. The answer's status decides whether there is a job at all (RFC 8011 4.2.1)."""
        operation = {
            "job-name": (Value(Tag.NAME, str(order.order_id)),),
            "document-format": (Value(Tag.MIME, "application/pdf"),),
            "ipp-attribute-fidelity": (Value(Tag.BOOLEAN, True),),
        }
        answer = self._request(Operation.PRINT_JOB, operation, _job_template(order.faces), document)
        said = _status_text(answer)
        if answer.code in BUSY:
            raise DeviceBusy("printer-takes-none", said=said)
        if answer.code in REFUSALS:
            raise ConfigurationError("job-refused", said=said)
        number = next((one(job, "job-id") for job in answer.groups_of(Group.JOB)), None)
        if answer.code >= 0x0400 or not isinstance(number, int):
            raise LinkLost("job-perhaps-taken", said=said)
        return number

    def _end_of(self, job_id: int) -> Answer:
        """Wait until the job ended, cancelling it after `patience`. LinkLost when it cannot be asked any more."""
        answer = self._ended_within(self._patience, job_id)
        if answer is None:
            self._cancel_quietly(job_id)
            answer = self._ended_within(self._limits.operation, job_id)
        if answer is None:
            raise LinkLost("job-endless", job=job_id)
        return answer

    def _ended_within(self, seconds: float, job_id: int) -> Answer | None:
        until = time.monotonic() + seconds
        while _state(job := self._job(job_id)) < JobState.CANCELED:
            if time.monotonic() >= until:
                return None
            time.sleep(self._poll)
        return _answer(job)

    def _cancel_quietly(self, job_id: int) -> None:
        try:
            self.cancel(job_id)
        except DeviceError as error:
            raise LinkLost(error.trouble) from error

    def _job(self, job_id: int) -> Attributes:
        """The job's attributes. LinkLost when the printer does not answer, or has forgotten it."""
        wanted = {"job-id": (Value(Tag.INTEGER, job_id),), **_wanted(JOB_ATTRIBUTES)}
        try:
            answer = self._query(Operation.GET_JOB_ATTRIBUTES, wanted)
        except DeviceOffline as error:
            raise LinkLost(error.trouble.then(Trouble.of("job-sent", job=job_id))) from error
        jobs = answer.groups_of(Group.JOB)
        if answer.code >= 0x0400 or not jobs:
            raise LinkLost("job-forgotten", job=job_id, said=_status_text(answer))
        return jobs[0]

    def _jobs(self, which: str) -> list[Attributes]:
        answer = self._query(
            Operation.GET_JOBS, {"which-jobs": (Value(Tag.KEYWORD, which),), **_wanted(JOB_ATTRIBUTES)}
        )
        if answer.code >= 0x0400:
            raise DeviceOffline("printer-lists-none", said=_status_text(answer))
        return answer.groups_of(Group.JOB)

    def _printer_attributes(self) -> Attributes:
        answer = self._query(Operation.GET_PRINTER_ATTRIBUTES, _wanted(PRINTER_ATTRIBUTES))
        printers = answer.groups_of(Group.PRINTER)
        if answer.code >= 0x0400 or not printers:
            raise DeviceOffline("printer-undescribed", said=_status_text(answer))
        return printers[0]

    def _query(self, operation: Operation, attributes: Attributes) -> IppMessage:
        """A request that consumes nothing, so that a lost answer means: offline."""
        try:
            return self._request(operation, attributes)
        except LinkLost as error:
            raise DeviceOffline(error.trouble.then(Trouble.of("check-printer"))) from error

    def _request(
        self, operation: Operation, attributes: Attributes, job: Attributes | None = None, document: bytes = b""
    ) -> IppMessage:
        """One exchange. DeviceOffline: nothing arrived. LinkLost: it may have been acted upon."""
        request = IppMessage(operation, next(self._request_ids), self._groups(attributes, job), document)
        headers = {"Content-Type": "application/ipp"}
        try:
            status, body, _ = self._endpoint.exchange("POST", "", headers, encode(request), self._limits)
        except NotConnected as error:
            raise DeviceOffline(error.trouble.then(Trouble.of("switch-printer-on"))) from error
        except LinkBroken as error:
            raise LinkLost(error.trouble) from error
        if status != 200:
            raise _http_error(status)
        try:
            answer = decode(body)
        except IppFormatError as error:
            log.info("no IPP: %s", error)
            raise LinkLost("printer-no-ipp") from error
        if answer.request_id != request.request_id:
            raise LinkLost("printer-other-answer")
        return answer

    def _groups(self, attributes: Attributes, job: Attributes | None) -> tuple[tuple[int, Attributes], ...]:
        operation = {
            "attributes-charset": (Value(Tag.CHARSET, "utf-8"),),
            "attributes-natural-language": (Value(Tag.LANGUAGE, "en"),),
            "printer-uri": (Value(Tag.URI, self._uri),),
            **{name: value for name, value in attributes.items() if name == "job-id"},
            "requesting-user-name": (Value(Tag.NAME, USER),),
            **{name: value for name, value in attributes.items() if name != "job-id"},
        }
        groups: tuple[tuple[int, Attributes], ...] = ((Group.OPERATION, operation),)
        return (*groups, (Group.JOB, job)) if job else groups


def _job_template(faces: tuple[Face, ...]) -> Attributes:
    """One copy on one sheet with every face, media of the first one's size (PWG 5100.7: 1/100 mm, short side first)."""
    short, long = sorted(round(side * 100) for side in (faces[0].width_mm, faces[0].height_mm))
    size = {"x-dimension": (Value(Tag.INTEGER, short),), "y-dimension": (Value(Tag.INTEGER, long),)}
    media = {"media-size": (Value(Tag.BEGIN_COLLECTION, size),)}
    sides = "one-sided" if len(faces) == 1 else "two-sided-long-edge"
    return {
        "copies": (Value(Tag.INTEGER, 1),),
        "sides": (Value(Tag.KEYWORD, sides),),
        "media-col": (Value(Tag.BEGIN_COLLECTION, media),),
    }


def _plain(text: Any) -> Any:
    """The text of a name or text that came with its language."""
    return text[1] if isinstance(text, tuple) and len(text) == 2 else text


def _wanted(names: tuple[str, ...]) -> Mapping[str, tuple[Value, ...]]:
    return {"requested-attributes": tuple(Value(Tag.KEYWORD, name) for name in names)}


def _state(job: Attributes) -> int:
    state = one(job, "job-state")
    return state if isinstance(state, int) else JobState.PENDING


def _answer(job: Attributes) -> Answer:
    """What an ended job means. Only a job that was never processed consumed nothing (RFC 8011 section 5.3.14)."""
    state = _state(job)
    if state == JobState.COMPLETED:
        return Answer(Outcome.DONE)
    cancelled = state == JobState.CANCELED
    reasons = ", ".join(map(str, every(job, "job-state-reasons"))) or "-"
    if "time-at-processing" in job and one(job, "time-at-processing") is None:
        early = Trouble.of("job-cancelled" if cancelled else "job-given-up", reasons=reasons)
        return Answer(Outcome.NOT_STARTED, trouble=early)
    spoiled = Trouble.of("job-cancelled-late" if cancelled else "job-given-up-late", reasons=reasons)
    return Answer(Outcome.SPOILED, trouble=spoiled)


def _supplies(printer: Attributes) -> tuple[Supply, ...]:
    """Markers by name; negative levels are `unknown` (RFC 3805 prtMarkerSuppliesLevel)."""
    pairs = itertools.zip_longest(every(printer, "marker-levels"), every(printer, "marker-names"))
    return tuple(
        Supply(
            name=str(name or f"marker {number}"), level=level if isinstance(level, int) and 0 <= level <= 100 else None
        )
        for number, (level, name) in enumerate(pairs, start=1)
    )


def _blocking(reasons: tuple[str, ...]) -> set[str]:
    """The reasons that keep it from printing the next sheet, whatever their suffix (RFC 8011 section 5.4.12).

    An idle printer says `media-empty-report` of an empty feeder: nothing suffers from it yet, but the next job would.
    """
    plain = {re.sub("-(report|warning|error)$", "", reason) for reason in reasons}
    return plain & (SUPPLIES_OUT | HALTED)


def _status_text(answer: IppMessage) -> str:
    operation = next(iter(answer.groups_of(Group.OPERATION)), {})
    return f"{answer.code:#06x} {one(operation, 'status-message', '')}".strip()


def _http_error(status: int) -> DeviceError:
    """HTTP refused the request before IPP saw it (RFC 8010 section 4)."""
    if 300 <= status < 500:
        return ConfigurationError("printer-http-refused", status=status)
    return LinkLost("printer-http", status=status)
