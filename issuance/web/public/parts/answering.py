"""The question of the status page and its answer, wherever it is asked: on a phone, at the kiosk.

A look-up is counted against the address and the reference before anything is read, whether there is such a reference or
not; both are kept as digests. Of the look-up itself one line is logged, with its outcome: `answered`, `not_found` or
`limited`. It is no event of the audit trail, which strangers must not be able to fill. See docs/status-page.md.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import structlog
from babel.dates import get_day_names
from flask import Response, make_response, render_template, request
from flask_babel import get_locale
from markupsafe import Markup, escape

from issuance import document_types
from issuance.document_types import Localised
from issuance.office import Office
from issuance.services.notices import channels
from issuance.services.public import receipts, seen
from issuance.services.public.status import TO_COME_FOR, PublicStatus, public_status
from issuance.services.trust import limits
from issuance.services.trust.limits import Counted, TooManyTries
from issuance.values import addresses, fields, references
from issuance.web.frame.current import current_office
from issuance.web.frame.forms import DATE_PARTS, Form, options
from issuance.web.frame.i18n import localised
from issuance.web.public.parts.replies import too_often
from issuance.web.words.status import LOSSES, MISSING, MISTAKES, OTHER, answer_of

MAX_REFERENCE = 100
DATE_BOXES = frozenset(f"birth_date-{part}" for part in DATE_PARTS)
EVERYWHERE = 5
"""A reference may be tried from all addresses together so many times as often as from one."""

SPAN = re.compile(r"\d?\d:\d\d\u2013\d?\d:\d\d")
OSM_DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Templates:
    """The pages of one place where the question is asked."""

    answer: str
    not_found: str
    limited: str


# The question


def asked() -> Form:
    """The form that was sent, as it was meant; an empty one when nothing was."""
    return Form(dict(map(_as_meant, request.form.items())))


def read(form: Form) -> tuple[str, str]:
    """The reference and the birth date (YYYY-MM-DD with XX), or the code of a receipt alone, with none.

    FormRefused names what cannot be read.
    """
    reference = form.text("reference", limit=MAX_REFERENCE)
    if not form.errors and (code := receipts.normalise(reference)):
        return code, ""
    birth_date = form.partial_date("birth_date")
    form.check()
    return reference, birth_date


def _as_meant(field: tuple[str, str]) -> tuple[str, str]:
    """A field with digits of any script as 0-9, dashes as hyphens, no invisible marks; X in a date is unknown.

    A scanner types the whole address of the receipt's code: the reference is what follows its #.
    """
    name, text = field[0], _plain(field[1])
    if name == "reference":
        return name, text.rpartition("#")[2]
    unknown = name in DATE_BOXES and re.fullmatch(r"[Xx]{1,4}", text.strip())
    return (f"{name}-unknown", "1") if unknown else (name, text)


def _plain(text: str) -> str:
    kept = []
    for char in text:
        category = unicodedata.category(char)
        if category == "Nd":
            kept.append(str(unicodedata.decimal(char)))
        elif category != "Cf":
            kept.append("-" if category == "Pd" else char)
    return "".join(kept)


# The answer


def answer(
    templates: Templates, known: tuple[str, str], form: Form, tell: Callable[[], None] | None = None
) -> Response:
    """The answer to a reference and a birth date; before it, what the holder wants to `tell` is put down."""
    office, (reference, birth_date) = current_office(), known
    stored = references.normalise(reference)
    counts = _counts(office, stored or fields.compact(reference))
    try:
        with office.reading() as look:
            limits.check(look, *counts)
            status = public_status(look, reference, birth_date)
            readers = seen.lately(look, reference, birth_date) if status else []
        if status is not None and tell is not None:
            tell()
            with office.reading() as look:
                status = public_status(look, reference, birth_date)
        if status is None:
            with office.upkeep() as look:  # counted before it is answered; who knows both is answered without a write
                limits.count(look, *counts)
    except TooManyTries as error:
        return _limited(templates, office, error)
    if status is None:
        log.info("status_enquiry", outcome="not_found")
        return make_response(render_template(templates.not_found, form=Form(), **_why(reference)), 404)
    log.info("status_enquiry", outcome="answered")
    shown, grouped = _shown(office, status), references.grouped(status.reference)
    page = render_template(templates.answer, **shown, reference=grouped, readers=readers, form=form)
    return make_response(page, form.status)


def _why(reference: str) -> dict[str, bool]:
    """What who asked may know of why nothing was found: only what was sent, never what there is."""
    scanned = receipts.normalise(reference) is not None
    return {"scanned": scanned, "malformed": not scanned and references.normalise(reference) is None}


def _counts(office: Office, reference: str) -> list[Counted]:
    """What a wrong look-up counts for. Who tries a reference at one address does not shut out its holder elsewhere."""
    caller = addresses.customer(request.remote_addr or "")
    each = office.settings.status_attempts_per_reference
    return [
        Counted("status-from", caller, office.settings.status_attempts_per_address),
        Counted("status-pair", f"{reference} {caller}", each),
        Counted("status", reference, EVERYWHERE * each),
    ]


def _limited(templates: Templates, office: Office, error: TooManyTries) -> Response:
    """Come back later. The same for every reference, existing or not. Only the first of a window is logged."""
    with office.upkeep() as look:
        if limits.count_refused(look, limits.STATUS):
            log.info("status_enquiry", outcome="limited")
    return too_often(error, templates.limited)


def _shown(office: Office, status: PublicStatus) -> dict[str, object]:
    """What the answer says, in the reader's language."""
    kind, rules = document_types.get(status.document_type), status.rules
    papers = {paper.code: paper.text for paper in rules.evidence}
    return {
        "status": status,
        "words": answer_of(status),
        "asks_to_come": status.state in TO_COME_FOR or status.comes_at is not None,
        "document": localised(kind.title),
        "article": localised(rules.deadline.legal_basis),
        "loss": localised(rules.loss.text),
        "loss_article": localised(rules.loss.legal_basis),
        "missing": [_missing(code, papers) for code in status.missing] or [str(OTHER)],
        "opening_hours": _isolated(hours(status.opening_hours)),
        "now": office.clock.now(),
        "losses": options(LOSSES.items()),
        "mistake": MISTAKES.get(status.mistake, ""),
        "writes": bool(channels.names(office.settings)),
    }


def _missing(code: str, papers: Mapping[str, Localised]) -> str:
    """What is missing, in our words, else in those of the document type."""
    if code in papers and code not in MISSING:
        return localised(papers[code])
    return str(MISSING.get(code, OTHER))


def hours(text: str) -> str:
    """Opening hours as kept (`Mo-Fr 09:00-12:00`, the OpenStreetMap form) with the days in the reader's language."""
    names = get_day_names("wide", locale=get_locale())
    for number, code in enumerate(OSM_DAYS):
        text = re.sub(rf"\b{code}\b", names[number], text)
    return text.replace("-", "\u2013")


def _isolated(text: str) -> Markup:
    """The text with each span of time whole and from left to right, in lines of any direction."""
    return Markup(SPAN.sub(r'<bdi class="span" dir="ltr">\g<0></bdi>', str(escape(text))))  # noqa: S704 - escaped
