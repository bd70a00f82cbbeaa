"""What of an unfinished batch is safe: one line of JSON for each part, made safe itself before the next one ends."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from printing.batches.items import Left
from printing.errors import PrintingError


@dataclass
class Begun:
    """What is safe: `places` documents were dealt with, in `length` bytes.

    `numbers` are those of the documents made, `left` are those left out. `offsets` are of the file's objects by their
    numbers, `pages` the numbers of its pages, `letters` those shown of each font, `shared` the numbers of what pages
    share, by its digest.
    """

    places: int = 0
    length: int = 0
    numbers: list[str] = field(default_factory=list)
    left: list[Left] = field(default_factory=list)
    offsets: list[int] = field(default_factory=list)
    pages: list[int] = field(default_factory=list)
    letters: dict[str, list[int]] = field(default_factory=dict)
    shared: dict[str, int] = field(default_factory=dict)

    def add(self, part: Begun) -> None:
        """One part more: it has what is new of the lists, and the whole of the rest."""
        self.places, self.length, self.letters, self.shared = part.places, part.length, part.letters, part.shared
        self.numbers += part.numbers
        self.left += part.left
        self.offsets += part.offsets
        self.pages += part.pages


class Journal:
    """The file beside the batch; a line that was cut off counts for nothing."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> Begun:
        """The parts that are safe. What was cut off behind them is removed."""
        begun, whole = Begun(), 0
        for line in self._path.read_bytes().splitlines(keepends=True) if self._path.exists() else ():
            try:
                part = _part(json.loads(line))
            except (ValueError, TypeError):
                break
            if not line.endswith(b"\n"):
                break
            begun.add(part)
            whole += len(line)
        if self._path.exists():
            os.truncate(self._path, whole)
        return begun

    def add(self, part: Begun) -> None:
        """One part more."""
        said = vars(part) | {"left": [(each.place, each.number, *_sentence(each.why)) for each in part.left]}
        with self._path.open("ab") as file:
            file.write(json.dumps(said, default=str).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())

    def remove(self) -> None:
        """The batch is whole, or nothing of it is safe."""
        self._path.unlink(missing_ok=True)


def _sentence(why: PrintingError) -> tuple[str, str | None, dict[str, object]]:
    return why.message, why.field, why.params


def _part(said: dict[str, Any]) -> Begun:
    left = [Left(place, number, PrintingError(*why, **params)) for place, number, *why, params in said["left"]]
    return Begun(**said | {"left": left})
