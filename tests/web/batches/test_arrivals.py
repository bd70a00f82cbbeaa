"""The pages of a bureau's cards: from the parcel that is opened to the one that never comes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from sqlalchemy import select

from issuance.clock import FixedClock
from issuance.models.documents import Document
from issuance.office import Office
from issuance.services.batches import arrivals
from tests.integration.production.test_jobs import people as persons
from tests.integration.production.test_sent_orders import make_bureau
from tests.people import Case, SmallOffice
from tests.web.centre.shared import sit_down
from tests.web.conftest import Browser
from tests.web.stock.test_pages import words

As = Callable[[str], Browser]
PAGE = "/production/bureau"


@pytest.fixture
def sat(client: Browser, office: Office, people: SmallOffice) -> As:
    return lambda who: sit_down(client, office, people, who)


@pytest.fixture
def told(people: SmallOffice) -> list[Case]:
    """Two cards that the bureau said are made."""
    make_bureau(people)
    return [people.carry("made", each) for each in persons(2)]


def test_a_parcel_from_the_seal_to_the_second_signature(sat: As, people: SmallOffice, told: list[Case]) -> None:
    operator = sat("operator")
    page = operator.get(PAGE)
    assert "Cards from the bureau" in operator.get("/production/batches").text
    assert not [each for each in told if each.number in page.text]  # who counts does not see what is expected
    sent = {"bureau": str(people.station.id), "seal": "b 17", "numbers": f"{told[0].number}\n{told[1].number}"}
    answer = operator.submit(PAGE, sent)
    assert answer.status_code == 303, words(answer)
    parcel = str(answer.location)
    assert "A second person signs" in words(operator.get(parcel))
    refused = operator.submit(parcel, {"do": "sign"})
    assert "You counted this parcel." in words(refused)
    supervisor = sat("supervisor")
    assert "B 17" in supervisor.get(PAGE).text
    assert supervisor.submit(parcel, {"do": "sign"}).status_code == 303
    assert "No card is on its way" in words(supervisor.get(PAGE))


def test_what_is_no_card_of_it_is_named_and_nothing_is_lost_of_the_form(
    sat: As, people: SmallOffice, told: list[Case]
) -> None:
    operator = sat("operator")
    sent = {"bureau": str(people.station.id), "seal": "b 17", "numbers": f"{told[0].number} RP0000000"}
    answer = operator.submit(PAGE, sent)
    assert (answer.status_code, "RP0000000 does not come from this bureau" in words(answer)) == (400, True)
    assert told[0].number in answer.text
    for bureau in ("", "x", "01900000-0000-7000-8000-000000000000"):
        assert operator.submit(PAGE, sent | {"bureau": bureau}).status_code in (400, 404)


def test_a_card_that_never_comes_is_made_anew(
    sat: As, people: SmallOffice, told: list[Case], clock: FixedClock
) -> None:
    clock.advance(dt.timedelta(days=arrivals.DAYS))
    supervisor = sat("supervisor")
    page = supervisor.get(f"{PAGE}/late")
    assert "It will not come" in page.text
    address = f"{PAGE}/late/{told[0].document_id}"
    assert "cancelled for ever" in words(supervisor.get(address))
    assert supervisor.submit(address, {"word": ""}).status_code == 400
    assert supervisor.submit(address, {"word": "Lost by the carrier."}).status_code == 303
    assert supervisor.get(address).status_code == 404
    with people.reading() as look:
        states = [each.state for each in look.session.scalars(select(Document).order_by(Document.id)).unique()]
    assert sorted(states) == ["cancelled", "personalised", "prepared"]
