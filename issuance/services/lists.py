"""What lists share: the keys of a page are found and sorted first, from an index; then its rows are read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Select, literal, select
from sqlalchemy.sql.base import ExecutableOption

from issuance.acts import Look
from issuance.db import Keyed

Row = TypeVar("Row", bound=Keyed)


@dataclass(frozen=True, slots=True)
class Order:
    """By which column a list is sorted: `sort` names one, "" is the list's own order."""

    sort: str = ""
    descending: bool = False

    def of(self, query: Select[UUID], columns: Mapping[str, Any], own: Sequence[Any]) -> Select[UUID]:
        """The query sorted like this, what is equal in the list's own order; rows without a value come last."""
        if not self.sort:
            return query.order_by(*own)
        column = columns[self.sort]
        return query.order_by((column.desc() if self.descending else column.asc()).nulls_last(), *own)


OWN = Order()
"""The list's own order."""


def number(look: Look, query: Select[int]) -> int:
    """What a query of one number answers."""
    return look.session.scalar(query) or 0


def total(queries: Iterable[Select[int]]) -> Select[int]:
    """The query of the sum of what these answer."""
    return select(sum((query.scalar_subquery() for query in queries), start=literal(0)))


def in_order(look: Look, kind: type[Row], keys: Sequence[UUID], *options: ExecutableOption) -> list[Row]:
    """The rows with these keys, in the order of the keys; `options` say what is loaded with them."""
    if not keys:
        return []
    query = select(kind).where(kind.id.in_(keys)).options(*options)
    found = {row.id: row for row in look.session.scalars(query).unique()}
    return [found[key] for key in keys]
