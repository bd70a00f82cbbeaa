"""Reasons of the moves of the ledger in words."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext

from issuance.models.supply import Why
from issuance.states import OrderState, ParcelState

WHYS: dict[Why, Any] = {
    Why.OPENING: lazy_gettext("lay there when the ledger began"),
    Why.ANNOUNCED: lazy_gettext("announced by the supplier"),
    Why.COUNTED: lazy_gettext("counted out of the box"),
    Why.HANDED_OUT: lazy_gettext("handed out of the vault"),
    Why.TAKEN_OVER: lazy_gettext("taken over"),
    Why.HANDED_BACK: lazy_gettext("handed back"),
    Why.LOCKED_AWAY: lazy_gettext("locked away"),
    Why.LOADED: lazy_gettext("put into the station"),
    Why.TAKEN_OUT: lazy_gettext("taken out of the station"),
    Why.MADE: lazy_gettext("a document was made on it"),
    Why.REJECTED: lazy_gettext("its document was rejected"),
    Why.TESTED: lazy_gettext("used for a test print"),
    Why.GIVEN_UP: lazy_gettext("its number was given up"),
    Why.LOST: lazy_gettext("nobody finds it"),
    Why.FOUND: lazy_gettext("it was found"),
    Why.CLEARED: lazy_gettext("looked at by a second person"),
    Why.DESTROYED: lazy_gettext("destroyed before a witness"),
    Why.PACKED: lazy_gettext("packed into a parcel"),
    Why.UNPACKED: lazy_gettext("taken out of a parcel that was not sent"),
    Why.ARRIVED: lazy_gettext("acknowledged out of a parcel"),
    Why.RESTORED: lazy_gettext("told by a station after a restore"),
}

PARCELS: dict[ParcelState, tuple[Any, str]] = {
    ParcelState.PACKED: (lazy_gettext("packed, to be signed for"), "soon"),
    ParcelState.SENT: (lazy_gettext("on its way"), "info"),
    ParcelState.COUNTED: (lazy_gettext("counted, to be acknowledged"), "soon"),
    ParcelState.ARRIVED: (lazy_gettext("acknowledged"), "done"),
    ParcelState.UNPACKED: (lazy_gettext("opened again, not sent"), "plain"),
    ParcelState.LOST: (lazy_gettext("lost on its way"), "stop"),
}
"""Where a parcel stands, and the tone of its chip."""

ORDERS: dict[OrderState, tuple[Any, str]] = {
    OrderState.ASKED: (lazy_gettext("to be answered"), "soon"),
    OrderState.AGREED: (lazy_gettext("agreed to, to be sent"), "info"),
    OrderState.REFUSED: (lazy_gettext("refused"), "stop"),
    OrderState.IN_PARTS: (lazy_gettext("sent in parts"), "info"),
    OrderState.DONE: (lazy_gettext("done"), "done"),
    OrderState.WITHDRAWN: (lazy_gettext("withdrawn"), "plain"),
}
"""Where an order for blanks stands, and the tone of its chip."""
