"""Ours: `printing.batches` and `printing.faces.compose`, with seal, signature and symbol made within the time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from printing.batches import writing
from printing.batches.items import Item, Making
from printing.faces import compose
from tests.bench import records


@dataclass(frozen=True)
class Contents:
    """Documents whose contents are read from the folder while the batch is written."""

    folder: Path
    kind: str
    start: int
    stop: int

    def __len__(self) -> int:
        return self.stop - self.start

    def __iter__(self) -> Iterator[Item]:
        return iter(self[:])

    def __getitem__(self, places: slice) -> Sequence[Item]:
        first, last, _ = places.indices(len(self))
        chosen = records.template(self.kind)
        found = records.contents(self.folder, self.kind, self.start + first, self.start + last)
        return [Item(content, chosen) for content in found]


SIGNER = records.Signer()


def documents(folder: Path, kind: str, start: int, stop: int) -> Contents:
    """The documents of a kind."""
    return Contents(folder, kind, start, stop)


def single(document: Item) -> bytes:
    """One document, from its content to the bytes of its PDF."""
    content, template, _ = document
    artworks = compose.compose(content, template, specimen=False, seal=records.sealed(content, template, SIGNER))
    return compose.document_pdf(artworks)


def many(documents: Contents, out: Path, processes: int) -> None:
    """All documents to one PDF."""
    making = Making(signer=SIGNER, signature_date=records.MAKING_DAY)
    writing.write(documents, out, making, processes=processes)
