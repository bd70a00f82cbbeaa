"""Server and station as processes of their own that meet their fault at a point: all hooks are put in from outside.

A child is forked from a process that has read every module, so that a start takes no second. The server child has a
door beside its port, a socket of the folder, by which people do their acts in its own process (`people.ACTS`).
"""

from __future__ import annotations

import ctypes
import datetime as dt
import logging
import multiprocessing
import os
import pickle
import signal
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from multiprocessing.connection import Client, Connection, Listener, wait
from pathlib import Path
from typing import Any

from tests.crash.lines import wire
from tests.crash.points import API, Case, Fault, Kind

CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["tests.crash.child", "tests.crash.roads", "card_drivers.__main__", "app"])
PR_SET_PDEATHSIG = 1
ONE_READING = 0.1  # seconds
INSTANT = "instant"
"""The file of a folder that names all points of the instant at which the fault struck."""


@dataclass(frozen=True)
class Plan:
    """What a child is told: its folder, its environment or arguments, and the case, None for a child without fault."""

    folder: Path
    case: Case | None = None
    environment: tuple[tuple[str, str], ...] = ()
    arguments: tuple[str, ...] = ()
    clock_seconds: float = 0.0


OF_A_COMMIT = (Kind.MOVE, Kind.LINE, Kind.ACT)
OF_A_PROCESS = (Fault.KILL, Fault.STOP, Fault.CONNECTION, Fault.WORKER)
"""What strikes within a process; the rest is the network's and the scenario's."""

OF_THE_WIRE = (Fault.CUT, Fault.HALF_OPEN)
"""What strikes the line to the database, at a commit; both as it is sent (`wire`)."""


class Hook:
    """Strikes once, and leaves word of it in the folder before it does: all that the same instant is."""

    def __init__(self, plan: Plan, *kinds: Kind) -> None:
        case, faults = plan.case, OF_A_PROCESS + (OF_THE_WIRE if Kind.MOVE in kinds else ())
        self._case = case if case and case.point.kind in kinds and case.fault in faults else None
        self._folder, self._word = plan.folder, plan.folder / "struck"
        self._met: dict[str, set[str]] = {"before": set(), "after": set()}
        self._prefix = f"{Kind.ADDRESS} " if Kind.ADDRESS in kinds else ""

    def meets(self, names: set[str], moment: str) -> bool:
        """Whether the point is among those that are met here for the first time; all that are, are written down."""
        new = names - self._met[moment]
        self._met[moment] |= new
        if new and moment == "before":
            with (self._folder / "met").open("a") as lines:
                lines.writelines(f"{self._prefix}{name}\n" for name in sorted(new))
        case = self._case
        if case is None or case.point.name not in new or moment != self._moment(case) or self._word.exists():
            return False
        (self._folder / INSTANT).write_text("\n".join(sorted(new)))
        return True

    def _moment(self, case: Case) -> str:
        return "before" if case.fault in OF_THE_WIRE else case.point.moment

    def strike(self, connection: Any = None) -> None:
        """The fault."""
        assert self._case is not None, "it met its point"
        self._word.write_text(str(os.getpid()))
        match self._case.fault:
            case Fault.STOP:
                os.kill(os.getpid(), signal.SIGSTOP)
            case Fault.CONNECTION:
                _terminate(connection)
            case Fault.CUT | Fault.HALF_OPEN:
                wire.strike(self._folder, connection.connection.driver_connection.fileno())
            case _:
                os.kill(os.getpid(), signal.SIGKILL)


