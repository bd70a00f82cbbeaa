"""What is around the work on every staff page: the queues of the role with their counts, and the card of the case."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal

from flask import Flask, g, request, url_for
from flask_babel import gettext, lazy_gettext, ngettext
from flask_login import current_user
from sqlalchemy.orm import Session

from issuance.actors import Actor
from issuance.models.staff import RoleName
from issuance.office import current_office
from issuance.web.frame.auth import current_actor
from issuance.web.frame.i18n import capital, day, word

SEARCH_ENDPOINT = "desk.search"
SOON_DAYS = 5
"""A deadline this near, in calendar days, is shown as due soon."""

Count = Callable[[Session, Actor], int]
Tone = Literal["plain", "soon", "stop", "done"]


@dataclass(frozen=True, slots=True)
class Queue:
    """A work queue in the left rail. `label` is lazy_gettext; `urgent` marks a count that should be zero."""

    label: Any
    endpoint: str
    roles: Iterable[RoleName]
    count: Count | None = None
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class QueueLink:
    """A queue as the rail shows it now."""

    label: str
    url: str
    count: int | None
    current: bool
    urgent: bool


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What staff.html draws around the work."""

    roles: str
    queues: list[QueueLink]
    search_url: str


def init_app(app: Flask, queues: Iterable[Queue]) -> None:
    """Give every staff page its surroundings, every template the macros as `ui`, and the warning of test keys."""
    app.jinja_env.globals["ui"] = app.jinja_env.get_template("macros.html").module
    app.extensions["queues"] = tuple(queues)

    @app.context_processor
    def _surroundings() -> dict[str, object]:
        warned = current_office().settings.development_keys
        return {"staff": current_user, "skeleton": _lazily(app), "development_keys": warned}


def _lazily(app: Flask) -> Any:
    """The surroundings of this request, worked out only when a template asks: public pages never do."""
    return _Lazy(lambda: surroundings(app))


class _Lazy:
    """Works a value out at the first attribute a template takes from it."""

    def __init__(self, make: Callable[[], object]) -> None:
        self._make = make

    def __getattr__(self, name: str) -> Any:
        if "surroundings" not in g:
            g.surroundings = self._make()
        return getattr(g.surroundings, name)


def surroundings(app: Flask) -> Surroundings:
    """The rail and bar for who is logged in."""
    actor = current_actor()
    roles = ", ".join(word(role) for role in RoleName if role in actor.roles)
    search_url = url_for(SEARCH_ENDPOINT) if SEARCH_ENDPOINT in app.view_functions else ""
    return Surroundings(capital(roles), queue_links(app.extensions["queues"], actor), search_url)


def queue_links(queues: Iterable[Queue], actor: Actor) -> list[QueueLink]:
    """The queues of the actor's roles, counted now in one look at the database."""
    with current_office().database.reading() as session:
        return [
            QueueLink(
                label=str(queue.label),
                url=url_for(queue.endpoint),
                count=queue.count(session, actor) if queue.count else None,
                current=request.endpoint == queue.endpoint,
                urgent=queue.urgent,
            )
            for queue in queues
            if actor.roles & set(queue.roles)
        ]


@dataclass(frozen=True, slots=True)
class CaseClock:
    """Day n of the deadline (E4): the lodging day is day 0, and the days never stop until `ended_on`."""

    lodged_on: dt.date
    due_on: dt.date
    today: dt.date
    article: str = ""
    ended_on: dt.date | None = None

    @property
    def days(self) -> int:
        """How many days the law gives."""
        return (self.due_on - self.lodged_on).days

    @property
    def day(self) -> int:
        """Which day it is, or was when it ended."""
        return ((self.ended_on or self.today) - self.lodged_on).days

    @property
    def shown_day(self) -> int:
        """The day as the bar shows it: never beyond its end."""
        return max(0, min(self.day, self.days))

    @property
    def tone(self) -> Tone:
        """How it is coloured."""
        if self.ended_on:
            return "done"
        left = self.days - self.day
        return "stop" if left < 0 else "soon" if left <= SOON_DAYS else "plain"

    @property
    def text(self) -> str:
        """`Day 12 of 30`, or how late it is."""
        late = self.day - self.days
        if late > 0:
            return str(ngettext("%(num)s day late", "%(num)s days late", late))
        if self.days == 0:
            return str(gettext("Due the same day"))
        return str(gettext("Day %(day)s of %(days)s", day=self.day, days=self.days))

    @property
    def due_text(self) -> str:
        """When it is or was due, or when it ended."""
        if self.ended_on:
            return str(gettext("Ended on %(date)s", date=day(self.ended_on)))
        return str(gettext("Due on %(date)s", date=day(self.due_on)))


@dataclass(frozen=True, slots=True)
class LifeStep:
    """One station of the life line. `mark` is done, now, next or stop."""

    label: str
    mark: Literal["done", "now", "next", "stop"]
    who: str = ""
    when: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class CaseCard:
    """The card of a case on the right of the work: who, what, how long, and how far it got."""

    latin_name: str
    reference: str
    document: str
    state: str
    native_name: str = ""
    native_language: str = ""
    number: str = ""
    portrait_url: str = ""
    declared_identity: bool = False
    clock: CaseClock | None = None
    life: tuple[LifeStep, ...] = ()


LIFE_STEPS: tuple[tuple[str, Any], ...] = (
    ("request.lodged", lazy_gettext("Lodged")),
    ("request.complete", lazy_gettext("Complete")),
    ("request.approved", lazy_gettext("Approved")),
    ("job.done", lazy_gettext("Printed")),
    ("document.checked", lazy_gettext("Checked")),
    ("document.handed_over", lazy_gettext("Handed over")),
)
"""The acts of the life line, by the names of their audit events."""
