"""An office printer at the pages: a file of sheets is taken, got, got on with, read by others, and told of."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from uuid import UUID, uuid4

import pypdfium2
import pytest
import zxingcpp
from werkzeug.test import TestResponse

from issuance.models.audit import AuditEvent
from issuance.models.batches import PrintFile
from issuance.models.documents import Document
from issuance.models.production import PrintJob
from issuance.models.staff import RoleName, Station
from issuance.office import Office
from issuance.services.batches import print_files
from issuance.services.production import held_jobs
from issuance.states import JobState
from printing.pages.symbols import read_data_matrix
from tests.counterparts import require
from tests.integration.batches.shared import batch_of, certificates, office_printer, start
from tests.people import LEASE, SmallOffice
from tests.web.centre.shared import sit_down
from tests.web.conftest import Browser

NAMES = ("Layla", "Nour", "Sara")


@pytest.fixture
def operator(client: Browser, office: Office, people: SmallOffice) -> Browser:
    return sit_down(client, office, people, "operator")


@pytest.fixture
def printer(people: SmallOffice) -> Station:
    return office_printer(people)


@pytest.fixture
def batch_id(people: SmallOffice, printer: Station) -> UUID:
    """A running batch of three certificates for the office printer."""
    certificates(people, *NAMES)
    found = batch_of(people, printer)
    start(people, found)
    return found


def take(browser: Browser, batch_id: UUID, printer: Station, **fields: str) -> str:
    """The address of the file that was taken."""
    address = f"/production/batches/{batch_id}/stations/{printer.id}/print-file"
    answer = browser.submit(address, {"type": "RC", "most": "100"} | fields)
    assert answer.status_code == 303
    return str(answer.location)


def got(browser: Browser, address: str, **headers: str) -> TestResponse:
    """The answer to whoever gets the file there, taken in whole as a server sends it: then it is closed."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return browser.get(f"{address}/sheets.pdf", headers=named, buffered=True)


def numbers(office: Office) -> list[str]:
    with office.reading() as look:
        file = look.session.query(PrintFile).order_by(PrintFile.number.desc()).first()
        assert file is not None
        return [sheet.number for sheet in print_files.sheets(look, file)]


def states(office: Office) -> list[str]:
    with office.reading() as look:
        file = look.session.query(PrintFile).order_by(PrintFile.number.desc()).first()
        assert file is not None
        return [sheet.state for sheet in print_files.sheets(look, file)]


def test_from_the_batch_to_the_trays_by_the_pages(
    operator: Browser, office: Office, printer: Station, batch_id: UUID, tmp_path: Path
) -> None:
    page = operator.get(f"/production/batches/{batch_id}").text
    assert "3 RC wait" in page
    address = take(operator, batch_id, printer)
    assert "Get the file" in operator.get(address).text
    assert "3 sheets of a file" in operator.get("/production/batches").text
    assert "3 sheets of a file" in operator.get("/production/stations").text
    file = got(operator, address)
    assert (file.mimetype, file.headers["Cache-Control"]) == ("application/pdf", "no-store")
    assert file.headers["Content-Disposition"] == 'attachment; filename="sheets-1-1.pdf"'
    _read_by_others(office, file.data, tmp_path)
    question = operator.get(address).text
    assert "What lies in the output tray" in question
    assert "Get the file again" in operator.get(f"{address}?at=nothing").text
    assert "3 sheets came out" in operator.get(f"{address}?at=all").text
    told = operator.submit(address, {"at": "all"}, follow_redirects=True).text
    assert "3 made, in no tray" in told
    assert states(office) == [JobState.DONE] * 3
    assert "told of or settled" in operator.get(address).text
    assert got(operator, address).status_code == 409


def _read_by_others(office: Office, pdf: bytes, folder: Path) -> None:
    """Poppler counts the pages and finds each number on its own; ZXing reads bar code and seal of each."""
    path = folder / "sheets.pdf"
    path.write_bytes(pdf)
    said = subprocess.run([require("pdfinfo", "it counts pages"), path], capture_output=True, text=True, check=True)
    assert re.search(r"^Pages:\s+3$", said.stdout, re.M)
    assert re.search(r"^Page size:\s+595.\d+ x 841.\d+ pts \(A4\)$", said.stdout, re.M)
    program = require("pdftotext", "it reads the pages")
    texts = subprocess.run([program, path, "-"], capture_output=True, text=True, check=True).stdout.split("\f")
    seals = set()
    for place, (number, page) in enumerate(zip(numbers(office), pypdfium2.PdfDocument(pdf), strict=True)):
        assert [number in text for text in texts[:3]] == [at == place for at in range(3)]
        picture = page.render(scale=300 / 72).to_pil()
        codes = zxingcpp.read_barcodes(picture, zxingcpp.BarcodeFormat.Code128)
        assert [code.text for code in codes] == [number]
        seals.add(read_data_matrix(picture))
    assert len(seals) == 3
    assert None not in seals


def test_an_interrupted_download_goes_on_to_the_same_file(
    operator: Browser, office: Office, printer: Station, batch_id: UUID
) -> None:
    address = take(operator, batch_id, printer)
    whole = got(operator, address)
    tag, half = whole.headers["ETag"], len(whole.data) // 2
    before = numbers(office)
    rest = got(operator, address, Range=f"bytes={half}-", If_Range=tag)
    assert (rest.status_code, rest.headers["ETag"]) == (206, tag)
    assert rest.headers["Content-Range"] == f"bytes {half}-{len(whole.data) - 1}/{len(whole.data)}"
    assert whole.data[:half] + rest.data == whole.data
    other = got(operator, address, Range=f"bytes={half}-", If_Range='"another"')
    assert (other.status_code, other.data) == (200, whole.data)
    assert got(operator, address, Range=f"bytes={len(whole.data)}-").status_code == 416
    assert numbers(office) == before
    with office.database.reading() as session:
        acts = [act for (act,) in session.query(AuditEvent.act).filter(AuditEvent.act.like("print_file.%"))]
        kept = [str(event.details) for event in session.query(AuditEvent)]
        people_there = [document.person.family_name for document in session.query(Document)]
    assert acts.count("print_file.given") == 1
    assert acts.count("print_file.given_again") == 3
    assert not any(name in text for name in people_there for text in kept)


