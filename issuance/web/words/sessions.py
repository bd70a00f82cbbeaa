"""Why a session ended, in words that follow "ended:", and what the owner of an account is told of it."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext

from issuance.services.alerts.owners import Kind
from issuance.services.trust.sessions import Ending

ENDINGS: dict[str, Any] = {
    Ending.TOO_OLD: lazy_gettext("not used for a while, or too old"),
    Ending.LOGGED_OUT: lazy_gettext("logged out"),
    Ending.BY_OWNER: lazy_gettext("ended by its owner"),
    Ending.BY_ADMINISTRATOR: lazy_gettext("ended by an administrator"),
    Ending.ACCOUNT_CLOSED: lazy_gettext("the account was closed"),
    Ending.ROLES: lazy_gettext("the roles were changed"),
    Ending.CENTRE: lazy_gettext("the account was moved to another centre"),
    Ending.PASSWORD: lazy_gettext("the password was changed"),
    Ending.PROVIDER: lazy_gettext("you logged out at the office's identity provider, or the connection ended"),
    Ending.SECOND_FACTOR: lazy_gettext("the second factor was forgotten"),
    Ending.PASSKEY: lazy_gettext("the passkey that opened it was removed"),
    Ending.TOO_MANY: lazy_gettext("there were too many at once, and this was the oldest"),
    Ending.NOT_ME: lazy_gettext("its owner said that something was not them"),
}

ALERTS: dict[str, Any] = {
    Kind.PASSKEY_ADDED: lazy_gettext("A passkey was added"),
    Kind.PASSKEY_REMOVED: lazy_gettext("A passkey was removed"),
    Kind.CODE_SET: lazy_gettext("A second factor was set up"),
    Kind.FACTORS_RESET: lazy_gettext("Second factor and passkeys were forgotten"),
    Kind.PASSWORD_CHANGED: lazy_gettext("The password was changed"),
    Kind.PASSWORD_GIVEN: lazy_gettext("An administrator gave a new first password"),
    Kind.PROVIDER_CONNECTED: lazy_gettext("The account was connected with the identity provider"),
    Kind.PROVIDER_DISCONNECTED: lazy_gettext("The connection with the identity provider was taken away"),
    Kind.SEALED_KEY: lazy_gettext("Log-in with the key from the sealed envelope"),
    Kind.NEW_DEVICE: lazy_gettext("Log-in in a browser that is new for this account"),
    Kind.AT_NIGHT: lazy_gettext("Log-in at night"),
    Kind.AFTER_WRONG_TRIES: lazy_gettext("Log-in after several wrong tries"),
}


def ending_words(ending: str) -> str:
    """Why a session ended."""
    return str(ENDINGS[ending])


def alert_words(kind: str) -> str:
    """What happened with an account."""
    return str(ALERTS[kind])
