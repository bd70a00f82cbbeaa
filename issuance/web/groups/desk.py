"""The desk works through a group: who is enrolled next, who is handed a document next, who did not arrive."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from issuance.acts import Look
from issuance.models.staff import RoleName
from issuance.services.groups import absence, lacking, lists, stages
from issuance.services.membership import members
from issuance.web.case import card
from issuance.web.frame.auth import CLERKS, allow
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.forms import Form, options
from issuance.web.groups import parts
from issuance.web.pressed import press
from issuance.web.words.duties import NOT_ARRIVED

blueprint = Blueprint("desk", __name__, url_prefix="/groups/<uuid:group_id>")


@blueprint.get("/enrolment")
@allow(*CLERKS)
def enrol(group_id: UUID) -> str:
    """Who of the group is to be enrolled, and what each lacks; the next one opens from here, and from each case."""
    return _page(group_id, lacking.DESK, "groups/enrolment.html", "groups.desk.enrol")


@blueprint.get("/hand-over")
@allow(*CLERKS)
def hand_over(group_id: UUID) -> str:
    """Whose document waits: each is handed over by an act of its own, which leads to the next."""
    return _page(group_id, lacking.READY, "groups/hand_over.html", "groups.desk.hand_over")


def _page(group_id: UUID, which: str, template: str, endpoint: str) -> str:
    with current_office().reading(current_actor()) as look:
        group = lists.own(look, group_id)
        counts = stages.of(look, group)
        return render_template(
            template,
            group=group,
            counts=counts,
            first=_first(look, group_id, to_hand_over=which == lacking.READY),
            **parts.members_page(look, group, which, endpoint),
        )


def _first(look: Look, group_id: UUID, *, to_hand_over: bool) -> UUID | None:
    """Whom the clerk takes up first; nobody for a supervisor, who looks."""
    if RoleName.CLERK not in look.actor.roles:
        return None
    return members.first_one(look, group_id, to_hand_over=to_hand_over)


@blueprint.route("/members/<uuid:member_id>/not-arrived", methods=["GET", "POST"])
@allow(*CLERKS)
def not_arrived(group_id: UUID, member_id: UUID) -> ResponseReturnValue:
    """Note that somebody did not arrive, and why: out of the appointment and the batch of the group."""
    form = Form.sent()
    if request.method == "POST":
        with form.catch():
            why = form.choice("because", members.NOT_ARRIVED)
            form.check()
            with current_office().act(current_actor()) as act:
                absence.note(act, absence.own_member(act, group_id, member_id), why)
            flash(gettext("Noted. The time and the place in the batch are free again."), "done")
            return redirect(url_for("groups.group.show", group_id=group_id), 303)
    with current_office().reading(current_actor()) as look:
        member = absence.own_member(look, group_id, member_id)
        page = render_template(
            "groups/not_arrived.html",
            form=form,
            member=member,
            row=card.row(member.request),
            reasons=options(NOT_ARRIVED.items()),
        )
    return make_response(page, form.status)


@blueprint.post("/members/<uuid:member_id>/arrived")
@allow(*CLERKS)
def arrived(group_id: UUID, member_id: UUID) -> ResponseReturnValue:
    """They are here after all."""
    said = gettext("Noted: the person is of the group again. Reserve a time, if one is needed.")
    back = url_for("groups.group.show", group_id=group_id)
    return press(lambda act: absence.undo(act, absence.own_member(act, group_id, member_id)), said, back)
