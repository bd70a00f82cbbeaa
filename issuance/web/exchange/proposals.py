"""What case handling says of a person otherwise: proposed as a correction by a clerk, or not taken."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from issuance.errors import LimanError
from issuance.models.staff import RoleName
from issuance.services.casework import persons
from issuance.services.exchange import proposing
from issuance.web.case.access import acting_on
from issuance.web.frame.auth import allow
from issuance.web.frame.current import current_office
from issuance.web.frame.i18n import sentence

blueprint = Blueprint("proposals", __name__, url_prefix="/persons/<uuid:person_id>/proposals/<uuid:proposal_id>")


@blueprint.post("/take")
@allow(RoleName.CLERK)
def take(person_id: UUID, proposal_id: UUID) -> ResponseReturnValue:
    """Propose it as a correction: a second person decides."""
    try:
        with current_office().act(acting_on(person_id)) as act:
            person = persons.own_person(act, person_id)
            row = proposing.take(act, person, proposing.of_person(act, person, proposal_id))
    except LimanError as error:
        return _back(person_id, sentence(error), "soon")
    if row is None:
        return _back(person_id, gettext("Corrected. What is not made yet follows."))
    return _back(person_id, gettext("Proposed. Another person looks at the evidence and agrees."))


@blueprint.post("/decline")
@allow(RoleName.CLERK)
def decline(person_id: UUID, proposal_id: UUID) -> ResponseReturnValue:
    """The register is right."""
    try:
        with current_office().act(acting_on(person_id)) as act:
            person = persons.own_person(act, person_id)
            proposing.decline(act, person, proposing.of_person(act, person, proposal_id))
    except LimanError as error:
        return _back(person_id, sentence(error), "soon")
    return _back(person_id, gettext("Declined. The register says what it said."))


def _back(person_id: UUID, message: str, tone: str = "done") -> ResponseReturnValue:
    flash(message, tone)
    return redirect(url_for("case.person.show", person_id=person_id), 303)
