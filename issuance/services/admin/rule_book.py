"""The rule versions of the document types: since when each is in force, what it changed, and whose requests keep it."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from issuance.acts import Look
from issuance.errors import NotFound
from issuance.models.requests import IssuanceRequest, RuleDraft, RuleVersion
from issuance.models.staff import Centre
from issuance.services.admin import rule_fields
from issuance.states import OPEN

SENTENCES = tuple(f".{language}" for language in rule_fields.LANGUAGES)


@dataclass(frozen=True)
class Edition:
    """A version with the day before the next one (None: it is the last), and how many open requests keep it.

    `origin` is the draft by which the office gave it to itself; None of what came with a release. `is_used` is false
    for one that was taken back, and for one of a release whose day is that of an office's own. `overtakes`: it was not
    made from the one before, of the office or of a release, and so does not know what that one changed.
    """

    version: RuleVersion
    until: dt.date | None
    open_requests: int
    origin: RuleDraft | None = None
    is_used: bool = True
    overtakes: bool = False

    def is_in_force(self, day: dt.date) -> bool:
        """Whether a request that is lodged on a day is judged by it."""
        begun = self.is_used and self.version.applies_from <= day
        return begun and (self.until is None or day <= self.until)


@dataclass(frozen=True)
class Difference:
    """One rule that a version says otherwise than the one before, with its article by language; empty for one that is
    new, or is no more."""

    key: str
    before: str
    after: str
    article: Mapping[str, str]


def editions(look: Look) -> list[Edition]:
    """Every version, by document type, the newest first."""
    order = (RuleVersion.document_type, RuleVersion.applies_from.desc(), RuleVersion.id.desc())
    versions = look.session.scalars(select(RuleVersion).order_by(*order)).all()
    origins = _origins(look)
    kept = _kept(look)
    return [
        edition
        for _, of_type in groupby(versions, lambda row: row.document_type)
        for edition in _of_type(list(of_type), origins, kept)
    ]


def _origins(look: Look) -> dict[UUID, RuleDraft]:
    """The draft of each version that is an office's own; of one that was agreed to twice, the last."""
    drafts = look.session.scalars(select(RuleDraft).where(RuleDraft.kept_id.is_not(None)).order_by(RuleDraft.id))
    return {draft.kept_id: draft for draft in drafts if draft.kept_id}


def _of_type(
    versions: list[RuleVersion], origins: Mapping[UUID, RuleDraft], kept: Mapping[UUID, int]
) -> Iterator[Edition]:
    used = _used(versions, origins)
    until: dt.date | None = None
    for version in versions:
        origin = origins.get(version.id)
        if version not in used:
            yield Edition(version, None, kept.get(version.id, 0), origin, is_used=False)
            continue
        earlier = next(iter(used[used.index(version) + 1 :]), None)
        yield Edition(version, until, kept.get(version.id, 0), origin, overtakes=_overtakes(origins, origin, earlier))
        until = version.applies_from - dt.timedelta(days=1)


def _used(versions: Iterable[RuleVersion], origins: Mapping[UUID, RuleDraft]) -> list[RuleVersion]:
    """Of each day the one that is used: the office's own, else the newest of a release. The newest day first."""
    used: dict[dt.date, RuleVersion] = {}
    for version in versions:
        origin = origins.get(version.id)
        if origin is None:
            used.setdefault(version.applies_from, version)
        elif origin.is_agreed:
            used[version.applies_from] = version
    return list(used.values())


def _overtakes(origins: Mapping[UUID, RuleDraft], origin: RuleDraft | None, earlier: RuleVersion | None) -> bool:
    if earlier is None:
        return False
    return origin.base_id != earlier.id if origin else earlier.id in origins


def edition(look: Look, version_id: UUID) -> Edition:
    """The version with this id; NotFound when there is none."""
    found = next((each for each in editions(look) if each.version.id == version_id), None)
    if found is None:
        raise NotFound("There is no such version. Open the list again.")
    return found


def before(look: Look, edition: Edition) -> Edition | None:
    """The version of the same type that was in force until this one; None for the first."""
    version = edition.version
    earlier = (
        each
        for each in editions(look)
        if each.is_used
        and each.version.document_type == version.document_type
        and each.version.applies_from < version.applies_from
    )
    return next(earlier, None)


def differences(earlier: str | None, content: str) -> list[Difference]:
    """What a block says otherwise, by the keys of the type's file, sentences last; all when nothing is earlier."""
    block = json.loads(content)
    was = dict(_flat("", json.loads(earlier))) if earlier else {}
    now = dict(_flat("", block))
    return [
        Difference(key, was.get(key, ""), now.get(key, ""), rule_fields.article(block, key))
        for key in sorted(was.keys() | now.keys(), key=lambda key: (key.endswith(SENTENCES), key))
        if was.get(key) != now.get(key) and key != "from"
    ]


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
