"""A filled register of an earlier release comes to this release with every row, and is read as its own."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any
from uuid import UUID, uuid5

import pytest
import sqlalchemy as sa
from alembic import command
from sqlalchemy.orm import Session

from card_drivers.troubles import Trouble, english
from issuance import migrate
from issuance.actors import SYSTEM
from issuance.acts import Look
from issuance.background.registry import PERIODIC
from issuance.clock import FixedClock
from issuance.db import Base, Database
from issuance.errors import LimanError
from issuance.models.audit import AuditEvent, AuditSubject
from issuance.models.documents import Document, QualityCheck
from issuance.models.duties import Duty, DutyOverride
from issuance.models.mandates import Mandate
from issuance.models.notices import Contact
from issuance.models.people import Person, PersonName, PersonVersion
from issuance.models.production import ChipRead, PrintJob
from issuance.models.requests import IssuanceRequest
from issuance.models.residence import Residence
from issuance.models.staff import Staff, Station
from issuance.models.stations import PrintTest, SettingsRevision
from issuance.models.stock import Blank, StackCard
from issuance.models.supply import Place, StockMove
from issuance.office import Office
from issuance.services.persons import people
from issuance.services.persons.versions import Made
from issuance.services.production import troubles
from issuance.services.rule_versions import rules_of
from issuance.services.stock import accounts
from issuance.services.supply import handing
from issuance.settings import Settings
from issuance.states import JOBS_MADE
from issuance.values import sounds
from tests.background import queued
from tests.people import EVENT_KEY, NOON
from tests.registers import saved

TROUBLES_IN_WORDS = "0004"
"""The last release that kept troubles as English sentences."""

DUTIES = {TROUBLES_IN_WORDS: 48, "0006": 35, "0014": 32, "0025": 26, "0036": 52, "0048": 22, "0056": 9}
"""Who did what, by 0010 in the earlier ones: lodged, decided, operated, checked, handed over."""

EARLIER = (TROUBLES_IN_WORDS, "0006", "0014", "0025", "0036", "0048", "0056")
PUT_IN_AGAIN = {TROUBLES_IN_WORDS: {"seal-audit", "purge-attempts"}}


@pytest.fixture
def before() -> str:
    """The newest migration of the release that filled the register."""
    return TROUBLES_IN_WORDS


@pytest.fixture
def upgraded(empty_database_url: str, before: str) -> Iterator[Database]:
    """A register filled by an earlier release, brought to this one."""
    opened = Database(empty_database_url)
    with opened.engine.connect().execution_options(liman_writes=True) as connection, connection.begin():
        command.upgrade(migrate._config(connection=connection), before)
        saved.fill(connection, saved.saved(before))
    migrate.upgrade(opened)
    yield opened
    opened.engine.dispose()


@pytest.mark.parametrize("before", EARLIER)
def test_every_row_is_there_and_can_be_read(upgraded: Database, before: str) -> None:
    migrate.metadata()
    rows = saved.saved(before)
    put_in_again = PUT_IN_AGAIN.get(before, set())
    renamed = [task for task in rows["task"] if task["name"] in put_in_again]
    assert len(renamed) == len(put_in_again)
    expected = {name: len(found) for name, found in rows.items()} | {"task": len(rows["task"]) - len(renamed)}
    expected["office_clock"] = 1  # 0011: no time is trusted yet
    expected["duty"] = DUTIES[before]
    expected["role_given"] = len(rows.get("staff_role") or rows["role_given"])
    if before < "0037":
        expected["stock_move"] = len(rows["blank"])  # an opening each
        lies = {(row["state"], row["stock"]) for row in rows["blank"]}  # at one station of one centre
        expected["place"], expected["balance"] = len({state for state, _ in lies}), len(lies)
    expected["residence"] = sum(len(said) for said in addresses(rows).values())
    expected["audit_unlinked"] = len(rows["audit_event"]) - len(rows.get("audit_link", []))
    with upgraded.reading() as session:
        read = {mapper.local_table.name: len(list(_all(session, mapper))) for mapper in Base.registry.mappers}
        if before < "0039" and session.get_bind().dialect.name == "postgresql":  # a timetable put anew
            assert read["task"] == 0
            read["task"] = len(queued(session, NOON))
            periodic = {task["name"] for task in rows["task"] if UUID(task["id"]) == uuid5(PERIODIC, task["name"])}
            expected["task"] -= len(periodic - put_in_again)
    assert read == {name: expected.get(name, 0) for name in read}
    assert set(expected) <= set(read) | {"staff_role", "role"}


def addresses(rows: saved.Rows) -> dict[str, list[str]]:
    """By person, each address that the register said after another one."""
    said = {row["id"]: [row.get("address", "")] for row in rows["person"]}
    for key in said:
        mine = [row for row in rows.get("person_version", []) if row["person_id"] == key]
        versions = [row.get("address", "") for row in sorted(mine, key=lambda row: int(row["number"]))]
        said[key] = [now for now, _ in groupby(versions or said[key]) if now]
    return said


def _all(session: Session, mapper: Any) -> sa.ScalarResult[Any]:
    return session.scalars(sa.select(mapper.class_))


def test_accounts_of_before_have_their_roles(upgraded: Database) -> None:
    rows = saved.saved(TROUBLES_IN_WORDS)
    names = {role["id"]: role["name"] for role in rows["role"]}
    had = {(UUID(held["staff_id"]), names[held["role_id"]]) for held in rows["staff_role"]}
    with upgraded.reading() as session:
        accounts = session.scalars(sa.select(Staff)).unique().all()
        has = {(account.id, str(role)) for account in accounts for role in account.roles_on(NOON.date())}
    assert has == had != set()


def test_persons_of_before_are_found_by_how_their_names_sound(upgraded: Database) -> None:
    with upgraded.reading() as session:
        kept = {name.word: name.sound for name in session.scalars(sa.select(PersonName))}
    assert kept
    assert kept == {word: sounds.of_word(word) for word in kept}
    assert any(kept.values())


def test_what_was_said_is_kept_by_code(upgraded: Database) -> None:
    with upgraded.reading() as session:
        held = sorted(session.scalars(sa.select(PrintJob.trouble)), key=str)
        answers = [
            list(session.scalars(sa.select(model.trouble).order_by(model.id)))
            for model in (ChipRead, PrintTest, SettingsRevision)
        ]
        reasons = set(session.scalars(sa.select(Document.attempt_reason)))
        judged = set(session.scalars(sa.select(QualityCheck.reason)))
        names = {task.name for task in queued(session, NOON)}
    by_code = {trouble["code"] for trouble in held if trouble}
    assert by_code == {"signer-unavailable", "not-as-prepared", "as-said"}
    assert [len([trouble for trouble in found if trouble]) for found in answers] == [1, 1, 1]
    assert reasons == {"", "encode", "not-ordered", "resolved", "read-back: mrz"}
    assert judged == {"", "read-back: mrz"}
    assert not names & PUT_IN_AGAIN[TROUBLES_IN_WORDS]


def test_what_was_said_reads_as_it_did(upgraded: Database) -> None:
    with upgraded.reading() as session:
        kept = session.scalars(sa.select(PrintJob.trouble)).all()
    said = {_english(troubles.read(trouble)) for trouble in kept if trouble}
    earlier = {job.get("hold_reason", "") for job in saved.saved(TROUBLES_IN_WORDS)["print_job"]}
    unavailable = "PKCS#11 module softhsm has no token labelled liman: set LIMAN_SEAL_TOKEN."
    assert said == {text for text in earlier if text and not text.startswith("{")} | {unavailable}


def _english(trouble: Trouble | LimanError) -> str:
    return english(trouble) if isinstance(trouble, Trouble) else trouble.sentence()


def test_who_did_what_is_known_as_a_duty(upgraded: Database) -> None:
    rows = saved.saved(TROUBLES_IN_WORDS)
    with upgraded.reading() as session:
        did = {
            (each.duty, each.document_id or each.request_id, each.staff_id) for each in session.scalars(sa.select(Duty))
        }
    for request in rows["request"]:
        for column, duty in (("lodged_by", "lodging"), ("decided_by", "decision")):
            who = request.get(column) and UUID(request[column])
            assert not who or (duty, UUID(request["id"]), who) in did
    for table, column, duty in (
        ("print_job", "operator_id", "operation"),
        ("quality_check", "officer_id", "check"),
        ("hand_over", "clerk_id", "hand_over"),
    ):
        for row in rows[table]:
            assert not row.get(column) or (duty, UUID(row["document_id"]), UUID(row[column])) in did


def test_two_duties_of_one_person_stand_by_an_override_that_nobody_gave(empty_database_url: str) -> None:
    """An earlier release let the operator hand over: the row is there, and a supervisor sees it."""
    opened = Database(empty_database_url)
    rows = saved.saved(TROUBLES_IN_WORDS)
    job = next(job for job in rows["print_job"] if job.get("operator_id") and job["state"] == "done")
    check = next(row for row in rows["quality_check"] if row["document_id"] == job["document_id"])
    with opened.engine.connect().execution_options(liman_writes=True) as connection, connection.begin():
        command.upgrade(migrate._config(connection=connection), TROUBLES_IN_WORDS)
        saved.fill(connection, rows)
        jobs = sa.table("print_job", sa.column("operator_id", sa.Uuid), sa.column("document_id", sa.Uuid))
        ours = jobs.update().where(jobs.c.document_id == UUID(job["document_id"]))
        connection.execute(ours.values(operator_id=UUID(check["officer_id"])))
    migrate.upgrade(opened)
    with opened.reading() as session:
        (override,) = session.scalars(sa.select(DutyOverride)).unique()
        assert (override.duty, override.staff_id, override.given_by) == ("check", UUID(check["officer_id"]), None)
    opened.engine.dispose()


def test_a_named_representative_becomes_a_mandate(empty_database_url: str) -> None:
    """Once for a person and a text; who was a guardian to the release before is one."""
    opened = Database(empty_database_url)
    rows = saved.saved(TROUBLES_IN_WORDS)
    first, second, third = rows["request"][:3]
    first |= {"representative": "Popa Ana (mother)"}
    second |= {"representative": "Popa Ana (mother)", "person_id": first["person_id"], "kind": "renewal"}
    third |= {"representative": "Ionescu Maria (guardian, child protection)", "unaccompanied": True}
    with opened.engine.connect().execution_options(liman_writes=True) as connection, connection.begin():
        command.upgrade(migrate._config(connection=connection), TROUBLES_IN_WORDS)
        saved.fill(connection, rows)
    migrate.upgrade(opened)
    with opened.reading() as session:
        read = [session.get_one(IssuanceRequest, UUID(row["id"])) for row in (first, second, third)]
        assert [each.representative for each in read] == [row["representative"] for row in (first, second, third)]
        assert [each.mandate.kind for each in read if each.mandate] == ["representative", "representative", "guardian"]
        assert read[0].mandate_id == read[1].mandate_id
        asked = {(each.granted_by, each.ended_because, each.body_id) for each in session.scalars(sa.select(Mandate))}
        assert asked == {("", None, None)}, "0059: nobody asked who gave it"
        assert session.scalar(sa.select(sa.func.count()).select_from(Mandate)) == 2
    opened.engine.dispose()


@pytest.mark.parametrize("before", [each for each in EARLIER if each < "0037"])
def test_its_blanks_lie_where_they_lay_by_an_opening_move(upgraded: Database, before: str) -> None:
    was = {UUID(row["id"]): row for row in saved.saved(before)["blank"]}
    with upgraded.reading() as session:
        look = Look(session, Office(Settings(), upgraded, FixedClock(NOON)), SYSTEM)
        assert accounts.wrong(look) == []
        moves = {move.blank_id: move for move in session.scalars(sa.select(StockMove))}
        for blank in session.scalars(sa.select(Blank)):
            place = session.get_one(Place, blank.place_id)
            assert (place.kind, blank.state) == (was[blank.id]["state"], was[blank.id]["state"])
            assert place.station_id == (blank.station_id if blank.state == "at_station" else None)
            assert (moves[blank.id].to_id, moves[blank.id].why, blank.moved) == (place.id, "opening", 1)
        station = session.scalars(sa.select(Station)).first()
    office = Office(Settings(), upgraded, FixedClock(NOON))
    office.event_key = EVENT_KEY
    with office.act(SYSTEM) as act:
        free = sa.select(Blank.serial).where(Blank.state == "at_station", Blank.station_id == station.id)
        free = free.where(~sa.exists().where(StackCard.blank_id == Blank.id))  # a stack is counted first
        handing.take_out(act, act.session.get_one(Station, station.id), act.session.scalars(free.limit(2)).all())
    with office.reading() as look:
        assert accounts.wrong(look) == []


def test_its_requests_keep_their_rules(upgraded: Database) -> None:
    with upgraded.reading() as session:
        requests = session.scalars(sa.select(IssuanceRequest)).all()
        assert len(requests) == len(saved.saved(TROUBLES_IN_WORDS)["request"])
        assert {rules_of(request).document_type for request in requests} == {"RP-R"}


def test_its_jobs_carry_the_lodging_day_and_when_they_were_made_or_spoiled(upgraded: Database) -> None:
    ending = sa.select(AuditSubject.subject_id, AuditEvent.at).join(AuditEvent)
    with upgraded.reading() as session:
        jobs = session.scalars(sa.select(PrintJob)).all()
        ended = dict(
            session.execute(ending.where(AuditEvent.act.in_(("job.done", "job.spoiled", "job.resolved")))).all()
        )
    assert all(job.lodged_on == job.document.request.lodged_on for job in jobs)
    assert all(job.turn_id == job.id and job.document.request.party_id is None for job in jobs)
    carried = {job.id: job.ended_at for job in jobs if job.state in JOBS_MADE}
    assert carried
    assert carried == {key: ended[key] for key in carried}
    assert all(job.ended_at is None for job in jobs if job.id not in carried)


@pytest.mark.parametrize("before", ["0006", "0014"])
def test_of_two_valid_documents_the_newest_holds_the_place(empty_database_url: str, before: str) -> None:
    """An earlier release let a permit and a TID of one person be valid together: both stay, one holds the place."""
    opened = Database(empty_database_url)
    rows = saved.saved(before)
    older = next(row for row in rows["document"] if row["state"] == "valid")
    later = next(row for row in rows["document"] if row["state"] == "prepared" and row["id"] > older["id"])
    later |= {"state": "valid", "person_id": older["person_id"], "document_type": "TID"}
    with opened.engine.connect().execution_options(liman_writes=True) as connection, connection.begin():
        command.upgrade(migrate._config(connection=connection), before)
        saved.fill(connection, rows)
    migrate.upgrade(opened)
    valid = sa.select(Document).where(Document.state == "valid")
    with opened.reading() as session:
        places = {row.id.hex: row.exclusive for row in session.scalars(valid)}
    assert places == {older["id"]: f"aside {older['document_type']}", later["id"]: "residence"}
    opened.engine.dispose()


def test_what_was_issued_keeps_what_it_says_when_its_person_is_changed(upgraded: Database) -> None:
    """0018 keeps no version: the first change keeps what the register said, for everything that was decided before."""
    office = Office(Settings(), upgraded, FixedClock(NOON))
    office.event_key = EVENT_KEY
    with office.act(SYSTEM) as act:
        decided = act.session.scalars(sa.select(IssuanceRequest).where(IssuanceRequest.state == "delivered")).first()
        assert decided is not None
        assert decided.person_version is None
        said = decided.person.full_name
        people.change(act, decided.person, {"family_name": "Correct"}, Made("spelling"))
        act.record("person.spelling_confirmed", decided.person)
        key = decided.id
    with upgraded.reading() as session:
        request = session.get_one(IssuanceRequest, key)
        assert request.holder.full_name == said
        assert request.person.family_name == "Correct"


TEXTS = {
    "": ("none", "", True),
    "passport N004512873": ("passport", "N004512873", False),
    "Passport n1 23": ("passport", "N123", False),
    "valid passport N1": ("other_with_photo", "valid passport N1", False),
    "birth certificate": ("other_without_photo", "birth certificate", True),
}
"""What 0021 makes of a text, decided or not."""
UNDECIDED_TEXTS = TEXTS | {
    "pașaport N004512873": ("passport", "N004512873", False),
    "fără passport": ("none", "", True),
}
DECIDED_TEXTS = TEXTS | {
    "pașaport N004512873": ("other_without_photo", "pașaport N004512873", True),
    "fără passport": ("other_with_photo", "fără passport", False),
}


@pytest.mark.parametrize(("state", "texts"), [("complete", UNDECIDED_TEXTS), ("delivered", DECIDED_TEXTS)])
def test_texts_about_the_travel_document_become_a_choice(
    empty_database_url: str, state: str, texts: dict[str, tuple[str, str, bool]]
) -> None:
    """Of a document that may be there, what it says about its holder's identity stays what it was (E16)."""
    opened = Database(empty_database_url)
    rows = saved.saved(TROUBLES_IN_WORDS)
    for row, text in zip(rows["request"], texts, strict=False):
        row |= {"travel_document_shown": text, "state": state}
    with opened.engine.connect().execution_options(liman_writes=True) as connection, connection.begin():
        command.upgrade(migrate._config(connection=connection), TROUBLES_IN_WORDS)
        saved.fill(connection, rows)
    migrate.upgrade(opened)
    with opened.reading() as session:
        for row, expected in zip(rows["request"], texts.values(), strict=False):
            request = session.get_one(IssuanceRequest, UUID(row["id"]))
            kept = request.travel_document
            assert (kept.kind, kept.number, request.declared_identity) == expected
            assert (kept.state, request.person.other_nationalities) == ("", "")
    opened.engine.dispose()


