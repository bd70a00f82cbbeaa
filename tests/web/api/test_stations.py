"""The stations' API over HTTP: one order from claim to result, every repetition, and every refusal as a `Problem`."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from card_drivers.card_keys import Derivation
from card_drivers.chips.secure_channel import derive
from card_drivers.order import (
    PROTOCOL,
    ChannelKeys,
    ChannelRequest,
    ChipFound,
    ChipReading,
    Claim,
    Device,
    DeviceStatus,
    Errand,
    ErrandDone,
    LeaveRequest,
    Order,
    Problem,
    Registration,
    Result,
    StationSettings,
)
from card_drivers.troubles import Trouble
from issuance.keys.card_keys import open_card_keys
from issuance.models.audit import AuditEvent
from issuance.models.documents import Document
from issuance.models.production import ChipRead, PrintJob
from issuance.models.staff import Station
from issuance.models.stations import SettingsRevision, StationRegistration
from issuance.office import Office
from issuance.services.production import chip_reading
from issuance.services.stations import devices as places
from issuance.services.stock import ledger
from issuance.web.api import stations
from issuance.web.frame.auth import STATION_BYTES
from tests.people import LAYLA, Case, SmallOffice, changed, trouble_of
from tests.web.api.machine import Machine
from tests.web.conftest import Browser

CLAIMS = "/api/station/claims"
READING = "/api/station/reading"
ERRAND = "/api/station/errand"
REGISTRATION = "/api/station/registration"
STATUS = "/api/station/status"
NOBODYS = "01890000-0000-7000-8000-000000000000"
POSTED = (
    CLAIMS,
    READING,
    STATUS,
    REGISTRATION,
    *(f"{CLAIMS}/{NOBODYS}/{what}" for what in ("result", "chip", "channel")),
)


@pytest.fixture
def floor(office: Office, people: SmallOffice) -> SmallOffice:
    """The office's people with a station of their own."""
    return people


@pytest.fixture
def machine(client: Browser, floor: SmallOffice, tmp_path: Path) -> Machine:
    """A station that is enrolled and has started; its answers are read in English."""
    machine = Machine(client, tmp_path / "station")
    assert (machine.enrol(floor.token).status_code, machine.start().status_code) == (200, 204)
    return machine


def claim_body(claim_id: UUID | None = None) -> dict[str, Any]:
    return {"protocol": PROTOCOL, "claim_id": str(claim_id or uuid4())}


@pytest.fixture
def claim(machine: Machine, floor: SmallOffice, queued: Case) -> Claim:
    """What the machine claimed in an open shift."""
    floor.open_shift()
    answer = machine.post(CLAIMS, json=claim_body())
    assert answer.status_code == 200
    return Claim.model_validate_json(answer.data)


def done(order: Order, **changes: Any) -> dict[str, Any]:
    report = {
        "order_id": order.order_id,
        "claim_id": order.claim_id,
        "outcome": "done",
        "blank_serial": "card-chip-1",
        "chip_uid": "04AABBCC",
        "digests": order.digests(),
    }
    return Result.model_validate(report | changes).model_dump(mode="json")


def order_of(machine: Machine, claim: Claim) -> Order:
    answer = machine.post(f"{CLAIMS}/{claim.claim_id}/order")
    assert answer.status_code == 200, answer.text
    return Order.model_validate_json(answer.data)


def leave(machine: Machine, order: Order) -> TestResponse:
    asked = LeaveRequest(claim_id=order.claim_id, digests=order.digests())
    return machine.post(f"{CLAIMS}/{order.claim_id}/leave", data=asked.model_dump_json())


def order_with_leave(machine: Machine, claim: Claim) -> Order:
    order = order_of(machine, claim)
    assert leave(machine, order).status_code == 200
    return order


def problem(answer: TestResponse, status: int) -> Problem:
    """The refusal, which is never anything else than a `Problem`."""
    assert answer.status_code == status, answer.text
    assert answer.mimetype == "application/json"
    assert "Traceback" not in answer.text
    return Problem.model_validate_json(answer.data)


