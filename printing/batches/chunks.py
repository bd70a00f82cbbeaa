"""A chunk of a batch in the hands of one worker: read, composed, sealed, numbered and written into the one file.

What a worker is told and answers holds no page: texts to be signed and their signatures, numbers, places.
"""

from __future__ import annotations

import datetime as dt
import os
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import NamedTuple

from printing.batches.items import Absent, BatchError, Item, Left, Making, Source
from printing.errors import FontMissing, PrintingError
from printing.faces import compose
from printing.faces.inks import TO_COME, Job
from printing.pages import leaves, symbols
from printing.pages.leaves import Leaves, Shared
from printing.pages.pdf import FIRST, Drawing, Modules
from printing.seals import seal
from printing.seals.document_seal import encode_document
from printing.seals.encoding import SealError
from printing.seals.profiles import PROFILES

VANISHED = Absent(None, PrintingError("This document was there when the batch was begun, and is not any more."))
"""What a source has no word for at its end: nothing is left out unsaid."""
_SIGNATURE_SIZE = 64  # of a key of 256 bits
_MOST = 512  # pieces that the system takes at a time (IOV_MAX is 1024)


class Manner(NamedTuple):
    """How documents are made, as far as a worker has to know: it signs nothing."""

    specimen: bool
    packed: bool
    signer: str
    certificate_serial: int
    signature_date: dt.date | None

    @classmethod
    def of(cls, making: Making) -> Manner:
        """Without the signer, who stays where he is."""
        name, serial = (making.signer.identifier, making.signer.serial) if making.signer else ("", 0)
        return cls(making.specimen, making.packed, name, serial, making.signature_date if making.signer else None)


class Compose(NamedTuple):
    """Told: compose these documents, counted from 0. A chunk is named by its `start`."""

    start: int
    stop: int


class Composed(NamedTuple):
    """Answered: what is to be signed, one after another; what the pages share that this worker has no number for, each
    with a page that has it; how many objects they have of their own.
    """

    start: int
    to_sign: Sequence[bytes]
    shared: Sequence[tuple[Shared, Drawing]]
    objects: int


class Seal(NamedTuple):
    """Told: the signatures; the numbers of what is shared, and of the chunk's first object."""

    start: int
    signatures: Sequence[bytes]
    shared: Sequence[int]
    first: int


class Sealed(NamedTuple):
    """Answered: how long the chunk is, and what is in it, offsets from its beginning."""

    start: int
    length: int
    offsets: array[int]
    pages: array[int]
    letters: dict[str, set[int]]
    numbers: list[str]
    types: Counter[str]
    left: list[Left]


class Write(NamedTuple):
    """Told: where the chunk belongs in the file."""

    start: int
    offset: int


class Written(NamedTuple):
    """Answered: it is there."""

    start: int


Told = Compose | Seal | Write
Answer = Composed | Sealed | Written


@dataclass(slots=True)
class _Document:
    """One that is composed but for its symbol; `seal` is whole, or what is to be signed while `is_open`."""

    place: int
    item: Item
    pages: list[Drawing]
    seal: bytes | None
    is_open: bool = False


class Worker:
    """Does what it is told, for the chunks that it was given."""

    def __init__(self, source: Source, manner: Manner, file: int) -> None:
        self._source, self._manner, self._file = source, manner, file
        self._shared: dict[Shared, int] = {}
        self._chunks: dict[int, _Chunk] = {}

    def warm(self, start: int) -> None:
        """Make one document for nothing: what is made once a process is there before others are forked off it."""
        chunk = _Chunk(start, self._manner)
        chunk.read(self._source[start : start + 1])
        asked = chunk.composed({})
        unsigned = [bytes(_SIGNATURE_SIZE)] * len(asked.to_sign)
        chunk.sealed(Seal(start, unsigned, range(len(asked.shared)), FIRST), {})

    def answer(self, told: Told) -> Answer:
        """BatchError when the file cannot be written, FontMissing for what no document can do without."""
        match told:
            case Compose():
                chunk = self._chunks[told.start] = _Chunk(told.start, self._manner)
                found: list[Item | Absent] = [*self._source[told.start : told.stop]]
                chunk.read(found + [VANISHED] * (told.stop - told.start - len(found)))
                return chunk.composed(self._shared)
            case Seal():
                return self._chunks[told.start].sealed(told, self._shared)
            case Write():
                self._chunks.pop(told.start).write(self._file, told.offset)
                return Written(told.start)


