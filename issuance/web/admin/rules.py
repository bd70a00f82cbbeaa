"""The rules of the document types as the register keeps them: versions, what each changed, whom it concerns."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, render_template
from flask_babel import lazy_gettext
from sqlalchemy import Select

from issuance.acts import Look
from issuance.models.staff import RoleName
from issuance.services.admin import rule_book, rule_drafts
from issuance.web.frame.auth import allow
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.i18n import language
from issuance.web.frame.rail import Group, Queue

blueprint = Blueprint("rules", __name__, url_prefix="/rules")

READERS = (RoleName.ADMINISTRATOR, RoleName.AUDITOR)


def _waiting(look: Look) -> Select[int] | int:
    return rule_drafts.count_to_agree(look) if RoleName.ADMINISTRATOR in look.actor.roles else 0


QUEUES = (Queue(lazy_gettext("Rules"), "admin.rules.listed", READERS, _waiting, group=Group.OFFICE),)


@blueprint.get("")
@allow(*READERS)
def listed() -> str:
    """Every version of the rules, by document type, with its days and the open requests that keep it; and drafts."""
    with current_office().reading(current_actor()) as look:
        return render_template(
            "admin/rules.html",
            editions=rule_book.editions(look),
            drafts=rule_drafts.waiting(look),
            today=look.clock.today(),
        )


@blueprint.get("/<uuid:version_id>")
@allow(*READERS)
def show(version_id: UUID) -> str:
    """One version: what it says otherwise than the one before, and how many open requests keep each."""
    with current_office().reading(current_actor()) as look:
        edition = rule_book.edition(look, version_id)
        earlier = rule_book.before(look, edition)
        return render_template(
            "admin/rule.html",
            edition=edition,
            earlier=earlier,
            differences=rule_book.differences(earlier.version.content if earlier else None, edition.version.content),
            tongue=language(),
            may_draft=RoleName.ADMINISTRATOR in look.actor.roles and edition.is_used and edition.until is None,
            today=look.clock.today(),
        )
