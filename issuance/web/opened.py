"""The form of a family that is open at a window: its code goes from page to page in the clerk's browser, encrypted.

The register keeps it nowhere, not with the session either: who has the database cannot open what still waits.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask import current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from issuance.acts import Act
from issuance.models.requests import IssuanceRequest
from issuance.services.ahead import forms
from issuance.web.boxed import boxed, unboxed
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.forms import Form

COOKIE = "ahead"
FIELD = "ahead"
"""The hidden field of a lodging that began with a form."""

BEGINS, TO_COMPARE, COMPARED = "begins", "to_compare", "compared_field"
"""Fields of the page before it: that it leads to the lodging, what it showed to be compared, and what was."""

PATH = "/desk/ahead"
SECONDS = 4 * 3600
PURPOSE = "ahead at the window"


@dataclass(frozen=True)
class Opened:
    """A form by its code, and the place of the person in it."""

    code: str
    place: int


def carry(code: str, place: int) -> str:
    """For the hidden field, and the cookie; it opens for who is logged in now and nobody else."""
    return boxed(PURPOSE, f"{current_actor().id} {code} {place}".encode())


def _carried(token: str) -> Opened | None:
    plain = unboxed(PURPOSE, token, SECONDS)
    if plain is None:
        return None
    account, code, place = plain.decode().split(" ")
    return Opened(code, int(place)) if account == str(current_actor().id) else None


def sent() -> Opened | None:
    """From whose form the lodging began that was just sent; None for any other."""
    return _carried(request.form.get(FIELD, ""))


def kept() -> str | None:
    """The code of the form that is open in this browser."""
    found = _carried(request.cookies.get(COOKIE, ""))
    return found.code if found else None


def take(act: Act, lodged: IssuanceRequest) -> None:
    """The person of the form is lodged: nothing of them is kept there any more."""
    if opened := sent():
        forms.take(act, opened.code, opened.place, lodged)


def next_person(otherwise: ResponseReturnValue) -> ResponseReturnValue:
    """On to the next person of the form, when the lodging began with one and somebody is left."""
    opened = sent()
    if opened is None:
        return otherwise
    with current_office().reading(current_actor()) as look:
        rest = forms.found(look, opened.code)
    return onward(opened.code) if rest else otherwise


def onward(code: str) -> Response:
    """To the page of the next person, in a browser that keeps the code for a while."""
    answer = redirect(url_for("ahead.window.show"), 303)
    answer.set_cookie(
        COOKIE,
        carry(code, -1),
        max_age=SECONDS,
        path=PATH,
        secure=bool(current_app.config["SESSION_COOKIE_SECURE"]),
        httponly=True,
        samesite="Strict",
    )
    return answer


def begun(form: Form, defaults: Mapping[str, object]) -> Form:
    """The lodging form as it begins with what a family said; what nobody compared is marked."""
    values: MultiDict[str, object] = MultiDict(form.values)
    to_compare, compared = form.value(TO_COMPARE).split(), form.values.getlist(COMPARED)
    for name in (BEGINS, TO_COMPARE, COMPARED, "csrf_token", "mark"):
        values.poplist(name)
    for name, value in defaults.items():
        if name not in values:
            values[name] = value
    drawn = Form(values)
    for name in to_compare:
        if name not in compared:
            drawn.refuse(name, gettext("Compare this with the papers of the person: keep it, or correct it."))
    return drawn
