"""One parcel of blanks: signed for and sent, counted at the other centre, acknowledged; and its manifest."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from uuid import UUID

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from issuance.acts import Act, Look
from issuance.clock import OFFICE_ZONE
from issuance.errors import NotAllowed
from issuance.models.staff import RoleName, Staff
from issuance.models.supply import Parcel
from issuance.services.stock import serials
from issuance.services.supply import parcel_lists, parcels
from issuance.services.supply.parcels import WrongHands
from issuance.states import ParcelState
from issuance.values import references
from issuance.web.frame.auth import OPERATORS, UPLOAD_BYTES, allow
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.forms import Form
from issuance.web.frame.i18n import language, on_paper
from issuance.web.stock.words import PARCELS
from issuance.web.words.machines import stock_word
from printing import papers
from printing.papers import ParcelManifest, Range

blueprint = Blueprint("parcel", __name__, url_prefix="/stock/parcels/<uuid:parcel_id>")

MOST_TEXT = 100_000


@contextmanager
def _acting(parcel_id: UUID) -> Iterator[tuple[Act, Parcel]]:
    """An act on the parcel; when a sender wanted to acknowledge it, that is recorded in an act of its own."""
    try:
        with current_office().act(current_actor()) as act:
            yield act, parcel_lists.opened(act, parcel_id)
    except WrongHands:
        with current_office().act(current_actor()) as act:
            parcels.refuse(act, parcel_lists.opened(act, parcel_id))
        raise


@blueprint.get("")
@allow(*OPERATORS, at_missions=True)
def show(parcel_id: UUID) -> ResponseReturnValue:
    """The parcel, and what comes next with it."""
    return _page(parcel_id, Form())


@blueprint.post("/send")
@allow(*OPERATORS)
def send(parcel_id: UUID) -> ResponseReturnValue:
    """Sign for the seal as the second person of the sending centre."""
    form = Form.sent()
    with form.catch():
        seal = form.text("seal", limit=40)
        form.check()
        with _acting(parcel_id) as (act, row):
            parcels.send(act, row, seal)
        return _done(parcel_id, gettext("Signed for. The parcel may leave with its manifest."))
    return _page(parcel_id, form)


@blueprint.post("/unpack")
@allow(*OPERATORS)
def unpack(parcel_id: UUID) -> ResponseReturnValue:
    """Open a parcel again that nobody signed for."""
    return _do(parcel_id, parcels.unpack, gettext("Opened again. The blanks lie in the vault."))


@blueprint.post("/lost")
@allow(RoleName.SUPERVISOR)
def lost(parcel_id: UUID) -> ResponseReturnValue:
    """Say that the parcel was lost on its way."""
    form = Form.sent()
    with form.catch():
        word = form.text("word", limit=500, lines=True)
        form.check()
        with _acting(parcel_id) as (act, row):
            parcels.lose(act, row, word)
        return _done(parcel_id, gettext("Its blanks are missing. The other centre is told."))
    return _page(parcel_id, form)


@blueprint.route("/count", methods=["GET", "POST"])
@allow(*OPERATORS, body=UPLOAD_BYTES, at_missions=True)
def count(parcel_id: UUID) -> ResponseReturnValue:
    """Say what lies in the parcel; what was packed is not shown to who counts."""
    form = Form.sent()
    if request.method == "POST":
        with form.catch():
            seal = form.text("seal", limit=40)
            typed = form.text("serials", limit=MOST_TEXT, lines=True)
            form.check()
            with _acting(parcel_id) as (act, row):
                parcels.count(act, row, seal, serials.listed(typed))
            return _done(parcel_id, gettext("Counted. A second person looks and acknowledges the parcel."))
    with current_office().reading(current_actor()) as look:
        row = parcel_lists.opened(look, parcel_id)
        may = row.state == ParcelState.SENT and _is_here(look, row) and parcel_lists.waits_for(row, look.actor.id)
        page = render_template("stock/parcel_count.html", form=form, row=row, may=may, code=_code(row))
    return make_response(page, form.status)


@blueprint.post("/count-again")
@allow(*OPERATORS, at_missions=True)
def count_again(parcel_id: UUID) -> ResponseReturnValue:
    """The second person saw something else."""
    return _do(parcel_id, parcels.count_again, gettext("The parcel waits to be counted once more."))


@blueprint.post("/acknowledge")
@allow(*OPERATORS, at_missions=True)
def acknowledge(parcel_id: UUID) -> ResponseReturnValue:
    """Sign for what came, as the second person of the receiving centre."""
    return _do(parcel_id, parcels.acknowledge, gettext("Acknowledged. What came lies in the vault."))


@blueprint.get("/manifest.pdf")
@allow(*OPERATORS, at_missions=True)
def manifest(parcel_id: UUID) -> Response:
    """The paper that goes with the parcel; the centre that it comes to sees it when it has counted."""
    with current_office().reading(current_actor()) as look:
        row = parcel_lists.opened(look, parcel_id)
        if _is_here(look, row) and row.state == ParcelState.SENT:
            raise NotAllowed("The manifest is shown when the parcel is counted. Count what you see.")
        said = _manifest(look, row)
    answer = Response(papers.compose(said, language()).pdf(), mimetype="application/pdf")
    answer.headers["Content-Disposition"] = f'inline; filename="parcel-{row.code}.pdf"'
    return answer


def _manifest(look: Look, row: Parcel) -> ParcelManifest:
    packed = [blank.serial for blank in parcels.packed_in(look, row)]
    return ParcelManifest(
        code=row.code,
        parcel=_code(row),
        sent_from=row.centre.name,
        sent_to=row.to_centre.name,
        seal=row.seal,
        packed_at=row.packed_at.astimezone(OFFICE_ZONE),
        stock=on_paper(lambda: stock_word(row.stock)),
        items=tuple(Range(run.first, run.last, run.held) for run in parcel_lists.runs(packed)),
        packed_by=row.packer.full_name,
        sealed_by=_name(row.sealer),
        counted_by=_name(row.counter),
        received_by=_name(row.receiver),
        centre_name=row.centre.name,
        centre_address=row.centre.address,
    )


def _name(person: Staff | None) -> str:
    return person.full_name if person else ""


def _code(row: Parcel) -> str:
    return references.grouped_code(row.code)


def _is_here(look: Look, row: Parcel) -> bool:
    """Whether it comes to the reader's centre."""
    return row.to_centre_id == look.actor.centre_id


