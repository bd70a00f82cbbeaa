"""What the tests of the centre's pages share: people at their browsers, and documents on their way."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

from issuance.models.documents import Document
from issuance.models.production import PrintJob
from issuance.models.requests import IssuanceRequest
from issuance.office import Office
from issuance.services.production import documents
from tests.people import SmallOffice
from tests.web.conftest import Browser


def sit_down(client: Browser, office: Office, people: SmallOffice, who: str) -> Browser:
    """Put one of the small office's people before the browser, without the slow password."""
    account_id = people.actors[who].id
    assert account_id is not None
    client.take_session(account_id)
    return client


def case_of(office: Office, request_id: UUID) -> IssuanceRequest:
    """The request as the register holds it now."""
    with office.database.reading() as session:
        return session.get_one(IssuanceRequest, request_id)


def document_of(office: Office, document_id: UUID) -> Document:
    """The document as the register holds it now."""
    with office.database.reading() as session:
        return session.get_one(Document, document_id)


def job_of(office: Office, document_id: UUID) -> PrintJob:
    """The document's job as the register holds it now."""
    with office.reading() as look:
        return documents.job_of(look, look.session.get_one(Document, document_id))


def hidden(page: str) -> dict[str, Any]:
    """The hidden fields of a page's main form, as a browser would send them back."""
    form = page[page.index('id="act"') :]
    return dict(re.findall(r'type="hidden" name="((?!csrf)[^"]+)" value="([^"]*)"', form))
