"""The interpreters of a centre, looked after by its supervisors: languages, hours, from which day to which.

No telephone and no address is kept: the desk needs a name that is right and the hours, nothing more.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, literal, or_, select
from sqlalchemy.exc import IntegrityError

from issuance.acts import Act, Look
from issuance.errors import InvalidInput, NotFound
from issuance.models.interpreters import Interpreter
from issuance.services import centres
from issuance.values import names
from issuance.values.hours import check_hours

MOST = 200


@dataclass(frozen=True)
class Known:
    """What is known of an interpreter; `hours` as a centre's opening hours, `to_day` None: until further notice."""

    name: str
    languages: Collection[str]
    hours: str
    from_day: dt.date
    to_day: dt.date | None = None


def add(act: Act, known: Known) -> Interpreter:
    """Somebody interprets at the actor's centre from now on. InvalidInput names the field."""
    assert act.actor.centre_id
    row = Interpreter(centre_id=act.actor.centre_id)
    _write(act, row, known)
    act.record("interpreter.added", row, centre_id=row.centre_id)
    return row


def change(act: Act, row: Interpreter, known: Known) -> None:
    """Other languages, hours or days. What is booked stays booked: the page shows it."""
    centres.check_own(act, row)
    _write(act, row, known)
    act.record("interpreter.changed", row, centre_id=row.centre_id)


def _write(act: Act, row: Interpreter, known: Known) -> None:
    if not known.languages:
        raise InvalidInput("languages", "Say at least one language that this person interprets.")
    if known.to_day is not None and known.to_day < known.from_day:
        raise InvalidInput("to_day", "The last day lies before the first. Give a later one.")
    name, hours = names.check_name("name", known.name), check_hours(known.hours)
    try:
        with act.apart():
            row.name, row.languages, row.hours = name, " ".join(sorted(set(known.languages))), hours
            row.from_day, row.to_day = known.from_day, known.to_day
            act.session.add(row)
    except IntegrityError as error:
        raise InvalidInput("name", "An interpreter of this name is in the list already. Change that one.") from error


def own(look: Look, interpreter_id: UUID) -> Interpreter:
    """The interpreter of the actor's centre with this id; NotFound also for another centre's."""
    row = look.session.get(Interpreter, interpreter_id)
    if row is None or row.centre_id != look.actor.centre_id:
        raise NotFound("There is no such interpreter in your centre. Open the list again.")
    return row


def listed(look: Look) -> list[Interpreter]:
    """The interpreters of the actor's centre, by name."""
    query = select(Interpreter).where(Interpreter.centre_id == look.actor.centre_id)
    return list(look.session.scalars(query.order_by(Interpreter.name).limit(MOST)))


def speaking(look: Look, language: str, day: dt.date) -> list[Interpreter]:
    """Those of the actor's centre who interpret this language on a day, by name."""
    query = select(Interpreter).where(Interpreter.centre_id == look.actor.centre_id, _speaks(language), _is_there(day))
    return list(look.session.scalars(query.order_by(Interpreter.name).limit(MOST)))


def names_of(look: Look, language: str) -> list[str]:
    """The names of those who interpret this language today: a page offers them, and takes any other name too."""
    return [row.name for row in speaking(look, language, look.clock.today())]


def _speaks(language: str) -> ColumnElement[bool]:
    return (literal(" ") + Interpreter.languages + literal(" ")).contains(f" {language} ", autoescape=True)


def _is_there(day: dt.date) -> ColumnElement[bool]:
    return (Interpreter.from_day <= day) & or_(Interpreter.to_day.is_(None), Interpreter.to_day >= day)
