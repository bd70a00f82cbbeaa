"""Who opens what of which centre: every staff route about one thing x every role x four ways to stand to its centre.

The table is access.txt, to be read by people. A new route is a decision: add its line.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from difflib import unified_diff
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from card_drivers.order import Outcome, Result
from issuance.actors import Actor
from issuance.models.batches import Batch, PrintFile, Tray
from issuance.models.clocks import Lateness
from issuance.models.duties import DutyOverride, Roster
from issuance.models.production import Contradiction
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import Centre, RoleName, Staff, Station
from issuance.office import Office
from issuance.services import centres
from issuance.services.counts import asking, closing
from issuance.services.groups import lists
from issuance.services.groups.lists import Wanted
from issuance.services.imports import files as imported
from issuance.services.membership import members
from issuance.services.membership.members import Place
from issuance.services.production import documents
from issuance.services.reunification import files
from issuance.services.reviews import files as reviews
from issuance.services.reviews.files import Opening
from issuance.services.stock import doubts, ledger, places, stacks, strays
from issuance.services.stock.stacks import Declared
from issuance.services.stock.strays import Kind, Stray
from issuance.web.frame.auth import access_of
from issuance.web.frame.current import WORKS_BY
from tests.fixtures.databases import Folder
from tests.integration.imports.test_lines import ROW, file_of
from tests.people import Case, SmallOffice
from tests.stacks import without_serials
from tests.web.conftest import Browser, Login

PINNED = Path(__file__).with_name("access.txt")
WAYS = ("own", "another", "with a reason", "on its roster")


@pytest.fixture
def server(sqlite: Folder) -> Folder:
    """Which database is beneath makes no difference to a permission."""
    return sqlite


def answer_word(answer: TestResponse) -> str:
    """What came of it, as access.txt says it."""
    if "/reason" in answer.headers.get("Location", "") and answer.status_code == 302:
        return "asks why"
    assert answer.status_code < 500, answer.request.path
    if answer.status_code == 403:
        return "closed" if "Closed until the check" in answer.text else "refused"
    return "not there" if answer.status_code == 404 else "open"


NOT_THERE = (
    "allowance_id",
    "appointment_id",
    "body_account_id",
    "body_id",
    "breach_id",
    "bulk_id",
    "check_id",
    "contact_id",
    "correction_id",
    "decree_id",
    "delivery_id",
    "departure_id",
    "demand_id",
    "destruction_id",
    "difference_id",
    "draft_id",
    "entry_id",
    "event_id",
    "evidence_id",
    "file_id",
    "finding_id",
    "given_id",
    "instance",
    "interpreter_id",
    "link_id",
    "mandate_id",
    "named_id",
    "observation_id",
    "member_id",
    "order_id",
    "parcel_id",
    "passkey_id",
    "proposal_id",
    "protection_id",
    "regrouping_id",
    "row_id",
    "residence_id",
    "session_id",
    "suspicion_id",
    "ticket_id",
    "token_id",
    "version_id",
)
"""Names in addresses for which the test office has nothing."""


@pytest.fixture
def things(office: Office, people: SmallOffice, made: Case) -> dict[str, object]:
    """One thing of Timișoara for each name in an address: a document there waits for its check."""
    people_there = without_serials(people).actors
    document, override_id = an_override(office, made, people_there["operator"].id)
    with office.reading() as look:
        job_id = documents.job_of(look, document).id
    late = Result(order_id=job_id, claim_id=made.claim.claim_id, outcome=Outcome.SPOILED, blank_serial="card-chip-9")
    people.report(late)
    with office.reading() as look:
        contradiction_id = look.session.scalars(select(Contradiction.id)).one()
    with office.act(people_there["supervisor"]) as act:
        here = act.session.get_one(Station, people.station.id)
        strays.tell(act, Stray(Kind.UNKNOWN, "nobody-1", "%(serial)s"), station=here)
        stacks.declare(act, here, Declared("card-chip-10", "card-chip-11"))
        stacks.count(act, here, "card-chip", "")
        stray_id, card_id = strays.listed(act)[0].id, doubts.listed(act)[0].id
        with_words = {each.key: "nobody could say" for each in closing.draft(act).differences}
        day_id = closing.close(act, centres.with_id(act, here.centre_id), with_words).id
        count = asking.ask(act, places.of_station(act, here), "card")
        clerk = select(Staff).where(Staff.email == "clerk@liman.example")
        count.counter = act.session.scalars(clerk).unique().one()  # not whom the draw names today
        count_id = count.id
        place_id, blank_id = places.of_station(act, here).id, ledger.find(act, "card-1").id
    batch = a_batch(office, here, people_there["operator"].id)
    return (
        {name: uuid4() for name in NOT_THERE}
        | batch
        | _files(office, people_there, made)
        | {
            "request_id": made.request_id,
            "case_id": made.request_id,
            "job_id": job_id,
            "station_id": people.station.id,
            "override_id": override_id,
            "contradiction_id": contradiction_id,
            "stray_id": stray_id,
            "card_id": card_id,
            "place_id": place_id,
            "count_id": count_id,
            "day_id": day_id,
            "blank_id": blank_id,
            "account_id": people_there["second_clerk"].id,
            "centre_id": document.request.centre_id,
            "document_type": "RP-R",
            "document_id": made.document_id,
            "person_id": document.person_id,
            "lateness_id": a_late_act(office, made),
            "group_id": a_group(office, people_there["supervisor"], made),
            "duty": "check",
            "side": "front",
            "token": "none",
            "recipient": "sis",
            "file_number": 1,
            "role": "clerk",
            "name": "thirty_days",
        }
    )


def _files(office: Office, there: dict[str, Actor], made: Case) -> dict[str, object]:
    """A review of the person's status, and a request for the family."""
    with office.act(there["clerk"]) as act:
        case = act.session.get_one(IssuanceRequest, made.request_id)
        reunification_id = files.ask(act, case, dt.date(2024, 3, 1)).id
    with office.act(there["decision_officer"]) as act:
        case = act.session.get_one(IssuanceRequest, made.request_id)
        review_id = reviews.open_file(act, case, Opening(("98-g",), "holder", "The person wrote so.")).id
    return {"reunification_id": reunification_id, "review_id": review_id}


