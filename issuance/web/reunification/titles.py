"""The return title of an approved member, lodged at the mission in two clicks; nothing is typed again (E13)."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from issuance.models.people import Person
from issuance.models.staff import RoleName
from issuance.services import centres
from issuance.services.reunification import files, members, titles
from issuance.services.reunification.titles import Choices
from issuance.web.case import access
from issuance.web.case.access import acting
from issuance.web.case.alike import NEW_PERSON, options_of
from issuance.web.case.card import card
from issuance.web.frame.auth import allow
from issuance.web.frame.current import current_centre
from issuance.web.frame.forms import Form, options
from issuance.web.reunification.words import TIES
from issuance.web.words.nationalities import nationality_name

blueprint = Blueprint("titles", __name__)

ONE = "/cases/<uuid:request_id>/reunification/<uuid:reunification_id>/members/<uuid:member_id>/title"


@blueprint.route(ONE, methods=["GET", "POST"])
@allow(RoleName.CLERK)
def lodge(request_id: UUID, reunification_id: UUID, member_id: UUID) -> ResponseReturnValue:
    """What will be lodged for this member, at which mission; then it is lodged."""
    form = Form.sent()
    if request.method == "POST":
        with form.catch():
            with acting(form, request_id, None) as (act, found):
                row = files.found(act, found, reunification_id)
                member = members.found(row, member_id)
                choices = _choices(form, titles.alike(act, member))
                titles.lodge(act, row, member, choices)
            flash(gettext("The return title is lodged. The mission takes the portrait and issues it."), "done")
            where = url_for("reunification.file.show", request_id=request_id, reunification_id=reunification_id)
            return redirect(where, 303)
    else:
        access.open_case(request_id)
    return _page((request_id, reunification_id, member_id), form)


def _choices(form: Form, alike: list[Person]) -> Choices:
    """What was chosen. FormRefused while somebody alike was not compared."""
    chosen = form.choice("person", [NEW_PERSON, *(str(person.id) for person in alike)]) if alike else NEW_PERSON
    centre = form.text("centre", limit=40)
    form.check()
    same = next((person.id for person in alike if str(person.id) == chosen), None)
    shown = set(form.value("compared").split())
    others = frozenset(person.id for person in alike if same is None and str(person.id) in shown)
    return Choices(centre, form.text("representative", required=False), same, others)


def _page(of: tuple[UUID, UUID, UUID], form: Form) -> ResponseReturnValue:
    request_id, reunification_id, member_id = of
    with access.looking(request_id) as (look, found):
        row = files.found(look, found, reunification_id)
        member = members.found(row, member_id)
        titles.check_waits(member)
        alike = titles.alike(look, member)
        if request.method == "GET":
            who = titles.who_accompanies(look, row, member)
            relation = gettext("family")
            accompanied = {"representative": f"{who} ({relation})"} if who else {}
            form = Form({"centre": current_centre().code} | accompanied)
        page = render_template(
            "reunification/title.html",
            case=found,
            card=card(look, found),
            row=row,
            member=member,
            form=form,
            alike=options_of(look, alike),
            is_minor=titles.needs_representative(look, member),
            missions=options((each.code, each.name) for each in centres.listed(look) if each.active),
            tie=TIES[member.tie],
            nationality=nationality_name,
        )
    return make_response(page, form.status)
