"""The person's consent that the holder of a mandate sees the file: recorded, and withdrawn at any time (E12)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from issuance.acts import Act, Look
from issuance.errors import Conflict, InvalidInput, StaleState
from issuance.law.office import text_reviews
from issuance.law.persons.consent import consent_text
from issuance.law.persons.families import mandate_kinds
from issuance.law.persons.rights import LANGUAGES
from issuance.models.mandates import Consent, Mandate
from issuance.models.requests import IssuanceRequest
from issuance.services import centres
from issuance.values.calendar import check_past


@dataclass(frozen=True)
class Said:
    """How consent was given: after which text, in which language, by which interpreter, on which day."""

    language: str
    version: str
    interpreter: str = ""
    day: dt.date | None = None


def record(act: Act, request: IssuanceRequest, mandate: Mandate, said: Said) -> Consent:
    """The person consents. InvalidInput names the field, StaleState a text that has changed since it was read."""
    centres.check_own(act, request)
    if not is_needed(mandate) or mandate.ended_at is not None:
        raise Conflict("This mandate needs no consent, or has ended. Look at who acts for the person.")
    if said.version != consent_text().version.isoformat():
        raise StaleState("The text of the consent changed meanwhile. Read the new one, then record it.")
    if not said.language:
        raise InvalidInput("consent_language", "Say in which language the text was read to the person.")
    if needs_interpreter(said.language) and not said.interpreter.strip():
        message = "Nobody has reviewed the text in this language. Name the interpreter who explained it."
        raise InvalidInput("interpreter", message)
    day = said.day or act.clock.today()
    check_past("given_on", day, act.clock.today())
    assert act.actor.id  # somebody asked the person
    row = Consent(mandate_id=mandate.id, text_version=said.version, language=said.language, given_on=day)
    row.interpreter, row.recorded_by, row.recorded_at = said.interpreter.strip(), act.actor.id, act.clock.now()
    try:
        with act.apart():
            act.session.add(row)
    except IntegrityError as error:
        raise Conflict("Consent to this is recorded already. Open the page again.") from error
    act.record("consent.given", request, request.person, mandate, row, language=row.language)
    return row


def withdraw(act: Act, request: IssuanceRequest, mandate: Mandate) -> None:
    """The person takes the consent back: from now on the file is closed to whoever had it. Conflict when none lives."""
    centres.check_own(act, request)
    row = live(act, mandate)
    if row is None:
        raise Conflict("No consent is in force here. Open the page again.")
    end(act, row)
    act.record("consent.withdrawn", request, request.person, mandate, row)


def end(act: Act, row: Consent) -> None:
    """It counts no more. A part of an act."""
    row.withdrawn_by, row.withdrawn_at = act.actor.id, act.clock.now()


def live(look: Look, mandate: Mandate) -> Consent | None:
    """The consent that is in force."""
    query = select(Consent).where(Consent.mandate_id == mandate.id, Consent.withdrawn_at.is_(None))
    return look.session.scalar(query)


def is_needed(mandate: Mandate) -> bool:
    """Whether something that the mandate allows waits for the person's consent."""
    return bool({*mandate_kinds()[mandate.kind].consent} & {*mandate.scopes.split()})


def needs_interpreter(language: str) -> bool:
    """Whether the text in this language does not do by itself: there is none, or a machine made it (ADR 0080)."""
    return language not in LANGUAGES or text_reviews.is_by_machine(language)
