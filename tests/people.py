"""The people of the tests: a small office with one account per role, and one request carried as far as wanted."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass, field
from functools import cache
from typing import cast
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from card_drivers.order import ChipReading, Claim, Order, Outcome, Result
from issuance import tasks
from issuance.actors import SYSTEM, Actor
from issuance.clock import FixedClock
from issuance.db import Database
from issuance.keys import DocumentSigner, LastingSigner, SealSigner
from issuance.models.documents import Document
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import Centre, RoleName, Station
from issuance.models.stock import Blank
from issuance.office import Office
from issuance.services import founding, rule_versions
from issuance.services.casework import decisions, enrolment, handover, requests
from issuance.services.casework import lodging as lodging_module
from issuance.services.casework.lodging import Lodging
from issuance.services.persons import notices
from issuance.services.production import chip_check, documents, jobs, orders, quality, shifts
from issuance.services.production import chip_reading as chip_reading_module
from issuance.services.stations import tokens
from issuance.services.stock import ledger
from issuance.services.trust import accounts
from issuance.settings import Settings
from issuance.vault import Vault
from printing.chip import content as chip_content
from printing.portraits.drawn import draw
from tests.chips import ChipKey, authority
from tests.seals import MemoryKey

# The tests have few portraits: each is made ready for chips once.
chip_content.for_chip = cache(chip_content.for_chip)

LEASE = dt.timedelta(minutes=15)
RANGE = 100
NOON = dt.datetime(2026, 11, 2, 10, tzinfo=dt.UTC)
PNG_DOT = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de"
    "0000000c4944415408d763f8ffff3f0005fe02fea7359981"
    "0000000049454e44ae426082"
)
LAYLA = Lodging(
    family_name="Al-Masri",
    given_names="Layla",
    native_name="ليلى المصري",
    birth_date="1992-01-01",
    birth_place="Halab",
    sex="F",
    nationality="SYR",
    status="refugee",
    decision_number="1204/2026",
    decision_date=dt.date(2026, 10, 5),
    document_type="RP-R",
    kind="first",
    travel_document_shown="passport N004512873",
    address="Str. Ialomiței 2, Timișoara",
    centre="timisoara",
    language="ar",
    case_reference="2026/TM/0001",
    source="case_handling",
)


@cache
def measured_portrait() -> enrolment.Measured:
    """One drawn portrait, measured once for all tests."""
    return enrolment.measure(draw("a"))


@dataclass
class SmallOffice:
    """An office on a fresh database. `actors` are by role; `second_clerk` hands over."""

    database: Database
    clock: FixedClock = field(default_factory=lambda: FixedClock(NOON))
    vault: Vault = field(default_factory=lambda: Vault(b"k" * 32))
    settings: Settings = field(default_factory=Settings)
    signer: LastingSigner[SealSigner] = field(init=False)
    document_signer: LastingSigner[DocumentSigner] = field(init=False)
    actors: dict[str, Actor] = field(default_factory=dict)
    station: Station = field(init=False)
    token: str = ""
    made: dict[UUID, Order] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.signer = LastingSigner(lambda: SealSigner(MemoryKey(), self.clock, development=True))
        self.document_signer = LastingSigner(lambda: DocumentSigner(ChipKey(), self.clock, development=True))
        with self.database.transaction() as session:
            founding.found_centres(session)
            rule_versions.publish(session)
            centre = session.query(Centre).filter_by(code="timisoara").one()
            for role in (*RoleName, "second_clerk"):
                self.actors[role] = self._account(session, role, centre)
            self.station, self.token = tokens.add_station(session, "s1", centre, actor=SYSTEM, clock=self.clock)
            for kind in ("card-chip", "card", "booklet-blue", "booklet-grey"):
                serials = [f"{kind}-{number}" for number in range(1, 20)]
                ledger.load_station(session, self.station, kind, serials, actor=SYSTEM, clock=self.clock)

    def _account(self, session: Session, role: str, centre: Centre) -> Actor:
        name = RoleName.CLERK if role == "second_clerk" else RoleName(role)
        account = accounts.add_account(
            session, f"{role}@test.example", role, centre, [name], "-", actor=SYSTEM, clock=self.clock
        )
        return Actor(account.id, centre.id, frozenset({name}))

    # One request, step by step; every step is its own transaction, as in the office.

    def lodge(self, lodging: Lodging = LAYLA) -> UUID:
        with self.database.transaction() as session:
            return lodging_module.lodge(session, lodging, actor=self.actors["clerk"], clock=self.clock).id

    def enrol(self, request_id: UUID) -> None:
        measured = measured_portrait()
        with self.database.transaction() as session:
            request = session.get_one(IssuanceRequest, request_id)
            clerk = self.actors["clerk"]
            enrolment.add_portrait(
                session, request, measured, "captured", vault=self.vault, actor=clerk, clock=self.clock
            )
            enrolment.accept_portrait(session, request, actor=clerk, clock=self.clock)
            requests.complete(session, request, has_portrait=True, actor=clerk, clock=self.clock)

    def approve(self, request_id: UUID, entitlement: decisions.Entitlement | None = None) -> UUID:
        with self.database.transaction() as session:
            document = decisions.approve(
                session,
                session.get_one(IssuanceRequest, request_id),
                entitlement,
                vault=self.vault,
                actor=self.actors["decision_officer"],
                clock=self.clock,
                range_size=RANGE,
            )
            return document.id

    def prepare(self, document_id: UUID) -> None:
        with self.database.reading() as session:
            job = documents.job_of(session, session.get_one(Document, document_id))
        tasks.prepare(cast(Office, self), str(job.id))

    def open_shift(self) -> None:
        with self.database.transaction() as session:
            shifts.open_shift(session, self.station, actor=self.actors["operator"], clock=self.clock)

    def claim(self, claim_id: UUID | None = None) -> Claim | None:
        with self.database.transaction() as session:
            return jobs.claim(session, claim_id or uuid4(), station=self.station, clock=self.clock, lease=LEASE)

    def order(self, claim: Claim) -> Order:
        with self.database.reading() as session:
            recipe = jobs.order_of(session, claim.claim_id, station=self.station, vault=self.vault)
        return orders.compose_order(recipe)

    def report(self, result: Result) -> None:
        with self.database.transaction() as session:
            jobs.finish(session, result, station=self.station, vault=self.vault, clock=self.clock, range_size=RANGE)

    def make(self, outcome: Outcome = Outcome.DONE, **changes: object) -> UUID:
        """Claim, compose and report; returns the document's id."""
        claim = self.claim()
        assert claim is not None
        order = self.order(claim)
        with self.database.reading() as session:
            job = jobs.claimed_job(session, claim.claim_id, self.station)
            document_id = job.document_id
            serial = self._free_serial(session, order.stock)
        values: dict[str, object] = {
            "order_id": order.order_id,
            "claim_id": claim.claim_id,
            "outcome": outcome,
            "blank_serial": serial,
            "chip_uid": "04" + hashlib.sha256(serial.encode()).hexdigest()[:12] if order.chip else None,
            "digests": order.digests(),
        }
        self.report(Result.model_validate(values | changes))
        self.made[document_id] = order
        return document_id

    def report_done(self, order: Order) -> None:
        """The station made what was ordered."""
        with self.database.reading() as session:
            serial = self._free_serial(session, order.stock)
        made = {"order_id": order.order_id, "claim_id": order.claim_id, "digests": order.digests()}
        self.report(Result.model_validate(made | {"outcome": Outcome.DONE, "blank_serial": serial}))

    def _free_serial(self, session: Session, kind: str) -> str:
        blank = session.query(Blank).filter_by(stock=kind, state="at_station").order_by(Blank.id).first()
        assert blank is not None
        return blank.serial

    def readings(self, document_id: UUID) -> list[quality.Reading]:
        """What a reader would read from the document as it was ordered."""
        with self.database.reading() as session:
            expected = quality.expected_values(session, session.get_one(Document, document_id), vault=self.vault)
        methods = {"mrz": "scanner", "barcode": "scanner", "chip": "reader", "seal": "picture"}
        return [quality.Reading(part, value, methods[part]) for part, value in expected.items() if value]

    def chip_reading(self, document_id: UUID, read_id: UUID, **changes: object) -> ChipReading:
        """What a reader says of the chip of a document that `make` made, when all is well."""
        order = self.made[document_id]
        assert order.chip is not None
        with self.database.reading() as session:
            uid = session.get_one(Document, document_id).chip_uid
        proofs = dict.fromkeys(order.chip.keys, True)
        values = {"chip_uid": uid, "files": order.chip.files, "opened_by": "PACE", "proofs": proofs}
        return ChipReading.model_validate({"read_id": read_id} | values | changes)

    def answer_chip(self, reading: ChipReading, station: Station | None = None) -> None:
        """The station answers an officer's question; it is judged by the tests' own authority."""
        findings = chip_check.judge(reading, chip_check.Trust([authority().certificate]), at=self.clock.now())
        with self.database.transaction() as session:
            chip_reading_module.answer_chip(
                session, reading, findings, station=station or self.station, clock=self.clock
            )

    def check(self, document_id: UUID, readings: list[quality.Reading]) -> bool:
        with self.database.transaction() as session:
            return quality.check(
                session,
                session.get_one(Document, document_id),
                readings,
                actor=self.actors["quality_officer"],
                vault=self.vault,
                clock=self.clock,
                range_size=RANGE,
            ).passed

    def hand_over(self, request_id: UUID, number: str, **changes: object) -> None:
        values: dict[str, object] = {
            "identity_confirmed_by": "portrait",
            "scanned_number": number,
            "signature": PNG_DOT,
            "notice": notices.Notice("ar"),
        }
        meeting = handover.Meeting(**(values | changes))  # type: ignore[arg-type]
        with self.database.transaction() as session:
            handover.hand_over(
                session,
                session.get_one(IssuanceRequest, request_id),
                meeting,
                actor=self.actors["second_clerk"],
                vault=self.vault,
                clock=self.clock,
            )
