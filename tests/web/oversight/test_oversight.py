"""The supervisor's and the auditor's pages: held jobs, events, overrides, the proof of the chain."""

from __future__ import annotations

import html
import re

import pytest
from flask import Flask
from sqlalchemy import select, text

from app import worker
from card_drivers.order import Outcome, Result
from card_drivers.troubles import Trouble
from issuance.models.audit import AuditEvent, AuditProof
from issuance.models.requests import IssuanceRequest, Portrait
from issuance.models.staff import RoleName
from issuance.office import Office
from tests.integration.production.test_sent_orders import make_bureau
from tests.people import SmallOffice, changed
from tests.web.centre.shared import document_of, job_of, sit_down
from tests.web.conftest import Browser
from tests.web.desk.shared import elsewhere, sentence_beside


@pytest.fixture
def supervisor(client: Browser, office: Office, people: SmallOffice) -> Browser:
    return sit_down(client, office, people, "supervisor")


def held(people: SmallOffice, office: Office, outcome: Outcome = Outcome.UNKNOWN) -> tuple[str, str]:
    """A job nobody knows the end of: the address to resolve it at, and its document's number."""
    case = people.carry("claimed")
    claim, document_id = case.claim, case.document_id
    if outcome is Outcome.SENT:
        make_bureau(people)
    people.leave(people.order(claim))
    said = Trouble.said("The link broke while it printed.")
    people.report(Result(order_id=claim.order_id, claim_id=claim.claim_id, outcome=outcome, trouble=said))
    return f"/oversight/held/{job_of(office, document_id).id}", document_of(office, document_id).number


SEEN = {"at": "finished", "blank_serial": "card-chip-4", "seen": "The lid was open."}


def test_held_jobs_are_listed_and_resolved(supervisor: Browser, people: SmallOffice, office: Office) -> None:
    assert "No job is held" in supervisor.get("/oversight/held").text
    address, number = held(people, office)
    page = supervisor.get("/oversight/held").text
    assert number in page
    assert "The link broke while it printed." in page
    assert "The link broke while it printed." in supervisor.get(address).text
    assert supervisor.submit(address, SEEN).status_code == 303
    assert number not in supervisor.get("/oversight/held").text
    assert "not held any more" in supervisor.get(address).text
    assert supervisor.submit(address, SEEN).status_code == 409


def test_a_job_that_a_bureau_never_answers_is_held_and_resolved(
    supervisor: Browser, people: SmallOffice, office: Office
) -> None:
    address, number = held(people, office, Outcome.SENT)
    sent = address.replace("held", "sent")
    page = supervisor.get("/production/jobs?state=sent").text
    assert (number in page, sent in page, "since 20" in page) == (True, True, True)
    assert number not in supervisor.get("/oversight/held").text
    assert sentence_beside(supervisor.submit(sent, {"reason": " "}), "reason") == "Fill this in."
    assert supervisor.submit(sent, {"reason": "The bureau lost the file."}).headers["Location"] == address
    assert "Nobody waits for the bureau any longer." in supervisor.get(address).text
    assert "not at a bureau any more" in supervisor.get(sent).text
    assert supervisor.submit(sent, {"reason": "again"}).status_code == 409
    assert supervisor.submit(address, SEEN | {"at": "untouched"}).status_code == 303


def test_what_was_seen_is_asked_for(supervisor: Browser, people: SmallOffice, office: Office) -> None:
    address, _ = held(people, office)
    empty = supervisor.submit(address, {})
    assert (empty.status_code, "Is there a document in the output tray?" in empty.text) == (400, True)
    assert "Type the serial" in sentence_beside(supervisor.submit(address, SEEN | {"blank_serial": ""}), "blank_serial")
    unknown = supervisor.submit(address, SEEN | {"blank_serial": "card-chip-99"})
    assert "The ledger has no blank card-chip-99" in sentence_beside(unknown, "blank_serial")
    assert 'value="card-chip-99"' in unknown.text
    assert "The lid was open." in unknown.text
    assert supervisor.submit(address, SEEN | {"at": "missing"}).status_code == 400


