"""`readers` and `read` at a terminal: a finished card in a real pcscd's reader, opened as whoever holds it may."""

from __future__ import annotations

from pathlib import Path

import pytest

from card_drivers.__main__ import main
from card_drivers.simulators.chip.chip import VirtualChip
from card_drivers.simulators.chip.memory import Memory
from tests.fixtures.pcsc import SLOTS, Pcscd
from tests.unit.station.documents import ACCESS, UID, part, personalisation_of

pytestmark = pytest.mark.contract

CONTENT = part(size=2000)


@pytest.fixture(scope="module")
def finished() -> Memory:
    memory = Memory.new(UID)
    work = personalisation_of(VirtualChip(memory), CONTENT)
    for step in (work.check_blank, work.encode, work.read_back, work.lock):
        step()
    return memory


def read(folder: Path, *options: str) -> int:
    return main(["read", "--reader", SLOTS[0], "--out", str(folder), *options])


MRZ = ("--document-number", ACCESS.document_number, "--birth", ACCESS.birth_date, "--expiry", ACCESS.expiry_date)


@pytest.mark.parametrize("key", [("--can", ACCESS.can), MRZ], ids=["CAN", "MRZ"])
def test_read_writes_every_file(
    pcscd: Pcscd, finished: Memory, tmp_path: Path, capsys: pytest.CaptureFixture[str], key: tuple[str, ...]
) -> None:
    pcscd.insert(VirtualChip(finished))
    assert read(tmp_path / "out", *key) == 0
    assert {path.stem: path.read_bytes() for path in (tmp_path / "out").glob("*.bin")} == CONTENT.files
    said = capsys.readouterr().out
    assert f"UID {UID}; opened by PACE" in said
    assert "active authentication proved; chip authentication proved" in said


def test_a_wrong_can_is_a_sentence(
    pcscd: Pcscd, finished: Memory, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pcscd.insert(VirtualChip(finished))
    assert read(tmp_path / "out", "--can", "999999") == 5
    said = capsys.readouterr().err
    assert "Traceback" not in said
    assert "999999" not in said
    assert not (tmp_path / "out").exists()


def test_readers_says_what_lies_on_them(pcscd: Pcscd, finished: Memory, capsys: pytest.CaptureFixture[str]) -> None:
    pcscd.insert(VirtualChip(finished))
    for _ in range(20):  # pcscd sees a card within 0.4 s, on a busy machine later
        assert main(["readers"]) == 0
        first, second = capsys.readouterr().out.splitlines()
        if "card" in first:
            break
    assert first.startswith(f"{SLOTS[0]}: card with ATR 3B")
    assert first.endswith(f"UID {UID}")
    assert second == f"{SLOTS[1]}: nothing"
