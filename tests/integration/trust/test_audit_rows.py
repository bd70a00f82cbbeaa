"""What acts leave of watched rows, proofs that go on where the last one ended, and registers of releases before."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from alembic import command
from sqlalchemy import select

from issuance import migrate, tasks
from issuance.actors import SYSTEM
from issuance.clock import FixedClock
from issuance.db import Database
from issuance.errors import Conflict
from issuance.models.audit import AuditEvent, AuditProof, AuditUnlinked, AuditWitness
from issuance.models.documents import Document
from issuance.models.mandates import Mandate
from issuance.models.people import Person
from issuance.models.staff import Centre, RoleGiven, RoleName, Staff
from issuance.models.stock import Blank
from issuance.models.supply import Place
from issuance.office import Office
from issuance.services import roles
from issuance.services.roles import Term
from issuance.services.stock import places
from issuance.services.trust import audit_adoption, audit_events, audit_proofs, audit_rows
from issuance.services.trust.audit_adoption import FILLED
from issuance.services.trust.audit_walk import MOST, Walk
from issuance.settings import Settings
from issuance.states import BlankState
from tests.background import queued
from tests.people import EVENT_KEY, NOON, Case, SmallOffice
from tests.registers import saved

CLERK = "clerk@test.example"


@pytest.fixture(autouse=True)
def without_haste(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test is judged by how much is done within a second."""
    monkeypatch.setattr(tasks, "SLICE", 600.0)


def walked(office: Office, walk: Walk | None = None) -> Walk:
    """A proof, step by step, each as another process would go on with it."""
    walk, more = walk or audit_proofs.begin(), True
    while more:
        with office.reading() as look:
            more = audit_proofs.step(look, walk)
        walk = Walk(**json.loads(json.dumps(walk.as_json())))
    return walk


def found(office: Office) -> list[str]:
    return [f"{each.kind} {each.column} {each.fault}" for each in walked(office).findings()]


def newest(office: Office, kind: str, key: object) -> AuditWitness:
    """The last witness of a row."""
    with office.reading() as look:
        mine = select(AuditWitness).where(AuditWitness.kind == kind, AuditWitness.subject_id == key)
        return look.session.scalars(mine.order_by(AuditWitness.number.desc())).first()  # type: ignore[return-value]


def test_codes_and_ids_are_in_clear_and_nothing_else(office: SmallOffice, checked: Case) -> None:
    said = newest(office, "document", checked.document_id).says
    assert said["state"] == "checked"
    assert said["request_id"] == str(checked.request_id)
    assert said["state_by"] == str(office.actors["quality_officer"].id)
    assert len(said["number"]) == 2 * 16
    with office.reading() as look:
        person = look.session.scalars(select(Person)).one()
        everything = json.dumps(look.session.scalars(select(AuditWitness.says)).all(), ensure_ascii=False)
    for secret in (person.family_name, person.birth_date, person.address, checked.number, "argon2", CLERK, "clerk"):
        assert secret not in everything


def test_equal_values_of_two_rows_are_not_told(office: SmallOffice) -> None:
    with office.reading() as look:
        says = look.session.scalars(select(AuditWitness.says).where(AuditWitness.kind == "blank")).all()
        stocks = set(look.session.scalars(select(Blank.stock)))
    assert len({said["stock"] for said in says}) == len(says) > len(stocks)


def test_two_acts_at_once_leave_what_both_wrote(office: SmallOffice) -> None:
    """The second read the row before the first changed it, and writes another column."""
    with office.database.reading() as session:
        stale = session.scalars(select(Staff).where(Staff.email == CLERK)).unique().one()
    with office.act(SYSTEM) as act:
        act.session.get_one(Staff, stale.id).active = False
        act.record("account.login_changed")
    with office.act(SYSTEM) as act:
        kept = act.session.merge(stale, load=False)
        kept.password = "another"
        act.record("account.login_changed")
    assert found(office) == []
    assert newest(office, "staff", stale.id).says["active"] in (False, 0)


def test_a_role_given_by_an_act_is_witnessed_and_one_changed_by_hand_is_not(office: SmallOffice) -> None:
    with office.act(SYSTEM) as act:
        account = act.session.scalars(select(Staff).where(Staff.email == CLERK)).unique().one()
        roles.give(act, account, Term(RoleName.OPERATOR, act.clock.today()))
    assert found(office) == []
    with office.database.transaction() as session:
        session.execute(sa.update(RoleGiven).where(RoleGiven.role == "operator").values(role="auditor"))
    assert found(office) == ["role_given role row-changed"] * 2


