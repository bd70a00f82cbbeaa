"""`python -m card_drivers acceptance` as a process: the test set printed, read back from its pixels, the report signed.

The operator is the test: it scans and measures what the machine printed, and opens the cover when it is asked to.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import zxingcpp
from PIL import Image, ImageChops, ImageDraw

from card_drivers.__main__ import main
from card_drivers.acceptance import cards
from card_drivers.acceptance.report import Report
from card_drivers.simulators.machine import Blank, Simulation
from tests.contract.evolis_emulator import COVER_OPEN, Printer, print_center

pytestmark = pytest.mark.contract

MM = 300 / 25.4
KEYS = {name: f"{number}{number}" * 16 for number, name in enumerate(("enc", "mac", "dek"), start=1)}
Side = Callable[[str], Image.Image]


class Operator:
    """Answers each question by what lies in the tray; `wrong` says something else of one thing."""

    def __init__(self, side: Side, hands: dict[str, Callable[[], None]], wrong: dict[str, str]) -> None:
        self._side, self._hands, self._wrong = side, hands, wrong

    def answer(self, question: str) -> str:
        for words, said in self._wrong.items():
            if words in question:
                return said
        for words, move in self._hands.items():
            if words in question:
                move()
        for words, look in self._looks().items():
            if words in question:
                return look()
        return ""

    def _looks(self) -> dict[str, Callable[[], str]]:
        return {
            "Scan the symbol on the front": lambda: self._scan("front"),
            "Scan the symbol on the back": lambda: self._scan("back"),
            "eight large letters": self._letters,
            "long line": lambda: f"{self._line(False)[1]:.1f}".replace(".", ","),
            "short line": lambda: f"{self._line(True)[1]:.1f}",
            "left edge": lambda: f"{self._line(False)[0]:.1f}",
            "upper edge": lambda: f"{self._line(True)[0]:.1f}",
            "grey steps": lambda: str(cards.GREYS),
            "fields": lambda: "yes",
            "serial": lambda: "T1",
        }

    def _scan(self, side: str) -> str:
        (symbol,) = zxingcpp.read_barcodes(self._side(side), zxingcpp.BarcodeFormat.DataMatrix)
        return symbol.text

    def _panel(self) -> tuple[Image.Image, float, float]:
        """The black of the front, and where the card begins in it: machines print over the edge."""
        panel = self._side("front").convert("L")
        return panel, (panel.width - 85.6 * MM) / 2, (panel.height - 53.98 * MM) / 2

    def _letters(self) -> str:
        """Letter by letter, the one that looks most like what is there."""
        panel, x, y = self._panel()
        printed = panel.crop((round(x + 12 * MM), round(y + 34 * MM), round(x + 72 * MM), round(y + 42 * MM)))
        read = ""
        for _ in range(8):
            read += min(cards.LETTERS, key=lambda letter: _unlike(printed, read + letter))
        return read

    def _line(self, down: bool) -> tuple[float, float]:
        """Where the line begins, and its length, in mm: what is black along the row or the column of the lines."""
        panel, x, y = self._panel()
        if down:
            pixels = [panel.getpixel((round(x + cards.LEFT * MM), place)) for place in range(panel.height)]
        else:
            pixels = [panel.getpixel((place, round(y + cards.TOP * MM))) for place in range(panel.width)]
        dark = [place for place, pixel in enumerate(pixels) if pixel < 128]  # type: ignore[operator]
        return (dark[0] - (y if down else x)) / MM, (dark[-1] - dark[0]) / MM


def _unlike(printed: Image.Image, text: str) -> float:
    """How many pixels differ from these letters, of those that they cover; nothing is to be there but they."""
    drawn = Image.new("L", printed.size, "white")
    pen = ImageDraw.Draw(drawn)
    pen.text((0, 0), text, fill=0, font_size=round(6 * MM))
    width = round(pen.textlength(text, font_size=round(6 * MM)))
    box = (0, 0, width, printed.height)
    histogram = ImageChops.difference(printed.crop(box), drawn.crop(box)).histogram()
    return sum(histogram[128:]) / width


def run(arguments: list[str], operator: Operator) -> tuple[int, list[str]]:
    """The command's exit code, and what it asked and said."""
    command = [sys.executable, "-m", "card_drivers", "acceptance", *arguments]
    said: list[str] = []
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=dict(os.environ)
    ) as process:
        assert process.stdin
        assert process.stdout
        assert process.stderr
        for line in process.stdout:
            said.append(line.rstrip("\n"))
            if line.rstrip("\n").endswith(("?", ":", "Enter.", "no:")):
                process.stdin.write(operator.answer(line) + "\n")
                process.stdin.flush()
        errors = process.stderr.read()
    assert "Traceback" not in errors, errors
    return process.returncode, [*said, *errors.splitlines()]


