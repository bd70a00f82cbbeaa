"""The agent: one order from the claim to the acknowledged result, and everything the register may answer."""

from __future__ import annotations

import json
import logging
import threading
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from card_drivers.device import Answer, CardConnection, ConfigurationError, DeviceOffline, LinkLost
from card_drivers.encoders.simulator import SimulatedReader
from card_drivers.order import (
    Abilities,
    DeviceStatus,
    Order,
    Outcome,
    Problem,
    Result,
)
from card_drivers.printers.simulator import SimulatedPrinter
from card_drivers.simulators.machine import Simulation
from card_drivers.station.agent import Station
from card_drivers.station.equipment import Context, Equipment
from card_drivers.station.identity import Identity
from card_drivers.station.journal import Journal
from card_drivers.station.register import NotAuthorised, Refused, Register, Unreachable
from card_drivers.station.workbench import Workbench
from card_drivers.troubles import Trouble
from tests.unit.station.documents import part
from tests.unit.station.fake_register import TOKEN, Books
from tests.unit.station.orders import CHIP, DG1, make_order
from tests.unit.station.workplace import FAST, SMALL, UID, Bench, make_station, script


def events(tmp_path: Path) -> list[str]:
    return [json.loads(line)["event"] for line in (tmp_path / "journal.jsonl").read_text().splitlines()]


def test_one_order_from_claim_to_result(station: Station, books: Books, simulation: Simulation) -> None:
    order = make_order(faces=SMALL)
    books.queue.append(order)
    result = station.cycle()
    assert result is not None
    assert books.told == [result]
    assert (result.outcome, result.blank_serial, result.chip_uid) == (Outcome.DONE, "RP001", UID)
    assert result.digests == order.digests()
    assert bytes(simulation.chip(UID).files["0101"]) == DG1
    assert simulation.chip(UID).state.personalised


def test_a_secure_channel_is_opened_with_the_registers_keys(
    station: Station, books: Books, simulation: Simulation, tmp_path: Path
) -> None:
    """SCP03 over HTTP, PACE at the end; nothing of the chip's secrets stays on the station's disk."""
    content = part(size=500)
    books.queue.append(make_order(faces=SMALL, chip=content))
    result = station.cycle()
    assert result is not None
    assert (result.outcome, result.message) == (Outcome.DONE, "")
    assert simulation.chip(UID).state.personalised
    kept = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file() and "chips" not in path.parts]
    for secret in (*content.keys.values(), content.access.can.encode(), content.files["DG1"]):
        assert not any(secret in data for data in kept)


def test_without_work_one_claim_id_is_kept(station: Station, books: Books, tmp_path: Path) -> None:
    assert [station.cycle() for _ in range(3)] == [None] * 3
    assert events(tmp_path) == ["claim"]
    assert books.claims == {}


def test_status_is_told_when_it_changes(station: Station, books: Books, simulation: Simulation) -> None:
    station.cycle()
    station.cycle()
    script(simulation, conditions=["cover-open", "ribbon-out"])
    station.cycle()
    assert [(status.state, status.cards_left) for status in books.status] == [("idle", 2), ("stopped", 2)]
    assert books.status[-1].reasons == ("cover-open", "marker-supply-empty")
    assert books.status[-1].supplies[0].level == 0


def test_a_device_that_is_not_ready_claims_nothing(station: Station, books: Books, simulation: Simulation) -> None:
    books.queue.append(make_order(faces=SMALL))
    for condition in ("feeder-empty", "ribbon-out", "cover-open", "offline"):
        script(simulation, conditions=[condition])
        assert station.cycle() is None
    assert books.claims == {}
    assert books.status[-1].state == "offline"
    assert "switch it on" in books.status[-1].last_error


@pytest.mark.parametrize(
    ("event", "step", "says"),
    [
        ("jam", "print", "jam"),
        ("dead-chip", "check", "dead"),
        ("chip-write-failure", "encode", "6581"),
    ],
)
def test_a_spoiled_card_is_rejected_and_reported(
    station: Station, books: Books, simulation: Simulation, event: str, step: str, says: str
) -> None:
    script(simulation, events=[event])
    order = make_order(faces=SMALL)
    books.queue.append(order)
    station.cycle()
    (result,) = books.told
    assert (result.outcome, result.step, result.blank_serial) == (Outcome.SPOILED, step, "RP001")
    assert says in result.message
    reject = simulation.directory / "reject" / str(order.order_id)
    assert json.loads((reject / "card.json").read_text())["serial"] == "RP001"
    assert list(reject.glob("*.png")) == [] or step != "check", "a dead chip must not spoil anything personal"


