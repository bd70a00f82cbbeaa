"""What a browser holds: the key of a session that the register keeps; before log-in, only the log-in form's own state.

Until somebody is logged in, the cookie is Flask's own, signed and short-lived: the CSRF secret of the log-in form and
how far the log-in came. So nobody outside can fill the register with sessions, and public pages need none.
"""

from __future__ import annotations

import re
from typing import Any, cast

import structlog
from flask import Flask, Request, Response, g, request, session
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from sqlalchemy.exc import OperationalError

from issuance.db import PATIENCE
from issuance.errors import Busy
from issuance.logs import error_of
from issuance.models.staff import Staff, StaffSession
from issuance.office import Office
from issuance.services.trust import sessions
from issuance.services.trust.sessions import SEEN_EVERY, Ending

KEY = re.compile(r"[A-Za-z0-9_-]{43}")
BRIEF = 0.1
"""Seconds for which a page waits to note that somebody is there: the next one notes it as well."""
BROWSERS = (
    *(("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox")),
    *(("Chrom", "Chrome"), ("Safari", "Safari")),
)
SYSTEMS = (
    *(("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows")),
    *(("Mac OS", "macOS"), ("Linux", "Linux")),
)

log = structlog.get_logger()


class BrowserSession(SecureCookieSession):
    """What one browser's session holds. `row` is how the register keeps it, None before log-in.

    `key` is what its cookie must be from now on, when that changed; `why_ended` tells of one that was ended.
    """

    def __init__(self, initial: dict[str, Any] | None = None, row: StaffSession | None = None) -> None:
        super().__init__(initial)
        self.row = row
        self.key = ""
        self.why_ended: Ending | None = None

    @property
    def account(self) -> Staff | None:
        """Who is logged in."""
        return self.row.account if self.row else None


class Sessions(SecureCookieSessionInterface):
    """Opens and keeps the sessions of an office."""

    session_class: type[SecureCookieSession] = BrowserSession

    def __init__(self, office: Office) -> None:
        self.office = office

    def open_session(self, app: Flask, request: Request) -> BrowserSession:
        """The session whose key the cookie is; for any other cookie what the log-in form signed, if anything."""
        key = request.cookies.get(self.get_cookie_name(app), "")
        if not KEY.fullmatch(key):
            return cast(BrowserSession, super().open_session(app, request))
        with self.office.reading() as look:
            row = sessions.find(look, key)
            why = None if row else sessions.why_ended(look, key)
        if row is None:
            opened = BrowserSession()
            opened.why_ended = why
            return opened
        return BrowserSession({**row.content, "_user_id": row.account.get_id()}, row)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Keep what changed; when nothing did, note once a minute that a person is there."""
        assert isinstance(session, BrowserSession)
        if session.row is None:
            super().save_session(app, session, response)
            return
        response.vary.add("Cookie")
        if session.key:
            self._set_cookie(app, session.key, response)
        if session.modified or self._is_due(session.row):
            self._keep(session)

    def _set_cookie(self, app: Flask, key: str, response: Response) -> None:
        response.set_cookie(
            self.get_cookie_name(app),
            key,
            path=self.get_cookie_path(app),
            secure=self.get_cookie_secure(app),
            httponly=True,
            samesite=self.get_cookie_samesite(app),
        )

    def _is_due(self, row: StaffSession) -> bool:
        """Whether a use must be noted. A page that fetches itself again is nobody's use."""
        by_itself = request.method == "GET" and request.headers.get("Sec-Fetch-Mode") in ("cors", "no-cors")
        return not by_itself and abs(self.office.clock.now() - row.last_seen_at) >= SEEN_EVERY

    def _keep(self, session: BrowserSession) -> None:
        """What was done is done and is answered, even when the register takes no writes just now."""
        assert session.row is not None
        try:
            with self.office.upkeep(patience=PATIENCE if session.modified else BRIEF) as look:
                sessions.keep(look, session.row.id, dict(session) if session.modified else None)
        except (OperationalError, Busy) as error:
            log.warning("session_not_kept", **error_of(error))


def current() -> BrowserSession:
    """The session of this request."""
    return cast(BrowserSession, session)


def logged_in(row: StaffSession, key: str) -> None:
    """From now on this browser has the session `row`: nothing from before the log-in is kept, its CSRF secret least."""
    here = current()
    user = here["_user_id"]
    here.clear()
    g.pop("csrf_token", None)
    here["_user_id"] = user
    here.row, here.key = row, key


def logged_out() -> None:
    """This browser has no session any more."""
    here = current()
    here.clear()
    g.pop("csrf_token", None)
    here.row = None


def device() -> str:
    """What the owner of this browser knows it by: `Firefox, Windows`. Nothing that tells two of them apart."""
    said = request.headers.get("User-Agent", "")
    named = [next((name for part, name in known if part in said), "") for known in (BROWSERS, SYSTEMS)]
    return ", ".join(name for name in named if name)
