"""The diversions by name, in the order in which they are written down."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.attack.diversions.scene import Scene

Play = Callable[[Scene], None]


@dataclass(frozen=True)
class Diversion:
    """What somebody tries: in one sentence, by whom, and how it is played."""

    what: str
    by: str
    play: Play


DIVERSIONS: dict[str, Diversion] = {}

OWNER = "database"
"""Whoever owns the database, with every statement of SQL."""


def by(who: str) -> Callable[[Play], Play]:
    """A diversion by this person, or these; what it is stands in its docstring."""

    def keep(play: Play) -> Play:
        name = play.__name__.replace("_", "-")
        assert name not in DIVERSIONS
        DIVERSIONS[name] = Diversion((play.__doc__ or "").strip().rstrip("."), who, play)
        return play

    return keep
