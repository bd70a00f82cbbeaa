"""Logging in with Flask-Security: e-mail, argon2 password, and for everyone but a demonstration a TOTP second factor.

There is no registration and no password recovery: accounts are the administrator's. Tries are counted per account and
per address before the password is looked at. A log-in is one session (`sessions.begin`): nobody is remembered.
"""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Sequence
from functools import partial
from typing import Any, cast

from flask import Flask, Response, g, request, session
from flask_babel import gettext
from flask_login import current_user, user_logged_out
from flask_security import RoleMixin, Security, UserMixin, user_authenticated
from flask_security.datastore import UserDatastore
from flask_security.forms import LoginForm, TwoFactorVerifyCodeForm
from flask_security.totp import Totp
from flask_security.utils import validate_redirect_url, verify_password
from passlib.exc import UsedTokenError
from passlib.totp import TOTP, TotpMatch
from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from issuance.actors import SYSTEM, Actor
from issuance.acts import Act
from issuance.errors import InvalidInput
from issuance.models.staff import Staff
from issuance.office import Office
from issuance.services.trust import accounts, limits, sessions
from issuance.services.trust.limits import Counted, TooManyTries
from issuance.settings import Settings, key_file
from issuance.values import addresses, contacts, passwords
from issuance.values.text import mail_key
from issuance.web.frame import known_device
from issuance.web.frame import sessions as browser
from issuance.web.frame.auth import CONTROL, may_work
from issuance.web.frame.current import current_office
from issuance.web.frame.i18n import sentence

TRIES_PER_ACCOUNT = 10
"""From one address, or from one known device."""

TRIES_PER_ADDRESS = 100
TRIES_OF_STRANGERS = 50
"""At one account, from all addresses and devices that are not known for it."""

TRIES_OF_ONES_OWN = 10
"""How often one may be wrong about one's present password before one waits."""

MOST_PASSWORD_BYTES = 4096
CODE_WINDOW = 30
"""Seconds that a code of the second factor may be early or late: one step."""

BY_PASSKEY = "passkey"
"""What Flask-Security is told of a log-in that a passkey proved."""

SECOND_STEP_WITHIN = dt.timedelta(minutes=10)
"""How long after the password the code may come."""


class StaffDatastore(UserDatastore):
    """Accounts for Flask-Security: read detached. What it changes is kept by the log-in's act, or by `commit`."""

    def __init__(self, office: Office) -> None:
        super().__init__(Staff, RoleMixin)
        self.office = office

    def find_user(self, case_insensitive: bool = False, session: Session | None = None, **kwargs: Any) -> Staff | None:
        """The account with one attribute of that value."""
        ((name, value),) = kwargs.items()
        if name == "email":
            value = contacts.folded(value)
        with self.office.reading() as look:
            return look.session.scalars(select(Staff).where(getattr(Staff, name) == value)).unique().one_or_none()

    def put(self, model: Staff) -> Staff:
        """Remember what Flask-Security changed of a login (password hash, second factor), and nothing else."""
        changed = {each.key: each.value for each in inspect(model).attrs if each.history.has_changes()}
        g.changed_login = (model, changed)
        return model

    def commit(self) -> None:
        """Keep it in an act of its own, unless another act of this request has."""
        if "changed_login" in g:
            account, _ = g.changed_login
            with self.office.act(Actor(account.id, account.centre_id), while_stopped=True) as act:
                _keep_changed(act)


class StaffLogin(LoginForm):
    """The login form: counts the try, lets Flask-Security check it, refuses closed accounts, records a failure.

    `said` is the one reason that may be told apart from a wrong password.
    """

    remember = None
    said = ""
    user: Staff | None

    def validate(self, **kwargs: Any) -> bool:
        """Whether this login may go on."""
        office = current_office()
        if not validate_redirect_url(self.next.data):
            self.next.data = ""  # never to another site, and no reason to refuse the login
        if not is_password(str(self.password.data or "")):
            self.said = gettext("No password is so long or has such characters. Type it again.")
            return False
        typed = str(self.email.data or "")
        if not (_may_try(office, "login", typed, typed, self) and super().validate(**kwargs)):
            record_failure(office, self.user)
            return False
        if self.user is None or not may_work(self.user, office.clock.today()):
            self.said = gettext("This account is closed. Ask the administrator of your centre.")
            record_failure(office, self.user)
            return False
        _forget(office, "login", typed, typed)
        session["password_at"] = office.clock.now().timestamp()
        return True


