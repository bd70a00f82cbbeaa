"""Where the window opens the form that a family filled in: person by person what they said, and what it becomes.

Nothing is lodged here: what was compared goes into the lodging form, which the clerk sends as for everybody else.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from issuance import document_types
from issuance.acts import Look
from issuance.errors import InvalidInput, LimanError, NotFound
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import RoleName
from issuance.services.ahead import codes, forms
from issuance.services.ahead.said import OTHER, Family, Member
from issuance.values import contacts
from issuance.web import opened
from issuance.web.ahead.needs import NEEDS
from issuance.web.case.families import TIES
from issuance.web.frame.auth import REGISTRARS, allow
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.forms import Form, http_status, options
from issuance.web.frame.i18n import capital, language, partial_day, sentence
from issuance.web.words.codes import SEXES, STATUSES, TRAVEL_DOCUMENTS
from issuance.web.words.languages import language_name, languages
from issuance.web.words.nationalities import nationalities, nationality_name
from printing.mrz.transliteration import propose_latin

blueprint = Blueprint("window", __name__, url_prefix=opened.PATH)


@blueprint.post("")
@allow(*REGISTRARS)
def take() -> ResponseReturnValue:
    """Open the form of the code that was scanned here, or into the search; who opened it is recorded."""
    code = codes.normalise(request.form.get("code") or request.form.get("q", ""))
    try:
        if code is None:
            raise InvalidInput("code", "This is no code of a form: a letter is wrong or missing. Scan it again.")
        with current_office().act(current_actor()) as act:
            forms.opened(act, code)
    except LimanError as error:
        return make_response(render_template("ahead/scan.html", problem=sentence(error)), http_status(error))
    return opened.onward(code)


@blueprint.get("")
@allow(*REGISTRARS)
def show() -> ResponseReturnValue:
    """The next person of the form that is open in this browser, or where a code is scanned."""
    code = opened.kept()
    with current_office().reading(current_actor()) as look:
        family = forms.found(look, code) if code else None
        if code is None or family is None:
            return render_template("ahead/scan.html", problem="")
        place = request.args.get("place", type=int)
        place = place if place in family.waiting else family.waiting[0]
        return render_template("ahead/window.html", **_shown(look, family, place), carried=opened.carry(code, place))


@blueprint.post("/drop")
@allow(*REGISTRARS)
def drop() -> ResponseReturnValue:
    """Delete what is left of the open form: the others do not come, or the family is written down anew."""
    if code := opened.kept():
        with suppress(NotFound), current_office().act(current_actor()) as act:
            forms.drop(act, code)
        flash(gettext("Deleted. Nothing is kept of this form."), "done")
    return redirect(url_for("ahead.window.show"), 303)


def _shown(look: Look, family: Family, place: int) -> dict[str, Any]:
    """One person of a form, and what is said of the whole."""
    member = family.people[place]
    assert member  # the place waits
    first = _first(look, family) if place else None
    tie = member.tie if first and member.tie != OTHER else ""
    waiting = [(each, family.people[each]) for each in family.waiting]
    return {
        "form": Form(_becomes(family, member, first) | {"tie": tie}),
        "said": _said(member),
        "first": first if tie else None,
        "action": url_for("desk.lodging.member", request_id=first.id) if first and tie else url_for("desk.lodging.new"),
        "place": place,
        "waiting": waiting,
        "needs": [str(NEEDS[each]) for each in family.needs],
        "contact": family.contact,
        "ties": options(TIES.items()),
        "tie_said": str(TIES.get(member.tie, "")) if place else "",
        "sexes": options(SEXES.items()),
        "languages": languages(),
        "nationalities": nationalities(language()),
        "types": [(code, f"{code} · {kind.title.text(language())}") for code, kind in document_types.load().items()],
        "statuses": options(STATUSES.items()),
        "travel_documents": options(TRAVEL_DOCUMENTS.items()),
    }


def _first(look: Look, family: Family) -> IssuanceRequest | None:
    """The request of the first person, to which the others are linked: a clerk's, at the centre of that request."""
    first = look.session.get(IssuanceRequest, family.first) if family.first else None
    if first is None or RoleName.CLERK not in look.actor.roles or first.centre_id != look.actor.centre_id:
        return None
    return first


def _becomes(family: Family, member: Member, first: IssuanceRequest | None) -> dict[str, object]:
    """What the lodging form is to begin with."""
    place = member.birth_place
    values: dict[str, object] = {
        "family_name": member.spelt(member.family_name, member.latin_family),
        "given_names": member.spelt(member.given_names, member.latin_given),
        "native_name": member.native_name,
        "birth_date": member.birth_date,
        "birth_place": (propose_latin(place, member.language) or "") if place else "",
        "sex": member.sex,
        "nationality": member.nationality,
        "language": member.language,
        "phone": _phone(family.contact),
        "note": ", ".join(str(NEEDS[each]) for each in family.needs),
    }
    if first:
        values |= {"document_type": first.document_type, "status": first.person.status}
        values["evidence"] = gettext("Said by the family in the form it filled in")
    return values


def _said(member: Member) -> dict[str, list[str]]:
    """What the family said, by the field that it becomes."""
    return {
        "family_name": list(filter(None, (member.family_name, member.latin_family))),
        "given_names": list(filter(None, (member.given_names, member.latin_given))),
        "native_name": [member.native_name],
        "birth_date": [partial_day(member.birth_date)],
        "birth_place": [member.birth_place],
        "sex": [str(SEXES[member.sex])],
        "nationality": [nationality_name(member.nationality)],
        "language": [capital(language_name(member.language))],
    }


def _phone(contact: str) -> str:
    """The contact as a telephone number, empty when it is none."""
    try:
        return contacts.phone("phone", contact) if contact else ""
    except InvalidInput:
        return ""
