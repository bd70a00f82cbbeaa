"""A back-up of the register while the office works: one folder, one moment, restorable only whole.

The register is copied as of one moment: SQLite by its own backup, PostgreSQL by COPY within one snapshot. The file of
heads is copied before it, so that the copy of the register has everything that was signed. Keys are not among it
unless asked for: who has both can read everything.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError
from sqlalchemy import Connection, func, select
from sqlalchemy.orm import Session

from issuance import migrate
from issuance.clock import Clock
from issuance.errors import InvalidInput
from issuance.keys import fingerprints
from issuance.models.audit import AuditLink
from issuance.models.documents import NumberRange
from issuance.services.recovery import copies
from issuance.services.recovery.copies import Table
from issuance.settings import KeyName, Settings, heads_file, key_file

MANIFEST, HEADS, KEYS = "manifest.json", "heads.jsonl", "keys"
FITTING: tuple[KeyName, ...] = ("vault", "audit", "audit-events")
"""The keys without which a register cannot go on: what it encrypted, and what signed its audit."""


class Range(BaseModel):
    """A range of document numbers as it stood; `next` is the first that was not given."""

    prefix: str
    centre: str
    first: int
    next: int
    last: int


class Manifest(BaseModel):
    """What a back-up is: `files` are SHA-256 by name, `keys` fingerprints of the keys that it needs."""

    model_config = ConfigDict(extra="forbid")

    format: Literal[1] = 1
    made_at: dt.datetime
    database: Literal["sqlite", "postgresql"]
    migration: str
    files: dict[str, str]
    tables: dict[str, Table]
    ranges: list[Range]
    heads: dict[str, int]
    keys: dict[KeyName, str]


def make(settings: Settings, clock: Clock, folder: Path, *, with_keys: bool = False) -> Manifest:
    """Write a back-up into `folder`, which is new or empty; the manifest is written last. InvalidInput; OSError."""
    if folder.exists() and any(folder.iterdir()):
        raise InvalidInput("DIR", "The folder is not empty. Give a new one: every back-up has its own.")
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    heads = heads_file(settings)
    (folder / HEADS).write_bytes(whole_lines(heads))
    made_at = clock.now()
    with copies.saved(settings.database, folder) as (connection, tables):
        manifest = Manifest(
            made_at=made_at,
            database=copies.kind(settings.database),
            migration=copies.migration(connection),
            files={},
            tables=tables,
            ranges=list(_ranges(connection)),
            heads=_heads(connection),
            keys={name: fingerprint(settings, name) for name in FITTING if (settings.var / KEYS / name).exists()},
        )
    if with_keys:
        shutil.copytree(settings.var / KEYS, folder / KEYS)
    manifest.files = {name: _made_lasting(folder / name) for name in _files(folder)}
    (folder / MANIFEST).write_text(manifest.model_dump_json(indent=1) + "\n")
    _made_lasting(folder / MANIFEST)
    return manifest


def opened(folder: Path) -> Manifest:
    """The manifest of a whole back-up; InvalidInput when something of it is missing or not what it was."""
    try:
        manifest = Manifest.model_validate_json((folder / MANIFEST).read_bytes())
    except FileNotFoundError as error:
        raise InvalidInput("DIR", "There is no back-up in this folder, or it was never finished.") from error
    except ValidationError as error:
        raise InvalidInput("DIR", "The manifest of this back-up is damaged. Take another back-up.") from error
    for name, digest in manifest.files.items():
        if not (folder / name).is_file() or _digest(folder / name) != digest:
            raise InvalidInput("DIR", "%(file)s is missing or is not what it was. Take another back-up.", file=name)
    if manifest.migration not in migrate.numbers():
        raise InvalidInput("DIR", "This back-up is of a newer release. Install that release first.")
    return manifest


def fingerprint(settings: Settings, name: KeyName) -> str:
    """By what a key file is known again, in hex; InvalidInput when there is none."""
    if not (settings.var / KEYS / name).exists():
        raise InvalidInput(name, "The key file %(name)s is missing: put the copy from the safe back.", name=name)
    return fingerprints.fingerprint(name, key_file(settings, name))


def whole_lines(path: Path) -> bytes:
    """The lines of an append-only file that were finished; nothing when there is no file."""
    if not path.exists():
        return b""
    data = path.read_bytes()
    return data[: data.rfind(b"\n") + 1]


def digest_of(folder: Path) -> str:
    """SHA-256 (hex) of the manifest: which back-up this is."""
    return _digest(folder / MANIFEST)


def _ranges(connection: Connection) -> Iterator[Range]:
    with Session(connection) as session:
        for it in session.scalars(select(NumberRange).order_by(NumberRange.prefix, NumberRange.first_value)):
            yield Range(
                prefix=it.prefix,
                centre=str(it.centre_id),
                first=it.first_value,
                next=it.next_value,
                last=it.last_value,
            )


def _heads(connection: Connection) -> dict[str, int]:
    """How long each chain of the audit is."""
    lengths = select(AuditLink.chain, func.max(AuditLink.position)).group_by(AuditLink.chain)
    return {chain: length for chain, length in connection.execute(lengths)}


def _files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def _made_lasting(path: Path) -> str:
    """On the disk, for its owner only; its digest."""
    path.chmod(0o600)
    with path.open("rb") as file:
        os.fsync(file.fileno())
    return _digest(path)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
