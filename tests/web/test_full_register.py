"""What a page asks of a full register does not grow with what is closed: every list and count, found by walking.

Each page is opened on two registers with the same open work, one with ten times as many closed requests. The work of
each of its statements is counted (SQLite: steps of its machine; PostgreSQL: rows read) and must stay the same.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from issuance.actors import SYSTEM, Actor
from issuance.acts import Act
from issuance.clock import FixedClock
from issuance.db import Database
from issuance.models.decrees import Decree
from issuance.models.documents import Document, QualityCheck
from issuance.models.duties import Roster
from issuance.models.endings import Destruction, RetentionPlan
from issuance.models.groups import ResettlementGroup
from issuance.models.people import Correction, Person, Regrouping
from issuance.models.production import PrintJob
from issuance.models.requests import Evidence, IssuanceRequest, RuleDraft
from issuance.models.staff import Centre, RoleName, Staff, Station
from issuance.models.supply import Parcel, StockCount
from issuance.office import Office
from issuance.services import centres, rule_versions
from issuance.services.admin import rule_drafts
from issuance.services.admin.rule_drafts import Proposal
from issuance.services.casework import search
from issuance.services.centres import WATCH_ROLES
from issuance.services.counts import asking, closing, counting
from issuance.services.life import collection, decrees, retention
from issuance.services.overview import gauges
from issuance.services.persons import people
from issuance.services.persons.identity import Identity
from issuance.services.production import chip_reading, held_jobs, jobs
from issuance.services.stations import devices, tokens
from issuance.services.stock import ledger, losses, places
from issuance.services.supply import deliveries, parcels
from issuance.services.supply.deliveries import Manifest
from issuance.services.supply.parcels import Packing
from issuance.settings import Settings
from issuance.states import BlankState, JobState, RequestState
from issuance.web.frame import rail
from issuance.web.frame.auth import Access, access_of
from issuance.web.frame.rail import Rail
from issuance.web.frame.rail import rail as drawn_rail
from tests.bench.filled.office import LAST, NOW, OWN, TIMES, fill
from tests.fixtures.databases import Server
from tests.fixtures.postgres import TEMPLATE
from tests.integration.life.decreed import in_force
from tests.statements import Asked, works
from tests.web.conftest import Browser, move_in
from tests.web.in_groups import of_group
from tests.web.in_stock import of_counts, of_stock

FEW, MANY, OPEN = 400, 4000, 400
SLACK = {"sqlite": 6000, "postgresql": 300}
"""The work of one page of rows, which a list may have only in the larger register."""

MOST = {"sqlite": 90_000, "postgresql": 8000}
"""The work of a statement that reads all that is open or unused in one centre: its queue, or 6,600 blanks."""

OF_ALL_CENTRES = {"figures": 4}
"""What asks for all centres at once, and how many times the work of one it may be."""

MOST_STATEMENTS, MOST_OF_RAIL = 40, 16
"""Of a page, and of the rail beside it, which asks most of its counts in one."""

NAMESAKES = 100
"""Persons of one name who are compared, and documents of a decree counted: few, as a test's registers are small."""

NAMED: dict[str, Any] = {"duty": "check", "recipient": "case_handling", "file_number": 1}
"""What of an address is no id."""

ALONE = {"decree_id": Decree.id, "draft_id": RuleDraft.id, "group_id": ResettlementGroup.id}

STATES = (RequestState.COMPLETE, RequestState.IN_PRODUCTION, RequestState.READY, RequestState.UNCOLLECTED)
FILTERS = {
    "desk.queues.to_complete": ("state=lodged", "type=RP-R&page=2"),
    "desk.queues.due": ("page=2",),
    "officer.decisions.waiting": ("type=TD-C",),
    "centre.jobs.listed": ("state=claimed", "state=sent", "state=held", "state=done", "state=spoiled"),
    "centre.quality.waiting": ("serial=B1",),
    "oversight.registrations.late": ("said=1",),
    "clocks.late.listed": ("said=1",),
    "border.forgeries.listed": ("settled=1",),
    "oversight.events.listed": ("act=job.sent", f"day={NOW.date()}", "act=job.done&day=2026-11-19", "page=2"),
}
SEARCHES = (
    "Mohammad",
    "محمد",
    "badafa",
    "Mohammad badafa",
    "RP1000005",
    "ABCD-EFGH-JKM",
    "1.1.1990",
    "Mohammad 1.1.1990",
)

