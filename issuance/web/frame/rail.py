"""What is around the work on every staff page: the queues of one's roles with their counts, and the search."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import groupby
from typing import Any

from flask import Flask, g, request, url_for
from flask_babel import lazy_gettext
from flask_login import current_user
from sqlalchemy import Select, select

from issuance.actors import Actor
from issuance.acts import Look
from issuance.models.duties import Roster
from issuance.models.staff import Centre, RoleName
from issuance.services.trust import trusted_time
from issuance.web.frame.auth import CLOCK_KEEPERS, access_of, opens
from issuance.web.frame.current import (
    current_centre,
    current_office,
    current_stay,
    current_stays,
    current_watch,
    standing_actor,
)
from issuance.web.frame.i18n import capital, clock_time, day
from issuance.web.words.states import word

SEARCH_ENDPOINT = "desk.search.ask"
CLOCK_ENDPOINT = "oversight.clock.show"

Count = Callable[[Look], Select[int] | int]
"""How many wait: a query, which the rail asks together with its others, or what no one query answers."""

FOLDED = 21
"""A longer rail shows of each group what waits, and of the group that one is in all."""

HEADED = 6
"""A shorter rail has no headings."""


class Group(StrEnum):
    """What the rail puts under one heading, in its order."""

    REQUESTS = "requests"
    COUNTER = "counter"
    DECISIONS = "decisions"
    PRODUCTION = "production"
    FOLLOW_UP = "follow_up"
    BLANKS = "blanks"
    OVERSIGHT = "oversight"
    OFFICE = "office"


HEADINGS: dict[Group, Any] = {
    Group.REQUESTS: lazy_gettext("Requests"),
    Group.COUNTER: lazy_gettext("Counter"),
    Group.DECISIONS: lazy_gettext("Decisions and checks"),
    Group.PRODUCTION: lazy_gettext("Production"),
    Group.FOLLOW_UP: lazy_gettext("To follow up"),
    Group.BLANKS: lazy_gettext("Blanks"),
    Group.OVERSIGHT: lazy_gettext("Oversight"),
    Group.OFFICE: lazy_gettext("Office"),
}


@dataclass(frozen=True, slots=True)
class Queue:
    """A work queue in the left rail, under the heading of its group.

    `label` is lazy_gettext; `urgent` marks a count that should be zero; after `g` its `key` opens it.
    """

    label: Any
    endpoint: str
    roles: Iterable[RoleName]
    count: Count | None = None
    urgent: bool = False
    key: str = ""
    group: Group = field(kw_only=True)


@dataclass(frozen=True, slots=True)
class QueueLink:
    """A queue as the rail shows it now."""

    label: str
    endpoint: str
    url: str
    count: int | None
    current: bool
    urgent: bool
    key: str
    group: Group


@dataclass(frozen=True, slots=True)
class Heading:
    """A group of the rail as it is shown now: what is in sight, and what is folded until one opens it."""

    group: Group
    label: str
    current: bool
    shown: list[QueueLink]
    folded: list[QueueLink]


@dataclass(frozen=True, slots=True)
class Stay:
    """A centre where one may work today: by an entry of its roster, or one's own (`entry` empty)."""

    entry: str
    centre: str


@dataclass(frozen=True, slots=True)
class Rail:
    """What staff.html draws around the work; `clock_url` for those who may say what time it is.

    `watch`: for which other centre's case this page is, and until when one is on duty there.
    """

    roles: str
    centre: str
    elsewhere: str
    watch: tuple[str, str] | None
    stays: list[Stay]
    queues: list[QueueLink]
    headings: list[Heading]
    search_url: str
    clock_stopped: bool
    clock_url: str


def init_app(app: Flask, queues: Iterable[Queue]) -> None:
    """Give every staff page its rail, every template the macros as `ui`, and the warning of test keys."""
    app.jinja_env.globals["ui"] = app.jinja_env.get_template("macros.html").module
    app.extensions["queues"] = tuple(queues)

    @app.context_processor
    def _staff_context() -> dict[str, object]:
        warned = current_office().settings.development_keys
        return {"staff": current_user, "rail": _lazily(app), "development_keys": warned}


def _lazily(app: Flask) -> Any:
    """The rail of this request, worked out only when a template asks: public pages never do."""
    return _Lazy(lambda: rail(app))


