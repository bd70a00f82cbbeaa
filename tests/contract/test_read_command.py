"""`readers` and `read` at a terminal: a finished card in a real pcscd's reader, opened as whoever holds it may."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from card_drivers.__main__ import main
from card_drivers.chips import tlv
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
    assert json.loads((tmp_path / "out" / "reading.json").read_text()) == {
        "opened_by": "PACE",
        "proofs": {"active": True, "chip": True},
        "missing": [],
        "remarks": [],
    }


def changed(finished: Memory, **state: object) -> VirtualChip:
    """The same card with other habits or keys."""
    memory = Memory(finished.state.model_copy(update=state))
    memory.files = {name: bytearray(data) for name, data in finished.files.items()}
    return VirtualChip(memory)


def test_an_odd_chip_is_read_and_remarked(
    pcscd: Pcscd, finished: Memory, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It takes no Le above 160, and EF.COM says nothing."""
    chip = changed(finished, habit="le-160")
    com = chip.memory.files["011e"]
    com[:] = tlv.encode(0x60, tlv.encode(0x53, bytes(len(com) - 4)))
    pcscd.insert(chip)
    assert read(tmp_path / "out", "--can", ACCESS.can) == 0
    assert {path.stem for path in (tmp_path / "out").glob("*.bin")} == set(CONTENT.files)
    assert (tmp_path / "out" / "DG2.bin").read_bytes() == CONTENT.files["DG2"]
    assert "EF.COM cannot be read: every data group was asked for." in capsys.readouterr().out


def test_a_copy_that_has_not_the_key_is_told_and_its_files_are_kept(
    pcscd: Pcscd, finished: Memory, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pcscd.insert(changed(finished, active_key=finished.state.chip_key))
    assert read(tmp_path / "out", "--can", ACCESS.can) == 4
    assert "active authentication FAILED; chip authentication proved" in capsys.readouterr().out
    assert {path.stem for path in (tmp_path / "out").glob("*.bin")} == set(CONTENT.files)


def test_a_file_that_cannot_be_read_is_named_and_the_others_are_kept(
    pcscd: Pcscd, finished: Memory, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """DG12 says that it is longer than it is."""
    chip = changed(finished)
    chip.memory.files["010c"][1] = 0x7F
    pcscd.insert(chip)
    assert read(tmp_path / "out", "--can", ACCESS.can) == 5
    assert "DG12 are missing" in capsys.readouterr().err
    assert {path.stem for path in (tmp_path / "out").glob("*.bin")} == set(CONTENT.files) - {"DG12"}
    assert json.loads((tmp_path / "out" / "reading.json").read_text())["missing"] == ["DG12"]


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