EXCEPTIONS: dict[str, str] = {
    "namesakes_of_a_year": "of a birth date only the year is known: everybody born in it may be the same person",
    "fingers": "the requests of the fingerprints that are kept: PostgreSQL reads a small table of requests whole",
}
"""What may grow, by its page or question, and why."""


IN_RAIL = [""]


def noted_rail(app: Flask) -> Rail:
    """The rail, whose statements are counted as a page of their own."""
    IN_RAIL.append(" rail")
    try:
        return drawn_rail(app)
    finally:
        IN_RAIL.pop()


@pytest.fixture(params=["sqlite", "postgresql"])
def server(request: pytest.FixtureRequest) -> Server:
    """Both: each has a planner of its own."""
    return request.getfixturevalue({"sqlite": "sqlite", "postgresql": "postgres"}[request.param])  # type: ignore[no-any-return]


@contextmanager
def filled(application: Flask, server: Server, documents: int, var: Path) -> Iterator[Office]:
    """The application on a register with so many closed requests."""
    with server.database(TEMPLATE) as url:
        fill(url, documents, OPEN)
        move_in(application, Settings(var=var, demo=True, background=False, database_url=url), FixedClock(NOW))
        office: Office = application.extensions["office"]
        put_on_duty(office)
        bring_blanks(office)
        count_blanks(office)
        send_parcels(office)
        of_group(office, STATES)
        with office.act(SYSTEM) as act:
            base, said = rule_versions.last(act, "TID"), {"portrait.max_age_months": 6, "loss.text.en": "Within 5 days"}
            rule_drafts.draft(act, Proposal(base, act.clock.today() + dt.timedelta(days=9), said, "words"))
        in_force(office)
        yield office
        office.database.engine.dispose()


def bring_blanks(office: Office) -> None:
    """A delivery waits to be counted, one was and lacks a blank, one blank was found, a few were destroyed."""
    with office.act(SYSTEM) as act:
        own = centres.named(act, OWN)
        deliveries.announce(act, own, Manifest("1", "card", ["DA1", "DA2"]))
        counted = deliveries.announce(act, own, Manifest("2", "card", ["DB1", "DB2", "DB3"]))
        deliveries.count(act, counted, ["DB1", "DB2"])
        losses.declare(act, own, ["DB2"], "not in the safe")
        losses.find(act, ledger.those(act, ["DB2"])["DB2"], "in the safe")


def send_parcels(office: Office) -> None:
    """A parcel waits for its second signature, one is on its way, another comes; an order waits for its answer."""
    with office.act(SYSTEM) as act:
        here, there = centres.named(act, OWN), next(row for row in centres.listed(act) if row.code != OWN)
        for at, serial in ((here, "PA"), (there, "PB")):
            row = deliveries.announce(act, at, Manifest(serial, "card", [f"{serial}{n}" for n in range(1, 4)]))
            deliveries.count(act, row, [f"{serial}{n}" for n in range(1, 4)])
        keepers = act.session.scalars(select(Staff.id).where(Staff.email.like(f"%@{OWN}.example")).limit(2)).all()
    for at, to, serials, leaves in (
        (here, there, ["PA1"], False),
        (here, there, ["PA2"], True),
        (there, here, ["PB1"], True),
    ):
        first, second = (Actor(key, at.id, frozenset({RoleName.SUPERVISOR})) for key in keepers)
        with office.act(first) as act:
            parcel = parcels.pack(act, centres.named(act, at.code), Packing(centres.named(act, to.code), "S1", serials))
        if leaves:
            with office.act(second) as act:
                parcels.send(act, act.session.get_one(Parcel, parcel.id), "S1")


def count_blanks(office: Office) -> None:
    """A count waits for its counter, one found that the whole vault is missing; a day was closed long ago."""
    with office.act(SYSTEM) as act:
        own = centres.named(act, OWN)
        vault = places.of_centre(act, BlankState.IN_VAULT, own.id)
        asking.ask(act, vault, "booklet-blue")
        counted = asking.ask(act, vault, "card")
        by = act.session.get_one(Staff, counted.counter_id)
        supervisor = act.session.scalars(select(Staff.id).where(Staff.email == f"supervisor@{OWN}.example")).one()
    counter, closer = (Actor(key, own.id, frozenset({RoleName.SUPERVISOR})) for key in (by.id, supervisor))
    with office.act(counter) as act:
        mine = act.session.get_one(StockCount, counted.id)
        counting.type_in(act, mine, "DB1\nDA1", mine.version)
        counting.end(act, mine, mine.version)
    with office.act(closer) as act:
        words = {each.key: "nobody could say" for each in closing.draft(act).differences}
        row = closing.close(act, act.session.get_one(Centre, own.id), words)
        row.day, row.closed_at = row.day - dt.timedelta(days=3), row.closed_at - dt.timedelta(days=3)


