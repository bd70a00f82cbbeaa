"""What pages of blanks share: an act whose refusal of a missing blank is told to the supervisor."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from issuance.acts import Act
from issuance.services.stock import strays
from issuance.services.stock.strays import Stray
from issuance.web.frame.current import current_actor, current_office


@contextmanager
def acting() -> Iterator[Act]:
    """An act of whoever is logged in; a stray that it refuses goes to the supervisor's list in an act of its own."""
    try:
        with current_office().act(current_actor()) as act:
            yield act
    except Stray as stray:
        with current_office().act(current_actor()) as act:
            strays.tell(act, stray, station=None)
        raise
