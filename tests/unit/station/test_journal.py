"""The journal: what it remembers, torn lines, damage, and who may hold it."""

from __future__ import annotations

import json
import os
import uuid
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from card_drivers.device import ConfigurationError
from card_drivers.order import PROTOCOL, Outcome, Result
from card_drivers.station.journal import Journal, JournalError, OpenClaim, claims

CLAIM, ORDER = uuid.UUID(int=1), uuid.UUID(int=2)
RESULT = Result(order_id=ORDER, claim_id=CLAIM, outcome=Outcome.DONE, blank_serial="A1")


def write_all(path: Path) -> list[OpenClaim | None]:
    """One claim from beginning to end; what the journal held after each event."""
    journal = Journal(path)
    held = []
    for event, fields in [
        ("claim", {}),
        ("order", {"order_id": str(ORDER)}),
        ("begin", {"step": "feed"}),
        ("end", {"step": "feed"}),
        ("note", {"blank_serial": "A1", "digests": {"front/black": "00"}}),
        ("note", {"chip_uid": "04", "digests": {"chip/DG1": "11"}}),
        ("result", {"result": RESULT.model_dump(mode="json")}),
        ("closed", {}),
    ]:
        journal.write(event, CLAIM, **fields)
        held.append(None if journal.open_claim is None else OpenClaim(**vars(_copy(journal.open_claim))))
    journal.close()
    return held


def _copy(claim: OpenClaim) -> OpenClaim:
    copied = list(claim.begun), dict(claim.facts), dict(claim.digests), claim.result, list(claim.ended)
    return OpenClaim(claim.claim_id, claim.order_id, *copied)


def test_remembers_the_open_claim_after_every_line(tmp_path: Path) -> None:
    held = write_all(tmp_path / "whole")
    lines = (tmp_path / "whole").read_bytes().splitlines(keepends=True)
    for number in range(len(lines) + 1):
        path = tmp_path / f"first-{number}"
        path.write_bytes(b"".join(lines[:number]))
        journal = Journal(path)
        assert journal.open_claim == ([None, *held][number])
        journal.close()
    assert held[-2] == OpenClaim(
        CLAIM,
        ORDER,
        ["feed"],
        {"blank_serial": "A1", "chip_uid": "04"},
        {"front/black": "00", "chip/DG1": "11"},
        RESULT,
        ["feed"],
    )


def test_a_torn_last_line_is_cut_off_and_written_over(tmp_path: Path) -> None:
    write_all(tmp_path / "whole")
    whole = (tmp_path / "whole").read_bytes()
    ends = [0, *[index + 1 for index, byte in enumerate(whole) if byte == 10]]
    for size in [*range(0, len(whole), 7), *ends, len(whole) - 1]:
        path = tmp_path / "torn"
        path.write_bytes(whole[:size])
        Journal(path).close()
        assert path.read_bytes() == whole[: max(end for end in ends if end <= size)]


@pytest.mark.parametrize(
    "tail", [b"\0" * 100, b'{"event":"claim"', b"\xff\xfe\n", b"[]\n", b'{"event":"begin"}\n', b"\n"]
)
def test_a_tail_that_is_no_event_is_cut_off(tmp_path: Path, tail: bytes) -> None:
    write_all(tmp_path / "journal")
    whole = (tmp_path / "journal").read_bytes()
    (tmp_path / "journal").write_bytes(whole + tail)
    Journal(tmp_path / "journal").close()
    assert (tmp_path / "journal").read_bytes() == whole


def test_a_result_that_the_release_before_decided_is_still_told(tmp_path: Path) -> None:
    """As protocol 2 wrote it, with an English sentence for its message."""
    old = {"protocol": 2, "order_id": str(ORDER), "claim_id": str(CLAIM), "outcome": "spoiled", "blank_serial": "A1"}
    old |= {"chip_uid": None, "digests": {}, "step": "print", "message": "Card jam while printing: open the cover."}
    events = [{"event": "claim"}, {"event": "order", "order_id": str(ORDER)}, {"event": "result", "result": old}]
    lines = [json.dumps(event | {"claim_id": str(CLAIM)}) + "\n" for event in events]
    (tmp_path / "journal").write_text("".join(lines))
    journal = Journal(tmp_path / "journal")
    assert journal.open_claim is not None
    result = journal.open_claim.result
    assert result is not None
    assert (result.protocol, result.step, result.message) == (
        PROTOCOL,
        "print",
        "Card jam while printing: open the cover.",
    )
    journal.close()


