"""Languages: which one a page speaks, the sentences of errors, dates as people write them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import cache

from babel import Locale
from flask import Flask, Response, current_app, g, has_request_context, request, url_for
from flask_babel import (
    Babel,
    force_locale,
    format_date,
    format_datetime,
    format_decimal,
    format_percent,
    get_locale,
    gettext,
    refresh,
)

from issuance.clock import OFFICE_ZONE
from issuance.document_types import Localised
from issuance.errors import LimanError
from issuance.law.office import text_reviews
from issuance.web.frame import catalogues
from issuance.web.frame.current import current_office
from issuance.web.frame.tongues.read_here import ReadHere
from issuance.web.words.states import word
from printing.papers import Words
from printing.papers.wording import LANGUAGES

STAFF_LANGUAGES = ("ro", "en")
DEFAULT_LANGUAGE = "ro"
NOTICE = "privacy.notice.show"
"""The notice of data protection, to which every public page of a process that has it leads."""
RIGHT_TO_LEFT = frozenset({"ar", "fa", "ps", "ur"})
COOKIE = "language"
COOKIE_SECONDS = 365 * 24 * 3600


def init_app(app: Flask) -> None:
    """Compile the catalogues that changed, and let every template speak the language of its reader."""
    catalogues.compile_changed()
    app.config.update(
        BABEL_DEFAULT_LOCALE="en",
        BABEL_DEFAULT_TIMEZONE="Europe/Bucharest",
        BABEL_TRANSLATION_DIRECTORIES=str(catalogues.FOLDER),
        BABEL_DOMAIN="messages",
    )
    app.jinja_env.add_extension("jinja2.ext.do")
    Babel(app, locale_selector=language)
    app.extensions["read_here"] = ReadHere()
    app.after_request(_remember_choice)
    app.add_template_filter(day)
    app.add_template_filter(partial_day)
    app.add_template_filter(moment)
    app.add_template_filter(clock_time)
    app.add_template_filter(percent)
    app.add_template_filter(capital)
    app.context_processor(_page_language)


def languages() -> tuple[str, ...]:
    """The languages this page can be read in: public pages may set `g.languages`, staff pages have two."""
    return tuple(g.get("languages", STAFF_LANGUAGES))


@cache
def of_everybody() -> tuple[str, ...]:
    """The languages of the public pages: ours, and each that has a folder of translations."""
    others = sorted(catalogues.folders() - set(STAFF_LANGUAGES))
    known = [each for each in LANGUAGES if each in others]
    return (*STAFF_LANGUAGES, *known, *(each for each in others if each not in known))


def speak_to_everybody() -> None:
    """Let this page be read in the languages of the public pages."""
    g.languages = of_everybody()
    refresh()


def speak_for_now(code: str) -> None:
    """Let this page be read in one of the languages of the public pages, which no cookie remembers."""
    g.language_for_now = code
    speak_to_everybody()


def language() -> str:
    """The reader's language: chosen now, chosen before, else the browser's first that we have, else Romanian."""
    if not has_request_context():
        return "en"
    for choice in (g.get("language_for_now"), request.args.get("lang"), request.cookies.get(COOKIE)):
        if choice in languages():
            return str(choice)
    wanted = (value.split("-")[0].lower() for value in request.accept_languages.values())
    return next((code for code in wanted if code in languages()), DEFAULT_LANGUAGE)


def _remember_choice(response: Response) -> Response:
    """Keep a language chosen from the menu: the only cookie a public page ever sets."""
    choice = request.args.get("lang")
    if choice in languages() and "language_for_now" not in g:
        response.set_cookie(
            COOKIE,
            choice or "",
            max_age=COOKIE_SECONDS,
            httponly=True,
            samesite="Lax",
            secure=bool(current_app.config["SESSION_COOKIE_SECURE"]),
        )
    return response


def _page_language() -> dict[str, object]:
    """What base.html needs: the language, its direction, and the menu."""
    code, here = language(), _here()
    menu = [(each, endonym(each), f"{here}?lang={each}") for each in languages()]
    on_kiosk = request.path.startswith("/kiosk")  # no page of the machine leads out
    return {
        "language": code,
        "direction": "rtl" if code in RIGHT_TO_LEFT else "ltr",
        "language_menu": menu,
        "endonym": endonym(code),
        "by_machine": text_reviews.is_by_machine(code) and not _is_read_here(code),
        "romanian_link": f"{here}?lang={DEFAULT_LANGUAGE}",
        "notice_link": url_for(NOTICE) if NOTICE in current_app.view_functions and not on_kiosk else "",
    }


def _is_read_here(code: str) -> bool:
    known: ReadHere = current_app.extensions["read_here"]
    return known.whole(current_office(), code)


@cache
def endonym(code: str) -> str:
    """A language by its own name, as its readers look for it."""
    name = Locale(code).get_display_name(code) or code
    return name[:1].upper() + name[1:]


def _here() -> str:
    """The address of this page, to be asked in another language; the start page where it only takes forms."""
    readable = request.url_rule is not None and "GET" in (request.url_rule.methods or ())
    if not readable or request.endpoint is None:
        return "/"
    return url_for(request.endpoint, **(request.view_args or {}))


def sentence(error: LimanError) -> str:
    """The sentence of a refusal in the reader's language, words for states and decimal signs included."""
    shown = error.__class__.__new__(error.__class__)
    shown.__dict__.update(error.__dict__)
    shown.params = {name: _said(value) for name, value in error.params.items()}
    return str(shown.sentence(str(get_locale() or "en"), gettext))


def localised(text: Localised) -> str:
    """A text of the law in the reader's language: of its file, else of the catalogue, whose key is the English."""
    own = {"ro": text.ro, "fr": text.fr}.get(str(get_locale()))
    return own or str(gettext(text.en))


def _said(value: object) -> object:
    if isinstance(value, float):
        return format_decimal(value)
    return word(value) if isinstance(value, str) else value


def capital(text: object) -> str:
    """The text with a capital first letter; the rest stays as it is."""
    shown = str(text)
    return shown[:1].upper() + shown[1:]


def day(value: dt.date | None) -> str:
    """A calendar day as the reader writes it (`21 nov. 2026`)."""
    return format_date(value, "d MMM y") if value else ""


def partial_day(value: str) -> str:
    """A stored YYYY-MM-DD with XX for unknown parts, as a document shows it: `03.XX.1990`."""
    return ".".join(reversed(value.split("-")))


def percent(share: float) -> str:
    """A share of one as percent, without parts of one (`97 %`)."""
    return str(format_percent(share, "#,##0 %" if language() != "en" else "#,##0%"))


def clock_time(value: dt.datetime) -> str:
    """The time of day in Bucharest, as on the wall: `06:00`."""
    return value.astimezone(OFFICE_ZONE).strftime("%H:%M")


def moment(value: dt.datetime | None) -> str:
    """A moment in office time, to the minute (`21 nov. 2026, 14:05`)."""
    if value is None:
        return ""
    return str(format_datetime(value.astimezone(OFFICE_ZONE), "d MMM y, HH:mm", rebase=False))


def on_paper(say: Callable[[], object]) -> Words:
    """What `say` gives in each of the two languages of the office."""
    both = []
    for each in ("ro", "en"):
        with force_locale(each):
            both.append(str(say()))
    return Words(*both)
