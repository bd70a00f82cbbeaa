"""Blanks from hand to hand inside a centre: out of the vault, to the machines' room, into a station, and back.

What leaves the vault or the room is on its way until another person says that they have it: nobody takes alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from issuance.acts import Act, Look
from issuance.errors import Conflict, InvalidInput, NotAllowed
from issuance.models.staff import Centre, RoleName, Station
from issuance.models.stock import Blank
from issuance.models.supply import Place, Why
from issuance.services import centres
from issuance.services.stock import ledger, moves, places, stack_cards
from issuance.states import BlankState


class Step(StrEnum):
    """What becomes of blanks between the vault and the room of the machines."""

    HAND_OUT = "hand_out"
    TAKE_OVER = "take_over"
    HAND_BACK = "hand_back"
    LOCK_AWAY = "lock_away"


@dataclass(frozen=True)
class Way:
    """From where to where a step goes, who does it, and under which name the ledger and the audit keep it."""

    role: RoleName
    start: BlankState
    end: BlankState
    why: Why
    event: str


KEEPER, TAKER = RoleName.SUPERVISOR, RoleName.OPERATOR
"""Who has the key of the vault, and who works at the machines: no account is both (roles.toml)."""

WAYS = {
    Step.HAND_OUT: Way(KEEPER, BlankState.IN_VAULT, BlankState.IN_TRANSIT, Why.HANDED_OUT, "stock.handed_out"),
    Step.TAKE_OVER: Way(TAKER, BlankState.IN_TRANSIT, BlankState.AT_CENTRE, Why.TAKEN_OVER, "stock.taken_over"),
    Step.HAND_BACK: Way(TAKER, BlankState.AT_CENTRE, BlankState.IN_TRANSIT, Why.HANDED_BACK, "stock.handed_back"),
    Step.LOCK_AWAY: Way(KEEPER, BlankState.IN_TRANSIT, BlankState.IN_VAULT, Why.LOCKED_AWAY, "stock.locked_away"),
}

NOT_THERE = {
    BlankState.IN_VAULT: "%(serial)s does not lie in the vault of this centre. Nothing was moved.",
    BlankState.IN_TRANSIT: "%(serial)s was not handed to anybody at this centre. Nothing was moved.",
    BlankState.AT_CENTRE: "%(serial)s does not lie in the machines' room of this centre. Nothing was moved.",
    BlankState.AT_STATION: "%(serial)s does not lie at this station. Nothing was moved.",
}


def hand(act: Act, centre: Centre, step: Step, serials: Sequence[str]) -> int:
    """Move blanks one step between vault and machines' room; how many. All of them or none.

    InvalidInput names one that is not where the step begins; NotAllowed for who has not its role, or handed it over.
    """
    centres.check_here(act, centre)
    way = WAYS[step]
    _check_role(act, way, centre)
    start = places.of_centre(act, way.start, centre.id)
    blanks = _lying(act, serials, start)
    if way.start == BlankState.IN_TRANSIT:
        _check_another(act, blanks)
    to = places.of_centre(act, way.end, centre.id)
    for blank in blanks:
        moves.move(act, blank, to, way.why)
    act.record(way.event, centre, centre_id=centre.id, **_which(blanks))
    return len(blanks)


def load(act: Act, station: Station, serials: Sequence[str]) -> int:
    """Blanks of the machines' room lie at this station from now on; how many."""
    centres.check_own(act, station)
    blanks = _lying(act, serials, places.of_centre(act, BlankState.AT_CENTRE, station.centre_id))
    to = places.of_station(act, station)
    for blank in blanks:
        moves.move(act, blank, to, Why.LOADED)
    act.record("stock.loaded", station, centre_id=station.centre_id, **_which(blanks))
    return len(blanks)


def take_out(act: Act, station: Station, serials: Sequence[str]) -> int:
    """Blanks that were not used lie in the machines' room again; how many.

    Conflict for one of a declared stack that was not counted: nobody knows yet whether it is still there.
    """
    centres.check_own(act, station)
    stack_cards.lock(act, station)
    blanks = _lying(act, serials, places.of_station(act, station))
    for blank in blanks:
        if stack_cards.card_of(act, blank.serial) is not None:
            raise Conflict("%(serial)s is in a stack that was not counted. Count the stack first.", serial=blank.serial)
    to = places.of_centre(act, BlankState.AT_CENTRE, station.centre_id)
    for blank in blanks:
        moves.move(act, blank, to, Why.TAKEN_OUT)
    act.record("stock.taken_out", station, centre_id=station.centre_id, **_which(blanks))
    return len(blanks)


def _lying(act: Act, serials: Sequence[str], at: Place) -> list[Blank]:
    """The blanks with these serials, which all lie here. Stray for one that was declared missing."""
    known = ledger.those(act, serials)
    for serial in serials:
        blank = known.get(serial)
        if blank is not None:
            ledger.check_not_missing(blank)
        if blank is None or blank.place_id != at.id:
            raise InvalidInput("serials", NOT_THERE[at.kind], serial=serial)
    return list(known.values())


def steps_of(look: Look) -> list[Step]:
    """The steps that the actor may do; at a mission abroad everybody does each, though never both of the same."""
    return [step for step, way in WAYS.items() if look.actor.roles & {way.role, RoleName.MISSION}]


def _check_role(look: Look, way: Way, centre: Centre) -> None:
    at_mission = centre.mission and RoleName.MISSION in look.actor.roles
    if look.actor.kind == "staff" and way.role not in look.actor.roles and not at_mission:
        raise NotAllowed("The vault is the supervisor's, the machines' room the operator's. Ask the other one.")


def _check_another(act: Act, blanks: Sequence[Blank]) -> None:
    if act.actor.id is not None and any(blank.state_by == act.actor.id for blank in blanks):
        raise NotAllowed("You handed these blanks over. Another person says that they have them.")


def _which(blanks: Sequence[Blank]) -> dict[str, Any]:
    return {"count": len(blanks), "first": blanks[0].serial, "last": blanks[-1].serial}
