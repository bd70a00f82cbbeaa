"""The way of one card, on a machine that fails wherever it is told to: every failure has its outcome and its tray."""

from __future__ import annotations

import json
import math
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from card_drivers.chips.profile import load as load_profile
from card_drivers.device import (
    CardConnection,
    CardRejected,
    ConfigurationError,
    DeviceError,
    DeviceOffline,
    Leave,
    LinkLost,
    SuppliesOut,
)
from card_drivers.order import ChipFound, Order, Outcome
from card_drivers.simulators.chip.chip import VirtualChip
from card_drivers.simulators.chip.memory import Memory
from card_drivers.station import card_path, workbench
from card_drivers.station.journal import Journal, JournalError
from card_drivers.station.workbench import Workbench
from tests.unit.station.orders import CHIP, make_order

SEQUENCE = ["ready", "feed", "to_chip", "print", "to_chip", "eject"]


class Machine:
    """Does nothing and remembers it; `fail` says what it raises where."""

    def __init__(self, fail: dict[str, Exception] | None = None) -> None:
        self.done: list[str] = []
        self._fail = fail or {}

    def _act(self, name: str) -> None:
        self.done.append(name)
        if name in self._fail:
            raise self._fail[name]

    def ready(self, order: Order) -> str:
        self._act("ready")
        return "panels"

    def feed(self, order: Order) -> str:
        self._act("feed")
        return "B7"

    def to_chip_position(self) -> None:
        self._act("to_chip")

    def print(self, prepared: str, seconds: float) -> None:
        assert prepared == "panels"
        self._act("print")

    def eject(self) -> None:
        self._act("eject")

    def reject(self) -> None:
        self._act("reject")


class Reader:
    """Chips that are laid under it, one after the other, the last one for ever."""

    def __init__(self, *chips: Memory) -> None:
        self._chips = list(chips) or [Memory.new("04AA")]
        self.closed = False
        self.met = 0

    def connect(self, order_id: uuid.UUID) -> CardConnection:
        self.closed = False
        self.met += 1
        return VirtualChip(self._chips.pop(0) if len(self._chips) > 1 else self._chips[0])

    def close(self) -> None:
        self.closed = True


class Office:
    def __init__(self, refuse: Exception | None = None) -> None:
        self._refuse = refuse

    def leave(self, order: Order) -> Leave:
        return Leave(math.inf)

    def check_chip(self, found: ChipFound) -> None:
        if self._refuse:
            raise self._refuse


@pytest.fixture
def order() -> Order:
    return make_order()


@pytest.fixture
def journal(tmp_path: Path, order: Order) -> Iterator[Journal]:
    journal = Journal(tmp_path / "journal.jsonl")
    journal.write("claim", order.claim_id)
    journal.write("order", order.claim_id, order_id=str(order.order_id))
    yield journal
    journal.close()


def make(machine: Machine, order: Order, journal: Journal, reader: Reader, office: Office) -> Workbench:
    station = Workbench(order, journal, reader, office)  # type: ignore[arg-type]
    card_path.produce(machine, order, station)
    return station


def steps(tmp_path: Path) -> list[str]:
    entries = map(json.loads, (tmp_path / "journal.jsonl").read_text().splitlines())
    return [f"{entry['event']} {entry['step']}" for entry in entries if entry["event"] in ("begin", "end")]


def test_the_whole_way(order: Order, journal: Journal, tmp_path: Path) -> None:
    machine, chip = Machine(), Memory.new("04AA")
    reader = Reader(chip)
    make(machine, order, journal, reader, Office())
    assert machine.done == SEQUENCE
    assert chip.state.personalised
    assert reader.met == 3  # before printing, after it, and as the finished document
    names = ["feed", "print", "encode", "lock", "eject"]
    assert steps(tmp_path) == [f"{event} {name}" for name in names for event in ("begin", "end")]


def test_the_chips_secrets_are_not_written_down(order: Order, journal: Journal, tmp_path: Path) -> None:
    make(Machine(), order, journal, Reader(), Office())
    written = (tmp_path / "journal.jsonl").read_text()
    for secret in (CHIP.access.document_number, CHIP.files["DG1"].hex(), "EXAMPLE"):
        assert secret not in written


