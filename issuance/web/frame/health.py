"""Whether the process lives, and whether it can work."""

from __future__ import annotations

import os
from collections.abc import Callable

import structlog
from flask import Blueprint, Response, jsonify, make_response
from sqlalchemy import text

from issuance import migrate
from issuance.logs import error_of
from issuance.office import Office
from issuance.web.frame.auth import public
from issuance.web.frame.current import current_office
from printing.pages import fonts

log = structlog.get_logger()
blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
@public
def healthz() -> Response:
    """The process answers."""
    return jsonify(status="alive")


@blueprint.get("/readyz")
@public
def readyz() -> Response:
    """Everything an act needs is there; 503 names what is not."""
    office = current_office()
    checks = {name: _works(check, office) for name, check in CHECKS.items()}
    return make_response(jsonify(ready=all(checks.values()), checks=checks), 200 if all(checks.values()) else 503)


def _works(check: Callable[[Office], bool], office: Office) -> bool:
    try:
        return check(office)
    except Exception as error:
        log.warning("not_ready", **error_of(error))
        return False


def _database(office: Office) -> bool:
    with office.reading() as look:
        return bool(look.session.scalar(text("SELECT 1")) == 1)


def _migrations(office: Office) -> bool:
    with office.reading() as look:
        return bool(look.session.scalar(text("SELECT version_num FROM alembic_version")) == migrate.head())


def _fonts(_office: Office) -> bool:
    return bool(fonts.ocr_b() and fonts.latin())


def _storage(office: Office) -> bool:
    return os.access(office.settings.var, os.W_OK)


CHECKS: dict[str, Callable[[Office], bool]] = {
    "database": _database,
    "migrations": _migrations,
    "storage": _storage,
    "fonts": _fonts,
}
