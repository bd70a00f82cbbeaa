"""docs/install.md cannot drift: its commands, options, files, settings and units are there. `walk.py` runs them."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import click
import pytest

from card_drivers.__main__ import _parser
from issuance.commands import COMMANDS
from issuance.services import office_file
from issuance.settings import Settings
from tests.install import walk
from tests.install.page import PAGE, Block, blocks, commands
from tests.install.units import FOLDERS, Failed, Units

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
TEXT = PAGE.read_text("utf-8")
OPERATIONS = (ROOT / "docs" / "operations.md").read_text("utf-8")
BOTH = TEXT + OPERATIONS
"""What an office is installed by, and what it is kept running by."""
BLOCKS = blocks(TEXT)
LINES = [line for block in BLOCKS if not (block.path or block.look) for line in commands(block.text)]
OFFICE = [line.removeprefix("liman ").split(" > ")[0] for line in LINES if line.startswith("liman ")]
DONE = [*LINES, *(line for block in blocks(OPERATIONS) if not block.path for line in commands(block.text))]
UNITS = sorted(path.name for path in DEPLOY.glob("*.*") if path.suffix in (".service", ".timer"))


def written(path: str) -> Block:
    """The file that the page writes there."""
    (found,) = [block for block in BLOCKS if block.path == path]
    return found


def test_the_page_is_read_whole() -> None:
    assert len(OFFICE) > 10
    assert [block.exit_code for block in BLOCKS if block.exit_code] == [1, 1]
    assert len(re.findall("^```", TEXT, re.M)) == 2 * len([block for block in BLOCKS if not block.look])


@pytest.mark.parametrize("line", OFFICE)
def test_a_command_takes_what_the_page_gives_it(line: str) -> None:
    name, *words = shlex.split(line)
    (command,) = [one for one in COMMANDS if one.name == name]
    if isinstance(command, click.Group):
        name, *words = words
        command = command.commands[name]
    command.make_context(name, words)


def test_a_wrong_option_would_be_noticed() -> None:
    (command,) = [one for one in COMMANDS if one.name == "set-up"]
    with pytest.raises(click.UsageError):
        command.make_context("set-up", ["--form", "office.toml"])


def test_the_files_of_deploy_are_those_that_the_pages_use() -> None:
    assert {f"deploy/{path.name}" for path in DEPLOY.iterdir()} == set(re.findall(r"deploy/[\w.-]*\w", BOTH))


def test_the_pages_start_the_units_that_are_there() -> None:
    said = {word for line in DONE if line.startswith("systemctl ") for word in line.split()[2:]}
    asked = {word if "." in word else f"{word}.service" for word in said if word.startswith("liman")}
    assert asked == set(UNITS)


def test_every_look_of_the_page_is_one_of_the_script() -> None:
    assert [block.look for block in BLOCKS if block.look] == list(walk.LOOKS)


def test_the_settings_are_there() -> None:
    names = set(re.findall(r"\bLIMAN_([A-Z0-9_]+)", BOTH)) - {"ENVIRONMENT", "CODE"}  # those are of deploy/liman
    assert {name.lower() for name in names} <= set(Settings.model_fields)


def test_the_example_founds_an_office() -> None:
    plan = office_file.read(written("/etc/liman/office.toml").text.encode(), [])
    assert (len(plan.centres), len(plan.administrators), plan.keys is None) == (1, 2, False)


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze judges units")
@pytest.mark.parametrize("unit", UNITS)
def test_systemd_takes_the_unit(unit: str) -> None:
    """Its programs are not installed here, which is all that it may say."""
    judged = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", DEPLOY / unit], capture_output=True, text=True, check=False
    )
    faults = [line for line in judged.stderr.splitlines() if f"{Path(unit).stem}." in line]
    assert [line for line in faults if "is not executable: No such file or directory" not in line] == []


@pytest.fixture
def units(tmp_path: Path) -> Units:
    """The units of deploy/ and what they name, in a root of their own."""
    shutil.copytree(DEPLOY, tmp_path / FOLDERS[0])
    accounts = ["root", "liman", "liman_public", "liman-station"]
    (tmp_path / "etc" / "passwd").write_text("".join(f"{name}:x:7:7::/:\n" for name in accounts))
    for block in BLOCKS:
        if block.path:
            path = tmp_path / block.path.lstrip("/")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text, "utf-8")
    return Units(tmp_path)


def test_the_station_is_started_with_options_that_there_are(units: Units) -> None:
    started = units._command("liman-station", "ExecStart")
    given = _parser().parse_args(started[started.index("card_drivers") + 1 :])
    assert (given.server, given.printer) == ("https://liman.example.ro", "simulator")


def test_the_stand_in_starts_as_the_unit_says(units: Units) -> None:
    started = units._command("liman", "ExecStart")
    assert {"--reuid=liman", "LIMAN_ENV=production", "/opt/liman", "0077"} <= set(started)
    assert started[-3:] == ["/opt/liman/.venv/bin/python", "-m", "app"]
    with pytest.raises(Failed, match="no unit nowhere"):
        units.start("nowhere")
