"""The proof that nothing was changed since it was recorded: the last one, and asking for one. No page computes it."""

from __future__ import annotations

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext

from issuance.models.audit import AuditProof
from issuance.services.trust import audit_proofs
from issuance.services.trust.audit_walk import SENTENCES, Fault, Walk
from issuance.web.frame.auth import READERS, allow
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.forms import Form
from issuance.web.frame.rail import Group, Queue

blueprint = Blueprint("chain", __name__, url_prefix="/oversight")

QUEUES = (Queue(lazy_gettext("Proof of the events"), "oversight.chain.show", READERS, group=Group.OVERSIGHT),)


@blueprint.route("/chain", methods=["GET", "POST"])
@allow(*READERS)
def show() -> ResponseReturnValue:
    """Whether events and rows are what was recorded, as the last proof found; and asking for a new one."""
    form = Form.sent()
    if request.method == "POST":
        with form.catch():
            return _ask(whole=bool(request.form.get("whole")))
    with current_office().reading(current_actor()) as look:
        last = audit_proofs.last(look)
        page = render_template(
            "oversight/chain.html",
            form=form,
            last=_shown(last),
            is_ours=last is not None and audit_proofs.is_ours(look, last),
            under_way=_shown(audit_proofs.under_way(look)),
        )
    return make_response(page, form.status)


def _ask(*, whole: bool) -> ResponseReturnValue:
    with current_office().act(current_actor()) as act:
        audit_proofs.ask(act, whole=whole)
    flash(gettext("The proof was asked for. It is made in the background."), "done")
    return redirect(url_for("oversight.chain.show"), 303)


def _shown(proof: AuditProof | None) -> dict[str, object] | None:
    """A proof, how far it is, and its findings as sentences."""
    if proof is None:
        return None
    walk = Walk(**proof.walk)
    findings = [gettext(SENTENCES[Fault(each.fault)]) % each.values() for each in walk.findings()]
    return {"proof": proof, "walk": walk, "findings": findings}
