"""The coded words of a request and its person, as people say them."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext

from issuance.values.travel_documents import ShownDocument

REASONS: dict[str, Any] = {
    "lost": lazy_gettext("lost"),
    "stolen": lazy_gettext("stolen"),
    "damaged": lazy_gettext("damaged"),
    "office_error": lazy_gettext("error of the office"),
    "changed_data": lazy_gettext("changed data"),
}
STATUSES: dict[str, Any] = {
    "refugee": lazy_gettext("Refugee"),
    "subsidiary": lazy_gettext("Subsidiary protection"),
    "applicant": lazy_gettext("Asylum applicant"),
    "temporary_protection": lazy_gettext("Temporary protection"),
    "family_member": lazy_gettext("Family member"),
}
STATUS_WORDS: dict[str, Any] = STATUSES | {"ended": lazy_gettext("Protection ended")}
"""The same, and what only a final withdrawal says."""

TEXT_STATES: dict[str, Any] = {
    "ours": lazy_gettext("ours"),
    "machine": lazy_gettext("made by a machine, not reviewed"),
    "reviewed": lazy_gettext("reviewed"),
}
PROCEDURES: dict[str, Any] = {
    "regular": lazy_gettext("Regular"),
    "accelerated": lazy_gettext("Accelerated"),
    "border": lazy_gettext("At the border"),
}
APPLICATION_PLACES: dict[str, Any] = {
    "inspectorate": lazy_gettext("At the inspectorate"),
    "elsewhere": lazy_gettext("At another authority"),
    "influx": lazy_gettext("In an influx"),
}
"""Where an application for protection was made (E22)."""

PURPOSES: dict[str, Any] = {
    "lodging": lazy_gettext("To lodge a request"),
    "collection": lazy_gettext("To collect a document"),
}
"""What somebody comes to a waiting room for."""

CHANNELS: dict[str, Any] = {
    "email": lazy_gettext("E-mail"),
    "sms": lazy_gettext("SMS"),
}
"""By what persons are written to."""

NOTICE_KINDS: dict[str, Any] = {
    "received": lazy_gettext("The request is received"),
    "missing": lazy_gettext("Something is missing"),
    "ready": lazy_gettext("The document is ready"),
    "reminder": lazy_gettext("The document still waits"),
    "expiring": lazy_gettext("The document expires soon"),
    "decree": lazy_gettext("A decree changes its last day"),
    "code": lazy_gettext("The code that lets an address count"),
    "reference": lazy_gettext("The reference, which was lost"),
}
"""Of what they are told."""

NOTICE_STATES: dict[str, Any] = {
    "waiting": lazy_gettext("waits to be sent"),
    "sending": lazy_gettext("on its way"),
    "accepted": lazy_gettext("sent"),
    "delivered": lazy_gettext("delivered"),
    "refused": lazy_gettext("refused: the address is wrong"),
    "damaged": lazy_gettext("not sent: what is kept of the address cannot be read"),
    "given_up": lazy_gettext("not sent: nobody took it for two days"),
    "unknown": lazy_gettext("nobody knows whether it was sent"),
    "dropped": lazy_gettext("not needed any more"),
}
"""What became of a notice; damaged is the reason of one that was refused."""

SMS_REACHED: dict[str, Any] = {
    "": lazy_gettext("taken by the gateway, not delivered yet"),
    "operator": lazy_gettext("with the operator, not delivered yet"),
}
"""How far an SMS is that the gateway took: its answer alone is no delivery."""
LOOKED_UP_FOR: dict[str, Any] = {
    "street_control": lazy_gettext("Control in the street or on the road"),
    "border_control": lazy_gettext("Control at the border"),
    "investigation": lazy_gettext("Investigation"),
    "found_document": lazy_gettext("The document was found"),
    "doubted_document": lazy_gettext("The document may be false"),
}
"""What police look a document up for."""

SEXES: dict[str, Any] = {
    "F": lazy_gettext("F · female"),
    "M": lazy_gettext("M · male"),
    "X": lazy_gettext("X · not stated"),
}
SIGNATURE_ABSENCES: dict[str, Any] = {
    "refused": lazy_gettext("The person refuses to sign"),
    "unable": lazy_gettext("The person cannot sign"),
    "small_child": lazy_gettext("A small child does not sign"),
}
TRAVEL_DOCUMENTS: dict[str, Any] = {
    "none": lazy_gettext("None"),
    "passport": lazy_gettext("Passport"),
    "identity_card": lazy_gettext("Identity card with photo"),
    "other_with_photo": lazy_gettext("Another document with photo"),
    "other_without_photo": lazy_gettext("Another document without photo"),
}


def travel_document(shown: ShownDocument) -> str:
    """What was shown, with number and state."""
    return f"{TRAVEL_DOCUMENTS[shown.kind]} {shown.told}".strip()


RULE_TABLES: dict[str, Any] = {
    "validity": lazy_gettext("Validity"),
    "deadline": lazy_gettext("Due"),
    "renewal": lazy_gettext("Renewal"),
    "evidence": lazy_gettext("Papers to bring"),
    "bulk": lazy_gettext("Approving together"),
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
"""The tables of a type's rules, in the order of their form."""

RULE_NUMBERS: dict[str, Any] = {
    "validity.count": lazy_gettext("How long it is valid (years, or days where the sentence says days)"),
    "validity.until": lazy_gettext("Last day of all documents"),
    "deadline.days": lazy_gettext("Days from lodging to the hand-over"),
    "bulk.kinds": lazy_gettext("Kinds of request that are approved together"),
    "bulk.most": lazy_gettext("At most so many together"),
    "bulk.sample_percent": lazy_gettext("Per cent of them that are drawn by lot"),
    "bulk.sample_at_least": lazy_gettext("Drawn at least"),
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