class Liar(SimulatedReader):
    """Its chips answer 9000 to every write and keep something else."""

    def connect(self, order_id: uuid.UUID) -> CardConnection:
        chip = super().connect(order_id)
        transmit = chip.transmit

        def lie(apdu: bytes) -> tuple[bytes, int]:
            return transmit(apdu[:-1] + b"?" if apdu[1] == 0xD6 else apdu)

        chip.transmit = lie  # type: ignore[method-assign]
        return chip


def test_what_is_read_back_must_be_what_was_written(
    url: str, books: Books, simulation: Simulation, journal: Journal, tmp_path: Path
) -> None:
    books.queue.append(make_order(faces=SMALL))
    make_station(url, Bench(SimulatedPrinter(simulation), Liar(simulation)), journal, tmp_path).cycle()
    (result,) = books.told
    assert (result.outcome, result.step, result.blank_serial) == (Outcome.SPOILED, "read_back", "RP001")
    assert "not what was written" in result.message
    assert "chip/DG1" not in result.digests
    assert not simulation.chip(UID).state.personalised, "locked before it was equal"
    assert '"lock"' not in (tmp_path / "journal.jsonl").read_text()


def test_a_card_with_data_in_its_chip_is_rejected_unprinted(
    station: Station, books: Books, simulation: Simulation
) -> None:
    chip = simulation.chip(UID)
    chip.create("0101", 2)
    chip.keep()
    order = make_order(faces=SMALL)
    books.queue.append(order)
    station.cycle()
    assert (books.told[0].outcome, books.told[0].step) == (Outcome.SPOILED, "check")
    assert "used card" in books.told[0].message
    assert list((simulation.directory / "reject" / str(order.order_id)).glob("*.png")) == []


def test_a_chip_that_the_register_has_seen_is_rejected_unprinted(
    station: Station, books: Books, simulation: Simulation
) -> None:
    books.used_chips.add(UID)
    order = make_order(faces=SMALL)
    books.queue.append(order)
    station.cycle()
    assert [found.chip_uid for found in books.found_chips] == [UID]
    assert (books.told[0].outcome, books.told[0].step) == (Outcome.SPOILED, "check")
    assert "used before" in books.told[0].message
    assert list((simulation.directory / "reject" / str(order.order_id)).glob("*.png")) == []


def test_a_stock_that_is_not_loaded_is_not_started(station: Station, books: Books, simulation: Simulation) -> None:
    books.queue.append(make_order(faces=SMALL, stock="booklet-blue"))
    station.cycle()
    assert books.told[0].outcome is Outcome.NOT_STARTED
    assert "booklet-blue" in books.told[0].message
    assert len(simulation.hopper()) == 2


def test_a_chip_file_unknown_here_is_refused_before_a_blank_is_taken(
    station: Station, books: Books, simulation: Simulation
) -> None:
    order = make_order(faces=SMALL)
    unknown = CHIP.model_copy(update={"files": {**CHIP.files, "CardSecurity": b"u\0"}})
    books.queue.append(order.model_copy(update={"chip": unknown}))
    station.cycle()
    assert books.told[0].outcome is Outcome.NOT_STARTED
    assert "CardSecurity" in books.told[0].message
    assert len(simulation.hopper()) == 2


def test_a_lost_claim_answer_is_asked_for_again(station: Station, books: Books) -> None:
    books.queue += [make_order(faces=SMALL), make_order(faces=SMALL)]
    station.cycle()  # status told, one order made
    lost = _lose(books, "/claims")
    with pytest.raises(Unreachable):
        station.cycle()
    lost.set()
    station.cycle()
    assert books.outcomes() == [Outcome.DONE, Outcome.DONE]


def test_a_claim_that_ended_before_its_answer_came_is_given_up(station: Station, books: Books) -> None:
    """The lease ran out while the answer was lost: the register holds that order, the station goes on."""
    books.queue += [make_order(faces=SMALL), make_order(faces=SMALL)]
    lost = _lose(books, "/claims")
    with pytest.raises(Unreachable):
        station.cycle()
    lost.set()
    books.ended = set(books.claims)
    with pytest.raises(Refused, match="new claim id"):
        station.cycle()
    station.cycle()
    assert books.outcomes() == [Outcome.DONE]


def test_a_lost_acknowledgement_is_told_again_and_printed_once(
    station: Station, books: Books, simulation: Simulation
) -> None:
    books.queue.append(make_order(faces=SMALL))
    lost = _lose(books, "/result")
    with pytest.raises(Unreachable):
        station.cycle()
    lost.set()
    station.cycle()
    assert books.told[0] == books.told[1]
    assert len(simulation.hopper()) == 1


