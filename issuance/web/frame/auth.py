"""Who is there: logging in (Flask-Security), and who may use which page."""

from __future__ import annotations

import datetime as dt
import re
from base64 import b64decode
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeVar, cast
from uuid import UUID

from flask import Flask, abort, current_app, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user, logout_user
from flask_wtf.csrf import CSRFError, CSRFProtect
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import BadRequestKeyError, HTTPException
from werkzeug.routing import RoutingException

from card_drivers import signing
from issuance.actors import SYSTEM
from issuance.errors import NotAllowed
from issuance.models.staff import Centre, RoleName, Staff, Station
from issuance.office import Office
from issuance.services.exchange import callers
from issuance.services.passkeys import keys
from issuance.services.stations import lives, tokens
from issuance.services.trust import limits
from issuance.web.frame.current import current_actor, current_centre, current_office

ANY_ROLE = tuple(RoleName)
"""Everyone who works here, also while no role of theirs is in force."""

EVERYONE = frozenset(ANY_ROLE)

CLERKS = (RoleName.CLERK, RoleName.SUPERVISOR)
REGISTRARS = (RoleName.CLERK, RoleName.ENROLMENT_EXPERT, RoleName.BORDER_POLICE)
"""Who lodges requests; the last two do nothing more with them."""

OPERATORS = (RoleName.OPERATOR, RoleName.SUPERVISOR)
HANDS = (*OPERATORS, RoleName.MISSION)
"""Who works at the machines; the people of a mission at those of a mission alone (`at_missions`)."""

WATCHERS = (*OPERATORS, RoleName.ADMINISTRATOR)
"""Who sees the machines of a centre."""

CLOCK_KEEPERS = (RoleName.SUPERVISOR, RoleName.ADMINISTRATOR)
"""Who says what time it is when the clock jumped."""

READERS = (RoleName.SUPERVISOR, RoleName.AUDITOR)
"""Who reads the events of the register."""

OWN_PASSWORD = "admin.own.password"  # noqa: S105 - the page
"""The only page of an account whose password somebody else knows."""

OWN_PASSKEYS = "passkeys.own.show"
TO_GET_A_PASSKEY = (OWN_PASSWORD, OWN_PASSKEYS, "passkeys.own.ask", "passkeys.own.add")
"""The only pages of a session that no passkey opened, where a role asks for one: a given password is changed first."""

View = TypeVar("View", bound=Callable[..., Any])

STRANGER_BYTES = 16_000
"""The longest body of a page that needs no log-in, and of the log-in itself."""

FORM_BYTES = 64_000
DRAWING_BYTES = 200_000
"""A form with what was drawn on a phone."""

PHOTO_BYTES = 8_000_000
"""A photograph of a document, as telephones take them."""

EVENT_BYTES = 32_000
"""The longest event of case handling."""

STATION_BYTES = 2_000_000
"""The longest message of a station: the files of a chip, in base64."""

UPLOAD_BYTES = 20_000_000
"""A form with a picture."""

STOCK_BYTES = 65_000_000
"""A form with a file of all documents of before (`services.legacy.entries.MOST_BYTES`)."""

SCAN_BYTES = 21_000_000
"""A form with a scan of at most 20 MB: one that is a little too long is answered beside its field."""

MOST_FIELDS = 1_000
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


@dataclass(frozen=True, slots=True)
class Access:
    """Who a route is for: staff with one of `roles`, who is logging in, everybody, a station's living process, any
    process of a station, a system outside with a token (`caller`), nobody.

    `body` is the most bytes it takes; a longer body is refused before it is read. `at_missions`: the people of a
    mission abroad use it too, where their centre is one.
    """

    kind: Literal["staff", "login", "public", "station", "signed", "caller", "nobody"]
    roles: frozenset[str] = frozenset()
    body: int = STRANGER_BYTES
    at_missions: bool = False

    @property
    def of_strangers(self) -> bool:
        """Whether people use it who are not known."""
        return self.kind not in ("staff", "station", "signed", "caller")


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


