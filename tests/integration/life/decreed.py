"""Decrees as two administrators make them."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from sqlalchemy import select

from issuance.models.decrees import Decree
from issuance.models.staff import Staff
from issuance.office import Office
from issuance.services.life import decrees
from issuance.services.life.decrees import LegalAct, Scope
from tests.integration.life.test_retention import second_administrator
from tests.people import SmallOffice

DAY = dt.timedelta(days=1)


def legal(office: SmallOffice, reference: str = "HG 12/2027") -> LegalAct:
    return LegalAct(reference, "art. 3", "Documentele rămân valabile.", office.clock.today())


def scope(office: SmallOffice, **changes: Any) -> Scope:
    """Residence permits and TIDs that expire within five years, extended by a year more."""
    today = office.clock.today()
    values = {"types": ("RP-R", "TID"), "printed_from": today - 400 * DAY, "printed_to": today + 1900 * DAY}
    return Scope(**(values | {"until": today + 2300 * DAY} | changes))  # type: ignore[arg-type]


def written(
    office: SmallOffice,
    said: LegalAct,
    which: Scope | None,
    replaces: UUID | None = None,
    from_day: dt.date | None = None,
) -> UUID:
    """Written down by the first administrator."""
    with office.act(office.actors["administrator"]) as act:
        before = act.session.get_one(Decree, replaces) if replaces else None
        return decrees.write(act, said, from_day or office.clock.today(), which, before).id


def agreed(office: SmallOffice, decree_id: UUID) -> UUID:
    """Agreed by the second one."""
    with office.act(second_administrator(office)) as act:
        decrees.agree(act, decrees.named(act, decree_id))
    return decree_id


def decreed(office: SmallOffice, **changes: Any) -> UUID:
    return agreed(office, written(office, legal(office), scope(office, **changes)))


def ended(office: SmallOffice, decree_id: UUID, from_day: dt.date | None = None) -> UUID:
    return agreed(office, written(office, legal(office, "HG 99/2027"), None, decree_id, from_day))


def in_force(office: Office) -> None:
    """A decree that has every residence permit in its class that is not over, as a row: nothing follows it."""
    today = office.clock.today()
    with office.database.transaction() as session:
        by = session.scalars(select(Staff.id).limit(1)).one()
        session.add(
            Decree(
                reference="HG 1/2026",
                article="1",
                text="words",
                gazette_day=today,
                types=["RP-R", "RP-S"],
                printed_from=today,
                printed_to=today + dt.timedelta(days=1000),
                until=today + dt.timedelta(days=2000),
                from_day=today,
                written_by=by,
                written_at=office.clock.now(),
                agreed_at=office.clock.now(),
            )
        )
