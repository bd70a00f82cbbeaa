"""One body outside: its files with their receipts, what it refused, and what it may have."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from issuance.law.office.feeds import Recipient
from issuance.models.staff import RoleName
from issuance.services.feeds import allowances, files, outbox, pushing, receipts
from issuance.web.feeds.parts import READERS, WORKERS, done, known
from issuance.web.feeds.words import ALLOWED, FACTS, state_of
from issuance.web.frame.auth import UPLOAD_BYTES, allow
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.forms import Form
from issuance.web.frame.i18n import language

blueprint = Blueprint("recipient", __name__, url_prefix="/feeds/<recipient>")

PAGE_ROWS = 50


@blueprint.get("")
@allow(*READERS)
def show(recipient: str) -> ResponseReturnValue:
    """Its files, the newest first."""
    return _page(recipient, Form())


@blueprint.get("/<int:file_number>.jsonl")
@allow(*WORKERS)
def take(recipient: str, file_number: int) -> Response:
    """A file, to be carried to the other side: it is recorded who took it."""
    to = known(recipient)
    with current_office().act(current_actor()) as act:
        body, _ = files.fetch(act, files.taken(act, to.code, file_number))
    return _attached(body, f"{to.code}-{file_number:06d}.jsonl", pushing.MEDIA_TYPE)


@blueprint.get("/<int:file_number>.sig")
@allow(*WORKERS)
def signature(recipient: str, file_number: int) -> Response:
    """The signature over a file."""
    to = known(recipient)
    with current_office().reading(current_actor()) as look:
        signed = files.taken(look, to.code, file_number).signature
    assert signed
    return _attached(signed, f"{to.code}-{file_number:06d}.jsonl.sig", "application/octet-stream")


@blueprint.post("/receipt")
@allow(*WORKERS, body=UPLOAD_BYTES)
def receipt(recipient: str) -> ResponseReturnValue:
    """Take a receipt of the other side; a wrong one changes nothing."""
    to, form = known(recipient), Form.sent()
    with form.catch():
        data = form.file("receipt")
        form.check()
        with current_office().act(current_actor()) as act:
            kept = receipts.take(act, to, data)
        counts = {"taken": kept.taken, "refused": kept.refused}
        return done(recipient, gettext("Acknowledged: %(taken)s. Refused: %(refused)s.", **counts))
    return _page(recipient, form)


@blueprint.post("/rows/<uuid:row_id>/again")
@allow(*WORKERS)
def again(recipient: str, row_id: UUID) -> ResponseReturnValue:
    """What was wrong with a row was put right: it goes in the next file."""
    to, form = known(recipient), Form.sent()
    with form.catch():
        with current_office().act(current_actor()) as act:
            receipts.again(act, receipts.refused_row(act, to, row_id))
        return done(recipient, gettext("It goes in the next file."))
    return _page(recipient, form)


@blueprint.route("/rows/<uuid:row_id>/let-be", methods=["GET", "POST"])
@allow(*WORKERS)
def let_be(recipient: str, row_id: UUID) -> ResponseReturnValue:
    """Nothing more is sent of a row that was refused, for a reason."""
    to, form = known(recipient), Form.sent()
    if request.method == "POST":
        with form.catch():
            reason = form.text("reason", limit=500, lines=True)
            form.check()
            with current_office().act(current_actor()) as act:
                receipts.let_be(act, receipts.refused_row(act, to, row_id), reason)
            return done(recipient, gettext("Nothing more is sent of it."))
    with current_office().reading(current_actor()) as look:
        receipts.refused_row(look, to, row_id)
    title = to.title.text(language())
    page = render_template("feeds/let_be.html", form=form, recipient=to.code, row_id=row_id, title=title)
    return make_response(page, form.status)


@blueprint.post("/<int:file_number>/push")
@allow(*WORKERS)
def push(recipient: str, file_number: int) -> ResponseReturnValue:
    """A file that was refused there is pushed again."""
    to, form = known(recipient), Form.sent()
    with form.catch():
        with current_office().act(current_actor()) as act:
            pushing.again(act, files.taken(act, to.code, file_number))
        return done(recipient, gettext("It is pushed again within seconds."))
    return _page(recipient, form)


def _page(recipient: str, form: Form) -> ResponseReturnValue:
    to = known(recipient)
    with current_office().reading(current_actor()) as look:
        found = files.listed(look, to.code, _before(), PAGE_ROWS + 1)
        standing, shown = outbox.standing(look, to), found[:PAGE_ROWS]
        more = len(found) > len(shown)
        page = render_template(
            "feeds/recipient.html",
            form=form,
            **_said(to),
            standing=standing,
            late=outbox.is_late(look, standing.oldest),
            files=[(file, *state_of(file)) for file in shown],
            following=url_for("feeds.recipient.show", recipient=to.code, before=shown[-1].number) if more else "",
            taken=receipts.of_files(look, [file.id for file in shown]),
            refused=receipts.refused(look, to),
            live=allowances.live(look, to.code),
            address=pushing.addresses(look.settings).get(to.code, ""),
            may_act=bool(set(WORKERS) & look.actor.roles),
            is_administrator=RoleName.ADMINISTRATOR in look.actor.roles,
            me=look.actor.id,
        )
    return make_response(page, form.status)


def _said(to: Recipient) -> dict[str, Any]:
    """What `feeds.toml` says of a recipient, in words."""
    return {
        "recipient": to,
        "title": to.title.text(language()),
        "basis": to.legal_basis.text(language()),
        "assumptions": [each.text(language()) for each in to.assumptions],
        "facts_told": [FACTS[fact] for fact in dict.fromkeys(to.told.values())],
        "facts": FACTS,
        "allowed": ALLOWED,
    }


def _before() -> int | None:
    before = request.args.get("before", "")
    return int(before) if before.isascii() and before.isdigit() and len(before) < 10 else None


def _attached(body: bytes, name: str, kind: str) -> Response:
    response = Response(body, mimetype=kind)
    response.headers["Content-Disposition"] = f"attachment; filename={name}"
    response.headers["Cache-Control"] = "no-store"
    return response
