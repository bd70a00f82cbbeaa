"""The holder says that the office has something wrong, from the answer of the status page. Nothing is echoed."""

from __future__ import annotations

from flask import Blueprint, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext

from issuance.services.public import mistakes, receipts
from issuance.services.trust import limits
from issuance.services.trust.limits import Counted, TooManyTries
from issuance.web.frame.auth import public
from issuance.web.frame.current import current_office
from issuance.web.frame.forms import Form, options
from issuance.web.frame.i18n import speak_to_everybody
from issuance.web.public.parts.carried import carried, carry
from issuance.web.public.parts.replies import question, too_often

TOLD = 10
"""How often something may be told of one request in a window."""

FIELDS = {
    "name": lazy_gettext("My name"),
    "birth_date": lazy_gettext("My date of birth"),
    "sex": lazy_gettext("Man or woman"),
    "nationality": lazy_gettext("My nationality"),
    "address": lazy_gettext("My address"),
    "other": lazy_gettext("Something else"),
}

blueprint = Blueprint("mistakes", __name__, url_prefix="/status/mistake")


@blueprint.route("", methods=["GET", "POST"])
@public
def ask() -> ResponseReturnValue:
    """What is wrong?"""
    speak_to_everybody()
    known = carried(request.form.get("carried", ""))
    return _page(Form({"carried": carry(*known)})) if known else question()


@blueprint.route("/told", methods=["GET", "POST"])
@public
def tell() -> ResponseReturnValue:
    """It goes to the desk."""
    speak_to_everybody()
    form = Form.sent()
    known = carried(form.value("carried"))
    if known is None:
        return question()
    with form.catch():
        field = form.choice("field", FIELDS)
        said = form.text("said", required=False, limit=mistakes.LONGEST, lines=True)
        form.check()
        try:
            with current_office().upkeep() as look:
                limits.count(look, Counted("status-told", known[0], TOLD))
                mistakes.tell(look, receipts.shown_by(*known), field, said)
        except TooManyTries as error:
            return too_often(error)
        return render_template("public/mistake_told.html")
    return _page(form)


def _page(form: Form) -> ResponseReturnValue:
    page = render_template("public/mistake.html", form=form, fields=options(FIELDS.items()), most=mistakes.LONGEST)
    return make_response(page, form.status)
