"""Document types as dated data: what the law and the office ask of each document (`docs/law.md`, section 2)."""

from issuance.document_types.registry import HEADINGS, DefinitionError, DocumentType, get, load, rule_versions, table
from issuance.document_types.rules import Rules
from issuance.document_types.values import KINDS, Kind, Localised

__all__ = [
    "HEADINGS",
    "KINDS",
    "DefinitionError",
    "DocumentType",
    "Kind",
    "Localised",
    "Rules",
    "get",
    "load",
    "rule_versions",
    "table",
]