class _Lazy:
    """Works a value out at the first attribute a template takes from it."""

    def __init__(self, make: Callable[[], object]) -> None:
        self._make = make

    def __getattr__(self, name: str) -> Any:
        if "rail" not in g:
            g.rail = self._make()
        return getattr(g.rail, name)


def rail(app: Flask) -> Rail:
    """The rail and bar for who is logged in."""
    actor, watch = standing_actor(), current_watch()
    roles = ", ".join(word(role) for role in RoleName if role in actor.roles)
    with current_office().reading(actor) as look:
        links, stopped = queue_links(look, _queues_here(app)), trusted_time.is_stopped(look)
    stay = current_stay()
    return Rail(
        roles=capital(roles),
        centre=current_centre().name,
        elsewhere=day(stay[0].to_day) if stay else "",
        watch=(watch.centre.name, clock_time(watch.until)) if watch else None,
        stays=_others(stay),
        queues=links,
        headings=_headings(links) if len(links) > HEADED else [],
        search_url=_search_url(app, actor),
        clock_stopped=stopped,
        clock_url=url_for(CLOCK_ENDPOINT) if actor.roles & set(CLOCK_KEEPERS) else "",
    )


def _search_url(app: Flask, actor: Actor) -> str:
    """Where the search is; empty for whoever may not search persons."""
    access = access_of(app, SEARCH_ENDPOINT) if SEARCH_ENDPOINT in app.view_functions else None
    return url_for(SEARCH_ENDPOINT) if access and access.roles & actor.roles else ""


def _others(here: tuple[Roster, Centre] | None) -> list[Stay]:
    """Where one may go to work instead."""
    found = [
        Stay(str(entry.id), centre.name) for entry, centre in current_stays() if not here or entry.id != here[0].id
    ]
    return ([Stay("", current_user.centre.name)] if here else []) + found


def _queues_here(app: Flask) -> list[Queue]:
    """Without those that are for missions alone, for a mission's account at an ordinary centre."""
    centre, roles = current_centre(), standing_actor().roles
    queues = ((queue, access_of(app, queue.endpoint)) for queue in app.extensions["queues"])
    return [queue for queue, access in queues if access is None or opens(access, roles, centre)]


def queue_links(look: Look, queues: Iterable[Queue]) -> list[QueueLink]:
    """The queues of the actor's roles, counted now, group by group."""
    mine = [queue for queue in queues if look.actor.roles & set(queue.roles)]
    mine.sort(key=lambda queue: tuple(Group).index(queue.group))
    return [
        QueueLink(
            label=str(queue.label),
            endpoint=queue.endpoint,
            url=url_for(queue.endpoint),
            count=count,
            current=request.endpoint == queue.endpoint,
            urgent=queue.urgent,
            key=queue.key,
            group=queue.group,
        )
        for queue, count in zip(mine, _counts(look, mine), strict=True)
    ]


def _counts(look: Look, queues: Iterable[Queue]) -> list[int | None]:
    """How many wait in each queue: one statement asks all counts that are queries."""
    counts = [queue.count(look) if queue.count else None for queue in queues]
    asked = [count.scalar_subquery() for count in counts if isinstance(count, Select)]
    answers = iter(look.session.execute(select(*asked)).one() if asked else ())
    return [next(answers) if isinstance(count, Select) else count for count in counts]


def _headings(links: list[QueueLink]) -> list[Heading]:
    """What is under each heading. Of a long rail only the group that one is in is shown whole."""
    here, folds, found = _group_here(links), len(links) > FOLDED, []
    for group, of_group in groupby(links, key=lambda link: link.group):
        queues, current = list(of_group), group is here
        folded = [link for link in queues if folds and not current and not link.count]
        shown = [link for link in queues if link not in folded]
        found.append(Heading(group, str(HEADINGS[group]), current, shown, folded))
    return found


def _group_here(links: list[QueueLink]) -> Group | None:
    """The group of this page: of its own queue, else of the first one of its module, else of its wing."""
    endpoint = request.endpoint or ""
    parts = endpoint.split(".")
    near = (".".join(parts[:length]) for length in range(len(parts), 0, -1))
    return next((link.group for part in near for link in links if f"{link.endpoint}.".startswith(f"{part}.")), None)
