"""Whose request this is: the office that answers it, the member of staff or the station that sent it."""

from __future__ import annotations

from typing import cast
from uuid import UUID

from flask import current_app, g, request, session
from flask_login import current_user

from issuance.actors import Actor
from issuance.models.duties import Roster
from issuance.models.exchange import ExchangeToken
from issuance.models.staff import Centre, Station
from issuance.office import Office
from issuance.services import centres
from issuance.services.remote import watches
from issuance.services.remote.watches import Watch
from issuance.services.stations import tokens

WORKS_BY = "works_by"
"""Where the session keeps which entry of a roster one works by."""


def current_office() -> Office:
    """The office this request or command belongs to."""
    return cast(Office, current_app.extensions["office"])


def current_actor() -> Actor:
    """The member of staff who is logged in, as the author of an act: where they work now, or by `current_watch`."""
    watch = current_watch()
    if watch is None:
        return standing_actor()
    roles, home = frozenset({watch.entry.role}), current_user.centre.code
    return Actor(current_user.id, watch.centre.id, roles, roster=watch.entry.id, home=home, remote=True)


def standing_actor() -> Actor:
    """The member of staff who is logged in, where they work now, whatever case this page is about."""
    roles = frozenset(current_user.roles_on(current_office().clock.today()))
    stay = current_stay()
    if stay is None:
        return Actor(current_user.id, current_user.centre_id, roles)
    return Actor(current_user.id, stay[1].id, roles, roster=stay[0].id, home=current_user.centre.code)


def current_watch() -> Watch | None:
    """The watch by which one opens this page about a case of another centre, with its duty alone; None without one.

    It is looked up for every request: once its hours are over, or a supervisor ended it, it is none.
    """
    if "watch" not in g:
        g.watch = _watch()
    return cast("Watch | None", g.watch)


def _watch() -> Watch | None:
    case_id = (request.view_args or {}).get("request_id")
    access = current_app.view_functions[request.endpoint].__dict__.get("access") if request.endpoint else None
    if case_id is None or access is None:
        return None
    with current_office().reading() as look:
        found = watches.over_case(look, current_user.id, case_id, access.roles)
    return found if found and found.centre.id != standing_actor().centre_id else None


def current_centre() -> Centre:
    """The centre where who is logged in works now: their own, or the one whose roster they chose."""
    stay = current_stay()
    return stay[1] if stay else cast(Centre, current_user.centre)


def current_stay() -> tuple[Roster, Centre] | None:
    """The entry of another centre's roster by which one works there now; None at the own centre.

    It is looked up for every request: an entry that ended, or whose last day has passed, is none.
    """
    if "stay" not in g:
        chosen = session.get(WORKS_BY)
        g.stay = next((stay for stay in current_stays() if str(stay[0].id) == chosen), None) if chosen else None
    return cast("tuple[Roster, Centre] | None", g.stay)


def current_stays() -> list[tuple[Roster, Centre]]:
    """The other centres where who is logged in may work today."""
    with current_office().reading() as look:
        return centres.stays(look, current_user.id)


def current_machine() -> Actor:
    """The station that signed this request, as the author of an act."""
    return tokens.actor_of(current_station())


def current_station() -> Station:
    """The station that signed this request."""
    return cast(Station, g.station)


def current_caller() -> ExchangeToken:
    """The token with which a system outside sent this request."""
    return cast(ExchangeToken, g.caller)


def current_instance() -> UUID:
    """The process of the station that signed this request."""
    return cast(UUID, g.instance)