ROADS = {
    "finished": ["Yes, there is one", "Yes, it looks finished"],
    "unfinished": ["Yes, there is one", "No, or I am not sure"],
    "jammed": ["No, the tray is empty", "Yes, there is one"],
    "untouched": ["No, the tray is empty", "No, nothing is there", "Yes, none was touched"],
    "missing": ["No, the tray is empty", "No, nothing is there", "No, one is missing, or I cannot tell"],
}


@pytest.mark.parametrize(("end", "road"), ROADS.items())
def test_one_thing_is_asked_at_a_time(
    supervisor: Browser, people: SmallOffice, office: Office, end: str, road: list[str]
) -> None:
    address, number = held(people, office)
    page = supervisor.get(address).text
    for said in road:
        assert page.count('class="button answer"') == 2
        page = supervisor.get(
            html.unescape(re.findall(rf'href="([^"]+)"[^>]*><kbd[^>]*>\d</kbd> {said}<', page)[0])
        ).text
    assert 'class="button answer"' not in page
    if end == "missing":
        assert "The job stays held." in page
        assert number in supervisor.get("/oversight/held").text
        return
    assert f'name="at" value="{end}"' in page
    assert ("What does its back say?" in page) == (end != "untouched")
    assert supervisor.submit(address, SEEN | {"at": end}).status_code == 303
    with office.database.reading() as session:
        event = session.scalars(select(AuditEvent).where(AuditEvent.act.in_(SAID))).one()
    assert event.reason.endswith("The lid was open.")
    assert event.act == SAID[end == "untouched"]


SAID = ("job.resolved", "job.not_started_said")


def test_the_operator_of_a_job_does_not_resolve_it(client: Browser, people: SmallOffice, office: Office) -> None:
    printed_by = people.actors["operator"] = people.actors["supervisor"]
    people.becomes(printed_by, RoleName.OPERATOR)
    address, _ = held(people, office)
    people.becomes(printed_by, RoleName.SUPERVISOR)
    supervisor = sit_down(client, office, people, "supervisor")
    page = supervisor.get(address).text
    assert "You were the operator of this job." in page
    assert "Resolve the job" not in page
    assert supervisor.submit(address, SEEN).status_code == 403


def test_a_job_of_another_centre_is_not_here(supervisor: Browser) -> None:
    assert supervisor.get("/oversight/held/01890000-0000-7000-8000-000000000000").status_code == 404


# Events


def test_events_are_filtered_by_act_centre_and_day(client: Browser, people: SmallOffice, office: Office) -> None:
    auditor = sit_down(client, office, people, "auditor")
    people.carry("complete")
    people.carry("complete", changed(elsewhere(), given_names="Amal", native_name="", case_reference="2026/GL/2"))
    lodged = auditor.get("/oversight/events?act=request.lodged").text
    assert lodged.count("<time") == 2
    assert "Request lodged" in lodged
    assert "Al-Masri" not in lodged
    centre = str(people.actors["clerk"].centre_id)
    for day, count in (("2026-11-20", 2), ("2026-11-19", 0)):
        assert auditor.get(f"/oversight/events?act=request.lodged&day={day}").text.count("<time") == count
    assert auditor.get(f"/oversight/events?act=portrait.added&centre={centre}").text.count("<time") == 1
    assert "Give the day as YYYY-MM-DD" in auditor.get("/oversight/events?day=yesterday").text
    assert "No such event" in auditor.get("/oversight/events?act=no.such.act").text


