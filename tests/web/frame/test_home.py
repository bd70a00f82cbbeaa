"""Today: each role finds its own work, numbers of the centre, and no name."""

from __future__ import annotations

from issuance.models.documents import Document
from issuance.office import Office
from issuance.services.production import quality
from tests.people import SmallOffice
from tests.web.centre.shared import sit_down
from tests.web.conftest import Browser


def test_a_clerk_sees_what_waits_and_what_was_done(client: Browser, people: SmallOffice, office: Office) -> None:
    clerk = sit_down(client, office, people, "clerk")
    assert "Nothing waits for you" in clerk.get("/").text
    people.carry("complete")
    page = clerk.get("/").text
    assert "Request lodged" in page
    assert "Approved" not in page
    assert "Stations and their blanks" not in page


def test_an_operator_is_told_of_trouble_without_a_way_to_the_case(
    client: Browser, people: SmallOffice, office: Office
) -> None:
    case = people.carry("made")
    with people.act(people.actors["quality_officer"]) as act:
        quality.reject(act, act.session.get_one(Document, case.document_id), "A scratch.")
    page = sit_down(client, office, people, "operator").get("/").text
    assert ("Rejected at the check" in page, "Al-Masri" in page, "/cases/" in page) == (True, False, False)
    assert ("s1" in page, "no shift" in page) == (True, False)
    page = sit_down(client, office, people, "supervisor").get("/").text
    assert f"/cases/{case.request_id}" in page


def test_the_first_thing_to_do_is_the_next_person(client: Browser, people: SmallOffice, office: Office) -> None:
    request_id = people.lodge()
    page = sit_down(client, office, people, "clerk").get("/").text
    assert (f'href="/cases/{request_id}" data-primary' in page, "Next: " in page and "Al-Masri" in page) == (True, True)
    people.enrol(request_id)
    page = sit_down(client, office, people, "decision_officer").get("/").text
    assert (f'href="/decisions/{request_id}" data-primary' in page, "Next: " in page and "Al-Masri" in page) == (
        True,
        True,
    )
    for other in ("operator", "quality_officer", "administrator", "auditor", "clerk"):
        assert "Al-Masri" not in sit_down(client, office, people, other).get("/").text