def simulated(folder: Path, wrong: dict[str, str]) -> Operator:
    """The simulator with three blanks, one of them without a chip."""
    simulation = Simulation(folder / "simulator")
    simulation.load([Blank(serial=f"T{n}", stock="card-chip", uid=f"04{n:012x}") for n in (1, 2, 3)])
    (folder / "simulator" / "card_keys.json").write_text(json.dumps(KEYS))

    def side(name: str) -> Image.Image:
        tray = min((folder / "simulator" / "tray").iterdir(), key=lambda each: (each / "card.json").read_text())
        return Image.open(tray / f"{name}-black.png")

    def script(*conditions: str) -> None:
        (folder / "simulator" / "faults.json").write_text(json.dumps({"conditions": conditions}))

    hands = {
        "Open the cover": lambda: script("cover-open"),
        "take every blank out": lambda: script("feeder-empty"),
        "Put the blanks back": lambda: script(),
    }
    return Operator(side, hands, wrong)


def of_the_emulator(printer: Printer, folder: Path, port: int, wrong: dict[str, str]) -> Operator:
    quick = {"port": port, "least_print_seconds": 0.05, "poll_seconds": 0.01}
    (folder / "settings.json").write_text(json.dumps({"revision": 0, "settings": {"printer": quick}}))

    def say(state: str) -> None:
        printer.state = state

    hands = {
        "Open the cover": lambda: say(COVER_OPEN),
        "take every blank out": lambda: say("WARNING,FEEDER_EMPTY"),
        "Put the blanks back": lambda: say(""),
    }
    return Operator(lambda name: printer.tray[0].panels[name, "resin"], hands, wrong)


@contextmanager
def machine(name: str, folder: Path, wrong: dict[str, str]) -> Iterator[tuple[Operator, list[str]]]:
    """The operator at this machine, and the options that name it."""
    if name == "simulator":
        yield simulated(folder, wrong), ["--model", "Simulated machine"]
        return
    with print_center() as service:
        operator = of_the_emulator(service.printer, folder, service.port, wrong)
        yield operator, ["--printer", "evolis", "--model", "Evolis emulator"]


def found(folder: Path) -> dict[str, Any]:
    report: dict[str, Any] = json.loads((folder / "report.json").read_text())["report"]
    return report


def checks(folder: Path) -> dict[str, bool | None]:
    return {check["what"]: check["good"] for check in found(folder)["checks"]}


@pytest.mark.parametrize("name", ["simulator", "evolis"])
def test_the_test_set_is_printed_read_back_and_signed(tmp_path: Path, name: str) -> None:
    with machine(name, tmp_path, {}) as (operator, options):
        code, said = run(["--state", str(tmp_path), "--out", str(tmp_path / "report.json"), *options], operator)
    judged = checks(tmp_path)
    assert {what for what, good in judged.items() if good is not True} == set(), said
    assert {"symbol on the front", "symbol on the back", "upper margin", "cover open", "feeder empty"} <= judged.keys()
    assert ("serial of the blank" in judged) == (name == "simulator")
    assert (code, found(tmp_path)["verdict"], said[-1].endswith(": passed")) == (0, "passed", True)
    assert len(found(tmp_path)["blanks"]) == 1
    assert main(["acceptance", "--state", str(tmp_path), "--check", str(tmp_path / "report.json")]) == 0


