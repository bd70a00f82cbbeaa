"""Centres by page: what each says of itself is what holders read; a closed one takes no requests."""

from __future__ import annotations

from uuid import UUID

import pytest
from sqlalchemy import select

from issuance.errors import InvalidInput
from issuance.models.staff import Centre
from issuance.office import Office
from issuance.values.hours import check_hours
from tests.people import LAYLA, SmallOffice, changed
from tests.web.admin.conftest import Administrator
from tests.web.conftest import Browser

NEW = {"code": "iasi", "name": "Iași", "address": "Str. Lăpușneanu 7, Iași", "opening_hours": "Mo-Fr 09:00-12:00"}


def centre(office: Office, code: str) -> Centre:
    with office.database.reading() as session:
        return session.scalars(select(Centre).where(Centre.code == code)).one()


def test_what_a_centre_says_is_what_a_holder_reads(first: Browser, client: Browser, people: SmallOffice) -> None:
    request_id = people.lodge()
    here = centre(people, "timisoara")
    said = {"name": "Timișoara", "address": "Bd. Nou 1, Timișoara", "opening_hours": "Tu,Th 10:00-18:00"}
    assert first.submit(f"/centres/{here.id}", said).status_code == 303
    kept = centre(people, "timisoara")
    assert (kept.address, kept.opening_hours) == ("Bd. Nou 1, Timișoara", "Tu,Th 10:00-18:00")
    assert "This is what the centre says already." in first.submit(f"/centres/{here.id}", said).text
    assert request_id


def test_another_centres_words_are_its_own(first: Browser, office: Office) -> None:
    far = centre(office, "galati")
    assert first.submit(f"/centres/{far.id}", NEW).status_code == 403
    assert centre(office, "galati").address == far.address


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"code": "Iași"}, "small letters without accents"),
        ({"code": "galati"}, "There is already a centre with this short name."),
        ({"opening_hours": "9 to 5"}, "Write the hours like"),
        ({"opening_hours": "Mo-Fr 12:00-09:00"}, "Write the hours like"),
        ({"address": " "}, "Fill this in."),
    ],
)
def test_a_centre_that_cannot_be_is_refused_beside_its_field(
    first: Browser, change: dict[str, str], words: str
) -> None:
    answer = first.submit("/centres/add", NEW | change)
    assert answer.status_code == 400
    assert words in answer.text


def test_a_centre_is_opened_and_closed(first: Browser, administrator_of: Administrator, people: SmallOffice) -> None:
    assert first.submit("/centres/add", NEW).status_code == 303
    there = centre(people, "iasi")
    administrator_of("there", "iasi")
    answer = first.submit(f"/centres/{there.id}/close")
    assert (answer.status_code, "Open there: accounts 1, stations 0, requests 0." in answer.text) == (409, True)
    galati = centre(people, "galati")
    assert first.submit(f"/centres/{galati.id}/close").status_code == 303
    with pytest.raises(InvalidInput, match="The centre galati is closed"):
        people.lodge(changed(LAYLA, centre="galati"))
    assert "galati" not in first.get(f"/accounts/{an_account(people)}/centre").text
    assert first.submit(f"/centres/{galati.id}/reopen").status_code == 303
    people.lodge(changed(LAYLA, centre="galati"))
    assert first.submit(f"/centres/{galati.id}/close").status_code == 409, "a request is open there"


def an_account(people: SmallOffice) -> UUID:
    found = people.actors["clerk"].id
    assert found
    return found


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Mo",
        "Mo 9:00-10:00",
        "Mo 09:00-10:00,",
        "Mo-Xx 09:00-10:00",
        "Mo 09:00-10:00, 09:30-11:00",
        "Mo 24:00-25:00",
    ],
)
def test_hours_that_nobody_can_read_are_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="Write the hours like"):
        check_hours(text)


def test_hours_are_kept_in_one_form() -> None:
    assert check_hours(" Mo-Fr  09:00-12:00, 14:00-16:00 ;Sa 09:00-12:00") == (
        "Mo-Fr 09:00-12:00, 14:00-16:00; Sa 09:00-12:00"
    )
