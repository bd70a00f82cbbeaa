"""Whether the process lives, and whether it can work. Both answers are public and tell nothing but names of checks."""

from __future__ import annotations

import datetime as dt
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import structlog
from flask import Blueprint, Response, current_app, jsonify, make_response
from sqlalchemy import or_, select, text

from issuance import background, migrate
from issuance.keys import fingerprints
from issuance.logs import error_of
from issuance.models.audit import AuditEvent, AuditUnlinked
from issuance.models.vault import DataKey
from issuance.office import Office
from issuance.services.trust import audit_heads, trusted_time
from issuance.settings import PUBLIC_KEY_NAMES
from issuance.web.frame.auth import public
from issuance.web.frame.current import current_office
from printing.pages import fonts

log = structlog.get_logger()
blueprint = Blueprint("health", __name__)

LINKED_WITHIN = dt.timedelta(minutes=1)
"""How long an event may wait for its link."""


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
    names = PUBLIC_CHECKS if current_app.extensions["key_names"] == PUBLIC_KEY_NAMES else CHECKS
    checks = {name: _works(CHECKS[name], office) for name in names}
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


def _disk(office: Office) -> bool:
    """Room is left where keys and heads of the audit are, and where the register is."""
    least = office.settings.least_free_mb * 1_000_000
    return all(shutil.disk_usage(folder).free >= least for folder in _folders(office))


def _folders(office: Office) -> Iterator[Path]:
    yield office.settings.var
    if office.database.engine.dialect.name == "sqlite":
        yield Path(office.database.engine.url.database or ".").absolute().parent


def _clock(office: Office) -> bool:
    """The clock is believed: neither stopped nor about to be."""
    with office.reading() as look:
        return trusted_time.read(look.session, office.clock, office.settings.longest_closure).is_right


def _background(office: Office) -> bool:
    """The worker of this process gets on, or one apart gives signs of life; where only pages are served is none."""
    if office.settings.workers == "apart":
        with office.reading() as look:
            return background.is_at_work(look.session)
    worker = current_app.extensions.get("worker")
    return worker is None or bool(worker.is_well)


def _audit(office: Office) -> bool:
    """No event is older than a minute and in no chain, none such is dated in time to come, and what was signed last
    is there: a database that was put back as it stood has it no more."""
    now = office.clock.now()
    waits = select(AuditEvent.id).join(AuditUnlinked, AuditUnlinked.event_id == AuditEvent.id)
    late = or_(AuditEvent.at < now - LINKED_WITHIN, AuditEvent.at > now + LINKED_WITHIN)
    with office.reading() as look:
        return look.session.scalar(waits.where(late).limit(1)) is None and not audit_heads.is_cut(look)


def _keys(office: Office) -> bool:
    """Every key file here is this register's, the vault opens what it holds, and no signer failed when last used."""
    names = current_app.extensions["key_names"]
    fingerprints.compare(office.settings, fingerprints.known_to(office.database) or {}, names)
    return ("vault" not in names or _vault_opens(office)) and office.signer.works and office.document_signer.works


def _vault_opens(office: Office) -> bool:
    with office.reading() as look:
        kept = look.session.scalars(select(DataKey).where(DataKey.wrapped.is_not(None)).limit(1)).first()
        return kept is None or look.vault.opens(kept)


CHECKS: dict[str, Callable[[Office], bool]] = {
    "database": _database,
    "migrations": _migrations,
    "storage": _storage,
    "disk": _disk,
    "clock": _clock,
    "background": _background,
    "audit": _audit,
    "keys": _keys,
    "fonts": _fonts,
}

PUBLIC_CHECKS = ("database", "migrations", "storage", "disk", "keys", "fonts")
"""What a process with the public pages alone needs, and its role of the database may look at."""
