"""The life of one request after another, as its rows: closed ones, and open ones at every stage."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from random import Random
from typing import TYPE_CHECKING, Any
from uuid import UUID

from issuance import document_types
from issuance.errors import Conflict
from issuance.models.audit import AuditEvent, AuditLink, AuditSubject
from issuance.models.clocks import Lateness
from issuance.models.documents import Document, HandOver, NumberRange, QualityCheck
from issuance.models.production import ChipCertificate, ChipRead, DocumentChip, DocumentSeal, PrintJob, SealCertificate
from issuance.models.requests import IssuanceRequest, Registration
from issuance.models.vault import DataKey
from issuance.services.life.validity import HANDED_OVER, HELD_BY_HOLDER
from issuance.services.production import troubles
from issuance.services.production.documents import FIRST_NUMBER
from issuance.states import JOBS_MADE, BlankState, DocumentState, JobState, RequestState
from issuance.values import references
from tests.bench.filled.bulk import Bulk, key_at
from tests.bench.filled.ends import Ends
from tests.bench.filled.papers import Asked, Papers
from tests.bench.filled.persons import Persons
from tests.bench.filled.stock import Stock

if TYPE_CHECKING:
    from tests.bench.filled.office import Place

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
DIGESTS = {"front": "0" * 64, "back": "0" * 64}
HELD = troubles.kept(troubles.of(Conflict("The station did not report in time.")))
OLD_ENOUGH = 0.85
"""Of those who ask, how many give fingerprints where the type asks for them."""

TYPES = ("RP-R", "TD-C", "TID")
"""What a person asks for: the first or the last, then the second; open requests are for any."""

PARTY = 5
"""How many come together at most."""

STAGES = (
    ("lodged", 30),
    ("incomplete", 15),
    ("complete", 15),
    ("preparing", 1),
    ("queued", 6),
    ("claimed", 1),
    ("sent", 1),
    ("held", 1),
    ("made", 5),
    ("ready", 23),
    ("uncollected", 2),
)
"""Of a hundred open requests, so many at each stage: fifteen in the production room."""

OPEN_STATES = {stage: RequestState(stage) for stage in ("lodged", "incomplete", "complete", "ready", "uncollected")}
JOB_STATES = {stage: JobState(stage) for stage in ("preparing", "queued", "claimed", "sent", "held")}
OUTCOMES = {"made": DocumentState.PERSONALISED, "ready": DocumentState.CHECKED, "uncollected": DocumentState.CHECKED}


class Lives:
    """Tells lives to the register. `rules` are the rule versions by document type, `stock` takes the blanks."""

    def __init__(self, rows: Bulk, now: dt.datetime, rules: dict[str, UUID], stock: Stock) -> None:
        self._rows, self._rules, self._now, self._stock = rows, rules, now, stock
        self.begin(Random(0))
        self._numbers: Counter[str] = Counter()
        self._links: Counter[str] = Counter()
        self._signed: Counter[type] = Counter()
        self._signers = {DocumentChip: self._signer(ChipCertificate), DocumentSeal: self._signer(SealCertificate)}
        self._stages = [stage for stage, share in STAGES for _ in range(share)]
        self._random.shuffle(self._stages)
        self._busy: set[UUID] = set()
        self._parties: dict[tuple[UUID, dt.date], list[UUID]] = {}

    def begin(self, random: Random) -> None:
        """From here on the lives are those of `random`."""
        self._random, self._persons = random, Persons(self._rows, random)
        self._papers, self._ends = Papers(self._rows, random), Ends(self._rows, random)

    def closed(self, place: Place, lodged: dt.datetime, waiting: int | None = None, *, lost: bool = False) -> None:
        """A request whose document was handed over, or (one in a hundred) spoiled and made again.

        `waiting` numbers the last ones, about some of which something is still to be done.
        """
        state = DocumentState.LOST if lost else self._ends.next(waiting)
        asked = self._lodge(place, lodged, RequestState.DELIVERED, holds=state in HELD_BY_HOLDER)
        spoiled = self._random.random() < 0.01
        if spoiled:
            self._document(asked, DocumentState.CANCELLED, JobState.SPOILED, asked.at + 8 * DAY)
        at, attempt = asked.at + 9 * DAY, 2 if spoiled else 1
        document = self._document(asked, state, JobState.DONE, at, attempt)
        handed = asked.at + 25 * DAY
        self._rows.add(
            HandOver,
            id=key_at(handed, self._random),
            document_id=document,
            clerk_id=place.staff["second_clerk"],
            at=handed,
            identity_confirmed_by="portrait",
        )
        self._event("document.handed_over", handed, asked, asked.id, document, actor=place.staff["second_clerk"])
        self._ends.tell(asked, document, state, handed)
        if self._random.random() < 0.03:
            self._ends.uncollected(asked, at, handed)
        if waiting is not None:
            self._persons.wait(asked, waiting)

    def open(self, place: Place, number: int) -> None:
        """An open request at one of the STAGES, each in its turn."""
        stage = self._stages[number % len(self._stages)]
        if stage == "claimed" and not self._free(place):
            stage = "queued"
        days = 32 if number % 50 == 0 else self._random.randint(1, 29)
        state = OPEN_STATES.get(
            stage, RequestState.APPROVED if stage in ("preparing", "queued") else RequestState.IN_PRODUCTION
        )
        asked = self._lodge(place, self._now - days * DAY, state)
        made = self._now - dt.timedelta(minutes=self._random.randint(1, 400))
        if stage in JOB_STATES:
            self._document(asked, DocumentState.PREPARED, JOB_STATES[stage], made)
        elif stage in OUTCOMES:
            self._document(asked, OUTCOMES[stage], JobState.DONE, made)
            if stage == "uncollected":
                self._ends.uncollected(asked, made, None)
        elif number % 10 == 0:
            self._event("request.incomplete", made, asked, asked.id)

    def often(self, place: Place, lodged: dt.datetime, times: int) -> None:
        """One person asks again and again; each document was lost, and only the last one is valid."""
        self._persons.stay(lodged)
        for number in range(times):
            self.closed(place, lodged + number * 30 * DAY, lost=number < times - 1)

    def end(self, place: Place) -> None:
        """The numbers that were given are leased and used up."""
        for prefix, given in self._numbers.items():
            self._rows.add(
                NumberRange,
                id=key_at(self._now, self._random),
                prefix=prefix,
                centre_id=place.centre_id,
                first_value=FIRST_NUMBER,
                next_value=FIRST_NUMBER + given,
                last_value=FIRST_NUMBER + given - 1,
            )

    def _free(self, place: Place) -> bool:
        return any(station not in self._busy for station in place.stations)

    def _signer(self, kind: type[ChipCertificate] | type[SealCertificate]) -> UUID:
        key = key_at(self._now, self._random)
        digest = f"{self._random.getrandbits(256):064x}"
        self._rows.add(kind, id=key, digest=digest, signer="ROLI", reference="1", certificate=b"")
        return key

    def _lodge(self, place: Place, at: dt.datetime, state: RequestState, *, holds: bool = True) -> Asked:
        """A request with what was taken, and the event of its lodging; `holds`: its document did not end before its
        last day."""
        ended = at + 25 * DAY if state == RequestState.DELIVERED else None
        person, document_type = self._persons.next(at, TYPES, is_open=ended is None)
        key, fingers = key_at(at, self._random), self._random.random() < OLD_ENOUGH
        asked = Asked(key, place, person.id, document_type, person.ahead, at, fingers)
        decided = state not in (RequestState.LODGED, RequestState.INCOMPLETE, RequestState.COMPLETE)
        self._rows.add(
            IssuanceRequest,
            id=asked.id,
            reference=self._reference(),
            case_reference=f"{at.year}/{asked.id.hex[-12:]}",
            party_id=self._party(asked),
            person_id=person.id,
            centre_id=place.centre_id,
            document_type=document_type,
            kind="first",
            rule_version_id=self._rules[document_type],
            entitlement_source="case_handling",
            decision_number="1204/2026",
            decision_date=at.date(),
            travel_document_shown="passport",
            lodged_on=at.date(),
            due_on=at.date() + 30 * DAY,
            lodged_by=place.staff["clerk"],
            enrolled_by=place.staff["clerk"],
            decided_by=place.staff["decision_officer"] if decided else None,
            handed_over_by=place.staff["second_clerk"] if ended else None,
            handed_over_at=ended,
            ended_on=ended.date() if ended else None,
            **self._retained(ended, holds),
            state=state,
        )
        self._rows.add(DataKey, id=key_at(at, self._random), request_id=asked.id, destroyed_at=at)
        self._papers.taken(asked, is_open=ended is None)
        self._persons.about(asked, is_open=ended is None)
        if self._random.random() < 0.1:
            self._registration(asked, is_open=ended is None)
        self._event("request.lodged", at, asked, asked.id, person.id, actor=place.staff["clerk"])
        return asked

    def _party(self, asked: Asked) -> UUID | None:
        """The party of a request: three in ten begin one, and the next four of that centre and day join it."""
        key = (asked.place.centre_id, asked.at.date())
        party = self._parties.get(key, [])
        if len(party) == PARTY or not (party or self._random.random() < 0.3):
            return None
        self._parties[key] = [*party, asked.id]
        return self._parties[key][0]

    def _registration(self, asked: Asked, *, is_open: bool) -> None:
        """An application that was registered late, and an act that came late; why is said of those that are closed."""
        self._rows.add(
            Registration,
            id=key_at(asked.at, self._random),
            request_id=asked.id,
            centre_id=asked.place.centre_id,
            made_on=asked.at.date() - 9 * DAY,
            place="inspectorate",
            registered_on=asked.at.date(),
            due_on=asked.at.date() - 4 * DAY,
            late_because="" if is_open else "influx",
        )
        self._rows.add(
            Lateness,
            id=key_at(asked.at, self._random),
            clock="loss" if is_open else "thirty_days",
            request_id=asked.id,
            centre_id=asked.place.centre_id,
            due_on=asked.at.date() + 30 * DAY,
            done_on=asked.at.date() + 34 * DAY,
            because="" if is_open else "influx",
        )

    def _retained(self, ended: dt.datetime | None, holds: bool) -> dict[str, dt.date]:
        """From which day the term of retention counts; what ended long ago was destroyed."""
        if ended is None:
            return {}
        since = (ended + (1095 if holds else 10) * DAY).date()
        erased = since + 90 * DAY
        return {"retained_since": since} if erased > self._now.date() else {"erased_on": erased}

    def _document(
        self, asked: Asked, state: DocumentState, job_state: JobState, at: dt.datetime, attempt: int = 1
    ) -> UUID:
        """One attempt with its job, and what the machines and the officer did with it."""
        key = key_at(at, self._random)
        made = job_state in (JobState.DONE, JobState.SPOILED)
        serial = f"B{key.hex[-14:]}" if made else None
        self._rows.add(
            Document,
            id=key,
            number=self._number(asked.document_type),
            document_type=asked.document_type,
            exclusive=document_types.get(asked.document_type).exclusive,
            request_id=asked.id,
            person_id=asked.person_id,
            issue_date=at.date(),
            expiry_date=at.date() + 1095 * DAY,
            content_id=self._papers.blob(asked, "content"),
            attempt=attempt,
            blank_serial=serial,
            state=state,
        )
        job, station = self._job(asked, key, job_state, at)
        if serial:
            self._blank(asked, key, serial, state, station)
            self._sign(asked, job, at)
        if state == DocumentState.CHECKED or state in HANDED_OVER:
            self._check(asked, key, job, at + HOUR)
        return key

    def _job(self, asked: Asked, document: UUID, state: JobState, at: dt.datetime) -> tuple[UUID, UUID | None]:
        job, place = key_at(at, self._random), asked.place
        waits = state in (JobState.PREPARING, JobState.QUEUED)
        station = None if waits else self._station(place, state)
        self._rows.add(
            PrintJob,
            id=job,
            document_id=document,
            centre_id=place.centre_id,
            priority=0 if asked.ahead else 1,
            lodged_on=asked.at.date(),
            turn_id=job,
            ended_at=at if state in JOBS_MADE else None,
            digests=DIGESTS,
            station_id=station,
            operator_id=None if waits else place.staff["operator"],
            claim_id=None if waits else key_at(at, self._random),
            lease_until=self._now + HOUR if state == JobState.CLAIMED else None,
            trouble=HELD if state == JobState.HELD else None,
            state=state,
        )
        if not waits:
            self._event(f"job.{state}", at, asked, job, document, actor=station, kind="station")
        return job, station

    def _station(self, place: Place, state: JobState) -> UUID:
        if state != JobState.CLAIMED:
            return self._random.choice(place.stations)
        free = next(station for station in place.stations if station not in self._busy)
        self._busy.add(free)
        return free

    def _blank(self, asked: Asked, document: UUID, serial: str, state: DocumentState, station: UUID | None) -> None:
        spoiled = state == DocumentState.CANCELLED
        self._stock.add(
            key_at(asked.at, self._random),
            BlankState.SPOILED if spoiled else BlankState.CONSUMED,
            serial=serial,
            stock=document_types.get(asked.document_type).stock,
            centre_id=asked.place.centre_id,
            station_id=station,
            document_id=document,
        )

    def _sign(self, asked: Asked, job: UUID, at: dt.datetime) -> None:
        kind = DocumentChip if document_types.get(asked.document_type).chip else DocumentSeal
        self._signed[kind] += 1
        seal = {"blob_id": self._papers.blob(asked, "seal")} if kind is DocumentSeal else {}
        signed: dict[str, Any] = {"signer_id": self._signers[kind], "number": self._signed[kind], "signed_at": at}
        self._rows.add(kind, id=key_at(at, self._random), job_id=job, **signed, **seal)

    def _check(self, asked: Asked, document: UUID, job: UUID, at: dt.datetime) -> None:
        place = asked.place
        self._rows.add(
            QualityCheck,
            id=key_at(at, self._random),
            document_id=document,
            officer_id=place.staff["quality_officer"],
            operator_id=place.staff["operator"],
            checked_at=at,
            readings=[{"part": "mrz", "method": "scanner", "equal": True}],
            passed=True,
        )
        if document_types.get(asked.document_type).chip:
            read = {"asked_by": place.staff["quality_officer"], "asked_at": at, "answered_at": at}
            self._rows.add(ChipRead, id=key_at(at, self._random), job_id=job, centre_id=place.centre_id, **read)

    def _event(
        self, act: str, at: dt.datetime, asked: Asked, *subjects: UUID, actor: UUID | None = None, kind: str = "staff"
    ) -> None:
        """An event, its subjects and its link; `subjects` are the request first, unless the act is of a job."""
        key, chain = key_at(at, self._random), str(asked.place.centre_id)
        centre = asked.place.centre_id
        self._rows.add(
            AuditEvent, id=key, at=at, act=act, actor_id=actor, actor_kind=kind, centre_id=centre, details={}
        )
        kinds = ("print_job", "document") if act.startswith("job.") else ("request", "document")
        if act == "request.lodged":
            kinds = ("request", "person")
        for subject, table in zip(subjects, kinds, strict=False):
            self._rows.add(AuditSubject, id=key_at(at, self._random), event_id=key, kind=table, subject_id=subject)
        self._links[chain] += 1
        place = {"chain": chain, "position": self._links[chain], "previous": key.hex * 2, "digest": key.hex * 2}
        self._rows.add(AuditLink, id=key_at(at, self._random), event_id=key, **place)

    def _number(self, document_type: str) -> str:
        kind = document_types.get(document_type)
        self._numbers[kind.number_prefix] += 1
        return kind.number(FIRST_NUMBER + self._numbers[kind.number_prefix] - 1)

    def _reference(self) -> str:
        body = "".join(self._random.choices(references.ALPHABET, k=references.LENGTH))
        return body + references._check_character(body)
