"""Rule versions: the dated blocks of the document types, kept for ever as they were when an act used them."""

from __future__ import annotations

from functools import lru_cache

from sqlalchemy import select

from issuance import document_types
from issuance.acts import Act, Look
from issuance.document_types import Rules
from issuance.models.requests import IssuanceRequest, RuleVersion


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


def version_of(look: Look, rules: Rules) -> RuleVersion:
    """The stored version of the block an act uses."""
    return look.session.scalars(select(RuleVersion).where(RuleVersion.digest == rules.digest())).one()


def rules_of(request: IssuanceRequest) -> Rules:
    """The rules that a request keeps from its lodging: those that the register stored, whatever the files say now."""
    return read(request.rule_version.content)


@lru_cache(maxsize=256)
def read(content: str) -> Rules:
    """The rules of a stored version."""
    return Rules.from_json(content)
