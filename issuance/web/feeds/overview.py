"""What is told to bodies outside: how each is served, since when the oldest row waits, what was refused there."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask_babel import lazy_gettext
from sqlalchemy import Select, func, select

from issuance.acts import Look
from issuance.law.office.feeds import recipients
from issuance.models.staff import RoleName
from issuance.services.feeds import allowances, outbox, pushing, receipts
from issuance.web.feeds.parts import READERS, WORKERS
from issuance.web.frame.auth import allow
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.i18n import language
from issuance.web.frame.rail import Group, Queue

blueprint = Blueprint("overview", __name__, url_prefix="/feeds")


def waiting(look: Look) -> Select[int]:
    """How much waits for a person: rows and files refused there, and what a second administrator agrees to."""
    mine = outbox.refused().where(receipts.concerns(look)).subquery()
    rows = select(func.count()).select_from(mine).scalar_subquery()
    more = [pushing.held().scalar_subquery()]
    if RoleName.ADMINISTRATOR in look.actor.roles:
        more.append(allowances.count_waiting(look).scalar_subquery())
    return select(sum(more, start=rows))


QUEUES = (
    Queue(
        lazy_gettext("Bodies outside"),
        "feeds.overview.listed",
        WORKERS,
        waiting,
        urgent=True,
        group=Group.OVERSIGHT,
    ),
)


@blueprint.get("")
@allow(*READERS)
def listed() -> str:
    """Every recipient, what waits for it, and since when."""
    with current_office().reading(current_actor()) as look:
        rows = [outbox.standing(look, one) for one in recipients().values()]
        return render_template(
            "feeds/listed.html",
            rows=[(row, row.recipient.title.text(language()), outbox.is_late(look, row.oldest)) for row in rows],
            pushed=pushing.addresses(look.settings),
            goal=outbox.GOAL.seconds // 60,
        )
