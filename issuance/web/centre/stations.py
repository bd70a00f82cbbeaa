"""The operator's pages: the stations with their shifts and devices, and the print jobs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from sqlalchemy import select
from sqlalchemy.orm import Session

from card_drivers.order import DeviceStatus
from card_drivers.troubles import Trouble
from issuance.actors import Actor
from issuance.errors import NotFound
from issuance.keys import SignerUnavailable
from issuance.models.production import PrintJob
from issuance.models.staff import RoleName, Staff, Station
from issuance.office import current_office
from issuance.services.production import floor
from issuance.services.trust import accounts
from issuance.states import JobState
from issuance.values import references
from issuance.web.frame.auth import allow, current_actor
from issuance.web.frame.i18n import sentence
from issuance.web.frame.lists import page_number
from issuance.web.frame.rail import Queue

blueprint = Blueprint("production", __name__, url_prefix="/production")

OPERATORS = (RoleName.OPERATOR, RoleName.SUPERVISOR)
WATCHERS = (*OPERATORS, RoleName.ADMINISTRATOR)


def _waiting(session: Session, actor: Actor) -> int:
    counts = floor.job_counts(session, actor.centre_id, clock=current_office().clock)
    return sum(counts.get(state, 0) for state in (*floor.WAITING, JobState.CLAIMED))


QUEUES = (
    Queue(lazy_gettext("Stations"), "production.stations", WATCHERS),
    Queue(lazy_gettext("Print jobs"), "production.jobs", OPERATORS, _waiting),
)

FILTERS: dict[str, tuple[Any, tuple[JobState, ...]]] = {
    "waiting": (lazy_gettext("Waiting"), (JobState.PREPARING, JobState.QUEUED)),
    "claimed": (lazy_gettext("At a station"), (JobState.CLAIMED,)),
    "sent": (lazy_gettext("At the bureau"), (JobState.SENT,)),
    "held": (lazy_gettext("Held"), (JobState.HELD,)),
    "done": (lazy_gettext("Done today"), (JobState.DONE,)),
    "spoiled": (lazy_gettext("Spoiled today"), (JobState.SPOILED,)),
}
DEVICE_STATES: dict[str, tuple[Any, str]] = {
    "idle": (lazy_gettext("Ready"), "done"),
    "processing": (lazy_gettext("Working"), "info"),
    "stopped": (lazy_gettext("Stopped"), "stop"),
    "offline": (lazy_gettext("Switched off"), "stop"),
}
DEVICE_REASONS: dict[str, Any] = {
    "media-empty": lazy_gettext("The feeder is empty: put blanks in."),
    "media-needed": lazy_gettext("The feeder is empty: put blanks in."),
    "media-low": lazy_gettext("Few blanks are left in the feeder."),
    "media-jam": lazy_gettext("A blank is jammed: open the printer and take it out."),
    "marker-supply-empty": lazy_gettext("The ribbon is used up: put a new one in."),
    "marker-supply-low": lazy_gettext("The ribbon is nearly used up."),
    "cover-open": lazy_gettext("The cover is open: close it."),
    "door-open": lazy_gettext("The cover is open: close it."),
    "output-area-full": lazy_gettext("The output tray is full: empty it."),
    "paused": lazy_gettext("The printer is paused: resume it at its panel."),
    "cleaning-needed": lazy_gettext("Cleaning is due."),
}
"""IPP's words (RFC 8011 section 5.4.12) as an operator says them, with what to do."""

REASON_WORDS: dict[str, Any] = {
    "feed": lazy_gettext("spoiled while it was fed"),
    "print": lazy_gettext("spoiled while it was printed"),
    "chip": lazy_gettext("its chip did not answer"),
    "encode": lazy_gettext("its chip could not be written"),
    "eject": lazy_gettext("spoiled on its way out"),
    "resolved by a person": lazy_gettext("a person looked and found it spoiled"),
    "not what was ordered": lazy_gettext("what came out was not what was ordered"),
    "read back differently": lazy_gettext("read back differently"),
    "The station did not report in time.": lazy_gettext("The station did not report in time."),
    "mrz": lazy_gettext("MRZ"),
    "barcode": lazy_gettext("barcode"),
    "seal": lazy_gettext("seal"),
}
STOCKS: dict[str, Any] = {
    "card": lazy_gettext("cards"),
    "card-chip": lazy_gettext("cards with chip"),
    "booklet-blue": lazy_gettext("blue booklets"),
    "booklet-grey": lazy_gettext("grey booklets"),
    "sheet": lazy_gettext("sheets"),
    "paper-a4": lazy_gettext("paper"),
}
SUPPLIES: dict[str, Any] = {"ribbon": lazy_gettext("Ribbon"), "film": lazy_gettext("Film")}
FEW_BLANKS = 10
LOW_SUPPLY = 15


def device_reason(reason: str) -> str:
    """A printer's state reason in words; its own word where we have none."""
    plain = re.sub("-(report|warning|error)$", "", reason)
    return str(DEVICE_REASONS.get(plain, reason))


