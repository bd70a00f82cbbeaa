"""Booklets whose pre-printed number is the document's: reserved at the approval, scanned, bound, and never mixed up."""

from __future__ import annotations

import threading
from types import MappingProxyType
from uuid import UUID

import pytest

from card_drivers.order import Order, Outcome, Result
from issuance import document_types
from issuance.actors import SYSTEM
from issuance.demo import supply
from issuance.document_types import registry
from issuance.document_types.registry import DefinitionError, parse
from issuance.errors import Conflict, InvalidInput
from issuance.models.documents import Document
from issuance.models.production import PrintJob
from issuance.models.staff import Station
from issuance.models.stock import Blank
from issuance.services import routing
from issuance.services.production import documents, jobs, shifts
from issuance.services.stations import tokens
from issuance.services.stock import booklets
from tests.people import LAYLA, Case, SmallOffice, able, changed

TD_C = changed(LAYLA, document_type="TD-C")
TEXT = registry.HERE.joinpath("TD-C.toml").read_text(encoding="utf-8")
BLANK = TEXT.replace('number_source = "register"', 'number_source = "blank"')
SECOND = changed(TD_C, given_names="Amina", native_name="", case_reference="2026/TM/7001")


@pytest.fixture(autouse=True)
def bound_type(monkeypatch: pytest.MonkeyPatch) -> None:
    """TD-C with the numbers of its booklets, as a type's settings say it."""
    types = MappingProxyType(dict(document_types.load()) | {"TD-C": parse("TD-C.toml", BLANK)})
    for module in (document_types, registry):
        monkeypatch.setattr(module, "load", lambda: types)


@pytest.fixture
def drawer(office: SmallOffice) -> SmallOffice:
    """Three booklets lie at the station, and one blank that has no document number."""
    load(office, office.station.id, ["C00000012", "C00000011", "C00000013", "7"])
    return office


def load(office: SmallOffice, station_id: UUID, serials: list[str]) -> None:
    with office.act(SYSTEM) as act:
        supply.bring(act, act.session.get_one(Station, station_id), "booklet-blue", serials)


def blank(office: SmallOffice, serial: str) -> Blank:
    with office.reading() as look:
        return look.session.query(Blank).filter_by(serial=serial).one()


def ordered(office: SmallOffice) -> Order:
    claim = office.carry("claimed", TD_C).claim
    assert claim is not None
    return office.order(claim)


def scan(office: SmallOffice, number: str) -> Document:
    with office.act(office.actors["operator"]) as act:
        return booklets.scan(act, act.session.get_one(Station, office.station.id), number)


def done(order: Order, serial: str) -> Result:
    made = {"blank_serial": serial, "chip_uid": "04aabbccddeeff", "digests": order.digests()}
    return Result(order_id=order.order_id, claim_id=order.claim_id, outcome=Outcome.DONE, **made)  # type: ignore[arg-type]


def state(office: SmallOffice, order: Order) -> str:
    with office.reading() as look:
        return str(look.session.get_one(PrintJob, order.order_id).state)


def test_the_document_has_the_number_of_its_booklet_and_is_composed_with_it(drawer: SmallOffice) -> None:
    order = ordered(drawer)
    assert order.booklet is not None
    assert (order.booklet.number, order.booklet.page, order.booklet.position) == ("C00000011", 2, "spine-top")
    assert order.chip is not None
    assert order.chip.access.document_number == "C00000011"
    assert b"C00000011" in order.chip.files["DG1"]


