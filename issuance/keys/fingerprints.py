"""Which key files belong to a register: it keeps a fingerprint of each, and a lost one is never made anew in silence.

What was encrypted, signed or counted under a key cannot be read or proved under another. So a key file is made before
the register is in use, and from then on it is put back from the safe or the office does not run.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Mapping

from sqlalchemy import inspect, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from issuance.db import Database
from issuance.errors import Unfit
from issuance.models.machinery import KeyFingerprint
from issuance.models.staff import Staff
from issuance.settings import KEY_NAMES, KeyName, Settings, key_file, make_key_file

OF_THE_FIRST_RELEASE = frozenset({"attempts", "audit", "session", "totp", "vault"})
"""Key files that every register in use has, though one of an earlier release does not know their fingerprints."""


def fingerprint(name: str, key: bytes) -> str:
    """HMAC-SHA-256 in hex over the name, under the key: it tells nothing of the key and fits no other name."""
    return hmac.new(key, f"liman key file {name}".encode(), hashlib.sha256).hexdigest()


def check(settings: Settings, database: Database, names: Iterable[KeyName]) -> None:
    """Unfit names a key file that is lost, or another register's. A register without tables gets its files here."""
    known = known_to(database)
    if known is None:
        make(settings, names)
    else:
        compare(settings, known, names)


def make(settings: Settings, names: Iterable[KeyName]) -> None:
    """Make the key files that are not there, for a register that is not there either."""
    for name in names:
        make_key_file(settings, name)


def known_to(database: Database) -> Mapping[str, str] | None:
    """The fingerprints of a register, by name; None for one without any table. Empty when it does not answer."""
    try:
        with database.engine.connect() as connection:
            tables = inspect(connection).get_table_names()
            if KeyFingerprint.__tablename__ not in tables:
                return {} if tables else None
            rows = connection.execute(select(KeyFingerprint.name, KeyFingerprint.fingerprint))
            return {name: kept for name, kept in rows}
    except OperationalError:
        return {}


def compare(settings: Settings, known: Mapping[str, str], names: Iterable[KeyName]) -> None:
    """Unfit names the first key file that is not there, or not the one the register knows."""
    for name in names:
        if name not in known:
            continue
        if not (settings.var / "keys" / name).exists():
            raise _lost(name)
        if not hmac.compare_digest(fingerprint(name, key_file(settings, name)), known[name]):
            raise Unfit(
                "The key file %(name)s belongs to another register: put this register's own back from the safe.",
                name=name,
            )


def found(session: Session, settings: Settings) -> None:
    """At set-up: what has no fingerprint yet gets one, and its file if nothing was ever kept under it.

    Unfit for a file that is lost or another register's.
    """
    rows = session.execute(select(KeyFingerprint.name, KeyFingerprint.fingerprint))
    known = {name: kept for name, kept in rows}
    compare(settings, known, KEY_NAMES)
    in_use = session.scalar(select(Staff.id).limit(1)) is not None
    for name in KEY_NAMES:
        if name in known:
            continue
        if in_use and name in OF_THE_FIRST_RELEASE and not (settings.var / "keys" / name).exists():
            raise _lost(name)
        make_key_file(settings, name)
        session.add(KeyFingerprint(name=name, fingerprint=fingerprint(name, key_file(settings, name))))
    session.flush()


def _lost(name: KeyName) -> Unfit:
    return Unfit(
        "The key file %(name)s of this register is missing: put it back from the safe. None is made anew, since what"
        " was kept under the old one could not be read.",
        name=name,
    )