def a_group(office: Office, supervisor: Actor, made: Case) -> UUID:
    """A group that was brought, of which the request of a case is the only member."""
    wanted = Wanted("Timișoara, noiembrie", "Amman", "unhcr", "U-1", office.clock.today())
    with office.act(supervisor) as act:
        group = lists.bring(act, wanted, imported.prepare(office.vault, file_of(ROW)))
        members.join(act, act.session.get_one(IssuanceRequest, made.request_id), Place(group.id, 1))
        return group.id


def a_late_act(office: Office, made: Case) -> UUID:
    """The request of a case was lodged later than the law asks."""
    with office.database.transaction() as session:
        request = session.get_one(IssuanceRequest, made.request_id)
        row = Lateness(clock="thirty_days", request_id=request.id, centre_id=request.centre_id)
        row.due_on, row.done_on = request.lodged_on - dt.timedelta(days=1), request.lodged_on
        session.add(row)
        session.flush()
        return row.id


def an_override(office: Office, made: Case, staff_id: UUID | None) -> tuple[documents.Document, UUID]:
    """The document of a case, and an override that waits there."""
    with office.database.transaction() as session:
        document = session.get_one(documents.Document, made.document_id)
        override = DutyOverride(
            request_id=made.request_id,
            document_id=document.id,
            duty="check",
            staff_id=staff_id,
            why="ill",
            asked_at=office.clock.now(),
        )
        session.add(override)
        session.flush()
        return document, override.id


def a_batch(office: Office, station: Station, made_by: UUID | None) -> dict[str, UUID]:
    """A batch at the centre of a station, a tray and a file of it."""
    by_whom = {"made_by": made_by, "made_at": office.clock.now()}
    with office.database.transaction() as session:
        batch = Batch(centre_id=station.centre_id, number=1, position=1, **by_whom)
        tray = Tray(batch=batch, station_id=station.id, number=1, code="TRAY", **by_whom)
        file = PrintFile(batch=batch, station_id=station.id, number=1, document_type="RC")
        file.taken_by, file.taken_at = by_whom.values()
        session.add_all([batch, tray, file])
        session.flush()
        return {"batch_id": batch.id, "tray_id": tray.id, "print_file_id": file.id}


def put(office: Office, role: RoleName, way: str) -> tuple[UUID, str]:
    """Let the account of this role belong to Timișoara or to Galați, and stand on Timișoara's roster; its entry."""
    today = office.clock.today()
    with office.database.transaction() as session:
        centres = {centre.code: centre.id for centre in session.scalars(select(Centre))}
        account = session.scalars(select(Staff).where(Staff.email == f"{role}@liman.example")).unique().one()
        account.centre_id = centres["timisoara" if way == "own" else "galati"]
        if way != "on its roster":
            return account.id, ""
        giver = session.scalars(select(Staff.id).where(Staff.id != account.id)).first()
        entry = Roster(
            staff_id=account.id,
            centre_id=centres["timisoara"],
            from_day=today,
            to_day=today + dt.timedelta(days=1),
            reason="ill",
            given_by=giver,
        )
        session.add(entry)
        session.flush()
        return account.id, str(entry.id)