def _terminate(connection: Any) -> None:
    """The database ends the connection, as a restart of it does."""
    import psycopg

    own = connection.connection.driver_connection
    with psycopg.connect(own.info.dsn, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", (own.info.backend_pid,))


def start(target: Callable[[Plan], object], plan: Plan) -> Any:
    """A running child."""
    process = CONTEXT.Process(target=_run, args=(target, plan), daemon=True)
    process.start()
    return process


def _run(target: Callable[[Plan], object], plan: Plan) -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    threading.Thread(target=end_with_the_harness, daemon=True).start()
    log = os.open(plan.folder / f"{target.__name__}.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(log, 1)
    os.dup2(log, 2)
    sys.stdout, sys.stderr = os.fdopen(1, "w", buffering=1), os.fdopen(2, "w", buffering=1)
    for name in [name for name in os.environ if name.startswith("LIMAN_")]:
        del os.environ[name]
    os.environ |= dict(plan.environment)
    code = target(plan)
    sys.stderr.flush()
    os._exit(code if isinstance(code, int) else 0)


def end_with_the_harness() -> None:
    """Whoever played the case is gone: nothing of it goes on."""
    harness = multiprocessing.parent_process()
    assert harness is not None, "a child"
    wait([harness.sentinel])
    os._exit(1)


# The station


def station(plan: Plan) -> int:
    """`python -m card_drivers station ...`."""
    from card_drivers.__main__ import main
    from card_drivers.station.journal import Journal

    hook, write, right = Hook(plan, Kind.STEP), Journal.write, time.time

    def journalled(self: Journal, event: str, claim_id: Any, **fields: Any) -> None:
        name = f"{event} {fields['step']}" if "step" in fields else event
        if hook.meets({name}, "before"):
            hook.strike()
        write(self, event, claim_id, **fields)
        if hook.meets({name}, "after"):
            hook.strike()

    Journal.write = journalled  # type: ignore[method-assign]
    if plan.clock_seconds:
        time.time = lambda: right() + plan.clock_seconds
    logging.disable()
    return main(list(plan.arguments))


# The worker


def worker(plan: Plan) -> int:
    """`flask worker`, of a register on PostgreSQL."""
    from app import create_app

    _watch_moves(plan)
    app = create_app(clock=clock(plan.folder))
    with app.app_context():
        done = app.test_cli_runner().invoke(args=["worker"])
    print(done.output, done.exception or "")
    return int(done.exit_code)


# The server


def server(plan: Plan) -> int:
    """`python -m app`, with a clock that the folder moves, and the door."""
    import app as root

    create, hook = root.create_app, Hook(plan, Kind.ADDRESS)
    _start_sooner(plan.folder.parent / "templates")
    _watch_moves(plan)

    def created(*args: Any, **kwargs: Any) -> Any:
        made = create(*args, **kwargs)
        made.wsgi_app = _met(made, made.wsgi_app, hook)
        threading.Thread(target=_door, args=(plan, made.extensions["office"]), daemon=True).start()
        return made

    root.create_app = created
    return root.serve([], clock=clock(plan.folder))


def _start_sooner(templates: Path) -> None:
    """Half of a start is spent on addresses that nobody builds here and on one template: they wait, and are kept."""
    from flask import Flask
    from jinja2 import FileSystemBytecodeCache
    from werkzeug.routing import Rule

    compile_builder = Rule._compile_builder

    def when_asked(self: Rule, append_unknown: bool = True) -> Any:
        build = cache(lambda: compile_builder(self, append_unknown))
        return lambda rule, **values: build()(rule, **values)

    templates.mkdir(exist_ok=True)
    Rule._compile_builder = when_asked  # type: ignore[method-assign]
    Flask.jinja_options = {"bytecode_cache": FileSystemBytecodeCache(str(templates))}


def clock(folder: Path) -> Any:
    """The clock of the office: the machine's, later by the days that the folder says; its counter went on too."""
    from issuance.clock import Counter, SystemClock

    class LateClock(SystemClock):
        def __init__(self) -> None:
            self._read = threading.local()

        def _late(self, *, again: bool = False) -> float:
            """How late it is by the folder; read `again` after some time, for the time and not for its counter.

            Both are read one after the other, and must not differ by what was written in between: a clock that jumped.
            """
            at, late = getattr(self._read, "late", (0.0, 0.0))
            if not at or (again and time.monotonic() - at > ONE_READING):
                path = folder / "late"
                at, late = time.monotonic(), float(path.read_text()) if path.exists() else 0.0
                self._read.late = (at, late)
            return late

        def now(self) -> dt.datetime:
            return super().now() + dt.timedelta(seconds=self._late(again=True))

        def counter(self) -> Counter:
            counted = super().counter()
            return Counter(counted.boot, counted.seconds + self._late())

        def ahead_of(self, other: dt.datetime) -> dt.timedelta:
            return dt.timedelta()

    return LateClock()


def _met(app: Any, inner: Any, hook: Hook) -> Any:
    """The application, which meets its fault as a request arrives or as its answer goes out."""
    addresses = app.url_map.bind("localhost")

    def application(environ: dict[str, Any], start_response: Any) -> Any:
        if not environ["PATH_INFO"].startswith("/api/station"):
            return inner(environ, start_response)
        name = addresses.match(environ["PATH_INFO"], environ["REQUEST_METHOD"])[0].removeprefix(API)
        if hook.meets({name}, "before"):
            hook.strike()
        answer = inner(environ, start_response)
        if hook.meets({name}, "after"):
            hook.strike()
        return answer

    return application


def _watch_moves(plan: Plan) -> None:
    """A commit that holds the move, the line or the event of the case is met before it is sent, or after it is done."""
    from sqlalchemy import Engine, event
    from sqlalchemy.orm import Session

    from issuance.models.audit import AuditEvent
    from issuance.models.supply import StockMove

    hook, seen = Hook(plan, *OF_A_COMMIT), threading.local()

    def note(what: str) -> None:
        seen.moves = {*getattr(seen, "moves", ()), what}

    for name, state in stateful().items():

        def moved(_row: Any, to: Any, start: Any, _how: Any, name: str = name) -> None:
            note(f"{name} {start} > {to}")

        event.listen(state, "set", moved, active_history=True)
    event.listen(StockMove.why, "set", lambda _row, why, *_: note(f"ledger {why}"))
    event.listen(AuditEvent.act, "set", lambda _row, act, *_: note(act))

    def committing(connection: Any) -> None:
        seen.connection, seen.done, seen.moves = connection, getattr(seen, "moves", set()), set()
        if hook.meets(seen.done, "before"):
            hook.strike(connection)

    def committed(_session: Any) -> None:
        done, seen.done = getattr(seen, "done", set()), set()
        if hook.meets(done, "after"):
            hook.strike(seen.connection)

    event.listen(Engine, "commit", committing)
    event.listen(Engine, "rollback", lambda _: setattr(seen, "moves", set()))
    event.listen(Session, "after_commit", committed)


def stateful() -> dict[str, Any]:
    """The column of the state of each table of moves, by the table's name."""
    from issuance.db import Base
    from tests.crash.points import TABLES

    names = {states: name for name, states in TABLES.items()}
    classes = [mapper.class_ for mapper in Base.registry.mappers if "state" in mapper.columns]
    return {names[each.state.type.enum_class]: each.state for each in classes if each.state.type.enum_class in names}


def _door(plan: Plan, register: Any) -> None:
    """People come in, one after another, say what they do, and hear how it went."""
    from issuance.errors import LimanError
    from tests.crash import people, roads  # noqa: F401 - their acts too

    path = plan.folder / "door"
    path.unlink(missing_ok=True)
    office: Any = None
    with Listener(str(path)) as listener:
        while True:
            with listener.accept() as visitor:
                name, words = visitor.recv()
                try:
                    office = office or people.office_of(register, pickle.loads((plan.folder / "memory").read_bytes()))
                    visitor.send(people.ACTS[name](office, **words))
                except LimanError as error:
                    visitor.send(people.Refused(type(error).__name__, str(error)))
                except Exception as error:  # the database went: a person sees a page that says so
                    visitor.send(people.Broken(f"{type(error).__name__}: {error}"[:300]))


def through_the_door(folder: Path, name: str, words: dict[str, Any], patience: float) -> Any:
    """Do one act in the server's process; OSError or EOFError when it dies meanwhile."""
    visitor: Connection = Client(str(folder / "door"))
    with visitor:
        visitor.send((name, words))
        if not visitor.poll(patience):
            raise TimeoutError(name)
        return visitor.recv()


def verify(plan: Plan) -> int:
    """`flask verify-audit`, without the pages of an application; what it says is in the log of its name."""
    from flask import Flask

    from issuance import commands
    from issuance.db import Database
    from issuance.office import Office
    from issuance.settings import KEY_NAMES, Settings

    settings, app = Settings(), Flask("verify")
    app.extensions["office"] = Office(settings, Database(settings.database), clock(plan.folder))
    app.extensions["key_names"] = KEY_NAMES
    commands.register(app)
    with app.app_context():
        done = app.test_cli_runner().invoke(args=["verify-audit"], catch_exceptions=False)
    print(done.output)
    return int(done.exit_code)
