"""A log compared with the register, two tiles at a time: what a proof of the audit finds in it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from enum import StrEnum
from functools import partial

from issuance.acts import Look
from issuance.errors import Conflict
from issuance.services.log import entries, merkle
from issuance.services.log.notes import Checkpoint
from issuance.services.log.tiles import BITS, WIDTH, Tiles
from issuance.services.log.writing import Log

TILES = 2
"""How many are compared in a step."""

Difference = tuple[int, "Differs"]
"""The number of an entry, from 1 as its place in the chain, and how it differs."""


class Differs(StrEnum):
    """How a log can differ from the register, or from what was signed of it."""

    FORGED = "forged"
    CUT = "cut"
    REORDERED = "reordered"
    FORKED = "forked"


def of_entries(look: Look, log: Log, first: int) -> tuple[list[Difference], int | None]:
    """What differs in the tiles from this number on; which is the next, or None at the end."""
    tiles = log.tiles()
    last = -(-tiles.size // WIDTH)
    numbers = range(first, min(first + TILES, last))
    found = [each for number in numbers for each in _of_tile(look, log, tiles, number)]
    return found, numbers.stop if numbers.stop < last else None


def _of_tile(look: Look, log: Log, tiles: Tiles, number: int) -> Iterator[Difference]:
    first = number * WIDTH
    try:
        logged, hashes = tiles.bundle(number), tiles.tile(0, number)
        above = tiles.subtree(BITS, number) if len(logged) == WIDTH else None
    except Conflict:
        yield first + 1, Differs.CUT
        return
    ours = entries.looked_up(look, log.chain, first, len(logged))
    ours = [*ours, *[None] * (len(logged) - len(ours))]
    for at, entry in enumerate(logged):
        if ours[at] != entry:
            yield first + at + 1, _how(ours[at], entry, ours)
        elif hashes[merkle.HASH * at : merkle.HASH * (at + 1)] != merkle.leaf(entry):
            yield first + at + 1, Differs.FORGED
    if above is not None and above != merkle.complete(_hashes(hashes)):
        yield first + 1, Differs.FORGED


def _how(ours: bytes | None, logged: bytes, around: Sequence[bytes | None]) -> Differs:
    if ours is None:
        return Differs.CUT
    elsewhere = {_event(entry) for entry in around if entry not in (None, ours)}
    return Differs.REORDERED if _event(logged) in elsewhere else Differs.FORGED


def _event(entry: bytes | None) -> object:
    """Which event an entry is of; nothing for what cannot be read."""
    try:
        return json.loads(entry or b"")["event"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def _hashes(tile: bytes) -> list[bytes]:
    return [tile[at : at + merkle.HASH] for at in range(0, len(tile), merkle.HASH)]


def of_heads(log: Log) -> set[Difference]:
    """What differs between the tiles and what was signed of them, here and at the second place."""
    tiles = log.tiles()
    found: set[Difference] = set()
    reads: list[Callable[[], Checkpoint | None]] = [partial(log.last_of, at) for at in (log.folder, log.copy) if at]
    for read in (log.newest, *reads):
        try:
            known = read()
        except Conflict:
            found.add((tiles.size, Differs.FORGED))
            continue
        found |= set(_against(tiles, known)) if known else set()
    return found


def _against(tiles: Tiles, signed: Checkpoint) -> Iterator[Difference]:
    try:
        if signed.size > tiles.size:
            yield tiles.size + 1, Differs.CUT
        elif tiles.root(signed.size) != signed.root:
            yield signed.size, Differs.FORKED
    except Conflict:
        yield signed.size, Differs.CUT
