"""Every act of the office, found by itself: it writes an event, opens no transaction, and asks for little."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import pytest
from sqlalchemy import delete, select, update

from issuance import migrate, witness
from issuance.actors import SYSTEM
from issuance.acts import Unrecorded, Unwitnessed
from issuance.db import Base, Database
from issuance.models.audit import AuditEvent
from issuance.models.documents import HandOver, NumberRange, QualityCheck
from issuance.models.notices import Notice
from issuance.models.people import Person
from issuance.models.requests import Portrait, RuleVersion
from issuance.models.staff import Centre, RoleGiven, Shift, Staff, Station
from issuance.models.vault import Blob
from issuance.office import Office
from issuance.settings import Settings
from issuance.states import JobState, NoticeState
from issuance.web.words.events.acts import ACTS, MORE_ACTS
from issuance.web.words.events.details import DETAILS

SERVICES = Path(__file__).parents[2] / "issuance" / "services"
MOST_PARAMETERS = 5
TRANSACTIONS = {"commit", "rollback", "transaction", "upkeep", "reading", "act"}
"""What no service calls: an act is opened by a page, a command or a task, and is one transaction."""

SUBJECTS = (
    "account bulk case case_event case_proposal centre chip clock difference document exchange feed fingerprint job"
    " notice order parcel person portrait register request retention role shift station stock"
)
EVENT = re.compile(rf"({'|'.join(SUBJECTS.split())})\.(?!id$|toml$)[a-z]+(_[a-z]+)*")
OF_WEIGHT = (
    Centre,
    HandOver,
    NumberRange,
    Person,
    Portrait,
    QualityCheck,
    RoleGiven,
    RuleVersion,
    Shift,
    Staff,
    Station,
)
CHANGES = {"add", "add_all", "merge", "delete", "advance"}


def functions() -> Iterator[tuple[str, ast.FunctionDef]]:
    """Every function of the services, as `casework.lodging.lodge`."""
    for path in sorted(SERVICES.rglob("*.py")):
        module = ".".join(path.relative_to(SERVICES).with_suffix("").parts)
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.FunctionDef):
                yield f"{module}.{node.name}", node


def takes_act(node: ast.FunctionDef) -> bool:
    return bool(node.args.args) and node.args.args[0].arg == "act"


def calls(node: ast.AST) -> set[str]:
    """The names that are called: `record` of `act.record(...)`, `lodge` of `lodging.lodge(...)`."""
    names = (each.func for each in ast.walk(node) if isinstance(each, ast.Call))
    return {name.attr if isinstance(name, ast.Attribute) else getattr(name, "id", "") for name in names}


@cache
def acts() -> dict[str, set[str]]:
    """Every function that acts, with what it calls."""
    return {name: calls(node) for name, node in functions() if takes_act(node)}


def reaches(name: str, wanted: set[str], seen: frozenset[str] = frozenset()) -> bool:
    """Whether the act does one of `wanted`, itself or by another act that it calls."""
    called = acts()[name]
    if called & wanted:
        return True
    parts = [other for other in acts() if other.rpartition(".")[2] in called and other not in seen]
    return any(reaches(part, wanted, seen | {name}) for part in parts)


def is_part(name: str) -> bool:
    """Whether another act calls it: then that one writes the event."""
    short = name.rpartition(".")[2]
    return any(short in called for other, called in acts().items() if other != name)


@pytest.mark.parametrize("name", sorted(acts()))
def test_an_act_writes_an_event_or_is_part_of_one_that_does(name: str) -> None:
    assert reaches(name, {"record"}) or is_part(name), f"{name} changes the register without an event"


def test_the_acts_are_found() -> None:
    assert {"casework.lodging.lodge", "production.jobs.finish", "life.retention.destroy_ended"} <= set(acts())
    assert len(acts()) > 50


def test_who_only_looks_changes_nothing() -> None:
    looking = {name: calls(node) for name, node in functions() if node.args.args and node.args.args[0].arg == "look"}
    upkeep = {
        "limits",
        "audit_chain",
        "sessions",
        "drafts",
        "forget",
        "imports",
        "forecast",
        "lists",
        "outlook",
        "told",
        "turn",
        "stops",
        "ahead",
        "confirmations",
        "delivery_reports",
        "lost",
        "offered",
        "write_to",
        "chosen",
        "mistakes",
        "history",
        "breaches",
    }
    changing = {name for name, called in looking.items() if called & CHANGES and not upkeep & set(name.split("."))}
    assert changing == set(), "these take an Act"


def test_no_service_opens_or_ends_a_transaction() -> None:
    assert {name: found for name, node in functions() if (found := calls(node) & TRANSACTIONS)} == {}


def test_no_service_function_asks_for_more_than_five_things() -> None:
    asked = {name: len(node.args.args + node.args.kwonlyargs) for name, node in functions()}
    assert {name: count for name, count in asked.items() if count > MOST_PARAMETERS} == {}


@pytest.fixture
def office(sqlite_url: str) -> Iterator[Office]:
    database = Database(sqlite_url)
    yield Office(Settings(), database)
    database.engine.dispose()


def centres(office: Office) -> list[str]:
    with office.reading() as look:
        return list(look.session.scalars(select(Centre.code)))


def test_a_change_without_an_event_is_not_kept(office: Office) -> None:
    with pytest.raises(Unrecorded), office.act(SYSTEM) as act:
        act.session.add(Centre(code="somewhere", name="Somewhere"))
    assert centres(office) == []


def test_a_statement_without_an_event_is_not_kept(office: Office) -> None:
    with office.act(SYSTEM) as act:
        centre = Centre(code="somewhere", name="Somewhere")
        act.session.add(centre)
        act.record("centre.opened", centre)
    with pytest.raises(Unrecorded), office.act(SYSTEM) as act:
        act.session.execute(delete(Blob))
    with pytest.raises(Unwitnessed, match="centre"), office.act(SYSTEM) as act:
        act.session.execute(delete(Centre))
    assert centres(office) == ["somewhere"]


def test_upkeep_changes_no_watched_row(office: Office) -> None:
    with pytest.raises(Unwitnessed, match="centre"), office.upkeep() as look:
        look.session.add(Centre(code="somewhere", name="Somewhere"))
    with pytest.raises(Unwitnessed, match="centre"), office.upkeep() as look:
        look.session.execute(delete(Centre))
    with pytest.raises(Unwitnessed, match="station"), office.upkeep() as look:
        look.session.execute(update(Station).values(active=False, last_seen=None))
    with office.upkeep() as look:
        look.session.execute(update(Station).values(last_seen=None))
    assert centres(office) == []


def test_what_rows_may_only_say_by_an_act_is_declared() -> None:
    """A model with a state, or about who did what, a number, a blank, an account, is watched."""
    migrate.metadata()
    with_state = {mapper.class_ for mapper in Base.registry.mappers if "state" in mapper.columns}
    of_machinery = {model for model in with_state if model.BY_MACHINE}
    assert of_machinery == {Notice}, "say in an ADR why no document hangs on it"
    with_state -= of_machinery
    for model in with_state | set(OF_WEIGHT):
        assert model.WITNESSED, f"{model.__name__} says nothing to the audit: name its columns in WITNESSED"
    for model in with_state:
        assert {"state", "state_by"} <= set(model.WITNESSED), model


def test_what_a_person_must_know_of_a_notice_an_act_alone_says() -> None:
    """The machine moves it on its way; every end that somebody must know of is an event, by whatever function."""
    assert set(NoticeState) - Notice.BY_MACHINE == {NoticeState.REFUSED, NoticeState.GIVEN_UP, NoticeState.UNKNOWN}
    assert not Notice.WITNESSED


def test_who_acted_is_witnessed_wherever_it_is_kept() -> None:
    """Every column of a watched table that names an account, a station or a centre."""
    unseen = {
        f"{name}.{column.key}"
        for name, kind in witness.watched().items()
        for column in kind.table.columns
        for key in column.foreign_keys
        if key.column.table.name in ("staff", "station", "centre") and column.key not in kind.columns
    }
    assert unseen == set()


def test_every_event_has_words() -> None:
    """The event of a finished order is named by the job's state; every other name stands where it is recorded."""
    recording = [text for path in SERVICES.parent.rglob("*.py") if "record(" in (text := path.read_text("utf-8"))]
    written = {name for text in recording for name in events(ast.parse(text))}
    said = set(ACTS | MORE_ACTS)
    assert written - said == set(), "give these events words in issuance/web/words/events/acts.py"
    named_by_state = {f"job.{state}" for state in JobState}
    assert said - written - named_by_state == set(), "no act records these: take their words out of words/events"


