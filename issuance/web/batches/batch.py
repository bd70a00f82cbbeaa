"""One batch: how far it is, started and paused, its pool, and its jobs put first, moved or taken out."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext, ngettext

from issuance.acts import Act
from issuance.errors import LimanError, NotFound
from issuance.models.batches import Batch
from issuance.models.staff import RoleName
from issuance.services.batches import lanes, moving, print_files, running, trays
from issuance.services.batches.lanes import Bar
from issuance.services.production import floor
from issuance.states import BATCHES_OPEN, UNCHECKED
from issuance.web.batches.parts import asked_after, choices, polled, stations
from issuance.web.frame.auth import OPERATORS, allow
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.forms import Form
from issuance.web.frame.i18n import sentence

blueprint = Blueprint("batch", __name__, url_prefix="/production/batches/<uuid:batch_id>")

LABELS: dict[str, Any] = {
    "waiting": lazy_gettext("Waiting"),
    "working": lazy_gettext("Being made"),
    "held": lazy_gettext("Held"),
    "made": lazy_gettext("Made or spoiled"),
}
FEW_TRAYS = 4
"""So many are shown at once while something of the batch is left."""

FIRST, OUT, MOVE = "first", "out", "move"


@blueprint.get("")
@allow(*OPERATORS)
def show(batch_id: UUID) -> str:
    """The batch with its bar, its pool and a page of its jobs."""
    with current_office().reading(current_actor()) as look:
        batch = running.own(look, batch_id)
        (bar,) = lanes.bars(look, [batch])
        asked = request.args.get("jobs", "")
        chosen = asked if asked in moving.LISTS else "waiting" if bar.left or not bar.done else "made"
        found = moving.jobs(look, batch, chosen, asked_after())
        return render_template(
            "batches/batch.html",
            batch=batch,
            bar=bar,
            trays=trays.of_batch(look, batch),
            outside=trays.outside(look, batch),
            few_trays=FEW_TRAYS,
            offers=print_files.offers(look, batch) if batch.state in BATCHES_OPEN else [],
            print_files=print_files.of_batch(look, batch),
            actor_id=look.actor.id,
            is_open=batch.state in BATCHES_OPEN,
            chosen=chosen,
            chips=_chips(bar, chosen),
            jobs=found,
            names=floor.names_at(look, found),
            others=moving.others_of(look, batch),
            is_first=asked_after() is None,
            next_page=_address(batch_id, chosen, after=found[-1].id) if len(found) == moving.PAGE_ROWS else "",
            first_page=_address(batch_id, chosen),
            hides_numbers=RoleName.QUALITY_OFFICER in look.actor.roles,
            unchecked=UNCHECKED,
        )


def _address(batch_id: UUID, chosen: str, **more: Any) -> str:
    return url_for("batches.batch.show", batch_id=batch_id, jobs=chosen, **more)


def _chips(bar: Bar, chosen: str) -> list[tuple[str, str, bool, int]]:
    counts = {"waiting": bar.left, "working": bar.working, "held": bar.held, "made": bar.done + bar.spoiled}
    return [(str(label), _address(bar.batch.id, each), each == chosen, counts[each]) for each, label in LABELS.items()]


@blueprint.get("/bar")
@allow(*OPERATORS)
def part(batch_id: UUID) -> ResponseReturnValue:
    """How far it is, which changes by itself."""
    with current_office().reading(current_actor()) as look:
        (bar,) = lanes.bars(look, [running.own(look, batch_id)])
        return polled(render_template("batches/bar_now.html", bars=[bar]))


@blueprint.post("/start")
@allow(*OPERATORS)
def start(batch_id: UUID) -> ResponseReturnValue:
    """Let the stations of the pool claim its jobs."""
    with current_office().act(current_actor()) as act:
        running.start(act, running.own(act, batch_id))
    flash(gettext("It runs. The stations of its pool take its jobs by themselves."), "done")
    return _back(batch_id)


@blueprint.post("/pause")
@allow(*OPERATORS)
def pause(batch_id: UUID) -> ResponseReturnValue:
    """Let no station claim of it; what they have they finish."""
    with current_office().act(current_actor()) as act:
        running.pause(act, running.own(act, batch_id))
    flash(gettext("Paused. What the stations have is finished."), "done")
    return _back(batch_id)


@blueprint.post("/earlier")
@allow(*OPERATORS)
def earlier(batch_id: UUID) -> ResponseReturnValue:
    """Make it before the batch that is now before it, or after the one behind it."""
    with current_office().act(current_actor()) as act:
        running.exchange(act, running.own(act, batch_id), earlier=request.form.get("way") != "later")
    flash(gettext("The order of the batches is changed."), "done")
    return redirect(url_for("batches.lanes.shown"), 303)


@blueprint.route("/cancel", methods=["GET", "POST"])
@allow(*OPERATORS)
def cancel(batch_id: UUID) -> ResponseReturnValue:
    """End the batch: what no station has goes back among the other jobs."""
    form = Form.sent()
    if request.method == "POST":
        with form.catch():
            with current_office().act(current_actor()) as act:
                count = running.cancel(act, running.own(act, batch_id))
            done = ngettext("The batch is cancelled. %(num)d job waits without a batch again.",
                            "The batch is cancelled. %(num)d jobs wait without a batch again.", count)  # fmt: skip
            flash(done, "done")
            return redirect(url_for("batches.lanes.shown"), 303)
    with current_office().reading(current_actor()) as look:
        (bar,) = lanes.bars(look, [running.own(look, batch_id)])
        page = render_template("batches/cancel.html", form=form, batch=bar.batch, bar=bar)
    return make_response(page, form.status)


@blueprint.route("/pool", methods=["GET", "POST"])
@allow(*OPERATORS)
def pool(batch_id: UUID) -> ResponseReturnValue:
    """Choose the stations that make it."""
    form = Form.sent()
    if request.method == "POST":
        with form.catch():
            with current_office().act(current_actor()) as act:
                batch = running.own(act, batch_id)
                chosen = form.choices("stations", [value for value, _, _ in choices(stations(act))])
                form.check()
                running.choose_pool(act, batch, list(map(UUID, chosen)))
            flash(gettext("The pool is changed. What a station has it finishes."), "done")
            return _back(batch_id)
    with current_office().reading(current_actor()) as look:
        batch = running.own(look, batch_id)
        if request.method == "GET":
            form.values.setlist("stations", [str(each.id) for each in running.pools(look, [batch])[batch.id]])
        page = render_template("batches/pool.html", form=form, batch=batch, stations=choices(stations(look)))
    return make_response(page, form.status)


@blueprint.post("/jobs")
@allow(*OPERATORS)
def change(batch_id: UUID) -> ResponseReturnValue:
    """Put the ticked jobs first, take them out, or move them into another batch; families go together."""
    form = Form.sent()
    try:
        with current_office().act(current_actor()) as act:
            said = _changed(act, running.own(act, batch_id), form)
    except NotFound:
        raise
    except LimanError as error:
        flash(sentence(error), "soon")
    else:
        flash(said, "done")
    return _back(batch_id)


def _changed(act: Act, batch: Batch, form: Form) -> str:
    ids, deed = _ticked(form), form.value("deed")
    if deed == FIRST:
        count = moving.put_first(act, batch, ids)
        return str(ngettext("%(num)d job is made first.", "%(num)d jobs are made first.", count))
    to = running.own(act, _id(form.value("to"))) if deed == MOVE else None
    count = moving.move(act, batch, ids, to)
    if to is None:
        return str(ngettext("%(num)d job is of no batch now.", "%(num)d jobs are of no batch now.", count))
    said = ngettext("%(num)d job is in batch %(number)s now.", "%(num)d jobs are in batch %(number)s now.",
                    count, number=to.number)  # fmt: skip
    return str(said)


def _ticked(form: Form) -> list[UUID]:
    return [_id(each) for each in dict.fromkeys(form.values.getlist("jobs"))]


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFound("There is no such batch or job in your centre. Open the list again.") from None


def _back(batch_id: UUID) -> ResponseReturnValue:
    return redirect(url_for("batches.batch.show", batch_id=batch_id), 303)
