"""What a body outside may have when two administrators agreed: its personal columns."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from flask import Blueprint, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from issuance.acts import Act
from issuance.errors import NotFound
from issuance.models.feeds import FeedAllowance
from issuance.models.staff import RoleName
from issuance.services.feeds import allowances
from issuance.web.feeds.parts import done, known
from issuance.web.feeds.words import COLUMNS
from issuance.web.frame.auth import allow
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.forms import Form
from issuance.web.frame.i18n import language

blueprint = Blueprint("allowed", __name__, url_prefix="/feeds/<recipient>")


@blueprint.route("/personal", methods=["GET", "POST"])
@allow(RoleName.ADMINISTRATOR)
def personal(recipient: str) -> ResponseReturnValue:
    """Ask that files have the personal columns, by the article that allows it."""
    to, form = known(recipient), Form.sent()
    if not to.personal:
        raise NotFound("This recipient is never told who the holder is.")
    if request.method == "POST":
        with form.catch():
            basis = form.text("legal_basis", limit=300)
            form.check()
            with current_office().act(current_actor()) as act:
                allowances.ask_personal(act, to, basis)
            return done(recipient, gettext("Asked for. Another administrator agrees to it."))
    page = render_template(
        "feeds/personal.html",
        form=form,
        recipient=to.code,
        title=to.title.text(language()),
        columns=[COLUMNS[name] for name in to.personal],
    )
    return make_response(page, form.status)


@blueprint.post("/allowances/<uuid:allowance_id>/agree")
@allow(RoleName.ADMINISTRATOR)
def agree(recipient: str, allowance_id: UUID) -> ResponseReturnValue:
    """A second administrator agrees."""
    return _do(recipient, allowance_id, allowances.agree, gettext("Agreed. It holds from now on."))


@blueprint.post("/allowances/<uuid:allowance_id>/end")
@allow(RoleName.ADMINISTRATOR)
def end(recipient: str, allowance_id: UUID) -> ResponseReturnValue:
    """It holds no more."""
    return _do(recipient, allowance_id, allowances.end, gettext("Ended. It holds no more."))


def _do(recipient: str, row_id: UUID, do: Callable[[Act, FeedAllowance], None], said: str) -> ResponseReturnValue:
    to = known(recipient)
    with current_office().act(current_actor()) as act:
        do(act, allowances.named(act, to.code, row_id))
    return done(recipient, said)
