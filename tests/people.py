"""The people of the tests: a small office with one account per role, and one request carried as far as wanted."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from functools import cache
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import func
from sqlalchemy.orm import Session

from card_drivers.chips import profile as profiles
from card_drivers.order import Abilities, ChipReading, Claim, DeviceStatus, LeaveRequest, Order, Outcome, Result
from issuance import tasks
from issuance.actors import SYSTEM, Actor
from issuance.acts import Act
from issuance.clock import FixedClock
from issuance.db import Database
from issuance.demo import supply
from issuance.errors import Conflict
from issuance.keys import DocumentSigner, LastingSigner, ListSigner, SealSigner
from issuance.models.documents import Document
from issuance.models.production import PrintJob
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import Centre, RoleName, Staff, Station
from issuance.models.stock import Blank
from issuance.office import Office
from issuance.services import centres, founding, roles, routing, rule_versions
from issuance.services.casework import decisions, enrolment, handover, requests
from issuance.services.casework import lodging as lodging_act
from issuance.services.casework.lodging import Lodging
from issuance.services.persons import notices, signatures
from issuance.services.persons.identity import Identity
from issuance.services.production import chip_check, documents, jobs, orders, quality, shifts, troubles
from issuance.services.production import chip_reading as chip_reading_act
from issuance.services.roles import Term
from issuance.services.stations import tokens
from issuance.services.trust import accounts
from issuance.services.trust.accounts import NewAccount
from issuance.settings import Settings
from issuance.values.travel_documents import ShownDocument, TravelDocument
from issuance.vault import Vault
from printing.chip import content as chip_content
from printing.portraits.drawn import draw, sign
from printing.portraits.signature import read_signature
from tests.chips import ChipKey, authority
from tests.seals import MemoryKey

# The tests have few portraits: each is made ready for chips once.
chip_content.for_chip = cache(chip_content.for_chip)

LEASE = dt.timedelta(minutes=15)
RANGE = 100
VAULT_KEY = b"k" * 32
EVENT_KEY = b"e" * 32
NOON = dt.datetime(2026, 11, 2, 10, tzinfo=dt.UTC)
LAYLA = Lodging(
    identity=Identity(
        family_name="Al-Masri",
        given_names="Layla",
        native_name="ليلى المصري",
        birth_date="1992-01-01",
        birth_place="Halab",
        sex="F",
        nationality="SYR",
        status="refugee",
        address="Str. Ialomiței 2, Timișoara",
        language="ar",
    ),
    decision_number="1204/2026",
    decision_date=dt.date(2026, 10, 5),
    document_type="RP-R",
    kind="first",
    travel_document=ShownDocument(TravelDocument.PASSPORT, "N004512873", "SYR"),
    phone="+40722123456",
    centre="timisoara",
    case_reference="2026/TM/0001",
    source="case_handling",
)


def able(*types: str, **changes: Any) -> dict[str, Any]:
    """What a station says that can make these types, by default all, as the simulator says it."""
    stocks = {routing.needs()[code].stock: 100 for code in types or routing.needs()}
    said = Abilities(dpi=(300, 300), profiles=tuple(profiles.names()), reads_serial=True, stocks=stocks)
    return DeviceStatus(state="idle", abilities=said.model_copy(update=changes)).model_dump(mode="json")


def changed(lodging: Lodging, **changes: Any) -> Lodging:
    """The lodging with other words, those of its person included."""
    personal = {each.name for each in fields(Identity)} & set(changes)
    identity = replace(lodging.identity, **{name: changes.pop(name) for name in personal})
    return replace(lodging, identity=identity, **changes)


def trouble_of(job: PrintJob) -> str:
    """Why a job waits or is held, in English; empty for nothing."""
    if job.trouble is None:
        return ""
    trouble = troubles.read(job.trouble)
    return trouble.sentence()


@cache
def measured_portrait() -> enrolment.Measured:
    """One drawn portrait, measured once for all tests."""
    return enrolment.measure(draw("a"))


@cache
def signed() -> signatures.Signed:
    """One drawn signature, read once for all tests."""
    return signatures.Signed(read_signature(sign("a")), "pad")


class Stage(StrEnum):
    """How far an office is: founded, or one request of it lodged, complete, approved and so on."""

    FOUNDED = "founded"
    LODGED = "lodged"
    COMPLETE = "complete"
    APPROVED = "approved"
    QUEUED = "queued"
    CLAIMED = "claimed"
    MADE = "made"
    CHECKED = "checked"


@dataclass
class Case:
    """One request that was carried: its ids, the number of its document, and the station's claim."""

    request_id: UUID
    document_id: UUID | None = None
    number: str = ""
    claim: Claim | None = None


@dataclass
class Memory:
    """What an office knows beside its register; kept with a copy of the register, another can open it."""

    actors: dict[str, Actor] = field(default_factory=dict)
    station: Station | None = None
    token: str = ""
    made: dict[UUID, Order] = field(default_factory=dict)
    case: Case | None = None


