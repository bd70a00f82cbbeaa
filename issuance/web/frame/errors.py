"""What is answered when something is refused or breaks: what happened, what to do next, never a traceback."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterator

import structlog
from flask import Flask, Response, current_app, g, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from card_drivers.order import Problem
from issuance.errors import Busy, LimanError, NotFound, Raced
from issuance.logs import error_of
from issuance.web.frame.auth import FORM_BYTES, MOST_FIELDS, UPLOAD_BYTES, access_of
from issuance.web.frame.forms import goes_again, http_status
from issuance.web.frame.i18n import sentence, speak_to_everybody

PAGE = re.compile(r"/[a-z0-9/-]{1,150}")
STATION_PATHS = "/api/station/"
RETRY_SECONDS = "5"
"""What a busy register asks of who would write to it."""

log = structlog.get_logger()


def init_app(app: Flask) -> None:
    """Limit what may be sent, and give every failure a page (or JSON for stations)."""
    app.config.update(
        MAX_CONTENT_LENGTH=UPLOAD_BYTES,
        MAX_FORM_MEMORY_SIZE=UPLOAD_BYTES,
        MAX_FORM_PARTS=MOST_FIELDS,
    )
    app.dispatch_request = _again_once(app.dispatch_request)  # type: ignore[method-assign]
    app.after_request(_ask_again)
    app.register_error_handler(LimanError, _refused)
    app.register_error_handler(CSRFError, _page_too_old)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _broken)


def _again_once(dispatch: Callable[[], ResponseReturnValue]) -> Callable[[], ResponseReturnValue]:
    """Run a view once more when another act wrote the same at that moment: it then finds what is there."""

    def run() -> ResponseReturnValue:
        try:
            return dispatch()
        except Raced as error:
            if not goes_again():
                raise
            log.info("view_again", route=str(request.url_rule or ""), method=request.method, **error_of(error))
        g.again = True
        return dispatch()

    return run


def _refused(error: LimanError) -> Response:
    if _is_for_everybody(http_status(error)):
        return error_page(http_status(error))
    title = gettext("Not found") if isinstance(error, NotFound) else gettext("This was not done")
    return answer(http_status(error), error.code, title, sentence(error))


def _ask_again(response: Response) -> Response:
    """Say to programs too when a busy register may be asked again."""
    if response.status_code == http_status(Busy()):
        response.headers.setdefault("Retry-After", RETRY_SECONDS)
    return response


def _http(error: HTTPException) -> Response:
    code = error.code or 500
    if code < 400:
        return make_response(error.get_response())
    response = error_page(code) if _is_for_everybody(code) else answer(code, "http", *_words(code))
    for name, value in error.get_headers():
        if name in ("Allow", "Retry-After", "WWW-Authenticate"):
            response.headers[name] = value
    return response


def _words(code: int) -> tuple[str, str]:
    """Title and advice of an HTTP error."""
    known = {
        400: (
            gettext("The page sent something we cannot read"),
            gettext("Go back, reload the page and send it again."),
        ),
        401: (gettext("No valid token"), gettext("Set the station up again and give it its new token.")),
        403: (gettext("Not for this account"), gettext("Ask the administrator of your centre for the role.")),
        404: (
            gettext("There is no such page"),
            gettext("Check the address, or search for the case by its reference."),
        ),
        405: (
            gettext("This address only takes forms"),
            gettext("Go back to the page you came from and use its button."),
        ),
        413: (
            gettext("Too much was sent at once"),
            gettext("This page takes at most %(size)s. Send a smaller file, or shorten the text.", size=_most()),
        ),
        429: (gettext("Too many attempts"), gettext("Wait 15 minutes and try again.")),
    }
    return known.get(code, (gettext("The page could not be shown"), gettext("Go back and try again.")))


def plain_words(code: int) -> tuple[str, str]:
    """Title and advice of a failure for a holder: short sentences and everyday words."""
    known = {
        404: (gettext("There is no such page"), gettext("Look at the address again.")),
        413: (gettext("Too much was sent at once"), gettext("Go back and send less.")),
        429: (gettext("Too many tries. Please wait."), gettext("Wait 15 minutes and try again.")),
        503: (gettext("Too many people are asking now."), gettext("Wait a minute. Then try again.")),
    }
    return known.get(code, (gettext("The page could not be shown"), gettext("Go back and try again.")))


def _is_for_everybody(code: int) -> bool:
    """Whether the reader does not work here: on a public page, or none, and not logged in. They have more languages.

    A defect (5xx) asks nothing of who is logged in, which may be what is broken.
    """
    access = access_of(current_app, request.endpoint) if request.endpoint else None
    if request.path.startswith(STATION_PATHS) or (access is not None and access.kind != "public"):
        return False
    if code < 500 and _works_here():
        return False
    speak_to_everybody()
    return True


def _works_here() -> bool:
    """Whether somebody is logged in; where the public pages are alone, nobody can be."""
    return hasattr(current_app, "login_manager") and bool(current_user.is_authenticated)


def error_page(code: int, support: str = "") -> Response:
    """The page of a failure for everybody; `support` is the number under which it was logged."""
    title, text = plain_words(code)
    more = gettext("Does it happen again? Tell the office this number:") if support else ""
    page = render_template("public/error.html", title=title, text=text, more=more, support=support)
    return make_response(page, code)


def _most() -> str:
    """How much this page takes."""
    most = request.max_content_length or UPLOAD_BYTES
    return f"{most // 10**6} MB" if most >= 10**6 else f"{most // 10**3} kB"


def _page_too_old(error: CSRFError) -> Response:
    """The form's token no longer fits: the page was open too long, or one logged in again elsewhere.

    What was typed can be sent again when the browser says that the form came from a page of ours; what was kept as a
    draft is there when its page is opened again.
    """
    ours = request.headers.get("Sec-Fetch-Site") == "same-origin"
    short = (request.content_length or 0) <= FORM_BYTES
    typed = list(_typed()) if ours and short and not request.files else []
    page = request.form.get("draft", "") if ours else ""
    form_at = page if PAGE.fullmatch(page) else ""
    return make_response(render_template("frame/too_old.html", typed=typed, form_at=form_at), 400)


def _typed() -> Iterator[tuple[str, str]]:
    for name, value in request.form.items(multi=True):
        if name not in ("csrf_token", "password"):
            yield name, value


def _broken(error: Exception) -> Response:
    """A defect: it is logged under an id that the page shows; its text, which may be personal, is not."""
    support = secrets.token_hex(4)
    rule = str(request.url_rule or "")
    log.error("request_failed", route=rule, method=request.method, support=support, **error_of(error))
    if _is_for_everybody(500):
        return error_page(500, support)
    title = gettext("The page could not be shown")
    text = gettext(
        "Nothing was saved. Go back and try again; if it happens again, give this number to the administrator:"
    )
    return answer(500, "defect", title, text, support=support)


def answer(status: int, code: str, title: str, text: str, support: str = "") -> Response:
    """A page for people; for stations a `Problem`, the one shape that card_drivers.station.register understands."""
    if request.path.startswith(STATION_PATHS) or _is_for_a_station():
        problem = Problem(error=code, message=f"{text} {support}".strip())
        return make_response(problem.model_dump(mode="json"), status)
    page = render_template("frame/error.html", title=title, text=text, support=support, status=status)
    return make_response(page, status)


def _is_for_a_station() -> bool:
    access = access_of(current_app, request.endpoint) if request.endpoint else None
    return access is not None and access.kind in ("station", "caller")