def state(office: Office, document_id: UUID) -> str:
    with office.database.reading() as session:
        return str(session.get_one(Document, document_id).state)


def test_one_order_from_claim_to_result(machine: Machine, floor: SmallOffice, office: Office, queued: Case) -> None:
    floor.open_shift()
    claim = Claim.model_validate_json(machine.post(CLAIMS, json=claim_body()).data)
    order = order_with_leave(machine, claim)
    assert (order.order_id, order.document_type, order.stock) == (claim.order_id, "RP-R", "card-chip")
    assert machine.post(f"{CLAIMS}/{claim.claim_id}/result", json=done(order)).status_code == 200
    assert state(office, queued.document_id) == "personalised"
    assert machine.post(CLAIMS, json=claim_body()).status_code == 204


def test_every_call_may_be_repeated(machine: Machine, floor: SmallOffice, queued: Case) -> None:
    floor.open_shift()
    body = claim_body()
    first, second = machine.post(CLAIMS, json=body), machine.post(CLAIMS, json=body)
    assert (first.status_code, first.data) == (200, second.data)
    claim = Claim.model_validate_json(first.data)
    address = f"{CLAIMS}/{claim.claim_id}"
    report = done(order_with_leave(machine, claim))
    assert [machine.post(f"{address}/result", json=report).status_code for _ in range(2)] == [200, 200]
    refused = problem(machine.post(f"{address}/result", json=report | {"outcome": "spoiled"}), 409)
    assert refused.error == "conflict"


def test_without_an_open_shift_a_sentence_says_so(machine: Machine, queued: Case) -> None:
    assert "No operator has opened a shift" in problem(machine.post(CLAIMS, json=claim_body()), 409).message


def test_an_order_that_composes_differently_is_refused_and_held(machine: Machine, office: Office, claim: Claim) -> None:
    with office.database.transaction() as session:
        job = session.get_one(PrintJob, claim.order_id)
        job.digests = {name: "0" * 64 for name in job.digests or {}}
    assert "Do not print" in problem(machine.post(f"{CLAIMS}/{claim.claim_id}/order"), 409).message
    with office.database.reading() as session:
        assert session.get_one(PrintJob, claim.order_id).state == "held"


def test_control_characters_of_a_device_harm_nothing(machine: Machine, office: Office, claim: Claim) -> None:
    report = done(
        order_with_leave(machine, claim),
        outcome="unknown",
        trouble={"code": "as-said", "params": {"said": "jam\x00at\x1b[2J" + "y" * 2000}},
    )
    assert machine.post(f"{CLAIMS}/{claim.claim_id}/result", data=json.dumps(report)).status_code == 200
    with office.database.reading() as session:
        job = session.get_one(PrintJob, claim.order_id)
    assert (job.state, trouble_of(job)[:7], len(trouble_of(job))) == ("held", "jam at ", 500)


# Readings and status


def test_the_chip_is_read_when_a_quality_officer_asks(machine: Machine, floor: SmallOffice, office: Office) -> None:
    assert machine.get(ERRAND).status_code == 204
    document_id = floor.carry("made").document_id
    with office.act(floor.actors["quality_officer"]) as act:
        document = act.session.get_one(Document, document_id)
        chip_reading.ask_for_chip(act, document)
    asked = Errand.model_validate_json(machine.get(ERRAND).data).reading
    assert asked is not None
    chip = floor.made[document_id].chip
    assert chip is not None
    assert (asked.order_id, asked.access) == (floor.made[document_id].order_id, chip.access)
    reading = floor.chip_reading(document_id, asked.read_id)
    for _ in range(2):
        assert machine.post(READING, data=reading.model_dump_json()).status_code == 200
    assert machine.get(ERRAND).status_code == 204
    with office.database.reading() as session:
        read = session.scalars(select(ChipRead)).one()
    assert (read.files or {})["DG1"] == hashlib.sha256(chip.files["DG1"]).hexdigest()
    assert (read.findings or {})["verdict"] == "unknown signer", "this office never met the tests' authority"