def test_what_is_skipped_is_incomplete(tmp_path: Path) -> None:
    with machine("simulator", tmp_path, {"long line": "skip", "Open the cover": "skip"}) as (operator, options):
        code, _ = run(["--state", str(tmp_path), "--out", str(tmp_path / "report.json"), *options], operator)
    assert [name for name, good in checks(tmp_path).items() if good is not True] == ["long line", "cover open"]
    assert (code, found(tmp_path)["verdict"]) == (4, "incomplete")


def test_a_chip_is_written_and_read_back(tmp_path: Path) -> None:
    keys = {"sets": [{"version": 1, **KEYS}]}
    (tmp_path / "card-keys.json").write_text(json.dumps(keys))
    more = ["--profile", "generic-globalplatform", "--card-keys", str(tmp_path)]
    with machine("simulator", tmp_path, {}) as (operator, options):
        run(["--state", str(tmp_path), "--out", str(tmp_path / "report.json"), *options, *more], operator)
    assert checks(tmp_path)["chip, opened by PACE"] is True
    assert [blank["chip_uid"] for blank in found(tmp_path)["blanks"]] == [None, "04000000000002"]


def test_a_chip_without_keys_of_a_channel(tmp_path: Path) -> None:
    with machine("simulator", tmp_path, {}) as (operator, options):
        more = ["--profile", "jmrtd-applet"]
        run(["--state", str(tmp_path), "--out", str(tmp_path / "report.json"), *options, *more], operator)
    assert checks(tmp_path)["chip, opened by BAC"] is True


WRONG = {
    "symbol on the front": {"Scan the symbol on the front": "LIMAN OF YESTERDAY"},
    "letters on the front": {"eight large letters": "ACDEFHJ"},
    "long line": {"long line": "68,9"},
    "colour fields": {"fields": "no"},
    "serial of the blank": {"serial": "T9"},
}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_fails_by_name(tmp_path: Path, what: str) -> None:
    with machine("simulator", tmp_path, WRONG[what]) as (operator, options):
        code, said = run(["--state", str(tmp_path), "--out", str(tmp_path / "report.json"), *options], operator)
    assert ([name for name, good in checks(tmp_path).items() if good is False], code) == ([what], 4)
    assert any(line.startswith(f"WRONG: {what}: ") for line in said)
    assert found(tmp_path)["verdict"] == "failed"


def test_a_cover_that_is_not_noticed_fails(tmp_path: Path) -> None:
    with machine("simulator", tmp_path, {}) as (operator, options):
        operator._hands.clear()
        run(["--state", str(tmp_path), "--out", str(tmp_path / "report.json"), *options], operator)
    assert (checks(tmp_path)["cover open"], checks(tmp_path)["ready again"]) == (False, True)


def test_a_jam_is_reported_and_nothing_is_asked_of_the_card(tmp_path: Path) -> None:
    with machine("simulator", tmp_path, {}) as (operator, options):
        (tmp_path / "simulator" / "faults.json").write_text(json.dumps({"events": ["jam"]}))
        code, said = run(["--state", str(tmp_path), "--out", str(tmp_path / "report.json"), *options], operator)
    assert (code, found(tmp_path)["verdict"], checks(tmp_path)["the card is made"]) == (4, "failed", False)
    assert not any("Scan" in line for line in said)
    assert [blank["outcome"] for blank in found(tmp_path)["blanks"]] == ["spoiled"]


