"""The override at a small office, page by page: asked for, given by a second person, used, closed by a supervisor."""

from __future__ import annotations

import html

import pytest
from sqlalchemy import select

from issuance.models.duties import DutyOverride
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import RoleName
from issuance.office import Office
from issuance.services.public import status
from tests.fixtures.stages import carrying
from tests.people import Case, SmallOffice
from tests.web.centre.shared import document_of, sit_down
from tests.web.centre.test_quality import TID, expected, lines, photograph, send
from tests.web.conftest import Browser
from tests.web.desk.test_hand_over import fields as hand_over_fields
from tests.web.desk.test_hand_over import give


def holder_sees(office: Office, case: Case) -> str:
    with office.reading() as look:
        request = look.session.get_one(IssuanceRequest, case.request_id)
        found = status.public_status(look, request.reference, request.person.birth_date)
    assert found is not None
    return str(found.state)


def override_of(office: Office) -> DutyOverride:
    with office.reading() as look:
        return look.session.scalars(select(DutyOverride)).unique().one()


@pytest.fixture
def alone(people: SmallOffice, made: Case) -> Case:
    """Who printed it is now the only quality officer: no account has both roles at once."""
    people.becomes(people.actors["operator"], RoleName.QUALITY_OFFICER)
    return made


@carrying(TID)
@pytest.mark.parametrize("server", ["sqlite", "postgresql"], indirect=True)
def test_an_override_is_asked_given_used_and_closed_by_three(
    client: Browser, office: Office, people: SmallOffice, alone: Case
) -> None:
    parts = expected(office, people, alone.document_id)
    read = {"mrz": "\n".join(lines(parts["mrz"])), "mrz-method": "scanner"}
    sit_down(client, office, people, "operator")
    barred = client.get(f"/quality/{alone.request_id}").text
    assert ("printed in your shift" in barred, "Compare and release" in barred) == (True, False)
    asked = client.submit(f"/cases/{alone.request_id}/override/check", {"why": "The other officer is ill."})
    assert asked.status_code == 303
    listed = client.get("/overrides").text
    assert "asked by you: a colleague gives it" in listed
    override = override_of(office)
    assert client.submit(f"/overrides/{override.id}/give", {"reason": "myself"}).status_code == 403

    sit_down(client, office, people, "clerk")
    assert "The other officer is ill." in client.get("/overrides").text
    assert client.submit(f"/overrides/{override.id}/give", {"reason": "I stood beside."}).status_code == 303
    assert client.submit(f"/overrides/{override.id}/give", {"reason": "again"}).status_code == 409

    sit_down(client, office, people, "supervisor")
    duties = html.unescape(client.get("/oversight/overrides/duties").text)
    for words in ("The other officer is ill.", "I stood beside.", "not used yet", "Day 0 of"):
        assert words in duties, words
    early = client.submit(f"/oversight/overrides/duties/{override.id}/close")
    assert (early.status_code, "Nothing was done by this override yet" in early.text) == (409, True)

    sit_down(client, office, people, "operator")
    answer = send(client, alone.request_id, **read, picture=photograph(parts["barcode"], parts["seal"]))
    assert answer.location == "/quality/"
    assert (document_of(office, alone.document_id).state, holder_sees(office, alone)) == ("checked", "in_production")

    sit_down(client, office, people, "second_clerk")
    assert "waits for a supervisor" in client.get(f"/cases/{alone.request_id}/hand-over").text
    values = hand_over_fields(office, alone.request_id, alone.number)
    assert give(client, alone.request_id, values).status_code == 409
    assert document_of(office, alone.document_id).state == "checked"

    sit_down(client, office, people, "supervisor")
    assert "Close it" in client.get("/oversight/overrides/duties").text
    assert client.submit(f"/oversight/overrides/duties/{override.id}/close").status_code == 303
    assert holder_sees(office, alone) == "ready"
    sit_down(client, office, people, "second_clerk")
    assert give(client, alone.request_id, values).status_code == 303
    assert document_of(office, alone.document_id).state == "valid"


@carrying(TID)
def test_a_supervisor_who_gave_it_does_not_close_it(
    client: Browser, office: Office, people: SmallOffice, alone: Case
) -> None:
    parts = expected(office, people, alone.document_id)
    sit_down(client, office, people, "operator")
    client.submit(f"/cases/{alone.request_id}/override/check", {"why": "The other officer is ill."})
    override = override_of(office)
    sit_down(client, office, people, "supervisor")
    assert client.submit(f"/overrides/{override.id}/give", {"reason": "I stood beside."}).status_code == 303
    sit_down(client, office, people, "operator")
    read = {"mrz": "\n".join(lines(parts["mrz"])), "mrz-method": "scanner"}
    send(client, alone.request_id, **read, picture=photograph(parts["barcode"], parts["seal"]))
    sit_down(client, office, people, "supervisor")
    assert "another supervisor closes it" in client.get("/oversight/overrides/duties").text
    assert client.submit(f"/oversight/overrides/duties/{override.id}/close").status_code == 403
    assert holder_sees(office, alone) == "in_production"
