"""The page of one person: what the register says and said, every request and document, whose records there are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import make_response, render_template
from flask.typing import ResponseReturnValue
from flask_babel import get_locale, gettext, lazy_gettext
from sqlalchemy import select

from issuance.acts import Look
from issuance.law.persons.withdrawal import REVIEWED
from issuance.models.documents import Document
from issuance.models.people import Person, PersonVersion, Regrouping
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import RoleName, Staff
from issuance.services import restrictions
from issuance.services.casework import corrections, persons
from issuance.services.life.extensions import Extension
from issuance.services.life.validity import Standing, extension, standing
from issuance.services.mandates import giving, uses
from issuance.services.persons import alike, guardians, notices, records, versions
from issuance.services.privacy import disclosures
from issuance.services.production import documents
from issuance.services.regrouping import rows
from issuance.services.regrouping.proposals import AGREEING, PROPOSING
from issuance.services.regrouping.rows import MERGE, SPLIT, UNDO
from issuance.services.reviews import files as reviews
from issuance.services.rights import handled
from issuance.web.case import papers
from issuance.web.case.access import acting_on
from issuance.web.case.card import CaseRow, LifeStep, lives, row, told_of
from issuance.web.case.families import MANDATE_KINDS, USES, members
from issuance.web.case.history import readings
from issuance.web.frame.current import current_office
from issuance.web.frame.forms import DATE_PARTS, Form, options
from issuance.web.frame.i18n import partial_day
from issuance.web.words import persons as words
from issuance.web.words import reviews as review_words
from issuance.web.words.codes import SEXES, STATUS_WORDS, STATUSES
from issuance.web.words.events.privacy import RECIPIENTS, TOLD
from issuance.web.words.languages import language_name, languages
from issuance.web.words.nationalities import OTHER_NATIONALITIES, nationalities

READERS = (RoleName.SUPERVISOR, RoleName.AUDITOR)
"""Who sees who looked at a person."""


@dataclass(frozen=True, slots=True)
class Lodged:
    """One request of the person, with its documents and how far it got."""

    row: CaseRow
    life: tuple[LifeStep, ...]
    documents: list[tuple[Document, Standing, Extension | None]]
    otherwise: list[tuple[str, str, str]]


@dataclass(frozen=True, slots=True)
class Told:
    """One version: what changed with it, why, by whom."""

    version: PersonVersion
    why: str
    who: str
    agreed: str
    changes: list[tuple[str, str, str]]


def page(person_id: UUID, **sent: Form) -> ResponseReturnValue:
    """The page of the person, with the forms that were sent and refused."""
    with current_office().reading(acting_on(person_id)) as look:
        person = persons.person(look, person_id)
        requests, given = persons.of_person(look, person), notices.all_given(look, person)
        forms = {"correct": _form(person), "settle": Form({"version": person.version})}
        for name, form in sent.items():
            if form.stale:
                form.compare(
                    {each: forms[name].value(each) for each in form.values if each in words.FIELDS}, person.version
                )
            form.values.setdefault("version", person.version)
        page = render_template(
            "case/person.html",
            person=person,
            facts=[(label, words.said(name, getattr(person, name) or "")) for name, label in words.FIELDS.items()],
            requests=_lodged(look, requests),
            history=_history(look, person),
            is_told=any(each.counts for each in given),
            notices=[(each, language_name(each.language)) for each in given],
            readings=readings(look, person) if look.actor.roles & set(READERS) else None,
            **_protected(look, person, requests),
            **_family(look, person),
            **_reviewed(look, person, requests),
            told=told_of(handled.case_of(look, person)),
            proposals=[(each, _differing(person, each.said)) for each in handled.proposals(look, person)],
            forms=forms | sent,
            regrouping=_records(look, person, requests),
            **_correcting(look, person, requests),
        )
    return make_response(page, max((form.status for form in sent.values()), default=200))


def _family(look: Look, person: Person) -> dict[str, object]:
    """Who belongs to the person, and who acts for them."""
    return {
        "family": members(look, person),
        "mandates": giving.of(look, person),
        "mandate_kinds": MANDATE_KINDS,
        "uses": uses.of(look, person),
        "use_words": USES,
        "lone_child": guardians.waiting_for(look, person),
    }


def _reviewed(look: Look, person: Person, requests: Sequence[IssuanceRequest]) -> dict[str, object]:
    """The reviews of the person's status, and whether the reader may open one, or read those of the own centre."""
    found, here = reviews.of_person(look, person), look.actor.centre_id
    ours = any(each.centre_id == here and each.erased_on is None for each in requests)
    may_open = ours and bool(look.actor.roles & set(reviews.OPENERS)) and person.status in REVIEWED
    return {
        "reviews": [(each, review_words.STATES[each.state], each.centre_id == here) for each in found],
        "reads_reviews": bool(look.actor.roles & set(reviews.READERS)),
        "may_review": may_open and not any(each.ended_at is None for each in found),
        "status_words": STATUS_WORDS,
    }