def put_on_duty(office: Office) -> None:
    """The officers of OWN and of Galați are on duty for each other's centre: its queue is in their own lists."""
    with office.database.transaction() as session:
        places = session.scalars(select(Centre).where(Centre.code.in_((OWN, "galati")))).all()
        hours = {"weekdays": "1234567", "from_time": dt.time(0), "to_time": dt.time(0), "reason": "night"}
        for home, there in (places, places[::-1]):
            staff = session.scalars(select(Staff).where(Staff.centre_id == home.id)).unique().all()
            for role in WATCH_ROLES:
                officer = next(each for each in staff if each.email == f"{role}@{home.code}.example")
                giver = next(each for each in staff if each is not officer)
                days = {"from_day": NOW.date(), "to_day": NOW.date()}
                session.add(
                    Roster(staff_id=officer.id, centre_id=there.id, given_by=giver.id, role=role, **days, **hours)
                )


@contextmanager
def noted(database: Database) -> Iterator[tuple[list[Asked], Callable[[str], None]]]:
    """Every statement from now on; the function names the page that asks them."""
    asked, page = list[Asked](), [""]  # one more each visit

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if page[-1] and statement.lstrip().startswith(("SELECT", "WITH")):
            asked.append(Asked(page[-1] + IN_RAIL[-1], len(page), statement, parameters))

    event.listen(database.engine, "before_cursor_execute", note)
    yield asked, page.append
    event.remove(database.engine, "before_cursor_execute", note)


def walk(app: Flask, office: Office) -> list[Asked]:
    """What every page of every role, the search and the machines ask."""
    with noted(office.database) as (asked, begin):
        for rule, access in staff_rules(app):
            roles = sorted(access.roles) if "request_id" not in rule.arguments else sorted(access.roles)[:1]
            for role in roles:
                begin("")
                browser = logged_in(app, office, RoleName(role))
                for address in addresses(app, office, rule):
                    begin(f"{role} {rule.rule} {address.partition('?')[2]}")
                    answer = browser.get(address)
                    assert answer.status_code < 500, (address, answer.status_code)
        begin("")
        browser = logged_in(app, office, RoleName.CLERK)
        for words in SEARCHES:
            begin(f"search {words}")
            assert browser.look_up(words).status_code in (200, 303)
        for question in (
            claim,
            errands,
            expired,
            ended,
            destroyed,
            fingers,
            uncollected,
            figures,
            namesakes,
            namesakes_of_a_year,
        ):
            begin(question.__name__)
            with office.reading() as look:
                question(Act(look.session, office, SYSTEM))  # what it changes is rolled back
    return asked


def station(act: Act) -> Station:
    return act.session.scalars(
        select(Station).join(Centre).where(Centre.code == OWN).order_by(Station.id.desc())
    ).first()  # type: ignore[return-value]


def claim(act: Act) -> None:
    act.actor = tokens.actor_of(station(act))
    assert jobs.claim(act, uuid4(), station=station(act)) is not None


def errands(act: Act) -> None:
    devices.registration(act, station(act))
    chip_reading.waiting_read(act, station(act))


def expired(act: Act) -> None:
    held_jobs.hold_expired(act)


def ended(act: Act) -> None:
    retention.due(act, retention.next_month(act))
    retention.due_count(act, retention.next_month(act))


def destroyed(act: Act) -> None:
    """Everything of a person who asked first, long ago."""
    plan = RetentionPlan(until=retention.next_month(act), count=0, asked_at=NOW, agreed_at=NOW, open=False)
    plan.asked_by, plan.agreed_by = act.session.scalars(select(Staff.id).limit(2)).all()
    act.session.add(plan)
    first = act.session.scalars(select(IssuanceRequest).order_by(IssuanceRequest.id).limit(1)).one()
    for each in act.session.scalars(select(IssuanceRequest).where(IssuanceRequest.person_id == first.person_id)):
        each.retained_since, each.erased_on = NOW.date() - dt.timedelta(days=1000), None
    for each in act.session.scalars(select(Document).where(Document.person_id == first.person_id)):
        each.expiry_date = NOW.date() - dt.timedelta(days=2000)  # the decree of this register is none of theirs
    assert retention.destroy_ended(act) > 0
    assert not first.person.family_name


