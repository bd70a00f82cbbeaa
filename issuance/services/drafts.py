"""What somebody typed into a form and did not send yet: the account's alone, encrypted, gone with the day."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, select

from issuance.acts import Look
from issuance.clock import OFFICE_ZONE
from issuance.errors import InvalidInput
from issuance.models.staff import Draft

MOST_BYTES = 4_000_000
"""The longest draft: a form with a picture of the camera."""

Fields = list[tuple[str, str]]
"""Names and values in the order of the form; a name may come more than once."""


@dataclass(frozen=True)
class Kept:
    """A draft as it was kept last."""

    kept_at: dt.datetime
    fields: Fields


def keep(look: Look, account_id: UUID, place: str, fields: Fields) -> None:
    """Keep what is typed in the form at `place` instead of what was kept of it before. InvalidInput when it is long."""
    plain = json.dumps(fields).encode()
    if len(plain) > MOST_BYTES:
        raise InvalidInput("draft", "This is too much to be kept as a draft. Send it.")
    drop(look, account_id, place)
    encrypted = look.vault.encrypt(plain, _bound_to(account_id, place))
    look.session.add(Draft(account_id=account_id, place=place, kept_at=look.wall.now(), encrypted=encrypted))


def kept(look: Look, account_id: UUID, place: str) -> Kept | None:
    """What the account typed there today and did not send; None when there is nothing."""
    row = look.session.scalar(select(Draft).where(_of(account_id, place), Draft.kept_at >= _morning(look)))
    if row is None:
        return None
    plain = look.vault.decrypt(row.encrypted, _bound_to(account_id, place))
    return Kept(row.kept_at, [(name, value) for name, value in json.loads(plain)])


def drop(look: Look, account_id: UUID, place: str) -> None:
    """Forget what was typed there: it was sent, or is not wanted."""
    look.session.execute(delete(Draft).where(_of(account_id, place)))


def purge(look: Look) -> None:
    """Forget the drafts of the days before."""
    look.session.execute(delete(Draft).where(Draft.kept_at < _morning(look)))


def _of(account_id: UUID, place: str) -> ColumnElement[bool]:
    return and_(Draft.account_id == account_id, Draft.place == place)


def _morning(look: Look) -> dt.datetime:
    today = look.wall.now().astimezone(OFFICE_ZONE).date()
    return dt.datetime.combine(today, dt.time.min, OFFICE_ZONE).astimezone(dt.UTC)


def _bound_to(account_id: UUID, place: str) -> bytes:
    """Nobody else's, and no other form's."""
    return account_id.bytes + place.encode()