def registration(**settings: Any) -> str:
    """What a station with one printer says when it starts."""
    schema = {
        "properties": {
            "address": {"type": "string", "title": "Address"},
            "password": {"type": "string", "format": "password", "writeOnly": True},
        },
        "required": ["address"],
    }
    device = Device(role="printer", driver="evolis", settings_schema=schema, settings=settings)
    return Registration(software="liman 1", devices=(device,)).model_dump_json()


def choose(floor: SmallOffice, settings: dict[str, Any], version: int = 0) -> None:
    with floor.act(floor.actors["administrator"]) as act:
        here = act.session.get_one(Station, floor.station.id)
        places.choose(act, here, {"printer": settings}, version)


def test_settings_reach_a_station_once_and_again_when_it_starts(machine: Machine, floor: SmallOffice) -> None:
    assert machine.post(REGISTRATION, data=registration(address="10.0.0.7")).status_code == 204
    choose(floor, {"address": "10.0.0.8", "password": "hidden"})
    errand = Errand.model_validate_json(machine.get(ERRAND).data)
    chosen = StationSettings(revision=1, settings={"printer": {"address": "10.0.0.8", "password": "hidden"}})
    assert errand == Errand(settings=chosen)
    for _ in range(2):
        assert machine.post(f"{ERRAND}/done", data=ErrandDone(revision=1).model_dump_json()).status_code == 200
    assert machine.get(ERRAND).status_code == 204
    answer = machine.post(REGISTRATION, data=registration(address="10.0.0.8", password="**********"))
    assert StationSettings.model_validate_json(answer.data) == chosen
    choose(floor, {"address": "nowhere"}, version=1)
    refused = ErrandDone(revision=2, trouble=Trouble.of("setting-wrong", place="printer.address", said="no such host"))
    assert machine.post(f"{ERRAND}/done", data=refused.model_dump_json()).status_code == 200
    answer = machine.post(REGISTRATION, data=registration(address="10.0.0.8", password="hidden"))
    assert StationSettings.model_validate_json(answer.data) == chosen, "what it refused is not sent again"
    with floor.database.reading() as session:
        assert "hidden" not in str([row.details for row in session.scalars(select(AuditEvent))])
        (row,) = session.scalars(select(StationRegistration))
        assert row.devices[0]["settings"] == {"address": "10.0.0.8"}
        assert b"hidden" not in b"".join(row.encrypted for row in session.scalars(select(SettingsRevision)))


def test_a_test_print_is_made_once_and_not_when_nobody_waits(machine: Machine, floor: SmallOffice) -> None:
    def ask() -> UUID:
        with floor.act(floor.actors["operator"]) as act:
            here = act.session.get_one(Station, floor.station.id)
            return places.ask_test(act, here).id

    test = ask()
    clock = machine.application.extensions["office"].clock
    assert Errand.model_validate_json(machine.get(ERRAND).data).test_print == test
    done = ErrandDone(test_print=test, trouble=Trouble.of("ribbon-used-up")).model_dump_json()
    assert machine.post(f"{ERRAND}/done", data=done).status_code == 200
    assert machine.get(ERRAND).status_code == 204
    ask()
    clock.advance(places.TEST_WAITS + dt.timedelta(seconds=1))
    assert machine.get(ERRAND).status_code == 204


@pytest.mark.parametrize(("serial", "known"), [("card-chip-7", True), ("card-chip-700", False)])
def test_the_blank_of_a_test_print_is_spoiled(machine: Machine, floor: SmallOffice, serial: str, known: bool) -> None:
    with floor.act(floor.actors["operator"]) as act:
        here = act.session.get_one(Station, floor.station.id)
        test = places.ask_test(act, here).id
        left = ledger.left_at(act, [here])[here.id]["card-chip"]
    done = ErrandDone(test_print=test, blank_serial=serial).model_dump_json()
    assert [machine.post(f"{ERRAND}/done", data=done).status_code for _ in range(2)] == [200, 200]
    with floor.reading() as look:
        assert ledger.left_at(look, [floor.station])[floor.station.id]["card-chip"] == left - known
        (event,) = look.session.scalars(select(AuditEvent).where(AuditEvent.act == "station.test_printed"))
        assert event.details == {"ok": True, "blank": serial, "known": known}


