"""The first morning of the demonstration: its people work until something waits for everybody who logs in.

What is printed comes from the running second station; the officer of the checks makes no mistakes in reading.
"""

from __future__ import annotations

import datetime as dt
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import exists, select

from issuance.actors import Actor
from issuance.acts import Act, Look
from issuance.models.documents import Document
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import Staff
from issuance.office import Office
from issuance.services.casework import decisions, enrolment, requests
from issuance.services.production import documents, quality
from issuance.services.production.quality import Reading
from issuance.states import DocumentState, RequestState

PRINTED = ("2026/TM/0101", "2026/TM/0102", "2026/TM/0104")
"""Made by the second station: one is handed to the desk, one rejected and made again, one waits for its check."""
TO_PRINT = ("2026/TM/0001",)
TO_DECIDE = ("2026/TM/0012", "2026/TM/0411")
SENT_BACK = "2026/TM/0013"
PATIENCE = 90.0
"""Seconds that a card may take."""


@dataclass(frozen=True)
class Morning:
    """The office, and how its people act."""

    office: Office

    def actor(self, login: str) -> Actor:
        """The person of a demo login."""
        with self.office.reading() as look:
            query = select(Staff).where(Staff.email == f"{login}@liman.example")
            person = look.session.scalars(query).unique().one()
            return Actor(person.id, person.centre_id, frozenset(person.roles_on(look.clock.today())))

    def each(self, login: str, does: Callable[[Act, IssuanceRequest], object], *references: str) -> None:
        """This person does one thing with every one of these requests, an act each."""
        actor = self.actor(login)
        for reference in references:
            with self.office.act(actor) as act:
                does(act, request_of(act, reference))

    def made(self, reference: str) -> UUID | None:
        """The document of a request, once its station has made it; None when that takes longer than PATIENCE."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            with self.office.reading() as look:
                document = documents.newest(look, request_of(look, reference))
                if document is not None and document.state == DocumentState.PERSONALISED:
                    return document.id
            time.sleep(0.2)
        return None


def is_over(office: Office) -> bool:
    """Whether somebody has worked in this office already."""
    with office.reading() as look:
        return bool(look.session.scalar(select(exists().where(Document.id.is_not(None)))))


def play(office: Office) -> bool:
    """Do what a morning does; False when the second station made nothing in time, so that nothing waits for a check."""
    morning = Morning(office)
    morning.each("clerk", _complete, *PRINTED, *TO_PRINT, *TO_DECIDE, SENT_BACK)
    morning.each("officer", decisions.approve, *PRINTED, *TO_PRINT)
    morning.each("officer", lambda act, request: decisions.send_back(act, request, ["proof_of_residence"]), SENT_BACK)
    right, wrong, _ = PRINTED
    if (ready := morning.made(right)) is None or (spoiled := morning.made(wrong)) is None:
        return False
    _check(morning, ready)
    with office.act(morning.actor("quality")) as act:
        document = act.session.get_one(Document, spoiled)
        quality.reject(act, document, "A scratch across the portrait.")
    return True


def make_late(act: Act, request: IssuanceRequest, days: int) -> None:
    """The demonstration's own past: this request was lodged so long ago that it is late by some days."""
    term = request.due_on - request.lodged_on
    request.due_on = act.clock.today() - dt.timedelta(days=days)
    request.lodged_on = request.due_on - term


def request_of(look: Look, reference: str) -> IssuanceRequest:
    """The request of a case of the demonstration."""
    return look.session.scalars(select(IssuanceRequest).where(IssuanceRequest.case_reference == reference)).one()


def _complete(act: Act, request: IssuanceRequest) -> None:
    if request.state == RequestState.LODGED:
        enrolment.accept_portrait(act, request)
        requests.complete(act, request, has_portrait=True, has_signature=True)


def _check(morning: Morning, document_id: UUID) -> None:
    """The serial scanned from the back, then every machine part as it should read."""
    actor, office = morning.actor("quality"), morning.office
    with office.act(actor) as act:
        document = act.session.get_one(Document, document_id)
        quality.scan(act, document, document.number, _serial(office, act, document))
    with office.act(actor) as act:
        document = act.session.get_one(Document, document_id)
        values = quality.expected_values(act, document)
        quality.check(
            act, document, [Reading(part, value, quality.METHODS[part][-1]) for part, value in values.items()]
        )


def _serial(office: Office, look: Look, document: Document) -> str:
    """What the back of the card says, which lies in the tray of the second station's machine."""
    tray = office.settings.var / "station-2" / "simulator" / "tray"
    card = tray / str(documents.job_of(look, document).id) / "card.json"
    serial: str = json.loads(card.read_text())["serial"]
    return serial