def test_the_profile_says_the_order_of_the_steps(
    order: Order, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An office may print last: nothing personal on a card whose chip failed."""
    last = load_profile("jmrtd-applet").model_copy(
        update={"sequence": ["check", "encode", "read_back", "lock", "verify", "print"]}
    )
    monkeypatch.setattr(workbench.profiles, "load", lambda name: last)
    machine = Machine()
    make(machine, order, journal, Reader(), Office())
    assert machine.done == ["ready", "feed", "to_chip", "print", "eject"]


@pytest.mark.parametrize("error", [SuppliesOut("load"), DeviceOffline("off"), ConfigurationError("no")])
@pytest.mark.parametrize("where", ["ready", "feed"])
def test_before_a_blank_was_taken_nothing_started(
    order: Order, journal: Journal, where: str, error: DeviceError
) -> None:
    machine = Machine({where: error})
    with pytest.raises(type(error)) as caught:
        make(machine, order, journal, Reader(), Office())
    assert caught.value.outcome is Outcome.NOT_STARTED
    assert "reject" not in machine.done


@pytest.mark.parametrize(
    "error", [DeviceOffline("off"), CardRejected("jam"), ValueError("a name"), ZeroDivisionError()]
)
@pytest.mark.parametrize(("where", "step"), [("to_chip", "check"), ("print", "print"), ("eject", "eject")])
def test_after_that_whatever_fails_is_rejected(
    order: Order, journal: Journal, where: str, step: str, error: Exception
) -> None:
    machine, reader = Machine({where: error}), Reader()
    with pytest.raises(CardRejected) as caught:
        make(machine, order, journal, reader, Office())
    assert caught.value.outcome is Outcome.SPOILED
    assert machine.done[-1] == "reject"
    assert reader.closed
    assert "a name" not in str(caught.value), "what an unexpected error holds may be somebody's"


def test_a_failed_step_is_named_after_the_rejection(order: Order, journal: Journal) -> None:
    station = Workbench(order, journal, Reader(), Office())  # type: ignore[arg-type]
    with pytest.raises(CardRejected):
        card_path.produce(Machine({"print": CardRejected("jam")}), order, station)
    assert station.result(Outcome.SPOILED).step == "print"


@pytest.mark.parametrize("where", ["feed", "print", "eject"])
def test_a_lost_link_is_left_to_the_machine_to_tell(order: Order, journal: Journal, where: str) -> None:
    machine = Machine({where: LinkLost("cable")})
    with pytest.raises(LinkLost):
        make(machine, order, journal, Reader(), Office())
    assert "reject" not in machine.done


def test_a_card_that_cannot_be_rejected_is_unknown(order: Order, journal: Journal) -> None:
    machine = Machine({"print": CardRejected("jam"), "reject": DeviceOffline("off")})
    with pytest.raises(LinkLost, match=r"jam The card could not be rejected either: off"):
        make(machine, order, journal, Reader(), Office())


def test_a_full_disk_rejects_the_card_and_ends_the_station(
    order: Order, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = Machine()
    write = journal.write

    def full(event: str, *arguments: uuid.UUID, **fields: str) -> None:
        if fields.get("step") == "encode":
            raise JournalError("journal-refuses", said="disk full")
        write(event, *arguments, **fields)

    monkeypatch.setattr(journal, "write", full)
    with pytest.raises(JournalError):
        make(machine, order, journal, Reader(), Office())
    assert machine.done[-1] == "reject"


@pytest.mark.parametrize("state", [{"dead": True}, {"personalised": True}])
def test_a_bad_chip_spoils_nothing_personal(order: Order, journal: Journal, state: dict[str, bool]) -> None:
    machine = Machine()
    with pytest.raises(CardRejected):
        make(machine, order, journal, Reader(Memory.new("04AA", **state)), Office())
    assert "print" not in machine.done


@pytest.mark.parametrize("refusal", [CardRejected("chip-used-before"), DeviceOffline("register-away")])
def test_a_chip_that_the_register_does_not_pass_is_not_printed(
    order: Order, journal: Journal, refusal: DeviceError
) -> None:
    machine = Machine()
    with pytest.raises(CardRejected, match=str(refusal)):
        make(machine, order, journal, Reader(), Office(refusal))
    assert machine.done == ["ready", "feed", "to_chip", "reject"]


def test_another_chip_after_printing_is_not_written(order: Order, journal: Journal) -> None:
    other = Memory.new("04BB")
    with pytest.raises(CardRejected, match="Another chip"):
        make(Machine(), order, journal, Reader(Memory.new("04AA"), other), Office())
    assert other.blank


def test_a_chip_with_a_new_uid_each_time_is_the_same(order: Order, journal: Journal) -> None:
    """ISO 14443-3: a UID of four bytes that begins with 08 is random."""
    chip = Memory.new("08112233")
    again = Memory(chip.state.model_copy(update={"uid": "08445566"}))
    make(Machine(), order, journal, Reader(chip, again), Office())


def test_a_step_without_time_left_ends_it(
    order: Order, journal: Journal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = load_profile("jmrtd-applet")
    slow = slow.model_copy(update={"limits": {**slow.limits, "encode": 1e-9}})
    monkeypatch.setattr(workbench.profiles, "load", lambda name: slow)
    machine, chip = Machine(), Memory.new("04AA")
    with pytest.raises(CardRejected, match="longer than its profile allows"):
        make(machine, order, journal, Reader(chip), Office())
    assert machine.done[-1] == "reject"
    assert chip.blank
    assert steps(tmp_path)[-3:] == ["begin encode", "begin reject", "end reject"]


def test_an_unknown_profile_takes_no_blank(order: Order, journal: Journal) -> None:
    machine = Machine()
    strange = order.model_copy(update={"chip": CHIP.model_copy(update={"profile": "../secrets"})})
    with pytest.raises(ConfigurationError):
        make(machine, strange, journal, Reader(), Office())
    assert machine.done == []
