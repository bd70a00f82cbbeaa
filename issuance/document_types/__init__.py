"""Document types as dated data: what the law and the office ask of each document (`docs/law.md`, section 2)."""

from issuance.document_types.registry import HEADINGS, DefinitionError, DocumentType, get, load, rule_versions, table
from issuance.document_types.rules import Rules
from issuance.document_types.values import Localised

__all__ = [
    "HEADINGS",
    "DefinitionError",
    "DocumentType",
    "Localised",
    "Rules",
    "get",
    "load",
    "rule_versions",
    "table",
]
