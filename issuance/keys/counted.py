"""What a signer counts by itself: a line for every signature, chained by MACs, where no statement of SQL reaches.

Each process that signs writes a file of its own under `var/audit/signed`, the first that is free (`seal-1`, `seal-2`,
...), and holds it while its signer is open. Every line is as long: number, moment, order, SHA-256 of what was signed,
and an HMAC-SHA-256 over it and the MAC of the line before. Line 0 names the count itself in place of an order.
"""

from __future__ import annotations

import datetime as dt
import fcntl
import hashlib
import hmac
import os
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count as numbers
from pathlib import Path
from typing import BinaryIO
from uuid import UUID, uuid4
from weakref import finalize

from issuance.settings import Settings, key_file

MOMENT = "%Y-%m-%dT%H:%M:%SZ"
NOTHING = UUID(int=0)
"""In place of the order, where there is none."""

NONE_SIGNED = "0" * 64


@dataclass(frozen=True, slots=True)
class Line:
    """One signature: its number from 1, when, for which order, SHA-256 (hex) of what was signed, the line's MAC."""

    number: int
    at: dt.datetime
    about: UUID
    digest: str
    mac: str

    @property
    def said(self) -> str:
        """What the MAC covers."""
        return f"{self.number:010d} {self.at.strftime(MOMENT)} {self.about.hex} {self.digest}"

    @property
    def encoded(self) -> bytes:
        """The line as its file has it."""
        return f"{self.said} {self.mac}\n".encode()


WIDTH = len(Line(0, dt.datetime(2000, 1, 1), NOTHING, NONE_SIGNED, NONE_SIGNED).encoded)


@dataclass(frozen=True, slots=True)
class Counted:
    """How far a count was after a signature: which count, of what purpose, its last number and the MAC of that."""

    id: UUID
    purpose: str
    number: int
    mac: str


class Count:
    """The count of an open signer. OSError where no line can be written: nothing may be signed then."""

    def __init__(self, settings: Settings, purpose: str) -> None:
        self._settings, self._purpose = settings, purpose
        self._file: BinaryIO | None = None
        self._release: finalize[..., Count] | None = None

    def add(self, at: dt.datetime, about: UUID, data: bytes) -> Counted:
        """Count one signature over `data`, on the disk when this returns."""
        key, file = _key(self._settings), self._opened(at)
        file.seek(0, os.SEEK_END)
        whole = file.tell() // WIDTH
        last = _line(file, whole - 1)
        line = _chained(key, last.mac, Line(whole, at, about, hashlib.sha256(data).hexdigest(), ""))
        file.seek(whole * WIDTH)  # over what a full disk left of a line
        _written(file, line)
        return Counted(_line(file, 0).about, self._purpose, line.number, line.mac)

    def close(self) -> None:
        """Let another process have the file, as a signer that nobody has any more does by itself."""
        if self._release is not None:
            self._release()
            self._file = self._release = None

    def _opened(self, at: dt.datetime) -> BinaryIO:
        if self._file is None:
            self._file = _held(folder(self._settings), self._purpose)
            self._release = finalize(self, os.close, self._file.fileno())
            if os.fstat(self._file.fileno()).st_size < WIDTH:
                first = Line(0, at, uuid4(), NONE_SIGNED, "")
                self._file.seek(0)
                _written(self._file, _chained(_key(self._settings), self._purpose, first))
        return self._file


class Changed(Exception):
    """A count is not what it was: somebody cut or changed its file at this line."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


class Kept:
    """The file of a count, to be read; Changed when it does not begin as a count of this office."""

    def __init__(self, path: Path, settings: Settings) -> None:
        self._path, self._key = path, _key(settings)
        self.purpose = purpose_of(path)
        with path.open("rb") as file:
            first = _line(file, 0)
        if first != _chained(self._key, self.purpose, first):
            raise Changed(0)
        self.id, self._first = first.about, first

    def after(self, number: int, mac: str) -> Iterator[Line]:
        """The lines after the one with this number and MAC; Changed names the first that is not as it was written.

        With the number 0 any MAC does: all lines.
        """
        with self._path.open("rb") as file:
            last = _line(file, number) if number else self._first
            if number and last.mac != mac:
                raise Changed(number)
            whole = os.fstat(file.fileno()).st_size // WIDTH
            for place in range(number + 1, whole):
                line = _line(file, place)
                if line.number != place or line != _chained(self._key, last.mac, line):
                    raise Changed(place)
                yield line
                last = line


def purpose_of(path: Path) -> str:
    """What the signer of a count is for, by its file's name."""
    return path.name.rpartition("-")[0]


def id_of(path: Path) -> UUID:
    """By what a file is known again that does not begin as a count does."""
    with path.open("rb") as file:
        return UUID(bytes=hashlib.sha256(path.name.encode() + file.read(WIDTH)).digest()[:16])


def folder(settings: Settings) -> Path:
    """Where the counts of this host are."""
    return settings.var / "audit" / "signed"


def files(settings: Settings) -> list[Path]:
    """The counts of this host that were begun."""
    found = sorted(folder(settings).glob("*-*"))
    return [path for path in found if path.stat().st_size >= WIDTH]


def _held(place: Path, purpose: str) -> BinaryIO:
    """The first file of a purpose that no other process holds."""
    place.mkdir(parents=True, exist_ok=True, mode=0o700)
    for number in numbers(1):
        handle = os.open(place / f"{purpose}-{number}", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            continue
        return os.fdopen(handle, "r+b", buffering=0, closefd=False)
    raise AssertionError("there is no last number")


def _written(file: BinaryIO, line: Line) -> None:
    if file.write(line.encoded) != WIDTH:
        raise OSError("a line of the count was not written whole")
    os.fsync(file.fileno())


def _line(file: BinaryIO, place: int) -> Line:
    """The line at a place; Changed when there is none that can be read."""
    file.seek(place * WIDTH)
    try:
        number, at, about, digest, mac = file.read(WIDTH).decode("ascii").split()
        moment = dt.datetime.strptime(at, MOMENT).replace(tzinfo=dt.UTC)
        return Line(int(number), moment, UUID(hex=about), digest, mac)
    except ValueError as error:
        raise Changed(place) from error


def _chained(key: bytes, before: str, line: Line) -> Line:
    """The line with the MAC that it has behind another."""
    mac = hmac.new(key, f"{before} {line.said}".encode(), hashlib.sha256).hexdigest()
    return Line(line.number, line.at, line.about, line.digest, mac)


def _key(settings: Settings) -> bytes:
    return hmac.digest(key_file(settings, "audit-events"), b"liman count of signatures", "sha256")
