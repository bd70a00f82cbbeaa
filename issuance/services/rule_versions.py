"""Rule versions: the dated blocks of the document types, kept for ever as they were when an act used them."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from issuance import document_types
from issuance.document_types import Rules
from issuance.models.requests import RuleVersion


def publish(session: Session) -> int:
    """Store every rule block that the register does not hold yet; returns how many were new."""
    known = set(session.scalars(select(RuleVersion.digest)))
    fresh = [
        RuleVersion(document_type=code, applies_from=applies_from, digest=digest, content=content)
        for kind in document_types.load().values()
        for code, applies_from, digest, content in document_types.rule_versions(kind)
        if digest not in known
    ]
    session.add_all(fresh)
    session.flush()
    return len(fresh)


def version_of(session: Session, rules: Rules) -> RuleVersion:
    """The stored version of the block an act uses."""
    return session.scalars(select(RuleVersion).where(RuleVersion.digest == rules.digest())).one()
