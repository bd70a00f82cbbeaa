"""Why a session ended, in words that follow "ended:"."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext

from issuance.services.trust.sessions import Ending

ENDINGS: dict[str, Any] = {
    Ending.TOO_OLD: lazy_gettext("not used for 30 minutes, or 12 hours old"),
    Ending.LOGGED_OUT: lazy_gettext("logged out"),
    Ending.BY_OWNER: lazy_gettext("ended by its owner"),
    Ending.BY_ADMINISTRATOR: lazy_gettext("ended by an administrator"),
    Ending.ACCOUNT_CLOSED: lazy_gettext("the account was closed"),
    Ending.ROLES: lazy_gettext("the roles were changed"),
    Ending.CENTRE: lazy_gettext("the account was moved to another centre"),
    Ending.PASSWORD: lazy_gettext("the password was changed"),
    Ending.SECOND_FACTOR: lazy_gettext("the second factor was forgotten"),
}


def ending_words(ending: str) -> str:
    """Why a session ended."""
    return str(ENDINGS[ending])