def test_a_result_is_told_again_word_for_word(station: Station, books: Books, simulation: Simulation) -> None:
    """The register takes a repetition for the same report only when it is the same."""
    script(simulation, events=["jam"])
    books.queue.append(make_order(faces=SMALL))
    lost = _lose(books, "/result")
    with pytest.raises(Unreachable):
        station.cycle()
    lost.set()
    station.cycle()
    assert books.told[0] == books.told[1]
    assert (books.told[0].outcome, books.told[0].step) == (Outcome.SPOILED, "print")


def _lose(books: Books, path: str) -> threading.Event:
    """From now on the register acts on this call and its answer is lost, until the event is set."""
    restored = threading.Event()
    books.lose = (path, restored)
    return restored


def test_a_refused_result_is_settled(station: Station, books: Books, journal: Journal) -> None:
    """Somebody settled the order while the station was away: 409 is an answer."""
    order = make_order(faces=SMALL)
    books.claims[order.claim_id] = order
    books.results[order.claim_id] = Result(order_id=order.order_id, claim_id=order.claim_id, outcome=Outcome.SPOILED)
    journal.write("claim", order.claim_id)
    journal.write("order", order.claim_id, order_id=str(order.order_id))
    assert station.cycle() is not None
    assert books.outcomes() == [Outcome.SPOILED]
    assert journal.open_claim is None or journal.open_claim.order_id is None


def test_the_register_is_asked_for_leave_right_before_the_blank(
    station: Station, books: Books, simulation: Simulation, tmp_path: Path
) -> None:
    order = make_order(faces=SMALL)
    books.queue.append(order)
    station.cycle()
    assert [asked.digests for asked in books.leaves] == [order.digests()]
    assert events(tmp_path)[:4] == ["claim", "order", "leave", "begin"]


@pytest.mark.parametrize("wrong", ["refused", "unsigned", "lapsed", "nobody answers"])
def test_without_leave_no_blank_is_taken(station: Station, books: Books, simulation: Simulation, wrong: str) -> None:
    books.queue.append(make_order(faces=SMALL))
    books.no_leave = wrong == "refused"
    books.leave_seconds = 0 if wrong == "lapsed" else 60
    if wrong == "unsigned":
        station.cycle()
        books.leave_key = Ed25519PrivateKey.generate()
        books.queue.append(make_order(faces=SMALL))
    if wrong == "nobody answers":
        books.lose = ("/leave", threading.Event())
    left = len(simulation.hopper())
    result = station.cycle()
    assert result is not None
    assert (result.outcome, result.step, result.digests) == (Outcome.NOT_STARTED, "feed", {})
    assert len(simulation.hopper()) == left


def test_a_process_says_what_its_folder_remembers(url: str, books: Books, journal: Journal, tmp_path: Path) -> None:
    for _ in range(2):
        equipment = Equipment(Context(tmp_path), "simulator", "simulator")
        make_station(url, equipment, journal, tmp_path).cycle()
    first, second = books.starts
    assert (first.before, len(second.before)) == ((), 1)
    kept = tmp_path / "identity"
    assert {path.stat().st_mode & 0o777 for path in kept.iterdir()} == {0o600}
    assert kept.stat().st_mode & 0o777 == 0o700


def test_an_identity_that_is_damaged_is_said(tmp_path: Path) -> None:
    Identity(tmp_path)
    (tmp_path / "signing.key").write_bytes(b"short")
    with pytest.raises(ConfigurationError, match=r"signing\.key is damaged"):
        Identity(tmp_path)
    (tmp_path / "signing.key").write_bytes(bytes(32))
    (tmp_path / "identity.json").write_text("{")
    with pytest.raises(ConfigurationError, match=r"identity\.json is damaged"):
        Identity(tmp_path)


def test_no_open_shift_is_waited_for(station: Station, books: Books) -> None:
    books.refuse = Problem(error="no-shift", message="Open a shift on this station first.")
    books.queue.append(make_order(faces=SMALL))
    with pytest.raises(Refused, match="Open a shift"):
        station.cycle()
    books.refuse = None
    station.cycle()
    assert books.outcomes() == [Outcome.DONE]


def test_a_wrong_token_ends_the_station(url: str, simulation: Simulation, journal: Journal, tmp_path: Path) -> None:
    equipment = Equipment(Context(tmp_path), "simulator", None)
    station = Station(Register(url, Identity(tmp_path / "identity"), "wrong-token"), equipment, journal, FAST, tmp_path)
    with pytest.raises(NotAuthorised, match="unknown"):
        station.run()


