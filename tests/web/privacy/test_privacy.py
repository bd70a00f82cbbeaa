"""Data protection at the desk: a demand from the page of the case to the file in the person's hands; restriction."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from uuid import UUID

import pytest

from issuance.chores import reports as chore
from issuance.models.privacy import Breach, Demand, Disclosure, Restriction
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import RoleName
from issuance.office import Office
from issuance.values import references
from tests.people import Case
from tests.web.conftest import Browser, Login
from tests.web.desk.shared import sentence_beside

ASKED = {"kind": "access", "identity": "portrait", "language": "ar"}


@pytest.fixture
def clerk(client: Browser, login: Login) -> Browser:
    login(client, RoleName.CLERK)
    return client


def demand(office: Office) -> Demand:
    with office.reading() as look:
        return look.session.query(Demand).one()


def taken_in(browser: Browser, office: Office, request_id: UUID, **changes: str) -> str:
    """The address of the demand."""
    answer = browser.submit(f"/cases/{request_id}/privacy/demands", ASKED | changes)
    assert answer.status_code == 303, answer.text
    found = str(demand(office).id)
    assert answer.location == f"/demands/{found}"
    return found


def test_a_report_goes_from_the_case_into_the_hands_of_the_person(
    clerk: Browser, login: Login, office: Office, lodged: Case
) -> None:
    assert f"/cases/{lodged.request_id}/privacy" in clerk.get(f"/cases/{lodged.request_id}").text
    shown = clerk.get(f"/cases/{lodged.request_id}/privacy").text
    assert "Nothing yet." in shown
    refused = clerk.submit(f"/cases/{lodged.request_id}/privacy/demands", ASKED | {"identity": ""})
    assert refused.status_code == 400
    assert sentence_beside(refused, "identity")
    key = taken_in(clerk, office, lodged.request_id)
    assert "It is being made" in clerk.get(f"/demands/{key}").text
    assert key in clerk.get("/demands").text
    chore.make_report(office, key)
    assert "Somebody else hands the report over" in clerk.get(f"/demands/{key}").text
    assert clerk.submit(f"/demands/{key}/hand-over", {"identity": "portrait"}).status_code == 403
    login(clerk, RoleName.SUPERVISOR)
    assert "Hand the report over" in clerk.get(f"/demands/{key}").text
    assert clerk.submit(f"/demands/{key}/hand-over", {"identity": "portrait"}).status_code == 303
    file = clerk.submit(f"/demands/{key}/file")
    assert (file.mimetype, file.headers["Content-Disposition"]) == (
        "application/zip",
        'attachment; filename="report.zip"',
    )
    with zipfile.ZipFile(io.BytesIO(file.data)) as archive:
        assert {"read-me.pdf", "manifest.sig"} <= set(archive.namelist())
    assert (demand(office).outcome, demand(office).at) == ("granted", "gdpr 15")
    assert key not in clerk.get("/demands").text


def test_a_complaint_is_answered_by_somebody_else_within_its_days(
    clerk: Browser, login: Login, office: Office, lodged: Case
) -> None:
    asked = {"kind": "complaint", "said": "I waited four hours <b>today</b>."}
    key = taken_in(clerk, office, lodged.request_id, **asked)
    row = demand(office)
    assert (row.due_on - row.taken_on).days == 30
    shown = clerk.get(f"/demands/{key}").text
    assert "I waited four hours &lt;b&gt;today&lt;/b&gt;." in shown
    answer = {"outcome": "granted", "at": "petitions 8", "said": "From Monday two counters are open."}
    assert clerk.submit(f"/demands/{key}/answer", answer).status_code == 403
    login(clerk, RoleName.SUPERVISOR)
    without = clerk.submit(f"/demands/{key}/answer", answer | {"at": ""})
    assert without.status_code == 400
    assert sentence_beside(without, "at")
    assert clerk.submit(f"/demands/{key}/answer", answer).status_code == 303
    assert "From Monday two counters are open." in clerk.get(f"/demands/{key}").text
    assert clerk.submit(f"/demands/{key}/answer", answer).status_code == 409


def test_the_term_is_made_longer_on_the_page(clerk: Browser, office: Office, lodged: Case) -> None:
    key = taken_in(clerk, office, lodged.request_id, kind="question", said="Why so long?")
    assert clerk.submit(f"/demands/{key}/extend", {"because": ""}).status_code == 400
    assert clerk.submit(f"/demands/{key}/extend", {"because": "the other centre has the file"}).status_code == 303
    row = demand(office)
    assert (row.due_on - row.taken_on).days == 45


def test_what_a_body_was_told_is_noted_and_shown(clerk: Browser, login: Login, office: Office, lodged: Case) -> None:
    page = f"/cases/{lodged.request_id}/privacy"
    told = {"recipient": "court", "body": "Judecătoria Timișoara", "told": ["identity", "address"]}
    day = {"told_on-day": "19", "told_on-month": "11", "told_on-year": "2026"}
    assert sentence_beside(clerk.submit(f"{page}/disclosures", told | day | {"told": []}), "told")
    to_come = day | {"told_on-year": "2027"}
    assert sentence_beside(clerk.submit(f"{page}/disclosures", told | to_come), "told_on")
    assert clerk.submit(f"{page}/disclosures", told | day).status_code == 303
    assert "Judecătoria Timișoara" in clerk.get(page).text
    with office.reading() as look:
        row = look.session.query(Disclosure).one()
        person_id = row.person_id
    assert row.told == "identity address"
    login(clerk, RoleName.SUPERVISOR)
    assert "Judecătoria Timișoara" in clerk.get(f"/persons/{person_id}").text


def test_restricted_data_are_shown_everywhere_and_stop_the_request(
    clerk: Browser, login: Login, office: Office, lodged: Case
) -> None:
    page = f"/cases/{lodged.request_id}/privacy"
    assert clerk.submit(f"{page}/restriction", {"ground": "contested"}).status_code == 409
    taken_in(clerk, office, lodged.request_id, kind="restriction", said="The birth date is wrong.")
    assert clerk.submit(f"{page}/restriction", {"ground": "contested"}).status_code == 303
    for address in (f"/cases/{lodged.request_id}", page, f"/cases/{lodged.request_id}/rights"):
        assert "Data restricted" in clerk.get(address).text, address
    with office.reading() as look:
        person_id = look.session.query(Restriction).one().person_id
    assert "Data restricted" in clerk.get(f"/persons/{person_id}").text
    lift = {"lift_told_on-day": "20", "lift_told_on-month": "11", "lift_told_on-year": "2026"}
    assert clerk.submit(f"{page}/restriction/lift", lift).status_code == 403
    assert clerk.submit(f"{page}/restriction/consent", {"goes_on": "yes"}).status_code == 303
    assert "the person agreed" in clerk.get(page).text
    login(clerk, RoleName.SUPERVISOR)
    assert sentence_beside(clerk.submit(f"{page}/restriction/lift", {}), "lift_told_on")
    assert clerk.submit(f"{page}/restriction/lift", lift).status_code == 303
    assert "Data restricted" not in clerk.get(f"/cases/{lodged.request_id}").text


def test_whom_an_account_saw_is_asked_and_saved_by_reference(
    client: Browser, login: Login, office: Office, lodged: Case
) -> None:
    login(client, RoleName.AUDITOR)
    client.get(f"/cases/{lodged.request_id}")
    page = "/oversight/breaches"
    asked = {"from_at": "2026-11-20T09:00", "to_at": "2026-11-20T10:00", "known_at": "2026-11-20T09:30"}
    asked |= {"who": str(client.account_id), "reason": "a password was seen"}
    for field, typed in (("from_at", "yesterday"), ("from_at", "2026-02-30T10:00"), ("who", "me"), ("reason", "")):
        refused = client.submit(page, asked | {field: typed})
        assert refused.status_code == 400, (field, typed)
        assert sentence_beside(refused, field)
    assert client.submit(page, asked | {"to_at": "2026-11-20T18:00"}).status_code == 400
    office.clock.advance(dt.timedelta(minutes=5))  # type: ignore[attr-defined]
    office.keep_time()
    answer = client.submit(page, asked | {"to_at": "2026-11-20T10:05"})
    assert answer.status_code == 303, answer.text
    with office.reading() as look:
        key = str(look.session.query(Breach).one().id)
        row = look.session.get_one(IssuanceRequest, lodged.request_id)
        reference, name = row.reference, row.person.family_name
    chore.list_breach(office, key)
    shown = client.get(answer.location).text
    assert references.grouped(reference) in shown
    assert name not in shown
    saved = client.submit(f"{answer.location}/table.csv")
    assert saved.headers["Content-Disposition"] == 'attachment; filename="breach.csv"'
    assert reference in saved.text
    assert name not in saved.text
    assert client.submit(f"{answer.location}/report").status_code == 303
    assert "Authority told on" in client.get(answer.location).text
    assert key in client.get(page).text


def test_an_authority_that_is_told_late_is_told_why(client: Browser, login: Login) -> None:
    login(client, RoleName.SUPERVISOR)
    asked = {"from_at": "2026-11-20T09:00", "to_at": "2026-11-20T09:30", "known_at": "2026-11-16T08:00"}
    asked |= {"who": str(client.account_id), "reason": "a password was seen"}
    page = client.submit("/oversight/breaches", asked).location
    refused = client.submit(f"{page}/report", {"because": " "})
    assert refused.status_code == 400
    assert sentence_beside(refused, "because")
    assert client.submit(f"{page}/report", {"because": "nobody read the message"}).status_code == 303
    assert "nobody read the message" in client.get(page).text


@pytest.mark.parametrize("language", ["ro", "en", "fr", "ar", "uk", "bn", "ur"])
def test_everybody_reads_the_notice(client: Browser, language: str) -> None:
    page = client.get(f"/privacy?lang={language}")
    assert page.status_code == 200
    assert f'lang="{language}"' in page.text
    assert page.text.count("<li><p>") == 14
    assert "2026-11-30" in page.text
    status = client.get("/status")
    assert 'href="/privacy"' in status.text