def reason_words(reason: str) -> str:
    """Why an attempt was spoiled, is held or waits: our own sentences translated, a device's as it said them."""
    if reason.startswith("{"):
        return sentence(SignerUnavailable.of_kept(reason))
    head, colon, parts = reason.partition(": ")
    if head not in REASON_WORDS:
        return gettext(reason) if reason else ""
    words = [str(REASON_WORDS.get(part, part)) for part in parts.split(", ")]
    return f"{REASON_WORDS[head]}{colon}{', '.join(words)}"


def result_words(result: Mapping[str, Any]) -> str:
    """What went wrong by a kept result of a station, "" for nothing; of the release before in its own words."""
    trouble = result.get("trouble")
    return Trouble.model_validate(trouble).sentence(gettext) if trouble else str(result.get("message", ""))


def stock_word(stock: str) -> str:
    """The name of a stock of blanks."""
    return str(STOCKS.get(stock, stock))


def supply_word(name: str) -> str:
    """The name of a ribbon or film; the printer's own where it says another."""
    return str(SUPPLIES.get(name, name))


@blueprint.app_context_processor
def _words() -> dict[str, object]:
    return {
        "device_reason": device_reason,
        "reason_words": reason_words,
        "result_words": result_words,
        "stock_word": stock_word,
        "supply_word": supply_word,
        "grouped": references.grouped,
        "few_blanks": FEW_BLANKS,
        "low_supply": LOW_SUPPLY,
    }


@blueprint.get("/stations")
@allow(*WATCHERS)
def stations() -> str:
    """Every station of the centre: shift, devices, supplies, blanks, what it is making."""
    office, actor = current_office(), current_actor()
    with office.database.reading() as session:
        places = floor.workplaces(session, actor.centre_id, clock=office.clock)
        return render_template(
            "production/stations.html",
            places=places,
            statuses={place.station.id: status_of(place.station) for place in places},
            device_states=DEVICE_STATES,
            actor=actor,
            is_operator=RoleName.OPERATOR in actor.roles,
            is_supervisor=RoleName.SUPERVISOR in actor.roles,
        )


def status_of(station: Station) -> DeviceStatus | None:
    """What a station last said of its devices."""
    return DeviceStatus.model_validate(station.status) if station.status else None


@blueprint.post("/stations/<uuid:station_id>/shift")
@allow(RoleName.OPERATOR)
def open_shift(station_id: UUID) -> ResponseReturnValue:
    """Open a shift: from now on the station claims orders in this operator's name."""
    office = current_office()
    with office.database.transaction() as session:
        accounts.open_shift(session, _station(session, station_id), actor=current_actor(), clock=office.clock)
    flash(gettext("Your shift is open. The station takes orders by itself."), "done")
    return redirect(url_for("production.stations"), 303)


@blueprint.post("/stations/<uuid:station_id>/shift/close")
@allow(*OPERATORS)
def close_shift(station_id: UUID) -> ResponseReturnValue:
    """Close the shift: the station finishes the order in hand and takes no other."""
    office = current_office()
    with office.database.transaction() as session:
        accounts.close_shift(session, _station(session, station_id), actor=current_actor(), clock=office.clock)
    flash(gettext("The shift is closed. An order that is being made is finished."), "done")
    return redirect(url_for("production.stations"), 303)


def _station(session: Session, station_id: UUID) -> Station:
    station = session.get(Station, station_id)
    if station is None or not station.active:
        raise NotFound("There is no such station. Open the list again.")
    return station


@blueprint.get("/jobs")
@allow(*OPERATORS)
def jobs() -> str:
    """The print jobs of the centre by state, with the pace of the day."""
    office, actor = current_office(), current_actor()
    chosen = request.args.get("state", "waiting")
    chosen = chosen if chosen in FILTERS else "waiting"
    page = page_number()
    with office.database.reading() as session:
        found = floor.jobs(session, actor.centre_id, FILTERS[chosen][1], clock=office.clock, page=page)
        return render_template(
            "production/jobs.html",
            jobs=found,
            chosen=chosen,
            chips=_chips(floor.job_counts(session, actor.centre_id, clock=office.clock), chosen),
            pace=floor.pace(session, actor.centre_id, clock=office.clock),
            names=names_at(session, found),
            sent_since=floor.sent_since(session, found),
            is_supervisor=RoleName.SUPERVISOR in actor.roles,
            page=page,
            is_last=len(found) < floor.PAGE_ROWS,
        )


def _chips(counts: dict[JobState, int], chosen: str) -> list[tuple[str, str, bool, int]]:
    return [
        (str(label), url_for("production.jobs", state=key), key == chosen, sum(counts.get(it, 0) for it in states))
        for key, (label, states) in FILTERS.items()
    ]


def names_at(session: Session, found: list[PrintJob]) -> dict[UUID, str]:
    """Names of the operators and stations of these jobs, by id."""
    operators = {job.operator_id for job in found if job.operator_id}
    places = {job.station_id for job in found if job.station_id}
    people = select(Staff.id, Staff.full_name).where(Staff.id.in_(operators))
    stations = select(Station.id, Station.name).where(Station.id.in_(places))
    return {key: name for query in (people, stations) for key, name in session.execute(query)}