@pytest.mark.parametrize("raw", [b"", b"[]", b"{", b'{"protocol": 2}', b"\xff\xfe", b"null"])
def test_an_order_that_cannot_be_read_is_not_started(
    station: Station, books: Books, simulation: Simulation, raw: bytes
) -> None:
    books.queue.append(make_order(faces=SMALL))
    books.raw_order = raw or b" "
    with pytest.raises(Unreachable):
        station.cycle()
    books.raw_order = None
    station.cycle()
    assert books.outcomes() == [Outcome.NOT_STARTED, Outcome.DONE]
    assert len(simulation.hopper()) == 1


def test_personal_data_of_a_broken_order_is_not_in_the_error(station: Station, books: Books) -> None:
    books.queue.append(make_order(faces=SMALL))
    books.raw_order = b'{"order_id": "ARROUSECRET"}'
    with pytest.raises(Unreachable) as caught:
        station.cycle()
    assert "SECRET" not in str(caught.value)
    assert "order_id" in str(caught.value)


def test_another_order_than_claimed_is_not_made(station: Station, books: Books, simulation: Simulation) -> None:
    books.queue.append(make_order(faces=SMALL))
    books.raw_order = make_order(faces=SMALL).model_dump_json().encode()
    station.cycle()
    assert books.told[0].outcome is Outcome.NOT_STARTED
    assert "another order" in books.told[0].message
    assert len(simulation.hopper()) == 2


class Forgetful:
    """A printer that takes the order and loses the link; `recover` is what it says afterwards."""

    def __init__(self, recover: Callable[[], Answer]) -> None:
        self._recover = recover

    def produce(self, order: Order, station: Workbench) -> Result:
        with station.step("print"):
            raise LinkLost("job-sent", job=1)

    def status(self) -> DeviceStatus:
        return DeviceStatus(state="idle")

    def abilities(self) -> Abilities:
        return Abilities()

    def recover(self, order_id: uuid.UUID) -> Answer:
        return self._recover()


OFF = "The printer does not answer: switch it on."


def _away() -> Answer:
    raise DeviceOffline("printer-off")


@pytest.mark.parametrize(
    ("recover", "outcome", "says"),
    [
        (lambda: Answer(Outcome.DONE, "B7"), Outcome.DONE, ""),
        (lambda: Answer(Outcome.SPOILED, "B7", Trouble.said("In a tray.")), Outcome.SPOILED, "In a tray."),
        (lambda: Answer(Outcome.UNKNOWN, None, Trouble.said("Look.")), Outcome.UNKNOWN, "Look."),
        (
            _away,
            Outcome.UNKNOWN,
            f"{OFF} Look into the trays, then settle it by hand.",
        ),
    ],
)
def test_after_a_lost_link_the_device_decides(
    url: str,
    books: Books,
    journal: Journal,
    tmp_path: Path,
    recover: Callable[[], Answer],
    outcome: Outcome,
    says: str,
) -> None:
    books.queue.append(make_order(faces=SMALL, chip=None))
    make_station(url, Bench(Forgetful(recover)), journal, tmp_path).once()
    (result,) = books.told
    assert (result.outcome, result.message) == (outcome, says)
    assert result.blank_serial == ("B7" if outcome in (Outcome.DONE, Outcome.SPOILED) else None)


def test_runs_until_stopped_and_leaves_nothing_open(station: Station, books: Books, journal: Journal) -> None:
    books.queue += [make_order(faces=SMALL), make_order(faces=SMALL)]
    worker = threading.Thread(target=station.run)
    worker.start()
    pause = threading.Event()
    for _ in range(1000):
        if len(books.results) == 2:
            break
        pause.wait(0.01)
    station.stop.set()
    worker.join(10)
    assert not worker.is_alive()
    assert books.outcomes() == [Outcome.DONE, Outcome.DONE]
    assert journal.open_claim is None or journal.open_claim.order_id is None


def test_waits_longer_while_the_register_is_away(simulation: Simulation, journal: Journal, tmp_path: Path) -> None:
    station = make_station("http://127.0.0.1:9", Bench(SimulatedPrinter(simulation)), journal, tmp_path)
    waits = [0.0]
    for _ in range(5):
        waits.append(station._turn(waits[-1]))
    assert waits == [0.0, 0.01, 0.02, 0.04, 0.05, 0.05]


def test_nothing_personal_is_logged_or_journalled(
    station: Station, books: Books, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    books.queue.append(make_order(faces=SMALL))
    station.cycle()
    written = caplog.text + (tmp_path / "journal.jsonl").read_text()
    for secret in ("SPECIMEN", "EXAMPLE000", "900101", DG1.hex(), TOKEN):
        assert secret not in written


def test_register_must_be_https_or_here(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="https"):
        Register("http://register.example.org", Identity(tmp_path / "identity"), TOKEN)