class SmallOffice(Office):
    """An office on a fresh database, or with a `memory` on one that is founded. `actors` are by role."""

    clock: FixedClock

    def __init__(
        self,
        database: Database,
        clock: FixedClock | None = None,
        vault: Vault | None = None,
        memory: Memory | None = None,
    ) -> None:
        super().__init__(Settings(range_size=RANGE, station_silence_seconds=0), database, clock or FixedClock(NOON))
        self.vault = vault or Vault(VAULT_KEY)
        self.event_key = EVENT_KEY
        self.signer = LastingSigner(lambda: SealSigner(MemoryKey(), self.clock, development=True))
        self.document_signer = LastingSigner(lambda: DocumentSigner(ChipKey(), self.clock, development=True))
        self.list_signer = LastingSigner(lambda: ListSigner(MemoryKey(name="LISTS"), self.clock, development=True))
        self.memory = memory or Memory()
        self.actors, self.made = self.memory.actors, self.memory.made
        if memory is None:
            self._found()
        assert self.memory.station is not None
        self.keep_time()  # as the background thread of a server does when it starts
        self.station, self.token = self.memory.station, self.memory.token

    def _found(self) -> None:
        with self.act(SYSTEM) as act:
            founding.found_centres(act)
            rule_versions.publish(act)
        with self.act(SYSTEM) as act:
            centre = centres.named(act, "timisoara")
            for role in (*RoleName, "second_clerk"):
                self.actors[role] = self._account(act, role, centre)
            self.memory.station, self.memory.token = tokens.add_station(act, "s1", centre)
            self.memory.station.status = able()
            for kind in ("card-chip", "card", "booklet-blue", "booklet-grey"):
                serials = [f"{kind}-{number}" for number in range(1, 20)]
                supply.bring(act, self.memory.station, kind, serials)

    def _account(self, act: Act, role: str, centre: Centre) -> Actor:
        name = RoleName.CLERK if role == "second_clerk" else RoleName(role)
        ends_on = dt.date(2100, 1, 1) if name in (RoleName.ENROLMENT_EXPERT, RoleName.PARTNER) else None
        new = NewAccount(f"{role}@test.example", role, centre, [name], "-", given=False, ends_on=ends_on)
        account = accounts.add_account(act, new)
        return Actor(account.id, centre.id, frozenset({name}))

    def becomes(self, actor: Actor, role: RoleName) -> None:
        """From now on this person has this role, and no other."""
        with self.act(SYSTEM) as act:
            account = act.session.get_one(Staff, actor.id)
            for given in account.given:
                if given.is_held_on(act.clock.today()):
                    roles.end(act, account, given)
            roles.give(act, account, Term(role, act.clock.today(), None))
        now = {
            name: replace(each, roles=frozenset({role})) for name, each in self.actors.items() if each.id == actor.id
        }
        self.actors.update(now)

    @property
    def machine(self) -> Actor:
        """The station as the author of an act."""
        return tokens.actor_of(self.station)

    def carry(self, stage: str, lodging: Lodging = LAYLA) -> Case:
        """Carry one request to `stage`; a shift is opened where none is."""
        case = Case(self.lodge(lodging))
        steps = (self._complete, self._approve, self._queue, self._claim, self._make, self._check)
        for step in steps[: list(Stage).index(Stage(stage)) - 1]:
            step(case)
        return case

    def _complete(self, case: Case) -> None:
        self.enrol(case.request_id)

    def _approve(self, case: Case) -> None:
        case.document_id = self.approve(case.request_id)
        with self.reading() as look:
            case.number = look.session.get_one(Document, case.document_id).number

    def _queue(self, case: Case) -> None:
        self.prepare(case.document_id)

    def _claim(self, case: Case) -> None:
        with self.reading() as look:
            is_open = shifts.open_on(look, self.station)
        if not is_open:
            self.open_shift()
        case.claim = self.claim()

    def _make(self, case: Case) -> None:
        self.make(claim=case.claim)

    def _check(self, case: Case) -> None:
        assert self.check(case.document_id, self.readings(case.document_id))

    # One request, step by step; every step is its own transaction, as in the office.

    def lodge(self, lodging: Lodging = LAYLA) -> UUID:
        with self.act(self.actors["clerk"]) as act:
            return lodging_act.lodge(act, lodging).id

    def at(self, role: str, request_id: UUID) -> Actor:
        """The person of this role, where the request is: one carried for another centre has people there."""
        with self.reading() as look:
            return replace(self.actors[role], centre_id=look.session.get_one(IssuanceRequest, request_id).centre_id)

    def enrol(self, request_id: UUID, *, signs: bool = True) -> None:
        measured = measured_portrait()
        with self.act(self.at("clerk", request_id)) as act:
            request = act.session.get_one(IssuanceRequest, request_id)
            enrolment.add_portrait(act, request, measured, "captured")
            enrolment.accept_portrait(act, request)
            if signs:
                self.sign(act, request)
            requests.complete(act, request, has_portrait=True, has_signature=True)

    def sign(self, act: Act, request: IssuanceRequest) -> None:
        """The holder signs on the pad, where the document has a place for it."""
        if rule_versions.rules_of(request).signature:
            signatures.keep(act, request, signed())

    def approve(self, request_id: UUID, entitlement: decisions.Entitlement | None = None) -> UUID:
        with self.act(self.at("decision_officer", request_id)) as act:
            document = decisions.approve(act, act.session.get_one(IssuanceRequest, request_id), entitlement)
            return document.id

    def prepare(self, document_id: UUID) -> None:
        with self.reading() as look:
            job = documents.job_of(look, look.session.get_one(Document, document_id))
        tasks.prepare(self, str(job.id))

    def open_shift(self) -> None:
        with self.act(self.actors["operator"]) as act:
            shifts.open_shift(act, self.station)

    def claim(self, claim_id: UUID | None = None) -> Claim | None:
        with self.act(self.machine) as act:
            return jobs.claim(act, claim_id or uuid4(), station=self.station)

    def order(self, claim: Claim) -> Order:
        """The order as it is given to the station, once."""
        order = self.compose(claim)
        with self.act(self.machine) as act:
            jobs.fetch(act, claim.claim_id, station=self.station)
        return order

    def compose(self, claim: Claim) -> Order:
        """The order as it would be given."""
        with self.reading() as look:
            recipe = jobs.order_of(look, claim.claim_id, station=self.station)
        return orders.compose_order(recipe)

    def leave(self, order: Order) -> Order:
        """The order with the keys of its chip, which come with the leave to take a blank."""
        asked = LeaveRequest(claim_id=order.claim_id, digests=order.digests())
        with self.act(self.machine) as act:
            keys = jobs.leave(act, asked, station=self.station)
        assert not isinstance(keys, jobs.Refusal), keys
        return order.model_copy(update={"chip": order.chip and order.chip.model_copy(update={"keys": keys})})

    def report(self, result: Result) -> Conflict | None:
        """What the register answers to a result: None when it takes it."""
        with self.act(self.machine) as act:
            return jobs.finish(act, result, station=self.station)

    def make(self, outcome: Outcome = Outcome.DONE, claim: Claim | None = None, **changes: object) -> UUID:
        """Claim unless there is a claim, compose and report; returns the document's id."""
        claim = claim or self.claim()
        assert claim is not None
        order = self.order(claim)
        if outcome not in (Outcome.NOT_STARTED, Outcome.UNKNOWN):
            order = self.leave(order)
        with self.reading() as look:
            job = jobs.claimed_job(look, claim.claim_id, self.station)
            document_id = job.document_id
            serial = self._free_serial(look.session, order.stock)
        uid = "04" + hashlib.sha256((serial or "").encode()).hexdigest()[:12]
        values: dict[str, object] = {
            "order_id": order.order_id,
            "claim_id": claim.claim_id,
            "outcome": outcome,
            "blank_serial": serial,
            "chip_uid": uid if order.chip else None,
            "digests": order.digests(),
        }
        assert self.report(Result.model_validate(values | changes)) is None
        self.made[document_id] = order
        return document_id

    def report_done(self, order: Order, *, with_leave: bool = True) -> None:
        """The station made what was ordered, with a leave that it asks for now or has."""
        if with_leave:
            self.leave(order)
        with self.database.reading() as session:
            serial = self._free_serial(session, order.stock)
        made = {"order_id": order.order_id, "claim_id": order.claim_id, "digests": order.digests()}
        self.report(Result.model_validate(made | {"outcome": Outcome.DONE, "blank_serial": serial}))

    def _free_serial(self, session: Session, kind: str) -> str | None:
        """A blank that lies there; None of paper, which has no numbers."""
        if kind == "paper-a4":
            return None
        free = session.query(Blank).filter_by(stock=kind, state="at_station")
        blank = free.order_by(func.length(Blank.serial), Blank.serial).first()
        assert blank is not None
        return blank.serial

    def readings(self, document_id: UUID) -> list[quality.Reading]:
        """What a reader would read from the document as it was ordered."""
        with self.reading() as look:
            expected = quality.expected_values(look, look.session.get_one(Document, document_id))
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
        here = station or self.station
        with self.act(tokens.actor_of(here)) as act:
            chip_reading_act.answer_chip(act, reading, findings, station=here)

    def check(self, document_id: UUID, readings: list[quality.Reading]) -> bool:
        with self.act(self.actors["quality_officer"]) as act:
            return quality.check(act, act.session.get_one(Document, document_id), readings).passed

    def hand_over(self, request_id: UUID, number: str, **changes: object) -> None:
        values: dict[str, object] = {
            "identity_confirmed_by": "portrait",
            "scanned_number": number,
            "signature": signed(),
            "notice": notices.Notice("ar"),
        }
        meeting = handover.Meeting(**(values | changes))  # type: ignore[arg-type]
        with self.act(self.actors["second_clerk"]) as act:
            handover.hand_over(act, act.session.get_one(IssuanceRequest, request_id), meeting)