def allow(*roles: RoleName, body: int = FORM_BYTES, at_missions: bool = False) -> Callable[[View], View]:
    """Only staff with one of `roles` may use this view; `*ANY_ROLE` for everyone who works here.

    A form with a picture says `body=UPLOAD_BYTES`. `at_missions`: the people of a mission abroad too, which is a centre
    of its own (ADR 0101).
    """
    if not roles:
        raise ValueError("name the roles that may use this view")
    return _declare(Access("staff", frozenset(roles), body, at_missions))


def opens(access: Access, roles: frozenset[str], centre: Centre) -> bool:
    """Whether somebody with these roles who works at this centre may use a route of the staff."""
    at_mission = access.at_missions and centre.mission and RoleName.MISSION in roles
    return access.roles == EVERYONE or at_mission or bool(access.roles & roles)


def logging_in(view: View) -> View:
    """Who is logging in may use this view; its forms carry the token of the session that begins."""
    return _declare(LOGIN)(view)


def public(view: View) -> View:
    """Everyone may use this view. It must need no session: its forms carry no CSRF token, as nothing is at stake."""
    return _declare(PUBLIC)(view)


def drawing(view: View) -> View:
    """Everyone may use this view, as by `public`, and send what was drawn on a phone."""
    return _declare(Access("public", body=DRAWING_BYTES))(view)


def filling(view: View) -> View:
    """Everyone may use this view, as by `public`, and send along what a family has written so far."""
    return _declare(Access("public", body=FORM_BYTES))(view)


def showing(view: View) -> View:
    """Everyone may use this view, as by `public`, and send a photograph of a document."""
    return _declare(Access("public", body=PHOTO_BYTES))(view)


def station(view: View) -> View:
    """Only the living process of a station may use this view, by a signed request; see `current_station`."""
    return _declare(Access("station", body=STATION_BYTES))(view)


def signed(view: View) -> View:
    """Any process of a station may use this view, by a signed request; see `current_instance`."""
    return _declare(Access("signed", body=STATION_BYTES))(view)


def caller(view: View) -> View:
    """Only a system outside that tells events may use this view, by a token of ours; see `current_caller`."""
    return _declare(Access("caller", body=EVENT_BYTES))(view)


def fetcher(view: View) -> View:
    """Only the recipient that the address names may use this view, by a token of ours; see `current_caller`."""
    return _declare(Access("caller", body=FORM_BYTES))(view)


def _declare(access: Access) -> Callable[[View], View]:
    def mark(view: View) -> View:
        view.__dict__["access"] = access
        return view

    return mark


def access_of(app: Flask, endpoint: str) -> Access | None:
    """What the route declared; None means nobody may use it, and a test fails."""
    return LIBRARY_ROUTES.get(endpoint) or app.view_functions[endpoint].__dict__.get("access")


def route_of(app: Flask) -> Callable[[str, str], tuple[int, bool]]:
    """What the server asks of a request before it takes the body: how long it may be, and whether strangers send it.

    Static files are everybody's: a page of the staff is not held up by them.
    """
    addresses = app.url_map.bind("localhost")

    def route(method: str, path: str) -> tuple[int, bool]:
        try:
            endpoint, _ = addresses.match(path, method)
        except (HTTPException, RoutingException):
            return NOBODY.body, NOBODY.of_strangers
        access = access_of(app, endpoint) or NOBODY
        return access.body, access.of_strangers and endpoint != "static"

    return route


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
    _check_length(access)
    _check_address()
    if access.kind == "nobody":
        abort(403)
    if access.kind in ("station", "signed"):
        _enforce_station(access)
    elif access.kind == "caller":
        _enforce_caller()
    elif access.kind == "public":
        _check_fields()
    elif access.kind == "login":
        _check_token()
    elif access.kind == "staff":
        return _enforce_staff(access)
    return None


def _check_length(access: Access) -> None:
    """Stop a body that is too long, also one that nothing would read. Pictures come in parts, never as one line."""
    in_one_line = request.mimetype == "application/x-www-form-urlencoded"
    request.max_content_length = min(access.body, FORM_BYTES) if in_one_line else access.body
    if (request.content_length or 0) > request.max_content_length:
        abort(413)


