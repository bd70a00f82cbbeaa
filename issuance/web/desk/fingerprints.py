"""Fingerprints at the desk: the picture of one finger at a time, or why no finger of a hand can be taken."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale, gettext

from issuance.acts import Look
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import RoleName
from issuance.services.capture import fingerprints
from issuance.services.capture.fingerprints import HANDS, INDEX, LEAST_QUALITY, Finger
from issuance.services.capture.scanner import DPI, MAX_BYTES
from issuance.services.rule_versions import rules_of
from issuance.states import UNDECIDED
from issuance.web.case import access, card
from issuance.web.case.access import acting
from issuance.web.frame.auth import UPLOAD_BYTES, allow
from issuance.web.frame.current import current_office
from issuance.web.frame.forms import Form, options
from issuance.web.words.fingerprints import FINGER_WORDS, HAND_WORDS, WHY_ANOTHER_WORDS, WHY_NONE_WORDS, of_hand

blueprint = Blueprint("fingerprints", __name__)

FINGERS = {f"{hand}-{name}": words for (hand, name), words in FINGER_WORDS.items()}
"""What the page offers, by the code that its form sends."""


@blueprint.get("/cases/<uuid:request_id>/fingerprints")
@allow(RoleName.CLERK)
def show(request_id: UUID) -> ResponseReturnValue:
    """What is there of each hand, and the finger whose turn it is. The opening is recorded."""
    access.open_case(request_id)
    return _page(request_id, Form())


@blueprint.post("/cases/<uuid:request_id>/fingerprints/finger")
@allow(RoleName.CLERK, body=UPLOAD_BYTES)
def take(request_id: UUID) -> ResponseReturnValue:
    """Keep what the scanner makes of a picture. It is judged first, outside the transaction."""
    form = Form.sent()
    with form.catch():
        hand, _, name = form.choice("finger", FINGERS).partition("-")
        why = form.choice("why", WHY_ANOTHER_WORDS, required=False)
        image = form.file("picture", limit=MAX_BYTES)
        form.check()
        captured = fingerprints.capture(current_office().settings, image)
        with acting(form, request_id, None) as (act, found):
            fingerprints.take(act, found, Finger(hand, name, why), captured)
            rest = fingerprints.next_hand(act, found)
        flash(gettext("The print is good: quality %(quality)s of 100.", quality=captured.quality), "done")
        return _onward(request_id, rest)
    return _page(request_id, form)


@blueprint.post("/cases/<uuid:request_id>/fingerprints/none")
@allow(RoleName.CLERK)
def exempt(request_id: UUID) -> ResponseReturnValue:
    """No finger of a hand can be taken."""
    form = Form.sent()
    with form.catch():
        hand, why = form.choice("hand", HANDS), form.choice("why_none", WHY_NONE_WORDS)
        with acting(form, request_id, None) as (act, found):
            fingerprints.exempt(act, found, hand, why)
            rest = fingerprints.next_hand(act, found)
        flash(gettext("Noted, with the reason. The officer sees it."), "done")
        return _onward(request_id, rest)
    return _page(request_id, form)


def _onward(request_id: UUID, rest: str | None) -> ResponseReturnValue:
    """To the other hand while it is open, else to the case."""
    page = "desk.fingerprints.show" if rest else "desk.case.show"
    return redirect(url_for(page, request_id=request_id), 303)


def _page(request_id: UUID, form: Form) -> ResponseReturnValue:
    """The page; `form` is what was just refused, or empty."""
    with access.looking(request_id) as (look, found):
        shown = fingerprints.next_hand(look, found) or HANDS[0]
        form.values.setdefault("finger", f"{shown}-{INDEX}")
        form.values.setdefault("hand", shown)
        page = render_template(
            "desk/fingerprints.html",
            case=found,
            card=card.card(look, found),
            form=form,
            dpi=DPI,
            least=LEAST_QUALITY,
            fingers=options(FINGERS.items()),
            whys=options(WHY_ANOTHER_WORDS.items()),
            hands=options(HAND_WORDS.items()),
            whys_none=options(WHY_NONE_WORDS.items()),
            **_standing(look, found),
        )
        return make_response(page, form.status)


def _standing(look: Look, found: IssuanceRequest) -> dict[str, object]:
    """What there is, and whether there is anything to take."""
    rows, rule, language = fingerprints.of_request(look, found), rules_of(found).fingerprints, str(get_locale())
    return {
        "asked": fingerprints.are_asked(found),
        "taken_here": fingerprints.are_taken_here(look),
        "is_open": found.state in UNDECIDED,
        "hands_said": [of_hand(hand, rows.get(hand)) for hand in HANDS],
        "is_done": fingerprints.next_hand(look, found) is None,
        "last_day": fingerprints.last_day(look, found, look.clock.today()),
        "rule": rule.text.text(language) if rule else "",
        "article": rule.legal_basis.text(language) if rule else "",
    }
