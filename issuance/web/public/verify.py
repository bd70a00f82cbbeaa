"""Where anybody checks a document that is shown to them: no login, no session, no name.

By the number and the day printed with it, which are looked up together; by a picture of the seal, which proves itself,
or of a travel document's zone, which says both; or by a code that its holder made (`confirmations`). Every try is
counted before anything is read, as on the status page. One line is logged, with the outcome; of what was asked nothing
is kept. See docs/verify.md and docs/adr/0064-lists-of-what-holds.md.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from typing import Any

import structlog
from flask import Blueprint, Response, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale

from issuance import document_types
from issuance.clock import OFFICE_ZONE
from issuance.law.persons import rights
from issuance.services.public import confirmations, verdict
from issuance.services.public.confirmations import Confirmed
from issuance.services.public.verdict import Judged, Verdict
from issuance.services.trust import limits
from issuance.services.trust.limits import Counted, TooManyTries
from issuance.values import addresses
from issuance.web.frame.auth import public, showing
from issuance.web.frame.current import current_office
from issuance.web.frame.i18n import day, localised
from issuance.web.public.parts.spoken import LANGUAGES, words_in
from printing.errors import PortraitError
from printing.mrz import Mrz, MrzError
from printing.portraits import portrait
from printing.readers import symbols
from printing.readers import zone as zone_reader
from printing.seals.seal import Seal

KIND = "verify"
EVERYWHERE = 5
"""A number may be tried from all addresses together so many times as often as from one."""

PICTURES = 20
"""Pictures of one address a window: to read one costs as much as to look up a thousand numbers."""

EVERY_WAY = ("picture", "number", "code")
WIDE = 1600
NUMBER = re.compile(r"[A-Z0-9]{9}")
DAY_FIRST = r"(?P<d>\d{1,2})\D+(?P<m>\d{1,2})\D+(?P<y>\d{4})"
YEAR_FIRST = r"(?P<y>\d{4})\D+(?P<m>\d{1,2})\D+(?P<d>\d{1,2})"

log = structlog.get_logger()
blueprint = Blueprint("verify", __name__, url_prefix="/verify")


@blueprint.get("")
@public
def ask() -> Response:
    """The three questions."""
    return _page(asks=EVERY_WAY)


@blueprint.route("/number", methods=["GET", "POST"])
@public
def number() -> ResponseReturnValue:
    """The verdict on a number and the day printed with it."""
    if request.method == "GET":  # the language menu leads to an address
        return redirect(url_for("public.verify.ask", lang=request.args.get("lang")), 303)
    return _by_number(_number(request.form.get("number", "")), _day(request.form.get("date", "")))


@blueprint.route("/picture", methods=["GET", "POST"])
@showing
def picture() -> ResponseReturnValue:
    """The verdict on the seal of a picture; a bar code only says the number."""
    if request.method == "GET":
        return redirect(url_for("public.verify.ask", lang=request.args.get("lang")), 303)
    caller = _caller()
    if (refused := _counted(caller, Counted("verify-picture", caller, PICTURES))) is not None:
        return refused
    file = request.files.get("picture")
    data = file.read() if file else b""
    found = _seen(data)
    if found is None and (zone := _zone(data)) is not None:
        return _of_zone(zone)
    if isinstance(found, str):
        _log("number_read")
        return _page(sentences=["number_read"], typed=_number(found), asks=EVERY_WAY)
    if found is None:
        return _unread("unread_picture")
    with current_office().reading() as look:
        judged = verdict.of_seal(look, found)
    if judged is None:
        return _unread("unread_picture")
    if isinstance(judged, Seal):
        return _foreign(judged.header.issuing_state)
    return _answer(judged, "not_ours")


@blueprint.route("/confirmation", methods=["GET", "POST"])
@public
def confirmation() -> Response:
    """What the code of a holder confirms. In the fragment of the address it is filled in by the page itself."""
    if request.method == "GET":
        return _page(asks=("code",))
    if (refused := _counted(_caller())) is not None:
        return refused
    with current_office().reading() as look:
        found = confirmations.confirmed(look, _number(request.form.get("code", "")))
    if found is None:
        _log("unconfirmed")
        return _page("unconfirmed", "soon", sentences=["unconfirmed_now"], asks=("code",), status=404)
    return _confirmed(found)


def _seen(data: bytes) -> bytes | str | None:
    try:
        return symbols.read(portrait.decode(data, WIDE))
    except PortraitError:
        return None


def _zone(data: bytes) -> Mrz | None:
    """The zone of a page or a card; it is read where the office has the extra, and only when it adds up."""
    try:
        lines = zone_reader.read(data)
        return Mrz.parse(lines) if lines else None
    except (PortraitError, MrzError):
        return None


def _of_zone(zone: Mrz) -> Response:
    """The verdict on what a zone says, as if it had been typed; of another country's it is said that it is theirs."""
    if zone.issuing_state != verdict.ISSUER:
        return _foreign(zone.issuing_state)
    return _by_number(zone.document_number.rstrip("<"), _zone_day(zone.expiry_date))


