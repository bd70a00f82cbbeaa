"""A tray is worked through by scans alone: which card, its parts, the officer's word, what became of all of them."""

from __future__ import annotations

import html
from uuid import UUID

import pytest
import zxingcpp
from sqlalchemy import select

from issuance.models.audit import AuditEvent
from issuance.models.documents import Document, QualityCheck
from issuance.models.staff import RoleName, Station
from issuance.office import Office
from issuance.services.batches import running, trays
from issuance.services.production import quality
from tests.integration.batches.shared import batch_of, queued, start
from tests.people import SmallOffice
from tests.stacks import told, without_serials
from tests.web.batches.test_batches import drawn
from tests.web.centre.shared import document_of, hidden, sit_down
from tests.web.centre.test_quality import answer_chip, photograph
from tests.web.conftest import Browser

TID = {"document_type": "TID", "status": "applicant", "decision_number": "", "decision_date": None}


class Desk:
    """A quality officer with a tray in front of them: what is scanned goes into the one box of the page."""

    def __init__(self, browser: Browser, tray: UUID, documents: list[UUID]) -> None:
        self.browser, self.tray, self.documents = browser, tray, documents
        self.address = f"/quality/trays/{tray}"
        self.page = browser.get(self.address).text

    def scan(self, *texts: str, how: str = "scanner", **more: object) -> str:
        """Scan these one after another; the page after the last."""
        for text in texts:
            sent = hidden(self.page) | {"scan": text, "how": how} | more
            answer = self.browser.submit(self.address, sent, content_type="multipart/form-data", follow_redirects=True)
            self.page = answer.text
        return html.unescape(self.page)


@pytest.fixture
def desk(client: Browser, office: Office, people: SmallOffice) -> Desk:
    """Three temporary documents in a tray."""
    return tray_of(client, office, people, **TID)


def tray_of(client: Browser, office: Office, people: SmallOffice, *, serials: bool = True, **changes: object) -> Desk:
    if not serials:
        without_serials(people)
    queued(people, "Layla", "Nour", "Sara", **changes)
    found = batch_of(people)
    start(people, found)
    people.open_shift()
    documents = [people.make(**{} if serials else {"blank_serial": None}) for _ in range(3)]
    with people.act(people.actors["operator"]) as act:
        tray = trays.fill(act, running.own(act, found), act.session.get_one(Station, people.station.id), 50).id
    return Desk(sit_down(client, office, people, "quality_officer"), tray, documents)


def parts(office: Office, document_id: UUID) -> tuple[str, str, str]:
    """What bar code, zone and seal of this document say."""
    with office.reading() as look:
        said = quality.expected_values(look, look.session.get_one(Document, document_id))
        return said.get("barcode", ""), said["mrz"], said.get("seal", "")


def states(office: Office, desk: Desk) -> list[str]:
    return [str(document_of(office, document_id).state) for document_id in desk.documents]


def test_a_tray_of_three_by_scans_alone(desk: Desk, office: Office) -> None:
    assert "Take card 1" in desk.page
    for at, document_id in enumerate(desk.documents, 1):
        assert f"Card {at}: equal in every part" in desk.scan(*parts(office, document_id), "RELEASE")
    assert "3 cards, all checked" in desk.page
    assert states(office, desk) == ["checked"] * 3
    with office.database.reading() as session:
        kept = session.scalars(select(QualityCheck)).first()
        opened = session.scalars(select(AuditEvent).where(AuditEvent.act == "check.opened")).all()
    assert kept is not None
    assert [(item["part"], item["method"]) for item in kept.readings] == [
        (part, "scanner") for part in ("barcode", "mrz", "seal")
    ]
    assert len(opened) == 3


def test_the_serial_or_zone_says_which_card_it_is(desk: Desk, office: Office) -> None:
    first, second, _ = desk.documents
    serial = document_of(office, second).blank_serial or ""
    assert "Temporary identity document" in desk.scan(serial.lower())
    assert desk.page.count("not read yet") == 3
    bar, zone, seal = parts(office, second)
    assert "Card 2: equal" in desk.scan(zone, bar, seal, "RELEASE")
    assert "Take card 1" in desk.page
    assert desk.scan(parts(office, first)[1]).count("not read yet") == 2
    assert desk.scan(document_of(office, first).blank_serial or "").count("not read yet") == 2
    for other in parts(office, desk.documents[2])[:2]:
        assert "This is card 3 of the tray" in desk.scan(other)


def test_nothing_that_is_expected_is_shown(desk: Desk, office: Office) -> None:
    first = desk.documents[0]
    serial, number = document_of(office, first).blank_serial or "", document_of(office, first).number
    secrets = [number, *parts(office, first)]
    pages = [desk.page, desk.scan(serial), desk.scan("TI1"), desk.scan("X" * 88 + "<<"), desk.scan("RELEASE")]
    pages += [desk.scan("REJECT1"), desk.scan("REJECT1")]
    for page in pages:
        assert not [secret for secret in secrets if secret in page]


