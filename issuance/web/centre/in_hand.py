"""The document in the officer's hand: that it is still the one of the page, and on which blank it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from uuid import UUID

from flask import flash
from flask_babel import gettext

from issuance.acts import Look
from issuance.errors import StaleState
from issuance.models.requests import IssuanceRequest
from issuance.services.casework import cases
from issuance.services.production import documents, quality
from issuance.services.stock import doubts, strays
from issuance.services.stock.strays import Stray
from issuance.web.case.access import acting
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.forms import Form


def same_document(look: Look, case: IssuanceRequest, form: Form) -> None:
    """StaleState when another attempt took the place of the document that the page was drawn for."""
    if form.value("document") != str(documents.current(look, case).id):
        raise StaleState("This document was made anew since you opened the page. Look at the list again.")


def bind(form: Form, request_id: UUID, number: str, serial: str) -> None:
    """Bind the blank of this serial to the document whose number was read from its front."""
    with telling(request_id), acting(form, request_id, same_document) as (act, case):
        document = documents.current(act, case)
        said = quality.scan(act, document, number, serial)
        doubted = doubts.serials(act, quality.made_at(act, document)) if said else ()
        bound = document.blank_serial or ""
    if said:
        _say_doubted(bound, said, doubted)


@contextmanager
def telling(request_id: UUID) -> Iterator[None]:
    """Tell the supervisor of a blank that the act inside refuses."""
    try:
        yield
    except Stray as stray:
        with current_office().act(current_actor()) as act:
            document = documents.current(act, cases.own_case(act, request_id))
            strays.tell(act, stray, station=quality.made_at(act, document), document=document)
        raise


def _say_doubted(serial: str, said: str, doubted: Sequence[str]) -> None:
    """Name the cards of which nothing is known any more, and what to do."""
    flash(
        gettext(
            "By its stack this document was to be on blank %(said)s, and it is on %(serial)s: a card was doubled,"
            " missing or in another place. In doubt: %(doubted)s. Scan the back of every other document of this"
            " station, and tell its operator to count the stack.",
            said=said,
            serial=serial,
            doubted=", ".join(doubted),
        ),
        "stop",
    )
