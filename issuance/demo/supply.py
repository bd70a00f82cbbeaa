"""Blanks in a station's feeder by every act that brings them there, in one transaction: a delivery to the machine."""

from __future__ import annotations

from collections.abc import Sequence

from issuance.acts import Act
from issuance.models.staff import Station
from issuance.services import centres
from issuance.services.supply import deliveries, handing
from issuance.services.supply.deliveries import Manifest
from issuance.services.supply.handing import Step


def bring(act: Act, station: Station, stock: str, serials: Sequence[str]) -> None:
    """Announce these blanks, count them, hand them out of the vault and put them into the station."""
    centre = centres.with_id(act, station.centre_id)
    delivery = deliveries.announce(act, centre, Manifest(f"{station.name} {serials[0]}", stock, serials))
    deliveries.count(act, delivery, serials)
    handing.hand(act, centre, Step.HAND_OUT, serials)
    handing.hand(act, centre, Step.TAKE_OVER, serials)
    handing.load(act, station, serials)
