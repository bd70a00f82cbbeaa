"""What pages share on which a person consents that a file is seen: the text that is read, and how it was read (E12)."""

from __future__ import annotations

from flask import request

from issuance.acts import Look
from issuance.law.persons.consent import consent_text
from issuance.models.people import Person
from issuance.services.interpreters import register
from issuance.services.mandates import consents
from issuance.services.mandates.consents import Said
from issuance.services.persons import notices
from issuance.web.frame.forms import Form
from issuance.web.frame.i18n import RIGHT_TO_LEFT, language
from issuance.web.words.languages import CODES, language_name, languages


def said(form: Form) -> Said:
    """How the person consented, as typed."""
    return Said(
        language=form.choice("consent_language", CODES),
        version=form.text("text_version", limit=20),
        interpreter=form.text("interpreter", limit=100, required=False),
        day=form.date("given_on", required=False),
    )


def beside(look: Look, form: Form, person: Person) -> dict[str, object]:
    """The text in Romanian and in the language that was chosen, the person's own at first."""
    asked = form.value("consent_language") or request.args.get("language", "")
    spoken = asked if asked in CODES else person.language
    own = notices.text_language(spoken)
    return {
        "form": form,
        "text": consent_text(),
        "language": language(),
        "spoken": spoken,
        "spoken_name": language_name(spoken),
        "choices": languages(),
        "chosen": Form({"language": spoken}),
        "own": own,
        "own_direction": "rtl" if own in RIGHT_TO_LEFT else "ltr",
        "needs_interpreter": consents.needs_interpreter(spoken),
        "interpreters": register.names_of(look, spoken),
    }
