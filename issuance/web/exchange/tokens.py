"""Tokens of systems outside, whichever way they go: made by one administrator, agreed to by another, revoked by any."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext

from issuance.acts import Act
from issuance.law.office.feeds import recipients
from issuance.models.exchange import EVENTS, ExchangeToken
from issuance.models.staff import RoleName
from issuance.services.exchange import callers
from issuance.web.frame.auth import allow
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.forms import Form, options
from issuance.web.frame.i18n import language
from issuance.web.frame.rail import Group, Queue

blueprint = Blueprint("tokens", __name__, url_prefix="/callers")

MOST_PER_MINUTE = 60_000
QUEUES = (
    Queue(
        lazy_gettext("Tokens of systems outside"),
        "exchange.tokens.listed",
        (RoleName.ADMINISTRATOR,),
        callers.count_to_agree,
        group=Group.OFFICE,
    ),
)


@blueprint.get("")
@allow(RoleName.ADMINISTRATOR)
def listed() -> ResponseReturnValue:
    """The tokens that open, those that wait for a second administrator, and those that are revoked."""
    return _page(Form())


@blueprint.route("/add", methods=["GET", "POST"])
@allow(RoleName.ADMINISTRATOR)
def add() -> ResponseReturnValue:
    """Make a token, shown once; it is of use when another administrator agreed."""
    form = Form.sent()
    if request.method == "POST":
        with form.catch():
            name, opens = form.text("name", limit=60), form.choice("opens", callers.doors())
            per_minute = form.whole("per_minute", least=1, most=MOST_PER_MINUTE)
            form.check()
            assert per_minute
            with current_office().act(current_actor()) as act:
                token = callers.add(act, name, per_minute, opens)
            page = make_response(render_template("exchange/token.html", token=token, name=name, opens=_doors()[opens]))
            page.headers["Cache-Control"] = "no-store"
            return page
    else:
        form = Form({"per_minute": callers.PER_MINUTE, "opens": request.args.get("opens", "")})
    return make_response(
        render_template("exchange/token_add.html", form=form, doors=options(_doors().items())), form.status
    )


@blueprint.post("/<uuid:token_id>/agree")
@allow(RoleName.ADMINISTRATOR)
def agree(token_id: UUID) -> ResponseReturnValue:
    """A second administrator agrees."""
    return _do(token_id, callers.agree, gettext("Agreed. The token opens from now on."))


@blueprint.post("/<uuid:token_id>/revoke")
@allow(RoleName.ADMINISTRATOR)
def revoke(token_id: UUID) -> ResponseReturnValue:
    """It opens nothing any more."""
    return _do(token_id, callers.revoke, gettext("Revoked. The token opens nothing any more."))


def _do(token_id: UUID, do: Callable[[Act, ExchangeToken], None], said: str) -> ResponseReturnValue:
    form = Form.sent()
    with form.catch():
        with current_office().act(current_actor()) as act:
            do(act, callers.with_id(act, token_id))
        flash(said, "done")
        return redirect(url_for("exchange.tokens.listed"), 303)
    return _page(form)


def _doors() -> dict[str, str]:
    """What a token opens, in words."""
    fetched = {code: to.title.text(language()) for code, to in recipients().items()}
    files = {code: gettext("to fetch files: %(recipient)s", recipient=fetched[code]) for code in callers.doors()[1:]}
    return {EVENTS: gettext("to tell events of case handling")} | files


def _page(form: Form) -> ResponseReturnValue:
    with current_office().reading(current_actor()) as look:
        rows = callers.listed(look)
        page = render_template(
            "exchange/tokens.html",
            form=form,
            rows=rows,
            doors=_doors(),
            me=look.actor.id,
            more=len(rows) == callers.LISTED,
        )
    return make_response(page, form.status)
