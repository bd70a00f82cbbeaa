"""The bin of the centre: old documents that were given back, and their destruction by two persons, with minutes."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext

from issuance.acts import Look
from issuance.clock import OFFICE_ZONE
from issuance.errors import Conflict
from issuance.law.documents.endings import grounds
from issuance.models.endings import Destruction
from issuance.models.staff import Centre, RoleName, Staff
from issuance.services.life import destruction
from issuance.services.life.minutes import METHODS
from issuance.web.frame.auth import allow
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.forms import Form, options
from issuance.web.frame.i18n import language
from issuance.web.frame.rail import Group, Queue
from printing import papers
from printing.papers import Destroyed, Words

blueprint = Blueprint("bin", __name__, url_prefix="/bin")

KEEPERS = (RoleName.CLERK, RoleName.SUPERVISOR)
QUEUES = (
    Queue(lazy_gettext("Documents to destroy"), "desk.bin.show", KEEPERS, destruction.count, group=Group.FOLLOW_UP),
)
METHOD_WORDS: dict[str, Any] = {"shredded": lazy_gettext("shredded"), "burnt": lazy_gettext("burnt")}
ON_PAPER = {"shredded": Words("Tocate", "Shredded"), "burnt": Words("Arse", "Burnt")}


@blueprint.get("")
@allow(*KEEPERS)
def show() -> ResponseReturnValue:
    """What lies in the bin, the destruction that waits for its witness, and the minutes of the last ones."""
    return _page(Form())


@blueprint.post("/count")
@allow(*KEEPERS)
def count() -> ResponseReturnValue:
    """A first person takes documents out and scans each."""
    form = Form.sent()
    with form.catch():
        numbers = form.text("numbers", limit=30_000, lines=True)
        form.check()
        with current_office().act(current_actor()) as act:
            destruction.begin(act, numbers.splitlines())
        flash(gettext("Counted. Another person reads the numbers too and witnesses the destruction."), "done")
        return redirect(url_for("desk.bin.show"), 303)
    return _page(form)


@blueprint.post("/<uuid:destruction_id>/witness")
@allow(*KEEPERS)
def witness(destruction_id: UUID) -> ResponseReturnValue:
    """A second person saw them destroyed."""
    form = Form.sent()
    with form.catch():
        with current_office().act(current_actor()) as act:
            row = destruction.opened(act, destruction_id)
            method = form.choice("method", METHODS)
            form.check()
            destruction.witness(act, row, method)
        flash(gettext("Destroyed. Print the minutes and sign them both."), "done")
        return redirect(url_for("desk.bin.show"), 303)
    return _page(form)


@blueprint.post("/<uuid:destruction_id>/give-up")
@allow(*KEEPERS)
def give_up(destruction_id: UUID) -> ResponseReturnValue:
    """Nobody destroyed them: they lie in the bin again."""
    with current_office().act(current_actor()) as act:
        destruction.give_up(act, destruction.opened(act, destruction_id))
    flash(gettext("Given up. The documents lie in the bin again."), "done")
    return redirect(url_for("desk.bin.show"), 303)


@blueprint.get("/<uuid:destruction_id>/minutes.pdf")
@allow(*KEEPERS)
def minutes(destruction_id: UUID) -> Response:
    """The minutes of a destruction, to be signed by both; no holder is named."""
    with current_office().reading(current_actor()) as look:
        paper = _minutes(look, destruction.opened(look, destruction_id))
    answer = Response(papers.compose(paper, language()).pdf(), mimetype="application/pdf")
    answer.headers["Content-Disposition"] = 'inline; filename="minutes.pdf"'
    return answer


def _minutes(look: Look, row: Destruction) -> papers.Destruction:
    if row.witnessed_at is None:
        raise Conflict("These documents are not destroyed yet. The witness says so first.")
    centre = look.session.get_one(Centre, row.centre_id)
    titles = {code: Words(ground.title.ro, ground.title.en) for code, ground in grounds().items()}
    counted = destruction.counted(look, row)
    return papers.Destruction(
        minutes=f"D-{row.id.hex[:12].upper()}",
        destroyed_on=row.witnessed_at.astimezone(OFFICE_ZONE).date(),
        place=centre.name,
        method=ON_PAPER[row.method],
        items=tuple(Destroyed(ending.document.number, titles[ending.ground]) for ending in counted),
        first_person=look.session.get_one(Staff, row.counted_by).full_name,
        second_person=look.session.get_one(Staff, row.witnessed_by).full_name,
        centre_name=centre.name,
        centre_address=centre.address,
    )


def _page(form: Form) -> ResponseReturnValue:
    with current_office().reading(current_actor()) as look:
        waiting = destruction.open_destruction(look)
        page = render_template(
            "desk/bin.html",
            form=form,
            rows=destruction.bin_of(look),
            waiting=waiting,
            counted=destruction.counted(look, waiting) if waiting else [],
            is_counter=waiting is not None and waiting.counted_by == look.actor.id,
            finished=destruction.finished(look),
            ground_words={code: ground.title.text(language()) for code, ground in grounds().items()},
            methods=options(METHOD_WORDS.items()),
        )
    return make_response(page, form.status)