def fingers(act: Act) -> None:
    assert retention.delete_fingerprints(act) == 0


def figures(act: Act) -> None:
    """What monitoring reads, every quarter of a minute."""
    for reader in gauges.READERS:
        reader(act)


def uncollected(act: Act) -> None:
    collection.note(act)


def namesakes(act: Act, day: str = "1990-05-06") -> None:
    people.similar(act, Identity("Badafa", day, "F", "SYR", "refugee", given_names="Mohammad"))


def namesakes_of_a_year(act: Act) -> None:
    namesakes(act, "1990-XX-XX")


def staff_rules(app: Flask) -> list[tuple[Rule, Access]]:
    found = [
        (rule, access_of(app, rule.endpoint)) for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())
    ]
    return [(rule, access) for rule, access in found if access is not None and access.kind == "staff"]


def logged_in(app: Flask, office: Office, role: RoleName) -> Browser:
    browser = app.test_client()
    with office.database.reading() as session:
        account = session.scalars(select(Staff).where(Staff.email == f"{role}@{OWN}.example")).one()
    assert isinstance(browser, Browser)
    browser.take_session(account.id)
    return browser


def addresses(app: Flask, office: Office, rule: Rule) -> list[str]:
    """The pages of one route: with its filters, or about one of each kind of thing that its address names."""
    urls = app.url_map.bind("localhost")
    if rule.arguments:
        with office.database.reading() as session:
            values = things(session, rule.arguments)
        others = {name: NAMED.get(name, uuid4()) for name in rule.arguments}
        wanted = [others | {name: each[name] for name in rule.arguments & each.keys()} for each in values]
        return [urls.build(rule.endpoint, each) for each in wanted]
    plain = urls.build(rule.endpoint)
    return [plain, *(f"{plain}?{query}" for query in FILTERS.get(rule.endpoint, ()))]


def things(session: Session, names: set[str]) -> list[dict[str, Any]]:
    """What is in addresses with these names: one case at each state with what is its, persons, stations, jobs."""
    own = session.scalars(select(Centre.id).where(Centre.code == OWN)).one()
    if "job_id" in names:
        waiting = select(PrintJob.id).where(PrintJob.centre_id == own)
        states = (JobState.HELD, JobState.SENT)
        return [{"job_id": session.scalars(waiting.where(PrintJob.state == each)).first()} for each in states]
    if "station_id" in names:
        return [{"station_id": session.scalars(select(Station.id).where(Station.centre_id == own)).first()}]
    if "document_type" in names:
        return [{"document_type": "TID"}]
    if names & ALONE.keys():
        return [{name: session.scalars(select(ALONE[name])).one() for name in names & ALONE.keys()}]
    if "account_id" in names:
        return [{"account_id": session.scalars(select(Staff.id).where(Staff.centre_id == own)).first()}]
    if names & {"place_id", "blank_id", "delivery_id", "parcel_id", "order_id"}:
        return of_stock(session, own)
    if names & {"count_id", "finding_id", "day_id"}:
        return of_counts(session, own)
    if "destruction_id" in names:
        query = select(Destruction.id).where(Destruction.centre_id == own)
        return [{"destruction_id": session.scalars(query.order_by(Destruction.id).limit(1)).one()}]
    if "person_id" in names:
        return persons(session, own)
    return [about_case(session, request_id) for request_id in cases(session, own)]


def about_case(session: Session, request_id: UUID) -> dict[str, Any]:
    """The case, and its newest document, check and paper where it has one."""
    document = session.scalar(select(Document.id).where(Document.request_id == request_id))
    check = session.scalar(select(QualityCheck.id).where(QualityCheck.document_id == document))
    paper = session.scalar(select(Evidence.id).where(Evidence.request_id == request_id, Evidence.blob_id.is_(None)))
    found = {"document_id": document, "check_id": check, "evidence_id": paper}
    return {"request_id": request_id} | {name: key for name, key in found.items() if key}


