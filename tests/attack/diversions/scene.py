"""A register with a day behind it, on which a diversion is played, and what the office says of it in the evening.

The evening is the product's own: events linked and heads signed, the ledger added up, the audit proved wholly, the day
as the supervisor would close it, and the lists of what waits for somebody. What an untouched register says is left out.
"""

from __future__ import annotations

import datetime as dt
import pickle
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from issuance import tasks
from issuance.acts import Look
from issuance.clock import FixedClock
from issuance.db import Database
from issuance.errors import Conflict, LimanError
from issuance.models.documents import Document
from issuance.models.production import PrintJob
from issuance.models.staff import Station
from issuance.services import centres
from issuance.services.casework import entitlements, overrides
from issuance.services.counts import closing
from issuance.services.counts.differences import Name
from issuance.services.lists import number
from issuance.services.production import contradictions
from issuance.services.stock import rejects
from issuance.services.trust import audit_heads, audit_proofs
from issuance.vault import VaultError
from tests.fixtures.databases import Server
from tests.fixtures.postgres import TEMPLATE
from tests.integration.life.test_retention import second_administrator
from tests.integration.supply.test_deliveries import announce
from tests.integration.supply.test_deliveries import count as count_box
from tests.people import LAYLA, NOON, Case, Memory, SmallOffice, changed

_numbers = count(1)
TID = {"document_type": "TID", "status": "applicant", "decision_number": "", "decision_date": None}
CONSTRAINT = re.compile(r"ck_\w+")


@dataclass(frozen=True)
class Ground:
    """A register to copy, what its office knows beside it, and its cases by how far they are."""

    template: str
    memory: bytes
    cases: Mapping[str, Case]
    usual: frozenset[str]


def someone(name: str, place: int, **changes: Any) -> Any:
    """The lodging of one more person."""
    return changed(LAYLA, given_names=name, native_name="", case_reference=f"2026/TM/{7100 + place}", **changes)


def compose(server: Server) -> Ground:
    """A day of work: one document handed over, one ready, one queued, one request complete; a box counted; closed."""
    name = f"template_diversions_{next(_numbers)}"
    server.create(name, TEMPLATE)
    database = Database(server.url(name))
    office = SmallOffice(database, FixedClock(NOON))
    second_administrator(office)
    cases = {"delivered": office.carry("checked", someone("Layla", 1))}
    office.hand_over(cases["delivered"].request_id, cases["delivered"].number)
    cases["ready"] = office.carry("checked", someone("Amina", 2))
    cases["queued"] = office.carry("queued", someone("Nour", 3, **TID))
    cases["complete"] = office.carry("complete", someone("Sara", 4))
    count_box(office, announce(office, "CT01 CT10"), "CT01 CT10")
    tasks.link_audit(office)
    tasks.prove_stock(office)
    with office.act(office.actors["supervisor"]) as act:
        closing.close(act, centres.named(act, "timisoara"), {})
    tasks.link_audit(office)
    office.clock.advance(dt.timedelta(days=1))
    memory = pickle.dumps(office.memory)
    database.engine.dispose()
    return Ground(name, memory, cases, frozenset(_untouched(server, name, memory)))


def _untouched(server: Server, template: str, memory: bytes) -> list[str]:
    with server.database(template) as url, opened(url, Ground(template, memory, {}, frozenset())) as scene:
        return scene.said()


def _something(column: sa.ColumnElement[Any], kinds: Mapping[type, Any]) -> Any:
    """A value for a column; moments are named `_at`."""
    return NOON if str(column.key).endswith("_at") else kinds.get(column.type.python_type, [])


def filled(table: sa.FromClause, **values: Any) -> dict[str, Any]:
    """A row of a table: these values, and something for every other column that wants one."""
    kinds = {str: "x", int: 1, bool: False, dt.date: NOON.date(), UUID: uuid4()}
    wanted = [column for column in table.c if not column.nullable and column.name not in values]
    made = {column.name: _something(column, kinds) for column in wanted}
    return made | values


