"""Slabs of a paper, stacked from the top of a page down and carried over to as many pages as they need."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from printing.errors import FitError
from printing.pages import pdf
from printing.pages.pdf import POINTS_PER_MM, Ops


@dataclass(frozen=True, slots=True)
class Slab:
    """A strip of a page, never broken: its height in points and what its columns draw, y = 0 at its top edge.

    `keep` holds it on the page of the slab after it. `head` is drawn again above it when it begins a page. Without
    columns it is a space, which no page begins with.
    """

    height: float
    columns: tuple[Ops, ...] = ()
    keep: bool = False
    head: Slab | None = None


Placed = tuple[float, Slab]
"""The height of a slab's top edge above the foot of the page, and the slab."""


def space(height: float) -> Slab:
    """White between two slabs."""
    return Slab(height, keep=True)


def stacked(slabs: Iterable[Slab], top: float, foot: float, name: str) -> list[list[Placed]]:
    """The pages, from `top` down to `foot`; FitError naming the paper for what is higher than a page."""
    pages, y = [list[Placed]()], top
    for chain in _chains(slabs):
        if y - sum(slab.height for slab in chain) < foot and pages[-1]:
            pages.append([])
            y = top
            chain = _opening(chain)
        height = sum(slab.height for slab in chain)
        if y - height < foot - 0.01:
            raise FitError(name, len(chain), 0, (top - foot) / POINTS_PER_MM, 0)
        for slab in chain:
            pages[-1].append((y, slab))
            y -= slab.height
    return pages


def _chains(slabs: Iterable[Slab]) -> Iterator[list[Slab]]:
    """Slabs that stay together."""
    chain = list[Slab]()
    for slab in slabs:
        chain.append(slab)
        if not slab.keep:
            yield chain
            chain = []
    if any(slab.columns for slab in chain):
        yield chain


def _opening(chain: Sequence[Slab]) -> list[Slab]:
    """What begins a page: no white, and the head of a table that goes on."""
    first = next(at for at, slab in enumerate(chain) if slab.columns)
    head = chain[first].head
    return [*([head] if head else []), *chain[first:]]


def drawn(placed: Sequence[Placed]) -> Ops:
    """The operators of a page in the order in which it is read: the first column of all slabs, then the next."""
    columns = max(len(slab.columns) for _, slab in placed)
    return pdf.joined(
        _moved(slab.columns[column], y) for column in range(columns) for y, slab in placed if column < len(slab.columns)
    )


def _moved(ops: Ops, y: float) -> Ops:
    return Ops(f"q 1 0 0 1 0 {y:.3f} cm\n{ops.code}\nQ", ops.letters)