def test_killed_in_a_card_the_next_trial_clears_the_machine_and_tells_its_blank(tmp_path: Path) -> None:
    with machine("simulator", tmp_path, {}) as (operator, options):
        arguments = ["--state", str(tmp_path), "--out", str(tmp_path / "report.json"), *options]
        (tmp_path / "simulator" / "faults.json").write_text(json.dumps({"events": ["power-cut-while-print"]}))
        assert run(arguments, operator)[0] == 70
        assert not (tmp_path / "report.json").exists()
        run(arguments, operator)
    blanks = found(tmp_path)["blanks"]
    assert [(blank["outcome"], blank["blank_serial"]) for blank in blanks] == [("spoiled", "T1"), ("done", "T2")]


def test_a_terminal_that_is_gone_leaves_the_rest_untried(tmp_path: Path) -> None:
    simulated(tmp_path, {})
    command = [sys.executable, "-m", "card_drivers", "acceptance", "--state", str(tmp_path), "--model", "M"]
    done = subprocess.run(
        [*command, "--out", str(tmp_path / "report.json")], stdin=subprocess.DEVNULL, capture_output=True, timeout=120
    )
    assert (done.returncode, found(tmp_path)["verdict"]) == (4, "incomplete")


REFUSED = {
    "no model": (["--model", " "], "--model"),
    "no such profile": (["--model", "M", "--profile", "no-such"], "profile"),
    "no keys": (["--model", "M", "--profile", "generic-globalplatform"], "--card-keys"),
    "no encoder": (["--model", "M", "--printer", "evolis", "--profile", "jmrtd-applet"], "encoder"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_cannot_be_tried_takes_no_blank(tmp_path: Path, capsys: pytest.CaptureFixture[str], what: str) -> None:
    options, says = REFUSED[what]
    simulated(tmp_path, {})
    assert main(["acceptance", "--state", str(tmp_path), "--out", str(tmp_path / "report.json"), *options]) == 2
    assert says in capsys.readouterr().err
    assert len(Simulation(tmp_path / "simulator").hopper()) == 3


@pytest.mark.parametrize("damage", ["a better verdict", "another station", "no report", "no JSON", "another kind"])
def test_a_report_that_was_changed_is_not_believed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], damage: str
) -> None:
    simulated(tmp_path, {})
    file, state = tmp_path / "report.json", tmp_path
    command = [sys.executable, "-m", "card_drivers", "acceptance", "--state", str(tmp_path), "--model", "M"]
    subprocess.run([*command, "--out", str(file)], stdin=subprocess.DEVNULL, capture_output=True, timeout=120)
    if damage == "a better verdict":
        file.write_text(file.read_text().replace('"incomplete"', '"passed"'))
    elif damage == "another station":
        state = tmp_path / "other"
    else:
        file.write_text({"no report": "{}", "no JSON": "passed", "another kind": "[1]"}[damage])
    assert main(["acceptance", "--state", str(state), "--check", str(file)]) == 2
    assert "report" in capsys.readouterr().err


def test_the_letters_of_the_card_are_those_asked_for() -> None:
    """Their picture holds the lot of this card; two cards differ in everything that is read from them."""
    first, second = (cards.draw(cards.CARD, 2, "", None) for _ in range(2))
    assert len({first.front, first.back, first.letters, second.front, second.back, second.letters}) == 6
    assert first.order.faces[0].layers[1].pdf != second.order.faces[0].layers[1].pdf
    assert set(first.letters) <= set(cards.LETTERS)


def test_a_report_says_what_it_is_made_of(tmp_path: Path) -> None:
    with machine("simulator", tmp_path, {}) as (operator, options):
        run(["--state", str(tmp_path), "--out", str(tmp_path / "report.json"), *options], operator)
    report = Report.model_validate(found(tmp_path))
    assert (report.model, report.printer, report.abilities.dpi) == ("Simulated machine", "simulator", (300, 300))
    assert report.made_at.tzinfo is not None
