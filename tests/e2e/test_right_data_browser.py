"""Wrong data put right in a real browser, and read off what the simulated printer made."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from issuance import document_types
from issuance.models.documents import Document
from issuance.models.requests import IssuanceRequest
from printing.faces import layout
from tests.bench import readback
from tests.e2e.test_all_types_browser import Applicant, approve, check, complete, lodge, pictures
from tests.e2e.test_path_browser import (
    Workplace,
    case_id,
    date,
    hand_over,
    open_shift,
    printed,
    wait_until_made,
)
from tests.fixtures.live import LiveOffice

pytestmark = pytest.mark.browser

EVIDENCE = "birth certificate 77 of 1998"
ZELAL = Applicant("TID", "", "Zelal", ("3", "4", "1998"), typed={"status": "applicant"})
"""Born on 4 March 1998: day and month were typed the wrong way round."""
KARIM = Applicant("TD-C", "2026/TM/0012")
"""Born on 11 January 1968; case handling sent the first of January."""
DECISION = {"decision_number": "1342/2026"}


@pytest.fixture
def workplaces(chromium: Browser, live_office: LiveOffice) -> dict[str, Workplace]:
    logins = ("clerk", "clerk2", "officer", "operator", "quality", "supervisor")
    return {login: Workplace(chromium, live_office, login) for login in logins}


def say(page: Page, name: str) -> None:
    with page.expect_navigation():
        page.get_by_role("button", name=name).click()


def person_of(live: LiveOffice, request_id: str) -> str:
    """The address of the person's page."""
    with live.office.database.reading() as session:
        return f"/persons/{session.get_one(IssuanceRequest, UUID(request_id)).person_id}"


def propose(clerk: Workplace, person: str, right: tuple[str, str, str]) -> None:
    """The clerk proposes the right birth date, and cannot agree to it."""
    page = clerk.visit(person)
    page.get_by_text("Correct it").click()
    date(page, "birth_date", *right)
    page.check("input[name=reason][value=office_error]")
    page.fill("#f-evidence", EVIDENCE)
    say(page, "Send the correction")
    expect(page.locator("main")).to_contain_text("A correction waits for a second person")
    expect(page.locator("main")).to_contain_text("You proposed it. Another person agrees.")
    assert page.get_by_role("button", name="I saw the evidence: correct it").count() == 0


def agree(second: Workplace, person: str, was: str, now: str) -> None:
    """A second person sees both dates, and agrees; the history says who, when and on what evidence."""
    page = second.visit(person)
    assert row_of(page, "Born on") == ["Born on", was, now]
    say(page, "I saw the evidence: correct it")
    kept = page.locator("ol.history li").first.inner_text()
    for words in (f"Born on: {was} → {now}", "the office erred", EVIDENCE, "Ana Pop", "agreed by Dan Voicu"):
        assert words in kept


def row_of(page: Page, label: str) -> list[str]:
    """The cells of the first row with this label."""
    return page.locator("tr", has_text=label).first.locator("th, td").all_inner_texts()


def states_of(clerk: Workplace, person: str) -> dict[str, str]:
    """Number -> what the page of the person says of each document."""
    page = clerk.visit(person)
    rows = page.locator("article table tbody tr", has=page.locator("a")).all()
    cells = [row.locator("th, td").all_inner_texts() for row in rows]
    return {number.strip(): state.strip() for number, state, *_ in cells}


def zone_on(live: LiveOffice, document: Document, length: int) -> list[str]:
    """The zone on the printer's picture, letter by letter, against OCR-B as Pillow draws it."""
    face = document_types.get(document.document_type).face
    assert face
    chosen = layout.load(face.layout)
    (side,) = (each for each in chosen.faces if each.mrz)
    with Image.open(printed(live, document) / f"{side.name}.png") as picture:
        return readback.read_zone(readback.Page(picture.convert("L"), chosen, side), length)


def seal_on(live: LiveOffice, document: Document, folder: Path) -> str:
    """What `verify-seal` reads in the printer's picture, by the certificates that `export-signer` wrote."""
    run = live.app.test_cli_runner().invoke
    with live.app.app_context():
        exported = run(args=["export-signer", "--out", str(folder)], catch_exceptions=False)
        assert exported.exit_code == 0, exported.output
        keys = [word for file in sorted(folder.glob("*.pem")) for word in ("--certificate", str(file))]
        judged = run(args=["verify-seal", pictures(live, document), "--json", *keys], catch_exceptions=False)
    assert judged.exit_code == 0, judged.output
    return judged.output


