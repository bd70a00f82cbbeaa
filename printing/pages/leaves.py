"""Pages as bytes that follow one another, for a file in which their place is not known yet.

What pages share is written once a file, by whoever keeps the file; so are the fonts of the letters they show.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping

from isal import isal_zlib

from printing.pages.pdf import DEFLATED, END, Bitmap, Drawing, Form, Picture, Sheets

FASTEST = 0  # ISA-L's level that costs least: a few microseconds a page
Shared = Form | Bitmap
"""What many pages have alike: a form, or the fade of a ghost."""


class Leaves(Sheets):
    """The objects of some pages, the first of them numbered `first`; `shared` has the numbers of all they share.

    `parts` are the bytes, `length` of them; `offsets` say where in them each object begins, and `pages` which of the
    numbers are pages. Operators are deflated when the pages are `packed`.
    """

    def __init__(self, first: int, shared: Mapping[Shared, int], *, packed: bool = False) -> None:
        super().__init__()
        self._shared = {**shared}
        self._first, self._packed = first, packed
        self.parts: list[bytes] = []
        self.offsets, self.pages, self.length = array("Q"), array("Q"), 0

    def add(self, drawing: Drawing) -> None:
        """One page more."""
        self.pages.append(self._drawn(drawing))

    def share(self, what: Shared, page: Drawing) -> int:
        """Write what pages like this one share; its number."""
        return self._form(what, page) if isinstance(what, Form) else self._ghost_state(what)

    def _write(self, *body: bytes, number: int = 0) -> int:
        number = self._first + len(self.offsets)
        parts = (b"%d 0 obj\n" % number, *body, b"\nendobj\n")
        self.offsets.append(self.length)
        self.parts += parts
        self.length += sum(map(len, parts))
        return number

    def _contents(self, code: bytes) -> tuple[bytes, ...]:
        if not self._packed:
            return super()._contents(code)
        packed = isal_zlib.compress(code, FASTEST)
        return DEFLATED % (len(packed), b""), packed, END


def objects(drawing: Drawing) -> int:
    """How many objects of a page are its own: the page, its operators, its pictures and their masks."""
    bitmaps = {id(mark.bitmap): mark.bitmap for mark in drawing.marks if isinstance(mark, Picture)}
    return 2 + sum(1 if bitmap.alpha is None else 2 for bitmap in bitmaps.values())


def shared(drawing: Drawing) -> Iterator[Shared]:
    """What a page has in common with others, in its order."""
    for mark in drawing.marks:
        if isinstance(mark, Form):
            yield mark
        elif isinstance(mark, Picture) and mark.fade:
            yield mark.fade
