"""What a body sees, read-only: who gave it a mandate and consented, and the file of one of them. Each look is told."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, render_template, request, url_for
from flask_babel import lazy_gettext

from issuance.models.staff import RoleName, Staff
from issuance.services.mandates import bodies
from issuance.services.partners import files
from issuance.web.frame.auth import allow
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.rail import Group, Queue
from issuance.web.words.codes import STATUSES
from issuance.web.words.reviews import OUTCOMES, STATES

blueprint = Blueprint("files", __name__, url_prefix="/files")

QUEUES = (Queue(lazy_gettext("Files you may see"), "partners.files.listed", (RoleName.PARTNER,), group=Group.REQUESTS),)


@blueprint.get("")
@allow(RoleName.PARTNER)
def listed() -> str:
    """The persons whose file the body may see today, the newest mandates first."""
    with current_office().reading(current_actor()) as look:
        rows = files.listed(look, _before())
        more = len(rows) > files.PAGE_ROWS
        rows = rows[: files.PAGE_ROWS]
        following = url_for("partners.files.listed", before=rows[-1].id) if more else ""
        return render_template("partners/files.html", body=bodies.seeing(look), rows=rows, following=following)


@blueprint.get("/<uuid:mandate_id>")
@allow(RoleName.PARTNER)
def show(mandate_id: UUID) -> str:
    """The file of one person: recorded before it is drawn, and told to the person."""
    with current_office().act(current_actor()) as act:
        files.open_file(act, mandate_id)
    with current_office().reading(current_actor()) as look:
        file = files.file(look, mandate_id)
        return render_template(
            "partners/file.html",
            file=file,
            reviews=[
                (each, STATES[each.state], OUTCOMES[each.decision] if each.communicated_on else "")
                for each in file.reviews
            ],
            body=files.body_of(look),
            reader=look.session.get_one(Staff, look.actor.id).full_name,
            now=look.clock.now(),
            statuses=STATUSES,
        )


def _before() -> UUID | None:
    """The mandate after which the page begins."""
    try:
        return UUID(request.args.get("before", ""))
    except ValueError:
        return None
