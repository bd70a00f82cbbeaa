"""Events are written with their act; a chain that was touched is found, and the first fault is named."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import delete, event, insert, select, text, update
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from issuance import acts
from issuance.actors import SYSTEM, Actor
from issuance.acts import Act, Detail, Look
from issuance.clock import FixedClock
from issuance.db import Database, uuid7
from issuance.models.audit import AuditEvent, AuditLink, AuditSubject, AuditUnlinked
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import Centre
from issuance.office import Office
from issuance.services.trust import audit_chain, audit_heads, audit_proofs, events
from issuance.services.trust.audit_walk import Walk
from issuance.settings import Settings, heads_file, key_file
from tests.fixtures.databases import on_sqlite
from tests.integration.rows import a_centre, a_request

CLERK = Actor(id=uuid4(), roles=frozenset({"clerk"}))


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(dt.datetime(2026, 3, 2, 9, 30, 0, 123456, tzinfo=dt.UTC))


@pytest.fixture
def office(database: Database, clock: FixedClock, tmp_path: Path) -> Office:
    """An office on this register, with keys and a file of heads of its own."""
    return Office(Settings(var=tmp_path), database, clock)


@pytest.fixture
def heads(office: Office) -> Path:
    return heads_file(office.settings)


def link(office: Office) -> int:
    """Chain a batch of events."""
    with office.upkeep() as look:
        return audit_chain.link(look).events


def write(act: Act, clock: FixedClock, subject: Any, count: int = 1, **details: Detail) -> AuditEvent:
    """`count` events about `subject`, a second apart; the last."""
    for number in range(count):
        written = act.record(f"act.{number + 1}", subject, centre_id=subject.id, **details)
        clock.advance(dt.timedelta(seconds=1))
    return written


def link_and_sign(office: Office) -> None:
    while link(office):
        pass
    with office.reading() as look:
        audit_heads.sign(look)


def walked(office: Office, walk: Walk | None = None) -> Walk:
    """A proof, step by step; each step could be another process's."""
    walk, more = walk or audit_proofs.begin(), True
    while more:
        with office.reading() as look:
            more = audit_proofs.step(look, walk)
        walk = Walk(**json.loads(json.dumps(walk.as_json())))
    return walk


def verify(office: Office) -> tuple[int, list[str]]:
    """How many events a proof looked at, and what it found."""
    walk = walked(office)
    return walk.events, [finding.sentence() for finding in walk.findings()]


@pytest.fixture
def centre(database: Database) -> Centre:
    with database.transaction() as session:
        return a_centre(session)


@pytest.fixture
def linked(office: Office, clock: FixedClock, centre: Centre) -> str:
    """Six events of one centre, linked and signed; the name of the chain."""
    with office.act(CLERK) as act:
        write(act, clock, centre, 6, note="code")
    link_and_sign(office)
    return str(centre.id)


# Writing


def test_an_event_says_who_where_what_and_on_which_rows(office: Office, database: Database, clock: FixedClock) -> None:
    with database.transaction() as session:
        request = a_request(session)
    officer = Actor(id=uuid4(), centre_id=request.centre_id, reason="transfer of the case")
    with office.act(officer) as act:
        request = act.session.get_one(IssuanceRequest, request.id)
        subjects = [request, request.person, request]
        at = clock.now()
        act.record("request.lodged", *subjects, count=2, blank=request.id)
    with database.reading() as session:
        found = session.scalars(select(AuditEvent)).one()
        assert (found.at, found.act, found.actor_id, found.actor_kind) == (at, "request.lodged", officer.id, "staff")
        assert (found.centre_id, found.reason) == (request.centre_id, "transfer of the case")
        assert found.details == {"count": 2, "blank": str(request.id)}
        named = {(subject.kind, subject.subject_id) for subject in found.subjects}
        assert named == {("request", request.id), ("person", request.person_id)}
        assert len(found.subjects) == 2


def test_an_event_and_its_act_stand_or_fall_together(
    office: Office, database: Database, clock: FixedClock, centre: Centre
) -> None:
    def interrupted() -> None:
        with office.act(CLERK) as act:
            write(act, clock, centre)
            raise LookupError

    with pytest.raises(LookupError):
        interrupted()
    with database.reading() as session:
        assert session.scalars(select(AuditEvent)).all() == []


def test_a_row_made_in_the_same_act_can_be_its_subject(office: Office) -> None:
    with office.act(SYSTEM) as act:
        centre = Centre(code="new", name="New")
        act.session.add(centre)
        act.record("centre.opened", centre)
    with office.reading() as look:
        assert [found.act for found in events.life_line(look, centre.id)] == ["centre.opened"]


