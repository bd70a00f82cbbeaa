"""One case and its family go to another centre, now: what keeps whom, and why."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import ngettext

from issuance.acts import Look
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import RoleName
from issuance.services import centres
from issuance.services.transfers import asking, hindrances, moving
from issuance.services.transfers.hindrances import MOVED
from issuance.web.case import access, card
from issuance.web.case.access import acting
from issuance.web.frame.auth import allow
from issuance.web.frame.forms import Form
from issuance.web.transfers.parts import others, reasons, wanted
from issuance.web.words.duties import TRANSFER_KEPT

blueprint = Blueprint("one", __name__, url_prefix="/cases/<uuid:request_id>/transfer")


@blueprint.route("", methods=["GET", "POST"])
@allow(RoleName.SUPERVISOR)
def send(request_id: UUID) -> ResponseReturnValue:
    """Say where and why; the case is the other centre's from then on."""
    form = Form.sent()
    if request.method == "POST":
        with form.catch():
            return _send(form, request_id)
    access.open_case(request_id)
    with access.looking(request_id) as (look, case):
        if form.stale or not form.value("version"):
            form.values["version"] = case.version
        page = render_template("transfers/one.html", form=form, **_shown(look, case))
    return make_response(page, form.status)


def _send(form: Form, request_id: UUID) -> ResponseReturnValue:
    with acting(form, request_id) as (act, case):
        chosen = wanted(act, form)
        form.check()
        count = sum(row.outcome == MOVED for row in moving.move(act, case, chosen))
        name = centres.named(act, chosen.to).name
    done = ngettext("The case is at %(centre)s now. Send its paper file, and tell the person.",
                    "%(num)d cases of the family are at %(centre)s now. Send their paper files, and tell them.",
                    count, centre=name)  # fmt: skip
    flash(done, "done")
    return redirect(url_for("transfers.sending.choose"), 303)


def _shown(look: Look, case: IssuanceRequest) -> dict[str, object]:
    family = asking.family(look, case)
    kept = hindrances.of(look, family)
    return {
        "case": case,
        "card": card.card(look, case),
        "rows": [card.row(each) for each in family],
        "kept": kept,
        "kept_words": TRANSFER_KEPT,
        "stays": str(TRANSFER_KEPT[kept[case.id]]) if case.id in kept else "",
        "centres": others(look),
        "reasons": reasons(),
    }
