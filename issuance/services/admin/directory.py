"""The accounts of a centre as a list: found by parts of name and address, sorted, a page at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, or_, select

from issuance.acts import Look
from issuance.models.staff import RoleGiven, RoleName, Staff
from issuance.services import roles
from issuance.services.lists import OWN, Order, in_order, number
from issuance.services.persons.people import folded_words
from issuance.services.roles import CASE_HANDLING

PAGE_ROWS = 50


class Show(StrEnum):
    """Which accounts a list shows."""

    OPEN = "open"
    CLOSED = "closed"
    WAITING = "waiting"


SORTS = {"name": Staff.full_name, "end": Staff.ends_on}


@dataclass(frozen=True)
class Wanted:
    """Which accounts of the actor's centre, in which order; `words` are parts of names or addresses.

    With `role` those that have it, will have it, or wait for it.
    """

    show: Show = Show.OPEN
    role: RoleName | None = None
    words: str = ""
    order: Order = OWN
    page: int = 1


def counts(look: Look, role: RoleName | None = None) -> dict[Show, int]:
    """How many accounts each way to show them has, of all roles or one."""
    query = select(func.count()).select_from(Staff)
    return {show: number(look, query.where(*_conditions(look, show, role))) for show in Show}


def listed(look: Look, wanted: Wanted) -> list[Staff]:
    """A page of the accounts, at most PAGE_ROWS and one more when there is a next page."""
    start = (wanted.page - 1) * PAGE_ROWS
    query = select(Staff.id).where(*_conditions(look, wanted.show, wanted.role))
    query = wanted.order.of(query, SORTS, (Staff.full_name, Staff.id))
    if wanted.words.strip():
        keys = list(_with_words(look, query, wanted.words))[start : start + PAGE_ROWS + 1]
    else:
        keys = list(look.session.scalars(query.limit(PAGE_ROWS + 1).offset(start)))
    return in_order(look, Staff, keys)


def _with_words(look: Look, query: Select[UUID], words: str) -> Iterator[UUID]:
    """Those whose name or address has each word in it. Compared here, as no database folds all scripts alike."""
    parts = folded_words(words)
    for key, name, email in look.session.execute(query.add_columns(Staff.full_name, Staff.email)):
        said = " ".join(folded_words(f"{name} {email}"))
        if all(part in said for part in parts):
            yield key


def _conditions(look: Look, show: Show, role: RoleName | None) -> list[ColumnElement[bool]]:
    of_centre = [Staff.centre_id == look.actor.centre_id, Staff.email != CASE_HANDLING]
    of_centre += [Staff.id.in_(_with_role(look, role))] if role else []
    is_open = Staff.active & or_(Staff.ends_on.is_(None), Staff.ends_on >= look.clock.today())
    if show is Show.WAITING:
        return [*of_centre, Staff.id.in_(select(RoleGiven.staff_id).where(roles.waiting()))]
    return [*of_centre, is_open if show is Show.OPEN else ~is_open]


def _with_role(look: Look, role: RoleName) -> Select[UUID]:
    query = select(RoleGiven.staff_id).where(RoleGiven.role == role.value, RoleGiven.ended_at.is_(None))
    return query.where(or_(RoleGiven.to_day.is_(None), RoleGiven.to_day >= look.clock.today()))
