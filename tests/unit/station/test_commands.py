"""`python -m card_drivers`: what a person types, and the exit codes they get."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from PIL import Image

from card_drivers.__main__ import main
from card_drivers.order import Outcome, Problem
from card_drivers.simulators.machine import Simulation
from tests.unit.station.fake_register import TOKEN, Books, serve
from tests.unit.station.orders import SMALL, make_order


def load(state: Path, *arguments: str) -> int:
    return main(["load", "--state", str(state), *arguments])


def station(state: Path, url: str, *arguments: str) -> int:
    (state / "token").write_text(TOKEN + "\n")
    return main(["station", "--server", url, "--token-file", str(state / "token"), "--state", str(state), *arguments])


def test_load_makes_blanks_with_serials_and_chips(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert load(tmp_path, "--stock", "card-chip", "--serials", "RP098..RP101") == 0
    assert capsys.readouterr().out == "4 loaded, 4 in the feeder\n"
    hopper = Simulation(tmp_path / "simulator").hopper()
    assert [blank.serial for blank in hopper] == ["RP098", "RP099", "RP100", "RP101"]
    uids = {blank.uid for blank in hopper}
    assert len(uids) == 4
    assert all(uid is not None and len(bytes.fromhex(uid)) == 7 for uid in uids)


def test_load_makes_paper_without_serials(tmp_path: Path) -> None:
    assert load(tmp_path, "--stock", "paper-a4", "--count", "3") == 0
    assert [(blank.serial, blank.uid) for blank in Simulation(tmp_path / "simulator").hopper()] == [(None, None)] * 3


def test_load_takes_a_file(tmp_path: Path) -> None:
    (tmp_path / "blanks.json").write_text(json.dumps([{"serial": "X1", "stock": "card", "uid": "04aa"}]))
    assert load(tmp_path, "--file", str(tmp_path / "blanks.json")) == 0
    assert [blank.uid for blank in Simulation(tmp_path / "simulator").hopper()] == ["04aa"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("--stock", "c", "--serials", "RP1..RP10"),
        ("--stock", "c", "--serials", "RP5..RP1"),
        ("--stock", "c", "--serials", "RP1..RQ2"),
        ("--stock", "c", "--serials", "nonsense"),
        ("--stock", "c", "--serials", "0000001..9999999"),
        ("--stock", "c", "--count", "0"),
        ("--serials", "RP1..RP2"),
        ("--file", "/nowhere/blanks.json"),
    ],
)
def test_load_refuses_with_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]
) -> None:
    assert load(tmp_path, *arguments) == 2
    error = capsys.readouterr().err
    assert error.startswith("card_drivers: ")
    assert "Traceback" not in error


def test_station_once_makes_one_order(tmp_path: Path) -> None:
    load(tmp_path, "--stock", "card-chip", "--serials", "RP1..RP2")
    books = Books(queue=[make_order(faces=SMALL), make_order(faces=SMALL)])
    with serve(books) as url:
        assert station(tmp_path, url, "--once") == 0
    assert books.outcomes() == [Outcome.DONE]
    assert len(books.queue) == 1


def test_station_exit_codes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    load(tmp_path, "--stock", "card-chip", "--serials", "RP1..RP2")
    books = Books(queue=[make_order(faces=SMALL, stock="other")])
    with serve(books) as url:
        assert station(tmp_path, url, "--once") == 4
        books.refuse = Problem(error="no-shift", message="Open a shift.")
        assert station(tmp_path, url, "--once") == 3
        assert "Open a shift." in capsys.readouterr().err
        assert station(tmp_path, url, "--once", "--printer", "ipp") == 2
        assert "printer.uri" in capsys.readouterr().err
        assert station(tmp_path, url, "--once", "--printer", "plotter") == 2
        assert "bureau, evolis, ipp, simulator" in capsys.readouterr().err
    assert station(tmp_path, url, "--once") == 3
    assert station(tmp_path, "http://example.org", "--once") == 2


@pytest.mark.parametrize("content", [None, "", "two words", "kurz", "naïve-token"])
def test_a_token_file_that_is_none(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "bad").write_text(content)
    arguments = ["--server", "http://localhost:1", "--token-file", str(tmp_path / "bad"), "--state", str(tmp_path)]
    assert main(["station", *arguments]) == 2


def test_test_print_takes_one_blank(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    load(tmp_path, "--stock", "card-chip", "--serials", "RP1..RP2")
    assert main(["test-print", "--state", str(tmp_path)]) == 0
    assert "blank RP1 is used: record it as spoiled" in capsys.readouterr().out
    (picture,) = (tmp_path / "simulator" / "tray").glob("*/front.png")
    with Image.open(picture) as image:
        assert image.size == (1016, 648)
        assert len(image.getcolors(100_000) or []) >= 16


def test_test_print_without_blanks(tmp_path: Path) -> None:
    assert main(["test-print", "--state", str(tmp_path)]) == 5


def test_test_print_takes_what_lies_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    load(tmp_path, "--stock", "paper-a4", "--count", "1")
    assert main(["test-print", "--state", str(tmp_path)]) == 0
    assert main(["test-print", "--state", str(tmp_path), "--stock", "card-chip"]) == 5
    assert "load" in capsys.readouterr().err


def test_a_ribbon_is_changed_and_the_machine_cleaned(tmp_path: Path) -> None:
    machine = tmp_path / "simulator" / "machine.json"
    machine.parent.mkdir()
    machine.write_text(json.dumps({"ribbon": 3, "since_cleaning": 1001}))
    assert (load(tmp_path, "--ribbon"), load(tmp_path, "--clean")) == (0, 0)
    assert json.loads(machine.read_text()) == {"hopper": [], "ribbon": 300, "since_cleaning": 0, "fed": 0, "job": None}


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ((), "--can"),
        (("--can", "12345"), "six digits"),
        (("--can", "12345x"), "six digits"),
        (("--document-number", "AB123"), "--birth"),
        (("--document-number", "AB123", "--birth", "1990-01-01", "--expiry", "300101"), "--birth is YYMMDD"),
    ],
)
def test_read_wants_what_opens_the_card(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: tuple[str, ...], says: str
) -> None:
    assert main(["read", "--out", str(tmp_path / "out"), *options]) == 2
    assert says in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("settings", ["{", "[]", '{"revision": 0, "settings": {"printer": {"colour": "red"}}}'])
def test_a_settings_file_that_is_wrong_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], settings: str
) -> None:
    (tmp_path / "settings.json").write_text(settings)
    assert main(["test-print", "--state", str(tmp_path)]) == 2
    said = capsys.readouterr().err
    assert "settings.json" in said or "printer.colour" in said


def test_readers_without_pyscard_or_pcscd_say_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["readers"])
    said = capsys.readouterr()
    assert (code, bool(said.out + said.err)) in [(0, True), (2, True), (5, True)]


def test_a_running_station_ends_on_sigterm(tmp_path: Path) -> None:
    load(tmp_path, "--stock", "card-chip", "--serials", "RP1..RP2")
    books = Books(queue=[make_order(faces=SMALL)])
    (tmp_path / "token").write_text(TOKEN)
    pause = threading.Event()
    with serve(books) as url:
        command = [sys.executable, "-m", "card_drivers", "station", "--server", url, "--poll", "0.05"]
        command += ["--token-file", str(tmp_path / "token"), "--state", str(tmp_path)]
        process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        try:
            while not books.results and process.poll() is None:
                pause.wait(0.02)
        finally:
            process.terminate()
            _, said = process.communicate(timeout=20)
    assert process.returncode == 0
    assert books.outcomes() == [Outcome.DONE]
    assert "done" in said
    assert "Traceback" not in said
