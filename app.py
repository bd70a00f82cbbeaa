"""The composition root: reads the environment, builds the office, and puts the surfaces together."""

from __future__ import annotations

import atexit
import contextlib
import sys
from collections.abc import Collection
from typing import NoReturn

from flask import Flask
from sqlalchemy.exc import OperationalError
from werkzeug.middleware.proxy_fix import ProxyFix

from issuance import commands, keys, logs, migrate, tasks
from issuance.background import HANDLERS, Worker
from issuance.clock import Clock, SystemClock
from issuance.db import Database
from issuance.errors import LimanError
from issuance.keys import SignerUnavailable, fingerprints
from issuance.office import Office
from issuance.settings import KEY_NAMES, PUBLIC_KEY_NAMES, KeyName, Settings, check, key_file
from issuance.web.frame import auth, errors, headers, i18n, login, rail
from issuance.web.surfaces import SURFACES, pages, wings
from issuance.web.words import filters

NOT_LOADED = 4
"""gunicorn's exit code for an application that cannot be loaded: its master ends too, and starts no worker again."""


def create_app(
    settings: Settings | None = None,
    surfaces: Collection[str] = frozenset(SURFACES),
    *,
    clock: Clock | None = None,
) -> Flask:
    """The application with the pages of `surfaces`; settings come from the environment unless given.

    Ends the process with one sentence and exit code 4, which gunicorn does not try again, when the office may not run
    with these settings, files, keys or this register.
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
    for part in (headers, i18n, filters, errors):
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
    else:
        fingerprints.make(settings, names)  # a new office; commands that need no register make none
    for name in names:
        key_file(settings, name)


def _end(error: LimanError) -> NoReturn:
    print(error, file=sys.stderr)  # noqa: T201 - for whoever starts it
    sys.exit(NOT_LOADED)


def worker(app: Flask) -> Worker:
    """The background work of this application's office, not yet started."""
    office: Office = app.extensions["office"]
    return Worker(
        office.database,
        HANDLERS,
        office.clock,
        office,
        periodic=tasks.PERIODIC,
        trusts=office.keep_time,
        at_end=office.close_signers,
    )


def serve() -> Flask:
    """What the server runs: the application with its one background thread started. Commands start none.

    Ends the process as `create_app` does, and for keys that may not sign.
    """
    app = create_app()
    office: Office = app.extensions["office"]
    try:
        keys.check(office.settings)
    except SignerUnavailable as error:
        _end(error)
    background = app.extensions["worker"] = worker(app)
    background.start()
    atexit.register(background.stop)
    return app
