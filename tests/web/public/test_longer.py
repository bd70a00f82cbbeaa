"""A document that holds longer than is printed by a decision: said by every public page that is asked of it."""

from __future__ import annotations

import datetime as dt

import pytest
from flask.testing import FlaskClient

from issuance.clock import FixedClock
from issuance.models.documents import Document
from issuance.models.requests import IssuanceRequest
from issuance.web.public.parts.carried import carry
from tests.integration.life.decreed import decreed
from tests.people import Case, SmallOffice
from tests.web.public.holder import date_fields, words
from tests.web.public.test_confirmations import code_in, make, shown

SAID = "Your document is valid until"


@pytest.fixture
def longer(people: SmallOffice, checked: Case, clock: FixedClock) -> Case:
    """A document whose printed day is over, and that holds by a decision."""
    people.hand_over(checked.request_id, checked.number)
    decreed(people)
    with people.reading() as look:
        printed = look.session.get_one(Document, checked.document_id).expiry_date
    assert printed is not None
    clock.advance(dt.datetime.combine(printed + dt.timedelta(days=2), dt.time(9), dt.UTC) - clock.now())
    return checked


def test_by_a_decision_it_holds_on_the_status_page_at_the_kiosk_and_for_whoever_is_shown_a_code(
    client: FlaskClient, people: SmallOffice, longer: Case
) -> None:
    with people.reading() as look:
        request = look.session.get_one(IssuanceRequest, longer.request_id)
        known = request.reference, request.person.birth_date
    fields = {"reference": known[0], **date_fields(known[1])}
    for page in ("/status", "/kiosk/en"):
        answer = words(client.post(page, data=fields))
        assert (SAID in answer, "HG 12/2027" in answer) == (True, True), page
    with client.application.test_request_context():
        carried = carry(*known)
    made = make(client, carried)
    code = code_in(made)
    read = words(shown(client, code.replace("-", "")))
    assert ("The holder's document is valid today." in read, "HG 12/2027" in read) == (True, True)