def test_what_differs_is_read_once_more_and_then_rejected(desk: Desk, office: Office) -> None:
    first = desk.documents[0]
    bar, zone, seal = parts(office, first)
    other = seal[:-2] + ("00" if seal[-2:] != "00" else "11")
    page = desk.scan(bar, zone, other, "RELEASE")
    assert "Nothing was rejected yet: read it once more" in page
    assert "Not read yet: seal" in desk.scan("RELEASE")
    assert states(office, desk)[0] == "personalised"
    page = desk.scan(other, "RELEASE")
    assert "Card 1 is rejected: read back differently: seal." in page
    assert "Take card 2" in page
    assert "is checked already" in desk.scan(bar)


def test_a_rejection_is_scanned_twice(desk: Desk, office: Office) -> None:
    assert "Scan a card of the tray first" in desk.scan("REJECT3")
    bar, zone, _ = parts(office, desk.documents[0])
    assert "Reject it for this: scratch, stain or break?" in desk.scan(bar, "reject3")
    assert "Reject it for this" not in desk.scan(zone)
    assert "Reject it for this: lamination or edge?" in desk.scan("REJECT3", "REJECT4")
    assert states(office, desk)[0] == "personalised"
    page = desk.scan("REJECT4")
    assert "Card 1 is rejected: seen at the check: lamination or edge." in page
    for document_id in desk.documents[1:]:
        page = desk.scan(*parts(office, document_id), "RELEASE")
    assert "All 3 are checked; 1 failed." in page
    assert (document_of(office, desk.documents[0]).blank_serial or "?") in page


def test_a_slip_of_the_scanner_changes_nothing(desk: Desk, office: Office) -> None:
    bar, zone, _ = parts(office, desk.documents[0])
    wrong = zone[:-1] + ("1" if zone[-1] != "1" else "2")
    assert "No card of this tray reads so" in desk.scan("TI9999999")
    assert "does not add up" in desk.scan(bar, wrong)
    assert "not read yet" in desk.page
    assert "does not add up" not in desk.scan(wrong)
    assert "Take card 1" in desk.scan("LEAVE")
    assert states(office, desk) == ["personalised"] * 3
    forged = desk.browser.submit(desk.address, {"scan": "RELEASE", "hand": "forged.hand"}, follow_redirects=True)
    assert "Scan a card of the tray first" in forged.text


def test_one_picture_says_which_card_it_is_and_two_of_its_parts(desk: Desk, office: Office) -> None:
    bar, zone, seal = parts(office, desk.documents[0])
    taken = desk.scan("", picture=photograph(bar, seal))
    assert taken.count("not read yet") == 1
    assert "Card 1: equal" in desk.scan(zone, "RELEASE")
    with office.database.reading() as session:
        kept = session.scalars(select(QualityCheck)).one()
    assert {item["method"] for item in kept.readings} == {"picture", "scanner"}


def test_a_zone_asks_for_the_chip_by_itself(client: Browser, office: Office, people: SmallOffice) -> None:
    desk = tray_of(client, office, people)
    first = desk.documents[0]
    assert "waiting for the reader" in desk.scan(parts(office, first)[1])
    assert "The chip was not read yet" in desk.scan("RELEASE")
    answer_chip(office, people, first)
    assert "Card 1: equal in every part" in desk.scan("RELEASE")


def test_the_back_is_scanned_when_no_device_read_it(client: Browser, office: Office, people: SmallOffice) -> None:
    desk = tray_of(client, office, people, serials=False, **TID)
    bar, zone, seal = parts(office, desk.documents[0])
    assert "Turn it over and scan the serial on its back" in desk.scan(bar)
    assert "The ledger has no blank card-99" in desk.scan("card-99")
    assert told(people) == [("unknown", "card-99")]
    assert "Turn it over" not in desk.scan("card-7")
    assert document_of(office, desk.documents[0]).blank_serial == "card-7"
    assert "Card 1: equal in every part" in desk.scan(zone, seal, "RELEASE")


def test_a_card_that_another_duty_excludes_is_somebody_elses(
    client: Browser, office: Office, people: SmallOffice
) -> None:
    desk = tray_of(client, office, people, **TID)
    people.becomes(people.actors["operator"], RoleName.QUALITY_OFFICER)
    desk = Desk(sit_down(client, office, people, "operator"), desk.tray, desk.documents)
    assert "3 cards are for somebody else to check" in desk.page


def test_the_codes_of_the_desk_are_what_the_page_knows(desk: Desk) -> None:
    pdf = desk.browser.get("/quality/trays/codes.pdf").data
    assert {"RELEASE", "LEAVE"} <= {symbol.text for symbol in zxingcpp.read_barcodes(drawn(pdf))}
