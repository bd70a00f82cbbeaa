"""The tables of a document type's rules, and the numbers in them, in words."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext

SECTIONS: dict[str, Any] = {
    "validity": lazy_gettext("Validity"),
    "deadline": lazy_gettext("Due"),
    "renewal": lazy_gettext("Renewal"),
    "evidence": lazy_gettext("Papers to bring"),
    "portrait": lazy_gettext("Portrait"),
    "signature": lazy_gettext("Signature"),
    "fingerprints": lazy_gettext("Fingerprints"),
    "collection": lazy_gettext("Not collected"),
    "retention": lazy_gettext("How long data are kept"),
    "loss": lazy_gettext("Loss and theft"),
    "minors": lazy_gettext("Minors"),
    "hand_over": lazy_gettext("Hand-over"),
    "ends": lazy_gettext("What ends the document"),
    "kinds": lazy_gettext("Kinds of request"),
    "entitlement": lazy_gettext("Who has a right to it"),
    "open_case": lazy_gettext("Open case"),
    "issued": lazy_gettext("Whether it is issued"),
    "fee": lazy_gettext("Fee"),
    "declared_identity": lazy_gettext("Declared identity"),
    "assumptions": lazy_gettext("What no source says"),
}
"""In the order of the form."""

NUMBERS: dict[str, Any] = {
    "validity.count": lazy_gettext("How long it is valid (years, or days where the sentence says days)"),
    "validity.until": lazy_gettext("Last day of all documents"),
    "deadline.days": lazy_gettext("Days from lodging to the hand-over"),
    "renewal.opens_days_before": lazy_gettext("Days before expiry from which papers are taken"),
    "minors.below_age": lazy_gettext("A minor is younger than (years)"),
    "portrait.max_age_months": lazy_gettext("A portrait is not older than (months)"),
    "portrait.reused_for": lazy_gettext("An earlier portrait is used again for"),
    "signature.reused_for": lazy_gettext("An earlier signature is used again for"),
    "fingerprints.from_age": lazy_gettext("Fingerprints from the age of (years)"),
    "fingerprints.passing_months": lazy_gettext("Who can give none for now: valid for (months)"),
    "retention.after_end_days": lazy_gettext("Days after the document's end"),
    "retention.fingerprints_days": lazy_gettext("Days that fingerprints are kept"),
    "collection.noted_after_days": lazy_gettext("Days until it is noted"),
    "collection.vault_after_days": lazy_gettext("Days until it goes into the vault"),
    "collection.destroyed_after_days": lazy_gettext("Days until it is destroyed"),
    "loss.within_hours": lazy_gettext("Hours within which it is declared"),
}
