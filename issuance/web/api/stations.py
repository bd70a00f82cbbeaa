"""The API of the stations: messages of `card_drivers.order`, one act a call.

Every refusal is a `Problem`. A station may repeat any call: it gets the same answer and nothing happens twice.
"""

from __future__ import annotations

from typing import TypeVar
from uuid import UUID

from flask import Blueprint, Response, request
from pydantic import ValidationError

from card_drivers.order import (
    PROTOCOL,
    ChannelRequest,
    ChipFound,
    ChipReading,
    ClaimRequest,
    DeviceStatus,
    ErrandDone,
    JournalPart,
    Message,
    Registration,
    Result,
)
from issuance import keys
from issuance.errors import Conflict, InvalidInput
from issuance.keys.card_keys import CardKeysError, open_card_keys
from issuance.models.staff import Station
from issuance.office import Office
from issuance.services.production import chip_check, chip_reading, jobs, orders
from issuance.services.recovery import journals
from issuance.services.stations import channels, devices
from issuance.web.frame.auth import station
from issuance.web.frame.current import current_machine, current_office, current_station

blueprint = Blueprint("stations", __name__, url_prefix="/api/station")

MAX_BODY = 2_000_000
"""Bytes of the largest message a station sends: the files of a chip, in base64."""

Sent = TypeVar("Sent", bound=Message)
OfClaim = TypeVar("OfClaim", Result, ChipFound, ChannelRequest)


def _sent(kind: type[Sent]) -> Sent:
    """The message in the body; InvalidInput names the fields that are wrong, never their values."""
    request.max_content_length = MAX_BODY
    try:
        return kind.model_validate_json(request.get_data(cache=False))
    except ValidationError as error:
        places = "; ".join(f"{'.'.join(map(str, e['loc'])) or 'body'}: {e['type']}" for e in error.errors()[:5])
        raise InvalidInput(
            "body",
            "This is no %(kind)s of protocol %(protocol)s (%(places)s). Bring station and server to the same version.",
            kind=kind.__name__,
            protocol=PROTOCOL,
            places=places[:300],
        ) from None


def _of_claim(message: OfClaim, claim_id: UUID) -> OfClaim:
    """The message, which must be of the claim that its address names."""
    if message.claim_id != claim_id:
        raise InvalidInput("claim_id", "The message is of another claim than its address names.")
    return message


def _message(message: Message | None) -> Response:
    """The message as the answer, or 204 when there is none."""
    if message is None:
        return Response(status=204)
    return Response(message.model_dump_json(), mimetype="application/json")


@blueprint.post("/claims")
@station
def claim() -> Response:
    """T1: the next order of the centre for this station; 204 when there is none, 409 when it may not claim."""
    office, asked = current_office(), _sent(ClaimRequest)
    with office.act(current_machine()) as act:
        journals.check_may_claim(act, station=current_station())
        claimed = jobs.claim(act, asked.claim_id, station=current_station())
    return _message(claimed)


@blueprint.get("/claims/<uuid:claim_id>/order")
@station
def order(claim_id: UUID) -> Response:
    """The order of a claim, composed with no transaction open: the same bytes each time, or the job is held."""
    office, here = current_office(), current_station()
    with office.reading() as look:
        recipe = jobs.order_of(look, claim_id, station=here)
    try:
        return _message(jobs.check_order(orders.compose_order(recipe), recipe.digests))
    except Conflict:
        _hold(office, claim_id, here)
        raise


def _hold(office: Office, claim_id: UUID, here: Station) -> None:
    with office.act(current_machine()) as act:
        jobs.hold_order(act, claim_id, station=here)


@blueprint.post("/claims/<uuid:claim_id>/result")
@station
def result(claim_id: UUID) -> Response:
    """T2: what became of the order; 409 when it already has another result."""
    office, sent = current_office(), _of_claim(_sent(Result), claim_id)
    with office.act(current_machine()) as act:
        jobs.finish(act, sent, station=current_station())
    return Response("{}", mimetype="application/json")


@blueprint.post("/claims/<uuid:claim_id>/chip")
@station
def chip(claim_id: UUID) -> Response:
    """A blank chip lies at the contactless position; 409 `uid_seen` when it was used before."""
    sent = _of_claim(_sent(ChipFound), claim_id)
    with current_office().reading() as look:
        channels.check_found(look, sent, station=current_station())
    return Response("{}", mimetype="application/json")


@blueprint.post("/claims/<uuid:claim_id>/channel")
@station
def channel(claim_id: UUID) -> Response:
    """The session keys of a channel that a blank chip opened; 409 when it does not prove that it has our keys."""
    office, sent = current_office(), _of_claim(_sent(ChannelRequest), claim_id)
    card_keys = open_card_keys(office.settings)
    with office.act(current_machine()) as act:
        answer = channels.open_channel(act, sent, card_keys, station=current_station())
    if isinstance(answer, CardKeysError):
        raise answer
    return _message(answer)


@blueprint.post("/registration")
@station
def registration() -> Response:
    """A station has started: its devices are kept, and it is told the settings chosen for them; 204 for its own."""
    office, sent = current_office(), _sent(Registration)
    with office.act(current_machine()) as act:
        chosen = devices.register(act, sent, station=current_station())
    return _message(chosen)


@blueprint.get("/errand")
@station
def errand() -> Response:
    """What is wanted of the station besides orders: new settings, a reading, a test print; 204 for nothing."""
    office = current_office()
    with office.reading() as look:
        return _message(devices.errand(look, station=current_station()))


@blueprint.post("/errand/done")
@station
def errand_done() -> Response:
    """How a test print or a change of settings went."""
    office, sent = current_office(), _sent(ErrandDone)
    with office.act(current_machine()) as act:
        devices.errand_done(act, sent, station=current_station())
    return Response("{}", mimetype="application/json")


@blueprint.post("/journal")
@station
def journal() -> Response:
    """What the station did while the register was lost."""
    office, sent = current_office(), _sent(JournalPart)
    with office.act(current_machine()) as act:
        journals.take(act, sent, station=current_station())
    return Response("{}", mimetype="application/json")


@blueprint.post("/reading")
@station
def send_reading() -> Response:
    """What the reader found, judged before anything is written: passive authentication is no act."""
    office, sent = current_office(), _sent(ChipReading)
    trust = chip_check.Trust(keys.anchors(office.settings), keys.revocation_lists(office.settings))
    findings = chip_check.judge(sent, trust, at=office.clock.now())
    with office.act(current_machine()) as act:
        chip_reading.answer_chip(act, sent, findings, station=current_station())
    return Response("{}", mimetype="application/json")


@blueprint.post("/status")
@station
def status() -> Response:
    """What the devices say of themselves, shown to the operator."""
    office, sent = current_office(), _sent(DeviceStatus)
    with office.upkeep() as look:
        devices.heard(look, current_station().id, sent)
    return _message(None)
