"""Retention: after the hand-over only what was printed stays; what ended without a document goes after 90 days."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

import pytest
from sqlalchemy import select

from issuance.actors import SYSTEM
from issuance.errors import NotFound
from issuance.models.requests import IssuanceRequest, Portrait
from issuance.models.vault import Blob
from issuance.services.casework import decisions, enrolment
from issuance.services.life import retention
from issuance.services.trust import events
from printing.portraits.drawn import draw
from tests.people import Case, SmallOffice


def another_portrait(office: SmallOffice, request_id: UUID) -> None:
    measured = enrolment.measure(draw("first try"))
    with office.act(office.actors["clerk"]) as act:
        request = act.session.get_one(IssuanceRequest, request_id)
        enrolment.add_portrait(act, request, measured, "uploaded")


def blobs(office: SmallOffice, request_id: UUID) -> list[str]:
    with office.database.reading() as session:
        return sorted(session.scalars(select(Blob.purpose).where(Blob.request_id == request_id)))


def test_superseded_portraits_go_at_hand_over(office: SmallOffice) -> None:
    request_id = office.lodge()
    another_portrait(office, request_id)
    office.enrol(request_id)
    office.approve(request_id)
    assert blobs(office, request_id).count("portrait-master") == 2
    with office.act(SYSTEM) as act:
        assert retention.after_hand_over(act, request_id) == 1
    assert blobs(office, request_id) == ["content", "portrait-master", "portrait-print"]
    with office.database.reading() as session:
        kept = session.scalars(select(Portrait).where(Portrait.print_id.is_not(None))).one()
    assert kept.accepted_by is not None


def test_running_retention_twice_changes_nothing(office: SmallOffice) -> None:
    request_id = office.lodge()
    another_portrait(office, request_id)
    office.enrol(request_id)
    for _ in range(2):
        with office.act(SYSTEM) as act:
            retention.after_hand_over(act, request_id)
    assert blobs(office, request_id) == ["portrait-master", "portrait-print"]


@pytest.mark.parametrize(("days", "destroyed"), [(90, 0), (91, 1)])
def test_a_refused_request_is_destroyed_after_90_days(
    office: SmallOffice, days: int, destroyed: int, complete: Case
) -> None:
    with office.act(office.actors["decision_officer"]) as act:
        request = act.session.get_one(IssuanceRequest, complete.request_id)
        decisions.refuse(act, request, "no status")
    office.clock.advance(dt.timedelta(days=days))
    with office.act(SYSTEM) as act:
        assert retention.destroy_ended(act) == destroyed
    with office.reading() as look:
        portrait = look.session.scalars(select(Portrait)).one()
        assert portrait.print_id is not None
        if destroyed:
            with pytest.raises(NotFound, match="destroyed"):
                office.vault.get(look.session, portrait.print_id)
            acts = [event.act for event in events.life_line(look, complete.request_id)]
            assert acts[-1] == "retention.key_destroyed"
        else:
            assert office.vault.get(look.session, portrait.print_id)


def test_a_withdrawn_request_is_destroyed_too(office: SmallOffice, complete: Case) -> None:
    with office.act(office.actors["clerk"]) as act:
        request = act.session.get_one(IssuanceRequest, complete.request_id)
        decisions.withdraw(act, request, "moved away")
    office.clock.advance(dt.timedelta(days=400))
    with office.act(SYSTEM) as act:
        assert retention.destroy_ended(act) == 1


def test_a_delivered_request_is_kept(office: SmallOffice, approved: Case) -> None:
    office.clock.advance(dt.timedelta(days=400))
    with office.act(SYSTEM) as act:
        assert retention.destroy_ended(act) == 0
