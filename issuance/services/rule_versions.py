"""Rule versions: the dated blocks of the document types, kept for ever as they were when an act used them.

The law of a release is in its files; what two administrators agreed to since is in the register (`admin.rule_drafts`).
Whoever judges by a day asks here, for both: nothing is remembered between two looks, so nothing can be old.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from functools import lru_cache

from sqlalchemy import Select, select

from issuance import document_types
from issuance.acts import Act, Look
from issuance.document_types import DocumentType, Rules
from issuance.errors import Conflict
from issuance.models.requests import IssuanceRequest, RuleDraft, RuleVersion


def publish(act: Act) -> int:
    """Store every rule block that the register does not hold yet; returns how many were new."""
    known = set(act.session.scalars(select(RuleVersion.digest)))
    fresh = [
        RuleVersion(document_type=code, applies_from=applies_from, digest=digest, content=content)
        for kind in document_types.load().values()
        for code, applies_from, digest, content in document_types.rule_versions(kind)
        if digest not in known
    ]
    act.session.add_all(fresh)
    act.session.flush()
    if fresh:
        act.record("rules.published", versions=len(fresh))
    return len(fresh)


def types(look: Look) -> Mapping[str, DocumentType]:
    """Every document type by its code, with the rules of the release and those that the office agreed to."""
    agreed = _own_blocks(look)
    return {code: kind.amended(agreed[code]) for code, kind in document_types.load().items()}


def of_type(look: Look, code: str) -> DocumentType:
    """The document type with this code, with its rules as `types`; NotFound when there is none."""
    return document_types.get(code).amended(_own_blocks(look)[code])


def _own_blocks(look: Look) -> Mapping[str, list[Rules]]:
    """What the office agreed to, by type: few blocks, read together."""

    def ask() -> Mapping[str, list[Rules]]:
        agreed = defaultdict[str, list[Rules]](list)
        for version in look.session.scalars(_agreed()):
            agreed[version.document_type].append(read(version.content))
        return agreed

    return look.still(_own_blocks, ask)


def _agreed() -> Select[RuleVersion]:
    return select(RuleVersion).join(RuleDraft, RuleDraft.kept_id == RuleVersion.id).where(RuleDraft.ended_at.is_(None))


def rules_today(look: Look, code: str) -> Rules:
    """The rules of a type that are in force today; RuleViolation when it has none yet."""
    return of_type(look, code).rules_on(look.clock.today())


def last(look: Look, code: str) -> RuleVersion:
    """The last version of a type, whether in force already or not."""
    return version_of(look, of_type(look, code).rules[-1])


def version_of(look: Look, rules: Rules) -> RuleVersion:
    """The stored version of the block an act uses; Conflict while the register does not hold it.

    The office's own is found by its day: a later release may read more into it, and its digest would be another.
    """
    same_day = (RuleVersion.document_type == rules.document_type, RuleVersion.applies_from == rules.from_date)
    found = look.session.scalar(_agreed().where(*same_day))
    found = found or look.session.scalar(select(RuleVersion).where(RuleVersion.digest == rules.digest()))
    if found is None:
        raise Conflict("The rules of this release were not taken in yet. An administrator runs set-up.")
    return found


def rules_of(request: IssuanceRequest) -> Rules:
    """The rules that a request keeps from its lodging: those that the register stored, whatever the files say now."""
    return read(request.rule_version.content)


@lru_cache(maxsize=256)
def read(content: str) -> Rules:
    """The rules of a stored version."""
    return Rules.from_json(content)
