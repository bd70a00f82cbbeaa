"""Somebody known lodges again with other data: of each it is chosen which is right; nothing is overwritten or lost."""

from __future__ import annotations

import re
from typing import Any

import pytest

from issuance.models.people import Correction
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import RoleName
from issuance.office import Office
from tests.web.conftest import Browser, Login
from tests.web.desk.shared import FORM, counts, sentence_beside

URL = "/desk/lodge"
OTHER = {"document_type": "TD-C", "nationality": "IRQ", "birth_place": "Hama", "address": "Str. Nouă 7"}
WHY = {"correction_reason": "new_evidence", "correction_evidence": "passport N004512873"}


@pytest.fixture
def clerk(client: Browser, login: Login) -> Browser:
    login(client, RoleName.CLERK)
    return client


@pytest.fixture
def known(clerk: Browser, office: Office) -> dict[str, Any]:
    """FORM is lodged; these fields say that the same person lodges again."""
    answer = clerk.submit(URL, FORM)
    assert answer.status_code == 303, answer.text
    with office.database.reading() as session:
        person_id = str(session.query(IssuanceRequest).one().person_id)
    return {"person": person_id, "compared": person_id}


@pytest.fixture
def fields(known: dict[str, Any]) -> dict[str, Any]:
    return FORM | OTHER | known


def test_both_are_shown_side_by_side_and_chosen_one_by_one(
    clerk: Browser, office: Office, fields: dict[str, Any]
) -> None:
    for answer in ({}, {"differs-nationality": "register"}, {"differs-address": "nobody"}):
        page = clerk.submit(URL, fields | answer)
        assert page.status_code == 400
        assert ("Choose one" in sentence_beside(page, "differs-nationality")) == ("differs-nationality" not in answer)
        assert "Choose one" in sentence_beside(page, "differs-address")
        for shown in ("Syria", "Iraq", "Hama", "Str. Armoniei 33", "Str. Nouă 7"):
            assert shown in page.text
    assert 'value="register" id="f-differs-nationality"' in page.text
    assert counts(office) == (1, 1)


def test_the_register_is_right(clerk: Browser, office: Office, fields: dict[str, Any]) -> None:
    answer = clerk.submit(URL, fields | said(OTHER, "register"))
    assert answer.status_code == 303, answer.text
    assert following(office) == ("SYR", FORM["birth_place"], FORM["address"])
    assert proposed(office) == []


def test_an_address_is_told_anew(clerk: Browser, office: Office, fields: dict[str, Any]) -> None:
    answer = clerk.submit(URL, fields | said(OTHER, "register") | {"differs-address": "typed"})
    assert answer.status_code == 303, answer.text
    assert following(office) == ("SYR", FORM["birth_place"], "Str. Nouă 7")


def test_what_is_chosen_of_the_typed_becomes_a_correction_that_a_second_person_agrees_to(
    clerk: Browser, office: Office, fields: dict[str, Any]
) -> None:
    typed = fields | said(OTHER, "typed")
    refused = clerk.submit(URL, typed)
    assert sentence_beside(refused, "correction_reason")
    assert sentence_beside(refused, "correction_evidence")
    assert counts(office) == (1, 1)
    lodged = clerk.submit(URL, typed | WHY)
    assert lodged.status_code == 303, lodged.text
    assert following(office) == ("SYR", FORM["birth_place"], "Str. Nouă 7")
    assert proposed(office) == [{"nationality": "IRQ", "birth_place": "Hama"}]
    assert "is a correction now" in clerk.get(lodged.location).text


def test_a_place_of_birth_alone_is_corrected_at_once(clerk: Browser, office: Office, fields: dict[str, Any]) -> None:
    typed = fields | said(OTHER, "register") | {"differs-birth_place": "typed"} | WHY
    assert clerk.submit(URL, typed).status_code == 303
    assert following(office) == ("SYR", "Hama", FORM["address"])
    assert proposed(office) == []


def test_a_name_and_a_birth_date_are_not_dropped(clerk: Browser, office: Office, known: dict[str, Any]) -> None:
    other = {"given_names": "Kareem", "birth_date-day": "2", "birth_date-month": "1", "document_type": "TD-C"}
    fields = FORM | other | known | WHY
    chosen = {"differs-given_names": "typed", "differs-birth_date": "typed"}
    answer = clerk.submit(URL, fields | chosen)
    assert answer.status_code == 303, answer.text
    assert proposed(office) == [{"given_names": "Kareem", "birth_date": "1968-01-02"}]
    with office.database.reading() as session:
        assert {each.person.birth_date for each in session.query(IssuanceRequest)} == {"1968-02-01"}


def test_while_a_correction_waits_another_is_refused_and_what_was_chosen_stays(
    clerk: Browser, office: Office, fields: dict[str, Any]
) -> None:
    typed = fields | said(OTHER, "typed") | WHY
    assert clerk.submit(URL, typed).status_code == 303
    again = clerk.submit(URL, typed | {"document_type": "RT", "birth_place": "Idlib", "address": FORM["address"]})
    assert again.status_code == 409
    assert "waits for a second person" in again.text
    assert re.search(r'name="differs-nationality" value="typed"[^>]* checked', again.text)
    assert counts(office) == (2, 1)


def test_who_is_no_clerk_corrects_nothing(
    client: Browser, login: Login, office: Office, fields: dict[str, Any]
) -> None:
    login(client, RoleName.ENROLMENT_EXPERT)
    refused = client.submit(URL, fields | said(OTHER, "typed") | WHY)
    assert "A clerk corrects this" in sentence_beside(refused, "differs-nationality")
    assert counts(office) == (1, 1)


def said(differing: dict[str, str], which: str) -> dict[str, str]:
    """The same choice for every field of a person that differs."""
    return {f"differs-{name}": which for name in differing if name != "document_type"}


def following(office: Office) -> tuple[str, str, str]:
    """What the register says of the person of the travel document."""
    with office.database.reading() as session:
        person = session.query(IssuanceRequest).filter_by(document_type="TD-C").one().person
        return person.nationality, person.birth_place, person.address


def proposed(office: Office) -> list[dict[str, str]]:
    """The corrections that wait for a second person."""
    with office.database.reading() as session:
        return [dict(row.said) for row in session.query(Correction).filter_by(settled_at=None)]
