"""The page of who acts for a person: mandates with their scopes, what was told to whom, who signs at the hand-over."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from issuance.models.mandates import Mandate, MandateUse
from issuance.models.notices import Contact
from issuance.models.staff import RoleName
from issuance.office import Office
from tests.people import Case, SmallOffice
from tests.web.conftest import Browser, Login
from tests.web.desk.shared import sentence_beside

AUNT = {
    "kind": "representative",
    "holder": "Popa Ana",
    "relation": "aunt",
    "scopes": ["see_status", "sign"],
    "granted_by": "person",
    "evidence": "power of attorney 12",
}


@pytest.fixture
def clerk(client: Browser, login: Login) -> Browser:
    login(client, RoleName.CLERK)
    return client


def give(clerk: Browser, request_id: UUID, **changes: Any) -> Any:
    return clerk.submit(f"/cases/{request_id}/mandates", AUNT | changes)


def mandate_of(office: Office) -> UUID:
    with office.reading() as look:
        return look.session.scalars(select(Mandate.id)).one()


def uses(office: Office) -> list[str]:
    with office.reading() as look:
        return list(look.session.scalars(select(MandateUse.what).order_by(MandateUse.id)))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"granted_by": "holder"}, "granted_by"),
        ({"granted_by": ""}, "granted_by"),
        ({"kind": "family"}, "scopes"),
        ({"kind": "unhcr", "scopes": ["see_status"]}, "body"),
        ({"holder": ""}, "holder"),
        ({"body": "nonsense", "holder": ""}, "holder"),
        ({"evidence": ""}, "evidence"),
        ({"to_day-day": "1", "to_day-month": "1", "to_day-year": "2020"}, "to_day"),
    ],
)
def test_a_mandate_says_in_a_sentence_what_is_wrong(
    clerk: Browser, office: Office, made: Case, changes: dict[str, Any], field: str
) -> None:
    answer = give(clerk, made.request_id, **changes)
    assert answer.status_code == 400
    if field != "body":  # no body is in the list: the sentence stands above the form
        assert sentence_beside(answer, field)
    with office.reading() as look:
        assert look.session.scalars(select(Mandate)).all() == []


def test_a_status_told_stands_on_the_pages_and_the_mandate_ends_for_a_reason(
    clerk: Browser, office: Office, made: Case
) -> None:
    page = f"/cases/{made.request_id}/mandates"
    assert page in clerk.get(f"/cases/{made.request_id}").text
    assert give(clerk, made.request_id).status_code == 303
    mandate = f"{page}/{mandate_of(office)}"
    assert clerk.submit(f"{mandate}/status-told").status_code == 303
    assert uses(office) == ["status_told"]
    assert "was told how far it is" in clerk.get(page).text
    assert clerk.submit(f"{mandate}/end", {"because": "bored"}).status_code == 400
    assert clerk.submit(f"{mandate}/end", {"because": "person"}).status_code == 303
    assert "The person took it back" in clerk.get(page).text
    assert clerk.submit(f"{mandate}/status-told").status_code == 400
    assert clerk.submit(f"{mandate}/address", {"address": "a@b.example", "agrees": "yes"}).status_code == 400
    assert uses(office) == ["status_told"]


def test_who_may_sign_is_offered_and_recorded_at_the_rights(clerk: Browser, office: Office, made: Case) -> None:
    page = f"/cases/{made.request_id}/rights"
    assert "Somebody signs for the person" not in clerk.get(page).text
    give(clerk, made.request_id)
    text = clerk.get(page).text
    assert "Somebody signs for the person" in text
    version = text.partition('name="text_version" value="')[2].partition('"')[0]
    said = {"text_version": version, "notice_language": "ar", "interpreter": "Haddad Rana", "signed": "yes"}
    wrong = clerk.submit(page, said | {"signed_by": str(made.request_id)})
    assert (wrong.status_code, uses(office)) == (400, [])
    assert clerk.submit(page, said | {"signed_by": str(mandate_of(office))}).status_code == 303
    assert uses(office) == ["rights_signed"]


def test_a_hand_over_asks_who_signs(clerk: Browser, office: Office, people: SmallOffice, checked: Case) -> None:
    assert "Somebody signs for the person" not in clerk.get(f"/cases/{checked.request_id}/hand-over").text
    give(clerk, checked.request_id, scopes=["see_status"])
    assert "Somebody signs for the person" not in clerk.get(f"/cases/{checked.request_id}/hand-over").text
    assert people.reading is not None
    assert uses(office) == []


def test_an_address_of_who_acts_is_shown_and_ended_where_notices_are(
    clerk: Browser, office: Office, made: Case
) -> None:
    office.settings = office.settings.model_copy(update={"smtp_url": "smtp://127.0.0.1:9", "smtp_from": "a@b.example"})
    give(clerk, made.request_id, scopes=["receive_notices"])
    mandate, page = mandate_of(office), f"/cases/{made.request_id}/contacts"
    address = f"/cases/{made.request_id}/mandates/{mandate}/address"
    assert clerk.submit(address, {"address": "ana@post.example"}).status_code == 400
    assert clerk.submit(address, {"address": "ana", "agrees": "yes"}).status_code == 400
    assert clerk.submit(address, {"address": "ana@post.example", "agrees": "yes"}).status_code == 303
    shown = clerk.get(page).text
    assert "ana@post.example" in shown
    assert "Popa Ana (aunt)" in shown
    with office.reading() as look:
        contact_id = look.session.scalars(select(Contact.id)).one()
    assert clerk.submit(f"{page}/{contact_id}/withdraw").status_code == 303
    assert "ana@post.example" not in clerk.get(page).text
