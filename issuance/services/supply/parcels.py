"""Parcels of blanks from centre to centre: two persons seal one, two others count it blind and acknowledge it.

Until then its blanks are the sender's, on their way (ADR 0065). What is refused to a sender is told by `WrongHands`, so
that the page records it in an act of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from issuance.acts import Act, Look
from issuance.errors import InvalidInput, NotAllowed
from issuance.models.staff import Centre, RoleName
from issuance.models.stock import Blank
from issuance.models.supply import Parcel, ParcelDifference, Place, StockMove, StockOrder, Why
from issuance.services import centres
from issuance.services.stock import ledger, moves, places, serials, strays
from issuance.services.stock.strays import Kind
from issuance.services.supply import orders
from issuance.states import BlankState, ParcelState, advance
from issuance.values import references

KEEPER = RoleName.SUPERVISOR
NOT_IN_VAULT = "%(serial)s does not lie in the vault of this centre. Nothing was packed."


class WrongHands(NotAllowed):
    """Somebody who sent a parcel, or of the centre that did, counts or acknowledges it; nothing changed."""


@dataclass(frozen=True)
class Packing:
    """What a keeper puts into a parcel: for which centre, under which seal, every serial, and of which order it is."""

    to: Centre
    seal: str
    serials: Sequence[str]
    order: StockOrder | None = None


def pack(act: Act, centre: Centre, said: Packing) -> Parcel:
    """The keeper puts blanks of the vault into a parcel: they are on their way, and wait for the second signature.

    InvalidInput names one that does not lie in the vault, or is of another stock than the first.
    """
    centres.check_here(act, centre)
    if act.actor.kind == "staff" and KEEPER not in act.actor.roles:
        raise NotAllowed("The supervisor keeps the vault and packs parcels. Ask one.")
    if said.to.id == centre.id or not said.to.active:
        raise InvalidInput("to", "A parcel goes to another centre that is open. Choose it.")
    seal = _seal(said.seal)
    blanks = _of_vault(act, said.serials, places.of_centre(act, BlankState.IN_VAULT, centre.id))
    if said.order:
        orders.check_packed(said.order, centre, said.to, blanks[0].stock)
    row = Parcel(
        code=references.new_code(),
        centre=centre,
        to_centre=said.to,
        order=said.order,
        stock=blanks[0].stock,
        held=len(blanks),
        seal=seal,
        packed_by=act.actor.id,
        packed_at=act.clock.now(),
        state_by=act.actor.id,
    )
    act.session.add(row)
    act.session.flush()
    way = places.of_parcels(act, centre.id, said.to.id)
    for blank in blanks:
        moves.move(act, blank, way, Why.PACKED, moves.Besides(parcel_id=row.id))
    _record(act, "parcel.packed", row, first=blanks[0].serial, last=blanks[-1].serial)
    return row


def _of_vault(look: Look, wanted: Sequence[str], vault: Place) -> list[Blank]:
    if len(wanted) > serials.MOST_AT_ONCE:
        raise InvalidInput("serials", "At most %(most)s blanks a parcel.", most=serials.MOST_AT_ONCE)
    known = ledger.those(look, wanted)
    for serial in wanted:
        blank = known.get(serial)
        if blank is not None:
            ledger.check_not_missing(blank)
        if blank is None or blank.place_id != vault.id:
            raise InvalidInput("serials", NOT_IN_VAULT, serial=serial)
        if blank.stock != known[wanted[0]].stock:
            raise InvalidInput("serials", "%(serial)s is of another stock. Pack one stock a parcel.", serial=serial)
    return list({blank.id: blank for blank in known.values()}.values())


def _seal(typed: str) -> str:
    if not typed.strip():
        raise InvalidInput("seal", "Type the number of the seal.")
    return "".join(typed.split()).upper()


def send(act: Act, parcel: Parcel, seal: str) -> None:
    """A second person of the sending centre read the seal and signs for the parcel: it leaves.

    NotAllowed for who packed it; InvalidInput for another seal.
    """
    centres.check_own(act, parcel)
    if act.actor.id == parcel.packed_by:
        raise NotAllowed("You packed this parcel. Another person of the centre signs for its seal.")
    if _seal(seal) != parcel.seal:
        raise InvalidInput("seal", "This is not the seal that the manifest names. Look at both again.")
    advance(parcel, ParcelState.SENT, actor=act.actor)
    parcel.sealed_by, parcel.sent_at = act.actor.id, act.clock.now()
    if parcel.order:
        orders.note_sent(act, parcel.order)
    _record(act, "parcel.sent", parcel)


def unpack(act: Act, parcel: Parcel) -> None:
    """A parcel that nobody signed for is opened again: what was in it lies in the vault."""
    centres.check_own(act, parcel)
    advance(parcel, ParcelState.UNPACKED, actor=act.actor)
    parcel.ended_at = act.clock.now()
    vault = places.of_centre(act, BlankState.IN_VAULT, parcel.centre_id)
    for blank in on_its_way(act, parcel):
        moves.move(act, blank, vault, Why.UNPACKED, moves.Besides(parcel_id=parcel.id))
    _record(act, "parcel.unpacked", parcel)


def count(act: Act, parcel: Parcel, seal: str, found: Sequence[str]) -> None:
    """A person of the other centre opened it and counted without the manifest; nothing moves before a second signs.

    WrongHands for whoever sent it.
    """
    _check_receives(act, parcel)
    advance(parcel, ParcelState.COUNTED, actor=act.actor)
    packed = {blank.serial for blank in packed_in(act, parcel)}
    meant = dict.fromkeys(word if word in packed else word.upper() for word in found)
    absent, strange = sorted(packed - set(meant)), [serial for serial in meant if serial not in packed]
    for serial in (*absent, *strange):
        act.session.add(ParcelDifference(parcel_id=parcel.id, serial=serial, absent=serial in packed))
    parcel.seal_seen, parcel.came = _seal(seal), len(packed) - len(absent)
    parcel.counted_by, parcel.counted_at = act.actor.id, act.clock.now()
    _record(act, "parcel.counted", parcel, missing=len(absent), strange=len(strange))


def count_again(act: Act, parcel: Parcel) -> None:
    """The second person did not see what the first one typed: the parcel is counted once more."""
    _check_receives(act, parcel)
    if act.actor.id == parcel.counted_by:
        raise NotAllowed("You counted this parcel. A second person says whether it is so.")
    advance(parcel, ParcelState.SENT, actor=act.actor)
    for row in differences(act, parcel):
        act.session.delete(row)
    parcel.counted_by = parcel.counted_at = parcel.came = None
    parcel.seal_seen = ""
    _record(act, "parcel.to_count_again", parcel)


def acknowledge(act: Act, parcel: Parcel) -> None:
    """A second person of the other centre saw the same: what came lies in its vault, what did not is missing.

    WrongHands for whoever sent it, NotAllowed for who counted. Both centres are told of what is missing.
    """
    _check_receives(act, parcel)
    if act.actor.id == parcel.counted_by:
        raise NotAllowed("You counted this parcel. Another person acknowledges it.")
    advance(parcel, ParcelState.ARRIVED, actor=act.actor)
    parcel.received_by, parcel.ended_at = act.actor.id, act.clock.now()
    found = differences(act, parcel)
    absent = {row.serial for row in found if row.absent}
    _bring(act, parcel, absent)
    _tell(act, parcel, absent, [row.serial for row in found if not row.absent])
    _record(act, "parcel.acknowledged", parcel, missing=len(absent))
    if parcel.order:
        orders.note_arrived(act, parcel.order)


def _bring(act: Act, parcel: Parcel, absent: set[str]) -> None:
    vault = places.of_centre(act, BlankState.IN_VAULT, parcel.to_centre_id)
    missing = places.of_centre(act, BlankState.MISSING, parcel.centre_id)
    besides = moves.Besides(witness_id=parcel.counted_by, parcel_id=parcel.id)
    for blank in on_its_way(act, parcel):
        if blank.serial in absent:
            moves.move(act, blank, missing, Why.LOST, besides)
        else:
            moves.move(act, blank, vault, Why.ARRIVED, besides)


def _tell(act: Act, parcel: Parcel, absent: set[str], strange: Sequence[str]) -> None:
    """Tell both supervisors what is wrong with the parcel, and the receiver's of each blank that may not be here."""
    wrong = {Kind.NOT_IN_PARCEL: bool(absent), Kind.SEAL_DIFFERS: parcel.seal_seen != parcel.seal}
    for kind in (kind for kind, holds in wrong.items() if holds):
        for centre_id in (parcel.centre_id, parcel.to_centre_id):
            strays.alert(act, kind, parcel.code, centre_id)
    lost = [blank.serial for blank in packed_in(act, parcel) if blank.state == BlankState.MISSING]
    turned_up = [serial for serial in lost if serial not in absent]
    known = ledger.those(act, strange)
    for serial in (*strange, *turned_up):
        is_missing = serial in turned_up or (serial in known and known[serial].state == BlankState.MISSING)
        strays.alert(act, Kind.MISSING if is_missing else Kind.NOT_ANNOUNCED, serial, parcel.to_centre_id)


