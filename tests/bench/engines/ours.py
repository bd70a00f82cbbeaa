"""Ours: `printing.faces.batch` and `printing.faces.compose`, with seal, signature and symbol made within the time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from printing.faces import batch, compose
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

    def __iter__(self) -> Iterator[batch.Item]:
        chosen = records.template(self.kind)
        for content in records.contents(self.folder, self.kind, self.start, self.stop):
            yield batch.Item(content, chosen)


SIGNER = records.Signer()


def documents(folder: Path, kind: str, start: int, stop: int) -> Contents:
    """The documents of a kind."""
    return Contents(folder, kind, start, stop)


def single(document: batch.Item) -> bytes:
    """One document, from its content to the bytes of its PDF."""
    content, template, _ = document
    artworks = compose.compose(content, template, specimen=False, seal=records.sealed(content, template, SIGNER))
    return compose.document_pdf(artworks)


def many(documents: Contents, out: Path, processes: int) -> None:
    """All documents to one PDF."""
    making = batch.Making(signer=SIGNER, signature_date=records.MAKING_DAY)
    batch.write(documents, out, making, processes=processes)
