"""Loss and theft (E19): said by anybody, suspended at once, settled by the window; what was lost stays void."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Select, func, select

from issuance.acts import Act, Look
from issuance.document_types.rules import Loss
from issuance.errors import Conflict, InvalidInput, NotAllowed, NotFound
from issuance.models.documents import Document
from issuance.models.endings import SOMEBODY_ELSE, LossReport
from issuance.services import centres, lateness
from issuance.services.life import extensions
from issuance.services.life.validity import HELD_BY_HOLDER
from issuance.services.production import contradictions
from issuance.services.rule_versions import rules_today
from issuance.states import DocumentState, advance
from issuance.values.codes import one_of

KINDS = ("lost", "stolen")
STATUS_PAGE = "status_page"
SOURCES = ("holder", "police", SOMEBODY_ELSE, STATUS_PAGE)
"""Who says so; on the status page it is whoever knew a reference and the birth date."""

LOST = {"lost": DocumentState.LOST, "stolen": DocumentState.STOLEN}
IDENTITY_MEANS = ("portrait", "travel_document", "receipt_and_questions")
"""How the window makes sure that it is the holder who confirms the loss: without the document itself."""


@dataclass(frozen=True)
class Said:
    """What was said: `kind` lost or stolen, by whom, the day on which it was noticed, the police's number if any."""

    kind: str
    source: str
    noticed_on: dt.date
    police_reference: str = ""


def term(look: Look, document: Document) -> Loss:
    """Within how many hours such a loss is declared, with its article, by today's rules."""
    return rules_today(look, document.document_type).loss


def due_on(look: Look, document: Document, noticed_on: dt.date) -> dt.date:
    """The last day of that term."""
    return noticed_on + dt.timedelta(hours=term(look, document).within_hours)


# Reporting


def report(act: Act, document: Document, said: Said) -> LossReport:
    """A valid document is suspended at once, whoever said so and wherever.

    InvalidInput names the field; Conflict when the document is not the holder's any more, or reported already.
    """
    kind, source = one_of("kind", said.kind, KINDS), one_of("source", said.source, SOURCES)
    check_noticed(act, document.issue_date, said.noticed_on)
    act.session.execute(select(Document.id).where(Document.id == document.id).with_for_update())  # two report at once
    if open_report(act, document) is not None:
        raise Conflict("This document is reported already. Open its page to settle the report.")
    if document.state not in HELD_BY_HOLDER:
        raise Conflict("Only a document that its holder has can be reported. Open its page to see what became of it.")
    row = LossReport(
        document=document,
        centre_id=document.request.centre_id,
        kind=kind,
        source=source,
        police_reference=said.police_reference.strip(),
        noticed_on=said.noticed_on,
        in_time=act.clock.today() <= due_on(act, document, said.noticed_on),
        reported_at=act.clock.now(),
        reported_by=act.actor.id if act.actor.kind == "staff" else None,
    )
    act.session.add(row)
    if document.state == DocumentState.VALID:
        advance(document, DocumentState.SUSPENDED, actor=act.actor)
    lateness.note(act, "loss", document.request, due_on(act, document, said.noticed_on))
    act.record("document.reported", row, document, document.request, kind=kind, source=source)
    return row


def check_noticed(look: Look, issue_date: dt.date, noticed_on: dt.date) -> None:
    """InvalidInput for a day before the document was issued, or still to come."""
    today = look.clock.today()
    if noticed_on > today:
        raise InvalidInput("noticed_on", "This day is still to come. Give the day on which the loss was noticed.")
    if noticed_on < issue_date:
        raise InvalidInput(
            "noticed_on",
            "The document was issued later, on %(day)s. Give the day on which the loss was noticed.",
            day=f"{issue_date:%d.%m.%Y}",
        )


def by_number(look: Look, number: str, birth_date: str) -> Document:
    """A document of whatever centre by number and birth date, so that no wrong letter reports another's.

    InvalidInput in the same words whichever is wrong.
    """
    wanted = "".join(number.split()).upper()
    found = look.session.scalar(select(Document).where(Document.number == wanted))
    if found is None or found.person.birth_date != birth_date:
        raise InvalidInput(
            "number", "There is no document of this number and birth date. Check both, or look for the person's case."
        )
    return found


