"""The words of feeds: what a recipient was told, and how it gets it."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext, lazy_gettext

from issuance.models.feeds import FeedFile
from issuance.services.feeds import allowances

FACTS: dict[str, Any] = {
    "issued": lazy_gettext("issued"),
    "valid": lazy_gettext("valid again"),
    "suspended": lazy_gettext("suspended"),
    "lost": lazy_gettext("lost"),
    "stolen": lazy_gettext("stolen"),
    "void": lazy_gettext("void"),
    "ended": lazy_gettext("ended"),
    "replaced": lazy_gettext("replaced"),
    "invalidated": lazy_gettext("invalidated"),
    "recovered": lazy_gettext("recovered (taken back)"),
    "entered_in_error": lazy_gettext("entered in error (taken back)"),
    "stolen_blank": lazy_gettext("blank documents missing"),
    "right_ended": lazy_gettext("right ended"),
    "document_withdrawn": lazy_gettext("document withdrawn"),
    "appeal_filed": lazy_gettext("appeal filed"),
}
"""What is told, by the word of `feeds.toml`."""

ALLOWED: dict[str, Any] = {
    allowances.PERSONAL: lazy_gettext("Personal columns"),
}

COLUMNS: dict[str, Any] = {
    "surname": lazy_gettext("surname"),
    "forenames": lazy_gettext("given names"),
    "birth_date": lazy_gettext("date of birth"),
    "issue_date": lazy_gettext("date of issue"),
}


def state_of(file: FeedFile) -> tuple[str, str]:
    """Where a file stands, and the tone of its chip."""
    if file.push_refused is not None:
        return gettext("Refused there with code %(code)s", code=file.push_refused), "stop"
    if file.settled_at is not None:
        return gettext("Every row is answered"), "done"
    if file.resent_at is not None:
        return gettext("Its rows went again"), "plain"
    if file.signed_at is None:
        return gettext("Waits for its signature"), "soon"
    return (gettext("Waits for a receipt"), "soon") if file.fetched_at else (gettext("To be taken"), "soon")
