"""Spoiled blanks, one after another: what a person sees at the machine or the check, asked one thing at a time."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from sqlalchemy import select

from issuance.acts import Look
from issuance.models.documents import Document
from issuance.models.staff import RoleName
from issuance.models.supply import Why
from issuance.services.production import floor
from issuance.services.stock import losses, rejects
from issuance.services.stock.rejects import Spoiled
from issuance.web.frame.auth import allow
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.forms import Form
from issuance.web.frame.rail import Group, Queue
from issuance.web.questions import End, Question, Tree

blueprint = Blueprint("spoiled", __name__, url_prefix="/stock/spoiled")

SUPERVISORS = (RoleName.SUPERVISOR,)
QUEUES = (
    Queue(
        lazy_gettext("Spoiled blanks to look for"),
        "stock.spoiled.listed",
        SUPERVISORS,
        rejects.count,
        urgent=True,
        group=Group.BLANKS,
    ),
)

YES, NO = lazy_gettext("Yes, it lies there"), lazy_gettext("No, it is not there")
READ_IT = lazy_gettext("Read the serial from the blank itself, and compare it with the one above.")
OTHERS = Question(
    lazy_gettext("Does it lie among documents that wait for their check or their holder?"),
    READ_IT,
    ((YES, "among"), (lazy_gettext("No, it is nowhere"), "gone")),
)
ENDS: dict[str, End[bool]] = {
    "bin": End(lazy_gettext("It lay with what is spoiled."), True, lazy_gettext("It waits there for its destruction.")),
    "near": End(
        lazy_gettext("It still lay where it was spoiled."), True, lazy_gettext("Put it into the reject bin now.")
    ),
    "among": End(
        lazy_gettext("It lay among documents that are whole."),
        True,
        lazy_gettext("Take it out and put it into the reject bin now. Whoever holds it could use it."),
    ),
    "gone": End(
        lazy_gettext("It was found nowhere."),
        False,
        lazy_gettext("It is missing from now on: wherever its serial is read, you are told."),
    ),
}
"""What was seen: whether it is there, and what follows."""


def _tree(first: Question, where: Question) -> Tree[bool]:
    return Tree({"": first, "where": where, "others": OTHERS}, ENDS)


AT_THE_MACHINE = _tree(
    Question(
        lazy_gettext("Does it lie in the reject tray of the station, or in the reject bin?"),
        READ_IT,
        ((YES, "bin"), (NO, "where")),
    ),
    Question(
        lazy_gettext("Is it inside the printer, in its feeder or under it?"),
        lazy_gettext("Open the printer when it stands still."),
        ((YES, "near"), (NO, "others")),
    ),
)
AT_THE_CHECK = _tree(
    Question(lazy_gettext("Does it lie in the reject bin?"), READ_IT, ((YES, "bin"), (NO, "where"))),
    Question(
        lazy_gettext("Does it lie at the desk of the check, or in the tray it came with?"),
        READ_IT,
        ((YES, "near"), (NO, "others")),
    ),
)
BY_HAND = _tree(
    Question(lazy_gettext("Does it lie in the reject bin?"), READ_IT, ((YES, "bin"), (NO, "where"))),
    Question(
        lazy_gettext("Does it lie with the blanks of its station, or in the vault?"),
        READ_IT,
        ((YES, "near"), (NO, "others")),
    ),
)
TREES = {Why.MADE: AT_THE_MACHINE, Why.TESTED: AT_THE_MACHINE, Why.REJECTED: AT_THE_CHECK}
"""Where one looks, by how it was spoiled; by hand for anything else."""

HOW = {
    Why.MADE: lazy_gettext("spoiled at the machine"),
    Why.TESTED: lazy_gettext("used for a test print"),
    Why.REJECTED: lazy_gettext("rejected at the check"),
    Why.GIVEN_UP: lazy_gettext("its number was given up"),
    Why.CLEARED: lazy_gettext("found, and not fit"),
}


@blueprint.get("")
@allow(*SUPERVISORS)
def listed() -> str:
    """What was spoiled and nobody saw in the bin yet."""
    with current_office().reading(current_actor()) as look:
        rows = rejects.unseen(look)
        return render_template(
            "stock/spoiled.html",
            rows=rows,
            more=len(rows) == rejects.LISTED,
            how=HOW,
            stations=_names(look, rows),
        )


@blueprint.post("/scan")
@allow(*SUPERVISORS)
def scan() -> ResponseReturnValue:
    """The serial of a blank was scanned: its own question opens."""
    with current_office().reading(current_actor()) as look:
        blank = rejects.scanned(look, request.form.get("serial", "")[:60])
        if blank is not None:
            return redirect(url_for("stock.spoiled.show", blank_id=blank.id), 303)
    flash(gettext("Nobody looks for this one here. If it is spoiled, it was seen already; else put it aside."), "soon")
    return redirect(url_for("stock.spoiled.listed"), 303)


def _names(look: Look, rows: Sequence[Spoiled]) -> dict[UUID, str]:
    """The stations and operators of the jobs in which they were spoiled."""
    return floor.names_at(look, [row.job for row in rows if row.job])


@blueprint.route("/<uuid:blank_id>", methods=["GET", "POST"])
@allow(*SUPERVISORS)
def show(blank_id: UUID) -> ResponseReturnValue:
    """Say where the blank lies, asked one thing at a time."""
    form = Form.sent()
    if request.method == "POST":
        with form.catch():
            return _say(form, blank_id)
    with current_office().reading(current_actor()) as look:
        row = rejects.spoiled(look, losses.opened(look, blank_id))
        page = render_template(
            "stock/spoiled_one.html",
            form=form,
            row=row,
            asked=TREES.get(row.why, BY_HAND).asked(request.values.get("at", "")),
            how=HOW,
            stations=_names(look, [row]),
            following=_made_again(look, row),
        )
    return make_response(page, form.status)


def _made_again(look: Look, row: Spoiled) -> Document | None:
    """The attempt that followed, which says what was wrong with this one; it is queued by itself."""
    if row.document is None:
        return None
    query = select(Document).where(Document.request_id == row.document.request_id)
    return look.session.scalar(query.where(Document.attempt == row.document.attempt + 1))


def _say(form: Form, blank_id: UUID) -> ResponseReturnValue:
    with current_office().act(current_actor()) as act:
        blank = losses.opened(act, blank_id)
        tree = TREES.get(rejects.spoiled(act, blank).why, BY_HAND)
        at = form.choice("at", list(tree.outcomes))
        is_there = tree.outcomes.get(at, False)
        serial, more = form.text("serial", required=is_there, limit=60), form.text("more", required=False, limit=400)
        form.check()
        seen = f"{ENDS[at].seen} {more}".strip()
        rejects.see(act, blank, serial, seen) if is_there else rejects.miss(act, blank, seen)
    done = gettext("It is in the bin.") if is_there else gettext("It is missing from now on.")
    flash(done, "done")
    return redirect(url_for("stock.spoiled.listed"), 303)
