"""Blanks to count: who was drawn types or scans what lies there, and sees nothing of what is expected."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext

from issuance.services.counts import asking, counting
from issuance.services.counts.custody import COUNTERS
from issuance.web.counts.words import refusal_words
from issuance.web.frame.auth import allow
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.forms import Form
from issuance.web.frame.rail import Group, Queue
from issuance.web.words.machines import place_word

blueprint = Blueprint("counting", __name__, url_prefix="/counts")

MOST_TEXT = 30_000
LATEST = 20
"""Lines of one's own that the page shows, the newest first."""


QUEUES = (
    Queue(lazy_gettext("Blanks to count"), "counts.counting.mine", COUNTERS, asking.mine_count, group=Group.BLANKS),
)


@blueprint.get("/mine")
@allow(*COUNTERS)
def mine() -> str:
    """What one was drawn or named to count."""
    with current_office().reading(current_actor()) as look:
        return render_template("counts/mine.html", rows=asking.mine(look), place_word=place_word)


@blueprint.route("/<uuid:count_id>", methods=["GET", "POST"])
@allow(*COUNTERS)
def count(count_id: UUID) -> ResponseReturnValue:
    """Type or scan what lies there, in as many sendings as it takes."""
    form = Form.sent()
    if request.method == "POST":
        with form.catch():
            return _type_in(form, count_id)
    return _page(form, count_id)


def _type_in(form: Form, count_id: UUID) -> ResponseReturnValue:
    typed = form.text("serials", limit=MOST_TEXT, lines=True)
    form.check()
    with current_office().act(current_actor()) as act:
        refused = counting.type_in(act, asking.opened(act, count_id), typed, form.version)
        said = [f"{entry.first}: {refusal_words(entry.refused, entry.serial)}" for entry in refused]
    if said:
        flash(gettext("Not counted: %(lines)s", lines=" ".join(said[:10])), "stop")
    return redirect(url_for("counts.counting.count", count_id=count_id), 303)


@blueprint.post("/<uuid:count_id>/end")
@allow(*COUNTERS)
def end(count_id: UUID) -> ResponseReturnValue:
    """Say that this is all that lies there."""
    form = Form.sent()
    with form.catch():
        with current_office().act(current_actor()) as act:
            counting.end(act, asking.opened(act, count_id), form.version)
        flash(gettext("Counted. The supervisor looks at what was found. Thank you."), "done")
        return redirect(url_for("counts.counting.mine"), 303)
    return _page(form, count_id)


def _page(form: Form, count_id: UUID) -> ResponseReturnValue:
    with current_office().reading(current_actor()) as look:
        row = asking.opened(look, count_id)
        if row.counted_at is None:
            counting.check_mine(look, row)
        form.values["version"] = row.version
        lines = counting.entries(look, row) if row.counter_id == look.actor.id else []
        page = render_template(
            "counts/count.html",
            form=form,
            row=row,
            place=place_word(row.place),
            lines=lines[: -LATEST - 1 : -1],
            held=sum(line.held for line in lines),
            said=refusal_words,
        )
    return make_response(page, form.status)