def test_a_row_deleted_by_an_act_is_gone_and_may_not_come_back(office: SmallOffice) -> None:
    with office.act(SYSTEM) as act:
        place = places.of_centre(act, BlankState.FOUND, office.station.centre_id)
        act.record("stock.loaded", place)
    with office.act(SYSTEM) as act:
        place = act.session.get_one(Place, place.id)
        values = {column.key: getattr(place, column.key) for column in Place.__table__.columns}
        act.session.delete(place)
        act.record("stock.loaded", place)
    assert newest(office, "place", place.id).says is None
    assert found(office) == []
    with office.database.transaction() as session:
        session.execute(sa.insert(Place).values(values))
    assert found(office) == ["place  row-unwitnessed"]


def test_a_witness_of_another_row_or_time_does_not_pass(office: SmallOffice, checked: Case) -> None:
    """Who changes a row back to what an earlier witness says must forge an event or a witness: both are named."""
    with office.database.transaction() as session:
        session.execute(sa.update(Document).values(state="prepared"))
        early = select(AuditWitness).where(AuditWitness.kind == "document", AuditWitness.number == 1)
        witness = session.scalars(early).one()
        last = session.scalars(select(AuditWitness.number).where(AuditWitness.kind == "document")).all()
        session.add(
            AuditWitness(
                kind="document",
                subject_id=witness.subject_id,
                number=max(last) + 1,
                event_id=witness.event_id,
                says=witness.says,
            )
        )
    assert "audit_event  event-forged" in found(office)


def test_many_differences_are_counted_and_some_named(office: SmallOffice) -> None:
    with office.database.transaction() as session:
        session.execute(sa.update(Blank).values(stock="other"))
    walk = walked(office)
    assert walk.faults == 76
    assert len(walk.findings()) == MOST
    assert walk.unnamed() == {"blank row-changed": 76 - MOST}


