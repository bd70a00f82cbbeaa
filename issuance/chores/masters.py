"""Data keys move under the newest master key, some at a time; the other tasks have their turn in between."""

from __future__ import annotations

import datetime as dt
import time

import structlog

from issuance.actors import SYSTEM
from issuance.background import Periodic, task
from issuance.office import Office
from issuance.services import masters

log = structlog.get_logger()

PERIODIC = (Periodic("seek-old-keys", dt.timedelta(hours=1)),)
SLICE = 1.0
"""Seconds for which it holds the thread."""


@task(masters.REWRAP, alone=True, longest=dt.timedelta(minutes=5))
def rewrap_keys(office: Office) -> None:
    """Wrap the data keys of older generations anew, until none is left."""
    ends, more = time.monotonic() + SLICE, True
    while more and time.monotonic() < ends:
        more = rewrap_next(office)
    if more:
        with office.upkeep() as look:
            masters.ask(look)


def rewrap_next(office: Office) -> bool:
    """The next of them: read, wrapped anew with no transaction open, and kept; whether any moved.

    What does not open stays: somebody changed it, and flask keys status shows it under its old master key.
    """
    with office.reading() as look:
        generation, keys = masters.to_move(look)
    if not keys:
        return False
    moved = office.vault.rewrap(keys, generation)
    if not moved:
        log.error("data_keys_do_not_open", count=len(keys))
        return False
    with office.act(SYSTEM) as act:
        return masters.move(act, generation, moved) > 0


@task("seek-old-keys", alone=True)
def seek_old_keys(office: Office) -> None:
    """What another host still wrapped under an older master key, within a minute after the new one, moves too."""
    rewrap_keys(office)
