"""The small values document types are written in: texts in the languages of their readers, refusals, conditions."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, model_validator

from issuance.errors import RuleViolation

MachinePart = Literal["mrz", "barcode", "chip", "seal"]
Event = Literal[
    "expiry",
    "entry",
    "tid_issued",
    "permit_handed_over",
    "case_final",
    "protection_ended",
    "renounced",
    "replaced",
]
HandOverStep = Literal[
    "identity_confirmed",
    "old_document_surrendered",
    "representative_present",
    "signature",
    "rights_notice",
]


class Value(BaseModel):
    """A part of a definition: immutable, unknown keys refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Localised(Value):
    """A text that people read: Romanian and English always, French on travel documents."""

    ro: str
    en: str
    fr: str | None = None

    def text(self, language: str) -> str:
        """The text in `language`, English where that language is not kept."""
        return {"ro": self.ro, "fr": self.fr}.get(language) or self.en

    def __str__(self) -> str:
        return self.en


class Refusal(Value):
    """Why something is refused: house rule number, article, reason, and what to do instead."""

    rule: str
    legal_basis: Localised
    reason: Localised
    next: Localised

    def sentence(self, language: str) -> str:
        """`Reason (article). What to do.`"""
        parts = (self.reason.text(language), self.legal_basis.text(language), self.next.text(language))
        return "{} ({}). {}".format(*parts)

    def violation(self, field: str, **params: object) -> RuleViolation:
        """The error to raise, in Romanian and English; `params` fill the `%(name)s` places of the texts."""
        return RuleViolation(
            self.rule,
            self.legal_basis.en,
            self.sentence("en"),
            field=field,
            translations={"ro": self.sentence("ro")},
            **params,
        )


class Permission(Value):
    """Something that is allowed, or refused with its reason."""

    allowed: bool
    refusal: Refusal | None = None

    @model_validator(mode="after")
    def _refusal_iff_not_allowed(self) -> Permission:
        if self.allowed == (self.refusal is not None):
            raise ValueError("`refusal` is given exactly when `allowed` is false")
        return self

    def check(self, field: str) -> None:
        """RuleViolation naming the article when it is not allowed."""
        if self.refusal:
            raise self.refusal.violation(field)
