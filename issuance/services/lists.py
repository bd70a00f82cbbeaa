"""What lists share: the keys of a page are found and sorted first, from an index; then its rows are read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar
from uuid import UUID

from sqlalchemy import select

from issuance.acts import Look
from issuance.db import Keyed

Row = TypeVar("Row", bound=Keyed)


def in_order(look: Look, kind: type[Row], keys: Sequence[UUID]) -> list[Row]:
    """The rows with these keys, in the order of the keys."""
    if not keys:
        return []
    found = {row.id: row for row in look.session.scalars(select(kind).where(kind.id.in_(keys)))}
    return [found[key] for key in keys]
