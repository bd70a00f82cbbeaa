"""Places of the ledger and reasons of its moves in words."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext

from issuance.models.supply import Why
from issuance.states import BlankState

PLACES: dict[BlankState, Any] = {
    BlankState.RECEIVED: lazy_gettext("Announced, to be counted"),
    BlankState.IN_VAULT: lazy_gettext("Vault"),
    BlankState.IN_TRANSIT: lazy_gettext("Handed over, not taken yet"),
    BlankState.AT_CENTRE: lazy_gettext("Machines' room"),
    BlankState.AT_STATION: lazy_gettext("Station"),
    BlankState.CONSUMED: lazy_gettext("Documents"),
    BlankState.SPOILED: lazy_gettext("Reject bin"),
    BlankState.DESTROYED: lazy_gettext("Destroyed"),
    BlankState.MISSING: lazy_gettext("Missing"),
    BlankState.FOUND: lazy_gettext("Found, to be looked at"),
}
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
    Why.RESTORED: lazy_gettext("told by a station after a restore"),
}
