"""What a clerk types when lodging by hand, read field by field; each refusal is noted beside its field."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import gettext

from issuance import document_types
from issuance.acts import Look
from issuance.document_types import Rules
from issuance.law.documents.requests import request_words
from issuance.law.persons.registration import PLACES, Place
from issuance.services.casework.corrections import Proposal
from issuance.services.casework.lodging import Lodging
from issuance.services.persons.identity import Identity
from issuance.services.rule_versions import types
from issuance.values import fields, names
from issuance.values.codes import KINDS, PROCEDURES, SEXES, STATUSES
from issuance.values.travel_documents import (
    LONGEST_OTHER,
    NOTHING_SHOWN,
    TRAVEL_DOCUMENTS,
    ShownDocument,
    TravelDocument,
    shown,
)
from issuance.web.frame.forms import Form
from issuance.web.words.languages import CODES
from issuance.web.words.nationalities import PERSON_CODES, other_nationalities
from printing.mrz.transliteration import propose_latin

MOST_FEE = 10_000

CHOICE = "differs-"
"""Before the name of a field: which is right of it, REGISTER or TYPED."""

REGISTER, TYPED = "register", "typed"
ANEW = {"address"}
"""What somebody known tells anew at a lodging; everything else is corrected."""

WHO = ("family_name", "given_names", "birth_date")
"""By what a person is told from others: a request is lodged for the one of the register."""


def read_lodging(form: Form, centre: str) -> Lodging:
    """The form, in its own order, as a lodging of the centre `centre`; `form.check()` has to follow."""
    _keep_native(form)
    return Lodging(
        document_type=form.choice("document_type", document_types.load()),
        kind=form.choice("kind", KINDS),
        previous_document=_line(form, "previous_document") if form.value("kind") != "first" else "",
        replacement_reason=_reason(form),
        identity=_identity(form),
        decision_number=_line(form, "decision_number"),
        decision_date=form.date("decision_date", required=False),
        applied_on=form.date("applied_on", required=False),
        applied_at=_applied_at(form),
        procedure=form.choice("procedure", PROCEDURES),
        travel_document=_travel_document(form),
        representative=_line(form, "representative"),
        unaccompanied=form.ticked("unaccompanied"),
        fee=form.whole("fee", least=0, most=MOST_FEE, required=False) or 0,
        phone=_line(form, "phone"),
        note=_line(form, "note"),
        beside_reason=_line(form, "beside_reason"),
        centre=centre,
        source="hand",
        mark=form.text("mark", required=False, limit=32),
    )


def _applied_at(form: Form) -> Place:
    """Where the application was made; at the inspectorate unless somebody says otherwise."""
    chosen = form.choice("applied_at", PLACES, required=False)
    return next((place for place in PLACES if place == chosen), "inspectorate")


def right_of(form: Form, differing: Mapping[str, object], *, may_correct: bool) -> set[str]:
    """The fields of which what was typed is right. FormRefused while one was not chosen, or is a clerk's to choose."""
    for name in differing:
        chosen = form.choice(f"{CHOICE}{name}", (REGISTER, TYPED))
        if chosen == TYPED and name not in ANEW and not may_correct:
            form.refuse(
                f"{CHOICE}{name}",
                gettext("A clerk corrects this. Choose the register, and write into the note what was said."),
            )
    form.check()
    return {name for name in differing if form.value(f"{CHOICE}{name}") == TYPED}


def read_correction(form: Form, said: Mapping[str, str]) -> Proposal:
    """What the register is to say, with the reason and the paper that shows it. FormRefused while they are missing."""
    reason = form.choice("correction_reason", request_words().correction_reasons)
    evidence = form.text("correction_evidence")
    form.checked("correction_evidence", lambda: names.check_text("evidence", evidence) if evidence else "")
    form.check()
    return Proposal(said, reason, evidence)


def needs(look: Look) -> dict[str, dict[str, object]]:
    """What the form of each type asks for: its kinds and statuses, which fields it must have, and which it has not."""
    return {code: _needs(code, kind.rules_on(look.clock.today())) for code, kind in types(look).items()}


def _needs(code: str, rules: Rules) -> dict[str, object]:
    decision = ["decision_number", "decision_date"]
    rests_on_decision = rules.entitlement.decision_required
    birth_place = ["birth_place"] if code in request_words().birth_place.types else []
    free = [] if rules.fee.allowed else ["fee"]
    return {
        "kinds": list(rules.kinds.allowed),
        "statuses": list(rules.entitlement.statuses),
        "required": birth_place + (decision if rests_on_decision else []),
        "absent": free + ([] if rests_on_decision else decision),
    }


def _travel_document(form: Form) -> ShownDocument:
    """What was shown; a passport or identity card is told by its number, another document by a few words."""
    kind = form.choice("travel_document_shown", TRAVEL_DOCUMENTS)
    if kind in ("", TravelDocument.NONE):
        return NOTHING_SHOWN
    number = form.text("travel_document_number", limit=LONGEST_OTHER)
    state = form.choice("travel_document_state", PERSON_CODES, required=False)
    return form.checked("travel_document_number", lambda: shown(kind, number, state)) or NOTHING_SHOWN


def _identity(form: Form) -> Identity:
    """Who the person is, in the order of the form."""
    language = form.choice("language", CODES)
    return Identity(
        family_name=_latin(form, "family_name", language, required=True),
        given_names=_latin(form, "given_names", language, required=False),
        native_name=_line(form, "native_name"),
        birth_date=form.partial_date("birth_date"),
        birth_place=_line(form, "birth_place"),
        sex=form.choice("sex", SEXES),
        nationality=form.choice("nationality", PERSON_CODES),
        other_nationalities=other_nationalities(form),
        status=form.choice("status", STATUSES),
        eurodac_reference=_line(form, "eurodac_reference"),
        cnp=_line(form, "cnp"),
        language=language,
        address=_line(form, "address"),
        vulnerable=form.ticked("vulnerable"),
    )


def _line(form: Form, name: str) -> str:
    """One line that may stay empty, read as every door reads it."""
    text = form.text(name, required=False)
    if not text or name in form.errors:
        return text
    return form.checked(name, lambda: fields.read(name, text)) or ""


def _keep_native(form: Form) -> None:
    """A name typed in another script is also the native name, unless that was typed itself."""
    typed = [form.value(name).strip() for name in ("family_name", "given_names")]
    if not form.value("native_name").strip() and not all(map(names.is_latin, typed)):
        form.values["native_name"] = " ".join(filter(None, typed))


def _latin(form: Form, name: str, language: str, *, required: bool) -> str:
    """The spelling to be printed. Another script is answered with a proposal, where there is a table for it."""
    text = form.text(name, required=required, limit=names.MAX_NAME)
    if not text or name in form.errors:
        return text
    kept = form.checked(name, lambda: fields.read(name, text)) or ""
    if names.is_latin(kept):
        return (kept and form.checked(name, lambda: names.check_latin_name(name, kept))) or ""
    proposal = propose_latin(kept, language)
    if proposal:
        form.values[name] = proposal
        form.refuse(name, gettext("Proposed from the other script: check it with the person and send it again."))
    else:
        form.checked(name, lambda: names.mrz_form(name, kept))  # refuses, and says which letter has none
    return ""


def _reason(form: Form) -> str:
    """Why a document is replaced: asked for a replacement only."""
    is_replacement = form.value("kind") == "replacement"
    return (
        form.choice("replacement_reason", request_words().replacement_reasons, required=is_replacement)
        if is_replacement
        else ""
    )