@pytest.mark.parametrize("before", ["0056"])
def test_the_desks_addresses_count_as_before_and_wait_for_no_code(upgraded: Database, before: str) -> None:
    rows = {UUID(row["id"]): row for row in saved.saved(before)["contact"]}
    with upgraded.reading() as session:
        found = session.scalars(sa.select(Contact)).all()
    assert {contact.id for contact in found} == set(rows)
    for contact in found:
        assert (contact.code_until, contact.code_digest) == (None, "")
        assert contact.mandate_id is None
        assert str(contact.given_by) == str(UUID(rows[contact.id]["given_by"]))
        assert (contact.withdrawn_at is None) == ("withdrawn_at" not in rows[contact.id])
    assert {contact.withdrawn_at is None for contact in found} == {True, False}, "one was changed before the upgrade"


@pytest.mark.parametrize("before", EARLIER)
def test_where_people_live_begins_with_what_was_said_and_no_day_is_invented(upgraded: Database, before: str) -> None:
    with upgraded.reading() as session:
        people = {person.id: person.address for person in session.scalars(sa.select(Person))}
        rows = list(session.scalars(sa.select(Residence).order_by(Residence.person_id, Residence.number)))
        made = set(session.scalars(sa.select(PersonVersion.made_at)))
    assert rows
    said = {UUID(key): found for key, found in addresses(saved.saved(before)).items() if found}
    assert {key: [row.text for row in mine] for key, mine in groupby(rows, key=lambda row: row.person_id)} == said
    assert {row.person_id: row.text for row in rows if row.ended_at is None} == {
        key: text for key, text in people.items() if text
    }
    for row in rows:
        assert (row.moved_on, row.moved_out_on, row.house_id, row.due_on) == (None, None, None, None)
        assert row.recorded_at is None or row.recorded_at in made
        assert (row.reported_on is None) == (row.recorded_at is None)
        assert row.reported_by != "kept" or row.recorded_at is None
