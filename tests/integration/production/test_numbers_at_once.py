"""Eight officers approve at one moment: each gets a number, on the release of 2026-11-22 one of them did."""

from __future__ import annotations

import itertools
import threading
from uuid import UUID

import pytest
from sqlalchemy import select

from issuance.actors import Actor
from issuance.models.documents import Document, NumberRange
from issuance.models.requests import IssuanceRequest
from issuance.services.casework import decisions
from issuance.services.production import documents
from tests import bulks
from tests.people import SmallOffice

EIGHT = 8


@pytest.mark.parametrize("size", [100, 2], ids=["one range", "a range used up meanwhile"])
def test_eight_approve_at_once(office: SmallOffice, size: int) -> None:
    ids = bulks.complete(office, EIGHT)
    office.settings = office.settings.model_copy(update={"range_size": size})
    barrier, failed = threading.Barrier(EIGHT), list[BaseException]()

    def approve(request_id: UUID, officer: Actor) -> None:
        try:
            with office.reading(officer):
                barrier.wait(60)
            with office.act(officer) as act:
                decisions.approve(act, act.session.get_one(IssuanceRequest, request_id))
        except BaseException as error:  # told by the test
            failed.append(error)

    threads = [threading.Thread(target=approve, args=(each, office.at("decision_officer", each))) for each in ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    with office.reading() as look:
        numbers = look.session.scalars(select(Document.number)).all()
        ranges = look.session.scalars(select(NumberRange).order_by(NumberRange.first_value)).all()
    assert len(set(numbers)) == EIGHT
    assert sum(each.next_value - each.first_value for each in ranges) == EIGHT
    assert len(ranges) == max(1, EIGHT // size)
    assert all(one.last_value < two.first_value for one, two in itertools.pairwise(ranges))
    assert ranges[0].first_value == documents.FIRST_NUMBER