def persons(session: Session, own: UUID) -> list[dict[str, Any]]:
    """The person who asked for everything; one about whom a correction, one about whom a merge waits; a merged one."""
    proposed = select(Correction.person_id).where(Correction.settled_at.is_(None))
    here = select(IssuanceRequest.person_id).join(Person).where(IssuanceRequest.centre_id == own)
    here = here.where(Person.birth_date.not_like("%XX"))  # as namesakes_of_a_year
    merge = select(Regrouping).where(Regrouping.to_id.in_(here)).order_by(Regrouping.id.desc()).limit(1)
    waits = session.scalars(merge.where(Regrouping.settled_at.is_(None))).one()
    merged = session.scalars(merge.where(Regrouping.agreed)).one()
    often = select(IssuanceRequest.person_id).group_by(IssuanceRequest.person_id).order_by(func.count().desc())
    asked = [
        *session.scalars(often.limit(1)),
        *session.scalars(proposed.where(Correction.person_id.in_(here)).limit(1)),
    ]
    return [{"person_id": key} for key in asked] + [
        {"person_id": row.to_id, "regrouping_id": row.id} for row in (waits, merged)
    ]


def cases(session: Session, own: UUID) -> list[UUID]:
    """One case at each of the states, and a closed one."""
    query = select(IssuanceRequest.id).where(IssuanceRequest.centre_id == own).order_by(IssuanceRequest.id.desc())
    found = [session.scalars(query.where(IssuanceRequest.state == state).limit(1)).one() for state in STATES]
    return [*found, session.scalars(query.where(IssuanceRequest.state == RequestState.DELIVERED).limit(1)).one()]


@pytest.fixture
def walked(
    application: Flask, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> list[tuple[list[Asked], dict[tuple[str, str], int]]]:
    """What was asked of the smaller and of the larger register, and the work it was."""
    monkeypatch.setattr(search, "MOST_NAMESAKES", NAMESAKES)
    monkeypatch.setattr(decrees, "MOST_COUNTED", NAMESAKES)
    monkeypatch.setattr(rail, "rail", noted_rail)
    both = []
    for documents in (FEW, MANY):
        with filled(application, server, documents, tmp_path / str(documents)) as office:
            asked = walk(application, office)
            both.append((asked, works(office.database, asked)))
    return both


def test_no_statement_works_more_where_more_is_closed(walked: Any, request: pytest.FixtureRequest) -> None:
    (_, few), (asked, many) = walked
    name = request.node.callspec.params["server"]
    assert len({page for page, _ in many}) > 90
    grown = [
        f"{page}: {few.get((page, statement), 0)} -> {work}\n{statement}"
        for (page, statement), work in many.items()
        if work > MOST[name] * OF_ALL_CENTRES.get(page, 1) or work > 1.5 * few.get((page, statement), 0) + SLACK[name]
        if page not in EXCEPTIONS
    ]
    assert grown == [], "\n\n".join(["find it by an index, or say in EXCEPTIONS why not:", *grown[:12]])
    pages = Counter((each.page, each.visit) for each in asked)
    most = {page: MOST_OF_RAIL if page[0].endswith(" rail") else MOST_STATEMENTS for page in pages}
    chatty = {page: count for page, count in pages.items() if count > most[page]}
    assert chatty == {}, "ask once for all rows"


def test_the_page_of_a_person_asks_as_often_for_ten_requests_as_for_one(
    application: Flask, sqlite: Server, tmp_path: Path
) -> None:
    with filled(application, sqlite, LAST, tmp_path) as office:
        with office.database.reading() as session:
            here = IssuanceRequest.centre.has(code=OWN)
            by_requests = select(IssuanceRequest.person_id).where(here).group_by(IssuanceRequest.person_id)
            one = session.scalars(by_requests.having(func.count() == 1).limit(1)).one()
            ten = session.scalars(by_requests.having(func.count() == TIMES)).one()
        for role in (RoleName.AUDITOR, RoleName.QUALITY_OFFICER, RoleName.DECISION_OFFICER):
            browser, asked = logged_in(application, office, role), Counter[str]()
            for person_id in (one, ten):
                with noted(office.database) as (statements, begin):
                    begin(str(person_id))
                    assert browser.get(f"/persons/{person_id}").status_code == 200
                asked.update(each.page for each in statements)
            assert asked[str(ten)] <= asked[str(one)], (role, asked)
