"""Requests that were lodged in a period, counted: applications by who asked, and the office's own table by centre."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Select, and_, func, or_, select

from issuance.acts import Look
from issuance.law.office.statistics import StatisticsLaw, TableLaw
from issuance.models.exchange import HandledCase
from issuance.models.people import Person, PersonVersion
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import Centre, RoleGiven, RoleName
from issuance.services.statistics.counting import Cell, Cells, Happened, What, cell
from issuance.services.statistics.lives import Life
from issuance.services.statistics.periods import Counted
from issuance.values.codes import Kind, Procedure

APPLICATIONS = "applications"
OF_BEFORE = "before"
"""Where a request is from that stands for a document of before this register: nobody lodged it here."""


def count(look: Look, law: StatisticsLaw, table: TableLaw, period: Counted) -> Cells:
    """First requests for documents of the table's types, by who asked."""
    says, person, request = PersonVersion, Person, IssuanceRequest
    query = _lodged(table, period, request.id, request.person_id, request.document_type, request.lodged_on,
        request.unaccompanied, *(func.coalesce(getattr(says, name), getattr(person, name))
        for name in ("nationality", "birth_date", "sex")))  # fmt: skip
    query = query.join(person, person.id == request.person_id).outerjoin(says, says.id == request.person_version_id)
    cells = Cells()
    for key, owner, code, day, alone, nationality, birth_date, sex in look.session.execute(query):
        days = day, None, "", day, None
        asked = Life(key, str(owner), code, *days, nationality, birth_date, sex, bool(alone), is_undated=False)
        cells[cell(law, table.dimensions, asked, Happened(What.FIRST, day))] += 1
    return cells


def _lodged(table: TableLaw, period: Counted, *columns: Any) -> Select[Any]:
    request = IssuanceRequest
    return select(*columns).where(
        request.document_type.in_(table.types),
        request.lodged_on.between(period.first, period.last),
        request.kind == Kind.FIRST,
        request.entitlement_source != OF_BEFORE,
    )


def by_centre(look: Look, table: TableLaw, period: Counted) -> dict[Cell, int]:
    """The office's own table: applications of each centre, and which of them are what."""
    request, person = IssuanceRequest, Person
    told = (request.procedure, request.unaccompanied, person.vulnerable, _by_expert(), _returns_jointly())
    query = _lodged(table, period, Centre.code, *told)
    query = query.join(Centre, Centre.id == request.centre_id).join(person, person.id == request.person_id)
    found: dict[str, Counter[str]] = {code: Counter() for code in look.session.scalars(select(Centre.code))}
    for centre, *said in look.session.execute(query):
        found[centre].update(_indicators(*said))
    named = [(centre, name) for centre in found for name in INDICATORS]
    return {(centre, name): found[centre][name] for centre, name in named}


INDICATORS = (
    *(APPLICATIONS, "accelerated", "border", "vulnerable", "unaccompanied_minors", "by_eu_experts"),
    "joint_return_decisions",
)


def _indicators(procedure: str, alone: bool, vulnerable: bool, by_expert: bool, returns_jointly: bool) -> Iterable[str]:
    said = {
        APPLICATIONS: True,
        "accelerated": procedure == Procedure.ACCELERATED,
        "border": procedure == Procedure.BORDER,
        "vulnerable": vulnerable,
        "unaccompanied_minors": alone,
        "by_eu_experts": by_expert,
        "joint_return_decisions": returns_jointly,
    }
    return [name for name, is_so in said.items() if is_so]


def _returns_jointly() -> Any:
    """On requests: whether case handling told that asylum and return are decided together (R1)."""
    mine = (HandledCase.person_id == IssuanceRequest.person_id, HandledCase.joint_return)
    return select(HandledCase.id).where(*mine).exists()


def _by_expert() -> Any:
    """On requests: whether who lodged it was an agency's enrolment expert on that day."""
    role, day = RoleGiven, IssuanceRequest.lodged_on
    in_force = and_(role.agreed_at.is_not(None), role.from_day <= day, or_(role.to_day.is_(None), role.to_day >= day))
    mine = role.staff_id == IssuanceRequest.lodged_by, role.role == RoleName.ENROLMENT_EXPERT
    return select(role.id).where(*mine, in_force).exists()
