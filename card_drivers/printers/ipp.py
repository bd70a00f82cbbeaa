"""Printers that speak IPP/2.0 (RFC 8010, RFC 8011) over HTTP: one Print-Job per order, named by the order's id.

The name is what makes a lost link harmless: the printer is asked for the job again instead of being sent it again.
A queue of CUPS is a printer whose path is `/printers/NAME`; one that would send a failed job once more is refused.
A printer that answers to IPP has no contactless position and reads no blank serial.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from pydantic import Field, SecretStr

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
from card_drivers.links import ipp_media, raster
from card_drivers.links.http_login import Login
from card_drivers.links.ipp_answers import SUPPLIES_OUT, blocking, ended, has_ended, ignored, plain, supplies, tally
from card_drivers.links.ipp_documents import DOCUMENT_ATTRIBUTES, Document, document
from card_drivers.links.ipp_link import IppLink, Operation, status_text
from card_drivers.links.ipp_message import Attributes, Group, IppMessage, Tag, Value, every, one
from card_drivers.links.transport import Endpoint, Limits
from card_drivers.order import Abilities, DeviceStatus, Order, Outcome, Result
from card_drivers.station.equipment import Context
from card_drivers.station.laying import MediaSettings
from card_drivers.station.workbench import Workbench, layer_digests
from card_drivers.troubles import Trouble

LIMITS = Limits(operation=10.0, exchange=60.0, answer=4 * 1024 * 1024)

# RFC 8011 section 5.4.11; anything else is stopped.
PRINTER_STATES: dict[str, Literal["idle", "processing"]] = {"3": "idle", "4": "processing"}
NOT_POSSIBLE = 0x0404
REFUSALS = range(0x0400, 0x0500)
BUSY = {0x0502, 0x0505, 0x0506, 0x0507}  # unavailable, temporary, not accepting, busy: no job was made
JOB_ATTRIBUTES = ("job-id", "job-name", "job-state", "job-state-reasons", "time-at-creation", "time-at-processing")
ERROR_POLICY, ABORT = "printer-error-policy", "abort-job"  # of CUPS; printers themselves say none
COLOUR_MODES = "print-color-mode-supported"
JOB_DEPENDS_ON = (*ipp_media.MEDIA_ATTRIBUTES, *DOCUMENT_ATTRIBUTES, ERROR_POLICY, COLOUR_MODES)
PRINTER_ATTRIBUTES = (
    "printer-state",
    "printer-state-reasons",
    "printer-is-accepting-jobs",
    "marker-names",
    "marker-levels",
    "printer-media-sheets-completed",
    "printer-impressions-completed",
)


class Settings(MediaSettings):
    """Where the printer is, what lies in it, and how long it may take."""

    uri: str = Field(title="Address", description="ipps://host/path; ipp:// only for this machine.", max_length=500)
    fingerprint: str = Field(
        default="",
        pattern="^$|^([0-9A-Fa-f]{2}:?){31}[0-9A-Fa-f]{2}$",
        max_length=95,
        title="Fingerprint of its certificate",
        description="SHA-256, as its panel or web page shows it. Left empty, this machine's authorities decide.",
    )
    user: str = Field(default="", title="User name", description="Only for a printer that asks for it.", max_length=100)
    password: SecretStr = Field(default=SecretStr(""), title="Password", max_length=200)
    patience_seconds: float = Field(
        default=300, gt=0, le=3600, title="Longest job", description="A job that takes longer is cancelled."
    )
    poll_seconds: float = Field(default=0.5, gt=0, le=10, title="Seconds between two questions while it prints")


AS_IT_SAYS = MediaSettings()


def can(settings: Settings) -> Abilities:
    """The media of the settings, on both sides."""
    return ipp_media.abilities({}, settings)


def open(settings: Settings, context: Context) -> IppPrinter:
    """The printer of these settings. ConfigurationError for an address that is none, or in the clear."""
    return IppPrinter(
        settings.uri,
        fingerprint=settings.fingerprint,
        login=Login(settings.user, settings.password.get_secret_value()) if settings.user else None,
        patience=settings.patience_seconds,
        poll=settings.poll_seconds,
        paper=settings,
    )


@dataclass(frozen=True)
class PrintJob:
    """What is sent of an order: who it is and what it holds, how it is printed, and the document."""

    operation: Attributes
    template: Attributes
    document: Document


class IppPrinter:
    """The printer at `uri`: ipps://, or ipp:// on this machine. ConfigurationError for any other address.

    It is believed by the `fingerprint` of its certificate, if there is one, and told the `login` when it asks.
    A job that has not ended after `patience` seconds is cancelled. `poll` is the time between two questions,
    `paper` how its media are printed.
    """

    def __init__(
        self,
        uri: str,
        limits: Limits = LIMITS,
        patience: float = 300.0,
        poll: float = 0.5,
        fingerprint: str = "",
        login: Login | None = None,
        paper: ipp_media.Paper = AS_IT_SAYS,
    ) -> None:
        endpoint = Endpoint.parse(uri, "ipp", "ipps", default_port=631, fingerprint=fingerprint)
        self._link = IppLink(uri, endpoint, limits, login)
        if endpoint.path.startswith("/classes/"):
            raise ConfigurationError("queue-is-class")
        self._through_queue = endpoint.path.startswith("/printers/")
        self._limits = limits
        self._patience = patience
        self._poll = poll
        self._paper = paper

    def produce(self, order: Order, station: Workbench) -> Result:
        """Send the faces as one job and wait for its end. LinkLost when only the printer knows what became of it."""
        if order.chip is not None:
            raise ConfigurationError("printer-no-chip")
        for face in order.faces:
            raster.check(face)
        self._require_ready()
        printer = self._printer_attributes(JOB_DEPENDS_ON)
        _require_once(printer)
        job = _prepared(order, printer, self._paper)
        self._require_as_asked(job)
        with station.step("print"):
            station.note(digests=layer_digests(order))  # a face's combined PDF is its layers in one
            answer = self._print(job, order.order_id)
            if answer.outcome is not Outcome.DONE:
                assert answer.trouble is not None, "a job that did not end well says why"
                raise ERRORS[answer.outcome](answer.trouble)
        return station.result(Outcome.DONE)

    def status(self) -> DeviceStatus:
        """Printer state, reasons and markers. `stopped` also when a reason keeps it from printing."""
        printer = self._printer_attributes(PRINTER_ATTRIBUTES)
        reasons = tuple(str(plain(reason)) for reason in every(printer, "printer-state-reasons") if reason != "none")
        state = PRINTER_STATES.get(str(one(printer, "printer-state")), "stopped")
        if blocking(reasons, self._through_queue) or not one(printer, "printer-is-accepting-jobs", True):
            state = "stopped"
        return DeviceStatus(state=state, reasons=reasons, supplies=supplies(printer), counter=tally(printer))

    def abilities(self) -> Abilities:
        """The media that lie in it by the settings, or else those that it says it takes."""
        return ipp_media.abilities(self._printer_attributes(ipp_media.MEDIA_ATTRIBUTES), self._paper)

    def recover(self, order_id: UUID) -> Answer:
        """Find the order's job by its name and wait for its end; UNKNOWN when the printer does not remember it.

        That the printer does not know the name is no proof: printers forget ended jobs, some within a minute.
        """
        # In this order: a job that ends between the two questions is in both answers, not in none.
        jobs = [job for which in ("not-completed", "completed") for job in self._jobs(which)]
        ours = [one(job, "job-id") for job in jobs if plain(one(job, "job-name")) == str(order_id)]
        numbers = [number for number in ours if isinstance(number, int)]
        if not numbers:
            return Answer(Outcome.UNKNOWN, trouble=Trouble.of("printer-no-such-order"))
        return self._end_of(max(numbers), order_id)

    def cancel(self, job_id: int) -> None:
        """Cancel a job; that it ended meanwhile is fine."""
        answer = self._link.query(Operation.CANCEL_JOB, {"job-id": (Value(Tag.INTEGER, job_id),)})
        if answer.code >= 0x0400 and answer.code != NOT_POSSIBLE:
            raise DeviceOffline("job-not-cancelled", job=job_id)

    def _require_ready(self) -> None:
        """Ask before sending: what is known to fail consumes nothing."""
        status = self.status()
        wrong = blocking(status.reasons, self._through_queue)
        if wrong & SUPPLIES_OUT:
            raise SuppliesOut("printer-supplies", reasons=", ".join(sorted(wrong)))
        if wrong or status.state == "stopped":
            raise DeviceOffline("printer-stopped", reasons=", ".join(status.reasons) or "-")
        if status.state == "processing":
            raise DeviceBusy("printer-other-job")

    def _require_as_asked(self, job: PrintJob) -> None:
        """Ask whether it would print the job as it is (RFC 8011 section 4.2.3), which costs no sheet.

        A printer that cannot be asked so is not refused: its answer to the job itself counts.
        """
        answer = self._link.query(Operation.VALIDATE_JOB, job.operation, job.template)
        names = ignored(answer)
        if names is not None:
            raise ConfigurationError("job-not-as-asked", names=names)
        _require_taken(answer)

    def _print(self, job: PrintJob, order_id: UUID) -> Answer:
        """Print the job and wait for its end. One that the printer changes is cancelled, and never done."""
        number, changed = self._print_job(job)
        if changed is None:
            return self._end_of(number, order_id)
        self._cancel_quietly(number, order_id)
        answer = self._end_of(number, order_id)
        outcome = Outcome.UNKNOWN if answer.outcome is Outcome.DONE else answer.outcome
        trouble = Trouble.of("job-changed", names=changed)
        return Answer(outcome, trouble=trouble.then(answer.trouble or Trouble.of("settle-by-hand")))

    def _print_job(self, job: PrintJob) -> tuple[int, str | None]:
        """Send the job; its number, and what the printer does otherwise than asked (`ipp_answers.ignored`).

        The answer's status decides whether there is a job at all (RFC 8011 section 4.2.1).
        """
        answer = self._link.ask(Operation.PRINT_JOB, job.operation, job.template, job.document.data)
        _require_taken(answer)
        number = next((one(made, "job-id") for made in answer.groups_of(Group.JOB)), None)
        if answer.code >= 0x0400 or not isinstance(number, int):
            raise LinkLost("job-perhaps-taken", said=status_text(answer))
        return number, ignored(answer)

    def _end_of(self, job_id: int, order_id: UUID) -> Answer:
        """Wait until the job ended, cancelling it after `patience`. LinkLost when it cannot be asked any more."""
        answer = self._ended_within(self._patience, job_id, order_id)
        if answer is None:
            self._cancel_quietly(job_id, order_id)
            answer = self._ended_within(self._limits.operation, job_id, order_id)
        if answer is None:
            raise LinkLost("job-endless", job=job_id)
        return answer

    def _ended_within(self, seconds: float, job_id: int, order_id: UUID) -> Answer | None:
        until = time.monotonic() + seconds
        while not has_ended(job := self._job(job_id, order_id), self._through_queue):
            if time.monotonic() >= until:
                return None
            time.sleep(self._poll)
        return ended(job, self._through_queue)

    def _cancel_quietly(self, job_id: int, order_id: UUID) -> None:
        """Cancel the order's job. LinkLost when the printer does not answer, or answers for another job."""
        self._job(job_id, order_id)
        try:
            self.cancel(job_id)
        except DeviceError as error:
            raise LinkLost(error.trouble) from error

    def _job(self, job_id: int, order_id: UUID) -> Attributes:
        """The job's attributes. LinkLost when the printer does not answer, has forgotten it, or tells of another job.

        A printer counts its jobs from one again when it was off: the number may be somebody else's now.
        """
        wanted = {"job-id": (Value(Tag.INTEGER, job_id),), **_wanted(JOB_ATTRIBUTES)}
        try:
            answer = self._link.query(Operation.GET_JOB_ATTRIBUTES, wanted)
        except DeviceOffline as error:
            raise LinkLost(error.trouble.then(Trouble.of("job-sent", job=job_id))) from error
        jobs = answer.groups_of(Group.JOB)
        if answer.code >= 0x0400 or not jobs:
            raise LinkLost("job-forgotten", job=job_id, said=status_text(answer))
        name = plain(one(jobs[0], "job-name", str(order_id)))
        if one(jobs[0], "job-id", job_id) != job_id or name != str(order_id):
            raise LinkLost("job-other", job=job_id)
        return jobs[0]

    def _jobs(self, which: str) -> list[Attributes]:
        answer = self._link.query(
            Operation.GET_JOBS, {"which-jobs": (Value(Tag.KEYWORD, which),), **_wanted(JOB_ATTRIBUTES)}
        )
        if answer.code >= 0x0400:
            raise DeviceOffline("printer-lists-none", said=status_text(answer))
        return answer.groups_of(Group.JOB)

    def _printer_attributes(self, names: tuple[str, ...]) -> Attributes:
        answer = self._link.query(Operation.GET_PRINTER_ATTRIBUTES, _wanted(names))
        printers = answer.groups_of(Group.PRINTER)
        if answer.code >= 0x0400 or not printers:
            raise DeviceOffline("printer-undescribed", said=status_text(answer))
        return printers[0]