@dataclass
class Scene:
    """One copy of the ground: who is there, what is refused while the diversion is played."""

    office: SmallOffice
    cases: Mapping[str, Case]
    usual: frozenset[str]
    refusals: list[str] = field(default_factory=list)

    def id_of(self, role: str) -> Any:
        return self.office.actors[role].id

    def write(self, *statements: Any) -> None:
        """The owner of the database writes, past keys of other tables and triggers."""
        with self.office.database.engine.connect() as connection:
            if connection.dialect.name == "sqlite":
                connection.connection.dbapi_connection.execute("PRAGMA foreign_keys=OFF")  # type: ignore[union-attr]
            else:
                connection.execute(sa.text("SET session_replication_role = replica"))
            for statement in statements:
                connection.execute(sa.text(statement) if isinstance(statement, str) else statement)
            connection.commit()
            connection.invalidate()

    def read(self, query: Any) -> Any:
        """One value, as the owner of the database reads it."""
        with self.office.database.engine.connect() as connection:
            return connection.execute(query).scalar_one()

    def refused(self, attempt: Callable[[], object]) -> None:
        """What is tried and must be refused, and by what."""
        try:
            attempt()
        except IntegrityError as error:
            named = CONSTRAINT.search(str(error.orig))
            self.refusals.append(f"refused by the database ({named[0] if named else 'a unique index'})")
        except (LimanError, VaultError) as error:
            self.refusals.append(f"refused ({type(error).__name__})")
        else:
            self.refusals.append("NOT REFUSED")

    def holds(self, number_: str) -> bool:
        """Whether a document with this number would be said to be valid, by the lists and by the page of police."""
        with self.office.reading() as look:
            row = look.session.scalar(sa.select(Document).where(Document.number == number_))
            return row is not None and row.state == "valid"

    def said(self) -> list[str]:
        """Everything that the office says in the evening."""
        works = (tasks.link_audit, tasks.sign_heads, tasks.hold_expired, tasks.prove_stock, tasks.link_audit)
        found = [trouble for work in works if (trouble := _trouble(work, self.office))]
        with self.office.reading() as look:
            found += ["readiness: the register lacks what was signed"] if _is_cut(look) else []
        with self.office.reading(self.office.actors["supervisor"]) as look:
            found += [*_of_the_day(look), *_lists(look)]
        return sorted({*found, *self.proved()})

    def proved(self) -> Iterator[str]:
        """What the whole proof of the audit finds: table, column and fault."""
        walk, more = audit_proofs.begin(), True
        while more:
            with self.office.reading() as look:
                more = audit_proofs.step(look, walk)
        for each in walk.findings():
            yield f"audit: {each.kind}{'.' if each.column else ''}{each.column} {each.fault}"

    def result(self) -> str:
        """The line of the table: what was refused, and what the evening says beside the usual."""
        said = [each for each in self.said() if each not in self.usual]
        return "; ".join([*dict.fromkeys(self.refusals), *said]) or "NOT NAMED"


def _trouble(work: Callable[[SmallOffice], object], office: SmallOffice) -> str:
    """Why a work of the background refuses to go on, as its page says; empty when it was done."""
    try:
        work(office)
    except Conflict as refusal:
        return f"background: {refusal}"
    return ""


def _is_cut(look: Look) -> bool:
    """As readiness sees it: a file of heads that cannot be read is not one that the register lacks something of."""
    try:
        return audit_heads.is_cut(look)
    except Conflict:
        return False


def _of_the_day(look: Look) -> Iterator[str]:
    """The differences with which the supervisor closes the day."""
    for each in closing.draft(look).differences:
        if each.name == Name.DAY_NOT_CLOSED:
            continue  # the days that a diversion let pass
        is_count = each.name in (Name.COUNT_DIFFERS, Name.NOT_COUNTED)
        about = each.about.rpartition(" ")[0] if is_count else each.about  # without the count's own id
        yield f"day: {each.name} {about} {each.count}".replace("  ", " ")
    if tested := closing.draft(look).tested:
        yield f"day: test prints {tested}"


def _lists(look: Look) -> Iterator[str]:
    """What waits for the supervisor or the auditor on pages of their own."""
    centre_id = look.actor.centre_id
    assert centre_id is not None
    waits = {
        "contradicting reports": contradictions.count(look),
        "overrides to close": overrides.to_close(centre_id),
        "spoiled blanks to see": rejects.count(look),
        "entitlements typed by hand": entitlements.count_on(look.clock.today(), centre_id),
        "held orders": sa.select(sa.func.count()).where(PrintJob.state == "held"),
        "stations in doubt": sa.select(sa.func.count()).where(Station.doubted_at.is_not(None)),
    }
    for name, query in waits.items():
        if waiting := number(look, query):
            yield f"list: {name} {waiting}"


@contextmanager
def opened(url: str, ground: Ground) -> Iterator[Scene]:
    """A scene on a copy of the ground, the next day at noon; its heads are signed."""
    database = Database(url)
    clock = FixedClock(NOON + dt.timedelta(days=1))
    memory: Memory = pickle.loads(ground.memory)
    office = SmallOffice(database, clock, memory=memory)
    tasks.sign_heads(office)
    yield Scene(office, ground.cases, ground.usual)
    database.engine.dispose()
