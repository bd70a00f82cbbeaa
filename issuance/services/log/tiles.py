"""The files of a log as C2SP tlog-tiles lays them out: hashes by 256 in tiles, entries by 256 in bundles.

A full tile is never written anew with other hashes; one that is not full has its width in its name.
"""

from __future__ import annotations

import shutil
import struct
from collections.abc import Iterator, Sequence
from pathlib import Path

from issuance.errors import Conflict
from issuance.services.log import merkle
from issuance.services.log.merkle import HASH
from issuance.settings import draft

WIDTH = 256
BITS = 8
"""A tile has this many levels of the tree above its hashes."""

MOST_BYTES = 0xFFFF
"""An entry cannot be longer."""

ENTRIES = "entries"


class Tiles:
    """The tiles of a log of `size` entries in a folder. Conflict names a file that is missing or damaged."""

    def __init__(self, folder: Path, size: int) -> None:
        self.folder, self.size = folder, size
        self._read: dict[tuple[int, int], bytes] = {}

    def root(self, size: int | None = None) -> bytes:
        """The root over all entries, or over the first `size`."""
        return merkle.root(self.subtree, 0, self.size if size is None else size)

    def path(self, index: int) -> list[bytes]:
        """The hashes that lead from an entry to the root."""
        return merkle.path(self.subtree, index, 0, self.size)

    def growth(self, old: int) -> list[bytes]:
        """The hashes that prove that it only grew since it had `old` entries."""
        return merkle.growth(self.subtree, old, self.size)

    def subtree(self, level: int, index: int) -> bytes:
        """The hash of a complete subtree, from the tile that has what is below it."""
        row, above = divmod(level, BITS)
        first = index << above
        tile, at = self.tile(row, first // WIDTH), first % WIDTH
        return merkle.complete([tile[HASH * each : HASH * (each + 1)] for each in range(at, at + (1 << above))])

    def tile(self, row: int, number: int) -> bytes:
        """The hashes of one tile."""
        if (row, number) not in self._read:
            width = self._width(row, number)
            data = self._file(str(row), number, width)[: HASH * width]
            if len(data) != HASH * width:
                raise self._damaged(str(row), number)
            self._read[row, number] = data
        return self._read[row, number]

    def bundle(self, number: int) -> list[bytes]:
        """The entries of one bundle."""
        width = self._width(0, number)
        entries = list(_split(self._file(ENTRIES, number, width)))[:width]
        if len(entries) != width:
            raise self._damaged(ENTRIES, number)
        return entries

    def grown(self, entries: Sequence[bytes]) -> Tiles:
        """Write what these entries add; the log with them."""
        for entry in entries:
            if len(entry) > MOST_BYTES:
                raise Conflict("An entry of the log is longer than %(most)s bytes.", most=MOST_BYTES)
        begun = self.bundle(self.size // WIDTH) if self.size % WIDTH else []
        for number, some in _tiled([*begun, *entries], self.size // WIDTH):
            self._write(ENTRIES, number, len(some), b"".join(struct.pack(">H", len(one)) + one for one in some))
        row, first, new = 0, self.size, [merkle.leaf(entry) for entry in entries]
        while new:
            new = list(self._add(row, first, new))
            row, first = row + 1, first // WIDTH
        return Tiles(self.folder, self.size + len(entries))

    def _add(self, row: int, first: int, new: list[bytes]) -> Iterator[bytes]:
        """Write hashes of a row from `first` on; the hashes above those tiles that are full now."""
        begun = self.tile(row, first // WIDTH) if first % WIDTH else b""
        known = [begun[at : at + HASH] for at in range(0, len(begun), HASH)]
        for number, some in _tiled([*known, *new], first // WIDTH):
            self._write(str(row), number, len(some), b"".join(some))
            if len(some) == WIDTH:
                yield merkle.complete(some)

    def _width(self, row: int, number: int) -> int:
        return min(WIDTH, (self.size >> (BITS * row)) - WIDTH * number)

    def _file(self, kind: str, number: int, width: int) -> bytes:
        """A tile or bundle of this width; when it grew since, what it became."""
        for path in (self._path(kind, number, width), self._path(kind, number, WIDTH)):
            if path.is_file():
                return path.read_bytes()
        raise self._damaged(kind, number)

    def _write(self, kind: str, number: int, width: int, data: bytes) -> None:
        path = self._path(kind, number, width)
        if path.is_file():
            if path.read_bytes() != data:
                raise self._damaged(kind, number)
            return
        draft(path, data).replace(path)
        if width == WIDTH:
            shutil.rmtree(path.with_name(f"{path.name}.p"), ignore_errors=True)

    def _path(self, kind: str, number: int, width: int) -> Path:
        path = self.folder / "tile" / kind / numbered(number)
        return path if width == WIDTH else path.with_name(f"{path.name}.p") / str(width)

    def _damaged(self, kind: str, number: int) -> Conflict:
        return Conflict(
            "%(path)s of the log is missing or is not what the register says: keep the folder, and run verify-audit.",
            path=self._path(kind, number, WIDTH),
        )


def numbered(number: int) -> str:
    """The place of a tile of this number: 1234067 is x001/x234/067."""
    parts = [f"{number % 1000:03d}"]
    while number := number // 1000:
        parts.insert(0, f"x{number % 1000:03d}")
    return "/".join(parts)


def _tiled(values: list[bytes], first: int) -> Iterator[tuple[int, list[bytes]]]:
    """Values by tiles, of which the first has the number `first`."""
    for number, at in enumerate(range(0, len(values), WIDTH), first):
        yield number, values[at : at + WIDTH]


def _split(data: bytes) -> Iterator[bytes]:
    """The entries of a bundle, each behind its length; one that is cut off is none."""
    at = 0
    while at + 2 <= len(data):
        end = at + 2 + int.from_bytes(data[at : at + 2], "big")
        if end > len(data):
            return
        yield data[at + 2 : end]
        at = end