ERRORS: Mapping[Outcome, type[DeviceError]] = {
    Outcome.NOT_STARTED: DeviceBusy,
    Outcome.SPOILED: CardRejected,
    Outcome.UNKNOWN: DeviceError,
}
"""What is raised for a job that ended so."""


def _in_colour(printer: Attributes) -> Attributes:
    """Asked for where it can be: printers and queues have grey as their default that somebody chose to save ribbons."""
    if "color" not in [plain(mode) for mode in every(printer, COLOUR_MODES)]:
        return {}
    return {"print-color-mode": (Value(Tag.KEYWORD, "color"),)}


def _require_once(printer: Attributes) -> None:
    """ConfigurationError when it is a queue that prints a job again when its printer failed, by itself or later."""
    policy = str(plain(one(printer, ERROR_POLICY, ABORT)))
    if policy != ABORT:
        raise ConfigurationError("queue-prints-again", policy=policy)


def _require_taken(answer: IppMessage) -> None:
    """Nothing when the printer did not say no to a job: DeviceBusy for now, ConfigurationError for good."""
    if answer.code in BUSY:
        raise DeviceBusy("printer-takes-none", said=status_text(answer))
    if answer.code in REFUSALS:
        raise ConfigurationError("job-refused", said=status_text(answer))


def _prepared(order: Order, printer: Attributes, paper: ipp_media.Paper) -> PrintJob:
    """The order as a job of what `printer` takes: its id is the job's name."""
    sheet = ipp_media.sheet(order.faces, printer, paper)
    made = document(sheet.pdf, sheet.sides, printer)
    operation = {
        "job-name": (Value(Tag.NAME, str(order.order_id)),),
        "document-format": (Value(Tag.MIME, made.format),),
        "ipp-attribute-fidelity": (Value(Tag.BOOLEAN, True),),
    }
    return PrintJob(operation, {**sheet.template, **_in_colour(printer)}, made)


def _wanted(names: tuple[str, ...]) -> Mapping[str, tuple[Value, ...]]:
    return {"requested-attributes": tuple(Value(Tag.KEYWORD, name) for name in names)}
