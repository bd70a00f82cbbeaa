"""The composition root: reads the environment, builds the office, and puts the surfaces together."""

from __future__ import annotations

import atexit
import sys
from collections.abc import Collection

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from issuance import commands, keys, logs, tasks
from issuance.background import HANDLERS, Worker
from issuance.clock import Clock, SystemClock
from issuance.db import Database
from issuance.keys import SignerUnavailable
from issuance.office import Office
from issuance.settings import Settings, key_file
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
    """The application with the pages of `surfaces`; settings come from the environment unless given."""
    if settings is None:
        settings = Settings()
        logs.configure()
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
    office = Office(settings, Database(settings.database), clock or SystemClock())
    app.extensions["office"] = office
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

    Ends the process with one sentence and exit code 4, which gunicorn does not try again, for keys that may not sign.
    """
    app = create_app()
    office: Office = app.extensions["office"]
    try:
        keys.check(office.settings)
    except SignerUnavailable as error:
        print(error, file=sys.stderr)  # noqa: T201 - for whoever starts the server
        sys.exit(NOT_LOADED)
    background = worker(app)
    background.start()
    atexit.register(background.stop)
    return app
