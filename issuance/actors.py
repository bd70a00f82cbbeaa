"""Who acts: a member of staff, a station, a holder at the status page, case handling, or the office's own machinery."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Actor:
    """The author of an act. `roles` are role names; `reason` is why one looks beyond one's own centre.

    `roster` is the entry by which `centre_id` is not the account's own centre, which is `home` (its short name).
    `remote`: they are at home, and not where the case is.
    """

    id: UUID | None
    centre_id: UUID | None = None
    roles: frozenset[str] = frozenset()
    kind: str = "staff"
    reason: str = ""
    roster: UUID | None = None
    home: str = ""
    remote: bool = False


SYSTEM = Actor(id=None, kind="system")
HOLDER = Actor(id=None, kind="holder")
"""Somebody at the status page who knew a reference and the birth date: it is nobody whose identity was checked."""