def _protected(look: Look, person: Person, requests: Sequence[IssuanceRequest]) -> dict[str, object]:
    """Whether the data are restricted, what others were told, and the case on which demands are taken in."""
    ours = (each for each in requests if each.centre_id == look.actor.centre_id)
    told = disclosures.disclosed(look, person) if look.actor.roles & set(READERS) else []
    return {
        "restricted": restrictions.of_person(look, person.id) is not None,
        "demands_at": next(ours, None) if papers.answers_demands(look) else None,
        "told_others": [(each, RECIPIENTS[each.recipient], [TOLD[code] for code in each.told]) for each in told],
    }


def _form(person: Person) -> Form:
    """The form of a correction, filled with what the register says."""
    values: dict[str, object] = {name: getattr(person, name) or "" for name in words.FIELDS}
    born = Form(values)
    unknown = {f"birth_date-{part}-unknown": "1" for part in DATE_PARTS if born.part_unknown("birth_date", part)}
    parts = {f"birth_date-{part}": born.part("birth_date", part) for part in DATE_PARTS}
    others = dict(zip(OTHER_NATIONALITIES, person.other_nationalities.split(), strict=False))
    return Form(values | unknown | parts | others | {"version": person.version})


def _lodged(look: Look, requests: Sequence[IssuanceRequest]) -> list[Lodged]:
    """Every request, all of them asked for at once."""
    made = documents.of_requests(look, {each.id for each in requests})
    steps = lives(look, requests, made)
    return [_shown(look, each, steps[each.id], made.get(each.id, [])) for each in requests]


def _shown(look: Look, case: IssuanceRequest, steps: tuple[LifeStep, ...], made: list[Document]) -> Lodged:
    otherwise = versions.differences(case.holder, case.person) if made else {}
    shown = [(each, standing(look, each), extension(look, each)) for each in made]
    return Lodged(row(case), steps, shown, words.changes(otherwise))


def _history(look: Look, person: Person) -> list[Told]:
    """Every version, the newest first, each with what it changed."""
    found = versions.of_person(look, person)
    staff = _names(look, found)
    told = []
    for version, before in zip(found, [*found[1:], None], strict=True):
        changed = words.changes(versions.differences(before, version)) if before else []
        who, agreed = (staff.get(key, "") if key else "" for key in (version.made_by, version.agreed_by))
        told.append(Told(version, str(words.WHYS.get(version.why, version.why)), who, agreed, changed))
    return told


def _names(look: Look, found: Sequence[PersonVersion]) -> dict[UUID, str]:
    ids = {key for version in found for key in (version.made_by, version.agreed_by) if key}
    query = select(Staff.id, Staff.full_name).where(Staff.id.in_(ids))
    return {key: name for key, name in look.session.execute(query)}


