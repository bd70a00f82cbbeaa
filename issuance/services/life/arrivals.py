"""A member of the family came to Romania with the return title: the family is one from then on (E13)."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select

from issuance.acts import Act
from issuance.errors import LimanError
from issuance.models.documents import Document
from issuance.models.people import Person
from issuance.models.reunification import ReunificationMember
from issuance.services.persons import family
from issuance.services.persons.family import Said
from issuance.states import ReunificationState, advance


def arrived(act: Act, document: Document, day: dt.date) -> None:
    """Who entered with this document is a member somebody asked for: noted, and linked. A part of the entry.

    A link that the register has, or the law knows only once, is left to the desk: nobody is held up at the border.
    """
    query = select(ReunificationMember).where(
        ReunificationMember.relative_id == document.person_id, ReunificationMember.entered_on.is_(None)
    )
    for member in act.session.scalars(query.order_by(ReunificationMember.id)):
        _note(act, member, day)


def _note(act: Act, member: ReunificationMember, day: dt.date) -> None:
    row = member.reunification
    member.entered_on = day
    linked = _is_linked(act, member)
    coming = [each for each in row.members if each.outcome == "approved" and each.entered_on is None]
    if not coming and row.state == ReunificationState.DECIDED:
        advance(row, ReunificationState.TRAVELLED, actor=act.actor)
    act.record("reunification.arrived", row, row.request, member, centre_id=row.centre_id, linked=linked)


def _is_linked(act: Act, member: ReunificationMember) -> bool:
    """Whether the two are family in the register from now on, by the evidence on which it was decided."""
    relative = act.session.get_one(Person, member.relative_id)
    said = Said(
        member.tie, "authority", f"{member.evidence} ({member.reunification.decision_number})", member.married_on
    )
    try:
        with act.attempt():
            family.tie_together(act, member.reunification.person, relative, said)
    except LimanError:
        return False
    return True
