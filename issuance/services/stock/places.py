"""The places of the ledger, each made when the first blank comes to it, and what came to and went from them."""

from __future__ import annotations

from collections import Counter
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from issuance.acts import Act, Look
from issuance.db import uuid7
from issuance.models.staff import Station
from issuance.models.supply import Balance, Place
from issuance.states import BlankState

Account = tuple[UUID, str]
"""A place and a stock."""


def of_centre(act: Act, kind: BlankState, centre_id: UUID) -> Place:
    """Where blanks of this state are at a centre."""
    return _made_once(act, Place(id=uuid7(), kind=kind, centre_id=centre_id))


def of_station(act: Act, station: Station) -> Place:
    """The feeders of a station, and what waits beside them."""
    return _made_once(
        act, Place(id=uuid7(), kind=BlankState.AT_STATION, centre_id=station.centre_id, station_id=station.id)
    )


def of_parcels(act: Act, centre_id: UUID, to_centre_id: UUID) -> Place:
    """Where the parcels from one centre to another are on their way."""
    return _made_once(
        act, Place(id=uuid7(), kind=BlankState.IN_TRANSIT, centre_id=centre_id, to_centre_id=to_centre_id)
    )


def _made_once(act: Act, place: Place) -> Place:
    """The place like this one that is there, else this one; another act may make it at this very moment."""
    if found := _like(act, place):
        return found
    try:
        with act.session.begin_nested():
            act.session.add(place)
    except IntegrityError:
        found = _like(act, place)
        assert found is not None, "it was made by another act"
        return found
    return place


def _like(look: Look, place: Place) -> Place | None:
    same = (Place.kind == place.kind, Place.centre_id == place.centre_id, Place.station_id == place.station_id)
    return look.session.scalar(select(Place).where(*same, Place.to_centre_id == place.to_centre_id))


def count(act: Act, came: Counter[Account], went: Counter[Account]) -> None:
    """Count what moved, one account after the other in their order, so that no two acts wait for one another."""
    for place_id, stock in sorted(set(came) | set(went)):
        by = {"came": came[place_id, stock], "went": went[place_id, stock]}
        if not _counted(act, place_id, stock, by):
            _open_account(act, place_id, stock)
            assert _counted(act, place_id, stock, by), "the account is open"


def _counted(act: Act, place_id: UUID, stock: str, by: dict[str, int]) -> bool:
    account = update(Balance).where(Balance.place_id == place_id, Balance.stock == stock)
    changed: Any = act.session.execute(
        account.values(came=Balance.came + by["came"], went=Balance.went + by["went"]),
        execution_options={"synchronize_session": False},
    )
    return bool(changed.rowcount)


def _open_account(act: Act, place_id: UUID, stock: str) -> None:
    try:
        with act.session.begin_nested():
            act.session.add(Balance(place_id=place_id, stock=stock))
    except IntegrityError:
        return  # another act opened it at this moment