def test_every_detail_of_an_event_has_words() -> None:
    """By keyword; the few that are given as a dict are asked for by name."""
    recording = [text for path in SERVICES.parent.rglob("*.py") if ".record(" in (text := path.read_text("utf-8"))]
    given = {
        keyword.arg
        for text in recording
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "act.record"
        for keyword in node.keywords
    }
    assert given - {None, "centre_id", "reason"} - set(DETAILS) == set(), "give these words in words/events/details.py"


def events(tree: ast.Module) -> set[str]:
    """What is recorded, whatever it is about, and every other word that is an event of a known subject."""
    nodes = list(ast.walk(tree))
    recorded = {
        name
        for node in nodes
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "act.record"
        for name in strings(ast.walk(node.args[0]))
        if "." in name.strip(".")
    }
    return recorded | {name for name in strings(nodes) if EVENT.fullmatch(name)}


def strings(nodes: Iterable[ast.AST]) -> set[str]:
    return {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def test_an_event_about_something_new_is_found() -> None:
    acting = "act.record('printer.cleaned' if clean else 'printer.left', station)"
    assert events(ast.parse(acting)) == {"printer.cleaned", "printer.left"}


def test_looking_within_an_act_needs_no_event(office: Office) -> None:
    with office.act(SYSTEM) as act:
        assert act.session.scalars(select(Centre)).all() == []
    with office.reading() as look:
        assert look.session.scalars(select(AuditEvent)).all() == []


def test_an_act_within_an_act_is_refused(office: Office) -> None:
    with pytest.raises(RuntimeError, match="within an act"), office.act(SYSTEM), office.act(SYSTEM):
        pytest.fail("a second transaction began")
