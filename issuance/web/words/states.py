"""States, kinds, roles and scripts in words."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext

WORDS: dict[str, Any] = {
    # states of requests, documents, jobs, blanks, appointments (issuance.states)
    "lodged": lazy_gettext("lodged"),
    "incomplete": lazy_gettext("incomplete"),
    "complete": lazy_gettext("complete"),
    "approved": lazy_gettext("approved"),
    "in_production": lazy_gettext("in production"),
    "ready": lazy_gettext("ready for collection"),
    "delivered": lazy_gettext("handed over"),
    "uncollected": lazy_gettext("not collected"),
    "refused": lazy_gettext("refused"),
    "withdrawn": lazy_gettext("withdrawn"),
    "closed": lazy_gettext("closed"),
    "prepared": lazy_gettext("prepared"),
    "personalised": lazy_gettext("personalised"),
    "checked": lazy_gettext("checked"),
    "valid": lazy_gettext("valid"),
    "suspended": lazy_gettext("suspended"),
    "lost": lazy_gettext("lost"),
    "stolen": lazy_gettext("stolen"),
    "damaged": lazy_gettext("damaged"),
    "replaced": lazy_gettext("replaced"),
    "voided": lazy_gettext("voided"),
    "expired": lazy_gettext("expired"),
    "in_the_making": lazy_gettext("in the making"),
    "surrendered": lazy_gettext("surrendered"),
    "destroyed": lazy_gettext("destroyed"),
    "cancelled": lazy_gettext("cancelled"),
    "preparing": lazy_gettext("preparing"),
    "queued": lazy_gettext("queued"),
    "claimed": lazy_gettext("at the station"),
    "sent": lazy_gettext("at the bureau"),
    "done": lazy_gettext("done"),
    "not_started": lazy_gettext("not started"),
    "spoiled": lazy_gettext("spoiled"),
    "held": lazy_gettext("held"),
    "received": lazy_gettext("received"),
    "in_vault": lazy_gettext("in the vault"),
    "in_transit": lazy_gettext("in transit"),
    "at_centre": lazy_gettext("at the centre"),
    "at_station": lazy_gettext("in the printer"),
    "consumed": lazy_gettext("consumed"),
    "missing": lazy_gettext("missing"),
    "found": lazy_gettext("found"),
    "booked": lazy_gettext("booked"),
    "came": lazy_gettext("came"),
    "missed": lazy_gettext("did not come"),
    "waiting": lazy_gettext("waiting"),
    "called": lazy_gettext("called"),
    "absent": lazy_gettext("not there"),
    # kinds of request (docs/law.md, section 2)
    "first": lazy_gettext("first issue"),
    "renewal": lazy_gettext("renewal"),
    "extension": lazy_gettext("extension"),
    "replacement": lazy_gettext("replacement"),
    "correction": lazy_gettext("correction"),
    # roles (issuance.models.staff.RoleName)
    "clerk": lazy_gettext("front-desk clerk"),
    "decision_officer": lazy_gettext("decision officer"),
    "operator": lazy_gettext("print operator"),
    "quality_officer": lazy_gettext("quality officer"),
    "supervisor": lazy_gettext("supervisor"),
    "auditor": lazy_gettext("auditor"),
    "administrator": lazy_gettext("administrator"),
    "enrolment_expert": lazy_gettext("enrolment expert"),
    "mission": lazy_gettext("mission abroad"),
    "border_police": lazy_gettext("border police"),
    # scripts of names (printing.mrz.transliteration); the others keep their Unicode name
    "Latin": lazy_gettext("Latin"),
    "Cyrillic": lazy_gettext("Cyrillic"),
    "Arabic": lazy_gettext("Arabic"),
    "Greek": lazy_gettext("Greek"),
    "Bengali": lazy_gettext("Bengali"),
    "Devanagari": lazy_gettext("Devanagari"),
    "Gurmukhi": lazy_gettext("Gurmukhi"),
    "Sinhala": lazy_gettext("Sinhala"),
    "Tamil": lazy_gettext("Tamil"),
    "Ethiopic": lazy_gettext("Ethiopic"),
    "Cjk": lazy_gettext("Chinese"),
}


def word(value: object) -> str:
    """The word people use for a state, kind or role; the value itself when there is none."""
    return str(WORDS.get(str(value), value))