def lose(act: Act, parcel: Parcel, word: str) -> None:
    """The sender's supervisor says that a parcel was lost on its way: all that was in it is missing."""
    centres.check_own(act, parcel)
    if act.actor.kind == "staff" and KEEPER not in act.actor.roles:
        raise NotAllowed("A supervisor of the sending centre says that a parcel is lost. Ask one.")
    if not word.strip():
        raise InvalidInput("word", "Say who carried it, and where it was seen last.")
    advance(parcel, ParcelState.LOST, actor=act.actor)
    parcel.word, parcel.ended_at = word.strip(), act.clock.now()
    missing = places.of_centre(act, BlankState.MISSING, parcel.centre_id)
    for blank in on_its_way(act, parcel):
        moves.move(act, blank, missing, Why.LOST, moves.Besides(parcel_id=parcel.id))
    strays.alert(act, Kind.NOT_IN_PARCEL, parcel.code, parcel.to_centre_id)
    _record(act, "parcel.lost", parcel, missing=parcel.held)


def _check_receives(act: Act, parcel: Parcel) -> None:
    if act.actor.kind != "staff":
        return
    if act.actor.id in (parcel.packed_by, parcel.sealed_by):
        raise WrongHands("You sent this parcel. Two other persons of the centre that it goes to acknowledge it.")
    if act.actor.centre_id != parcel.to_centre_id:
        raise WrongHands("Your centre sent this parcel. Two persons of the centre that it goes to acknowledge it.")


