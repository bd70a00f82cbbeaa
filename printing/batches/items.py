"""What a batch is made of and what it contains."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from printing.content import DocumentContent, Template
from printing.errors import PrintingError


class SealSigner(Protocol):
    """A signer with the name and serial number of its certificate, as a seal's header has them."""

    identifier: str
    serial: int

    def sign(self, data: bytes) -> bytes:
        """See `signing.Signer`."""
        ...


class Item(NamedTuple):
    """One document of a batch; `seal` is its whole seal where it was signed before."""

    content: DocumentContent
    template: Template
    seal: bytes | None = None


class Absent(NamedTuple):
    """A document that is not there any more, or cannot be read: its number where it is known, and why, for a person."""

    number: str | None
    why: PrintingError


class Source(Protocol):
    """The documents in their order, read a slice at a time by whoever composes them: a list is one.

    Other processes read too: after a fork, or from a pickled copy. The same slice is the same documents each time.
    """

    def __len__(self) -> int: ...

    def __getitem__(self, places: slice, /) -> Sequence[Item | Absent]: ...


class Left(NamedTuple):
    """A document that was left out: its place from 1, its number where it is known, and why, for a person."""

    place: int
    number: str | None
    why: PrintingError


@dataclass(frozen=True)
class Summary:
    """What a batch contains: the document numbers in order, how many there are of each type, and what was left out."""

    numbers: Sequence[str]
    types: Counter[str]
    pages: int
    left: Sequence[Left] = ()


@dataclass(frozen=True)
class Making:
    """How the documents are made: as specimens, or sealed by `signer` on `signature_date`.

    `packed` pages are a tenth smaller and cost no more time, but other processors may make other bytes of them.
    """

    specimen: bool = False
    signer: SealSigner | None = None
    signature_date: dt.date | None = None
    packed: bool = True


AS_THEY_ARE = Making()
"""Documents that were sealed before, or are of types without a seal."""


class BatchError(PrintingError):
    """A batch that cannot be made or gone on with."""
