"""The notice of rights and duties (E7, Law 122/2006 Art 21¹): recorded once a person, at the latest at hand-over."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Select, select

from issuance.acts import Act, Look
from issuance.errors import InvalidInput
from issuance.models.people import Person, RightsNotice

TEXT_VERSION = "2026-11"


@dataclass(frozen=True)
class Notice:
    """How the person was told: language, interpreter if one was there, signed or refused to sign."""

    language: str
    interpreter: str = ""
    signed: bool = True


def given(look: Look, person: Person) -> RightsNotice | None:
    """The newest notice this person was given."""
    return look.session.scalar(_of(person).limit(1))


def all_given(look: Look, person: Person) -> list[RightsNotice]:
    """Every notice this person was given, the newest first."""
    return list(look.session.scalars(_of(person)))


def _of(person: Person) -> Select[RightsNotice]:
    return select(RightsNotice).where(RightsNotice.person_id == person.id).order_by(RightsNotice.id.desc())


def record(act: Act, person: Person, notice: Notice) -> RightsNotice:
    """Record that the person was told, in a language understood or reasonably supposed to be."""
    if not notice.language.strip():
        raise InvalidInput("notice_language", "Say in which language rights and duties were explained.")
    row = RightsNotice(
        person_id=person.id,
        language=notice.language.strip(),
        text_version=TEXT_VERSION,
        interpreter=notice.interpreter.strip(),
        signed=notice.signed,
        given_by=act.actor.id,
        given_at=act.clock.now(),
    )
    act.session.add(row)
    act.session.flush()
    act.record("notice.given", person, language=row.language, signed=row.signed)
    return row