def _enforce_staff(access: Access) -> ResponseReturnValue | None:
    if not current_user.is_authenticated or not may_work(current_user, current_office().clock.today()):
        logout_user()
        if request.method == "POST":
            raise CSRFError("the session ended")  # its page keeps what was typed
        return redirect(url_for("security.login", next=request.path))
    _check_token()
    if current_user.password_given_at is not None and request.endpoint != OWN_PASSWORD:
        return redirect(url_for(OWN_PASSWORD), 303)
    if _waits_for_a_passkey() and request.endpoint not in TO_GET_A_PASSKEY:
        return redirect(url_for(OWN_PASSKEYS), 303)
    if not opens(access, current_actor().roles, current_centre()):
        raise NotAllowed("Your account has no role for this page. Ask the administrator of your centre.")
    return None


def _waits_for_a_passkey() -> bool:
    """Whether a role of who is logged in asks for a passkey, and this session was opened without one."""
    office, row = current_office(), getattr(session, "row", None)
    asks = not office.settings.demo and keys.are_asked_of(current_actor().roles, office.clock.today())
    return asks and not (row and row.by_passkey)


def _check_token() -> None:
    """Raise CSRFError unless a request that changes something carries the token of its session."""
    _check_fields()
    if request.method not in ("GET", "HEAD", "OPTIONS"):
        cast(CSRFProtect, current_app.extensions["csrf"]).protect()


def _check_address() -> None:
    """Stop an address that no page of ours made: too many arguments, or characters that nobody types."""
    arguments = list(request.args.items(multi=True))
    if len(arguments) > MOST_FIELDS:
        abort(413)
    if CONTROL.search("".join((request.path, *(part for argument in arguments for part in argument)))):
        abort(400)


def _check_fields() -> None:
    """Stop a form of so many fields that no page of ours made it."""
    if len(list(request.form.items(multi=True))) > MOST_FIELDS:
        abort(413)


def may_work(account: Staff, today: dt.date) -> bool:
    """Whether an account is open: active, and not past its last day."""
    return bool(account.active and (account.ends_on is None or today <= account.ends_on))


def _tell_forged(office: Office, station_id: UUID) -> None:
    """The first request of a window that a working station did not sign is an event; the others are counted."""
    with office.reading() as look:
        station = look.session.get(Station, station_id)
    if station is None or not station.active:
        return  # nobody's name: it writes nothing
    with office.upkeep() as look:
        first = limits.count_refused(look, limits.FORGED)
    if first:
        with office.act(SYSTEM, while_stopped=True) as act:
            lives.forged(act, station_id)


def _enforce_caller() -> None:
    """The system whose token for this address came with the request; 401 for none, TooManyTries beyond its limit.

    The first wrong one of a window is an event; the others are counted.
    """
    office = current_office()
    door = (request.view_args or {}).get("recipient", callers.EVENTS)
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    with office.reading() as look:
        found = callers.by_token(look, token.strip(), door) if scheme.lower() == "bearer" else None
    if found is None:
        _tell_caller(office)
        abort(401, www_authenticate=WWWAuthenticate("bearer"))
    with office.upkeep() as look:
        callers.count(look, found.id)
    g.caller = found


def _tell_caller(office: Office) -> None:
    with office.upkeep() as look:
        first = limits.count_refused(look, limits.CALLER)
    if first:
        with office.act(SYSTEM, while_stopped=True) as act:
            act.record("exchange.refused_caller")


def _enforce_station(access: Access) -> None:
    """The station that signed the request; NotLiving for a process that is not the one it should be."""
    try:
        station_id, g.instance = UUID(request.headers[signing.STATION]), UUID(request.headers[signing.INSTANCE])
        signature = b64decode(request.headers[signing.SIGNATURE], validate=True)
    except (BadRequestKeyError, KeyError, ValueError):
        abort(401)
    said = signing.request_said(request.method, request.path, station_id, g.instance, request.get_data())
    office = current_office()
    try:
        with office.reading() as look:
            g.station = lives.signed(look, station_id, said, signature)
    except NotAllowed:
        _tell_forged(office, station_id)
        raise
    if access.kind == "signed":
        return
    if not lives.is_living(g.station, g.instance):
        with office.act(tokens.actor_of(g.station), while_stopped=True) as act:
            refusal = lives.stranger(act, g.instance, station=g.station)
        raise refusal
    if lives.is_due(g.station, office.clock):
        with office.upkeep() as look:
            lives.heard(look, station=g.station)