def test_a_wrong_birth_date_is_corrected_before_the_approval_and_the_card_is_right(
    workplaces: dict[str, Workplace], live_office: LiveOffice, tmp_path: Path
) -> None:
    clerk, officer, quality = (workplaces[name] for name in ("clerk", "officer", "quality"))
    request_id = lodge(clerk, ZELAL)
    complete(clerk, request_id, ZELAL)
    person = person_of(live_office, request_id)
    assert "Changed since the lodging" not in officer.visit(f"/decisions/{request_id}").content()
    propose(clerk, person, ("4", "3", "1998"))
    agree(workplaces["supervisor"], person, "03.04.1998", "04.03.1998")

    page = officer.visit(f"/decisions/{request_id}")
    expect(page.locator(".notice", has_text="Changed since the lodging")).to_be_visible()
    assert row_of(page, "Born on") == ["Born on", "03.04.1998", "04.03.1998"]
    approve(officer, request_id, ZELAL)
    open_shift(workplaces["operator"])
    with live_office.station():
        made = wait_until_made(quality, request_id)
    assert zone_on(live_office, made, 30)[1].startswith("9803042F")
    assert "9803042F" in seal_on(live_office, made, tmp_path / "keys")
    check(quality, request_id, made)
    hand_over(workplaces["clerk2"], request_id, made.number)
    assert states_of(clerk, person) == {made.number: "Valid"}
    for workplace in workplaces.values():
        workplace.close()


def test_an_error_found_after_the_issue_takes_a_correction_that_is_free_and_replaces_the_document(
    workplaces: dict[str, Workplace], live_office: LiveOffice
) -> None:
    clerk, officer, quality = (workplaces[name] for name in ("clerk", "officer", "quality"))
    request_id = lodge(clerk, KARIM)
    complete(clerk, request_id, KARIM)
    approve(officer, request_id, KARIM)
    open_shift(workplaces["operator"])
    with live_office.station():
        old = wait_until_made(quality, request_id)
        assert zone_on(live_office, old, 44)[1][13:20] == "6801014"
        check(quality, request_id, old)
        hand_over(workplaces["clerk2"], request_id, old.number)

        person = person_of(live_office, request_id)
        propose(clerk, person, ("11", "1", "1968"))
        agree(workplaces["supervisor"], person, "01.01.1968", "11.01.1968")
        correction = lodge_correction(clerk, request_id, person, old.number)
        clerk.visit(f"/cases/{correction}/enrolment")
        say(clerk.page, "Use this portrait")
        clerk.visit(f"/cases/{correction}/signature")
        say(clerk.page, "Use this signature")
        clerk.visit(f"/cases/{correction}")
        clerk.press()
        approve(officer, correction, Applicant("TD-C", typed=DECISION))
        new = wait_until_made(quality, correction)
        assert zone_on(live_office, new, 44)[1][13:20] == "6801117"
        check(quality, correction, new)
    hand_over(workplaces["clerk2"], correction, new.number, old.number)
    assert states_of(clerk, person) == {old.number: "Surrendered", new.number: "Valid"}
    for workplace in workplaces.values():
        workplace.close()


def lodge_correction(clerk: Workplace, request_id: str, person: str, number: str) -> str:
    """The request of kind correction, by the button beside the document that says otherwise; a fee is refused."""
    page = clerk.visit(person)
    notice = page.locator(".notice", has_text="This document says otherwise than the register.")
    assert row_of(page, "Born on") == ["Born on", "01.01.1968", "11.01.1968"]
    notice.get_by_role("link", name="Lodge the correction").click()
    expect(page.get_by_label("Correction")).to_be_checked()
    expect(page.locator("#f-previous_document")).to_have_value(number)
    page.fill("#f-decision_number", DECISION["decision_number"])
    date(page, "decision_date", "12", "10", "2026")
    page.fill("#f-fee", "258")
    clerk.press()
    expect(page.locator("#summary")).to_contain_text("The office erred, so the corrected document is free of charge.")
    page.fill("#f-fee", "0")
    clerk.press()
    assert "Correction" in page.locator("main").inner_text()
    return case_id(page)
