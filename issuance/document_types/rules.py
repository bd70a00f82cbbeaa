"""One dated block of a document type's rules: what may be asked for, how long, how soon, at what price, until when.

Every number and every sentence comes from the type's TOML file; this module only counts and compares. House rule
numbers (E3) are those of docs/law.md, articles are named where they are used.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from decimal import Decimal
from typing import Literal

from pydantic import Field, ValidationInfo, model_validator

from issuance.document_types.values import (
    Event,
    HandOverStep,
    Localised,
    Permission,
    Refusal,
    Value,
)
from issuance.errors import RuleViolation
from issuance.values.calendar import add_months, add_years, day_number, youngest_age
from issuance.values.codes import KINDS, Kind, Status

KEPT = "kept"
"""The context in which a block is read that the register kept."""


class Kinds(Value):
    """Which kinds of request the law knows for this type; every other kind is refused with its article."""

    allowed: tuple[Kind, ...]
    refused: dict[Kind, Refusal] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _each_kind_once(self, info: ValidationInfo) -> Kinds:
        said = [*self.allowed, *self.refused]
        known = set(said) if info.context == KEPT else set(KINDS)
        if sorted(said) != sorted(known):
            raise ValueError(f"each of {', '.join(KINDS)} is either allowed or refused")
        return self


class Validity(Value):
    """How long a document lasts: `count` years or days from issue, `until` a day fixed for all, or open."""

    period: Literal["years", "days", "until", "open"]
    count: int | None = Field(default=None, ge=1)
    until: dt.date | None = None
    text: Localised
    legal_basis: Localised
    refusal: Refusal | None = None

    @model_validator(mode="after")
    def _measure_fits_period(self) -> Validity:
        measured = (self.count is not None, self.until is not None, self.refusal is not None)
        expected = {"until": (False, True, True), "open": (False, False, False)}.get(self.period, (True, False, False))
        if measured != expected:
            raise ValueError("years and days take `count`; until takes `until` and `refusal`; open takes none of them")
        return self


class Deadline(Value):
    """Days from lodging to the holder's hands; lodging day is day 0."""

    days: int = Field(ge=0)
    text: Localised
    legal_basis: Localised


class Renewal(Value):
    """From how many days before expiry papers for a renewal are taken."""

    opens_days_before: int = Field(ge=0)
    refusal: Refusal


class Entitlement(Value):
    """Whose status gives a right to this document, and whether a decision's number and date must be named."""

    statuses: tuple[Status, ...]
    decision_required: bool
    legal_basis: Localised
    refusal: Refusal


class Minors(Value):
    """Until what age a representative acts, and whether already at lodging (never for a registration certificate)."""

    below_age: int
    representative_at_lodging: bool
    refusal: Refusal


class Evidence(Value):
    """A paper to bring for the named kinds of request."""

    code: str
    kinds: tuple[Kind, ...]
    text: Localised


class Portrait(Value):
    """How old a portrait may be, in months, and for which kinds an earlier one is used again."""

    max_age_months: int
    reused_for: tuple[Kind, ...]
    text: Localised


class Signature(Value):
    """What is signed at lodging and printed; for which kinds an earlier signature is used again."""

    reused_for: tuple[Kind, ...]
    text: Localised
    legal_basis: Localised


