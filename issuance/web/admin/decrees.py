"""Decrees: one administrator writes down an act that lets a class of documents hold longer, another agrees."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext

from issuance import document_types
from issuance.acts import Act, Look
from issuance.background import enqueue
from issuance.models.decrees import Decree
from issuance.models.staff import RoleName
from issuance.services.life import decrees
from issuance.services.life.decrees import LegalAct, Scope
from issuance.web.frame.auth import allow
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.forms import Form
from issuance.web.frame.i18n import language
from issuance.web.frame.rail import Group, Queue

blueprint = Blueprint("decrees", __name__, url_prefix="/decrees")

READERS = (RoleName.ADMINISTRATOR, RoleName.AUDITOR)
QUEUES = (
    Queue(
        lazy_gettext("Decrees"),
        "admin.decrees.listed",
        (RoleName.ADMINISTRATOR,),
        decrees.count_waiting,
        group=Group.OFFICE,
    ),
)
LONGEST_TEXT = 4000
SAID = ("reference", "article", "text")
DAYS = ("printed_from", "printed_to", "until")


@blueprint.get("")
@allow(*READERS)
def listed() -> str:
    """Every decree, the newest first, and what became of it."""
    with current_office().reading(current_actor()) as look:
        rows = [(row, titles(row), state(look, row)) for row in decrees.listed(look)]
        may_write = RoleName.ADMINISTRATOR in look.actor.roles
        return render_template("admin/decrees.html", rows=rows, may_write=may_write)


@blueprint.route("/write", methods=["GET", "POST"])
@allow(RoleName.ADMINISTRATOR)
def write() -> ResponseReturnValue:
    """Write one down."""
    return _write(None, ends=False)


@blueprint.route("/<uuid:decree_id>/replace", methods=["GET", "POST"])
@allow(RoleName.ADMINISTRATOR)
def replace(decree_id: UUID) -> ResponseReturnValue:
    """Write down a later one that takes the place of this one."""
    return _write(decree_id, ends=False)


@blueprint.route("/<uuid:decree_id>/end", methods=["GET", "POST"])
@allow(RoleName.ADMINISTRATOR)
def end(decree_id: UUID) -> ResponseReturnValue:
    """Write down an act that ends this one."""
    return _write(decree_id, ends=True)


@blueprint.get("/<uuid:decree_id>")
@allow(*READERS)
def show(decree_id: UUID) -> ResponseReturnValue:
    """One decree: its words, its class, how many documents it concerns, and the answer of a second administrator."""
    return _page(decree_id, Form())


@blueprint.post("/<uuid:decree_id>/agree")
@allow(RoleName.ADMINISTRATOR)
def agree(decree_id: UUID) -> ResponseReturnValue:
    """A second administrator agrees."""
    form = Form.sent()
    with form.catch():
        with current_office().act(current_actor()) as act:
            decrees.agree(act, decrees.named(act, decree_id))
            enqueue(act.session, decrees.TELL, clock=act.clock, decree_id=str(decree_id))
        return _done(decree_id, gettext("Agreed. Pages say it at once, the published lists within minutes."))
    return _page(decree_id, form)


@blueprint.post("/<uuid:decree_id>/decline")
@allow(RoleName.ADMINISTRATOR)
def decline(decree_id: UUID) -> ResponseReturnValue:
    """Nothing comes of it."""
    form = Form.sent()
    with form.catch():
        with current_office().act(current_actor()) as act:
            decrees.decline(act, decrees.named(act, decree_id))
        return _done(decree_id, gettext("Declined. No document holds longer by it."))
    return _page(decree_id, form)


def _write(replaces_id: UUID | None, *, ends: bool) -> ResponseReturnValue:
    form = Form.sent() if request.method == "POST" else Form({"from_day": current_office().clock.today().isoformat()})
    if request.method == "POST":
        with form.catch():
            legal, from_day, scope = _said(form, ends)
            with current_office().act(current_actor()) as act:
                row = decrees.write(act, legal, from_day, scope, _replaced(act, replaces_id))
            return _done(row.id, gettext("Written down. Another administrator agrees to it."))
    with current_office().reading(current_actor()) as look:
        replaced = decrees.shown(look, replaces_id) if replaces_id else None
        if request.method == "GET" and replaced and not ends:
            form.values.update({name: getattr(replaced, name).isoformat() for name in DAYS[:2]})
            form.values.setlist("types", replaced.types)
        types = [(kind.code, kind.title.text(language())) for kind in decrees.extendable(look)]
        page = render_template(
            "admin/decree_write.html", form=form, types=types, replaced=replaced, ends=ends, longest=LONGEST_TEXT
        )
    return make_response(page, form.status)


def _replaced(act: Act, replaces_id: UUID | None) -> Decree | None:
    return decrees.named(act, replaces_id) if replaces_id else None


def _said(form: Form, ends: bool) -> tuple[LegalAct, dt.date, Scope | None]:
    """What was typed. FormRefused when a field cannot be taken."""
    reference, article = form.text("reference", limit=100), form.text("article", limit=200)
    text = form.text("text", limit=LONGEST_TEXT, lines=True)
    gazette_day, from_day = form.date("gazette_day"), form.date("from_day")
    types = [] if ends else form.choices("types", list(document_types.load()))
    days = [None if ends else form.date(name) for name in DAYS]
    form.check()
    assert gazette_day
    assert from_day
    first, last, until = days
    scope = Scope(tuple(types), first, last, until) if first and last and until else None
    return LegalAct(reference, article, text, gazette_day), from_day, scope


def titles(row: Decree) -> list[str]:
    """The documents of its class, as the reader calls them."""
    return [document_types.get(code).title.text(language()) for code in row.types]


def state(look: Look, row: Decree) -> str:
    """What became of it until today: a code that `admin/decree_state.html` says in words."""
    today, last = look.clock.today(), row.last_day
    if row.agreed_at is None:
        return "waits" if row.waits else "declined"
    if last is None:
        return "ends"
    if last < today:
        return "over"
    return "to_come" if row.from_day > today else "in_force"


def _page(decree_id: UUID, form: Form) -> ResponseReturnValue:
    with current_office().reading(current_actor()) as look:
        row = decrees.shown(look, decree_id)
        page = render_template(
            "admin/decree.html",
            form=form,
            row=row,
            titles=titles(row),
            state=state(look, row),
            count=decrees.concerned(look, row),
            most=decrees.MOST_COUNTED,
            follower=decrees.follower(look, row),
            is_own=row.written_by == look.actor.id,
            may_act=RoleName.ADMINISTRATOR in look.actor.roles,
        )
    return make_response(page, form.status)


def _done(decree_id: UUID, said: str) -> ResponseReturnValue:
    flash(said, "done")
    return redirect(url_for("admin.decrees.show", decree_id=decree_id), 303)
