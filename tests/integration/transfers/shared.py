"""What the tests of transfers share: a second centre with a station and people, and cases that are sent there."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from sqlalchemy import select

from issuance.actors import SYSTEM, Actor
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import Station
from issuance.models.transfers import Transfer
from issuance.services import centres
from issuance.services.production import shifts
from issuance.services.stations import tokens
from issuance.services.transfers import asking, moving
from issuance.services.transfers.asking import Wanted
from tests.people import SmallOffice, able

TO_GALATI = Wanted("galati", "moved_home")


def there(office: SmallOffice, role: str = "supervisor") -> Actor:
    """Somebody of this role at Galați."""
    with office.reading() as look:
        return replace(office.actors[role], centre_id=centres.named(look, "galati").id)


def station_there(office: SmallOffice) -> Station:
    """A station at Galați that can make everything, with an open shift."""
    with office.act(SYSTEM) as act:
        station, _ = tokens.add_station(act, "g1", centres.named(act, "galati"))
        station.status = able()
    with office.act(there(office, "operator")) as act:
        shifts.open_shift(act, act.session.get_one(Station, station.id))
    return station


def send(office: SmallOffice, request_id: UUID, wanted: Wanted = TO_GALATI) -> dict[UUID, str]:
    """The supervisor sends this case now; what became of it and its family, by request."""
    with office.act(office.actors["supervisor"]) as act:
        rows = moving.move(act, act.session.get_one(IssuanceRequest, request_id), wanted)
        return {row.request_id: row.outcome for row in rows}


def ask(office: SmallOffice, *request_ids: UUID, wanted: Wanted = TO_GALATI) -> int:
    """The supervisor sends these cases in their turn."""
    with office.act(office.actors["supervisor"]) as act:
        return asking.ask(act, request_ids, wanted)


def outcomes(office: SmallOffice) -> dict[UUID, str]:
    """What became of the newest transfer of each case."""
    with office.reading() as look:
        rows = look.session.scalars(select(Transfer).order_by(Transfer.id))
        return {row.request_id: row.outcome for row in rows}


def centre_of(office: SmallOffice, request_id: UUID) -> str:
    """The short name of the centre that has the case."""
    with office.reading() as look:
        return look.session.get_one(IssuanceRequest, request_id).centre.code
