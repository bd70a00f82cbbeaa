"""What the pages of feeds share: who reads and works there, and which recipient an address names."""

from __future__ import annotations

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue

from issuance.errors import NotFound
from issuance.law.office.feeds import Recipient, recipients
from issuance.models.staff import RoleName

READERS = (RoleName.SUPERVISOR, RoleName.ADMINISTRATOR, RoleName.AUDITOR)
WORKERS = (RoleName.SUPERVISOR, RoleName.ADMINISTRATOR)


def known(code: str) -> Recipient:
    """The recipient with this code; NotFound when there is none."""
    if code not in recipients():
        raise NotFound("There is no such recipient. Open the list of bodies outside again.")
    return recipients()[code]


def done(code: str, said: str) -> ResponseReturnValue:
    """Back to the recipient's page, which says what was done."""
    flash(said, "done")
    return redirect(url_for("feeds.recipient.show", recipient=code), 303)