def test_a_supervisor_reads_the_own_centre_only(supervisor: Browser, people: SmallOffice, office: Office) -> None:
    with office.database.transaction() as session:
        far = session.execute(text("SELECT id FROM centre WHERE code = 'galati'")).scalar_one()
        events = session.scalars(select(AuditEvent).where(AuditEvent.act == "account.added")).all()
        galati = next(event for event in events)
        galati.centre_id = type(galati.id)(str(far))
    own, asked = (supervisor.get(f"/oversight/events?act=account.added{more}").text for more in ("", f"&centre={far}"))
    assert own.count("<time") == len(events) - 1
    assert asked.count("<time") == len(events) - 1


def test_reasons_for_looking_elsewhere_are_shown(client: Browser, people: SmallOffice, office: Office) -> None:
    request_id = people.carry("complete", elsewhere()).request_id
    officer = sit_down(client, office, people, "decision_officer")
    officer.submit(f"/cases/{request_id}/reason", {"reason": "the officer of Galați is ill"})
    officer.get(f"/cases/{request_id}")
    auditor = sit_down(client, office, people, "auditor")
    assert "the officer of Galați is ill" in auditor.get("/oversight/events?act=case.opened_elsewhere").text


def test_portraits_accepted_with_a_reason(client: Browser, people: SmallOffice, office: Office) -> None:
    auditor = sit_down(client, office, people, "auditor")
    assert "No portrait was accepted with a reason" in auditor.get("/oversight/overrides").text
    request_id = people.carry("complete").request_id
    with office.database.transaction() as session:
        portrait = session.scalars(select(Portrait).where(Portrait.request_id == request_id)).one()
        portrait.override_reason = "a headscarf hides the ears"
        portrait.findings = [finding | {"passed": finding["id"] != "background"} for finding in portrait.findings]
        session.get_one(IssuanceRequest, request_id)
    page = auditor.get("/oversight/overrides").text
    assert "a headscarf hides the ears" in page
    assert f'href="/cases/{request_id}"' in page


def test_a_proof_is_asked_for_and_made_in_the_background(
    client: Browser, people: SmallOffice, office: Office, app: Flask
) -> None:
    auditor = sit_down(client, office, people, "auditor")
    assert "No proof was made yet" in auditor.get("/oversight/chain").text
    assert auditor.submit("/oversight/chain", {"whole": "yes"}).status_code == 303
    assert "A proof is under way." in auditor.get("/oversight/chain").text
    refused = auditor.submit("/oversight/chain")
    assert refused.status_code == 409
    assert "Wait for it to end" in refused.text
    worker(app).run_due()
    page = auditor.get("/oversight/chain").text
    assert "Everything is as it was recorded." in page
    assert "all events and rows" in page


def test_what_a_proof_finds_is_shown(client: Browser, people: SmallOffice, office: Office, app: Flask) -> None:
    worker(app).run_due()
    with office.database.transaction() as session:
        session.execute(text("UPDATE audit_event SET act = 'account.removed' WHERE act = 'station.added'"))
        session.execute(text("UPDATE staff SET active = false WHERE email LIKE 'clerk@%'"))
    auditor = sit_down(client, office, people, "auditor")
    auditor.submit("/oversight/chain")
    worker(app).run_due()
    page = auditor.get("/oversight/chain").text
    assert "Something is not as it was recorded." in page
    assert "active is not what event" in page
    assert "the events since the proof before, and all rows" in page
    assert "was changed or moved" not in page, "an event proved before is looked at again in a whole proof"
    auditor.submit("/oversight/chain", {"whole": "yes"})
    worker(app).run_due()
    assert "was changed or moved" in auditor.get("/oversight/chain").text


def test_a_sound_proof_written_by_hand_is_seen(
    client: Browser, people: SmallOffice, office: Office, app: Flask
) -> None:
    worker(app).run_due()
    with office.database.transaction() as session:
        proof = session.scalars(select(AuditProof)).one()
        proof.walk = proof.walk | {"events": 9}
    auditor = sit_down(client, office, people, "auditor")
    assert "Somebody else wrote the last proof." in auditor.get("/oversight/chain").text
