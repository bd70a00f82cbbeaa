"""The card of a case: who, what, how long, how far it got; and its row in a list."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal
from uuid import UUID

from flask import url_for
from flask_babel import get_locale, gettext, lazy_gettext, ngettext

from issuance import document_types
from issuance.acts import Look
from issuance.law.persons.care import title
from issuance.models.audit import AuditEvent
from issuance.models.documents import Document
from issuance.models.exchange import HandledCase
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import RoleName
from issuance.services import parties, restrictions
from issuance.services.care import observations
from issuance.services.casework import enrolment, entitlements, queues
from issuance.services.life.validity import HANDED_OVER, standing
from issuance.services.lists import Order
from issuance.services.production import documents
from issuance.services.rights import handled
from issuance.services.rule_versions import rules_of
from issuance.services.trust import events
from issuance.states import WITHOUT_DOCUMENT
from issuance.values import references
from issuance.web.frame.current import current_office
from issuance.web.frame.forms import sorted_column
from issuance.web.frame.i18n import day
from issuance.web.words.codes import APPEAL_OUTCOMES, CASE_OUTCOMES, PROCEDURES, STATUSES

SOON_DAYS = 5
"""A deadline this near, in calendar days, is shown as due soon."""

Tone = Literal["plain", "soon", "stop", "done"]


@dataclass(frozen=True, slots=True)
class CaseClock:
    """Day n of the deadline (E4): the lodging day is day 0, and the days never stop until `ended_on`."""

    lodged_on: dt.date
    due_on: dt.date
    today: dt.date
    article: str = ""
    ended_on: dt.date | None = None

    @property
    def days(self) -> int:
        """How many days the law gives."""
        return (self.due_on - self.lodged_on).days

    @property
    def day(self) -> int:
        """Which day it is, or was when it ended."""
        return ((self.ended_on or self.today) - self.lodged_on).days

    @property
    def shown_day(self) -> int:
        """The day as the bar shows it: never beyond its end."""
        return max(0, min(self.day, self.days))

    @property
    def tone(self) -> Tone:
        """How it is coloured."""
        if self.ended_on:
            return "done"
        left = self.days - self.day
        return "stop" if left < 0 else "soon" if left <= SOON_DAYS else "plain"

    @property
    def text(self) -> str:
        """`Day 12 of 30`, or how late it is."""
        late = self.day - self.days
        if late > 0:
            return str(ngettext("%(num)s day late", "%(num)s days late", late))
        if self.days == 0:
            return str(gettext("Due the same day"))
        return str(gettext("Day %(day)s of %(days)s", day=self.day, days=self.days))

    @property
    def due_text(self) -> str:
        """When it is or was due, or when it ended."""
        if self.ended_on:
            return str(gettext("Ended on %(date)s", date=day(self.ended_on)))
        return str(gettext("Due on %(date)s", date=day(self.due_on)))


@dataclass(frozen=True, slots=True)
class LifeStep:
    """One station of the life line. `mark` is done, now, next or stop."""

    label: str
    mark: Literal["done", "now", "next", "stop"]
    who: str = ""
    when: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class CaseCard:
    """The card of a case on the right of the work: who, what, how long, and how far it got.

    `standing` is what the document is today, from the hand-over on; `told` what case handling told of the case,
    `restricted` whether the person's data are (Art 18). `needs` are words: why is need to know.
    """

    latin_name: str
    reference: str
    document: str
    state: str
    native_name: str = ""
    native_language: str = ""
    number: str = ""
    standing: str = ""
    portrait_url: str = ""
    declared_identity: bool = False
    typed_entitlement: bool = False
    told: tuple[tuple[str, str], ...] = ()
    appeal_pending: bool = False
    restricted: bool = False
    clock: CaseClock | None = None
    life: tuple[LifeStep, ...] = ()
    needs: tuple[str, ...] = ()


LIFE_STEPS: tuple[tuple[str, Any], ...] = (
    ("request.lodged", lazy_gettext("Lodged")),
    ("request.complete", lazy_gettext("Complete")),
    ("request.approved", lazy_gettext("Approved")),
    ("job.done", lazy_gettext("Printed")),
    ("document.checked", lazy_gettext("Checked")),
    ("document.handed_over", lazy_gettext("Handed over")),
)
"""The acts of the life line, by the names of their audit events."""


PORTRAIT_READERS = (
    RoleName.CLERK,
    RoleName.DECISION_OFFICER,
    RoleName.QUALITY_OFFICER,
    RoleName.SUPERVISOR,
    RoleName.MISSION,
)
"""Who sees portraits."""


def card(look: Look, case: IssuanceRequest) -> CaseCard:
    """The card on the right of the work."""
    person = case.holder
    document = next(iter(documents.of_request(look, case)), None)
    portrait = enrolment.newest(look, case)
    is_shown = portrait is not None and portrait.print_id and look.actor.roles & set(PORTRAIT_READERS)
    told = handled.case_of(look, case.person)
    return CaseCard(
        latin_name=person.full_name,
        native_name=person.native_name,
        native_language=case.person.language,
        reference=references.grouped(case.reference),
        document=type_title(case.document_type),
        number=document.number if document else "",
        standing=_standing(look, document),
        state=str(case.state),
        portrait_url=url_for("case.access.portrait", request_id=case.id) if is_shown else "",
        declared_identity=case.declared_identity,
        typed_entitlement=entitlements.is_typed(case),
        told=tuple(told_of(told)),
        appeal_pending=told is not None and told.appeal_is_pending,
        restricted=restrictions.of_person(look, case.person_id) is not None,
        clock=clock_of(case),
        life=life(look, case),
        needs=needs_words(observations.needs_of(look, case.person)),
    )


def told_of(handled_case: HandledCase | None) -> list[tuple[str, str]]:
    """What case handling told of a case, read only (R1), in words: label and fact; none is left out that matters."""
    told = handled_case
    if told is None:
        return []
    decision = f"{STATUSES[told.granted]} · {told.decision_number}" if told.granted else gettext("refusal")
    facts = [
        (gettext("Procedure"), PROCEDURES[told.procedure] if told.procedure else ""),
        (gettext("Decision"), f"{decision} · {day(told.decided_on)}" if told.decided_on else ""),
        (gettext("Appeal"), _appeal(told)),
        (gettext("Ended"), f"{CASE_OUTCOMES[told.outcome]} · {day(told.ended_on)}" if told.ended_on else ""),
        (gettext("Joint return decision"), gettext("yes") if told.joint_return else ""),
        (gettext("Taken over by"), told.moved_to),
        (gettext("Died on"), day(told.died_on) if told.died_on else ""),
    ]
    return [(str(label), str(fact)) for label, fact in facts if fact]


def _appeal(told: HandledCase) -> str:
    if told.appeal_on is None:
        return ""
    if told.appeal_is_pending:
        return str(gettext("pending since %(date)s", date=day(told.appeal_on)))
    return str(APPEAL_OUTCOMES[told.appeal_outcome])


def needs_words(needs: Iterable[str], language: str = "") -> tuple[str, ...]:
    """What somebody needs (`observations.needs_of`), in the language of the page or another."""
    parts = [code.partition(": ") for code in needs]
    return tuple(other or title("need", code, language or str(get_locale())) for code, _, other in parts)


def _standing(look: Look, document: Document | None) -> str:
    return str(standing(look, document)) if document and document.state in HANDED_OVER else ""


def blind_card(look: Look, case: IssuanceRequest) -> CaseCard:
    """The card beside an open check: the portrait, to be compared with the document, and nothing else it says."""
    portrait_url = url_for("centre.quality.portrait", request_id=case.id)
    blind: dict[str, Any] = {"latin_name": "", "native_name": "", "number": "", "declared_identity": False}
    return replace(card(look, case), portrait_url=portrait_url, told=(), needs=(), **blind)


def type_title(code: str) -> str:
    """`RP-R · Residence permit (refugee)` in the language of the page."""
    return f"{code} · {document_types.get(code).title.text(str(get_locale()))}"


def clock_of(case: IssuanceRequest) -> CaseClock:
    """Day n of 30 with its article (E4)."""
    rules = rules_of(case)
    return CaseClock(
        lodged_on=case.lodged_on,
        due_on=case.due_on,
        today=current_office().clock.today(),
        article=rules.deadline.legal_basis.text(str(get_locale())),
        ended_on=case.ended_on,
    )


def life(look: Look, case: IssuanceRequest) -> tuple[LifeStep, ...]:
    """Lodged - complete - approved - printed - checked - handed over, with who and when, from the audit events."""
    return lives(look, [case], documents.of_requests(look, {case.id}))[case.id]


def lives(
    look: Look, cases: Collection[IssuanceRequest], made: Mapping[UUID, Sequence[Document]]
) -> dict[UUID, tuple[LifeStep, ...]]:
    """The life line of each of these cases, by case; `made` are their documents, the newest first."""
    newest = {request_id: attempts[0].id for request_id, attempts in made.items()}
    lines = events.life_lines(look, {case.id for case in cases} | set(newest.values()))
    who = events.staff_names(look, [event for line in lines.values() for event in line])
    return {case.id: _life(case, _happened(lines, case.id, newest.get(case.id)), who) for case in cases}


def _happened(
    lines: Mapping[UUID, Iterable[AuditEvent]], case_id: UUID, document_id: UUID | None
) -> dict[str, AuditEvent]:
    """The last of each act on the case and on its newest document: a later attempt replaces an earlier one."""
    of_case = {event.act: event for event in lines.get(case_id, ()) if not event.act.startswith("document.")}
    return of_case | {event.act: event for event in (lines.get(document_id, ()) if document_id else ())}


def _life(case: IssuanceRequest, happened: Mapping[str, AuditEvent], who: Mapping[UUID, str]) -> tuple[LifeStep, ...]:
    first_open = next((act for act, _ in LIFE_STEPS if act not in happened), None)
    steps = []
    for act, label in LIFE_STEPS:
        if event := happened.get(act):
            steps.append(LifeStep(str(label), "done", _name(who, event), event.at))
        elif act == first_open:
            steps.append(LifeStep(str(label), "stop" if case.state in WITHOUT_DOCUMENT else "now"))
        else:
            steps.append(LifeStep(str(label), "next"))
    return tuple(steps)


def _name(who: Mapping[UUID, str], event: AuditEvent) -> str:
    """The member of staff who did it; a machine has no name here."""
    return who.get(event.actor_id, "") if event.actor_id and event.actor_kind == "staff" else ""


@dataclass(frozen=True, slots=True)
class CaseRow:
    """One request in a list of the own centre: the least a clerk needs to choose."""

    case: IssuanceRequest
    name: str
    reference: str
    clock: CaseClock
    ahead: bool


def row(case: IssuanceRequest) -> CaseRow:
    """The request as a list shows it. Why someone is ahead is need to know, that they are is not (E25)."""
    return CaseRow(
        case,
        case.holder.full_name,
        references.grouped(case.reference),
        clock_of(case),
        parties.goes_ahead(case),
    )


QUEUE_LABELS = {
    "name": lazy_gettext("Name"),
    "reference": lazy_gettext("Reference"),
    "document": lazy_gettext("Document"),
    "days": lazy_gettext("Days"),
}


def queue_columns(marks: str, order: Order, address: Callable[..., str]) -> list[Any]:
    """The headings of a queue of cases: all sort it but the last but one, which is about its marks."""
    name, reference, document, days = (sorted_column(QUEUE_LABELS[sort], sort, order, address) for sort in queues.SORTS)
    return [name, reference, document, marks, days]
