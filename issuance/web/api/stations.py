"""The API of the stations: messages of `card_drivers.order`, one act a call, each signed by the station's own key.

Every refusal is a `Problem`. A station may repeat any call: nothing happens twice. A leave is given once. While the
clock is stopped no order is claimed or given, and everything that happened at a machine is taken.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
from flask import Blueprint, Response, request
from pydantic import ValidationError

from card_drivers import signing
from card_drivers.order import (
    PROTOCOL,
    ChannelRequest,
    ChipFound,
    ChipKeys,
    ChipReading,
    ClaimRequest,
    DeviceStatus,
    Enrolled,
    Enrolment,
    ErrandDone,
    JournalPart,
    KeyName,
    LeaveGiven,
    LeaveRequest,
    Message,
    Registration,
    Result,
    Start,
)
from issuance import keys
from issuance.actors import SYSTEM
from issuance.errors import Conflict, InvalidInput, LimanError
from issuance.keys.card_keys import CardKeysError, open_card_keys
from issuance.models.staff import Station
from issuance.office import Office
from issuance.services.production import chip_check, chip_reading, contradictions, jobs, orders
from issuance.services.recovery import journals
from issuance.services.stations import channels, devices, lives
from issuance.settings import key_file
from issuance.web.frame.auth import public, signed, station
from issuance.web.frame.current import current_instance, current_machine, current_office, current_station

blueprint = Blueprint("stations", __name__, url_prefix="/api/station")

Sent = TypeVar("Sent", bound=Message)
OfClaim = TypeVar("OfClaim", Result, ChipFound, ChannelRequest, LeaveRequest)


def _sent(kind: type[Sent]) -> Sent:
    """The message in the body; InvalidInput names the fields that are wrong, never their values."""
    try:
        return kind.model_validate_json(request.get_data())
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


@blueprint.post("/enrolment")
@public
def enrolment() -> Response:
    """A station brings its public keys, with the token that an administrator made for it."""
    office, asked = current_office(), _sent(Enrolment)
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    with office.act(SYSTEM) as act:
        enrolled = lives.enrol(act, token if scheme.lower() == "bearer" else "", asked)
        return _message(Enrolled(station_id=enrolled.id, leave_key=_leave_key(office).public_key().public_bytes_raw()))


def _leave_key(office: Office) -> Ed25519PrivateKey:
    """What the register signs leaves with."""
    return Ed25519PrivateKey.from_private_bytes(key_file(office.settings, "leave"))


@blueprint.post("/start")
@signed
def start() -> Response:
    """A process of the station starts; 409 `not_living` while another one is the station."""
    office, asked = current_office(), _sent(Start)
    with office.act(current_machine(), while_stopped=True) as act:
        refusal = lives.start(act, asked, current_instance(), station=current_station())
    if refusal is not None:
        raise refusal
    return Response(status=204)


@blueprint.post("/end")
@station
def end() -> Response:
    """The process ends as it should: another may start at once."""
    with current_office().act(current_machine(), while_stopped=True) as act:
        lives.end(act, station=current_station())
    return Response(status=204)


@blueprint.post("/claims/<uuid:claim_id>/order")
@station
def order(claim_id: UUID) -> Response:
    """The order of a claim, composed with no transaction open: as it was prepared, or the job is held.

    It is given once, and again to go on with a chip that was begun.
    """
    office, here = current_office(), current_station()
    with office.reading() as look:
        recipe = jobs.order_of(look, claim_id, station=here)
    try:
        made = jobs.check_order(orders.compose_order(recipe), recipe.digests)
    except Conflict:
        _hold(office, claim_id, here)
        raise
    with office.act(current_machine()) as act:
        jobs.fetch(act, claim_id, station=here)
    return _message(made)


@blueprint.post("/claims/<uuid:claim_id>/waits")
@station
def waits(claim_id: UUID) -> Response:
    """The order waits for hands: its lease begins anew; 409 `claim_ended` when somebody gave it up."""
    with current_office().upkeep() as look:
        return _message(jobs.waits(look, claim_id, station=current_station()))


@blueprint.post("/claims/<uuid:claim_id>/leave")
@station
def leave(claim_id: UUID) -> Response:
    """Immediately before a blank is taken: go on, once, and the keys of the chip, encrypted to this station."""
    office, asked, here = current_office(), _of_claim(_sent(LeaveRequest), claim_id), current_station()
    with office.act(current_machine()) as act:
        answer = jobs.leave(act, asked, station=here)
    if isinstance(answer, jobs.Refusal):
        raise answer.error
    return _message(_given(office, asked, here, answer))


def _given(office: Office, asked: LeaveRequest, here: Station, chip_keys: Mapping[KeyName, bytes]) -> LeaveGiven:
    """The leave, signed; the keys can be read by nobody but the station."""
    encrypted = b""
    if chip_keys and here.sealing_key:
        plain = ChipKeys(keys=dict(chip_keys)).model_dump_json().encode()
        to = X25519PublicKey.from_public_bytes(here.sealing_key)
        encrypted = signing.SUITE.encrypt(plain, to, info=signing.keys_for(asked.claim_id))
    given = LeaveGiven(seconds=office.settings.leave_seconds, keys=encrypted)
    said = signing.leave_said(asked.claim_id, asked.digests, given)
    return given.model_copy(update={"signature": _leave_key(office).sign(said)})


def _hold(office: Office, claim_id: UUID, here: Station) -> None:
    with office.act(current_machine(), while_stopped=True) as act:
        jobs.hold_order(act, claim_id, station=here)


@blueprint.post("/claims/<uuid:claim_id>/result")
@signed
def result(claim_id: UUID) -> Response:
    """T2: what became of the order; 409 when it already has another result, or this process is not the living one."""
    office, sent = current_office(), _of_claim(_sent(Result), claim_id)
    here, instance = current_station(), current_instance()
    refusal: LimanError | None
    with office.act(current_machine(), while_stopped=True) as act:
        refusal = contradictions.of_no_claim(act, sent, station=here)
        if refusal is None and lives.is_living(here, instance):
            refusal = jobs.finish(act, sent, station=here)
        elif refusal is None:
            refusal = lives.report_of_stranger(act, sent, instance, station=here)
    if refusal is not None:
        raise refusal
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
    with office.act(current_machine(), while_stopped=True) as act:
        answer = channels.open_channel(act, sent, card_keys, station=current_station())
    if isinstance(answer, CardKeysError):
        raise answer
    return _message(answer)


@blueprint.post("/registration")
@station
def registration() -> Response:
    """A station has started: its devices are kept, and it is told the settings chosen for them; 204 for its own."""
    office, sent = current_office(), _sent(Registration)
    with office.act(current_machine(), while_stopped=True) as act:
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
    with office.act(current_machine(), while_stopped=True) as act:
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
    with office.act(current_machine(), while_stopped=True) as act:
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