class Bulk(Value):
    """Which requests one officer may approve together, how many at most, and how many of them are drawn to be decided
    one by one before: a share of them in percent, and never fewer than `sample_at_least`."""

    kinds: tuple[Kind, ...]
    sources: tuple[Literal["case_handling", "hand"], ...]
    most: int = Field(ge=2, le=200)
    sample_percent: int = Field(ge=1, le=100)
    sample_at_least: int = Field(ge=1)
    text: Localised
    legal_basis: Localised

    def sample_of(self, count: int) -> int:
        """How many of so many are drawn."""
        return min(count, max(self.sample_at_least, -(-count * self.sample_percent // 100)))


class Fingerprints(Value):
    """From what age fingerprints are taken; who physically cannot give them is exempt.

    Where that passes, the document lasts at most so many months; as long as any other where the law says nothing.
    """

    from_age: int
    passing_months: int | None = Field(default=None, ge=1)
    text: Localised
    legal_basis: Localised


class Retention(Value):
    """When data go: all of a request so many days after its document's end; fingerprints at the hand-over, at the end
    of the request, or so many days after they were taken, whichever is first."""

    after_end_days: int | None = Field(default=None, ge=31)  # what an earlier release kept has none
    fingerprints_days: int | None = Field(default=None, ge=1)
    text: Localised
    legal_basis: Localised


class Collection(Value):
    """How many days a ready document waits for its holder until it is noted, goes into the vault, is destroyed."""

    noted_after_days: int = Field(ge=1)
    vault_after_days: int
    destroyed_after_days: int
    text: Localised
    legal_basis: Localised

    @model_validator(mode="after")
    def _one_after_the_other(self) -> Collection:
        if not self.noted_after_days < self.vault_after_days < self.destroyed_after_days:
            raise ValueError("a document is noted first, then goes into the vault, then is destroyed")
        return self

    def vault_on(self, ready_on: dt.date) -> dt.date:
        """From this day it goes into the vault."""
        return ready_on + dt.timedelta(days=self.vault_after_days)

    def destroyed_on(self, ready_on: dt.date) -> dt.date:
        """From this day it is destroyed; until the day before its holder gets it."""
        return ready_on + dt.timedelta(days=self.destroyed_after_days)


class Loss(Value):
    """Within how many hours loss or theft is declared."""

    within_hours: int
    text: Localised
    legal_basis: Localised


class HandOverCondition(Value):
    """What must be done before the document is given out; `unless` are reasons of replacement that lift it."""

    step: HandOverStep
    unless: tuple[Literal["lost", "stolen"], ...] = ()
    text: Localised
    legal_basis: Localised


class Ending(Value):
    """An event that ends the document before or at its last day."""

    event: Event
    text: Localised
    legal_basis: Localised


class Rules(Value):
    """The rules of one type in force from `from_date` until the next block. Days are calendar days in Bucharest."""

    document_type: str
    from_date: dt.date = Field(alias="from")
    legal_basis: Localised
    issued: Permission
    kinds: Kinds
    entitlement: Entitlement
    validity: Validity
    deadline: Deadline
    renewal: Renewal | None = None
    open_case: Refusal | None = None
    fee: Permission
    minors: Minors
    evidence: tuple[Evidence, ...]
    portrait: Portrait
    signature: Signature | None = None  # of a type without one, and what an earlier release kept
    fingerprints: Fingerprints | None = None
    bulk: Bulk | None = None
    retention: Retention
    collection: Collection | None = None  # what an earlier release kept has none
    loss: Loss
    declared_identity: Localised | None = None
    four_eyes: tuple[tuple[str, str], ...]
    hand_over: tuple[HandOverCondition, ...]
    ends: tuple[Ending, ...]
    assumptions: tuple[Localised, ...] = ()

    @model_validator(mode="after")
    def _renewal_iff_allowed(self) -> Rules:
        if ("renewal" in self.kinds.allowed) != (self.renewal is not None):
            raise ValueError("`renewal` is given exactly when the kind renewal is allowed")
        return self

    @model_validator(mode="after")
    def _bulk_for_the_same_day(self) -> Rules:
        if self.bulk and self.deadline.days:
            raise ValueError("`bulk` is for a document that is due on the day of its lodging")
        return self

    # What may be lodged

    def check_kind(self, kind: Kind) -> None:
        """RuleViolation naming the article when the type is not issued or knows no request of this kind (E3)."""
        self.issued.check("document_type")
        if kind in self.kinds.refused:
            raise self.kinds.refused[kind].violation("kind")
        if kind not in self.kinds.allowed:  # a version that an office agreed to before a release brought this kind
            raise RuleViolation(
                "E3",
                self.legal_basis.en,
                "The rules of this office do not know this kind of request yet. An administrator drafts them anew.",
                field="kind",
                translations={
                    "ro": "Regulile oficiului nu cunosc încă acest fel de cerere. Un administrator le scrie din nou."
                },
            )

    def check_status(self, status: str) -> None:
        """RuleViolation when a person of this status has no right to the document (E1)."""
        if status not in self.entitlement.statuses:
            raise self.entitlement.refusal.violation("status")

    def check_case(self, *, closed: bool) -> None:
        """RuleViolation when the document lives only while the asylum case is open, and it is closed (E15)."""
        if closed and self.open_case:
            raise self.open_case.violation("kind")

    def check_fee(self, amount: Decimal | int) -> None:
        """RuleViolation when a fee is asked for a document that is free of charge (E5)."""
        if amount:
            self.fee.check("fee")

    def check_renewal(self, expires_on: dt.date, today: dt.date) -> None:
        """RuleViolation when the old document, last valid on `expires_on`, is renewed too early (E19)."""
        if self.renewal and today < (opens := self.renewal_opens(expires_on)):
            raise self.renewal.refusal.violation("kind", opens=f"{opens:%d.%m.%Y}")

    def check_representative(self, birth_date: str, representative: str, today: dt.date) -> None:
        """RuleViolation when a minor's request names no representative (E14)."""
        if self.minors.representative_at_lodging and self.is_minor(birth_date, today) and not representative.strip():
            raise self.minors.refusal.violation("representative")

    @property
    def fee_allowed(self) -> bool:
        """Whether a fee may be set at all."""
        return self.fee.allowed

    def evidence_for(self, kind: Kind) -> tuple[Evidence, ...]:
        """The papers to bring for a request of this kind."""
        return tuple(paper for paper in self.evidence if kind in paper.kinds)

    # Days

    def valid_until(self, issue_date: dt.date) -> dt.date | None:
        """The last valid day: the day before the anniversary, or the day fixed for all, or none.

        RuleViolation when the day fixed for all has passed.
        """
        validity = self.validity
        if validity.count is not None:
            by_years = validity.period == "years"
            end = add_years(issue_date, validity.count) if by_years else issue_date + dt.timedelta(validity.count)
            return end - dt.timedelta(days=1)
        if validity.until and validity.refusal and issue_date > validity.until:
            raise validity.refusal.violation("document_type")
        return validity.until

    def due_date(self, lodged_on: dt.date) -> dt.date:
        """The day by which the holder receives the document (E4)."""
        return lodged_on + dt.timedelta(days=self.deadline.days)

    def day_n(self, lodged_on: dt.date, today: dt.date) -> int:
        """Day n of `deadline.days`; 0 on the day of lodging."""
        return day_number(lodged_on, today)

    def renewal_opens(self, expires_on: dt.date) -> dt.date:
        """The first day on which papers for a renewal are taken; the day after expiry where none is."""
        days = self.renewal.opens_days_before if self.renewal else -1
        return expires_on - dt.timedelta(days=days)

    # Persons and their data

    def is_minor(self, birth_date: str, today: dt.date) -> bool:
        """Whether the person is, or with unknown parts of the birth date may be, a minor; no year known: no."""
        age = youngest_age(birth_date, today)
        return age is not None and age < self.minors.below_age

    def fingerprints_required(self, age: int | None) -> bool:
        """Whether a person of this age gives fingerprints (E18); an unknown age counts as adult."""
        return self.fingerprints is not None and (age is None or age >= self.fingerprints.from_age)

    def until_fingers_heal(self, issue_date: dt.date) -> dt.date | None:
        """The last valid day of a document of who can give no finger for now (E18); None where no law limits it."""
        months = self.fingerprints.passing_months if self.fingerprints else None
        return add_months(issue_date, months) - dt.timedelta(days=1) if months else None

    def portrait_reusable(self, kind: Kind, taken_on: dt.date, today: dt.date) -> bool:
        """Whether a request of this kind may use the portrait taken on that day again."""
        young = add_months(today, -self.portrait.max_age_months) < taken_on <= today
        return young and kind in self.portrait.reused_for

    def signature_reusable(self, kind: Kind) -> bool:
        """Whether a request of this kind may use what the person signed for an earlier one."""
        return self.signature is not None and kind in self.signature.reused_for

    def hand_over_requires(self, step: HandOverStep, replacement_reason: str = "") -> bool:
        """Whether `step` must be done before the document is given out."""
        return any(item.step == step and replacement_reason not in item.unless for item in self.hand_over)

    # Keeping

    def canonical_json(self) -> str:
        """The same block always as the same text: keys sorted, no spaces, UTF-8 as it is."""
        content = self.model_dump(mode="json", by_alias=True)
        return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)

    def digest(self) -> str:
        """SHA-256 (hex) of `canonical_json`."""
        return hashlib.sha256(self.canonical_json().encode()).hexdigest()

    @classmethod
    def from_json(cls, text: str) -> Rules:
        """The block an act used, as the register kept it (`RuleVersion.content`).

        A key that an earlier release kept and this one has no more is passed over, and a kind of request that it did
        not know is not asked for: what was kept stays readable.
        """
        return cls.model_validate_json(text, extra="ignore", context=KEPT)
