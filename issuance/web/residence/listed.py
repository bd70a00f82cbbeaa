"""Who leaves a centre soon, and which moves were told late without a reason (E11)."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask_babel import lazy_gettext
from sqlalchemy import Select

from issuance.acts import Look
from issuance.law.persons.residence import residence_rules_on
from issuance.models.staff import RoleName
from issuance.services.housing import lists
from issuance.web.frame.auth import allow
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.i18n import language
from issuance.web.frame.rail import Group, Queue

blueprint = Blueprint("listed", __name__)

WATCHING = (RoleName.SUPERVISOR,)


def _count(look: Look) -> Select[int]:
    return lists.leaving_count(look, look.actor.centre_id)


QUEUES = (Queue(lazy_gettext("Housing and moves"), "residence.listed.show", WATCHING, _count, group=Group.FOLLOW_UP),)


@blueprint.get("/housing")
@allow(*WATCHING)
def show() -> str:
    """Who is housed in the centre and leaves it soon; moves told late at its desk."""
    with current_office().reading(current_actor()) as look:
        here = look.actor.centre_id
        today = look.clock.today()
        leaving = residence_rules_on(today).leaving
        return render_template(
            "residence/listed.html",
            leaving=lists.cases_of(look, lists.leaving(look, here)),
            late=lists.unsaid(look, here),
            days=leaving.days,
            article=leaving.legal_basis.text(language()),
            today=today,
            most=lists.MOST,
        )