def test_a_second_operator_neither_gets_it_nor_tells_of_it(
    operator: Browser, client: Browser, office: Office, people: SmallOffice, printer: Station, batch_id: UUID
) -> None:
    address = take(operator, batch_id, printer)
    assert got(operator, address).status_code == 200
    people.becomes(people.actors["quality_officer"], RoleName.OPERATOR)
    other = sit_down(client, office, people, "quality_officer")
    assert "Another operator took this file" in other.get(address).text
    assert got(other, address).status_code == 403
    assert other.submit(address, {"at": "all"}).status_code == 403
    again = other.submit(
        f"/production/batches/{batch_id}/stations/{printer.id}/print-file", {"type": "RC"}, follow_redirects=True
    )
    assert "still has a claimed order" in again.text
    assert states(office) == [JobState.CLAIMED] * 3
    assert other.get(f"/production/print-files/{uuid4()}").status_code == 404


def test_spoiled_and_missing_ones_are_named_and_the_missing_looked_for(
    operator: Browser, client: Browser, office: Office, people: SmallOffice, printer: Station, batch_id: UUID
) -> None:
    address = take(operator, batch_id, printer)
    got(operator, address)
    first, second, third = numbers(office)
    nobody = operator.submit(address, {"at": "some"})
    assert nobody.status_code == 400
    assert "Scan the numbers that are spoiled" in nobody.text
    assert "is not in this file" in operator.submit(address, {"at": "some", "spoiled": "RC1"}).text
    told = operator.submit(
        address, {"at": "some", "spoiled": f" {first.lower()},\n{second}", "missing": third}, follow_redirects=True
    )
    assert "1 missing sheet is held" in told.text
    assert states(office) == [JobState.SPOILED, JobState.SPOILED, JobState.HELD]
    supervisor = sit_down(client, office, people, "supervisor")
    held = supervisor.get("/oversight/held").text
    assert third in held
    assert "does not find this sheet" in held


def test_a_file_of_which_nobody_tells_is_in_the_held_queue(
    operator: Browser, client: Browser, office: Office, people: SmallOffice, printer: Station, batch_id: UUID
) -> None:
    address = take(operator, batch_id, printer)
    got(operator, address)
    people.clock.advance(LEASE * 2)
    with people.act(people.machine) as act:
        assert held_jobs.hold_expired(act) == 3
    operator.come_back()
    assert "Nobody told in time" in operator.get(address).text
    assert got(operator, address).status_code == 409
    found = numbers(office)
    supervisor = sit_down(client, office, people, "supervisor")
    held = supervisor.get("/oversight/held").text
    assert all(number in held for number in found)


def test_an_order_that_composes_otherwise_is_held_and_in_no_file(
    operator: Browser, office: Office, people: SmallOffice, printer: Station, batch_id: UUID
) -> None:
    address = take(operator, batch_id, printer)
    first, *others = numbers(office)
    with office.database.transaction() as session:
        document = session.query(Document).filter_by(number=first).one()
        job = session.query(PrintJob).filter_by(document_id=document.id).one()
        job.digests = job.digests | {"page/black": "0" * 64}
    refused = got(operator, address)
    assert refused.status_code == 409
    assert "1 sheets do not compose" in refused.text
    assert got(operator, address).status_code == 200
    assert numbers(office) == others


def test_what_cannot_be_composed_is_named_to_the_operator_held_and_in_no_file(
    operator: Browser, client: Browser, office: Office, people: SmallOffice, printer: Station, batch_id: UUID
) -> None:
    address = take(operator, batch_id, printer)
    first, gone, last = numbers(office)
    with office.database.transaction() as session:
        document = session.query(Document).filter_by(number=gone).one()
        office.vault.destroy(session, document.request_id, clock=office.clock)
    refused = got(operator, address)
    assert refused.status_code == 409
    assert f"1 sheets cannot be composed and are held, the first is {gone}." in refused.text
    assert "destroyed under the retention rules" in refused.text
    assert got(operator, address).status_code == 200
    assert numbers(office) == [first, last]
    operator.submit(address, {"at": "all"})
    assert states(office) == [JobState.DONE] * 2
    held = sit_down(client, office, people, "supervisor").get("/oversight/held").text
    assert gone in held
    assert "destroyed under the retention rules" in held


def test_an_administrator_adds_one_that_gets_no_token(client: Browser, office: Office, people: SmallOffice) -> None:
    browser = sit_down(client, office, people, "administrator")
    both = browser.submit("/stations/add", {"station": "hall", "bureau": "yes", "office_printer": "yes"})
    assert "A bureau is no office printer" in both.text
    added = browser.submit("/stations/add", {"station": "hall", "office_printer": "yes"}, follow_redirects=True).text
    assert "The office printer is added" in added
    with office.database.reading() as session:
        station = session.query(Station).filter_by(name="hall").one()
    assert station.office_printer
    assert f"/stations/{station.id}/renew" not in added
    assert "no program that would enrol" in browser.submit(f"/stations/{station.id}/renew").text
    assert "It has no program" in browser.get(f"/production/stations/{station.id}").text
