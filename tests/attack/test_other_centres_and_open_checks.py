"""What a session of the wrong person tried (attack.md, 9 to 11): a blind check read through other pages, a reason typed
to act at another centre, persons looked up by who needs numbers alone."""

from __future__ import annotations

from uuid import UUID

import pytest
from sqlalchemy import select

from issuance.models.audit import AuditEvent
from issuance.models.documents import Document
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import RoleGiven, RoleName, Staff
from issuance.office import Office
from issuance.services.casework import enrolment
from tests.fixtures.databases import Folder
from tests.fixtures.stages import carrying
from tests.people import LAYLA, Case, SmallOffice, changed
from tests.web.conftest import *  # noqa: F403 - its office, browser and people
from tests.web.conftest import NOW, Browser, Login

REASON = {"reason": "the officer there is ill"}
GALATI = changed(LAYLA, centre="galati", case_reference="2026/GL/0001")


@pytest.fixture
def server(sqlite: Folder) -> Folder:
    """Which database is beneath makes no difference to a permission."""
    return sqlite


def secrets_of(office: Office, case: Case) -> list[str]:
    """What the machine parts of the document say: its checker is to read it from the document."""
    with office.reading() as look:
        document = look.session.get_one(Document, case.document_id)
        return [document.number, document.person.family_name, document.person.native_name, "1992"]


def addresses(request_id: UUID) -> list[str]:
    """Every page about one case that somebody may open."""
    pages = ("", "/portrait", "/receipt.pdf", "/approval.pdf", "/refusal.pdf", "/hand-over.pdf", "/hand-over", "/next")
    lists = ("/quality/", "/desk", "/desk/due", "/production/jobs?state=done", "/production/stations")
    return [f"/cases/{request_id}{page}" for page in pages] + [f"/decisions/{request_id}", *lists]


@pytest.mark.parametrize("roles", [("quality_officer",), ("quality_officer", "clerk", "decision_officer")])
def test_a_checker_reads_nothing_of_an_open_check(
    client: Browser, login: Login, office: Office, made: Case, roles: tuple[str, ...]
) -> None:
    _give_roles(office, roles)
    login(client, RoleName.QUALITY_OFFICER)
    known = secrets_of(office, made)
    for address in [*addresses(made.request_id), f"/quality/{made.request_id}", f"/quality/{made.request_id}/reject"]:
        answer = client.get(address)
        assert answer.mimetype != "image/jpeg", address
        assert answer.mimetype != "application/pdf", address
        assert [word for word in known if word in answer.text] == [], address
    for typed in (known[0], known[1], known[2]):
        found = client.look_up(typed)
        assert f"/cases/{made.request_id}" not in found.text + found.headers.get("Location", "")


def test_the_closed_case_says_why_and_opens_after_the_check(
    client: Browser, login: Login, people: SmallOffice, office: Office, made: Case
) -> None:
    login(client, RoleName.QUALITY_OFFICER)
    closed = client.get(f"/cases/{made.request_id}")
    assert (closed.status_code, "opens to quality officers when its document is checked" in closed.text) == (403, True)
    people.check(made.document_id, people.readings(made.document_id))
    assert client.get(f"/cases/{made.request_id}").status_code == 200
    assert client.get(f"/cases/{made.request_id}/portrait").mimetype == "image/jpeg"


def _give_roles(office: Office, roles: tuple[str, ...]) -> None:
    with office.database.transaction() as session:
        account = session.scalars(select(Staff).where(Staff.email == "quality_officer@liman.example")).unique().one()
        since = {"from_day": NOW.date(), "given_at": NOW, "agreed_at": NOW}
        for given in account.given:
            given.ended_at = NOW
        account.given.extend(RoleGiven(role=role, **since) for role in roles)


@carrying(GALATI)
def test_a_reason_opens_no_act_at_another_centre(client: Browser, login: Login, office: Office, complete: Case) -> None:
    login(client, RoleName.DECISION_OFFICER)
    case = f"/cases/{complete.request_id}"
    assert client.submit(f"{case}/reason", REASON).status_code == 302
    assert client.get(case).status_code == 200
    for act in ("", "/refuse", "/send-back"):
        fields = _seen(office, complete) | {"reason": "x", "missing": "portrait"}
        assert client.submit(f"/decisions/{complete.request_id}{act}", fields).status_code == 403
    login(client, RoleName.CLERK)
    client.submit(f"{case}/reason", REASON)
    for act in ("withdraw", "complete", "missing", "residence", "spelling", "hand-over", "enrolment/picture"):
        fields = {"version": _version(office, complete), "reason": "x", "missing": "portrait", "address": "x"}
        assert client.submit(f"{case}/{act}", fields).status_code == 403, act
    assert _state(office, complete) == "complete"


def _seen(office: Office, case: Case) -> dict[str, str]:
    with office.reading() as look:
        request = look.session.get_one(IssuanceRequest, case.request_id)
        portrait = enrolment.newest(look, request)
        return {
            "seen-request": str(request.version),
            "seen-person": str(request.person.version),
            "seen-portrait": str(portrait.id if portrait else ""),
        }


def _version(office: Office, case: Case) -> int:
    with office.reading() as look:
        return look.session.get_one(IssuanceRequest, case.request_id).version


def _state(office: Office, case: Case) -> str:
    with office.reading() as look:
        return str(look.session.get_one(IssuanceRequest, case.request_id).state)


@pytest.mark.parametrize("role", [RoleName.OPERATOR, RoleName.ADMINISTRATOR])
def test_who_needs_numbers_finds_no_person(
    client: Browser, login: Login, office: Office, made: Case, role: RoleName
) -> None:
    login(client, role)
    known = secrets_of(office, made)[1:]
    for address in addresses(made.request_id):
        answer = client.get(address)
        assert answer.mimetype != "image/jpeg", address
        assert [word for word in known if word in answer.text] == [], address
    assert client.submit("/search", {"q": "Al-Masri"}).status_code == 403


def test_searches_and_portraits_leave_an_event(client: Browser, login: Login, office: Office, checked: Case) -> None:
    login(client, RoleName.CLERK)
    assert "Al-Masri" in client.look_up("masri").text
    assert client.get(f"/cases/{checked.request_id}/portrait").status_code == 200
    with office.reading() as look:
        found = {event.act: event for event in look.session.scalars(select(AuditEvent))}
    assert found["case.searched"].details == {"hits": 1, "elsewhere": 0}
    assert {str(each.subject_id) for each in found["portrait.opened"].subjects} == {str(checked.request_id)}
    assert "masri" not in str([(event.reason, event.details) for event in found.values()]).lower()
