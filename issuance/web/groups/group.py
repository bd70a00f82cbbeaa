"""One group: who sent it, how far it is, what is next for whom; its list on paper; closed when all is done."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, Response, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from issuance.acts import Look
from issuance.errors import Conflict
from issuance.models.appointments import Purpose
from issuance.models.groups import ResettlementGroup
from issuance.models.staff import RoleName
from issuance.services.groups import lacking, lists, stages, visits
from issuance.services.groups.stages import Counts, Stage
from issuance.states import FILES_UNLODGED
from issuance.values import references
from issuance.web.case.specimen import sentence_about
from issuance.web.frame.auth import CLERKS, allow
from issuance.web.frame.current import current_actor, current_office
from issuance.web.groups import parts, words
from issuance.web.groups.papers import paper_of
from issuance.web.groups.parts import SEEN_BY
from issuance.web.pressed import press
from printing import papers
from printing.errors import PrintingError

blueprint = Blueprint("group", __name__, url_prefix="/groups/<uuid:group_id>")


@blueprint.get("")
@allow(*SEEN_BY)
def show(group_id: UUID) -> str:
    """The group and everybody in it; an operator sees how many wait for what."""
    with current_office().reading(current_actor()) as look:
        group = lists.own(look, group_id)
        counts, files = stages.of(look, group), lists.files_of(look, group)
        sees = bool(look.actor.roles & set(CLERKS))
        return render_template(
            "groups/group.html",
            group=group,
            counts=counts,
            stage=words.STAGES[counts.stage],
            sender=words.SENDERS[group.sender],
            files=files if RoleName.SUPERVISOR in look.actor.roles else [],
            visits=_visits(look, group) if sees else [],
            next=_next(look, group, counts, waits=any(file.state in FILES_UNLODGED for file in files)),
            is_supervisor=RoleName.SUPERVISOR in look.actor.roles,
            sees=sees,
            **parts.members_page(look, group, lacking.ALL if sees else "", "groups.group.show"),
            absent=parts.shown(lacking.page(look, group, lacking.ABSENT)) if sees else [],
        )


def _visits(look: Look, group: ResettlementGroup) -> list[tuple[Purpose, visits.Visit]]:
    return [(purpose, visits.of(look, group, purpose)) for purpose in Purpose]


def _next(look: Look, group: ResettlementGroup, counts: Counts, *, waits: bool) -> tuple[str, str]:
    """The one next act of the reader on this group: its words and where; nothing when it is another's turn."""
    roles, waiting = look.actor.roles, counts.waiting
    found = (
        (RoleName.CLERK, waiting[Stage.TO_HAND_OVER], gettext("Hand over"), "groups.desk.hand_over"),
        (RoleName.CLERK, waiting[Stage.TO_ENROL], gettext("Enrol the group"), "groups.desk.enrol"),
    )
    for role, count, said, endpoint in found:
        if role in roles and count:
            return said, url_for(endpoint, group_id=group.id)
    if RoleName.OPERATOR in roles and waiting[Stage.IN_MAKING]:
        return gettext("Make one batch of the group"), url_for("batches.choosing.choose", group=group.id)
    return "", ""


@blueprint.post("/close")
@allow(RoleName.SUPERVISOR)
def close(group_id: UUID) -> ResponseReturnValue:
    """Everything of the group is done."""
    back = url_for("groups.group.show", group_id=group_id)
    return press(lambda act: lists.close(act, lists.own(act, group_id)), gettext("The group is closed."), back)


@blueprint.get("/list.pdf")
@allow(*CLERKS)
def paper(group_id: UUID) -> Response:
    """The list of the group on paper: references, numbers, and who has what; no name."""
    with current_office().reading(current_actor()) as look:
        data = paper_of(look, lists.own(look, group_id))
    try:
        pdf = papers.compose(data, "en").pdf()
    except PrintingError as error:
        raise Conflict("The paper cannot be printed. %(why)s", why=sentence_about(error)) from error
    answer = Response(pdf, mimetype="application/pdf")
    answer.headers["Content-Disposition"] = f'inline; filename="group-{references.grouped(group_id.hex[-8:])}.pdf"'
    return answer
