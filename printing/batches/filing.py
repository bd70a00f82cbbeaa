"""The file of a batch as its keeper sees it: numbers and places, and nothing of what stands there."""

from __future__ import annotations

import hashlib
import io
import itertools
from array import array
from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from printing.batches.chunks import Composed, Sealed, write_at
from printing.batches.items import Summary
from printing.batches.journal import Begun
from printing.pages.leaves import Leaves, Shared
from printing.pages.pdf import FIRST, HEADER, Drawing, Form, Pages, Progress


class Room(NamedTuple):
    """The numbers of a chunk: those of what its pages share; what of that is new in the file; its own, up to `end`."""

    shared: list[int]
    new: Leaves
    first: int
    end: int


class Filing:
    """What is where in the file: objects by their numbers, pages in order, and what they share."""

    def __init__(self, file: int, begun: Begun, types: Counter[str]) -> None:
        self._file = file
        self.length = begun.length or write_at(file, [HEADER], 0)
        self.numbers, self.left, self.types = begun.numbers, begun.left, types
        self._offsets = array("Q", begun.offsets or [0] * FIRST)
        self._pages = array("Q", begun.pages)
        self._letters = {font: set(shown) for font, shown in begun.letters.items()}
        self._shared = begun.shared
        self._safe = (len(self.numbers), len(self.left), len(begun.offsets), len(begun.pages))

    @property
    def summary(self) -> Summary:
        """What is in the file."""
        return Summary(self.numbers, self.types, len(self._pages), self.left)

    def number(self, chunk: Composed) -> Room:
        """The next numbers, for a chunk whose pages need so many; what they share is numbered once a file."""
        new = Leaves(len(self._offsets), {})
        shared = [self._shared_number(what, page, new) for what, page in chunk.shared]
        first = len(self._offsets) + len(new.offsets)
        self._offsets.extend(itertools.repeat(0, len(new.offsets) + chunk.objects))
        return Room(shared, new, first, len(self._offsets))

    def place(self, chunk: Sealed, room: Room) -> int:
        """Where the chunk belongs, behind what is new of what its pages share, which is written."""
        at = self._set(room.first - len(room.new.offsets), room.new.offsets)
        write_at(self._file, room.new.parts, at)
        self.length += room.new.length
        at = self._set(room.first, chunk.offsets)
        self.length += chunk.length
        self._pages.extend(chunk.pages)
        self._show(room.new.letters.items())
        self._show(chunk.letters.items())
        self.numbers += chunk.numbers
        self.left += chunk.left
        self.types += chunk.types
        return at

    def part(self, places: int, room: Room) -> Begun:
        """What came since the part before, when the chunk of this room was placed and `places` are dealt with."""
        numbers, left, offsets, pages = self._safe
        self._safe = (len(self.numbers), len(self.left), room.end, len(self._pages))
        return Begun(
            places, self.length, self.numbers[numbers:], self.left[left:], list(self._offsets[offsets : room.end]),
            list(self._pages[pages:]), {font: sorted(shown) for font, shown in self._letters.items()},
            {digest: number for digest, number in self._shared.items() if number < room.end},
        )  # fmt: skip

    def close(self, title: str, cover: Iterable[Drawing]) -> None:
        """The cover before the first page, and the end of the file."""
        end = io.BytesIO()
        pages = Pages(end, title, Progress(self.length, self._offsets, self._pages, self._letters.items()))
        for place, drawing in enumerate(cover):
            pages.add(drawing, place)
        pages.close()
        write_at(self._file, [end.getvalue()], self.length)

    def _shared_number(self, what: Shared, page: Drawing, new: Leaves) -> int:
        digest = _digest(what, page)
        if digest not in self._shared:
            self._shared[digest] = new.share(what, page)
        return self._shared[digest]

    def _set(self, first: int, offsets: Iterable[int]) -> int:
        for number, offset in enumerate(offsets, first):
            self._offsets[number] = self.length + offset
        return self.length

    def _show(self, letters: Iterable[tuple[str, Iterable[int]]]) -> None:
        for font, shown in letters:
            self._letters.setdefault(font, set()).update(shown)


def _digest(what: Shared, page: Drawing) -> str:
    """What is the same in every process of a batch, and when it is gone on with."""
    kept = (what.compressed, what.letters, page.width, page.height) if isinstance(what, Form) else what
    return hashlib.sha256(repr(kept).encode()).hexdigest()
