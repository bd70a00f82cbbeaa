"""Stations: what they say of their devices, the settings chosen for them, and the errands they are sent on."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from card_drivers.order import Device, DeviceStatus, Errand, ErrandDone, ReadRequest, Registration, StationSettings
from issuance import document_types
from issuance.actors import Actor
from issuance.clock import Clock
from issuance.errors import Conflict, NotFound, StaleState
from issuance.models.staff import Station
from issuance.models.stations import PrintTest, SettingsRevision, StationRegistration
from issuance.services.production import chip_reading, documents, orders
from issuance.services.stations.schema import secret_names
from issuance.services.stock import ledger
from issuance.services.trust import audit
from issuance.vault import Vault

Role = Literal["printer", "encoder"]
Settings = Mapping[Role, Mapping[str, Any]]

TEST_WAITS = dt.timedelta(minutes=10)
"""How long a test print waits for its station: one that comes back later does not print what nobody waits for."""


# What a station says


def register(
    session: Session, said: Registration, *, station: Station, vault: Vault, clock: Clock
) -> StationSettings | None:
    """The station started: keep what it says of its devices, without secrets. The settings it is to have, if any."""
    row = registration(session, station)
    if row is None:
        row = StationRegistration(station_id=station.id)
        session.add(row)
    row.software, row.at = said.software, clock.now()
    row.devices = [_without_secrets(device).model_dump(mode="json") for device in said.devices]
    session.flush()
    drivers = ", ".join(device.driver for device in said.devices)
    actor = Actor(station.id, station.centre_id, kind="station")
    audit.record(session, "station.registered", actor=actor, clock=clock, subjects=[station], drivers=drivers)
    chosen = newest(session, station, good=True)
    return opened(chosen, vault) if chosen else None


def _without_secrets(device: Device) -> Device:
    hidden = secret_names(device.settings_schema)
    return device.model_copy(
        update={"settings": {name: value for name, value in device.settings.items() if name not in hidden}}
    )


def registration(session: Session, station: Station) -> StationRegistration | None:
    """What the station said when it last started."""
    return session.scalar(select(StationRegistration).where(StationRegistration.station_id == station.id))


def devices(said: StationRegistration | None) -> list[Device]:
    """The devices of a station, by its own word."""
    return [Device.model_validate(device) for device in said.devices] if said else []


# Settings


def choose(
    session: Session, station: Station, settings: Settings, version: int, *, actor: Actor, vault: Vault, clock: Clock
) -> SettingsRevision:
    """The administrator's settings for the station's devices, which it fetches as an errand.

    StaleState when somebody else chose since revision `version`. The event names no values: some are secret.
    """
    last = newest(session, station)
    number = last.number if last else 0
    if number != version:
        raise StaleState("Someone else changed this meanwhile. Compare below and send it again.")
    revision = SettingsRevision(
        station_id=station.id,
        number=number + 1,
        sealed=vault.seal(json.dumps(settings).encode(), _bound_to(station.id, number + 1)),
        chosen_by=actor.id,
        chosen_at=clock.now(),
    )
    session.add(revision)
    audit.record(
        session,
        "station.settings_chosen",
        actor=actor,
        clock=clock,
        subjects=[station],
        centre_id=station.centre_id,
        revision=number + 1,
    )
    return revision


def newest(session: Session, station: Station, *, good: bool = False) -> SettingsRevision | None:
    """The newest settings chosen for a station; with `good` those that it did not refuse."""
    query = select(SettingsRevision).where(SettingsRevision.station_id == station.id)
    query = query.where(SettingsRevision.error == "") if good else query
    return session.scalar(query.order_by(SettingsRevision.number.desc()).limit(1))


def opened(revision: SettingsRevision, vault: Vault) -> StationSettings:
    """The settings of a revision, for the station or for the next choice; secrets are among them."""
    text = vault.open(revision.sealed, _bound_to(revision.station_id, revision.number))
    return StationSettings(revision=revision.number, settings=json.loads(text))


def _bound_to(station_id: UUID, number: int) -> bytes:
    return station_id.bytes + number.to_bytes(8, "big")


# Errands


def ask_test(session: Session, station: Station, *, actor: Actor, clock: Clock) -> PrintTest:
    """Ask the station for a test print; one at a time."""
    waiting = _waiting_test(session, station, clock)
    if waiting is not None:
        raise Conflict("A test print is already asked for. Wait for the station.")
    test = PrintTest(station_id=station.id, asked_by=actor.id, asked_at=clock.now())
    session.add(test)
    audit.record(
        session, "station.test_asked", actor=actor, clock=clock, subjects=[station], centre_id=station.centre_id
    )
    return test


def newest_test(session: Session, station: Station) -> PrintTest | None:
    """The last test print asked of a station."""
    query = select(PrintTest).where(PrintTest.station_id == station.id)
    return session.scalar(query.order_by(PrintTest.id.desc()).limit(1))


def waits(test: PrintTest, clock: Clock) -> bool:
    """Whether the station may still make this test print."""
    return test.answered_at is None and clock.now() - test.asked_at <= TEST_WAITS


def _waiting_test(session: Session, station: Station, clock: Clock) -> PrintTest | None:
    test = newest_test(session, station)
    return test if test and waits(test, clock) else None


def errand(session: Session, *, station: Station, vault: Vault, clock: Clock) -> Errand | None:
    """What the station is to do besides orders: new settings first, then a reading, then a test print."""
    chosen = newest(session, station)
    if chosen is not None and chosen.answered_at is None:
        return Errand(settings=opened(chosen, vault))
    read = chip_reading.waiting_read(session, station)
    if read is not None:
        document = read.job.document
        content = documents.frozen_content(session, document, vault=vault)
        access = orders.access_of(content, document_types.get(document.document_type).template())
        return Errand(reading=ReadRequest(read_id=read.id, order_id=read.job_id, access=access))
    test = _waiting_test(session, station, clock)
    return Errand(test_print=test.id) if test else None


def errand_done(session: Session, done: ErrandDone, *, station: Station, clock: Clock) -> None:
    """How a test print or a change of settings went; a blank that was used for it is spoiled.

    Saying it again changes nothing; NotFound if it was not asked.
    """
    row = _asked(session, done, station)
    if row is None:
        raise NotFound("This station was not sent on this errand.")
    if row.answered_at is not None:
        return
    row.answered_at, row.error = clock.now(), done.error
    actor = Actor(station.id, station.centre_id, kind="station")
    act = "station.settings_taken"
    details: dict[str, Any] = {"ok": not done.error}
    if done.test_print is not None:
        act = "station.test_printed"
        details |= _test_card(session, done.blank_serial, station, actor)
    audit.record(session, act, actor=actor, clock=clock, subjects=[station], **details)


def _test_card(session: Session, serial: str | None, station: Station, actor: Actor) -> dict[str, Any]:
    """The blank of a test print, which nobody can use any more; `known` says whether the ledger had it there."""
    if serial is None:
        return {}
    return {"blank": serial, "known": ledger.spend_on_test(session, serial, station=station, actor=actor)}


def _asked(session: Session, done: ErrandDone, station: Station) -> PrintTest | SettingsRevision | None:
    if done.test_print is not None:
        tests = select(PrintTest).where(PrintTest.id == done.test_print, PrintTest.station_id == station.id)
        return session.scalar(tests)
    query = select(SettingsRevision).where(
        SettingsRevision.station_id == station.id, SettingsRevision.number == done.revision
    )
    return session.scalar(query)


def status_of(station: Station) -> DeviceStatus | None:
    """What a station last said of its devices."""
    return DeviceStatus.model_validate(station.status) if station.status else None
