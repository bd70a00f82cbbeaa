"""A document looked up at the border by its number, and the entry with a return title, which ends it (E6)."""

from __future__ import annotations

from flask import Blueprint, flash, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext

from issuance import document_types
from issuance.models.documents import Document
from issuance.models.staff import RoleName
from issuance.services.life import entries
from issuance.services.life.entries import Crossing
from issuance.services.life.validity import extension, standing
from issuance.services.trust import limits
from issuance.services.trust.limits import Counted
from issuance.web.frame.auth import allow
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.forms import Form
from issuance.web.frame.i18n import language
from issuance.web.frame.rail import Group, Queue

blueprint = Blueprint("entries", __name__, url_prefix="/border")

QUEUES = (
    Queue(lazy_gettext("At the border"), "border.entries.look_up", (RoleName.BORDER_POLICE,), group=Group.REQUESTS),
)

LOOKS = 60
"""How many documents one person looks up within a window: numbers follow one another, and nobody walks through them."""


@blueprint.route("", methods=["GET", "POST"])
@allow(RoleName.BORDER_POLICE)
def look_up() -> ResponseReturnValue:
    """Look a document up by its number: type, state and last day, and nobody's name."""
    form = Form.sent()
    if request.method == "POST":
        with form.catch():
            number = form.text("number", limit=20)
            form.check()
            _count()
            with current_office().act(current_actor()) as act:
                document = entries.look_up(act, number)
            form.values["day"] = current_office().clock.today().isoformat()
            return _page(form, document)
    return _page(form)


@blueprint.post("/entry")
@allow(RoleName.BORDER_POLICE)
def enter() -> ResponseReturnValue:
    """The holder entered with a return title: it is void from now on."""
    form = Form.sent()
    with form.catch():
        number, point, day = form.text("number", limit=20), form.text("point"), form.date("day")
        form.check()
        assert day
        with current_office().act(current_actor()) as act:
            document = entries.enter(act, number, Crossing(point, day))
        flash(gettext("The entry is recorded. The return title is void."), "done")
        return _page(Form(), document)
    return _page(form, _shown(form.value("number")))


def _shown(number: str) -> Document | None:
    """The document that the refused form is about; it was looked up, and that recorded, before."""
    with current_office().reading(current_actor()) as look:
        return entries.numbered(look, number)


def _count() -> None:
    with current_office().upkeep() as look:
        limits.count(look, Counted("border", str(current_actor().id), LOOKS))


def _page(form: Form, document: Document | None = None) -> ResponseReturnValue:
    page = render_template(
        "border/entry.html",
        form=form,
        document=document,
        **(_found(document) if document else {}),
        may_enter=document is not None and entries.may_enter(document),
    )
    return make_response(page, form.status)


def _found(document: Document) -> dict[str, object]:
    """What the document is today, and what it is called."""
    title = document_types.get(document.document_type).title.text(language())
    with current_office().reading(current_actor()) as look:
        return {"title": title, "standing": standing(look, document), "extension": extension(look, document)}
