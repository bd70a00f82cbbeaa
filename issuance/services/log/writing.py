"""A log grows by what its chain has more, and says so in a checkpoint: at most one writes, nothing is ever taken back.

The file `state` says what the tiles hold; `checkpoint` and the lines of `history.jsonl` what was vouched for, of
which a second place keeps a copy. Nothing is signed that does not continue both.
"""

from __future__ import annotations

import datetime as dt
import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import func, select

from issuance.acts import Look
from issuance.errors import Conflict
from issuance.models.audit import AuditLink
from issuance.models.recovery import RegisterEpoch
from issuance.models.staff import Centre
from issuance.services.log import entries, notes
from issuance.services.log.notes import Checkpoint
from issuance.services.log.tiles import WIDTH, Tiles
from issuance.settings import Settings, draft, key_file
from issuance.witness import canonical

OFFICE = "office"
"""The chain of what happens at no centre."""

BATCH = 8 * WIDTH
STATE, CHECKPOINT, HISTORY, KEY, LOCK = "state", "checkpoint", "history.jsonl", "key", "lock"
TAIL = 1 << 16
"""How many bytes of a history are read to find its last line."""


class Log:
    """The log of one chain in this epoch of the register: its name, its folder, its key."""

    def __init__(self, look: Look, chain: str) -> None:
        self.chain = chain
        self._settings = look.settings
        self.origin = f"{named(look.settings)}/{chain}{_epoch(look)}"
        self.folder = look.settings.var / "log" / self.origin
        self.copy = look.settings.log_copy / self.origin if look.settings.log_copy else None

    @cached_property
    def _key(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(key_file(self._settings, "log"))

    @property
    def is_begun(self) -> bool:
        """Whether there are files of it on this machine."""
        return self.folder.exists()

    @property
    def verifier(self) -> str:
        """The key by which strangers open its checkpoints."""
        return notes.verifier(self.origin, self._key.public_key())

    def signed(self, checkpoint: Checkpoint) -> str:
        """A checkpoint of it, signed."""
        return notes.signed(checkpoint, self._key)

    def opened(self, note: str, path: Path) -> Checkpoint:
        """The checkpoint that a note in this file is; Conflict when its key did not sign it."""
        checkpoint = notes.opened(note, self.origin, self._key.public_key())
        if checkpoint is None:
            raise Conflict(
                "%(path)s does not carry the signature of this log: keep the file, and run verify-audit.", path=path
            )
        return checkpoint

    def tiles(self) -> Tiles:
        """What its files hold."""
        path = self.folder / STATE
        try:
            return Tiles(self.folder, int(path.read_text()) if path.exists() else 0)
        except ValueError as error:
            raise Conflict("%(path)s is damaged: keep the file, and run verify-audit.", path=path) from error

    @property
    def note(self) -> str:
        """Its newest checkpoint as it was signed; nothing before the first."""
        path = self.folder / CHECKPOINT
        return path.read_bytes().decode("utf-8", "replace") if path.exists() else ""

    def newest(self) -> Checkpoint | None:
        """Its newest checkpoint; None before the first."""
        return self.opened(self.note, self.folder / CHECKPOINT) if self.note else None

    def signed_at(self) -> dt.datetime | None:
        """When its history last grew, by the machine that wrote it."""
        line = _last_line(self.folder / HISTORY)
        return dt.datetime.fromisoformat(json.loads(line)["at"]) if line else None

    def last_of(self, folder: Path) -> Checkpoint | None:
        """The last checkpoint of a history; None for an empty one."""
        path = folder / HISTORY
        line = _last_line(path)
        if not line:
            return None
        try:
            return self.opened(str(json.loads(line)["checkpoint"]), path)
        except (ValueError, KeyError, TypeError) as error:
            raise Conflict("%(path)s is damaged: keep the file, and run verify-audit.", path=path) from error


def named(settings: Settings) -> str:
    """What the names of all logs of this office begin with."""
    return settings.log_name or urlsplit(settings.public_url).netloc


def _epoch(look: Look) -> str:
    """A restore may cut a chain, which no log can follow: another begins."""
    number = look.once("epoch of the log", lambda: look.session.scalar(select(func.max(RegisterEpoch.number))))
    return f"-{number}" if number else ""


def logs(look: Look, centre_id: UUID | None = None) -> list[Log]:
    """The logs of all chains that began, or that of one centre."""
    every = look.session.scalars(select(Centre.id).order_by(Centre.id)).all() if centre_id is None else [centre_id]
    chains = [*([OFFICE] if centre_id is None else []), *map(str, every)]
    first = select(AuditLink.chain).where(AuditLink.chain.in_(chains), AuditLink.position == 1)
    began = set(look.session.scalars(first))
    return [Log(look, chain) for chain in chains if chain in began]


def grow(look: Look, log: Log) -> bool:
    """Write the next entries of a log into its tiles; whether there may be more. Conflict when the chain is another."""
    with _alone(log.folder):
        tiles = log.tiles()
        check_continues(look, log, tiles)
        new = entries.found(look, log.chain, tiles.size, BATCH)
        if new:
            tiles = tiles.grown(new)
            draft(log.folder / STATE, str(tiles.size).encode()).replace(log.folder / STATE)
    return len(new) == BATCH


def check_continues(look: Look, log: Log, tiles: Tiles) -> None:
    """Conflict unless the last entry of these tiles is what the register says of its event."""
    if not tiles.size:
        return
    ours = entries.looked_up(look, log.chain, tiles.size - 1, 1)
    if not ours:
        raise Conflict(
            "The log %(name)s has %(size)s entries and the chain fewer: the chain was cut. Run verify-audit.",
            name=log.origin,
            size=tiles.size,
        )
    if ours[0] != tiles.bundle((tiles.size - 1) // WIDTH)[-1]:
        raise Conflict(
            "Entry %(size)s of the log %(name)s is not what the register says: the chain was written anew."
            " Run verify-audit.",
            name=log.origin,
            size=tiles.size,
        )


def publish(look: Look, log: Log) -> bool:
    """Sign what the tiles hold, keep it in the history and at the second place; whether anything moved.

    Conflict when it does not continue what was signed before, here or there.
    """
    with _alone(log.folder):
        tiles, newest = log.tiles(), log.newest()
        places = [place for place in (log.folder, log.copy) if place]
        last = {place: log.last_of(place) for place in places}
        for before in (newest, *last.values()):
            if before:
                check_consistent(tiles, before)
        now = Checkpoint(log.origin, tiles.size, tiles.root())
        note = log.signed(now)
        if newest != now:  # else cosignatures may stand under it
            _replace(log.folder / KEY, f"{log.verifier}\n")
            _replace(log.folder / CHECKPOINT, note)
        behind = [place for place, known in last.items() if not known or known.size < tiles.size]
        for place in behind:
            _append(place / HISTORY, {"at": look.clock.now().isoformat(), "checkpoint": note})
            _replace(place / KEY, f"{log.verifier}\n")
            _replace(place / CHECKPOINT, note)
    return bool(behind)


def cosign(log: Log, checkpoint: Checkpoint, lines: str) -> None:
    """Put cosignatures under a checkpoint, here and at the second place, while it is the newest there."""
    with _alone(log.folder):
        note = log.signed(checkpoint) + lines
        if log.newest() == checkpoint:
            _replace(log.folder / CHECKPOINT, note)
        if log.copy and log.last_of(log.copy) == checkpoint:
            _replace(log.copy / CHECKPOINT, note)


def at(log: Log, size: int) -> str:
    """The checkpoint of a log as long as it was then, always the same one; nothing while it is shorter."""
    newest, tiles = log.newest(), log.tiles()
    if newest is None or not 0 < size <= newest.size:
        return ""
    check_consistent(tiles, newest)
    return log.signed(Checkpoint(log.origin, size, tiles.root(size)))


def check_consistent(tiles: Tiles, before: Checkpoint) -> None:
    """Conflict unless the log that was signed is the beginning of these tiles."""
    if before.size > tiles.size:
        raise Conflict(
            "The log %(name)s was signed with %(size)s entries and has %(left)s: it was cut. Nothing is signed. Run"
            " verify-audit.",
            name=before.origin,
            size=before.size,
            left=tiles.size,
        )
    if tiles.root(before.size) != before.root:
        raise Conflict(
            "The log %(name)s was signed with %(size)s other entries: there are two stories. Nothing is signed. Run"
            " verify-audit.",
            name=before.origin,
            size=before.size,
        )


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One process at a time writes a log."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (folder / LOCK).open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _replace(path: Path, text: str) -> None:
    if not path.exists() or path.read_text("utf-8", "replace") != text:
        draft(path, text.encode()).replace(path)


def _append(path: Path, entry: dict[str, Any]) -> None:
    """One line more, on the disk when this returns; what a crash left of a line before is cut off."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with path.open("a+b") as out:
        size = out.seek(0, os.SEEK_END)
        out.seek(max(0, size - TAIL))
        out.truncate(size - len(out.read().rpartition(b"\n")[2]))
        out.write(canonical(entry) + b"\n")
        out.flush()
        os.fsync(out.fileno())


def _last_line(path: Path) -> bytes:
    """The last whole line of a file, or nothing."""
    if not path.exists():
        return b""
    with path.open("rb") as file:
        file.seek(max(0, file.seek(0, os.SEEK_END) - TAIL))
        complete, _, _ = file.read().rpartition(b"\n")
    return complete.rpartition(b"\n")[2]
