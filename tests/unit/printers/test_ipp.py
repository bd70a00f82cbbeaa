"""The IPP driver against printers that answer wrongly: always a named error, and the right one."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import replace
from email.message import Message
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from card_drivers.device import (
    CardRejected,
    ConfigurationError,
    DeviceBusy,
    DeviceError,
    DeviceOffline,
    LinkLost,
    SuppliesOut,
)
from card_drivers.links import ipp_media
from card_drivers.links.ipp_documents import Document
from card_drivers.links.ipp_link import Operation
from card_drivers.links.ipp_message import Attributes, Group, IppMessage, Tag, Value, decode, encode, one
from card_drivers.links.transport import Endpoint, Limits, LinkBroken, NotConnected, Reply
from card_drivers.order import Outcome
from card_drivers.printers.ipp import JOB_ATTRIBUTES, PRINTER_ATTRIBUTES, IppPrinter, PrintJob
from card_drivers.station.journal import Journal
from card_drivers.station.workbench import Workbench
from tests.unit.links.test_ipp_message import SIMPLE
from tests.unit.station.orders import make_order

ORDER = uuid.UUID(int=5)
IDLE = {"printer-state": (Value(Tag.ENUM, 3),), "printer-state-reasons": (Value(Tag.KEYWORD, "none"),)}
Answering = IppMessage | tuple[int, bytes] | Exception


def job(number: int, state: int, name: str = str(ORDER), **more: Value) -> tuple[int, dict[str, tuple[Value, ...]]]:
    return Group.JOB, {
        "job-id": (Value(Tag.INTEGER, number),),
        "job-name": (Value(Tag.NAME, name),),
        "job-state": (Value(Tag.ENUM, state),),
        **{name.replace("_", "-"): (value,) for name, value in more.items()},
    }


def answer(*groups: tuple[int, Mapping[str, tuple[Value, ...]]], code: int = 0) -> IppMessage:
    return IppMessage(code, 0, groups)


def version_refused() -> IppMessage:
    """As a printer of IPP/1.1 says it, which has not read the number of the request."""
    return IppMessage(0x0503, 0, version=(1, 1))


class Scripted:
    """Stands where the link to the printer is; answers each operation from a script, the last entry for ever."""

    def __init__(self, script: dict[int, list[Answering]]) -> None:
        idle: list[Answering] = [answer((Group.PRINTER, IDLE))]
        self._script = {Operation.GET_PRINTER_ATTRIBUTES: idle, Operation.VALIDATE_JOB: [answer()], **script}
        self.asked: list[int] = []
        self.lists: list[str] = []
        self.templates: list[Attributes] = []
        self.versions: list[tuple[int, int]] = []
        self.path = "/ipp/print"

    def exchange(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        body: bytes,
        limits: Limits,
        whole: Callable[[bytes], bool],
    ) -> Reply:
        request = decode(body)
        self.asked.append(request.code)
        self.versions.append(request.version)
        self.lists += [str(one(group, "which-jobs")) for _, group in request.groups if "which-jobs" in group]
        self.templates += request.groups_of(Group.JOB)
        entries = self._script[request.code]
        entry = entries.pop(0) if len(entries) > 1 else entries[0]
        if isinstance(entry, Exception):
            raise entry
        if isinstance(entry, IppMessage):
            number = entry.request_id if entry.code == 0x0503 else request.request_id
            return Reply(200, encode(replace(entry, request_id=number)), Message())
        return Reply(*entry, Message())


def driver(script: dict[int, list[Answering]], patience: float = 0.0) -> tuple[IppPrinter, Scripted]:
    printer = IppPrinter("ipp://localhost/", Limits(operation=0.0), patience=patience, poll=0.0)
    link = Scripted(script)
    printer._link._endpoint = link  # type: ignore[assignment]
    return printer, link


def produce(printer: IppPrinter, folder: Path) -> Outcome:
    order = make_order(order_id=ORDER, chip=None)
    journal = Journal(folder / "journal.jsonl")
    try:
        journal.write("claim", order.claim_id)
        journal.write("order", order.claim_id, order_id=str(order.order_id))
        return printer.produce(order, Workbench(order, journal, None, None)).outcome
    finally:
        journal.close()


TAKEN = answer(job(1, 5))
MEDIA_IGNORED = (Group.UNSUPPORTED, {"media-col": (Value(Tag.UNSUPPORTED, None),)})
BROKEN: list[Answering] = [
    (200, b""),
    (200, b"<html>not IPP</html>"),
    (200, bytes.fromhex("0200 0000 00000001 01 47 FFFF")),
    (200, bytes.fromhex("0200 0000 7FFFFFFF 03")),
    (500, b""),
    LinkBroken("reset"),
    answer(),
    answer((Group.JOB, {"job-id": (Value(Tag.NO_VALUE, None),)})),
    answer(code=0x0500),
    answer(code=0x0508),
]


@pytest.mark.parametrize("broken", BROKEN)
def test_an_unclear_answer_to_a_print_job_is_a_lost_link(tmp_path: Path, broken: Answering) -> None:
    printer, link = driver({Operation.PRINT_JOB: [broken]})
    with pytest.raises(LinkLost) as caught:
        produce(printer, tmp_path)
    assert caught.value.outcome is Outcome.UNKNOWN
    assert link.asked.count(Operation.PRINT_JOB) == 1


@pytest.mark.parametrize(
    ("said", "error"),
    [
        (answer(code=0x0507), DeviceBusy),
        (answer(code=0x0506), DeviceBusy),
        (answer(code=0x0502), DeviceBusy),
        (answer(code=0x0505), DeviceBusy),
        (answer(code=0x040A), ConfigurationError),
        (answer(code=0x040B), ConfigurationError),
        (answer(code=0x0401), ConfigurationError),
        ((404, b""), ConfigurationError),
        ((401, b""), ConfigurationError),
        ((301, b""), ConfigurationError),
        (NotConnected("refused"), DeviceOffline),
    ],
)
def test_a_clear_no_to_a_print_job_is_not_started(tmp_path: Path, said: Answering, error: type[DeviceError]) -> None:
    with pytest.raises(error) as caught:
        produce(driver({Operation.PRINT_JOB: [said]})[0], tmp_path)
    assert caught.value.outcome is Outcome.NOT_STARTED


NO_ANSWERS = [*BROKEN[:6], NotConnected("refused"), answer(code=0x0400), answer(code=0x0500)]


@pytest.mark.parametrize("broken", NO_ANSWERS)
def test_a_bad_answer_to_a_question_is_offline(broken: Answering) -> None:
    printer, _ = driver({operation: [broken] for operation in Operation})
    for ask in (printer.status, lambda: printer.recover(ORDER)):
        with pytest.raises(DeviceOffline) as caught:
            ask()
        assert caught.value.outcome is Outcome.NOT_STARTED


def test_a_printer_that_does_not_describe_itself_is_offline() -> None:
    with pytest.raises(DeviceOffline, match="does not describe itself"):
        driver({Operation.GET_PRINTER_ATTRIBUTES: [answer()]})[0].status()


@pytest.mark.parametrize(
    ("ended", "more", "outcome"),
    [
        (9, {}, Outcome.DONE),
        (7, {}, Outcome.SPOILED),
        (8, {}, Outcome.SPOILED),
        (7, {"time_at_processing": Value(Tag.INTEGER, 5)}, Outcome.SPOILED),
        (7, {"time_at_processing": Value(Tag.NO_VALUE, None)}, Outcome.NOT_STARTED),
        (8, {"time_at_processing": Value(Tag.NO_VALUE, None)}, Outcome.NOT_STARTED),
    ],
)
def test_what_an_ended_job_means(tmp_path: Path, ended: int, more: dict[str, Value], outcome: Outcome) -> None:
    """Without the time of processing nobody knows that it was not processed: then the blank is spoiled."""
    jobs = {Operation.GET_JOBS: [answer(job(1, ended))], Operation.GET_JOB_ATTRIBUTES: [answer(job(1, ended, **more))]}
    assert driver(jobs)[0].recover(ORDER).outcome is outcome
    printer, _ = driver({**jobs, Operation.PRINT_JOB: [TAKEN]})
    if outcome is Outcome.DONE:
        assert produce(printer, tmp_path) is outcome
    else:
        with pytest.raises((CardRejected, DeviceBusy)) as caught:
            produce(printer, tmp_path)
        assert caught.value.outcome is outcome


def test_the_latest_job_of_the_name_counts() -> None:
    """An earlier attempt was cancelled before it began; the order was queued again under the same id."""
    listed = answer(job(3, 7), job(12, 9), job(15, 9, name="another"))
    printer, _ = driver({Operation.GET_JOBS: [listed], Operation.GET_JOB_ATTRIBUTES: [answer(job(12, 9))]})
    assert printer.recover(ORDER).outcome is Outcome.DONE


def test_a_name_with_its_language_is_found() -> None:
    _, attributes = job(1, 9)
    attributes["job-name"] = (Value(Tag.NAME_LANGUAGE, ("en", str(ORDER))),)
    listed = answer((Group.JOB, attributes))
    printer, _ = driver({Operation.GET_JOBS: [listed], Operation.GET_JOB_ATTRIBUTES: [answer(job(1, 9))]})
    assert printer.recover(ORDER).outcome is Outcome.DONE


def test_a_job_that_ends_between_the_two_lists_is_found() -> None:
    """Running jobs are asked for first: the job is in the second list at the latest."""
    lists: list[Answering] = [answer(), answer(job(1, 9))]
    printer, link = driver({Operation.GET_JOBS: lists, Operation.GET_JOB_ATTRIBUTES: [answer(job(1, 9))]})
    assert printer.recover(ORDER).outcome is Outcome.DONE
    assert link.lists == ["not-completed", "completed"]


def test_a_job_that_never_ends_is_cancelled_once_and_lost(tmp_path: Path) -> None:
    script: dict[int, list[Answering]] = {
        Operation.PRINT_JOB: [TAKEN],
        Operation.GET_JOB_ATTRIBUTES: [answer(job(1, 5))],
        Operation.CANCEL_JOB: [answer()],
    }
    printer, link = driver(script)
    with pytest.raises(LinkLost, match="did not end: look at the printer"):
        produce(printer, tmp_path)
    assert Operation.CANCEL_JOB in link.asked


def test_a_job_the_printer_forgot_is_lost(tmp_path: Path) -> None:
    script: dict[int, list[Answering]] = {
        Operation.PRINT_JOB: [TAKEN],
        Operation.GET_JOB_ATTRIBUTES: [answer(code=0x0406)],
    }
    with pytest.raises(LinkLost):
        produce(driver(script)[0], tmp_path)


@pytest.mark.parametrize("other", [job(1, 9, name="somebody else's"), job(2, 9)])
def test_a_printer_that_answers_for_another_job_is_not_believed(
    tmp_path: Path, other: tuple[int, dict[str, tuple[Value, ...]]]
) -> None:
    """It was off and on, and counts its jobs from one again: what became of ours, only its tray tells."""
    script: dict[int, list[Answering]] = {
        Operation.PRINT_JOB: [TAKEN],
        Operation.GET_JOBS: [answer(job(1, 9))],
        Operation.GET_JOB_ATTRIBUTES: [answer(other)],
    }
    for ask in (lambda one: produce(one, tmp_path), lambda one: one.recover(ORDER)):
        with pytest.raises(LinkLost, match="look into its tray"):
            ask(driver(script)[0])


def test_somebody_elses_job_is_not_cancelled(tmp_path: Path) -> None:
    script: dict[int, list[Answering]] = {
        Operation.PRINT_JOB: [answer(MEDIA_IGNORED, job(1, 3), code=1)],
        Operation.GET_JOB_ATTRIBUTES: [answer(job(1, 5, name="somebody else's"))],
    }
    printer, link = driver(script)
    with pytest.raises(LinkLost, match="look into its tray"):
        produce(printer, tmp_path)
    assert Operation.CANCEL_JOB not in link.asked


def reasons(word: str) -> dict[str, Value]:
    return {"job_state_reasons": Value(Tag.KEYWORD, word)}


DOUBTFUL = ["job-completed-with-errors", "job-completed-with-warnings", "queued-in-device", "errors-detected", "x"]


@pytest.mark.parametrize("reason", DOUBTFUL)
def test_a_job_that_ended_in_doubt_is_never_done(tmp_path: Path, reason: str) -> None:
    """RFC 8011 section 5.3.8: completed says that the printer is through with it, not that it is right."""
    found = answer(job(1, 9, **reasons(reason)))
    script: dict[int, list[Answering]] = {
        Operation.PRINT_JOB: [TAKEN],
        Operation.GET_JOBS: [found],
        Operation.GET_JOB_ATTRIBUTES: [found],
    }
    with pytest.raises(DeviceError, match=rf"ended job: {reason}\. Look at the document") as caught:
        produce(driver(script)[0], tmp_path)
    assert caught.value.outcome is Outcome.UNKNOWN
    assert driver(script)[0].recover(ORDER).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize("reason", ["none", "job-completed-successfully"])
def test_a_job_that_ended_well_is_done(tmp_path: Path, reason: str) -> None:
    found = answer(job(1, 9, **reasons(reason)))
    printer, _ = driver({Operation.PRINT_JOB: [TAKEN], Operation.GET_JOB_ATTRIBUTES: [found]})
    assert produce(printer, tmp_path) is Outcome.DONE


@pytest.mark.parametrize("code", [0x0001, 0x0002])
def test_a_printer_that_would_change_the_job_gets_none(tmp_path: Path, code: int) -> None:
    printer, link = driver({Operation.VALIDATE_JOB: [answer(MEDIA_IGNORED, code=code)]})
    with pytest.raises(ConfigurationError, match=r"would change the job \(media-col\)"):
        produce(printer, tmp_path)
    assert Operation.PRINT_JOB not in link.asked


@pytest.mark.parametrize(
    ("state", "more", "outcome"),
    [
        (9, {}, Outcome.UNKNOWN),
        (7, {}, Outcome.SPOILED),
        (7, {"time_at_processing": Value(Tag.NO_VALUE, None)}, Outcome.NOT_STARTED),
    ],
)
@pytest.mark.parametrize("code", [0x0001, 0x0002])
def test_a_job_that_the_printer_changed_is_cancelled_and_never_done(
    tmp_path: Path, code: int, state: int, more: dict[str, Value], outcome: Outcome
) -> None:
    script: dict[int, list[Answering]] = {
        Operation.VALIDATE_JOB: [answer(code=0x0501)],  # it cannot be asked before
        Operation.PRINT_JOB: [answer(MEDIA_IGNORED, job(7, 3), code=code)],
        Operation.CANCEL_JOB: [answer()],
        Operation.GET_JOB_ATTRIBUTES: [answer(job(7, state, **more))],
    }
    printer, link = driver(script)
    with pytest.raises(DeviceError, match=r"changed the job \(media-col\)") as caught:
        produce(printer, tmp_path)
    assert caught.value.outcome is outcome
    assert Operation.CANCEL_JOB in link.asked


@pytest.mark.parametrize(("code", "error"), [(0x040B, ConfigurationError), (0x0507, DeviceBusy)])
def test_a_job_that_would_be_refused_is_not_sent(tmp_path: Path, code: int, error: type[DeviceError]) -> None:
    printer, link = driver({Operation.VALIDATE_JOB: [answer(code=code)]})
    with pytest.raises(error):
        produce(printer, tmp_path)
    assert Operation.PRINT_JOB not in link.asked


def test_a_refused_version_is_asked_in_another_which_is_remembered(tmp_path: Path) -> None:
    idle = answer((Group.PRINTER, IDLE))
    printer, link = driver({Operation.GET_PRINTER_ATTRIBUTES: [version_refused(), idle]})
    assert printer.status().state == "idle"
    assert printer.status().state == "idle"
    assert link.versions == [(2, 0), (1, 1), (1, 1)]
    renewed, link = driver({Operation.GET_PRINTER_ATTRIBUTES: [version_refused(), idle, version_refused(), idle]})
    assert [renewed.status().state, renewed.status().state] == ["idle", "idle"]
    assert link.versions == [(2, 0), (1, 1), (1, 1), (2, 0)], "1.1 is refused now"


def test_a_printer_of_no_version_of_ours_says_so(tmp_path: Path) -> None:
    printer, link = driver({Operation.GET_PRINTER_ATTRIBUTES: [version_refused()]})
    with pytest.raises(ConfigurationError, match=r"speaks IPP 1\.1, neither"):
        printer.status()
    assert link.versions == [(2, 0), (1, 1)]


def test_a_refused_version_of_a_print_job_prints_once(tmp_path: Path) -> None:
    done = answer(job(1, 9))
    script: dict[int, list[Answering]] = {
        Operation.PRINT_JOB: [version_refused(), TAKEN],
        Operation.GET_JOB_ATTRIBUTES: [done],
    }
    printer, link = driver(script)
    assert produce(printer, tmp_path) is Outcome.DONE
    assert link.asked.count(Operation.PRINT_JOB) == 2


@pytest.mark.parametrize(("modes", "asked"), [(["monochrome", "color"], "color"), (["monochrome"], None)])
def test_colour_is_asked_for_where_there_is_one(tmp_path: Path, modes: list[str], asked: str | None) -> None:
    """Grey may be what somebody chose as the default, to save ribbons."""
    said = {**IDLE, "print-color-mode-supported": tuple(Value(Tag.KEYWORD, mode) for mode in modes)}
    script: dict[int, list[Answering]] = {
        Operation.GET_PRINTER_ATTRIBUTES: [answer((Group.PRINTER, said))],
        Operation.PRINT_JOB: [TAKEN],
        Operation.GET_JOB_ATTRIBUTES: [answer(job(1, 9))],
    }
    printer, link = driver(script)
    assert produce(printer, tmp_path) is Outcome.DONE
    assert [one(template, "print-color-mode") for template in link.templates] == [asked, asked], "validated, printed"


def queue(script: dict[int, list[Answering]]) -> tuple[IppPrinter, Scripted]:
    printer = IppPrinter("ipp://localhost/printers/card", Limits(operation=0.0), patience=0.0, poll=0.0)
    link = Scripted(script)
    printer._link._endpoint = link  # type: ignore[assignment]
    return printer, link


def test_a_queue_says_still_at_work_of_every_job_that_ended(tmp_path: Path) -> None:
    """CUPS 2.4 does, for ever; a printer says it while it moves."""
    found = answer(job(1, 9, **reasons("processing-to-stop-point")))
    script: dict[int, list[Answering]] = {Operation.PRINT_JOB: [TAKEN], Operation.GET_JOB_ATTRIBUTES: [found]}
    assert produce(queue(script)[0], tmp_path) is Outcome.DONE


def test_a_printer_that_still_moves_has_not_ended(tmp_path: Path) -> None:
    moving, done = answer(job(1, 9, **reasons("processing-to-stop-point"))), answer(job(1, 9, **reasons("none")))
    script: dict[int, list[Answering]] = {Operation.PRINT_JOB: [TAKEN], Operation.GET_JOB_ATTRIBUTES: [moving, done]}
    printer, link = driver(script, patience=60)
    assert produce(printer, tmp_path) is Outcome.DONE
    assert link.asked.count(Operation.GET_JOB_ATTRIBUTES) == 2


@pytest.mark.parametrize("state", [7, 8])
def test_a_queue_does_not_know_what_became_of_a_job_it_gave_up(tmp_path: Path, state: int) -> None:
    script: dict[int, list[Answering]] = {
        Operation.PRINT_JOB: [TAKEN],
        Operation.GET_JOB_ATTRIBUTES: [answer(job(1, state))],
    }
    with pytest.raises(DeviceError, match="does not know") as caught:
        produce(queue(script)[0], tmp_path)
    assert caught.value.outcome is Outcome.UNKNOWN


@pytest.mark.parametrize(("began", "outcome"), [(100, Outcome.DONE), (102, Outcome.DONE), (103, Outcome.UNKNOWN)])
def test_a_job_that_a_queue_began_late_may_be_its_second(began: int, outcome: Outcome) -> None:
    times = {"time_at_creation": Value(Tag.INTEGER, 100), "time_at_processing": Value(Tag.INTEGER, began)}
    found: list[Answering] = [answer(job(1, 9, **times))]
    script: dict[int, list[Answering]] = {Operation.GET_JOBS: found, Operation.GET_JOB_ATTRIBUTES: found}
    assert queue(script)[0].recover(ORDER).outcome is outcome
    assert driver(script)[0].recover(ORDER).outcome is Outcome.DONE, "a printer itself begins when it has warmed up"


def test_a_queue_is_believed_empty_by_the_next_job_only(tmp_path: Path) -> None:
    """It tells of the feeder what was so at the last job: waiting for another word would be for ever."""
    empty = {**IDLE, "printer-state-reasons": (Value(Tag.KEYWORD, "media-empty-report"),)}
    script: dict[int, list[Answering]] = {
        Operation.GET_PRINTER_ATTRIBUTES: [answer((Group.PRINTER, empty))],
        Operation.PRINT_JOB: [TAKEN],
        Operation.GET_JOB_ATTRIBUTES: [answer(job(1, 9))],
    }
    printer, _ = queue(script)
    assert printer.status().reasons == ("media-empty-report",)
    assert produce(printer, tmp_path) is Outcome.DONE
    with pytest.raises(SuppliesOut):
        produce(driver(script)[0], tmp_path)


@pytest.mark.parametrize(
    "uri",
    [
        "ipp://localhost/classes/cards",
        "ipp://printer.example.org/ipp/print",
        "http://localhost",
        "lpd://localhost",
        "ipp:",
    ],
)
def test_addresses_that_are_refused(uri: str) -> None:
    with pytest.raises(ConfigurationError):
        IppPrinter(uri)


def test_ipps_is_tls_on_port_631() -> None:
    assert IppPrinter("ipps://printer.example.org/ipp/print")._link._endpoint == Endpoint(
        "printer.example.org", 631, "/ipp/print", True
    )


JOB = PrintJob({}, {}, Document("application/pdf", b""))
ANY_VALUES = st.lists(SIMPLE, min_size=1, max_size=2).map(tuple)
ANY_ATTRIBUTES = st.dictionaries(
    st.sampled_from([*JOB_ATTRIBUTES, *PRINTER_ATTRIBUTES, *ipp_media.MEDIA_ATTRIBUTES, "status-message"]), ANY_VALUES
)
ANY_GROUPS = st.lists(st.tuples(st.sampled_from([1, 2, 4, 5]), ANY_ATTRIBUTES), max_size=3).map(tuple)
CODES = st.sampled_from([0x0000, 0x0001, 0x0400, 0x0507, 0x0500])


@settings(max_examples=40, deadline=None)
@given(st.builds(IppMessage, CODES, st.just(0), ANY_GROUPS))
def test_any_attributes_of_any_syntax_end_in_an_answer_or_a_named_error(message: IppMessage) -> None:
    everything: dict[int, list[Answering]] = {operation: [message] for operation in Operation}
    printer, _ = driver(everything)
    asks = (lambda: printer.recover(ORDER), lambda: printer._print_job(JOB))
    for ask in (printer.status, printer.abilities, *asks):
        try:
            ask()
        except DeviceError as error:
            assert str(error)  # noqa: PT017 - either way is right


@settings(max_examples=100, deadline=None)
@given(st.sampled_from([200, 200, 200, 100, 204, 302, 404, 503]), st.binary(max_size=100))
def test_any_bytes_end_in_a_named_error(status: int, body: bytes) -> None:
    everything: dict[int, list[Answering]] = {operation: [(status, body)] for operation in Operation}
    with pytest.raises(DeviceError):
        driver(everything)[0].status()