class StaffCode(TwoFactorVerifyCodeForm):
    """The code of the second factor, with its tries counted. It comes soon after the password, or not at all."""

    said = ""
    user: Staff

    def validate(self, **kwargs: Any) -> bool:
        """Whether the code is right."""
        office = current_office()
        key = str(self.user.id)
        right = _may_try(office, "totp", key, self.user.email, self) and self._in_order(office)
        if not (right and super().validate(**kwargs)):
            record_failure(office, self.user)
            return False
        _forget(office, "totp", key, self.user.email)
        return True

    def _in_order(self, office: Office) -> bool:
        """Whether the log-in may still go on: a factor that was set up meanwhile is not set up again."""
        late = office.clock.now().timestamp() - session.get("password_at", 0) > SECOND_STEP_WITHIN.total_seconds()
        again = session.get("tf_state") == "validating_profile" and self.user.tf_totp_secret is not None
        if late or again or not may_work(self.user, office.clock.today()):
            self.said = gettext(
                "Too much time has passed, or the account was changed. Log in again from the beginning."
            )
            return False
        return True


class SpentCodes(Totp):
    """Codes of the second factor by the office's clock: one step early or late, and each taken once."""

    def __init__(self, office: Office, secrets: dict[str, str], issuer: str) -> None:
        super().__init__(secrets, issuer)
        self.office = office
        self._totp = TOTP.using(issuer=issuer, secrets=secrets, now=lambda: office.clock.now().timestamp())

    def get_last_counter(self, user: UserMixin) -> int | None:
        """The time step of the last code that was taken."""
        return cast(Staff, user).totp_step

    def set_last_counter(self, user: UserMixin, tmatch: TotpMatch) -> None:
        """Take the code; UsedTokenError, which the caller takes for a wrong code, when another log-in was faster."""
        with self.office.upkeep() as look:
            if not accounts.spend_code(look, cast(Staff, user).id, tmatch.counter):
                raise UsedTokenError


def init_app(app: Flask, settings: Settings) -> None:
    """Configure Flask-Security to the few things used here."""
    app.config.update(
        SECURITY_PASSWORD_HASH="argon2",  # noqa: S106 - the name of the method
        SECURITY_PASSWORD_SCHEMES=["argon2"],
        SECURITY_PASSWORD_SINGLE_HASH=True,
        SECURITY_USER_IDENTITY_ATTRIBUTES=[{"email": {"mapper": _address}}],
        SECURITY_EMAIL_VALIDATOR_ARGS={"check_deliverability": False, "test_environment": True},
        SECURITY_LOGOUT_METHODS=["POST"],
        SECURITY_LOGOUT_CSRF=True,
        SECURITY_RETURN_GENERIC_RESPONSES=True,
        SECURITY_CLI_USERS_NAME=None,  # accounts are changed by acts alone
        SECURITY_CLI_ROLES_NAME=None,
        SECURITY_TWO_FACTOR=not settings.demo,
        SECURITY_TWO_FACTOR_REQUIRED=True,
        SECURITY_TWO_FACTOR_ENABLED_METHODS=["authenticator"],
        SECURITY_TWO_FACTOR_ALWAYS_VALIDATE=True,
        SECURITY_TWO_FACTOR_AUTHENTICATOR_VALIDITY=CODE_WINDOW,
        SECURITY_TWO_FACTOR_RESCUE_EMAIL=False,
        SECURITY_TOTP_SECRETS={"1": key_file(settings, "totp").hex()},
        SECURITY_TOTP_ISSUER="Liman",
        SECURITY_FLASH_MESSAGES=False,
        SECURITY_VERIFY_URL="/login/again",  # nobody uses it; /verify is everybody's
        SECURITY_POST_LOGIN_VIEW="/",
        SECURITY_POST_LOGOUT_VIEW="/login",
        SECURITY_REDIRECT_ALLOW_SUBDOMAINS=False,
        SECURITY_STATIC_FOLDER=None,
        SESSION_PROTECTION=None,
        PERMANENT_SESSION_LIFETIME=sessions.LONGEST,
    )
    office: Office = app.extensions["office"]
    app.session_interface = browser.Sessions(office)
    datastore = StaffDatastore(office)
    app.after_request(partial(_keep_login, datastore))
    Security(
        app,
        datastore,
        login_form=StaffLogin,
        two_factor_verify_code_form=StaffCode,
        totp_cls=partial(SpentCodes, office),  # type: ignore[arg-type]
    )
    manager = app.login_manager  # type: ignore[attr-defined]
    manager.user_loader(_account_of_session)
    manager.request_loader(_no_tokens)
    app.after_request_funcs[None].remove(manager._update_remember_cookie)
    user_authenticated.connect(_logged_in, app)
    known_device.init_app(app)
    user_logged_out.connect(_logged_out, app)


