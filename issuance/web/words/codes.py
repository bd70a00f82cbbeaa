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
