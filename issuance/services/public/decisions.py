"""The list of decisions that let documents hold longer than is printed: signed and published beside the status lists.

Whoever is offline learns here what a status list cannot say: until when, and by which decision.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from sqlalchemy import func, select

from issuance import document_types
from issuance.acts import Look
from issuance.clock import OFFICE_ZONE
from issuance.keys.purposes import LIST_HOLDS
from issuance.keys.signer import ListSigner
from issuance.models.decrees import Decree
from issuance.models.machinery import PublicFile
from issuance.services.life import extensions
from issuance.services.life.extensions import Extension
from issuance.services.public import lists
from printing.lists import decisions
from printing.lists.decisions import NAME, Decision, Decisions

KEPT = dt.timedelta(days=366)
"""How long a decision stays in the list once its last day has passed: nobody judges by an older list."""

LOOKS = dt.timedelta(minutes=10)
"""Within which every list has looked at every document again: one that was signed before may not know of it."""

SETTLES = dt.timedelta(minutes=1)
"""For so long the list is signed again after an agreement: its act may have ended after the list was read."""

LANGUAGES = ("ro", "en")
"""In which languages the list names the documents."""


def due(look: Look) -> tuple[Decision, ...] | None:
    """What is to be signed: when it has news, or was not signed for long. None while the list says it already.

    A new decision waits until every status list knows of it: whoever has both can then tell what an earlier one meant.
    """
    if lists.stale(look):
        return None
    made_at = look.session.scalar(select(PublicFile.made_at).where(PublicFile.name == f"{NAME}.cwt"))
    agreed_at = look.session.scalar(select(func.max(Decree.agreed_at)))
    now = look.clock.now()
    if made_at is not None and made_at > now - lists.RENEWED and (agreed_at is None or agreed_at < made_at - SETTLES):
        return None
    return tuple(_decision(each) for each in extensions.agreed(look) if each.until >= now.date() - KEPT)


def _decision(extension: Extension) -> Decision:
    kinds = [document_types.get(code) for code in extension.types]
    begins = dt.datetime.combine(extension.from_day, dt.time(), OFFICE_ZONE)
    return Decision(
        extension.reference,
        {language: ", ".join(kind.title.text(language) for kind in kinds) for language in LANGUAGES},
        tuple(sorted({kind.number_prefix for kind in kinds})),
        extension.printed_from,
        extension.printed_to,
        extension.from_day,
        extension.until,
        max(begins, extension.agreed_at) + LOOKS,
    )


def signed(found: Iterable[Decision], signer: ListSigner, public_url: str, now: dt.datetime) -> list[PublicFile]:
    """Both forms of the list; no transaction is open."""
    at, certificate = now.replace(microsecond=0), signer.certificate
    token = Decisions(lists.address(public_url, NAME), at, at + LIST_HOLDS, lists.TTL, tuple(found))
    return [
        lists.file(f"{NAME}.cwt", decisions.CWT_TYPE, decisions.cwt(token, signer, certificate), now),
        lists.file(f"{NAME}.jwt", decisions.JWT_TYPE, decisions.jwt(token, signer, certificate), now),
    ]