def _by_number(typed: str, printed: dt.date | None) -> Response:
    each, caller = current_office().settings.status_attempts_per_reference, _caller()
    counts = (Counted("verify-pair", f"{typed} {caller}", each), Counted("verify", typed, EVERYWHERE * each))
    if (refused := _counted(caller, *counts)) is not None:
        return refused
    with current_office().reading() as look:
        judged = verdict.of_number(look, typed, printed)
    if not NUMBER.fullmatch(typed) or printed is None:
        return _unread("unread_typed")
    return _answer(judged, "not_found", "paper_unchecked")


def _zone_day(text: str) -> dt.date | None:
    try:
        return dt.datetime.strptime(f"20{text}", "%Y%m%d").date()
    except ValueError:
        return None


def _foreign(country: str) -> Response:
    _log("foreign")
    return _page("foreign", "stop", sentences=["foreign_now"], facts=[("document", country)])


def _number(text: str) -> str:
    """A number as it is written in the register, from any hand: digits of any script, small letters, spaces."""
    plain = (str(unicodedata.decimal(char)) if unicodedata.category(char) == "Nd" else char for char in text)
    return re.sub(r"[\W_]+", "", "".join(plain)).upper()[:30]


def _day(text: str) -> dt.date | None:
    """The day that was typed, None for none."""
    plain = "".join(str(unicodedata.decimal(char)) if unicodedata.category(char) == "Nd" else char for char in text)
    for form in (DAY_FIRST, YEAR_FIRST):
        if found := re.fullmatch(form, plain.strip()):
            try:
                return dt.date(int(found["y"]), int(found["m"]), int(found["d"]))
            except ValueError:
                return None
    return None


# Counting


def _caller() -> str:
    return addresses.customer(request.remote_addr or "")


def _counted(caller: str, *counts: Counted) -> Response | None:
    """Count a try before anything is read; the answer for who tried too often."""
    office = current_office()
    try:
        with office.upkeep() as look:  # a transaction of its own: the try stays counted whatever follows
            limits.count(look, Counted("verify-from", caller, office.settings.status_attempts_per_address), *counts)
    except TooManyTries as error:
        return _limited(error)
    return None


def _limited(error: TooManyTries) -> Response:
    office = current_office()
    with office.upkeep() as look:
        if limits.count_refused(look, KIND):
            _log("limited")
    again = (office.clock.now() + dt.timedelta(seconds=error.retry_after + 59)).astimezone(OFFICE_ZONE)
    response = _page("limited", "soon", again_at=f"{again:%H:%M}", status=429)
    response.headers["Retry-After"] = str(error.retry_after)
    return response


# Answering


def _answer(judged: Judged, unknown: str, *more: str) -> Response:
    """The verdict in words; `unknown` is how it is said that the document is none of ours."""
    _log(judged.verdict)
    now = current_office().clock.now()
    if judged.verdict is Verdict.VALID:
        said = "valid_number" if more else "valid_seal"
        return _page(said, "done", sentences=[*_longer(judged), "compare_now", *more], facts=_facts(judged), now=now)
    if judged.verdict is Verdict.NOT_VALID:
        return _page("not_valid", "stop", sentences=["not_valid_now"], facts=_facts(judged), now=now)
    return _page(unknown, "stop", sentences=[f"{unknown}_now"], now=now, status=404)


def _confirmed(found: Confirmed) -> Response:
    """The verdict on the document of a code, with as little of it as can be compared."""
    judged, words = found.judged, words_in("verify", _language())
    _log(judged.verdict)
    document, _number, *last = _facts(judged)
    facts = [document, ("number_end", judged.number[-3:]), *last]
    if found.may_work:
        facts.append(("work", f"{words['may_work']} {rights.places(found.may_work, _language())}"))
    facts += [("purpose", words[f"for_{found.purpose}"]), ("shown_until", day(found.until))]
    now = current_office().clock.now()
    if judged.verdict is Verdict.VALID:
        return _page("confirmed", "done", sentences=[*_longer(judged), "confirmed_now"], facts=facts, now=now)
    return _page("not_valid", "stop", sentences=["not_valid_now"], facts=facts, now=now)


def _longer(judged: Judged) -> list[str]:
    """The sentence on a decision, where it holds by one."""
    return ["longer"] if judged.extension else []


def _facts(judged: Judged) -> list[tuple[str, str]]:
    words = words_in("verify", _language())
    title = localised(document_types.get(judged.document_type).title)
    last = day(judged.last_day) if judged.last_day else words["none"]
    facts = [("document", title), ("number", judged.number), ("date", last)]
    if judged.extension and judged.verdict is Verdict.VALID:
        facts += [("until", day(judged.extension.until)), ("decision", judged.extension.reference)]
    return facts


def _unread(why: str) -> Response:
    """Not to know is no verdict, and is said so."""
    _log("unread")
    return _page("unread", "soon", sentences=[why, "unread_means"], asks=EVERY_WAY, status=400)


def _log(outcome: str) -> None:
    log.info("verification", outcome=str(outcome))


def _language() -> str:
    g.languages = LANGUAGES
    return str(get_locale())


def _page(said: str = "", tone: str = "info", *, status: int = 200, **shown: Any) -> Response:
    words = words_in("verify", _language())
    return make_response(render_template("public/verify.html", words=words, said=said, tone=tone, **shown), status)
