"""Applications that were registered late: asked at lodging, shown on the case, listed for the supervisor (E22)."""

from __future__ import annotations

import datetime as dt
import html
import re

from sqlalchemy import select

from issuance.models.audit import AuditEvent
from issuance.models.requests import IssuanceRequest, Registration
from issuance.models.staff import RoleName
from issuance.office import Office
from tests.people import SmallOffice
from tests.web.conftest import Browser, Login
from tests.web.desk.shared import FORM

LIST = "/oversight/registrations"
APPLIED = {"applied_on-day": "17", "applied_on-month": "10", "applied_on-year": "2026", "applied_at": "elsewhere"}
DUE = dt.date(2026, 10, 22)
CERTIFICATE = FORM | {"document_type": "RC", "status": "applicant"} | APPLIED


def test_a_late_registration_is_seen_until_its_reason_is_said(
    client: Browser, login: Login, office: Office, people: SmallOffice
) -> None:
    login(client, RoleName.CLERK)
    assert client.submit("/desk/lodge", CERTIFICATE).status_code == 303
    with office.reading() as look:
        request_id = look.session.scalars(select(IssuanceRequest.id)).one()
        days = (look.session.scalars(select(Registration)).one().registered_on - DUE).days
    case = html.unescape(client.get(f"/cases/{request_id}").text)
    assert f"The application was registered {days} days late." in case
    assert "The supervisor still says why." in case
    assert "Regulation (EU) 2024/1348, Art 27" in case
    login(client, RoleName.SUPERVISOR)
    listed = client.get(LIST).text
    assert str(request_id) in listed
    assert client.submit(f"{LIST}/{request_id}", {"because": ""}).status_code == 400
    assert client.submit(f"{LIST}/{request_id}", {"because": "no_interpreter"}).status_code == 303
    assert "no interpreter for the person" in html.unescape(client.get(f"/cases/{request_id}").text)
    assert str(request_id) not in client.get(LIST).text
    assert str(request_id) in client.get(f"{LIST}?said=1").text
    with office.reading() as look:
        said = look.session.scalars(select(AuditEvent).where(AuditEvent.act == "request.lateness_explained")).one()
    assert said.details == {"because": "no_interpreter"}


def test_in_time_there_is_nothing_to_say(client: Browser, login: Login, office: Office, people: SmallOffice) -> None:
    login(client, RoleName.CLERK)
    today = dict.fromkeys(APPLIED, "") | {"applied_at": "inspectorate"}
    assert client.submit("/desk/lodge", CERTIFICATE | today).status_code == 303
    with office.reading() as look:
        request_id = look.session.scalars(select(IssuanceRequest.id)).one()
    case = client.get(f"/cases/{request_id}").text
    assert "Application made on" in case
    assert "days late" not in case
    login(client, RoleName.SUPERVISOR)
    assert "Nothing waits for a reason" in client.get(LIST).text


def test_the_next_member_of_a_family_applied_on_the_same_day(
    client: Browser, login: Login, office: Office, people: SmallOffice
) -> None:
    login(client, RoleName.CLERK)
    client.submit("/desk/lodge", CERTIFICATE)
    with office.reading() as look:
        request_id = look.session.scalars(select(IssuanceRequest.id)).one()
    form = client.get(f"/cases/{request_id}/member").text
    parts = re.findall(r'name="applied_on-\w+"[^>]*value="(\d+)"', form)
    assert [int(part) for part in parts] == [17, 10, 2026]
    assert re.findall(r'name="applied_at" value="(\w+)" checked', form) == ["elsewhere"]
