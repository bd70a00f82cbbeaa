"""The holder's status page: reference and birth date, no login, no session, no name.

A look-up is counted against the address and the reference before anything is read, whether there is such a reference or
not; both are kept as digests. Of the look-up itself one line is logged, with its outcome: `answered`, `not_found` or
`limited`. It is no event of the audit trail, which strangers must not be able to fill. See docs/status-page.md.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Mapping

import structlog
from babel.dates import get_day_names
from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from flask_babel import get_locale, lazy_gettext
from markupsafe import Markup, escape

from issuance import document_types
from issuance.clock import OFFICE_ZONE
from issuance.document_types import Localised
from issuance.office import Office
from issuance.services.life.loss import STATUS_PAGE, Said
from issuance.services.public import receipts, told
from issuance.services.public.status import TO_COME_FOR, PublicStatus, public_status
from issuance.services.trust import limits
from issuance.services.trust.limits import Counted, TooManyTries
from issuance.values import addresses, references
from issuance.web.frame.auth import public
from issuance.web.frame.current import current_office
from issuance.web.frame.forms import DATE_PARTS, Form, options
from issuance.web.frame.i18n import localised, speak_to_everybody
from issuance.web.public.carried import carried, carry
from issuance.web.words.status import MISSING, MISTAKES, OTHER, answer_of

MAX_REFERENCE = 100
DATE_BOXES = frozenset(f"birth_date-{part}" for part in DATE_PARTS)
EVERYWHERE = 5
"""A reference may be tried from all addresses together so many times as often as from one."""

LOSSES = {"lost": lazy_gettext("I lost it"), "stolen": lazy_gettext("Somebody took it from me")}

SPAN = re.compile(r"\d?\d:\d\d\u2013\d?\d:\d\d")
OSM_DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")

log = structlog.get_logger()
blueprint = Blueprint("status", __name__)


@blueprint.record
def _start_page(state: BlueprintSetupState) -> None:
    """Where the public pages are alone, the address without a path is theirs."""
    if not any(rule.rule == "/" for rule in state.app.url_map.iter_rules()):
        state.app.add_url_rule("/", "status.start", ask)


@blueprint.route("/status", methods=["GET", "POST"])
@public
def ask() -> Response:
    """The question, and its answer: one of eight states, nothing found, or when to try again.

    A reference in the fragment of the address is filled in by the page itself and never sent in an address; the code of
    a receipt is sent at once in its stead, without a birth date.
    """
    speak_to_everybody()
    form = Form(dict(map(_as_meant, request.form.items())))
    if request.method == "POST":
        with form.catch():
            reference = form.text("reference", limit=MAX_REFERENCE)
            if not form.errors and (code := receipts.normalise(reference)):
                return _answer(current_office(), code, "")
            birth_date = form.partial_date("birth_date")
            form.check()
            return _answer(current_office(), reference, birth_date)
    return make_response(render_template("public/ask.html", form=form), form.status)


@blueprint.route("/status/loss", methods=["GET", "POST"])
@public
def lose() -> ResponseReturnValue:
    """The holder tells that the document is lost or stolen; the answer is that of the status page from now on."""
    speak_to_everybody()
    form = Form(dict(map(_as_meant, request.form.items())))
    known = carried(form.value("carried"))
    if known is None:  # the language menu leads to an address, and a page may lie open for long
        return redirect(url_for("public.status.ask", lang=request.args.get("lang")), 303)
    return _answer(current_office(), *known, form)


def _said(form: Form) -> Said:
    """What the form says about a loss. FormRefused names what is missing."""
    kind, noticed_on = form.choice("kind", LOSSES), form.date("noticed_on")
    form.check()
    assert noticed_on is not None
    return Said(kind, STATUS_PAGE, noticed_on)


def _as_meant(field: tuple[str, str]) -> tuple[str, str]:
    """A field with digits of any script as 0-9, dashes as hyphens, no invisible marks; X in a date is unknown."""
    name, text = field[0], _plain(field[1])
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


def _answer(office: Office, reference: str, birth_date: str, loss: Form | None = None) -> Response:
    """The answer; before it, what the form `loss` tells is put down."""
    stored = references.normalise(reference)
    counts = _counts(office, stored or reference)
    try:
        with office.reading() as look:
            limits.check(look, *counts)
            status = public_status(look, reference, birth_date)
        if status is not None and loss is not None:
            status = _tell(office, reference, birth_date, loss)
        if status is None:
            with office.upkeep() as look:  # counted before it is answered; who knows both is answered without a write
                limits.count(look, *counts)
    except TooManyTries as error:
        return _limited(office, error)
    if status is None:
        log.info("status_enquiry", outcome="not_found")
        return make_response(render_template("public/not_found.html", form=Form(), **_why(reference)), 404)
    log.info("status_enquiry", outcome="answered")
    today = office.clock.today().isoformat()
    form = loss or Form({"carried": carry(reference, birth_date), "noticed_on": today})
    page = render_template(
        "public/answer.html", **_shown(office, status), reference=references.grouped(status.reference), form=form
    )
    return make_response(page, form.status)


def _why(reference: str) -> dict[str, bool]:
    """What who asked may know of why nothing was found: only what was sent, never what there is."""
    scanned = receipts.normalise(reference) is not None
    return {"scanned": scanned, "malformed": not scanned and references.normalise(reference) is None}


def _tell(office: Office, reference: str, birth_date: str, loss: Form) -> PublicStatus | None:
    """Put down what the form tells; the status from then on."""
    with loss.catch(), office.upkeep() as look:
        told.tell(look, reference, birth_date, _said(loss))
    with office.reading() as look:
        return public_status(look, reference, birth_date)


def _counts(office: Office, reference: str) -> list[Counted]:
    """What a wrong look-up counts for. Who tries a reference at one address does not shut out its holder elsewhere."""
    caller = addresses.customer(request.remote_addr or "")
    each = office.settings.status_attempts_per_reference
    return [
        Counted("status-from", caller, office.settings.status_attempts_per_address),
        Counted("status-pair", f"{reference} {caller}", each),
        Counted("status", reference, EVERYWHERE * each),
    ]


def _limited(office: Office, error: TooManyTries) -> Response:
    """Come back later. The same for every reference, existing or not. Only the first of a window is logged."""
    with office.upkeep() as look:
        if limits.count_refused(look, limits.STATUS):
            log.info("status_enquiry", outcome="limited")
    minutes = -(-error.retry_after // 60)
    again = (office.clock.now() + dt.timedelta(minutes=minutes)).astimezone(OFFICE_ZONE)
    page = render_template("public/limited.html", minutes=minutes, again=f"{again:%H:%M}")
    response = make_response(page, 429)
    response.headers["Retry-After"] = str(error.retry_after)
    return response


def _shown(office: Office, status: PublicStatus) -> dict[str, object]:
    """What the answer says, in the reader's language."""
    kind, rules = document_types.get(status.document_type), status.rules
    papers = {paper.code: paper.text for paper in rules.evidence}
    return {
        "status": status,
        "words": answer_of(status),
        "asks_to_come": status.state in TO_COME_FOR,
        "document": localised(kind.title),
        "article": localised(rules.deadline.legal_basis),
        "loss": localised(rules.loss.text),
        "loss_article": localised(rules.loss.legal_basis),
        "missing": [_missing(code, papers) for code in status.missing] or [str(OTHER)],
        "opening_hours": _isolated(hours(status.opening_hours)),
        "now": office.clock.now(),
        "losses": options(LOSSES.items()),
        "mistake": MISTAKES.get(status.mistake, ""),
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
