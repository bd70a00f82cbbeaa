"""The station's memory: what it was about to do, written before it does it (ADR 0005).

Append-only JSON lines, each fsynced before the act it announces. Holds identifiers, step names, blank serials and
digests, never personal data. Events of one claim, in order: `claim` (before asking), `order` (the answer), `leave`
(given), `begin` and `end` of each step, `note` (facts as they are read), `result` (decided), `closed` (acknowledged or
never given).
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

from card_drivers.device import ConfigurationError
from card_drivers.order import Outcome, Result
from card_drivers.troubles import Troubled

FILE = "journal.jsonl"
"""The journal of orders, in the station's folder."""


class JournalError(Troubled):
    """The journal cannot be written: the station stops at once, since it may do nothing that it cannot write down."""


@dataclass
class OpenClaim:
    """The claim whose end the register has not acknowledged: what the journal knows of it."""

    claim_id: UUID
    order_id: UUID | None = None
    begun: list[str] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)
    digests: dict[str, str] = field(default_factory=dict)
    result: Result | None = None
    ended: list[str] = field(default_factory=list)

    @property
    def used_its_blank(self) -> bool:
        """Whether something was done to a blank, as far as anybody knows."""
        untouched = self.result is not None and self.result.outcome is Outcome.NOT_STARTED
        return bool(self.begun) and not untouched

    def learn(self, entry: dict[str, Any]) -> None:
        """Take in one event of this claim."""
        match entry["event"]:
            case "order":
                self.order_id = UUID(entry["order_id"])
            case "begin":
                self.begun.append(entry["step"])
            case "end":
                self.ended.append(entry["step"])
            case "leave":
                pass  # for people who read the journal
            case "note":
                self.digests |= entry.get("digests", {})
                self.facts |= {name: entry[name] for name in ("blank_serial", "chip_uid") if name in entry}
            case "result":
                self.result = Result.model_validate(entry["result"])
            case unknown:
                raise ValueError(f"unknown event {unknown}")


class Journal:
    """The journal file at `path`, held by one process at a time. `open_claim` is always what the file says.

    A torn last line (power lost while writing) was never acted upon and is cut off. ConfigurationError when another
    station holds the file or an earlier line is damaged.
    """

    def __init__(self, path: Path) -> None:
        self.open_claim: OpenClaim | None = None
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            self._lock(path)
            self._replay(path)
        except BaseException:
            self.close()
            raise
        _sync_directory(path.parent)

    def close(self) -> None:
        """Let another process have the journal."""
        os.close(self._file)

    def write(self, event: str, claim_id: UUID, **fields: Any) -> None:
        """Append one event and return when it is on the disk. JournalError when the disk refuses it."""
        entry = {"event": event, "claim_id": str(claim_id), **fields}
        line = json.dumps(entry, separators=(",", ":")).encode() + b"\n"
        try:
            written = os.write(self._file, line)
            os.fsync(self._file)
        except OSError as error:
            raise JournalError("journal-refuses", said=str(error.strerror)) from error
        if written != len(line):
            raise JournalError("journal-refuses", said=os.strerror(errno.ENOSPC))
        self._apply(entry)

    def _lock(self, path: Path) -> None:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ConfigurationError("folder-in-use", path=str(path.parent)) from error

    def _replay(self, path: Path) -> None:
        end = 0
        lines = path.read_bytes().splitlines(keepends=True)
        for number, line in enumerate(lines, start=1):
            try:
                self._apply(_parse(line))
            except (ValueError, KeyError) as error:
                if number < len(lines):
                    raise ConfigurationError("journal-damaged", path=str(path), line=number) from error
                break
            end += len(line)
        os.ftruncate(self._file, end)
        os.fsync(self._file)

    def _apply(self, entry: dict[str, Any]) -> None:
        """Follow one event; ValueError or KeyError when it cannot follow those before it."""
        claim_id = UUID(entry["claim_id"])
        if entry["event"] == "claim":
            self.open_claim = OpenClaim(claim_id)
        elif self.open_claim is None or self.open_claim.claim_id != claim_id:
            raise ValueError(f"{entry['event']} of a claim that is not open")
        elif entry["event"] == "closed":
            self.open_claim = None
        else:
            self.open_claim.learn(entry)


def order_of_chip(path: Path, uid: str) -> UUID | None:
    """The order that the chip with this UID was last used for, by the journal at `path`; None for a strange one."""
    with path.open("rb") as lines:  # a journal of years: only the lines that name the chip are read
        naming = [_parse(line)["claim_id"] for line in lines if uid.encode() in line and line.endswith(b"\n")]
    for claim_id in dict.fromkeys(reversed(naming)):
        claim = next(claims(path, UUID(claim_id)))
        if claim.used_its_blank and claim.facts.get("chip_uid") == uid:
            return claim.order_id
    return None


def claims(path: Path, since: UUID | None = None) -> Iterator[OpenClaim]:
    """What the journal at `path` tells of each claim, oldest first, line by line however long it is.

    From the first line of the claim `since` on; all of it when `since` is None or is not in it.
    """
    if not path.exists():
        return
    found: OpenClaim | None = None
    with path.open("rb") as lines:
        lines.seek(_start(path, since))
        for line in lines:
            if not line.endswith(b"\n"):
                break  # torn: it was never acted upon
            entry = _parse(line)
            claim_id = UUID(entry["claim_id"])
            if found is None or found.claim_id != claim_id:
                if found is not None:
                    yield found
                found = OpenClaim(claim_id)
            if entry["event"] not in ("claim", "closed"):
                found.learn(entry)
    if found is not None:
        yield found


def _start(path: Path, since: UUID | None) -> int:
    """Where the lines of the claim begin, in bytes."""
    wanted, place = str(since).encode(), 0
    with path.open("rb") as lines:
        for line in lines:
            if wanted in line and _parse(line)["claim_id"] == str(since):
                return place
            place += len(line)
    return 0


def _parse(line: bytes) -> dict[str, Any]:
    """One complete line; ValueError when it is torn."""
    if not line.endswith(b"\n"):
        raise ValueError("torn")
    entry = json.loads(line)
    if not isinstance(entry, dict):
        raise ValueError("no event")
    return entry


def _sync_directory(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
