"""Set-up: what is missing is said plainly, what is locked is locked by hash, what was done is not done again."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parent.parent.parent
LOCKS = sorted(ROOT.glob("requirements*.txt"))


@pytest.fixture(scope="module")
def setup() -> ModuleType:
    """The set-up script as a module."""
    spec = importlib.util.spec_from_file_location("liman_setup", ROOT / ".ci" / "setup.py")
    assert spec
    assert spec.loader
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def venv(setup: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder in the place of .venv."""
    monkeypatch.setattr(setup, "VENV", tmp_path)
    return tmp_path


def test_make_lists_every_command_with_a_line() -> None:
    makefile = (ROOT / "Makefile").read_text()
    commands = re.findall(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)[0].split()
    listed = subprocess.run(["make", "--no-print-directory"], cwd=ROOT, capture_output=True, text=True, check=True)
    lines = dict(re.findall(r"^  make ([\w-]+) +(\S.*)$", listed.stdout, re.MULTILINE))
    assert list(lines) == commands
    assert listed.stderr == ""


def test_needs_are_met_by_programs_or_files(setup: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "15").mkdir()
    (tmp_path / "15" / "initdb").touch()
    assert setup.Need("a", "sh", "x").present
    assert setup.Need("a", f"{tmp_path}/*/initdb", "x").present
    assert not setup.Need("a", "no-such-program-of-liman", "x").present
    assert not setup.Need("a", f"{tmp_path}/*/postgres", "x").present


def test_missing_packages_are_listed_with_what_they_switch_off(
    setup: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    here = setup.Need("coreutils", "sh", "nothing")
    headers = setup.Need("libpcsclite-dev", "/no/such/winscard.h", "real chip encoders")
    font = setup.Need("fonts-ocr-b", "/no/such/font", "every card")
    setup.report(setup.provide((here, headers, font), may_install=False))
    assert capsys.readouterr().out == (
        "Missing on this machine (Debian package: switched off without it)\n"
        "  libpcsclite-dev: real chip encoders\n"
        "  fonts-ocr-b: every card\n"
        "To switch it on: sudo apt-get install libpcsclite-dev fonts-ocr-b\n"
    )


def test_nothing_missing_says_nothing(setup: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    setup.report([])
    assert capsys.readouterr().out == ""


def test_a_step_is_done_once_per_lock(setup: ModuleType, venv: Path) -> None:
    step = setup.stamp("requirements", b"flask==3.1.3")
    assert not setup.is_done(step)
    setup.mark_done(step)
    assert setup.is_done(setup.stamp("requirements", b"flask==3.1.3"))
    assert not setup.is_done(setup.stamp("requirements", b"flask==3.1.4"))
    assert not setup.is_done(setup.stamp("requirements-dev", b"flask==3.1.3"))


def test_without_venv_nothing_starts(
    setup: ModuleType, venv: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    need = setup.Need("python3-venv", "/no/such/ensurepip", "everything")
    monkeypatch.setattr(setup, "VENV_NEED", need)
    monkeypatch.setattr(setup, "RUN_NEEDS", (need,))
    monkeypatch.setattr(setup.os, "geteuid", lambda: 1000)
    assert setup.main("run") == 1
    assert "sudo apt-get install python3-venv" in capsys.readouterr().out
    assert list(venv.iterdir()) == []


def test_a_linked_venv_is_left_alone(
    setup: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    theirs, link = tmp_path / "theirs", tmp_path / ".venv"
    (theirs / "bin").mkdir(parents=True)
    link.symlink_to(theirs)
    monkeypatch.setattr(setup, "VENV", link)
    monkeypatch.setattr(setup, "PYTHON", link / "bin" / "python")
    assert not setup.make_venv()
    assert "remove the link" in capsys.readouterr().out
    assert (theirs / "bin").is_dir()


def test_old_python_is_refused(
    setup: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(setup, "OLDEST_PYTHON", (4, 0))
    assert setup.main("run") == 1
    assert "Liman needs Python 3.11 or newer" in capsys.readouterr().out


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_every_locked_package_has_hashes_and_no_address(lock: Path) -> None:
    text = lock.read_text()
    entries = re.findall(r"^(\S.*?[^\\])$", text.replace("\\\n", ""), re.MULTILINE)
    for entry in entries:
        assert re.match(r"[\w.-]+==\S+( ; [^-]+)?( +--hash=sha256:[0-9a-f]{64})+ *$", entry), entry
    assert entries
    assert "://" not in text
    assert "index-url" not in text


def test_tests_run_on_the_versions_that_are_delivered() -> None:
    def versions(name: str) -> set[str]:
        return set(re.findall(r"^[\w.-]+==\S+", (ROOT / f"{name}.txt").read_text(), re.MULTILINE))

    assert versions("requirements") <= versions("requirements-dev")


def test_the_kiosk_is_given_its_voice_once_per_wording(
    setup: ModuleType, venv: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert [pattern for pattern in setup.SPOKEN if not list(ROOT.glob(pattern))] == []
    ran: list[tuple[object, ...]] = []
    monkeypatch.setattr(setup, "ROOT", tmp_path)
    monkeypatch.setattr(setup, "succeeds", lambda *command: ran.append(command) or True)
    words = tmp_path / "issuance/web/words/status.py"
    (tmp_path / "voices").mkdir()
    words.parent.mkdir(parents=True)
    for text in ("a", "a", "b"):
        words.write_text(text)
        setup.make_voices()
    assert [command[1:] for command in ran] == [("-m", "issuance.web.public.parts.voices")] * 2
    (tmp_path / "voices").rmdir()
    setup.make_voices()
    assert len(ran) == 3


def test_a_voice_that_cannot_be_made_is_said(
    setup: ModuleType, venv: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(setup, "succeeds", lambda *_command: False)
    setup.make_voices()
    assert "Switched off without them: the voice of the kiosk (its text stays)." in capsys.readouterr().out
    assert not list(venv.glob("voices.stamp"))