# Settling


def confirm(act: Act, row: LossReport, kind: str, identity_confirmed_by: str) -> None:
    """The window has the holder before it, whose identity was checked: the document is lost or stolen for ever."""
    _check_open(act, row)
    means = one_of("identity_confirmed_by", identity_confirmed_by, IDENTITY_MEANS)
    settle_as(act, row.document, one_of("kind", kind, KINDS), means)
    act.record("document.loss_confirmed", row, row.document, row.document.request, kind=kind)


def settle_as(act: Act, document: Document, kind: str, identity_confirmed_by: str) -> None:
    """The document is lost or stolen for ever, and so is the report of it settled, if there is one."""
    if (row := open_report(act, document)) is not None:
        row.identity_confirmed_by = identity_confirmed_by
        _settle(act, row, kind)
    advance(document, LOST[kind], actor=act.actor)
    extensions.count_term(act, document)


def settle_found(act: Act, row: LossReport) -> None:
    """The document lies on the table, and ends: nothing is left to say about the report."""
    row.found_by = None
    _settle(act, row, "found")


def find(act: Act, row: LossReport) -> None:
    """A first person has the document in hand, or the holder who found it: a second one lifts the suspension."""
    _check_open(act, row)
    if row.found_by is not None:
        raise Conflict("Somebody said so already. Another person than that one lifts the suspension.")
    row.found_by, row.found_at = act.actor.id, act.clock.now()
    act.record("document.found", row, row.document, row.document.request)


def lift(act: Act, row: LossReport) -> None:
    """A second person agrees that the document was found: it is valid again, unless something else suspends it.

    NotAllowed for who said so first.
    """
    _check_open(act, row)
    if row.found_by is None:
        raise Conflict(
            "Nobody said yet that the document was found. Say so first; another person lifts the suspension."
        )
    if row.found_by == act.actor.id:
        raise NotAllowed("You said that it was found. Another person lifts the suspension.")
    _settle(act, row, "found")
    if not contradictions.is_open(act, row.document):
        advance(row.document, DocumentState.VALID, actor=act.actor)
    act.record("document.suspension_lifted", row, row.document, row.document.request)


def _check_open(act: Act, row: LossReport) -> None:
    """Conflict for a report that somebody settled; it is held until the act ends, so that two wait for one another."""
    centres.check_own(act, row)
    act.session.execute(select(LossReport.id).where(LossReport.id == row.id).with_for_update())
    act.session.refresh(row)
    if row.settled_at is not None:
        raise Conflict("This report is settled. Open the document to see how.")


def _settle(act: Act, row: LossReport, outcome: str) -> None:
    row.outcome = outcome
    row.settled_at, row.settled_by = act.clock.now(), act.actor.id


# Looking


def open_report(look: Look, document: Document) -> LossReport | None:
    """The report of this document that nobody has settled."""
    query = select(LossReport).where(LossReport.document_id == document.id, LossReport.settled_at.is_(None))
    return look.session.scalar(query)


def reports(look: Look, document: Document) -> list[LossReport]:
    """Every report of this document, the oldest first."""
    query = select(LossReport).where(LossReport.document_id == document.id).order_by(LossReport.reported_at)
    return list(look.session.scalars(query))


def opened(look: Look, report_id: UUID) -> LossReport:
    """One of the actor's own centre; NotFound otherwise."""
    row = look.session.get(LossReport, report_id)
    if row is None or row.centre_id != look.actor.centre_id:
        raise NotFound("There is no such report in your centre. Open the list again.")
    return row


def waiting(look: Look) -> list[LossReport]:
    """What the window of the actor's centre has to settle, the oldest first."""
    query = select(LossReport).where(LossReport.settled_at.is_(None), LossReport.centre_id == look.actor.centre_id)
    return list(look.session.scalars(query.order_by(LossReport.reported_at)))


def count(look: Look) -> Select[int]:
    """How many those are, as a query."""
    query = select(func.count()).select_from(LossReport)
    return query.where(LossReport.settled_at.is_(None), LossReport.centre_id == look.actor.centre_id)