def _keep_login(datastore: StaffDatastore, response: Response) -> Response:
    """Not every page of Flask-Security commits what it changed."""
    datastore.commit()
    return response


def _address(identity: str) -> str:
    """What is looked up as an e-mail address: empty, which nobody has, for what is too long or cannot be typed."""
    typed = identity.strip()
    return contacts.folded(typed) if len(typed) <= contacts.LONGEST and typed.isprintable() else ""


def is_password(text: str) -> bool:
    """Whether it can be a password: no control characters, and no more bytes than argon2's library takes."""
    if len(text) > passwords.LONGEST or CONTROL.search(text):
        return False
    return len(unicodedata.normalize("NFKD", text).encode()) <= MOST_PASSWORD_BYTES


def check_own_password(present: str) -> None:
    """InvalidInput (`present`) unless it is the password of who is logged in; TooManyTries after many wrong ones."""
    with current_office().upkeep() as look:
        limits.count(look, Counted("own-password", str(current_user.id), TRIES_OF_ONES_OWN))
    if not verify_password(present[: passwords.LONGEST + 1], current_user.password):
        raise InvalidInput("present", "This is not your present password.")


def _account_of_session(_user_id: object) -> Staff | None:
    """Who is logged in is what the register says of the session; not what a cookie says, least one that remembers."""
    return browser.current().account


def _no_tokens(_request: object) -> None:
    """A member of staff is known by the session only, never by a token in a header or an address."""


def _may_try(office: Office, kind: str, account: str, email: str, form: Any) -> bool:
    """Count the try in a transaction of its own; when there were too many, say so on the form."""
    try:
        with office.upkeep() as look:
            limits.count(look, *_counts(office, kind, account, email))
    except TooManyTries as error:
        form.said = sentence(error)
        return False
    return True


def _counts(office: Office, kind: str, account: str, email: str) -> list[Counted]:
    """What a try counts for: the account on this device if it is known, and otherwise what strangers have together.

    The first of them is forgotten when the try succeeds.
    """
    account, caller = mail_key(account), addresses.customer(request.remote_addr or "")
    if device := known_device.shown(office, email):
        return [Counted(f"{kind}-device", f"{account} {device}", TRIES_PER_ACCOUNT)]
    return [
        Counted(f"{kind}-pair", f"{account} {caller}", TRIES_PER_ACCOUNT),
        Counted(f"{kind}-from", caller, TRIES_PER_ADDRESS),
        Counted(kind, account, TRIES_OF_STRANGERS),
    ]


def _forget(office: Office, kind: str, account: str, email: str) -> None:
    own = _counts(office, kind, account, email)[0]
    with office.upkeep() as look:
        limits.forget(look, own.kind, own.key)


def _logged_in(_app: Flask, user: Staff, authn_via: Sequence[str] | None = None, **_more: object) -> None:
    by_passkey = BY_PASSKEY in (authn_via or ())
    with current_office().act(Actor(user.id, user.centre_id), while_stopped=True) as act:
        row, key = sessions.begin(act, user.id, browser.device(), by_passkey=by_passkey)
        _keep_changed(act)
        act.record("account.logged_in", user, by_passkey=by_passkey)
    browser.logged_in(row, key)


def _logged_out(_app: Flask, user: Any, **_more: object) -> None:
    if isinstance(user, Staff):
        with current_office().act(Actor(user.id, user.centre_id), while_stopped=True) as act:
            row = browser.current().row
            sessions.end(act, user.id, sessions.Ending.LOGGED_OUT, only=row.id if row else None)
            _keep_changed(act)
            act.record("account.logged_out", user)
        browser.logged_out()


def _keep_changed(act: Act) -> None:
    """What Flask-Security changed of an account in this request."""
    model, changed = g.pop("changed_login", (None, {}))
    if changed:
        account = act.session.get_one(Staff, model.id)
        for name, value in changed.items():
            setattr(account, name, value)
        act.record("account.login_changed", account)


def record_failure(office: Office, account: Staff | None) -> None:
    """A refused login: the first of a window is told, the others are counted. The typed address is not kept."""
    with office.upkeep() as look:
        first = limits.count_refused(look, limits.LOGIN, account.id if account else None)
    if not first:
        return
    with office.act(SYSTEM, while_stopped=True) as act:
        _keep_changed(act)
        act.record(
            "account.login_refused", *([account] if account else []), centre_id=account.centre_id if account else None
        )
