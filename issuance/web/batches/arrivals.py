"""Cards that come from a bureau: counted, signed for by a second person; what is late, and what never comes."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext

from issuance.errors import InvalidInput
from issuance.models.documents import Document
from issuance.models.staff import RoleName
from issuance.services import centres
from issuance.services.batches import arrivals
from issuance.web.frame.auth import OPERATORS, allow
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.forms import Form
from issuance.web.frame.rail import Group, Queue

blueprint = Blueprint("arrivals", __name__, url_prefix="/production/bureau")

MOST_TEXT = 20_000
QUEUES = (
    Queue(
        lazy_gettext("Late from the bureau"),
        "batches.arrivals.late",
        (RoleName.SUPERVISOR,),
        arrivals.late_count,
        urgent=True,
        group=Group.PRODUCTION,
    ),
)


@blueprint.route("", methods=["GET", "POST"])
@allow(*OPERATORS)
def count() -> ResponseReturnValue:
    """What is on its way, and a parcel that came: its seal, and the number of each card in it."""
    form = Form.sent()
    if request.method == "POST":
        with form.catch():
            return _count(form)
    with current_office().reading(current_actor()) as look:
        page = render_template(
            "batches/arrivals.html",
            form=form,
            expected=arrivals.expected(look),
            waiting=arrivals.waiting(look),
            bureaus=[(str(each.id), each.name) for each in arrivals.bureaus(look)],
        )
    return make_response(page, form.status)


def _count(form: Form) -> ResponseReturnValue:
    bureau, seal = form.text("bureau", limit=40), form.text("seal", limit=40)
    numbers = form.text("numbers", limit=MOST_TEXT, lines=True)
    form.check()
    with current_office().act(current_actor()) as act:
        row = arrivals.count(act, centres.own_station(act, _key(bureau)), seal, numbers.split())
        parcel_id = row.id
    flash(gettext("Counted. A second person looks at the cards and signs for them."), "done")
    return redirect(url_for("batches.arrivals.show", parcel_id=parcel_id), 303)


def _key(said: str) -> UUID:
    try:
        return UUID(said)
    except ValueError as error:
        raise InvalidInput("bureau", "Choose the bureau that the parcel comes from.") from error


@blueprint.route("/<uuid:parcel_id>", methods=["GET", "POST"])
@allow(*OPERATORS)
def show(parcel_id: UUID) -> ResponseReturnValue:
    """A parcel with what was counted: the second person signs, or sends it back to be counted."""
    form = Form.sent()
    if request.method == "POST":
        with form.catch():
            return _sign(form, parcel_id)
    with current_office().reading(current_actor()) as look:
        row = arrivals.own(look, parcel_id)
        page = render_template(
            "batches/arrival.html",
            form=form,
            row=row,
            cards=arrivals.cards(look, row),
            is_mine=row.counted_by == look.actor.id,
            hides_numbers=RoleName.QUALITY_OFFICER in look.actor.roles,
        )
    return make_response(page, form.status)


def _sign(form: Form, parcel_id: UUID) -> ResponseReturnValue:
    again = form.choice("do", ["sign", "again"]) == "again"
    with current_office().act(current_actor()) as act:
        row = arrivals.own(act, parcel_id)
        (arrivals.count_again if again else arrivals.receive)(act, row)
    flash(
        gettext("Nothing is written down of it. Count it anew.") if again
        else gettext("Signed for. Its cards may go into trays, and to the check."),
        "done",
    )  # fmt: skip
    return redirect(url_for("batches.arrivals.count"), 303)


@blueprint.get("/late")
@allow(RoleName.SUPERVISOR)
def late() -> str:
    """The cards that a bureau told of and that did not come in time."""
    with current_office().reading(current_actor()) as look:
        return render_template("batches/late.html", rows=arrivals.late(look), days=arrivals.DAYS, most=arrivals.LISTED)


@blueprint.route("/late/<uuid:document_id>", methods=["GET", "POST"])
@allow(RoleName.SUPERVISOR)
def give_up(document_id: UUID) -> ResponseReturnValue:
    """Say of a card that it will not come: another one is made."""
    form = Form.sent()
    if request.method == "POST":
        with form.catch():
            word = form.text("word", limit=500, lines=True)
            form.check()
            with current_office().act(current_actor()) as act:
                arrivals.give_up(act, arrivals.coming(act, document_id), word)
            flash(gettext("Its number is cancelled, and another card is made."), "done")
            return redirect(url_for("batches.arrivals.late"), 303)
    with current_office().reading(current_actor()) as look:
        document: Document = arrivals.coming(look, document_id)
        page = render_template("batches/give_up.html", form=form, document=document)
    return make_response(page, form.status)