@settings(max_examples=40, deadline=None)
@given(st.binary(max_size=200))
def test_any_file_is_read_or_refused_by_name(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.mktemp("journal") / "journal.jsonl"
    path.write_bytes(content)
    try:
        Journal(path).close()
    except ConfigurationError as error:
        assert str(path) in str(error)  # noqa: PT017 - either way is right


def test_damage_before_the_end_is_an_error_that_says_what_to_do(tmp_path: Path) -> None:
    """The lost line may be the one that says printing began."""
    write_all(tmp_path / "journal")
    lines = (tmp_path / "journal").read_bytes().splitlines(keepends=True)
    lines[2] = b'{"event":"be\n'
    (tmp_path / "journal").write_bytes(b"".join(lines))
    with pytest.raises(ConfigurationError, match=r"line 3 is damaged.*Look into the trays"):
        Journal(tmp_path / "journal")


def test_only_one_process_holds_it(tmp_path: Path) -> None:
    first = Journal(tmp_path / "journal")
    with pytest.raises(ConfigurationError, match="Another station"):
        Journal(tmp_path / "journal")
    first.close()
    Journal(tmp_path / "journal").close()


def test_only_the_owner_reads_it(tmp_path: Path) -> None:
    Journal(tmp_path / "journal").close()
    assert (tmp_path / "journal").stat().st_mode & 0o077 == 0


def test_a_line_is_on_the_disk_before_the_act(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal = Journal(tmp_path / "journal")
    calls: list[str] = []
    write, fsync = os.write, os.fsync
    monkeypatch.setattr(os, "write", lambda file, data: (calls.append("write"), write(file, data))[1])
    monkeypatch.setattr(os, "fsync", lambda file: (calls.append("fsync"), fsync(file))[1])
    journal.write("claim", CLAIM)
    assert calls == ["write", "fsync"]
    monkeypatch.undo()
    journal.close()


@pytest.mark.parametrize("call", ["write", "fsync"])
def test_a_full_disk_stops_the_station(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    journal = Journal(tmp_path / "journal")

    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, call, full)
    with pytest.raises(JournalError, match=r"No space left on device.*make room"):
        journal.write("claim", CLAIM)
    assert journal.open_claim is None
    monkeypatch.undo()
    journal.close()


def test_a_line_written_in_part_stops_the_station(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal = Journal(tmp_path / "journal")
    write = os.write
    monkeypatch.setattr(os, "write", lambda file, data: write(file, data[:10]))
    with pytest.raises(JournalError, match="No space left"):
        journal.write("claim", CLAIM)
    monkeypatch.undo()
    journal.close()
    Journal(tmp_path / "journal").close()
    assert (tmp_path / "journal").read_bytes() == b""


def test_claims_are_told_from_one_on(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    journal = Journal(path)
    ids = [uuid.UUID(int=number) for number in (11, 12, 13)]
    for claim_id in ids:
        journal.write("claim", claim_id)
        journal.write("order", claim_id, order_id=str(claim_id))
        journal.write("note", claim_id, blank_serial=f"B{claim_id.int}")
        journal.write("closed", claim_id)
    journal.close()
    with path.open("ab") as file:
        file.write(b'{"event":"torn')
    told = [(claim.claim_id, claim.facts["blank_serial"]) for claim in claims(path, ids[1])]
    assert told == [(ids[1], "B12"), (ids[2], "B13")]
    assert [claim.claim_id for claim in claims(path)] == ids
    assert [claim.claim_id for claim in claims(path, uuid.UUID(int=99))] == ids
    assert list(claims(tmp_path / "none")) == []