def test_small_batches_find_the_same(office: SmallOffice, checked: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = walked(office)
    for module in (audit_events, audit_rows):
        monkeypatch.setattr(module, "BATCH", 2)
    again = walked(office)
    assert (again.events, again.rows, again.faults) == (whole.events, whole.rows, 0)


def prove(office: Office, *, whole: bool) -> AuditProof:
    """Ask for a proof, and have it made as the background thread does."""
    with office.act(SYSTEM) as act:
        key = audit_proofs.ask(act, whole=whole).id
    tasks.prove_audit(office, str(key))
    with office.reading() as look:
        return look.session.get_one(AuditProof, key)


def on_disk(office: SmallOffice, var: Path) -> Office:
    """The same register as an office with its own folder for keys and heads."""
    opened = Office(Settings(var=var), office.database, office.clock)
    opened.event_key = office.event_key
    return opened


def test_a_proof_goes_on_where_the_last_sound_one_ended(office: SmallOffice, checked: Case, tmp_path: Path) -> None:
    real = on_disk(office, tmp_path)
    tasks.link_audit(real)
    first = Walk(**prove(real, whole=False).walk)
    assert first.whole, "nothing was proved before"
    tasks.link_audit(real)
    second = Walk(**prove(real, whole=False).walk)
    assert (second.whole, second.faults) == (False, 0)
    assert second.events < first.events
    assert second.rows == first.rows
    assert Walk(**prove(real, whole=True).walk).events > first.events


def test_a_sound_proof_by_hand_moves_no_start(office: SmallOffice, tmp_path: Path) -> None:
    real = on_disk(office, tmp_path)
    tasks.link_audit(real)
    key = prove(real, whole=True).id
    with office.database.transaction() as session:
        proof = session.get_one(AuditProof, key)
        proof.walk = proof.walk | {"reached": {"office": [99, "0" * 64]}}
    assert prove(real, whole=False).whole


def test_one_proof_at_a_time(office: SmallOffice) -> None:
    with office.act(SYSTEM) as act:
        audit_proofs.ask(act, whole=True)
    with pytest.raises(Conflict, match="under way"), office.act(SYSTEM) as act:
        audit_proofs.ask(act, whole=True)
    with office.reading() as look:
        assert len(look.session.scalars(select(AuditProof)).all()) == 1


def test_a_long_proof_gives_the_others_their_turn(office: SmallOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    with office.act(SYSTEM) as act:
        key = audit_proofs.ask(act, whole=True).id
    monkeypatch.setattr(tasks, "SLICE", 0.0)
    tasks.prove_audit(office, str(key))
    with office.reading() as look:
        walk = audit_proofs.walk_of(look, key)
        waiting = [task.args for task in queued(look.session, office.clock.now()) if task.name == "prove-audit"]
    assert walk is not None
    assert walk.todo
    assert {"proof_id": str(key)} in waiting


# Registers of releases before


@pytest.fixture
def older(empty_database_url: str, tmp_path: Path) -> Iterator[Office]:
    """A register that a release before filled, brought to this one."""
    with upgraded(empty_database_url, tmp_path, "0004", saved.saved("0004")) as office:
        yield office


@contextmanager
def upgraded(url: str, var: Path, before: str, rows: dict[str, list[dict[str, Any]]]) -> Iterator[Office]:
    """These rows of the release `before`, brought to this one."""
    database = Database(url)
    with database.engine.connect().execution_options(liman_writes=True) as connection, connection.begin():
        command.upgrade(migrate._config(connection=connection), before)
        saved.fill(connection, rows)
    migrate.upgrade(database)
    yield Office(Settings(var=var), database)
    database.engine.dispose()


def witness_all(office: Office) -> None:
    """As the background thread does, and once more."""
    tasks.link_audit(office)
    tasks.witness_rows(office)
    tasks.witness_rows(office)
    tasks.sign_heads(office)


def test_rows_of_a_release_before_are_to_come_and_then_a_fault(older: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit_adoption, "BATCH", 7)
    before = walked(older)
    assert (before.faults, before.to_come > 100, before.rows) == (0, True, before.to_come)
    witness_all(older)
    after = walked(older)
    assert (after.findings(), after.to_come, after.rows) == ([], 0, before.rows)
    with older.database.transaction() as session:
        session.execute(sa.update(Document).values(attempt_reason="other", chip_uid=None))
        session.add(Centre(code="new", name="New"))
    assert {"document chip_uid row-changed", "centre  row-unwitnessed"} == set(found(older))


def test_an_event_without_a_mac_is_forged_once_all_is_witnessed(older: Office) -> None:
    def add(key: object) -> None:
        with older.database.transaction() as session:
            at = older.clock.now()
            session.add(AuditEvent(id=key, at=at, act="account.added", actor_kind="system", details={}))
            session.flush()
            session.add(AuditUnlinked(event_id=key))

    add(uuid4())
    witness_all(older)
    assert found(older) == []
    add(uuid4())
    assert found(older) == ["audit_event  event-forged"]
    tasks.link_audit(older)
    assert found(older) == ["link  event-forged"]


def test_what_was_witnessed_once_is_not_again(older: Office) -> None:
    witness_all(older)
    with older.database.transaction() as session:
        session.add(Centre(code="new", name="New"))
    witness_all(older)
    assert found(older) == ["centre  row-unwitnessed"]


def test_rows_that_a_migration_made_later_are_witnessed_once_more(empty_database_url: str, tmp_path: Path) -> None:
    """Everything was witnessed since the founding; the upgrade makes a mandate of each representative."""
    rows = saved.saved("0014")
    for row in rows["request"]:
        row["representative"] = "Popa Ana (mother)"
    with upgraded(empty_database_url, tmp_path, "0014", rows) as office:
        office.event_key, office.clock = EVENT_KEY, FixedClock(NOON)
        before = walked(office)
        assert (of_mandates(before), before.pending, before.to_come > 0) == ([], list(FILLED), True)
        witness_all(office)
        after = walked(office)
        assert (of_mandates(after), after.pending, after.legacy) == ([], [], before.legacy)
        with office.database.transaction() as session:
            mandate = session.scalars(select(Mandate)).first()
            assert mandate is not None
            made = {name: getattr(mandate, name) for name in (*Mandate.WITNESSED, "given_at")}
            session.add(Mandate(**made))
        assert of_mandates(walked(office)) == ["mandate  row-unwitnessed"]


def of_mandates(walk: Walk) -> list[str]:
    """What a proof says of mandates; keys and certificates of a saved register are left out of it."""
    return [f"{each.kind} {each.column} {each.fault}" for each in walk.findings() if each.kind == "mandate"]
