"""The notice of rights and duties (E7, Law 122/2006 Art 21¹): which text was read to whom, in which language.

It is recorded once a person, at the latest at the hand-over. A duty of the law is done when somebody who speaks the
language has read its text, or an interpreter was there: a machine's text alone does not count (ADR 0080).
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import InstrumentedAttribute

from issuance.acts import Act, Look
from issuance.errors import InvalidInput, StaleState
from issuance.law.office import text_reviews
from issuance.law.persons.rights import LANGUAGES, TEXT_LANGUAGE, Read, read_to
from issuance.models.people import Person, RightsNotice
from issuance.models.rights import TextReview


@dataclass(frozen=True)
class Notice:
    """How the person was told: language, interpreter if one was there, signed or refused to sign.

    `status` is whose rights were read, the person's own when empty; `version` that of the text on the page, when there
    was one.
    """

    language: str
    interpreter: str = ""
    signed: bool = True
    status: str = ""
    version: str = ""


def given(look: Look, person: Person) -> RightsNotice | None:
    """The newest notice this person was given."""
    return look.still((given, person.id), lambda: look.session.scalar(_of(person).limit(1)))


def all_given(look: Look, person: Person) -> list[RightsNotice]:
    """Every notice this person was given, the newest first."""
    return list(look.session.scalars(_of(person)))


def told(look: Look, person: Person) -> RightsNotice | None:
    """The newest notice that counts."""
    return look.session.scalar(_of(person).where(RightsNotice.counts).limit(1))


def is_told(person_id: InstrumentedAttribute[UUID]) -> ColumnElement[bool]:
    """Whether the person of this column was given a notice that counts: looked up one by one, for few ask."""
    found = select(RightsNotice.id).where(RightsNotice.person_id == person_id, RightsNotice.counts).limit(1)
    return found.scalar_subquery().is_not(None)


def _of(person: Person) -> Select[RightsNotice]:
    return select(RightsNotice).where(RightsNotice.person_id == person.id).order_by(RightsNotice.id.desc())


def text_language(language: str) -> str:
    """The language of the text that is read to who speaks this one: its own, else the Romanian that counts."""
    return language if language in LANGUAGES else TEXT_LANGUAGE


def state_of(look: Look, read: Read, language: str) -> text_reviews.State:
    """Who made what is read in one of the languages: a machine, as long as one of its texts was reviewed by nobody."""
    shipped = text_reviews.state(language)
    if shipped != "machine":
        return shipped
    digests = {text_reviews.digest(text.key, text.in_(language)) for text in read.texts}
    known = select(func.count()).where(TextReview.language == language, TextReview.digest.in_(digests))
    return "reviewed" if look.session.scalar(known) == len(digests) else "machine"


def record(act: Act, person: Person, notice: Notice) -> RightsNotice:
    """Record that the person was told, in a language understood or reasonably supposed to be.

    StaleState when the text has changed since it was read.
    """
    language = notice.language.strip()
    if not language:
        raise InvalidInput("notice_language", "Say in which language rights and duties were explained.")
    status = notice.status or person.status
    read = read_to(status)
    version = read.version if read else ""
    if notice.version and notice.version != version:
        raise StaleState("The text of rights and duties changed meanwhile. Read the new one, then record it.")
    text = text_language(language)
    state = state_of(act, read, text) if read else "ours"
    understood = text == language and state != "machine"
    row = RightsNotice(
        person_id=person.id,
        language=language,
        text_version=version,
        status=status,
        text_language=text,
        text_state=state,
        counts=understood or bool(notice.interpreter.strip()),
        interpreter=notice.interpreter.strip(),
        signed=notice.signed,
        given_by=act.actor.id,
        given_at=act.clock.now(),
    )
    act.session.add(row)
    act.session.flush()
    act.record("notice.given", person, language=row.language, signed=row.signed, counts=row.counts)
    return row
