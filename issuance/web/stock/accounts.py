"""The ledger of blanks: what lies in each place, what came to it and went, and whether everything agrees."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from flask import Blueprint, render_template, request, url_for
from flask_babel import gettext, lazy_gettext
from sqlalchemy import select

from issuance.acts import Look
from issuance.models.staff import Centre, RoleName, Staff, Station
from issuance.models.supply import Place, StockMove
from issuance.services import centres
from issuance.services.counts import asking, forecast
from issuance.services.stock import accounts
from issuance.web.frame.auth import OPERATORS, allow
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.rail import Group, Queue
from issuance.web.stock.words import WHYS
from issuance.web.words.machines import place_word

blueprint = Blueprint("accounts", __name__, url_prefix="/stock")

LEDGER_READERS = (*OPERATORS, RoleName.AUDITOR)
QUEUES = (Queue(lazy_gettext("Ledger of blanks"), "stock.accounts.listed", LEDGER_READERS, group=Group.BLANKS),)


@blueprint.get("")
@allow(*LEDGER_READERS, at_missions=True)
def listed() -> str:
    """The accounts of the own centre; an auditor chooses one."""
    with current_office().reading(current_actor()) as look:
        chosen = _centre(look)
        proof = accounts.last_proof(look)
        return render_template(
            "stock/accounts.html",
            centre=chosen,
            chips=_chips(look, chosen),
            rows=accounts.of_centre(look, chosen.id),
            place_word=place_word,
            blind=asking.blind(look),
            forecasts=forecast.of_centre(look, chosen.id),
            delivery=forecast.DELIVERY_DAYS,
            proof=proof,
            wrong=proof.details["wrong"] if proof else 0,
        )


def _centre(look: Look) -> Centre:
    code = request.args.get("centre", "")
    if RoleName.AUDITOR in look.actor.roles and code:
        return centres.any_named(look, code)
    return centres.with_id(look, look.actor.centre_id)  # type: ignore[arg-type]


def _chips(look: Look, chosen: Centre) -> list[tuple[str, str, bool]]:
    if RoleName.AUDITOR not in look.actor.roles:
        return []
    return [
        (each.name, url_for("stock.accounts.listed", centre=each.code), each.id == chosen.id)
        for each in centres.listed(look)
    ]


@blueprint.get("/places/<uuid:place_id>")
@allow(*LEDGER_READERS, at_missions=True)
def place(place_id: UUID) -> str:
    """The newest moves to and from one place, and who made them."""
    with current_office().reading(current_actor()) as look:
        here = accounts.place(look, place_id)
        asking.check_not_blind(look, here)
        moves = accounts.last_moves(look, here)
        return render_template(
            "stock/place.html",
            place=here,
            name=place_word(here),
            moves=moves,
            names=_names(look, (move for move, _ in moves)),
            ends=_ends(look, (move for move, _ in moves)),
            whys=WHYS,
        )


def _ends(look: Look, moves: Iterable[StockMove]) -> dict[UUID | None, str]:
    keys = {key for move in moves for key in (move.from_id, move.to_id) if key}
    found = look.session.scalars(select(Place).where(Place.id.in_(keys))).unique()
    return {None: gettext("Supplier")} | {here.id: place_word(here) for here in found}


def _names(look: Look, moves: Iterable[StockMove]) -> dict[UUID, str]:
    keys = {key for move in moves for key in (move.moved_by, move.witness_id) if key}
    people, machines = select(Staff.id, Staff.full_name), select(Station.id, Station.name)
    queries = (people.where(Staff.id.in_(keys)), machines.where(Station.id.in_(keys)))
    return {key: name for query in queries for key, name in look.session.execute(query)}
