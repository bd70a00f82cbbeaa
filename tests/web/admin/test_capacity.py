"""What a centre gives to those who come, by page and by command alike."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from issuance.models.appointments import Purpose
from issuance.models.audit import AuditEvent
from issuance.models.staff import Centre
from issuance.office import Office
from issuance.services.appointments import capacity
from issuance.services.appointments.capacity import NOTHING, Given
from tests.web.conftest import Browser

SAID = {
    "lodging_counters": "2",
    "lodging_minutes": "20",
    "lodging_reserve": "30",
    "collection_counters": "1",
    "collection_minutes": "10",
    "collection_reserve": "20",
}


def centre(office: Office, code: str = "timisoara") -> Centre:
    with office.reading() as look:
        return look.session.scalars(select(Centre).where(Centre.code == code)).one()


def given(office: Office) -> dict[Purpose, Given]:
    with office.reading() as look:
        return capacity.given(look, centre(office).id)


def test_the_administrator_says_it_and_the_audit_knows(first: Browser, office: Office) -> None:
    here = f"/centres/{centre(office).id}"
    assert f"{here}/capacity" in first.get(here).text
    assert 'value="20"' in first.get(f"{here}/capacity").text, "the reserve until somebody says otherwise"
    assert first.submit(f"{here}/capacity", SAID).status_code == 303
    assert given(office) == {Purpose.LODGING: Given(2, 20, 30), Purpose.COLLECTION: Given(1, 10, 20)}
    with office.reading() as look:
        event = look.session.scalars(select(AuditEvent).order_by(AuditEvent.id.desc()).limit(1)).one()
    assert (event.act, event.details["lodging_counters"]) == ("centre.capacity_given", 2)
    assert "gives already" in first.submit(f"{here}/capacity", SAID).text
    assert first.submit(f"{here}/capacity", SAID | {"lodging_counters": "3"}).status_code == 303
    assert given(office)[Purpose.LODGING] == Given(3, 20, 30)


@pytest.mark.parametrize(
    "change",
    [{"lodging_counters": "-1"}, {"lodging_minutes": "0"}, {"collection_reserve": "91"}, {"lodging_counters": "many"}],
)
def test_what_cannot_be_is_refused_beside_its_field(first: Browser, office: Office, change: dict[str, str]) -> None:
    answer = first.submit(f"/centres/{centre(office).id}/capacity", SAID | change)
    (field,) = change
    assert (answer.status_code, f'id="e-{field}"' in answer.text) == (400, True)
    assert given(office)[Purpose.LODGING] == NOTHING


def test_nobody_says_it_for_another_centre(first: Browser, office: Office) -> None:
    far = f"/centres/{centre(office, 'galati').id}/capacity"
    assert (first.get(far).status_code, first.submit(far, SAID).status_code) == (403, 403)


def test_the_command_says_the_same(app: Flask, office: Office) -> None:
    asked = ["give-capacity", "timisoara", "lodging", "--minutes", "15", "--counters"]
    with app.app_context():
        said, refused = (app.test_cli_runner().invoke(args=[*asked, counters]) for counters in ("2", "99"))
    assert said.exit_code == 0, said.output
    assert given(office)[Purpose.LODGING] == Given(2, 15, 20)
    assert (refused.exit_code, "from 0 to 50" in refused.output) == (2, True)
