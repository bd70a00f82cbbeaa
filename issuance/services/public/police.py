"""What police are told of a document that they are shown: the verdict with its reason, and whose it is, as issued.

The verdict is everybody's (`services.public.verdict`); the reason, the portrait and the name are for police alone. Each
look says what it is for, and is among the readings of the person. See docs/adr/0077-confirmations.md.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import select

from issuance.acts import Act, Look
from issuance.errors import InvalidInput, NotAllowed, NotFound
from issuance.models.documents import Document
from issuance.models.endings import Ending, ToldLoss
from issuance.models.staff import RoleName
from issuance.services.care import protection
from issuance.services.life import entries, loss
from issuance.services.life.extensions import Extension
from issuance.services.life.validity import Held, Standing
from issuance.services.production import documents, quality
from issuance.services.production.quality import Reading
from issuance.services.public import verdict
from issuance.services.public.verdict import Verdict
from printing.content import DocumentContent

POLICE = frozenset({RoleName.POLICE, RoleName.BORDER_POLICE})


class Why(StrEnum):
    """What a look is for."""

    STREET_CONTROL = "street_control"
    BORDER_CONTROL = "border_control"
    INVESTIGATION = "investigation"
    FOUND_DOCUMENT = "found_document"
    DOUBTED_DOCUMENT = "doubted_document"


@dataclass(frozen=True)
class Shown:
    """A document as police see it. `loss` is lost or stolen, as reported; `ground` why it ended, since the day `since`.

    Name and portrait (JPEG) are empty once they were destroyed under the retention rules, and of a protected person.
    """

    number: str
    document_type: str
    verdict: Verdict
    standing: Standing
    issue_date: dt.date
    expiry_date: dt.date | None
    extension: Extension | None = None
    loss: str = ""
    ground: str = ""
    since: dt.date | None = None
    name: str = ""
    portrait: bytes | None = None


def check(act: Act, read: str, why: Why) -> Shown:
    """Look up what was typed or scanned: a number, a bar code, or the lines of a zone. InvalidInput names the field.

    The look is recorded, about the document and its person.
    """
    if not POLICE & act.actor.roles:
        raise NotAllowed("Only police look documents up like this. At the centre, search for the case.")
    document = entries.numbered(act, number_in(read))
    if document is None:
        raise InvalidInput("number", "The register has no document with this number. Read it again from the document.")
    centre_id = document.request.centre_id
    act.record("person.opened_by_police", document.person, document, centre_id=centre_id, code=why)
    return _shown(act, document)


def number_in(read: str) -> str:
    """The number in what was typed or scanned."""
    if "<" not in read:
        return re.sub(r"[\W_]+", "", read).upper()
    number = quality.number_in(Reading("mrz", read, "scanned")).rstrip("<")
    if not number:
        raise InvalidInput("number", "The machine readable zone is not whole. Scan it again, or type the number.")
    return number


def _shown(look: Look, document: Document) -> Shown:
    told = look.session.get(ToldLoss, document.id)
    held = Held(document.state, document.document_type, document.expiry_date)
    standing, extension = verdict.standing_told(look, held, told.told_at if told else None)
    reported, noticed_on = (told.kind, told.noticed_on) if told else _loss(look, document, standing)
    ending = look.session.scalar(select(Ending).where(Ending.document_id == document.id))
    content = None if document.person_id in protection.hidden(look) else _content(look, document)
    return Shown(
        document.number,
        document.document_type,
        verdict.verdict_of(standing),
        standing,
        document.issue_date,
        document.expiry_date,
        extension,
        reported,
        ending.ground if ending else "",
        noticed_on or (ending.at.date() if ending else None),
        f"{content.family_name} {content.given_names}".strip() if content else "",
        content.portrait if content else None,
    )


def _loss(look: Look, document: Document, standing: Standing) -> tuple[str, dt.date | None]:
    """How its loss was reported and when it was noticed, while it stands so for that."""
    if standing not in (Standing.SUSPENDED, Standing.LOST, Standing.STOLEN):
        return "", None
    reports = loss.reports(look, document)
    return (reports[-1].kind, reports[-1].noticed_on) if reports else ("", None)


def _content(look: Look, document: Document) -> DocumentContent | None:
    """What was printed; None once it was destroyed."""
    try:
        return documents.frozen_content(look, document)
    except NotFound:
        return None
