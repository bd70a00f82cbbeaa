"""Rule versions: the dated blocks of the document types, kept for ever as they were when an act used them."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from issuance.document_types import DocumentType, Rules, document_types
from issuance.models.requests import RuleVersion


def publish(session: Session) -> int:
    """Store every rule block that the register does not hold yet; returns how many were new."""
    known = set(session.scalars(select(RuleVersion.digest)))
    fresh = [
        RuleVersion(document_type=kind.code, applies_from=rules.applies_from, digest=digest, content=content)
        for kind in document_types().values()
        for rules in kind.rules
        for digest, content in [kind.version(rules)]
        if digest not in known
    ]
    session.add_all(fresh)
    session.flush()
    return len(fresh)


def version_of(session: Session, kind: DocumentType, rules: Rules) -> RuleVersion:
    """The stored version of the block an act uses."""
    digest, _ = kind.version(rules)
    return session.scalars(select(RuleVersion).where(RuleVersion.digest == digest)).one()
