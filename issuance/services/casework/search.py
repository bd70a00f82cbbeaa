"""The staff's search: by scanned code, reference or number, and by words of a name in any script."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, and_, exists, false, func, select, union_all
from sqlalchemy import case as case_when
from sqlalchemy.orm import aliased

from issuance.acts import Act, Look
from issuance.db import written
from issuance.errors import InvalidInput
from issuance.models.documents import Document
from issuance.models.people import Person, PersonName
from issuance.models.requests import IssuanceRequest
from issuance.services.casework import cases
from issuance.services.lists import in_order
from issuance.services.persons import people
from issuance.values import contacts, fields, references

MOST_RESULTS = 50
MOST_NAMESAKES = 2000
"""More persons than this are not compared: nobody finds one among them without another word."""

_WRITTEN_DAY = re.compile(
    r"(?P<day>\d{1,2})[./-](?P<month>\d{1,2})[./-](?P<year>\d{4})"
    r"|(?P<year_first>\d{4})[./-](?P<month_first>\d{1,2})[./-](?P<day_first>\d{1,2})",
    re.ASCII,
)

LAST_CHARACTER = "\U0010ffff"


def search(look: Look, text: str) -> list[IssuanceRequest]:
    """Requests found by scanned code, reference, number, or words of a name in any script and a birth date; own centre
    first.

    InvalidInput for less than two letters. At most 50 rows, the newest. Whoever may still have to check a document does
    not find its case: the check is blind.
    """
    wanted = "".join(char for char in text if unicodedata.category(char) != "Cc").strip()
    if len(wanted) < 2 or len(wanted) > 200:
        raise InvalidInput("search", "Type at least two letters of a name, or scan or type a reference or number.")
    return _found(look, IssuanceRequest.id.in_(_with_code(wanted))) or _found(look, _with_words(look, wanted))


def known_by(look: Look, text: str) -> list[Person]:
    """The persons of whom this is a code: of a request or document, or a number of their own."""
    query = select(IssuanceRequest.person_id).where(IssuanceRequest.id.in_(_with_code(text.strip())))
    return list(look.session.scalars(select(Person).where(Person.id.in_(query)).limit(2)))


def record_search(act: Act, found: Collection[IssuanceRequest]) -> None:
    """Somebody searched all centres: how many cases came up, here and elsewhere. What was typed is not kept."""
    elsewhere = sum(request.centre_id != act.actor.centre_id for request in found)
    act.record("case.searched", hits=len(found), elsewhere=elsewhere)


def _found(look: Look, where: ColumnElement[bool]) -> list[IssuanceRequest]:
    elsewhere = case_when((IssuanceRequest.centre_id == look.actor.centre_id, 0), else_=1)
    order = (elsewhere, IssuanceRequest.lodged_on.desc(), IssuanceRequest.id.desc())
    query = select(IssuanceRequest.id).where(where, *cases.open_to(look)).order_by(*order)
    return in_order(look, IssuanceRequest, look.session.scalars(query.limit(MOST_RESULTS)).all())


def _with_code(text: str) -> CompoundSelect[Any]:
    """The ids of requests known by this code. One select each: an OR over tables would use no index."""
    compact = fields.compact(text)
    ids, whose = select(IssuanceRequest.id), func.coalesce(Person.merged_into, Person.id)
    of_person = ids.join(Person, IssuanceRequest.person_id == whose)
    return union_all(
        ids.where(IssuanceRequest.reference == (references.normalise(text) or "")),
        ids.where(IssuanceRequest.case_reference.in_((text, compact))),
        of_person.where(Person.eurodac_reference == compact),
        of_person.where(Person.cnp == compact),
        ids.where(
            IssuanceRequest.travel_document_number == compact, IssuanceRequest.travel_document_number != written("")
        ),
        ids.where(IssuanceRequest.phone.in_(_phones(text)), IssuanceRequest.phone != written("")),
        select(Document.request_id).where(Document.number == compact),
        select(Document.request_id).where(Document.blank_serial.in_((text, compact))),
    )


def _phones(text: str) -> list[str]:
    """The telephone number that was typed, if it is one."""
    try:
        return [contacts.phone("search", text)]
    except InvalidInput:
        return []


def _with_words(look: Look, text: str) -> ColumnElement[bool]:
    """Whoever has these words in a name, and was born on the day among them if there is one."""
    days = {word: born for word in text.split() if (born := _day(word))}
    words = people.folded_words(" ".join(word for word in text.split() if word not in days))
    if len(days) > 1:
        return false()
    asked = [_born_on(day) for day in days.values()] + ([_with_name(look, words)] if words or not days else [])
    return and_(*asked)


def _day(word: str) -> str:
    """A birth date as it is kept, from `3.5.1990`, `03/05/1990` or `1990-05-03`; empty for any other word."""
    match = _WRITTEN_DAY.fullmatch(word)
    if match is None:
        return ""
    parts = {name: int(text) for name, text in match.groupdict().items() if text}
    year, month, day = (parts.get(name) or parts[f"{name}_first"] for name in ("year", "month", "day"))
    try:
        return dt.date(year, month, day).isoformat()
    except ValueError:
        return ""


def _born_on(day: str) -> ColumnElement[bool]:
    """Of many who were born on one day the newest are enough."""
    newest = select(Person.id).where(Person.birth_date == day).order_by(Person.id.desc()).limit(MOST_NAMESAKES)
    whose = select(func.coalesce(Person.merged_into, Person.id)).where(Person.id.in_(newest))
    return IssuanceRequest.person_id.in_(whose)


def _with_name(look: Look, words: Collection[str]) -> ColumnElement[bool]:
    """Each of `words` begins some word of the person's names; nobody's when there are none.

    The rarest leads: each person it finds is asked for the others. Of many namesakes the newest are enough.
    """
    if not words:
        return false()
    rarest, *others = sorted(sorted(words), key=lambda word: _frequency(look, word))
    also = aliased(PersonName)
    asked = [exists().where(also.person_id == PersonName.person_id, _begins(word, also)) for word in others]
    newest = (PersonName.word.desc(), PersonName.person_id.desc())  # as the index has them
    namesakes = select(PersonName.person_id).where(_begins(rarest), *asked).order_by(*newest).limit(MOST_NAMESAKES)
    whose = select(func.coalesce(Person.merged_into, Person.id)).where(Person.id.in_(namesakes))
    return IssuanceRequest.person_id.in_(whose)


def _frequency(look: Look, word: str) -> int:
    """How many names begin with the word; those of a common one are not counted to the end."""
    found = select(PersonName.word).where(_begins(word)).order_by(PersonName.word).limit(MOST_NAMESAKES).subquery()
    return look.session.scalar(select(func.count()).select_from(found)) or 0


def _begins(word: str, name: type[PersonName] = PersonName) -> ColumnElement[bool]:
    """As a range of the index; a LIKE would use it only under some settings of either database."""
    return and_(name.word >= word, name.word <= word + LAST_CHARACTER)