@on_sqlite
@pytest.mark.parametrize("value", [None, 1.5, dt.date(1990, 1, 1), ["AHMAD"], {"name": "AHMAD"}, b"x"])
def test_a_detail_that_is_no_id_code_or_count_is_refused(office: Office, value: Any) -> None:
    with office.act(SYSTEM) as act, pytest.raises(TypeError, match="audit detail found") as caught:
        act.record("act", found=value)
    assert "AHMAD" not in str(caught.value)


def test_a_life_line_is_in_order_and_of_one_subject(office: Office, clock: FixedClock) -> None:
    with office.act(CLERK) as act:
        mine, other = a_centre(act.session), a_centre(act.session)
        write(act, clock, mine, 3)
        write(act, clock, other, 2)
    with office.reading() as look:
        line = events.life_line(look, mine.id)
        assert [found.act for found in line] == ["act.1", "act.2", "act.3"]
        assert [found.at for found in line] == sorted(found.at for found in line)


# Linking


def test_untouched_chains_are_found_unbroken(
    office: Office, database: Database, clock: FixedClock, linked: str
) -> None:
    with office.act(CLERK) as act:
        write(act, clock, a_centre(act.session), 3)
    with office.act(SYSTEM) as act:
        act.record("rules.published")
    link_and_sign(office)
    assert verify(office) == (10, [])
    with database.reading() as session:
        chains = session.scalars(select(AuditLink.chain).distinct()).all()
        assert len(chains) == 3
        assert {linked, "office"} < set(chains)


def test_digest_is_sha256_over_the_documented_json(database: Database, centre: Centre, linked: str) -> None:
    with database.reading() as session:
        links = session.scalars(select(AuditLink).order_by(AuditLink.position)).all()
        found = session.get_one(AuditEvent, links[1].event_id)
    said = (
        f'{{"act":"act.2","actor":["staff","{CLERK.id}"],"at":"2026-03-02T09:30:01.123456+00:00",'
        f'"centre":"{centre.id}","chain":"{linked}","details":{{"note":"code"}},"id":"{found.id}",'
        f'"mac":"{found.mac}","position":2,'
        f'"previous":"{links[0].digest}","reason":"","subjects":[["centre","{centre.id}"]]}}'
    )
    assert links[1].digest == hashlib.sha256(said.encode()).hexdigest()
    assert [(link.position, link.previous) for link in links[:2]] == [(1, ""), (2, links[0].digest)]


def test_what_is_not_linked_yet_is_reported_apart(
    office: Office, clock: FixedClock, linked: str, centre: Centre
) -> None:
    oldest = clock.now()
    with office.act(CLERK) as act:
        write(act, clock, centre, 2)
    walk = walked(office)
    assert (walk.events, walk.faults, walk.waiting, walk.oldest) == (8, 0, 2, oldest.isoformat())


def test_batches_follow_each_other(
    office: Office, clock: FixedClock, centre: Centre, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_chain, "BATCH", 4)
    with office.act(CLERK) as act:
        write(act, clock, centre, 10)
    assert [link(office) for _ in range(4)] == [4, 4, 2, 0]
    link_and_sign(office)
    assert verify(office) == (10, [])