def refuse(act: Act, parcel: Parcel) -> None:
    """Keep that somebody of the sending side tried to acknowledge this parcel; nothing else changes."""
    act.record("parcel.refused", parcel, centre_id=parcel.to_centre_id, parcel=parcel.code)


def packed_in(look: Look, parcel: Parcel) -> list[Blank]:
    """What was packed into it, by serial."""
    query = select(Blank).join(StockMove, StockMove.blank_id == Blank.id)
    packed = query.where(StockMove.parcel_id == parcel.id, StockMove.why == Why.PACKED)
    return list(look.session.scalars(packed.order_by(Blank.serial)))


def on_its_way(look: Look, parcel: Parcel) -> list[Blank]:
    """What of it is on its way still: one of them may have been declared missing meanwhile."""
    return [blank for blank in packed_in(look, parcel) if blank.state == BlankState.IN_TRANSIT]


def differences(look: Look, parcel: Parcel) -> list[ParcelDifference]:
    """What was counted otherwise than packed, by serial."""
    query = select(ParcelDifference).where(ParcelDifference.parcel_id == parcel.id)
    return list(look.session.scalars(query.order_by(ParcelDifference.serial)))


def _record(act: Act, event: str, row: Parcel, **more: Any) -> None:
    about: dict[str, Any] = {"parcel": row.code, "stock": row.stock, "count": row.held}
    act.record(event, row, centre_id=act.actor.centre_id or row.centre_id, **about, **more)
