"""What is around the work on every staff page: the queues of one's roles with their counts, and the search."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from flask import Flask, g, request, url_for
from flask_login import current_user

from issuance.actors import Actor
from issuance.acts import Look
from issuance.models.duties import Roster
from issuance.models.staff import Centre, RoleName
from issuance.services.trust import trusted_time
from issuance.web.frame.auth import CLOCK_KEEPERS, access_of
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

Count = Callable[[Look], int]


@dataclass(frozen=True, slots=True)
class Queue:
    """A work queue in the left rail. `label` is lazy_gettext; `urgent` marks a count that should be zero; after `g`
    its `key` opens it.
    """

    label: Any
    endpoint: str
    roles: Iterable[RoleName]
    count: Count | None = None
    urgent: bool = False
    key: str = ""


@dataclass(frozen=True, slots=True)
class QueueLink:
    """A queue as the rail shows it now."""

    label: str
    url: str
    count: int | None
    current: bool
    urgent: bool
    key: str


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
        links, stopped = queue_links(look, app.extensions["queues"]), trusted_time.is_stopped(look)
    stay = current_stay()
    return Rail(
        roles=capital(roles),
        centre=current_centre().name,
        elsewhere=day(stay[0].to_day) if stay else "",
        watch=(watch.centre.name, clock_time(watch.until)) if watch else None,
        stays=_others(stay),
        queues=links,
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


def queue_links(look: Look, queues: Iterable[Queue]) -> list[QueueLink]:
    """The queues of the actor's roles, counted now."""
    return [
        QueueLink(
            label=str(queue.label),
            url=url_for(queue.endpoint),
            count=queue.count(look) if queue.count else None,
            current=request.endpoint == queue.endpoint,
            urgent=queue.urgent,
            key=queue.key,
        )
        for queue in queues
        if look.actor.roles & set(queue.roles)
    ]