def test_every_waiting_event_is_linked_whatever_its_key(
    office: Office, linked: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    newest = uuid7()
    for key in (UUID(int=newest.int + (3_600_000 << 80)), UUID(int=newest.int - (3_600_000 << 80)), newest):
        monkeypatch.setattr(acts, "uuid7", lambda key=key: key)
        with office.act(CLERK) as act:
            act.record("late")
        link_and_sign(office)
    assert verify(office) == (9, [])


def test_several_processes_link_at_once(
    office: Office, database_url: str, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_chain, "BATCH", 7)
    with office.act(CLERK) as act:
        for centre in [a_centre(act.session) for _ in range(3)]:
            write(act, clock, centre, 20)

    def link_all(_: int) -> None:
        own = Database(database_url)
        for _turn in range(12):
            link(Office(office.settings, own))
        own.engine.dispose()

    with ThreadPoolExecutor(3) as processes:
        list(processes.map(link_all, range(3)))
    link_and_sign(office)
    assert verify(office) == (60, [])


# Tampering: each with the link that must be named


@contextmanager
def tampered(database: Database, *acts: Callable[[Connection], Any]) -> Iterator[Connection]:
    """What somebody with all rights on the database does, past every constraint; undone unless committed."""
    with database.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            connection.connection.dbapi_connection.execute("PRAGMA foreign_keys=OFF")  # type: ignore[union-attr]
        else:
            connection.execute(text("SET session_replication_role = replica"))
        for act in acts:
            act(connection)
        yield connection
        connection.invalidate()


def tamper(database: Database, *acts: Callable[[Connection], Any]) -> None:
    with tampered(database, *acts) as connection:
        connection.commit()


def at(position: int) -> Any:
    """The event id of a link."""
    return select(AuditLink.event_id).where(AuditLink.position == position).scalar_subquery()


def delete_event(connection: Connection) -> None:
    connection.execute(delete(AuditSubject).where(AuditSubject.event_id == at(3)))
    connection.execute(delete(AuditEvent).where(AuditEvent.id == at(3)))


def delete_event_and_link(connection: Connection) -> None:
    delete_event(connection)
    connection.execute(delete(AuditLink).where(AuditLink.position == 3))


def swap_events(connection: Connection) -> None:
    ids = [connection.scalar(select(at(position))) for position in (3, 4)]
    connection.execute(update(AuditLink).where(AuditLink.position == 3).values(event_id=uuid4()))
    connection.execute(update(AuditLink).where(AuditLink.position == 4).values(event_id=ids[0]))
    connection.execute(update(AuditLink).where(AuditLink.position == 3).values(event_id=ids[1]))


def swap_places(connection: Connection) -> None:
    for start, end in ((3, 99), (4, 3), (99, 4)):
        connection.execute(update(AuditLink).where(AuditLink.position == start).values(position=end))


def cut_tail(connection: Connection) -> None:
    for position in (5, 6):
        connection.execute(delete(AuditEvent).where(AuditEvent.id == at(position)))
    connection.execute(delete(AuditLink).where(AuditLink.position >= 5))


def change(**values: Any) -> Callable[[Connection], Any]:
    return lambda connection: connection.execute(update(AuditEvent).where(AuditEvent.id == at(3)).values(**values))


def insert_subject(connection: Connection) -> None:
    row = {"id": uuid7(), "event_id": connection.scalar(select(at(3))), "kind": "person", "subject_id": uuid4()}
    connection.execute(AuditSubject.__table__.insert().values(row))  # type: ignore[attr-defined]


WAYS: dict[str, tuple[Callable[[Connection], Any], str]] = {
    "act changed": (change(act="other"), "3: event .* is not what was linked"),
    "time changed": (change(at=dt.datetime(2026, 3, 1, tzinfo=dt.UTC)), "3: event .* is not what was linked"),
    "actor changed": (change(actor_id=uuid4()), "3: event .* is not what was linked"),
    "reason changed": (change(reason="other"), "3: event .* is not what was linked"),
    "details changed": (change(details={"note": "edoc"}), "3: event .* is not what was linked"),
    "centre removed": (change(centre_id=None), "3: event .* is not what was linked"),
    "subject added": (insert_subject, "3: event .* is not what was linked"),
    "subject changed": (
        lambda connection: connection.execute(
            update(AuditSubject).where(AuditSubject.event_id == at(3)).values(subject_id=uuid4())
        ),
        "3: event .* is not what was linked",
    ),
    "subject removed": (
        lambda connection: connection.execute(delete(AuditSubject).where(AuditSubject.event_id == at(3))),
        "3: event .* is not what was linked",
    ),
    "event deleted": (delete_event, "3: its event .* was deleted"),
    "link deleted": (
        lambda connection: connection.execute(delete(AuditLink).where(AuditLink.position == 3)),
        "3: the link is missing",
    ),
    "event and link deleted": (delete_event_and_link, "3: the link is missing"),
    "first deleted": (
        lambda connection: connection.execute(delete(AuditLink).where(AuditLink.position == 1)),
        "1: the link is missing",
    ),
    "events swapped": (swap_events, "3: event .* is not what was linked"),
    "order changed": (swap_places, "3 does not follow the link before it"),
    "digest changed": (
        lambda connection: connection.execute(update(AuditLink).where(AuditLink.position == 3).values(digest="0" * 64)),
        "3: event .* is not what was linked",
    ),
    "tail cut": (cut_tail, "6: this link was signed and is missing"),
    "all deleted": (lambda connection: connection.execute(delete(AuditLink)), "6: this link was signed and is missing"),
}


def test_tampering_is_found_and_named(office: Office, database: Database, linked: str) -> None:
    for way, (way_of, fault) in WAYS.items():
        assert verify(office) == (6, [])
        walk, more = audit_proofs.begin(), True
        with tampered(database, way_of) as connection, Session(connection) as session:
            while more:
                more = audit_proofs.step(Look(session, office, SYSTEM), walk)
        found = [finding.sentence() for finding in walk.findings()]
        assert any(re.search(f"^link {linked} {fault}", sentence) for sentence in found), (way, found)


def test_a_chain_written_anew_does_not_match_what_was_signed(office: Office, database: Database, linked: str) -> None:
    def unlink(connection: Connection) -> None:
        waiting = [{"event_id": key} for key in connection.scalars(select(AuditLink.event_id))]
        connection.execute(delete(AuditLink))
        connection.execute(insert(AuditUnlinked), waiting)

    tamper(database, change(act="other"), unlink)
    assert link(office) == 6
    anew = f"link {linked} 6 is not the link that was signed: the chain was written anew."
    assert anew in verify(office)[1]
    link_and_sign(office)
    _, found = verify(office)
    assert anew in found
    assert re.search(rf"link {linked} 3: event \S+ does not carry the MAC", "\n".join(found))


def test_a_tail_replaced_by_a_longer_one_is_found(
    office: Office, database: Database, clock: FixedClock, linked: str, centre: Centre
) -> None:
    tamper(database, cut_tail)
    with office.act(CLERK) as act:
        write(act, clock, centre, 4)
    link_and_sign(office)
    assert verify(office)[1] == [f"link {linked} 6 is not the link that was signed: the chain was written anew."]


# The file of heads


def test_a_line_says_which_head_was_signed_when(office: Office, database: Database, heads: Path, linked: str) -> None:
    entry = json.loads(heads.read_text())
    signature = bytes.fromhex(entry.pop("signature"))
    signed = json.dumps(entry, sort_keys=True, separators=(",", ":")).encode()
    key = Ed25519PrivateKey.from_private_bytes(key_file(office.settings, "audit"))
    key.public_key().verify(signature, b"liman audit heads\n" + signed)
    with database.reading() as session:
        digest = session.scalars(select(AuditLink.digest).where(AuditLink.position == 6)).one()
    assert entry == {"at": "2026-03-02T09:30:06.123456+00:00", "heads": {linked: {"position": 6, "digest": digest}}}


def test_heads_that_did_not_move_are_not_signed_again(
    office: Office, heads: Path, clock: FixedClock, linked: str, centre: Centre
) -> None:
    before = heads.read_bytes()
    with office.reading() as look:
        assert not audit_heads.sign(look)
    assert heads.read_bytes() == before
    with office.act(CLERK) as act:
        write(act, clock, centre)
    link_and_sign(office)
    assert heads.read_bytes().startswith(before)
    assert heads.read_bytes().count(b"\n") == 2


CHANGES = [(b'"position":6', b'"position":5'), (b'"at":"2026', b'"at":"2027'), (b'{"at"', b'["at"'), (b"{", b"\xff{")]
NO_LINES = [b"{}", b"null", b"[]", b'{"signature":1}', b'{"signature":"zz"}', b'"text"', b""]


def test_a_changed_line_is_found(office: Office, heads: Path, linked: str) -> None:
    whole = heads.read_bytes()
    for old, new in CHANGES:
        heads.write_bytes(whole.replace(old, new, 1))
        assert "heads.jsonl byte 0: the line does not carry" in verify(office)[1][0], new
    for line in NO_LINES:
        heads.write_bytes(whole + line + b"\n")
        assert f"heads.jsonl byte {len(whole)}: the line does not carry" in verify(office)[1][0], line


def test_heads_signed_by_another_office_are_found(office: Office, linked: str) -> None:
    (office.settings.var / "keys" / "audit").write_bytes(bytes(32))
    assert "does not carry the signature of this office" in verify(office)[1][0]


def test_a_missing_file_of_heads_is_found(office: Office, clock: FixedClock, heads: Path, linked: str) -> None:
    heads.unlink()
    assert verify(office) == (6, [])  # it may just have begun
    clock.advance(dt.timedelta(minutes=2))
    assert verify(office)[1] == [f"chain {linked}: no head is signed, the file of heads is missing or was cut."]


def test_an_empty_register_has_nothing_to_break(office: Office) -> None:
    link_and_sign(office)
    assert verify(office) == (0, [])


def test_a_line_that_was_never_finished_does_not_count(
    office: Office, heads: Path, clock: FixedClock, linked: str, centre: Centre
) -> None:
    whole = heads.read_bytes()
    heads.write_bytes(whole + whole[:40])
    assert verify(office) == (6, [])
    with office.act(CLERK) as act:
        write(act, clock, centre)
    link_and_sign(office)
    assert verify(office) == (7, [])
    assert heads.read_bytes().startswith(whole + b'{"at"')


def test_linking_does_not_look_through_the_whole_history(office: Office, database: Database, linked: str) -> None:
    asked: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        asked.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    link(office)
    assert not any("audit_event LEFT" in statement for statement in asked)


@on_sqlite
def test_an_event_that_cannot_be_read_keeps_no_other_waiting(office: Office, clock: FixedClock, linked: str) -> None:
    with office.act(CLERK) as act:
        for name in ("before", "broken", "after"):
            act.record(name)
    with office.database.transaction() as session:
        session.execute(text("UPDATE audit_event SET details = 'none' WHERE act = 'broken'"))
    link_and_sign(office)
    with office.database.reading() as session:
        unlinked = session.scalars(select(AuditEvent.act).where(AuditEvent.id.not_in(select(AuditLink.event_id)))).all()
    assert unlinked == ["broken"]
    assert verify(office)[1] == ["outside: a value cannot be read, and what follows it was not looked at."]