@pytest.mark.parametrize("body", [{}, {"revision": 1}, {"test_print": NOBODYS}])
def test_an_errand_that_nobody_gave(machine: Machine, body: dict[str, Any]) -> None:
    assert problem(machine.post(f"{ERRAND}/done", json={"protocol": PROTOCOL} | body), 404).error == "not_found"


# Blank chips


def test_a_chip_that_was_used_before_is_refused_before_printing(
    machine: Machine, floor: SmallOffice, claim: Claim
) -> None:
    floor.carry("queued", changed(LAYLA, given_names="Amina", native_name="", case_reference="2026/TM/7001"))
    address = f"{CLAIMS}/{claim.claim_id}/chip"

    def found(uid: str) -> TestResponse:
        return machine.post(address, data=ChipFound(claim_id=claim.claim_id, chip_uid=uid).model_dump_json())

    assert found("04AABBCC112233").status_code == 200
    report = done(order_with_leave(machine, claim), chip_uid="04AABBCC112233")
    assert machine.post(f"{CLAIMS}/{claim.claim_id}/result", json=report).status_code == 200
    assert problem(found("04AABBCC112244"), 409).error == "claim_ended"
    claim = Claim.model_validate_json(machine.post(CLAIMS, json=claim_body()).data)
    address = f"{CLAIMS}/{claim.claim_id}/chip"
    assert problem(found("04aabbcc112233"), 409).error == "uid_seen"
    assert (found("04AABBCC112244").status_code, found("08AABBCC").status_code) == (200, 200)


def test_the_register_opens_a_channel_to_a_chip_that_has_its_keys(
    machine: Machine, office: Office, claim: Claim
) -> None:
    (keys,) = open_card_keys(office.settings).sets
    context = bytes(16)
    session_mac = derive(bytes.fromhex(keys.mac), Derivation.S_MAC, context, 16)
    cryptogram = derive(session_mac, Derivation.CARD_CRYPTOGRAM, context, 8)
    head = bytes(10) + bytes([keys.version, 3, 0x70]) + bytes(8)
    address = f"{CLAIMS}/{claim.claim_id}/channel"

    def ask(cryptogram: bytes, claim_id: UUID = claim.claim_id) -> TestResponse:
        sent = ChannelRequest(claim_id=claim_id, host_challenge=bytes(8), answer=head + cryptogram)
        return machine.post(address, data=sent.model_dump_json())

    assert ChannelKeys.model_validate_json(ask(cryptogram).data).mac == session_mac
    refused = problem(ask(bytes(8)), 409)
    assert (refused.error, "other card-manager keys" in refused.message) == ("card_keys", True)
    with office.database.reading() as session:
        events = session.scalars(select(AuditEvent).where(AuditEvent.act.startswith("chip.")).order_by(AuditEvent.id))
        assert [(event.act, event.details) for event in events] == [
            ("chip.channel_opened", {"key_version": keys.version}),
            ("chip.channel_refused", {}),
        ]
    assert problem(ask(cryptogram, uuid4()), 400).error == "invalid_input"
    report = done(order_with_leave(machine, claim), outcome="unknown")
    assert machine.post(f"{CLAIMS}/{claim.claim_id}/result", json=report).status_code == 200
    assert problem(ask(cryptogram), 409).error == "claim_ended"


def test_nobody_asked_for_this_reading(machine: Machine) -> None:
    reading = ChipReading(read_id=uuid4(), trouble=Trouble.of("card-without-chip")).model_dump_json()
    assert problem(machine.post(READING, data=reading), 404).error == "not_found"


