"""Where a family fills in its form before it comes, at a kiosk or on a phone: no log-in, no session, no script.

What is filled in so far goes from page to page encrypted, in a hidden field; the register has nothing of it. At the end
it is kept under a code that only the family has. See docs/ahead.md and docs/adr/0076-filled-in-ahead.md.
"""

from __future__ import annotations

from typing import Any

import structlog
from flask import Blueprint, Response, make_response, render_template, request
from flask_babel import format_date

from issuance.services.ahead import codes, forms, said
from issuance.services.ahead.forms import TooManyForms
from issuance.services.ahead.said import MOST_PEOPLE, OTHER, Family, Member
from issuance.values import addresses
from issuance.web.ahead import words as page
from issuance.web.ahead.reading import Reader
from issuance.web.boxed import boxed, unboxed
from issuance.web.frame.auth import filling
from issuance.web.frame.current import current_office
from issuance.web.frame.forms import Form, FormRefused
from issuance.web.words.languages import languages
from printing.pages.symbols import qr

PURPOSE = "ahead so far"
SECONDS = 3 * 3600
QR_SIDE = 100

log = structlog.get_logger()
blueprint = Blueprint("form", __name__, url_prefix="/ahead")


@blueprint.route("", methods=["GET", "POST"])
@filling
def fill() -> Response:
    """The next page of the form: what it is for, a person, the family, the code."""
    page.language()
    form = Form.sent()
    do, _, place = form.value("do").partition("-")
    if request.method == "GET" or not do:
        return _page("begin")
    family = Family() if do == "begin" else _so_far(form.value("so_far"))
    if family is None:
        return _page("over", status=400)
    if do in ("keep", "person"):
        return _typed(form, family, is_sent=do == "keep")
    if do not in ("begin", "back"):
        family = Reader(form, page.words()).wishes(family)
    return _step(form, family, do, int(place) if place.isdecimal() and len(place) < 3 else -1)


def _step(form: Form, family: Family, do: str, place: int) -> Response:
    """What a button of the family's page leads to."""
    count = len(family.people)
    if do == "begin" or (do == "add" and count < MOST_PEOPLE):
        return _person(family, count, Form({"language": page.language()}))
    if do == "change" and 0 <= place < count:
        return _person(family, place, _form_of(family.people[place]))
    if do == "remove" and 0 <= place < count and (place or count == 1):
        family = family.without(place)
    if not family.people:
        return _page("begin")
    if do == "finish" and not form.refused:
        return _kept(family)
    return _family(family, form if do == "finish" else None)


def _so_far(token: str) -> Family | None:
    """What the family wrote on the pages before; None when that is too long ago."""
    plain = unboxed(PURPOSE, token, SECONDS)
    return said.unpacked(plain) if plain is not None else None


def _typed(form: Form, family: Family, *, is_sent: bool) -> Response:
    """A person was typed; not sent when only the language changed."""
    typed = form.value("place")
    place = min(int(typed) if typed.isdecimal() and len(typed) < 3 else 0, len(family.people), MOST_PEOPLE - 1)
    try:
        if is_sent:
            member = Reader(form, page.words()).member(current_office().clock, is_first=place == 0)
            return _family(family.with_person(place, member))
    except FormRefused:
        form.status = 400
    return _person(family, place, form)


def _form_of(member: Member | None) -> Form:
    return Form(vars(member) if member else {})


def _person(family: Family, place: int, form: Form) -> Response:
    first = family.people[0] if family.people else None
    return _page(
        "person",
        family,
        form=form,
        place=place,
        first=first.full_name if first and place else "",
        is_new=place == len(family.people),
        languages=languages(),
        status=form.status,
    )


def _family(family: Family, form: Form | None = None, *, problem: str = "") -> Response:
    status = 400 if form and form.refused else 200
    form = form or Form()
    form.values.setlist("needs", list(family.needs))
    form.values.setdefault("contact", family.contact)
    is_full = len(family.people) >= MOST_PEOPLE
    named = dict(page.ties())
    people = [(each.full_name, named[each.tie] if place and each.tie != OTHER else "") for place, each in _all(family)]
    return _page("family", family, form=form, people=people, is_full=is_full, problem=problem, status=status)


def _all(family: Family) -> list[tuple[int, Member]]:
    return [(place, each) for place, each in enumerate(family.people) if each]


def _kept(family: Family) -> Response:
    """The code, which is shown once; or that no more forms are taken today."""
    office = current_office()
    try:
        with office.upkeep() as look:
            code = forms.keep(look, family, addresses.customer(request.remote_addr or ""))
    except TooManyForms:
        log.info("ahead_form", outcome="limited")
        answer = _family(family, problem="limited")
        answer.status_code = 429
        return answer
    log.info("ahead_form", outcome="kept")
    until = format_date(office.clock.today() + forms.LIFE, "d MMMM y")
    squares = qr(code, (0, 0, QR_SIDE, QR_SIDE))
    return _page("done", groups=codes.grouped(code).split(), squares=squares, side=QR_SIDE, until=until)


def _page(stage: str, family: Family | None = None, *, status: int = 200, **shown: Any) -> Response:
    """The page at `stage`: begin, person, family, done or over."""
    so_far = boxed(PURPOSE, said.packed(family)) if family is not None else ""
    answer = render_template(
        f"ahead/{stage}.html",
        words=page.words(),
        so_far=so_far,
        tongues=page.menu(),
        sexes=page.sexes(),
        ties=page.ties(),
        needs=page.needs(),
        countries=page.countries(),
        stage=stage,
        **shown,
    )
    return make_response(answer, status)
