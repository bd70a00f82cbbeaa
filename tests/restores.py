"""A register that was put back as it stands: what `restore.begin` does, and a journal that tells what a test wants."""

from __future__ import annotations

from uuid import UUID, uuid4

from sqlalchemy import select

from card_drivers.order import JournalPart, Outcome, ToldClaim
from issuance.models.production import PrintJob
from issuance.models.recovery import Difference, Reconciliation, RegisterEpoch
from issuance.models.staff import Station
from issuance.services.recovery import journals, reconciliation, restore
from issuance.services.recovery.reconciliation import Settlement
from issuance.services.recovery.restore import Past, Source
from issuance.services.stations import tokens
from tests.people import SmallOffice


def begin(office: SmallOffice, past: Past | None = None) -> RegisterEpoch:
    """The register of this office was just put back."""
    with office.act(office.actors["administrator"]) as act:
        return restore.begin(act, Source(office.clock.now(), "digest"), past or Past(1, 0, ()))


def row_of(office: SmallOffice, station: Station | None = None) -> Reconciliation:
    """The open reconciliation of a station."""
    with office.reading() as look:
        found = journals.reconciliation(look, station or office.station)
        assert found is not None
        return found


def told(order_id: UUID | None = None, outcome: Outcome = Outcome.DONE, **values: object) -> ToldClaim:
    """One claim of a journal."""
    made = {"claim_id": uuid4(), "order_id": order_id or uuid4(), "outcome": outcome}
    return ToldClaim.model_validate(made | values)


def tell(office: SmallOffice, *claims: ToldClaim, is_last: bool = True, station: Station | None = None) -> None:
    """A station tells its journal."""
    here = station or office.station
    row = row_of(office, here)
    part = JournalPart(reconciliation=row.id, before=0, claims=claims, is_last=is_last)
    with office.act(tokens.actor_of(here)) as act:
        journals.take(act, part, station=here)


def differences(office: SmallOffice) -> list[Difference]:
    """Every difference, by its blank."""
    with office.reading() as look:
        return list(look.session.scalars(select(Difference).order_by(Difference.blank_serial)))


def settle(office: SmallOffice, said: Settlement, which: int = 0) -> None:
    """The supervisor settles a difference."""
    found = differences(office)[which]
    with office.act(office.actors["supervisor"]) as act:
        reconciliation.settle(act, reconciliation.own_difference(act, found.id), said)


def close(office: SmallOffice, *missing: str) -> None:
    """The supervisor counted the blanks of the station."""
    with office.act(office.actors["supervisor"]) as act:
        reconciliation.close(act, office.station, missing, "counted")


def jobs_of(office: SmallOffice) -> list[PrintJob]:
    """Every job, oldest first."""
    with office.reading() as look:
        return list(look.session.scalars(select(PrintJob).order_by(PrintJob.id)))
