"""The rule versions of the document types: since when each is in force, what it changed, and whose requests keep it."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from issuance.acts import Look
from issuance.errors import NotFound
from issuance.models.requests import IssuanceRequest, RuleVersion
from issuance.models.staff import Centre
from issuance.states import OPEN


@dataclass(frozen=True)
class Edition:
    """A version with the day before the next one (None: it is the last), and how many open requests keep it."""

    version: RuleVersion
    until: dt.date | None
    open_requests: int

    def is_in_force(self, day: dt.date) -> bool:
        """Whether a request that is lodged on a day is judged by it."""
        return self.version.applies_from <= day and (self.until is None or day <= self.until)


@dataclass(frozen=True)
class Difference:
    """One rule that a version says otherwise than the one before; empty for one that is new, or is no more."""

    key: str
    before: str
    after: str


def editions(look: Look) -> list[Edition]:
    """Every version, by document type, the newest first."""
    order = (RuleVersion.document_type, RuleVersion.applies_from.desc(), RuleVersion.id.desc())
    kept = _kept(look)
    found = []
    for _, versions in groupby(
        look.session.scalars(select(RuleVersion).order_by(*order)), lambda row: row.document_type
    ):
        until: dt.date | None = None
        for version in versions:
            found.append(Edition(version, until, kept.get(version.id, 0)))
            until = version.applies_from - dt.timedelta(days=1)
    return found


def edition(look: Look, version_id: UUID) -> Edition:
    """The version with this id; NotFound when there is none."""
    found = next((each for each in editions(look) if each.version.id == version_id), None)
    if found is None:
        raise NotFound("There is no such version. Open the list again.")
    return found


def before(look: Look, version: RuleVersion) -> RuleVersion | None:
    """The version of the same type that was in force until this one; None for the first."""
    of_type = select(RuleVersion).where(RuleVersion.document_type == version.document_type)
    earlier = of_type.where(RuleVersion.applies_from < version.applies_from)
    return look.session.scalar(earlier.order_by(RuleVersion.applies_from.desc(), RuleVersion.id.desc()).limit(1))


def differences(earlier: RuleVersion | None, version: RuleVersion) -> list[Difference]:
    """What the version says otherwise, by the keys of the type's file; everything it says when it is the first."""
    was = dict(_flat("", json.loads(earlier.content))) if earlier else {}
    now = dict(_flat("", json.loads(version.content)))
    keys = sorted(was.keys() | now.keys())
    return [Difference(key, was.get(key, ""), now.get(key, "")) for key in keys if was.get(key) != now.get(key)]


def _kept(look: Look) -> dict[UUID, int]:
    version_id = IssuanceRequest.rule_version_id
    is_open = (IssuanceRequest.centre_id.in_(select(Centre.id)), IssuanceRequest.state.in_(OPEN))  # by their index
    counted = look.session.execute(select(version_id, func.count()).where(*is_open).group_by(version_id))
    return {key: count for key, count in counted}


def _flat(key: str, value: Any) -> Iterator[tuple[str, str]]:
    """Each rule with its key from the outermost to the innermost, as in the file."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _flat(f"{key}.{name}" if key else name, inner)
    elif isinstance(value, list) and any(isinstance(inner, dict | list) for inner in value):
        for number, inner in enumerate(value, 1):
            yield from _flat(f"{key}[{number}]", inner)
    else:
        yield key, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
