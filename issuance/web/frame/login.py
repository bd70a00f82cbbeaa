"""Logging in with Flask-Security: e-mail, argon2 password, and for everyone but a demonstration a TOTP second factor.

There is no registration and no password recovery: accounts are the administrator's. Tries are counted per account and
per address before the password is looked at.
"""

from __future__ import annotations

import datetime as dt
import unicodedata
from typing import Any

from flask import Flask, request
from flask_babel import gettext
from flask_login import user_logged_out
from flask_security import Security, user_authenticated
from flask_security.datastore import UserDatastore
from flask_security.forms import LoginForm, TwoFactorVerifyCodeForm
from flask_security.utils import validate_redirect_url
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from issuance.actors import SYSTEM, Actor
from issuance.models.staff import Role, Staff
from issuance.office import Office
from issuance.services.trust import limits
from issuance.services.trust.limits import Counted, TooManyTries
from issuance.settings import Settings, key_file
from issuance.values import addresses
from issuance.values.text import LONGEST_ADDRESS, mail_key
from issuance.web.frame import known_device
from issuance.web.frame.auth import CONTROL, may_work
from issuance.web.frame.current import current_office
from issuance.web.frame.i18n import sentence

TRIES_PER_ACCOUNT = 10
"""From one address, or from one known device."""

TRIES_PER_ADDRESS = 100
TRIES_OF_STRANGERS = 50
"""At one account, from all addresses and devices that are not known for it."""

LONGEST_PASSWORD = 200
MOST_PASSWORD_BYTES = 4096
IDLE = dt.timedelta(hours=2)
"""A session ends this long after its last page."""


class StaffDatastore(UserDatastore):
    """Accounts for Flask-Security: read detached, written in one transaction of their own at `commit`."""

    def __init__(self, office: Office) -> None:
        super().__init__(Staff, Role)
        self.office = office

    def find_user(self, case_insensitive: bool = False, session: Session | None = None, **kwargs: Any) -> Staff | None:
        """The account with one attribute of that value."""
        ((name, value),) = kwargs.items()
        column = getattr(Staff, name)
        match = func.lower(column) == str(value).lower() if case_insensitive else column == value
        with self.office.reading() as look:
            return look.session.scalars(select(Staff).where(match)).unique().one_or_none()

    def find_role(self, role: str) -> Role | None:
        """The role of that name."""
        with self.office.reading() as look:
            return look.session.scalar(select(Role).where(Role.name == role))

    def put(self, model: Staff) -> Staff:
        """Write what Flask-Security changed of a login (password hash, second factor)."""
        with self.office.upkeep() as look:
            look.session.merge(model)
        return model

    def commit(self) -> None:
        """Nothing is left to do: `put` has written."""


class StaffLogin(LoginForm):
    """The login form: counts the try, lets Flask-Security check it, refuses closed accounts, records a failure.

    `said` is the one reason that may be told apart from a wrong password.
    """

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
            _record_failure(office, self.user)
            return False
        if self.user is None or not may_work(self.user, office.clock.today()):
            self.said = gettext("This account is closed. Ask the administrator of your centre.")
            _record_failure(office, self.user)
            return False
        _forget(office, "login", typed, typed)
        return True


class StaffCode(TwoFactorVerifyCodeForm):
    """The code of the second factor, with its tries counted."""

    said = ""
    user: Staff

    def validate(self, **kwargs: Any) -> bool:
        """Whether the code is right."""
        office = current_office()
        key = str(self.user.id)
        if not (_may_try(office, "totp", key, self.user.email, self) and super().validate(**kwargs)):
            _record_failure(office, self.user)
            return False
        _forget(office, "totp", key, self.user.email)
        return True


def init_app(app: Flask, settings: Settings) -> None:
    """Configure Flask-Security to the few things used here."""
    app.config.update(
        SECURITY_PASSWORD_HASH="argon2",  # noqa: S106 - the name of the method
        SECURITY_PASSWORD_SCHEMES=["argon2"],
        SECURITY_PASSWORD_SINGLE_HASH=True,
        SECURITY_USER_IDENTITY_ATTRIBUTES=[{"email": {"mapper": _address, "case_insensitive": True}}],
        SECURITY_EMAIL_VALIDATOR_ARGS={"check_deliverability": False, "test_environment": True},
        SECURITY_LOGOUT_METHODS=["POST"],
        SECURITY_LOGOUT_CSRF=True,
        SECURITY_RETURN_GENERIC_RESPONSES=True,
        SECURITY_DEFAULT_REMEMBER_ME=False,
        SECURITY_TWO_FACTOR=not settings.demo,
        SECURITY_TWO_FACTOR_REQUIRED=True,
        SECURITY_TWO_FACTOR_ENABLED_METHODS=["authenticator"],
        SECURITY_TWO_FACTOR_ALWAYS_VALIDATE=True,
        SECURITY_TWO_FACTOR_RESCUE_EMAIL=False,
        SECURITY_TOTP_SECRETS={"1": key_file(settings, "totp").hex()},
        SECURITY_TOTP_ISSUER="Liman",
        SECURITY_FLASH_MESSAGES=False,
        SECURITY_POST_LOGIN_VIEW="/",
        SECURITY_POST_LOGOUT_VIEW="/login",
        SECURITY_REDIRECT_ALLOW_SUBDOMAINS=False,
        SECURITY_STATIC_FOLDER=None,
        PERMANENT_SESSION_LIFETIME=IDLE,
    )
    office: Office = app.extensions["office"]
    Security(app, StaffDatastore(office), login_form=StaffLogin, two_factor_verify_code_form=StaffCode)
    app.login_manager.request_loader(_no_tokens)  # type: ignore[attr-defined]
    user_authenticated.connect(_logged_in, app)
    known_device.init_app(app)
    user_logged_out.connect(_logged_out, app)


def _address(identity: str) -> str:
    """What is looked up as an e-mail address: empty, which nobody has, for what is too long or cannot be typed."""
    typed = identity.strip()
    return typed.lower() if len(typed) <= LONGEST_ADDRESS and typed.isprintable() else ""


def is_password(text: str) -> bool:
    """Whether it can be a password: no control characters, and no more bytes than argon2's library takes."""
    if len(text) > LONGEST_PASSWORD or CONTROL.search(text):
        return False
    return len(unicodedata.normalize("NFKD", text).encode()) <= MOST_PASSWORD_BYTES


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


def _logged_in(_app: Flask, user: Staff, **_more: object) -> None:
    _record(user, "account.logged_in")


def _logged_out(_app: Flask, user: Any, **_more: object) -> None:
    if isinstance(user, Staff):
        _record(user, "account.logged_out")


def _record(account: Staff, name: str) -> None:
    with current_office().act(Actor(account.id, account.centre_id)) as act:
        act.record(name, account)


def _record_failure(office: Office, account: Staff | None) -> None:
    """A refused login: the first of a window is told, the others are counted. The typed address is not kept."""
    with office.upkeep() as look:
        first = limits.count_refused(look, limits.LOGIN, account.id if account else None)
    if not first:
        return
    with office.act(SYSTEM) as act:
        act.record(
            "account.login_refused", *([account] if account else []), centre_id=account.centre_id if account else None
        )
