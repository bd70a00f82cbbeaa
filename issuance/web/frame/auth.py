"""Who is there: logging in (Flask-Security), and who may use which page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeVar, cast

from flask import Flask, abort, current_app, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user, logout_user
from flask_wtf.csrf import CSRFError, CSRFProtect

from issuance.errors import NotAllowed
from issuance.models.staff import RoleName, Staff, Station
from issuance.services.stations import tokens
from issuance.web.frame.current import current_actor, current_office

ANY_ROLE = tuple(RoleName)
"""Everyone who works here."""

CLERKS = (RoleName.CLERK, RoleName.SUPERVISOR)
OPERATORS = (RoleName.OPERATOR, RoleName.SUPERVISOR)
WATCHERS = (*OPERATORS, RoleName.ADMINISTRATOR)
"""Who sees the machines of a centre."""

CLOCK_KEEPERS = (RoleName.SUPERVISOR, RoleName.ADMINISTRATOR)
"""Who says what time it is when the clock jumped."""

READERS = (RoleName.SUPERVISOR, RoleName.AUDITOR)
"""Who reads the events of the register."""

View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Access:
    """Who a route is for: staff with one of `roles`, who is logging in, everybody, a station, nobody."""

    kind: Literal["staff", "login", "public", "station", "nobody"]
    roles: frozenset[str] = frozenset()


PUBLIC, LOGIN, NOBODY = Access("public"), Access("login"), Access("nobody")
# Routes of libraries cannot carry a decorator.
LIBRARY_ROUTES = {
    "static": PUBLIC,
    "security.login": LOGIN,
    "security.logout": LOGIN,
    "security.two_factor_setup": LOGIN,
    "security.tf_select": NOBODY,
    "security.two_factor_setup_validate": NOBODY,
    "security.two_factor_token_validation": LOGIN,
    "security.two_factor_rescue": NOBODY,
    "security.verify": NOBODY,
}


def allow(*roles: RoleName) -> Callable[[View], View]:
    """Only staff with one of `roles` may use this view; `*ANY_ROLE` for everyone who works here."""
    if not roles:
        raise ValueError("name the roles that may use this view")
    return _declare(Access("staff", frozenset(roles)))


def public(view: View) -> View:
    """Everyone may use this view. It must need no session: its forms carry no CSRF token, as nothing is at stake."""
    return _declare(PUBLIC)(view)


def station(view: View) -> View:
    """Only a station with a valid `Authorization: Bearer` token may use this view; see `current_station`."""
    return _declare(Access("station"))(view)


def _declare(access: Access) -> Callable[[View], View]:
    def mark(view: View) -> View:
        view.__dict__["access"] = access
        return view

    return mark


def access_of(app: Flask, endpoint: str) -> Access | None:
    """What the route declared; None means nobody may use it, and a test fails."""
    return LIBRARY_ROUTES.get(endpoint) or app.view_functions[endpoint].__dict__.get("access")


def init_app(app: Flask) -> None:
    """Check every request before its view runs."""
    app.config.update(WTF_CSRF_CHECK_DEFAULT=False, WTF_CSRF_SSL_STRICT=False, WTF_CSRF_TIME_LIMIT=None)
    CSRFProtect(app)
    app.before_request(_enforce)


def _enforce() -> ResponseReturnValue | None:
    """Let in whom the route declared: staff by login and CSRF token, stations by their token."""
    if request.endpoint is None:
        return None
    access = access_of(current_app, request.endpoint) or NOBODY
    if access.kind == "nobody":
        abort(403)
    if access.kind == "station":
        g.station = _station_of_token()
    elif access.kind == "login":
        _check_token()
    elif access.kind == "staff":
        return _enforce_staff(access)
    return None


def _enforce_staff(access: Access) -> ResponseReturnValue | None:
    if not current_user.is_authenticated or not may_work(current_user, current_office().clock.today()):
        logout_user()
        if request.method == "POST":
            raise CSRFError("the session ended")  # its page keeps what was typed
        return redirect(url_for("security.login", next=request.path))
    _check_token()
    if not access.roles & current_actor().roles:
        raise NotAllowed("Your account has no role for this page. Ask the administrator of your centre.")
    session.permanent = True  # every use starts the idle time anew
    return None


def _check_token() -> None:
    """Raise CSRFError unless a request that changes something carries the token of its session."""
    if request.method not in ("GET", "HEAD", "OPTIONS"):
        cast(CSRFProtect, current_app.extensions["csrf"]).protect()


def may_work(account: Staff, today: dt.date) -> bool:
    """Whether an account is open: active, and not past its last day."""
    return bool(account.active and (account.ends_on is None or today <= account.ends_on))


def _station_of_token() -> Station:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        abort(401)
    with current_office().reading() as look:
        return tokens.station_by_token(look, token)