def _do(parcel_id: UUID, what: Callable[[Act, Parcel], None], said: str) -> ResponseReturnValue:
    form = Form.sent()
    with form.catch():
        with _acting(parcel_id) as (act, row):
            what(act, row)
        return _done(parcel_id, said)
    return _page(parcel_id, form)


def _done(parcel_id: UUID, said: str) -> ResponseReturnValue:
    flash(said, "done")
    return redirect(url_for("stock.parcel.show", parcel_id=parcel_id), 303)


def _page(parcel_id: UUID, form: Form) -> ResponseReturnValue:
    with current_office().reading(current_actor()) as look:
        row = parcel_lists.opened(look, parcel_id)
        found = parcels.differences(look, row)
        page = render_template(
            "stock/parcel.html",
            form=form,
            row=row,
            code=_code(row),
            state=PARCELS[row.state],
            is_late=parcel_lists.is_late(look, row),
            comes_here=_is_here(look, row),
            waits=parcel_lists.waits_for(row, look.actor.id),
            may_lose=row.state == ParcelState.SENT and RoleName.SUPERVISOR in look.actor.roles,
            is_supervisor=RoleName.SUPERVISOR in look.actor.roles,
            grouped=references.grouped_code,
            runs=parcel_lists.runs([blank.serial for blank in parcels.packed_in(look, row)]),
            absent=parcel_lists.runs([each.serial for each in found if each.absent]),
            strange=[each.serial for each in found if not each.absent],
        )
    return make_response(page, form.status)