def test_a_type_with_numbers_of_ours_says_only_how_its_booklet_lies(
    office: SmallOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    booklet = ordered(office).booklet
    assert booklet is not None
    assert (booklet.number, booklet.page) == ("", 2)


def test_every_document_has_a_booklet_of_its_own(drawer: SmallOffice) -> None:
    assert [drawer.carry("approved", who).number for who in (TD_C, SECOND)] == ["C00000011", "C00000012"]


def test_two_officers_who_approve_at_once_get_two_booklets(drawer: SmallOffice) -> None:
    cases = [drawer.carry("complete", who) for who in (TD_C, SECOND)]
    both = threading.Barrier(2)

    def approve(case: Case) -> None:
        both.wait(10)
        drawer._approve(case)

    threads = [threading.Thread(target=approve, args=(case,)) for case in cases]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(case.number for case in cases) == ["C00000011", "C00000012"]


def test_without_a_booklet_nothing_is_approved_and_the_officer_hears_what_to_do(office: SmallOffice) -> None:
    load(office, office.station.id, ["7"])
    case = office.carry("complete", TD_C)
    with pytest.raises(Conflict, match="Load booklets there"):
        office.approve(case.request_id)


def test_another_booklet_is_refused_by_name_and_the_right_one_is_heard_by_the_station(drawer: SmallOffice) -> None:
    order = ordered(drawer)

    def heard() -> str:
        with drawer.upkeep() as look:
            return jobs.waits(look, order.claim_id, station=drawer.station).booklet

    with pytest.raises(InvalidInput, match="This is booklet C00000012, and the order is for C00000011"):
        scan(drawer, "C00000012")
    assert heard() == ""
    assert scan(drawer, " c00000011 ").number == "C00000011"
    assert heard() == "C00000011"
    with pytest.raises(Conflict, match="waits for a booklet"):
        scan(drawer, "C00000011")


def test_it_is_bound_when_it_is_made(drawer: SmallOffice) -> None:
    order = ordered(drawer)
    scan(drawer, "C00000011")
    drawer.leave(order)
    assert drawer.report(done(order, "C00000011")) is None
    assert state(drawer, order) == "done"
    assert blank(drawer, "C00000011").state == "consumed"


def test_a_document_that_was_made_in_another_booklet_is_held(drawer: SmallOffice) -> None:
    order = ordered(drawer)
    drawer.leave(order)
    drawer.report(done(order, "C00000012"))
    assert state(drawer, order) == "held"
    assert blank(drawer, "C00000012").state == "at_station"


def test_a_number_that_is_spent_spoils_its_booklet_and_takes_the_next(drawer: SmallOffice) -> None:
    order = ordered(drawer)
    drawer.report(Result(order_id=order.order_id, claim_id=order.claim_id, outcome=Outcome.NOT_STARTED))
    assert blank(drawer, "C00000011").state == "spoiled"
    with drawer.reading() as look:
        assert [row.number for row in look.session.query(Document).order_by(Document.attempt)] == [
            "C00000011",
            "C00000012",
        ]


def test_only_the_station_where_the_booklet_lies_claims_it(office: SmallOffice) -> None:
    with office.act(office.actors["operator"]) as act:
        here = act.session.get_one(Station, office.station.id)
        other, _ = tokens.add_station(act, "s2", here.centre)
        other.status = able()
        shifts.open_shift(act, other)
    load(office, other.id, ["C00000021"])
    case = office.carry("queued", TD_C)
    office.open_shift()
    assert office.claim() is None
    with office.reading() as look:
        job = documents.job_of(look, look.session.get_one(Document, case.document_id))
        stations = [look.session.get_one(Station, key) for key in (office.station.id, other.id)]
        here, there = routing.standings(look, stations)
        (why,) = here.against(job)
        assert why.sentence().startswith("The booklet with this document's number does not lie in s1.")
        assert there.against(job) == ()
    with office.act(office.machine) as act:
        assert jobs.claim(act, UUID(int=7), station=act.session.get_one(Station, other.id)) is not None


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (BLANK.replace('[booklet]\npage = 2\nposition = "spine-top"\n', ""), "booklet"),
        (BLANK.replace("page = 2", "page = 0"), "booklet.page"),
        (BLANK.replace('form = "booklet"', 'form = "card"'), "booklet"),
    ],
)
def test_a_type_that_does_not_say_how_its_booklet_lies_stops_the_start(wrong: str, words: str) -> None:
    with pytest.raises(DefinitionError, match=words):
        parse("TD-C.toml", wrong)