def about_one_thing(app: Flask) -> Iterator[tuple[Rule, str]]:
    """Every staff route with a thing in its address, once a method."""
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: (rule.rule, rule.endpoint)):
        access = access_of(app, rule.endpoint)
        if access and access.kind == "staff" and rule.arguments:
            yield from ((rule, method) for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}))


def test_the_table_says_who_opens_what_of_which_centre(
    app: Flask, client: Browser, login: Login, office: Office, things: dict[str, Any]
) -> None:
    found: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    routes = list(about_one_thing(app))
    assert {name for rule, _ in routes for name in rule.arguments} <= set(things), "name the new thing in `things`"
    answers: dict[tuple[str, str], list[str]] = {}
    for role in RoleName:
        for way in WAYS:
            _, entry = put(office, role, way)
            login(client, role)
            with client.session_transaction() as session:
                session[WORKS_BY] = entry
                about = ("request_id", "person_id") if way == "with a reason" else ()
                session["reasons"] = {str(things[name]): "asked to" for name in about}
            for rule, method in routes:
                if way != "own" and role not in access_of(app, rule.endpoint).roles:  # type: ignore[union-attr]
                    continue  # refused for its role already
                address = rule.map.bind("localhost", "/").build(rule.endpoint, things_of(rule, things))
                answer = client.get(address) if method == "GET" else client.submit(address, {"reason": "ill"})
                answers.setdefault((f"{method} {rule.rule}", role), []).append(answer_word(answer))
    for (route, role), words in answers.items():
        if words != ["refused"]:
            found.setdefault((route, tuple(words)), []).append(role)
    lines = [f"{route} {','.join(roles)}: {', '.join(words)}" for (route, words), roles in found.items()]
    lines.sort(key=lambda line: line.split(" ", 1)[1])
    pinned = [line for line in PINNED.read_text().splitlines() if not line.startswith("#")]
    change = unified_diff(pinned, lines, "access.txt", "the application", n=0, lineterm="")
    assert lines == pinned, "\n".join(["bring tests/web/access.txt up to date:", *change])


@pytest.mark.parametrize("role", [RoleName.DECISION_OFFICER, RoleName.QUALITY_OFFICER])
def test_on_duty_for_another_centre_one_opens_its_cases_as_its_own_officer_and_nothing_else(
    app: Flask, client: Browser, login: Login, office: Office, things: dict[str, Any], role: RoleName
) -> None:
    """What is not about a case of it, and what another role of the account would open, stays as it is."""
    account_id, _ = put(office, role, "another")
    with office.database.transaction() as session:
        there = session.scalars(select(Centre.id).where(Centre.code == "timisoara")).one()
        day, hour = office.clock.today(), dt.time(0)
        giver = session.scalars(select(Staff.id).where(Staff.id != account_id)).first()
        hours = {"role": role, "weekdays": "1234567", "from_time": hour, "to_time": hour}
        about = {"staff_id": account_id, "centre_id": there, "from_day": day, "to_day": day}
        session.add(Roster(**about, **hours, reason="night", given_by=giver))
    login(client, role)
    told = pinned_of(role)
    wrong = []
    for rule, method in about_one_thing(app):
        own, another, *_ = told.get(f"{method} {rule.rule}", ["refused"] * 4)
        address = rule.map.bind("localhost", "/").build(rule.endpoint, things_of(rule, things))
        answer = answer_word(client.get(address) if method == "GET" else client.submit(address, {"reason": "ill"}))
        if answer != (own if "request_id" in rule.arguments else another):
            wrong.append((method, rule.rule, answer, own, another))
    assert wrong == []


def pinned_of(role: RoleName) -> dict[str, list[str]]:
    """What access.txt says of one role, by route."""
    found = {}
    for line in PINNED.read_text().splitlines():
        about, _, words = line.partition(": ")
        route, _, roles = about.rpartition(" ")
        if role in roles.split(","):
            found[route] = words.split(", ")
    return found


def things_of(rule: Rule, things: dict[str, Any]) -> dict[str, Any]:
    return {name: things[name] for name in rule.arguments}


def test_a_reason_opens_views_alone() -> None:
    """What the table may never say: that something is sent and done by who stands on no roster."""
    for line in PINNED.read_text().splitlines():
        if line.startswith("POST") and "/reason " not in line:
            own, another, reason, _ = line.partition(": ")[2].split(", ")
            # The auditor's word, a centre that nobody closes from within, the rules and the lists of all centres.
            of_all = ("/oversight/entitlements/", "/centres/", "/rules/", "/feeds/")
            by_others = any(each in line for each in of_all)
            assert {another, reason} <= {"refused", "not there"} or by_others, line
            assert own != "asks why", line
