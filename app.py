"""The composition root: reads the environment, builds the office, and puts the surfaces together.

`python -m app` is the server; `python -m app public` has the holders' pages alone, `python -m app metrics` no pages but
the figures that monitoring reads.
"""

from __future__ import annotations

import contextlib
import signal
import sys
from collections.abc import Collection
from typing import NoReturn

import structlog
from flask import Flask
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from werkzeug.middleware.proxy_fix import ProxyFix

from issuance import commands, keys, logs, migrate, tasks
from issuance.background import Worker
from issuance.clock import Clock, SystemClock
from issuance.commands.command_line import NOT_LOADED
from issuance.db import Database
from issuance.errors import LimanError, Unfit
from issuance.keys import SignerUnavailable, fingerprints
from issuance.office import Office
from issuance.sending.gateway import gateway_of
from issuance.server import Server, metrics
from issuance.services import founding
from issuance.services.trust import audit_heads
from issuance.settings import KEY_NAMES, PUBLIC_KEY_NAMES, KeyName, Settings, check, key_file
from issuance.web.frame import auth, errors, headers, i18n, login, rail
from issuance.web.public.parts import compression
from issuance.web.surfaces import SURFACES, pages, wings
from issuance.web.words import filters

log = structlog.get_logger()

SWITCH_SECONDS = 0.001
"""How long a thread computes while another waits: by Python's own 5 ms a page waits so long at each of its queries."""


def create_app(
    settings: Settings | None = None,
    surfaces: Collection[str] = frozenset(SURFACES),
    *,
    clock: Clock | None = None,
) -> Flask:
    """The application with the pages of `surfaces`; settings come from the environment unless given.

    Ends the process with one sentence and NOT_LOADED when the office may not run with these settings, files, keys or
    this register.
    """
    if settings is None:
        settings = Settings()
        logs.configure()
    names = PUBLIC_KEY_NAMES if set(surfaces) == {"public"} else KEY_NAMES
    try:
        database = _checked(settings, names)
    except LimanError as error:
        _end(error)
    app = Flask(__name__)
    if settings.trusted_proxies:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=settings.trusted_proxies, x_proto=settings.trusted_proxies
        )
    app.config.update(
        SECRET_KEY=key_file(settings, "session").hex(),
        SESSION_COOKIE_NAME="liman",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.secure_cookies,
    )
    office = Office(settings, database, clock or SystemClock())
    app.extensions |= {"office": office, "key_names": names}
    modules = pages(surfaces)
    for part in (headers, i18n, filters, errors, compression):
        part.init_app(app)
    auth.init_app(app)
    if "staff" in surfaces:
        login.init_app(app, settings)
    rail.init_app(app, [queue for module in modules for queue in getattr(module, "QUEUES", ())])
    for wing in wings(modules):
        app.register_blueprint(wing)
    commands.register(app)
    return app


def _checked(settings: Settings, names: Collection[KeyName]) -> Database:
    """The register, which may be new or away; Unfit or InvalidInput for an office that may not run."""
    check(settings)
    database = Database(settings.database)
    try:
        _check_keys(settings, database, names)
    finally:
        database.engine.dispose()  # what asked is closed: the server's own connections come later
    return database


def _check_keys(settings: Settings, database: Database, names: Collection[KeyName]) -> None:
    """The register is of this release or older, and the key files are its own."""
    if settings.database_url or settings.register_file.exists():
        with contextlib.suppress(OperationalError), database.engine.connect() as connection:
            migrate.check(connection)
        fingerprints.check(settings, database, names)
        # A key of a later release is made by the set-up that upgrades.
        names = [name for name in names if name in fingerprints.OF_THE_FIRST_RELEASE]
    else:
        fingerprints.make(settings, names)  # a new office; commands that need no register make none
    for name in names:
        key_file(settings, name)


def _check_administrators(office: Office) -> None:
    """Unfit for a production office that was not set up to the end. One with too few administrators goes on."""
    settings = office.settings
    if settings.env != "production":
        return
    is_new = not settings.database_url and not settings.register_file.exists()
    if is_new or fingerprints.known_to(office.database) is None:
        raise Unfit("This office was not set up yet: run flask set-up --from FILE, or flask set-up at a terminal.")
    with contextlib.suppress(SQLAlchemyError), office.reading() as look:  # away, or to be upgraded: /readyz says so
        if not founding.administrators(look):
            raise Unfit(founding.too_few(look))
        if founding.too_few(look):
            log.warning("too_few_administrators")


def _check_whole(office: Office) -> None:
    """Unfit for a register that was put back as it stood: it would print again what it printed, by the same numbers."""
    with contextlib.suppress(SQLAlchemyError), office.reading() as look:  # away, or to be upgraded
        if audit_heads.is_cut(look):
            raise Unfit(
                "This register is older than what was signed of it: the database was put back. Stop every server, then"
                " run flask begin-epoch (docs/operations.md)."
            )


def _end(error: LimanError) -> NoReturn:
    sys.exit(_not_loaded(str(error)))


def worker(app: Flask) -> Worker:
    """The background work of this application's office, not yet started."""
    return tasks.worker(app.extensions["office"])


def serve(surfaces: Collection[str], clock: Clock | None = None) -> int:
    """Run the server with these surfaces, or with all and the background work, until it is told to end.

    Returns the exit code: 0, or NOT_LOADED with one sentence for what no second start would mend; `create_app` ends the
    process the same way.
    """
    if unknown := set(surfaces) - set(SURFACES):
        return _not_loaded(f"There is no {', '.join(sorted(unknown))}: the surfaces are {', '.join(SURFACES)}.")
    app = create_app(surfaces=surfaces or SURFACES, clock=clock)
    settings: Settings = app.extensions["office"].settings
    try:
        if not surfaces:
            keys.check(settings)
            gateway_of(settings)
            _check_administrators(app.extensions["office"])
            _check_whole(app.extensions["office"])
        server = Server(app, settings.listen, auth.route_of(app), proxies=settings.trusted_proxies)
    except (SignerUnavailable, Unfit) as error:
        return _not_loaded(str(error))
    except (OSError, ValueError) as error:
        return _not_loaded(f"No server can be started at LIMAN_LISTEN={settings.listen}: {error}.")
    _stopped_by_signals(server)
    sys.setswitchinterval(SWITCH_SECONDS)
    background = worker(app)
    if not surfaces and settings.workers == "here":
        app.extensions["worker"] = background
        background.start()
    server.run()
    background.stop()
    return 0


def _stopped_by_signals(server: Server) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: server.stop())


def serve_metrics() -> int:
    """Answer monitoring until told to end; the exit code is as that of `serve`. The register may be away meanwhile."""
    settings = Settings()
    logs.configure()
    try:
        check(settings)
        if not settings.database_url and not settings.register_file.exists():
            raise Unfit("There is no register yet, whose figures could be told.")
        office = Office(settings, Database(settings.database))
        server = Server(metrics.application(office), settings.metrics_listen, metrics.route_of)
    except LimanError as error:
        return _not_loaded(str(error))
    except (OSError, ValueError) as error:
        return _not_loaded(f"No server can be started at LIMAN_METRICS_LISTEN={settings.metrics_listen}: {error}.")
    _stopped_by_signals(server)
    server.run()
    return 0


def _not_loaded(sentence: str) -> int:
    print(sentence, file=sys.stderr)  # noqa: T201 - for whoever starts the server
    return NOT_LOADED


if __name__ == "__main__":
    sys.exit(serve_metrics() if sys.argv[1:] == ["metrics"] else serve(sys.argv[1:]))
