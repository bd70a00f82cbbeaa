"""Every document type on every kind of station that says it can make it: from the lodging to a valid document.

The register composes, seals and signs each order and gives it over HTTP; the machine is a real ippeveprinter for each
medium, the Evolis emulator, a bureau's site with openssl in between, or the simulator. What a kind of station says it
cannot make its driver refuses before a blank is taken.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
import zxingcpp
from sqlalchemy import select

from card_drivers import capabilities
from card_drivers.device import ConfigurationError
from card_drivers.order import Outcome
from card_drivers.station import print_test
from card_drivers.station.journal import Journal
from card_drivers.station.workbench import Workbench
from issuance import document_types
from issuance.models.documents import Document
from issuance.models.production import PrintJob
from issuance.services.casework.lodging import Lodging
from issuance.services.production import documents, quality
from issuance.states import JobState
from printing.faces import layout
from tests import composed, measured
from tests.contract.floor import DESK, Floor, Place, centre
from tests.measured import Fed
from tests.people import LAYLA, Case, changed
from tests.unit.station.orders import CHIP

pytestmark = pytest.mark.contract

MADE = (capabilities.YES, capabilities.LEFT_OUT)
CELLS = [(kind, need) for kind in capabilities.kinds() for need in capabilities.needs()]
CAN = [(kind.name, need.document_type) for kind, need in CELLS if kind.makes(need) in MADE]
CANNOT = [
    (kind.name, need.document_type, kind.makes(need).removeprefix("no: "))
    for kind, need in CELLS
    if kind.makes(need) not in MADE and not kind.bureau
]
REFUSALS = {"size": ("printer-no-medium", "face-no-card"), "chip": ("printer-no-chip",)}
"""What the drivers say, by the words of the table."""
HOLDERS = {
    "RC": {"status": "applicant", "decision_number": "", "decision_date": None},
    "RP-R": {"status": "refugee"},
    "RP-S": {"status": "subsidiary"},
    "RT": {"status": "refugee"},
    "TD-C": {"status": "refugee"},
    "TD-S": {"status": "subsidiary"},
    "TID": {"status": "applicant", "decision_number": "", "decision_date": None},
    "TPP": {"status": "temporary_protection", "decision_number": "", "decision_date": None},
}
NAMES = ("Layla", "Amina", "Nour", "Sara", "Zahra", "Mariam", "Hala", "Rima")


@pytest.fixture(scope="module")
def floor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Floor]:
    with centre(tmp_path_factory.mktemp("floor")) as made:
        yield made


def request_for(kind: str, code: str) -> Lodging:
    """A request of a person of their own."""
    name = NAMES[list(HOLDERS).index(code)]
    reference = f"2026/TM/{uuid.uuid5(uuid.NAMESPACE_OID, kind + code).int % 9000 + 1000}"
    family = f"Al-{kind.split(', ')[-1].split()[0].title()}"
    return changed(
        LAYLA,
        document_type=code,
        given_names=name,
        family_name=family,
        native_name="",
        case_reference=reference,
        **HOLDERS[code],
    )


def job_of(floor: Floor, case: Case) -> PrintJob:
    with floor.shop.office.reading() as look:
        return documents.job_of(look, look.session.get_one(Document, case.document_id))


def scan_the_back(floor: Floor, place: Place, case: Case, stock: str) -> None:
    """Nobody read the serial of the blank: the quality officer scans it from the back before the check."""
    office = floor.shop.office
    with office.act(office.actors["quality_officer"]) as act:
        made = act.session.get_one(Document, case.document_id)
        assert made.blank_serial is None
        quality.scan(act, made, case.number, place.serials[stock].pop())


@pytest.mark.parametrize(("kind", "code"), CAN)
def test_a_type_is_made_where_it_can_be_made(floor: Floor, kind: str, code: str) -> None:
    place, office, chosen = floor.place(kind), floor.shop.office, document_types.get(code)
    case = office.carry("queued", request_for(kind, code))
    assert place.work() is not None
    assert job_of(floor, case).state == JobState.DONE
    if place.reads_no_serial and chosen.form != "paper":
        scan_the_back(floor, place, case, chosen.stock)
    assert_printed(place, case.number, code)
    assert office.check(case.document_id, office.readings(case.document_id))
    office.hand_over(case.request_id, case.number)
    with office.reading() as look:
        made = look.session.get_one(Document, case.document_id)
        assert (made.state, bool(made.blank_serial)) == ("valid", chosen.form != "paper")
        assert bool(made.chip_uid) == bool(chosen.chip)
        waiting = look.session.scalars(select(PrintJob.id).where(PrintJob.state != JobState.DONE)).all()
    assert waiting == []


@pytest.mark.parametrize("kind", [kind.name for kind in capabilities.kinds() if kind.name.startswith("ipp")])
def test_a_test_print_is_as_large_as_what_lies_there(floor: Floor, tmp_path: Path, kind: str) -> None:
    place = floor.place(kind)
    result = print_test.run(place.printer, tmp_path, uuid.uuid4())
    assert (result.outcome, result.message, len(place.pictures())) == (Outcome.DONE, "", 1)


def assert_printed(place: Place, number: str, code: str) -> None:
    """Every face came out, with the zone in its place and, where it has a bar code, the document's number in it."""
    faces, pictures = layout.load(document_types.get(code).template().layout).faces, place.pictures()
    assert len(pictures) == len(faces)
    if any(face.mrz for face in faces):
        side, names = measured.names_of(code)
        off = measured.off_by(pictures[side], Fed((300, 300)), composed.faces(code)[side], names)
        assert max(map(abs, off)) <= measured.WITHIN_MM
    if any(face.code128 for face in faces):
        assert number in {found.text for picture in pictures for found in zxingcpp.read_barcodes(picture)}


@pytest.mark.parametrize(("kind", "code", "lacks"), CANNOT)
def test_what_cannot_be_made_is_refused_before_a_blank_is_taken(
    floor: Floor, tmp_path: Path, kind: str, code: str, lacks: str
) -> None:
    place = floor.place(kind)
    at_the_desk = kind.endswith(DESK)  # where the printer gets the order without its chip
    order = composed.order(code, chip=CHIP if document_types.get(code).chip and not at_the_desk else None)
    journal = Journal(tmp_path / "journal.jsonl")
    try:
        journal.write("claim", order.claim_id)
        journal.write("order", order.claim_id, order_id=str(order.order_id))
        with pytest.raises(ConfigurationError) as caught:
            place.printer.produce(order, Workbench(order, journal, place.reader, place.register))
        claim = journal.open_claim
        assert claim is not None
        assert (caught.value.outcome, claim.begun) == (Outcome.NOT_STARTED, [])
        assert caught.value.trouble.code in {code for lack in lacks.split(", ") for code in REFUSALS[lack]}
    finally:
        journal.close()
