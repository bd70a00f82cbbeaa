"""Of many who are named at once, those of whom the register knows nobody alike, and those whom it certainly knows.

Asked for all by a few statements.

Of a stranger `keys.meant` finds nobody, and `keys.numbered` and `people.similar` find none. Who is no stranger may be
somebody new all the same: that, only these say.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from sqlalchemy import select

from issuance.acts import Look
from issuance.errors import LimanError
from issuance.models.documents import Document
from issuance.models.people import Person, PersonKey, PersonName
from issuance.services.persons import keys
from issuance.services.persons.identity import Identity
from issuance.services.persons.people import Sought

NAME, CALLED = "name", "called"
ASKED: dict[str, tuple[Any, ...]] = {
    "eurodac": (Person.eurodac_reference,),
    "cnp": (Person.cnp,),
    "document": (Document.number,),
    "said": (PersonKey.said,),
    NAME: (Person.mrz_name, Person.birth_date),
}
"""What only one person has, or what two have who are alike: where the register keeps it, by a word."""

Mark = tuple[str, ...]
"""One such word, and what stands there."""


@dataclass(frozen=True)
class _Named:
    """Somebody who is named: the marks, and whom one alike is sought by."""

    marks: frozenset[Mark]
    sought: Sought

    def meets(self, other: _Named) -> bool:
        """Whether the two may be alike: a word that sounds the same, and a day that both may be born on."""
        if not self.sought.heard & other.sought.heard:
            return False
        some = self.sought.texts, other.sought.texts
        return not all(some) or not some[0].isdisjoint(other.sought.dates) or not some[1].isdisjoint(self.sought.dates)


def among(look: Look, named: Sequence[tuple[Identity, str]]) -> list[bool]:
    """Which of these are strangers, to the register and to one another; each with the document of earlier, or `""`."""
    read = [_read(*each) for each in named]
    found = [each for each in read if each]
    taken = _shared(found) | _kept(look, {mark for each in found for mark in each.marks})
    free = [each for each in found if each.sought.texts and not each.marks & taken]
    strangers = set(map(id, free)) - _alike(look, free)
    return [id(each) in strangers for each in read]


def known(look: Look, named: Sequence[Identity]) -> list[Person | None]:
    """Whom each of these certainly means, where few statements for all say so; of the others `keys.meant` says more.

    One record alone has a number of theirs and is called so; or, of who has no number, one record was written so, or
    is. Never a record that was merged. InvalidInput for what is no identity.
    """
    marks = [_marks(identity) for identity in named]
    records = _having(look, {mark for each in marks for mark in each})
    return [_certain(identity, each, records) for identity, each in zip(named, marks, strict=True)]


def _marks(identity: Identity) -> list[Mark]:
    """The numbers of who is named; of who has none, the digest of everything that was said, and how one is called."""
    numbers = [("eurodac", identity.eurodac_reference), ("cnp", identity.checked_cnp or "")]
    return [mark for mark in numbers if mark[1]] or [("said", keys.said(identity)), (CALLED, *_called(identity))]


def _called(identity: Identity) -> Mark:
    return identity.latin.search_key, identity.birth_date, identity.nationality, identity.sex


def _having(look: Look, marks: Iterable[Mark]) -> dict[Mark, set[Person]]:
    """The records that have such a mark."""
    asked, found = defaultdict[str, set[str]](set), defaultdict[Mark, set[Person]](set)
    for word, value, *_ in marks:
        asked[word] |= {value}
    for word in ("eurodac", "cnp"):
        (column,) = ASKED[word]
        for person in look.session.scalars(select(Person).where(column.in_(sorted(asked[word])))):
            found[word, getattr(person, column.key)] |= {person}
    query = select(PersonKey.said, Person).join(Person, Person.id == PersonKey.person_id)
    for value, person in look.session.execute(query.where(PersonKey.said.in_(sorted(asked["said"])))):
        found["said", value] |= {person}
    for person in look.session.scalars(select(Person).where(Person.mrz_name.in_(sorted(asked[CALLED])))):
        found[CALLED, person.mrz_name, person.birth_date, person.nationality, person.sex] |= {person}
    return found


def _certain(identity: Identity, marks: Iterable[Mark], records: Mapping[Mark, set[Person]]) -> Person | None:
    """Who alone has these marks, one of which is more than how one is called, and is called so."""
    found = {person for mark in marks for person in records.get(mark, ())}
    if len(found) != 1 or not any(records.get(mark) for mark in marks if mark[0] != CALLED):
        return None
    (person,) = found
    same = (person.mrz_name, person.birth_date, person.nationality, person.sex) == _called(identity)
    whole = "X" not in identity.birth_date and not person.merged_into
    return person if same and whole and not keys.contradicts(person, identity) else None


def _read(identity: Identity, earlier: str) -> _Named | None:
    """None for what is no identity, and is refused."""
    try:
        sought, cnp = Sought.of(identity), identity.checked_cnp
    except LimanError:
        return None
    said = {"eurodac": identity.eurodac_reference, "cnp": cnp, "document": earlier, "said": keys.said(identity)}
    marks = {(word, value) for word, value in said.items() if value}
    return _Named(frozenset(marks | {(NAME, identity.latin.search_key, identity.birth_date)}), sought)


def _shared(found: Sequence[_Named]) -> set[Mark]:
    """The marks that two of them have, or that two have who may be alike."""
    count = Counter(mark for each in found for mark in each.marks)
    pairs = [(one, other) for one, other in combinations(found, 2) if one.meets(other)]
    alike = {mark for pair in pairs for each in pair for mark in each.marks}
    return {mark for mark, times in count.items() if times > 1} | alike


def _kept(look: Look, marks: Iterable[Mark]) -> set[Mark]:
    """Those of these marks that somebody of the register has."""
    asked = defaultdict[str, set[str]](set)
    for word, value, *_ in marks:
        asked[word] |= {value}
    return {mark for word, values in asked.items() for mark in _kept_as(look, word, values)}


def _kept_as(look: Look, word: str, values: set[str]) -> Iterator[Mark]:
    query = select(*ASKED[word]).where(ASKED[word][0].in_(sorted(values)))
    rows: Iterable[Any] = look.session.execute(query)
    return ((word, *row) for row in rows)


def _alike(look: Look, found: Sequence[_Named]) -> set[int]:
    """Those to whom somebody of the register is alike: born that day, and called so; by `id`."""
    born = _born(look, {text for each in found for text in each.sought.texts})
    sounds = _sounds(look, born)
    by_day = defaultdict[str, list[Any]](list)
    for record in born:
        by_day[record.birth_date].append(record)
    return {
        id(each)
        for each in found
        for text in each.sought.texts
        for record in by_day.get(text, ())
        if each.sought.heard & sounds[record.id] and each.sought.is_like(record)
    }


def _born(look: Look, texts: set[str]) -> Sequence[Any]:
    """Who was born on one of these days, and how each is called."""
    query = select(Person.id, Person.birth_date, Person.mrz_name, Person.native_name)
    return look.session.execute(query.where(Person.birth_date.in_(sorted(texts)))).all()


def _sounds(look: Look, born: Iterable[Any]) -> dict[Any, set[str]]:
    """How the words of their names sound, by person."""
    sounds = defaultdict[Any, set[str]](set)
    query = select(PersonName.person_id, PersonName.sound).where(PersonName.person_id.in_([each.id for each in born]))
    for person_id, sound in look.session.execute(query):
        sounds[person_id] |= {sound}
    return sounds