class _Chunk:
    """The documents of one chunk, until they are in the file."""

    def __init__(self, start: int, manner: Manner) -> None:
        self._start, self._manner = start, manner
        self._documents: list[_Document] = []
        self._left: list[Left] = []
        self._new: tuple[Shared, ...] = ()
        self._parts: list[bytes] = []

    def read(self, found: Iterable[Item | Absent]) -> None:
        """Compose each; what cannot be is left out."""
        for place, item in enumerate(found, self._start + 1):
            if isinstance(item, Absent):
                self._left.append(Left(place, *item))
                continue
            try:
                self._documents.append(self._document(place, item))
            except FontMissing:
                raise
            except Exception as error:  # whatever is wrong with one document, the others are made
                self._leave_out(place, item, error)

    def composed(self, known: Mapping[Shared, int]) -> Composed:
        """What is wanted of the one who keeps the file."""
        pages = [page for document in self._documents for page in document.pages]
        new = {what: page for page in reversed(pages) for what in leaves.shared(page) if what not in known}
        ordered = {what: new[what] for page in pages for what in leaves.shared(page) if what in new}
        self._new = tuple(ordered)
        shared = [(what, replace(page, marks=())) for what, page in ordered.items()]
        to_sign = [document.seal or b"" for document in self._documents if document.is_open]
        return Composed(self._start, to_sign, shared, sum(map(leaves.objects, pages)))

    def sealed(self, told: Seal, shared: dict[Shared, int]) -> Sealed:
        """Make the pages' bytes, with numbers."""
        shared.update(zip(self._new, told.shared, strict=True))
        self._sign(iter(told.signatures))
        symbols_of = self._symbols()
        bound, numbers, types = Leaves(told.first, shared, packed=self._manner.packed), list[str](), Counter[str]()
        for document in self._documents:
            for page in document.pages:
                bound.add(_with_symbol(page, symbols_of.get(document.place)))
            numbers.append(document.item.content.document_number)
            types[document.item.template.document_type] += 1
        self._documents, self._parts = [], bound.parts
        left = sorted(self._left)
        return Sealed(
            self._start, bound.length, bound.offsets, bound.pages, bound.letters, numbers, types, left
        )  # fmt: skip

    def write(self, file: int, offset: int) -> None:
        """BatchError, which says why, when there is no room."""
        parts = iter(self._parts)
        while some := list(islice(parts, _MOST)):
            offset = write_at(file, some, offset)

    def _document(self, place: int, item: Item) -> _Document:
        content, template, whole = item
        is_open = bool(self._manner.signature_date and template.seal and not whole)
        to_come = TO_COME if whole or is_open else None
        job = compose.job(content, template, specimen=self._manner.specimen, seal=to_come)
        pages = [artwork.drawing for artwork in compose.artworks(job)]
        return _Document(place, item, pages, self._to_sign(job) if is_open else whole, is_open)

    def _to_sign(self, job: Job) -> bytes:
        manner = self._manner
        assert manner.signature_date
        return encode_document(
            job.content,
            job.template,
            signer=manner.signer,
            certificate_serial=manner.certificate_serial,
            signature_date=manner.signature_date,
            printed=job.zone,
        )

    def _sign(self, signatures: Iterator[bytes]) -> None:
        """Put the signatures where they are wanted."""
        documents, self._documents = self._documents, []
        for document in documents:
            try:
                if document.is_open:
                    profile = document.item.template.seal or ""
                    document.seal = seal.signed(document.seal or b"", next(signatures), profile)
                self._documents.append(document)
            except SealError as error:
                self._leave_out(document.place, document.item, error)

    def _symbols(self) -> dict[int, Modules]:
        """The symbol of each document that has one, by its place: all of one size and room at once."""
        rooms: dict[tuple[str, Modules], list[_Document]] = {}
        for document in self._documents:
            if room := next(_rooms(document.pages), None):
                rooms.setdefault((document.item.template.seal or "", room), []).append(document)
        return {place: symbol for room, some in rooms.items() for place, symbol in self._drawn(*room, some)}

    def _drawn(self, profile: str, room: Modules, documents: Sequence[_Document]) -> list[tuple[int, Modules]]:
        seals = [document.seal or b"" for document in documents]
        try:
            made = symbols.data_matrices(seals, room.side, room.box, PROFILES[profile].module_mm)
        except PrintingError as error:
            if len(documents) > 1:  # one of them is wrong
                return [each for document in documents for each in self._drawn(profile, room, [document])]
            self._documents.remove(documents[0])
            self._leave_out(documents[0].place, documents[0].item, error)
            return []
        return [(document.place, symbol) for document, symbol in zip(documents, made, strict=True)]

    def _leave_out(self, place: int, item: Item, error: Exception) -> None:
        self._left.append(Left(place, item.content.document_number, _sentence(error)))


def write_at(file: int, parts: Sequence[bytes], offset: int) -> int:
    """Write all parts there; where they end. BatchError, which says why, when that cannot be."""
    end = offset + sum(map(len, parts))
    try:
        done = os.pwritev(file, parts, offset)
        if offset + done < end:  # on a full disk, or interrupted: try the rest, and hear why
            rest = memoryview(b"".join(parts))
            while offset + done < end:
                done += os.pwrite(file, rest[done:], offset + done)
    except OSError as error:
        raise BatchError("The batch cannot be written: %(why)s.", why=os.strerror(error.errno or 0)) from error
    return end


def _rooms(pages: Iterable[Drawing]) -> Iterator[Modules]:
    return (mark for page in pages for mark in page.marks if isinstance(mark, Modules) and mark.rows == TO_COME)


def _with_symbol(page: Drawing, symbol: Modules | None) -> Drawing:
    if symbol is None:
        return page
    marks = [symbol if isinstance(mark, Modules) and mark.rows == TO_COME else mark for mark in page.marks]
    return replace(page, marks=tuple(marks))


def _sentence(error: Exception) -> PrintingError:
    """Why a document was left out, as an error that can be pickled, and kept."""
    if isinstance(error, PrintingError):
        return PrintingError(error.message, error.field, **error.params)
    if isinstance(error, SealError):
        return PrintingError("The seal cannot be made: its %(part)s is not as it must be.", "seal", part=error.part)
    message = "It cannot be composed (%(kind)s), and no rule of this program says why. Report it."
    return PrintingError(message, kind=type(error).__name__)