def _name(look: Look, staff_id: UUID) -> str:
    return look.session.scalars(select(Staff.full_name).where(Staff.id == staff_id)).one()


def _correcting(look: Look, person: Person, requests: Sequence[IssuanceRequest]) -> dict[str, object]:
    """What may be corrected, and what waits for its second person."""
    row = corrections.waiting(look, person)
    ours = any(each.centre_id == look.actor.centre_id for each in requests)
    return {
        "waiting": row,
        "proposed": _differing(person, row.said) if row else [],
        "proposed_by": _name(look, row.proposed_by) if row else "",
        "is_own": row is not None and row.proposed_by == look.actor.id,
        "can_correct": ours and RoleName.CLERK in look.actor.roles and row is None,
        "can_settle": ours and bool(look.actor.roles & set(corrections.AGREEING)),
        "is_clerk": ours and RoleName.CLERK in look.actor.roles,
        "reasons": options(words.CORRECTIONS.items()),
        "reason_words": words.CORRECTIONS,
        "sexes": options(SEXES.items()),
        "statuses": options((code, said) for code, said in STATUS_WORDS.items() if code in (*STATUSES, person.status)),
        "nationalities": [(code, f"{name} · {code}") for code, name in nationalities(str(get_locale()))],
        "tongue": dict(languages()).get(person.language, person.language),
    }


def _differing(person: Person, proposed: Mapping[str, str | None]) -> list[tuple[str, str, str]]:
    """What a proposal changes, in words."""
    ordered = [name for name in words.FIELDS if name in proposed]
    return words.changes({name: (getattr(person, name) or "", proposed[name] or "") for name in ordered})


# Its records


TITLES: Mapping[str, Any] = {
    MERGE: lazy_gettext("That two records are one person's waits for a second person"),
    SPLIT: lazy_gettext("That one record is two persons' waits for a second person"),
    UNDO: lazy_gettext("That a merge is undone waits for a second person"),
}


@dataclass(frozen=True, slots=True)
class Waits:
    """What waits: the other record, how many requests were chosen, who proposed it."""

    row: Regrouping
    title: str
    other: str
    requests: str
    proposed_by: str
    is_own: bool


@dataclass(frozen=True, slots=True)
class Merged:
    """A record that was merged into the person's."""

    row: Regrouping
    name: str
    born: str


@dataclass(frozen=True, slots=True)
class Records:
    """Everything of it, and what the reader may do."""

    waits: Waits | None
    merges: list[Merged]
    alike: int
    can_propose: bool
    can_settle: bool


def _records(look: Look, person: Person, requests: Sequence[IssuanceRequest]) -> Records:
    """The records of a person, as the page shows them."""
    ours, waiting = any(each.centre_id == look.actor.centre_id for each in requests), rows.waiting(look, person)
    merged = {record.id: record for record in records.of(look, person)}
    may = ours and waiting is None and bool(look.actor.roles & set(PROPOSING))
    return Records(
        waits=_waits(look, person, waiting) if waiting else None,
        merges=[_merged(each, merged[each.from_id]) for each in rows.merges(look, person)],
        alike=len(alike.others(look, person)) if may else 0,
        can_propose=may,
        can_settle=ours and bool(look.actor.roles & set(AGREEING)),
    )


def _waits(look: Look, person: Person, row: Regrouping) -> Waits:
    others = [each for each in rows.both(look, row) if each.id != person.id]
    return Waits(
        row=row,
        title=str(TITLES[row.kind]),
        other=_called(others[0]) if others else gettext("a new person"),
        requests=str(len(row.requests)) if row.kind == SPLIT else "",
        proposed_by=_name(look, row.proposed_by),
        is_own=row.proposed_by == look.actor.id,
    )


def _merged(row: Regrouping, record: Person) -> Merged:
    return Merged(row, record.full_name, partial_day(record.birth_date))


def _called(person: Person) -> str:
    return f"{person.full_name} · {partial_day(person.birth_date)}"
