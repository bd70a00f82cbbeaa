"""What addresses of the ledger and of counts are about, on a register with both."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from issuance.models.stock import Blank
from issuance.models.supply import CountFinding, Delivery, Parcel, Place, StockCount, StockDay, StockOrder


def of_stock(session: Session, own: UUID) -> list[dict[str, Any]]:
    """Places of the ledger, deliveries that wait and were counted, parcels, and a blank that is missing."""
    missing = session.scalars(select(Blank.id).where(Blank.serial == "DB3")).one()
    places = session.scalars(select(Place.id).where(Place.centre_id == own, Place.station_id.is_(None))).all()
    deliveries = session.scalars(select(Delivery.id).where(Delivery.centre_id == own)).all()
    here = (Parcel.centre_id == own) | (Parcel.to_centre_id == own)
    sent = session.scalars(select(Parcel.id).where(here)).all()
    found = [{"place_id": place} for place in places] + [{"delivery_id": delivery} for delivery in deliveries]
    asked = session.scalars(select(StockOrder.id).where(StockOrder.from_centre_id == own)).all()
    found += [{"parcel_id": key} for key in sent] + [{"order_id": key} for key in asked]
    return [{"blank_id": missing} | each for each in found]


def of_counts(session: Session, own: UUID) -> list[dict[str, Any]]:
    """A count that waits and one that found something, a difference of it, and a closed day."""
    counts = session.scalars(select(StockCount.id).where(StockCount.centre_id == own)).all()
    day = session.scalars(select(StockDay.id).where(StockDay.centre_id == own)).one()
    finding = session.scalars(select(CountFinding.id).where(CountFinding.differs).limit(1)).one()
    return [{"count_id": key, "finding_id": finding, "day_id": day} for key in counts]
