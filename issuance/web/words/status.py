"""What the status page says: short sentences and everyday words, for somebody who reads the language a little (A2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from flask_babel import lazy_gettext

from issuance.services.life.validity import Standing
from issuance.services.public.status import PublicState, PublicStatus


@dataclass(frozen=True, slots=True)
class Answer:
    """One of the eight states: the answer, and what to do now, sentence by sentence. `runs`: the days still count."""

    tone: Literal["info", "soon", "stop", "done"]
    answer: Any
    now: tuple[Any, ...]
    runs: bool = True


ANSWERS = {
    PublicState.RECEIVED: Answer(
        "info",
        lazy_gettext("We have your request."),
        (lazy_gettext("You do not need to do anything now."), lazy_gettext("Look at this page again in a few days.")),
    ),
    PublicState.MISSING: Answer(
        "soon",
        lazy_gettext("Something is missing."),
        (lazy_gettext("Come to the office with what is on this list. Come soon: the days run on."),),
    ),
    PublicState.EXAMINED: Answer(
        "info",
        lazy_gettext("We are checking your request."),
        (lazy_gettext("You do not need to do anything now."), lazy_gettext("Look at this page again in a few days.")),
    ),
    PublicState.IN_PRODUCTION: Answer(
        "info",
        lazy_gettext("The answer is yes. We are making your document."),
        (
            lazy_gettext("You do not need to do anything now."),
            lazy_gettext("Come to the office only when this page says that your document is ready."),
        ),
    ),
    PublicState.READY: Answer(
        "done",
        lazy_gettext("Your document is ready."),
        (
            lazy_gettext("Come to the office and take it. Come yourself."),
            lazy_gettext("Bring the paper with your reference. If you have an old document, bring it too."),
            lazy_gettext("A child comes together with the parent or representative."),
        ),
        runs=False,
    ),
    PublicState.COLLECTED: Answer(
        "done",
        lazy_gettext("You have your document."),
        (
            lazy_gettext("Keep it in a safe place."),
            lazy_gettext("You did not get it? Come to the office today."),
        ),
        runs=False,
    ),
    PublicState.REFUSED: Answer(
        "stop",
        lazy_gettext("The answer is no. Come to the office."),
        (
            lazy_gettext("Come soon. We give you the decision and tell you the reason."),
            lazy_gettext("Ask us what you can do and until which day."),
        ),
        runs=False,
    ),
    PublicState.CLOSED: Answer(
        "info",
        lazy_gettext("This request is closed."),
        (lazy_gettext("Do you still need a document? Come to the office and ask for it again."),),
        runs=False,
    ),
}

REPORTED = Answer(
    "stop",
    lazy_gettext("Your document is not valid: it was reported lost or stolen."),
    (
        lazy_gettext("Come to the office. Come yourself."),
        lazy_gettext("Do not use this document again, also when you find it. Bring it to the office."),
    ),
    runs=False,
)
NOT_VALID = Answer(
    "stop",
    lazy_gettext("This document is not valid any more."),
    (lazy_gettext("Do you still need a document? Come to the office and ask for it again."),),
    runs=False,
)
LOST = (Standing.SUSPENDED, Standing.LOST, Standing.STOLEN)


def answer_of(status: PublicStatus) -> Answer:
    """The answer to the state; what was collected and does not hold any more is not something to keep safe."""
    if status.standing in (None, Standing.VALID):
        return ANSWERS[status.state]
    return REPORTED if status.standing in LOST else NOT_VALID


MISSING: dict[str, Any] = {
    "portrait": lazy_gettext("A photo of your face. We take it at the office."),
    "signature": lazy_gettext("Your signature. You sign at the office."),
    "fingerprints": lazy_gettext("Your fingerprints. We take them at the office."),
    "latin_spelling": lazy_gettext("Your name in Latin letters. We write it together at the office."),
    "proof_of_residence": lazy_gettext(
        "A paper that shows where you live: a rent contract, or a letter from the centre."
    ),
    "representative": lazy_gettext("Your parent or representative. Come together."),
    "replacement_reason": lazy_gettext("Tell us why you need a new document: lost, stolen, broken or wrong."),
    "travel_document": lazy_gettext("Your passport."),
    "previous_document": lazy_gettext("Your old document."),
    "residence_permit": lazy_gettext("Your residence permit."),
    "request_form": lazy_gettext("The request form with your signature. You get it at the office."),
    "declaration": lazy_gettext("A paper that says that your document was lost or stolen, or what has changed."),
}
"""What can be missing, by its code. Papers that only one document type asks for say it in that type's own words."""

OTHER = lazy_gettext("One more thing. Ask at the office.")

MISTAKES: dict[str, Any] = {
    "waiting": lazy_gettext("You told us that something is wrong. We are looking at it."),
    "corrected": lazy_gettext("We looked. It was wrong, and we corrected it."),
    "papers_agree": lazy_gettext("We looked. Your papers say the same as we do: there is nothing to correct."),
    "no_proof": lazy_gettext("We looked. Bring a paper that shows it. Then we can correct it."),
}
"""What became of what a holder said is wrong."""
LOSSES = {"lost": lazy_gettext("I lost it"), "stolen": lazy_gettext("Somebody took it from me")}
"""What became of a document, as its holder says it."""
