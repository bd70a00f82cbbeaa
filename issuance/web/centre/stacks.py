"""The operator's pages of stacks: declare what was put into the feeder, and count what is left when the shift ends."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from uuid import UUID

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext

from issuance.acts import Act
from issuance.errors import Conflict
from issuance.models.staff import Station
from issuance.services import centres
from issuance.services.production import shifts
from issuance.services.stock import stacks, strays
from issuance.services.stock.stacks import Counted, Declared, Pile
from issuance.services.stock.strays import Stray
from issuance.web.frame.auth import OPERATORS, allow
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.forms import Form

blueprint = Blueprint("stacks", __name__, url_prefix="/production/stations")

MAX_SERIAL = 60
MAX_MISSING = 2000
LIES = (
    ("top", lazy_gettext("A card lies on top"), lazy_gettext("Scan its serial below.")),
    ("empty", lazy_gettext("The feeder is empty"), ""),
    (
        "unseen",
        lazy_gettext("I cannot look"),
        lazy_gettext("Then each document that was not scanned yet is scanned at its check."),
    ),
)


@contextmanager
def telling(station_id: UUID) -> Iterator[None]:
    """Tell the supervisor of a blank that the act inside refuses."""
    try:
        yield
    except Stray as stray:
        with current_office().act(current_actor()) as act:
            strays.tell(act, stray, station=centres.own_station(act, station_id))
        raise


@blueprint.route("/<uuid:station_id>/stack", methods=["GET", "POST"])
@allow(*OPERATORS, at_missions=True)
def declare(station_id: UUID) -> ResponseReturnValue:
    """Say which blanks were put into the feeder: the first serial that is fed, the last, and gaps between them."""
    form = Form.sent()
    if request.method == "POST":
        with form.catch():
            return _declare(station_id, form)
    return _page("centre/stack.html", station_id, form)


def _declare(station_id: UUID, form: Form) -> ResponseReturnValue:
    first, last = form.text("first", limit=MAX_SERIAL), form.text("last", limit=MAX_SERIAL)
    missing = form.text("missing", required=False, limit=MAX_MISSING, lines=True)
    form.check()
    said = Declared(first, last, tuple(missing.replace(",", " ").split()))
    with telling(station_id), current_office().act(current_actor()) as act:
        stack = stacks.declare(act, centres.own_station(act, station_id), said)
        first, last = stack.first, stack.last
    flash(gettext("The stack is declared: %(first)s is fed first, %(last)s last.", first=first, last=last), "done")
    return redirect(url_for("centre.station.show", station_id=station_id), 303)


@blueprint.route("/<uuid:station_id>/count", methods=["GET", "POST"])
@allow(*OPERATORS, at_missions=True)
def count(station_id: UUID) -> ResponseReturnValue:
    """Say which card lies on top of each stack; the shift may end with it."""
    form = Form.sent()
    if request.method == "POST":
        with form.catch():
            return _count(station_id, form)
    return _page("centre/count.html", station_id, form)


def _page(template: str, station_id: UUID, form: Form) -> ResponseReturnValue:
    with current_office().reading(current_actor()) as look:
        here = centres.own_station(look, station_id)
        page = render_template(template, form=form, station=here, piles=stacks.open_on(look, here), lies=LIES)
    return make_response(page, form.status)


def _count(station_id: UUID, form: Form) -> ResponseReturnValue:
    closes = form.value("do") != "count"
    with telling(station_id), current_office().act(current_actor()) as act:
        here = centres.own_station(act, station_id)
        piles = stacks.open_on(act, here)
        if not piles:
            raise Conflict("The stacks of this station were counted meanwhile. Open the page again.")
        counted = _count_each(act, here, piles, form)
        if closes:
            shifts.close_shift(act, here)
    _say(counted)
    if closes:
        flash(gettext("The shift is closed. An order that is being made is finished."), "done")
        return redirect(url_for("centre.stations.listed"), 303)
    return redirect(url_for("centre.station.show", station_id=station_id), 303)


def _count_each(act: Act, here: Station, piles: Sequence[Pile], form: Form) -> list[Counted]:
    """Count every stock; FormRefused before anything is counted when a box is not filled in."""
    tops = [(pile.stock, _top(form, pile.stock)) for pile in piles]
    form.check()
    return [stacks.count(act, here, stock, top) for stock, top in tops]


def _top(form: Form, stock: str) -> str | None:
    lies = form.choice(f"lies-{stock}", [value for value, _, _ in LIES])
    if lies == "top":
        return form.text(f"top-{stock}", limit=MAX_SERIAL)
    return "" if lies == "empty" else None


def _say(counted: Sequence[Counted]) -> None:
    bound, doubted = sum(each.bound for each in counted), sum(each.doubted for each in counted)
    if bound:
        flash(gettext("Documents bound to their blanks: %(count)s.", count=bound), "done")
    if not all(each.agreed for each in counted):
        flash(
            gettext(
                "The count does not agree. Cards in doubt: %(count)s. Their documents are scanned at the check; the"
                " supervisor looks for the rest.",
                count=doubted,
            ),
            "soon",
        )
