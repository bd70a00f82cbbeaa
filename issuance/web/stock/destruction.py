"""The reject bin: spoiled blanks, and their destruction by two persons, with minutes."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from sqlalchemy import select

from issuance.acts import Look
from issuance.clock import OFFICE_ZONE
from issuance.errors import Conflict
from issuance.models.endings import Destruction
from issuance.models.staff import Centre, Staff
from issuance.models.stock import Blank
from issuance.models.supply import StockMove, Why
from issuance.services.life import minutes
from issuance.services.life.minutes import METHODS, Things
from issuance.services.stock import serials
from issuance.services.supply import destruction
from issuance.web.frame.auth import OPERATORS, allow
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.forms import Form, options
from issuance.web.frame.i18n import language
from issuance.web.frame.rail import Group, Queue
from issuance.web.stock.telling import acting
from printing import papers
from printing.papers import Destroyed, Words

blueprint = Blueprint("destruction", __name__, url_prefix="/stock/rejects")

QUEUES = (
    Queue(
        lazy_gettext("Spoiled blanks to destroy"),
        "stock.destruction.show",
        OPERATORS,
        destruction.count,
        group=Group.BLANKS,
    ),
)
METHOD_WORDS: dict[str, Any] = {"shredded": lazy_gettext("shredded"), "burnt": lazy_gettext("burnt")}
ON_PAPER = {"shredded": Words("Tocate", "Shredded"), "burnt": Words("Arse", "Burnt")}
SPOILED = Words("Formular rebutat", "Spoiled blank")
SPOILED_BY = {
    Why.MADE: Words("Tipărire nereușită", "Printing failed"),
    Why.REJECTED: Words("Document respins la verificare", "Document rejected at its check"),
    Why.TESTED: Words("Tipărire de probă", "Test print"),
    Why.GIVEN_UP: Words("Număr la care s-a renunțat", "Number given up"),
    Why.CLEARED: Words("Găsit după ce a lipsit", "Found after it was missing"),
}


@blueprint.get("")
@allow(*OPERATORS)
def show() -> ResponseReturnValue:
    """What lies in the reject bin, the destruction that waits for its witness, and the last minutes."""
    return _page(Form())


@blueprint.post("/count")
@allow(*OPERATORS)
def count() -> ResponseReturnValue:
    """A first person takes blanks out of the bin and scans each."""
    form = Form.sent()
    with form.catch():
        typed = form.text("serials", limit=30_000, lines=True)
        form.check()
        with acting() as act:
            destruction.begin(act, serials.listed(typed))
        flash(gettext("Counted. Another person reads the serials too and witnesses the destruction."), "done")
        return redirect(url_for("stock.destruction.show"), 303)
    return _page(form)


@blueprint.post("/<uuid:destruction_id>/witness")
@allow(*OPERATORS)
def witness(destruction_id: UUID) -> ResponseReturnValue:
    """A second person saw them destroyed."""
    form = Form.sent()
    with form.catch():
        with current_office().act(current_actor()) as act:
            row = minutes.opened(act, destruction_id, Things.BLANKS)
            method = form.choice("method", METHODS)
            form.check()
            destruction.witness(act, row, method)
        flash(gettext("Destroyed. Print the minutes and sign them both."), "done")
        return redirect(url_for("stock.destruction.show"), 303)
    return _page(form)


@blueprint.post("/<uuid:destruction_id>/give-up")
@allow(*OPERATORS)
def give_up(destruction_id: UUID) -> ResponseReturnValue:
    """Nobody destroyed them: they lie in the bin again."""
    with current_office().act(current_actor()) as act:
        destruction.give_up(act, minutes.opened(act, destruction_id, Things.BLANKS))
    flash(gettext("Given up. The blanks lie in the reject bin again."), "done")
    return redirect(url_for("stock.destruction.show"), 303)


@blueprint.get("/<uuid:destruction_id>/minutes.pdf")
@allow(*OPERATORS)
def paper(destruction_id: UUID) -> Response:
    """The minutes of a destruction, to be signed by both."""
    with current_office().reading(current_actor()) as look:
        said = _minutes(look, minutes.opened(look, destruction_id, Things.BLANKS))
    answer = Response(papers.compose(said, language()).pdf(), mimetype="application/pdf")
    answer.headers["Content-Disposition"] = 'inline; filename="minutes.pdf"'
    return answer


def _minutes(look: Look, row: Destruction) -> papers.Destruction:
    if row.witnessed_at is None:
        raise Conflict("These blanks are not destroyed yet. The witness says so first.")
    centre = look.session.get_one(Centre, row.centre_id)
    whys = _spoiled_by(look, row)
    counted = destruction.counted(look, row)
    return papers.Destruction(
        minutes=f"F-{row.id.hex[:12].upper()}",
        destroyed_on=row.witnessed_at.astimezone(OFFICE_ZONE).date(),
        place=centre.name,
        method=ON_PAPER[row.method],
        items=tuple(Destroyed(blank.serial, SPOILED_BY.get(whys[blank.id], SPOILED)) for blank in counted),
        first_person=look.session.get_one(Staff, row.counted_by).full_name,
        second_person=look.session.get_one(Staff, row.witnessed_by).full_name,
        centre_name=centre.name,
        centre_address=centre.address,
    )


def _spoiled_by(look: Look, row: Destruction) -> dict[UUID, Why]:
    """Why each blank went into the bin: its last move before this one."""
    query = select(StockMove.blank_id, StockMove.why).join(Blank, Blank.id == StockMove.blank_id)
    last = query.where(Blank.destruction_id == row.id, StockMove.number == Blank.moved - 1)
    return {key: Why(why) for key, why in look.session.execute(last)}


def _page(form: Form) -> ResponseReturnValue:
    with current_office().reading(current_actor()) as look:
        waiting = minutes.waiting(look, Things.BLANKS)
        page = render_template(
            "stock/rejects.html",
            form=form,
            rows=destruction.bin_of(look),
            waiting=waiting,
            counted=destruction.counted(look, waiting) if waiting else [],
            is_counter=waiting is not None and waiting.counted_by == look.actor.id,
            finished=minutes.finished(look, Things.BLANKS),
            methods=options(METHOD_WORDS.items()),
        )
    return make_response(page, form.status)
