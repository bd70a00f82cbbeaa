"""Requests of displaced persons as case handling's file brings them, and what a test of their bulk does."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select

from issuance import tasks
from issuance.acts import Act
from issuance.document_types import get
from issuance.models.duties import Bulk, BulkCase
from issuance.models.requests import IssuanceRequest
from issuance.services.bulks import approving, drawing
from issuance.services.casework.lodging import Lodging
from issuance.services.evidence import papers
from tests.people import LAYLA, SmallOffice, changed

NAMES = ("Bondar", "Boiko", "Tkach", "Koval", "Shvets", "Melnyk", "Lysenko", "Rudenko", "Savchenko", "Petrenko")
GIVEN = ("Oksana", "Iryna", "Taras", "Bohdan", "Halyna", "Mykola", "Svitlana")
PAPERS = ("request_form", "status_abroad", "proof_of_residence")
TPP = changed(
    LAYLA,
    document_type="TPP",
    status="temporary_protection",
    nationality="UKR",
    native_name="",
    birth_place="Odesa",
    language="uk",
    decision_number="",
    decision_date=None,
)


def displaced(place: int, **changes: object) -> Lodging:
    """The lodging of one of them, each with a name and birth date of their own."""
    own = {
        "family_name": NAMES[place % len(NAMES)],
        "given_names": GIVEN[place % len(GIVEN)],
        "birth_date": f"{1960 + place % 40}-{1 + place % 12:02}-{1 + place % 28:02}",
        "case_reference": f"2026/TP/{place:04}",
    }
    return changed(TPP, **own | changes)


def complete(office: SmallOffice, count: int, first: int = 0) -> list[UUID]:
    """So many of them, carried to the officer with every paper seen."""
    return [complete_one(office, displaced(place)) for place in range(first, first + count)]


def complete_one(office: SmallOffice, lodging: Lodging, brought: tuple[str, ...] = PAPERS) -> UUID:
    request_id = office.lodge(lodging)
    with office.act(office.at("clerk", request_id)) as act:
        for code in brought:
            papers.tick(act, act.session.get_one(IssuanceRequest, request_id), code)
    office.enrol(request_id)
    return request_id


def draw(office: SmallOffice, request_ids: list[UUID], who: str = "decision_officer") -> UUID:
    with office.act(office.actors[who]) as act:
        return drawing.draw(act, "TPP", request_ids).id


def rows(office: SmallOffice, bulk_id: UUID) -> list[BulkCase]:
    with office.database.reading() as session:
        query = select(BulkCase).where(BulkCase.bulk_id == bulk_id).order_by(BulkCase.id)
        return list(session.scalars(query))


def drawn(office: SmallOffice, bulk_id: UUID) -> list[UUID]:
    return [row.request_id for row in rows(office, bulk_id) if row.drawn and not row.outcome]


def outcomes(office: SmallOffice, bulk_id: UUID) -> dict[UUID, str]:
    return {row.request_id: row.outcome for row in rows(office, bulk_id)}


def release(office: SmallOffice, bulk_id: UUID, who: str = "decision_officer") -> int:
    with office.act(office.actors[who]) as act:
        return approving.release(act, bulk_id)


def approve_drawn(office: SmallOffice, bulk_id: UUID) -> None:
    for request_id in drawn(office, bulk_id):
        office.approve(request_id)


def finish(office: SmallOffice, bulk_id: UUID) -> None:
    """What the background thread does after the release."""
    while waiting(office, bulk_id):
        tasks.approve_together(office, str(bulk_id))


def waiting(office: SmallOffice, bulk_id: UUID) -> list[UUID]:
    with office.reading() as look:
        return approving.to_approve(look, bulk_id)


def change(act: Act, request_id: UUID, note: str) -> None:
    """Somebody notes something on a request."""
    request = act.session.get_one(IssuanceRequest, request_id)
    request.note = note
    act.record("case.changed", request)


def bulk_of(office: SmallOffice, bulk_id: UUID) -> Bulk:
    with office.database.reading() as session:
        return session.get_one(Bulk, bulk_id)


def share(count: int) -> int:
    """How many of so many the rule of today draws."""
    bulk = get("TPP").rules[-1].bulk
    assert bulk
    return bulk.sample_of(count)
