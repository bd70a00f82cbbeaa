"""Logging in with Flask-Security: e-mail, argon2 password, and for everyone but a demonstration a TOTP second factor.

There is no registration and no password recovery: accounts are the administrator's. Tries are counted per account and
per address before the password is looked at.
"""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import Any

from flask import Flask, Response, g, request
from flask_babel import gettext
from flask_login import user_logged_out
from flask_security import Security, user_authenticated
from flask_security.datastore import UserDatastore
from flask_security.forms import LoginForm, TwoFactorVerifyCodeForm
from flask_security.utils import validate_redirect_url
from sqlalchemy import func, inspect, select
from sqlalchemy.orm import Session

from issuance.actors import SYSTEM, Actor
from issuance.acts import Act
from issuance.models.staff import Role, Staff
from issuance.office import Office
from issuance.services.trust import limits
from issuance.services.trust.limits import TooManyTries
from issuance.settings import Settings, key_file
from issuance.web.frame.auth import may_work
from issuance.web.frame.current import current_office
from issuance.web.frame.i18n import sentence

TRIES_PER_ACCOUNT = 10
TRIES_PER_ADDRESS = 100
IDLE = dt.timedelta(hours=2)
"""A session ends this long after its last page."""


class StaffDatastore(UserDatastore):
    """Accounts for Flask-Security: read detached. What it changes is kept by the log-in's act, or by `commit`."""

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
        """Remember what Flask-Security changed of a login (password hash, second factor), and nothing else."""
        changed = {each.key: each.value for each in inspect(model).attrs if each.history.has_changes()}
        g.changed_login = (model, changed)
        return model

    def commit(self) -> None:
        """Keep it in an act of its own, unless another act of this request has."""
        if "changed_login" in g:
            account, _ = g.changed_login
            with self.office.act(Actor(account.id, account.centre_id)) as act:
                _keep_changed(act)


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
        typed = str(self.email.data or "")[:200].strip().lower()
        if not (_may_try(office, "login", typed, self) and super().validate(**kwargs)):
            _record_failure(office, self.user)
            return False
        if self.user is None or not may_work(self.user, office.clock.today()):
            self.said = gettext("This account is closed. Ask the administrator of your centre.")
            _record_failure(office, self.user)
            return False
        _forget(office, "login", typed)
        return True


class StaffCode(TwoFactorVerifyCodeForm):
    """The code of the second factor, with its tries counted."""

    said = ""
    user: Staff

    def validate(self, **kwargs: Any) -> bool:
        """Whether the code is right."""
        office = current_office()
        key = str(self.user.id)
        if not (_may_try(office, "totp", key, self) and super().validate(**kwargs)):
            _record_failure(office, self.user)
            return False
        _forget(office, "totp", key)
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
    datastore = StaffDatastore(office)
    app.after_request(partial(_keep_login, datastore))
    Security(app, datastore, login_form=StaffLogin, two_factor_verify_code_form=StaffCode)
    app.login_manager.request_loader(_no_tokens)  # type: ignore[attr-defined]
    user_authenticated.connect(_logged_in, app)
    user_logged_out.connect(_logged_out, app)


def _keep_login(datastore: StaffDatastore, response: Response) -> Response:
    """Not every page of Flask-Security commits what it changed."""
    datastore.commit()
    return response


def _address(identity: str) -> str:
    """What is looked up as an e-mail address; anything at all, since a wrong one is simply not found."""
    return identity.strip().lower()


def _no_tokens(_request: object) -> None:
    """A member of staff is known by the session only, never by a token in a header or an address."""


def _may_try(office: Office, kind: str, account: str, form: Any) -> bool:
    """Count the try in a transaction of its own; when there were too many, say so on the form."""
    keys = ((kind, account, TRIES_PER_ACCOUNT), (f"{kind}-from", str(request.remote_addr), TRIES_PER_ADDRESS))
    try:
        for name, key, limit in keys:
            with office.upkeep() as look:
                limits.count(look, name, key, limit)
    except TooManyTries as error:
        form.said = sentence(error)
        return False
    return True


def _forget(office: Office, kind: str, account: str) -> None:
    with office.upkeep() as look:
        limits.forget(look, kind, account)


def _logged_in(_app: Flask, user: Staff, **_more: object) -> None:
    _record(user, "account.logged_in")


def _logged_out(_app: Flask, user: Any, **_more: object) -> None:
    if isinstance(user, Staff):
        _record(user, "account.logged_out")


def _record(account: Staff, name: str) -> None:
    with current_office().act(Actor(account.id, account.centre_id)) as act:
        _keep_changed(act)
        act.record(name, account)


def _keep_changed(act: Act) -> None:
    """What Flask-Security changed of an account in this request."""
    model, changed = g.pop("changed_login", (None, {}))
    if changed:
        account = act.session.get_one(Staff, model.id)
        for name, value in changed.items():
            setattr(account, name, value)
        act.record("account.login_changed", account)


def _record_failure(office: Office, account: Staff | None) -> None:
    """A refused login; the typed address is not kept, the account is when there is one."""
    with office.act(SYSTEM) as act:
        _keep_changed(act)
        act.record(
            "account.login_refused", *([account] if account else []), centre_id=account.centre_id if account else None
        )
