"""Trays of a batch: filled at a station, their sheets, and the scan of a sheet that opens the next check."""

from __future__ import annotations

from collections import Counter
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from issuance import document_types
from issuance.acts import Look
from issuance.clock import OFFICE_ZONE
from issuance.errors import Conflict, LimanError, NotFound
from issuance.models.batches import Tray
from issuance.models.staff import Centre, RoleName
from issuance.services import centres
from issuance.services.batches import running, trays
from issuance.services.batches.trays import Card
from issuance.web.case.specimen import sentence_about
from issuance.web.frame.auth import OPERATORS, allow
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.i18n import sentence
from printing import papers
from printing.errors import PrintingError
from printing.papers import Count, TraySheet, Words

blueprint = Blueprint("trays", __name__, url_prefix="/production")

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@blueprint.post("/batches/<uuid:batch_id>/stations/<uuid:station_id>/tray")
@allow(*OPERATORS)
def fill(batch_id: UUID, station_id: UUID) -> ResponseReturnValue:
    """Put what the station made of the batch into a tray; its sheet is printed next."""
    most = request.form.get("most", trays.USUAL, type=int)
    try:
        with current_office().act(current_actor()) as act:
            batch, station = running.own(act, batch_id), centres.own_station(act, station_id)
            number = trays.fill(act, batch, station, most).number
    except NotFound:
        raise
    except LimanError as error:
        flash(sentence(error), "soon")
    else:
        flash(
            gettext("Tray %(number)s is filled. Print its sheet and put it in front of the cards.", number=number),
            "done",
        )
    return redirect(url_for("batches.batch.show", batch_id=batch_id) + "#trays", 303)


@blueprint.get("/trays/<uuid:tray_id>/sheet.pdf")
@allow(*OPERATORS)
def sheet(tray_id: UUID) -> Response:
    """The sheet that goes with the cards: the code of the tray, how many they are, and their numbers."""
    with current_office().reading(current_actor()) as look:
        tray = trays.own(look, tray_id)
        paper = _paper(look, tray)
    try:
        pdf = papers.compose(paper, "en").pdf()
    except PrintingError as error:
        raise Conflict("The paper cannot be printed. %(why)s", why=sentence_about(error)) from error
    answer = Response(pdf, mimetype="application/pdf")
    answer.headers["Content-Disposition"] = f'inline; filename="tray-{tray.batch.number}-{tray.number}.pdf"'
    return answer


def _paper(look: Look, tray: Tray) -> TraySheet:
    found = trays.cards(look, tray)
    centre = look.session.get_one(Centre, tray.batch.centre_id)
    kinds = Counter(card.document_type for card in found)
    return TraySheet(
        code=tray.code,
        tray=f"L {tray.batch.number} / {tray.number}",
        station=tray.station.name,
        made_at=tray.made_at.astimezone(OFFICE_ZONE),
        made_by=tray.maker.full_name,
        counts=tuple(Count(_title(code), count) for code, count in sorted(kinds.items())),
        numbers=_numbers(found),
        centre_name=centre.name,
        centre_address=centre.address,
    )


def _title(code: str) -> Words:
    title = document_types.get(code).title
    return Words(title.text("ro"), title.text("en"))


def _numbers(found: list[Card]) -> tuple[str, ...]:
    """The numbers, those of a family of several with its letter behind them."""
    sizes = Counter(card.party_id for card in found if card.party_id)
    families = [party for party, count in sizes.items() if count > 1]
    letters: dict[UUID | None, str] = {party: LETTERS[at % len(LETTERS)] for at, party in enumerate(families)}
    return tuple(f"{card.number} {letters.get(card.party_id, '')}".strip() for card in found)


@blueprint.post("/trays/scan")
@allow(RoleName.QUALITY_OFFICER)
def scan() -> ResponseReturnValue:
    """The sheet of a tray was scanned: the page opens on which it is worked through."""
    with current_office().reading(current_actor()) as look:
        tray = trays.scanned(look, request.form.get("code", "")[:40])
    if tray is not None:
        return redirect(url_for("centre.trays.work", tray_id=tray.id), 303)
    flash(gettext("There is no such tray in your centre. Scan the code of its sheet again."), "soon")
    return redirect(url_for("centre.quality.waiting"), 303)
