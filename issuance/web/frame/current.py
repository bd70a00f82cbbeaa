"""Whose request this is: the office that answers it, the member of staff or the station that sent it."""

from __future__ import annotations

from typing import cast
from uuid import UUID

from flask import current_app, g
from flask_login import current_user

from issuance.actors import Actor
from issuance.models.staff import Station
from issuance.office import Office
from issuance.services.stations import tokens


def current_office() -> Office:
    """The office this request or command belongs to."""
    return cast(Office, current_app.extensions["office"])


def current_actor() -> Actor:
    """The member of staff who is logged in, as the author of an act."""
    roles = frozenset(role.name for role in current_user.roles)
    return Actor(current_user.id, current_user.centre_id, roles)


def current_machine() -> Actor:
    """The station that signed this request, as the author of an act."""
    return tokens.actor_of(current_station())


def current_station() -> Station:
    """The station that signed this request."""
    return cast(Station, g.station)


def current_instance() -> UUID:
    """The process of the station that signed this request."""
    return cast(UUID, g.instance)
