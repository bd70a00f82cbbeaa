"""The Merkle tree of RFC 6962, by whatever gives the hashes of its complete subtrees."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

HASH = 32
"""Bytes of a hash, SHA-256."""

EMPTY = hashlib.sha256(b"").digest()

Subtree = Callable[[int, int], bytes]
"""The hash of the complete subtree of 2**level leaves whose number among those is given."""


def leaf(entry: bytes) -> bytes:
    """The hash of an entry."""
    return hashlib.sha256(b"\0" + entry).digest()


def node(left: bytes, right: bytes) -> bytes:
    """The hash of what stands above two others."""
    return hashlib.sha256(b"\1" + left + right).digest()


def complete(hashes: Sequence[bytes]) -> bytes:
    """What stands above these, of which there are a power of two."""
    while len(hashes) > 1:
        hashes = [node(hashes[at], hashes[at + 1]) for at in range(0, len(hashes), 2)]
    return hashes[0]


def root(subtree: Subtree, first: int, last: int) -> bytes:
    """The hash over the leaves from `first` up to `last`, which is not among them."""
    width = last - first
    if not width:
        return EMPTY
    if width & (width - 1) == 0:
        return subtree(width.bit_length() - 1, first // width)
    middle = first + _left(width)
    return node(root(subtree, first, middle), root(subtree, middle, last))


def path(subtree: Subtree, index: int, first: int, last: int) -> list[bytes]:
    """The hashes that lead from a leaf to the root over these leaves, from below."""
    if last - first == 1:
        return []
    middle = first + _left(last - first)
    if index < middle:
        return [*path(subtree, index, first, middle), root(subtree, middle, last)]
    return [*path(subtree, index, middle, last), root(subtree, first, middle)]


def growth(subtree: Subtree, old: int, size: int) -> list[bytes]:
    """The hashes that prove of a log of `size` leaves that the first `old` are what it was; none from nothing on."""
    return _growth(subtree, old, (0, size), whole=True) if old else []


def _growth(subtree: Subtree, old: int, leaves: tuple[int, int], *, whole: bool) -> list[bytes]:
    """SUBPROOF of RFC 6962, 2.1.2; `whole`: these leaves are all that there were, so the asker knows their root."""
    first, last = leaves
    if old == last:
        return [] if whole else [root(subtree, first, last)]
    middle = first + _left(last - first)
    if old <= middle:
        return [*_growth(subtree, old, (first, middle), whole=whole), root(subtree, middle, last)]
    return [*_growth(subtree, old, (middle, last), whole=False), root(subtree, first, middle)]


def _left(width: int) -> int:
    """The largest power of two below `width`."""
    return 1 << ((width - 1).bit_length() - 1)