def test_the_status_is_kept_with_its_time(machine: Machine, floor: SmallOffice, office: Office) -> None:
    status = DeviceStatus(state="stopped", reasons=("media-empty",), cards_left=0)
    assert machine.post(STATUS, data=status.model_dump_json()).status_code == 204
    with office.database.reading() as session:
        station = session.get_one(Station, floor.station.id)
    assert DeviceStatus.model_validate(station.status) == status
    assert station.last_seen == floor.clock.now()


# Refusals


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer wrong", "Basic dXNlcjpwYXNz", "Bearer " + "x" * 5000, "bearer \u00e9"]
)
def test_no_or_a_wrong_token(client: Browser, floor: SmallOffice, header: str) -> None:
    headers = {"Authorization": header} if header else {}
    for address in (CLAIMS, "/api/station/enrolment"):
        answer = client.post(address, json=claim_body(), headers=headers)
        assert problem(answer, answer.status_code).message
        assert answer.status_code in (400, 401, 403)


def test_a_closed_station_is_refused(machine: Machine, floor: SmallOffice, office: Office) -> None:
    with office.database.transaction() as session:
        session.get_one(Station, floor.station.id).active = False
    assert problem(machine.get(ERRAND), 403).error == "not_allowed"


BAD_BODIES: list[tuple[str, bytes]] = [
    ("nothing", b""),
    ("no JSON", b"{"),
    ("not UTF-8", b"\xff\xfe{}"),
    ("a list", b"[]"),
    ("nested", b"[" * 100_000),
    ("no claim id", b'{"protocol": 5}'),
    ("protocol 2", json.dumps(claim_body() | {"protocol": 2}).encode()),
    ("unknown field", json.dumps(claim_body() | {"seal": True}).encode()),
    ("wrong kind", json.dumps(claim_body() | {"claim_id": 7}).encode()),
    ("a form", b"claim_id=7"),
]


@pytest.mark.parametrize("body", [body for _, body in BAD_BODIES], ids=[name for name, _ in BAD_BODIES])
def test_a_body_that_is_no_message(machine: Machine, body: bytes) -> None:
    for address in POSTED:
        assert problem(machine.post(address, data=body), 400).error == "invalid_input"


def test_ten_megabytes(machine: Machine) -> None:
    body = json.dumps(claim_body() | {"note": "x" * 10_000_000}).encode()
    assert len(body) > STATION_BYTES
    for address in POSTED:
        assert problem(machine.post(address, data=body), 413).message


@pytest.mark.parametrize(
    ("method", "address", "status"),
    [
        ("GET", CLAIMS, 405),
        ("POST", f"{CLAIMS}/not-a-uuid/order", 404),
        ("GET", "/api/station/elsewhere", 404),
        ("POST", f"{CLAIMS}/{NOBODYS}/order", 404),
        ("DELETE", STATUS, 405),
    ],
)
def test_addresses_that_are_none(machine: Machine, method: str, address: str, status: int) -> None:
    assert problem(machine.open(address, method), status).message


def test_a_result_goes_to_the_address_of_its_own_claim(machine: Machine, claim: Claim) -> None:
    report = done(order_with_leave(machine, claim))
    assert problem(machine.post(f"{CLAIMS}/{uuid4()}/result", json=report), 400).error == "invalid_input"


def test_a_defect_is_a_problem_without_its_text(
    machine: Machine, floor: SmallOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("Layla Al-Masri")

    monkeypatch.setattr(stations.jobs, "claim", broken)
    answer = problem(machine.post(CLAIMS, json=claim_body()), 500)
    assert answer.error == "defect"
    assert "Layla" not in answer.message


def test_wrong_fields_are_named_and_their_values_are_not(machine: Machine) -> None:
    body = {"protocol": PROTOCOL, "read_id": "Layla", "files": {"DG1": "%%%"}}
    message = problem(machine.post(READING, json=body), 400).message
    assert "read_id: uuid_parsing" in message
    assert "Layla" not in message
