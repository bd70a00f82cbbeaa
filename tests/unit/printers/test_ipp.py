"""The IPP driver against printers that answer wrongly: always a named error, and the right one."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
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
)
from card_drivers.links.ipp_message import Group, IppMessage, Tag, Value, decode, encode, one
from card_drivers.links.transport import Endpoint, Limits, LinkBroken, NotConnected, Reply
from card_drivers.order import Outcome
from card_drivers.printers.ipp import JOB_ATTRIBUTES, PRINTER_ATTRIBUTES, IppPrinter, Operation
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


class Scripted:
    """Stands where the link to the printer is; answers each operation from a script, the last entry for ever."""

    def __init__(self, script: dict[int, list[Answering]]) -> None:
        self._script = {Operation.GET_PRINTER_ATTRIBUTES: [answer((Group.PRINTER, IDLE))], **script}
        self.asked: list[int] = []
        self.lists: list[str] = []

    def exchange(self, method: str, path: str, headers: Mapping[str, str], body: bytes, limits: Limits) -> Reply:
        request = decode(body)
        self.asked.append(request.code)
        self.lists += [str(one(group, "which-jobs")) for _, group in request.groups if "which-jobs" in group]
        entries = self._script[request.code]
        entry = entries.pop(0) if len(entries) > 1 else entries[0]
        if isinstance(entry, Exception):
            raise entry
        if isinstance(entry, IppMessage):
            return Reply(200, encode(IppMessage(entry.code, request.request_id, entry.groups, entry.data)), Message())
        return Reply(*entry, Message())


def driver(script: dict[int, list[Answering]], patience: float = 0.0) -> tuple[IppPrinter, Scripted]:
    printer = IppPrinter("ipp://localhost/", Limits(operation=0.0), patience=patience, poll=0.0)
    link = Scripted(script)
    printer._endpoint = link  # type: ignore[assignment]
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


@pytest.mark.parametrize("uri", ["ipp://printer.example.org/ipp/print", "http://localhost", "lpd://localhost", "ipp:"])
def test_addresses_that_are_refused(uri: str) -> None:
    with pytest.raises(ConfigurationError):
        IppPrinter(uri)


def test_ipps_is_tls_on_port_631() -> None:
    assert IppPrinter("ipps://printer.example.org/ipp/print")._endpoint == Endpoint(
        "printer.example.org", 631, "/ipp/print", True
    )


ANY_VALUES = st.lists(SIMPLE, min_size=1, max_size=2).map(tuple)
ANY_ATTRIBUTES = st.dictionaries(st.sampled_from([*JOB_ATTRIBUTES, *PRINTER_ATTRIBUTES, "status-message"]), ANY_VALUES)
ANY_GROUPS = st.lists(st.tuples(st.sampled_from([1, 2, 4, 5]), ANY_ATTRIBUTES), max_size=3).map(tuple)
CODES = st.sampled_from([0x0000, 0x0001, 0x0400, 0x0507, 0x0500])


@settings(max_examples=40, deadline=None)
@given(st.builds(IppMessage, CODES, st.just(0), ANY_GROUPS))
def test_any_attributes_of_any_syntax_end_in_an_answer_or_a_named_error(message: IppMessage) -> None:
    everything: dict[int, list[Answering]] = {operation: [message] for operation in Operation}
    printer, _ = driver(everything)
    for ask in (printer.status, lambda: printer.recover(ORDER), lambda: printer._print_job(make_order(), b"")):
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
