"""Stations: what they say of their devices, the settings chosen for them, and the errands they are sent on."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import select

from card_drivers.order import Device, DeviceStatus, Errand, ErrandDone, ReadRequest, Registration, StationSettings
from issuance import document_types
from issuance.acts import Act, Look
from issuance.clock import Clock
from issuance.errors import Conflict, NotFound, StaleState
from issuance.models.staff import Station
from issuance.models.stations import PrintTest, SettingsRevision, StationRegistration, StationResume
from issuance.services import centres
from issuance.services.production import chip_reading, documents, orders, troubles
from issuance.services.recovery import journals
from issuance.services.stations.schema import secret_names
from issuance.services.stock import ledger
from issuance.services.trust import epochs
from issuance.vault import Vault

Role = Literal["printer", "encoder"]
Settings = Mapping[Role, Mapping[str, Any]]

STOPPED_BY_SPOILS = "spoils-in-a-row"
"""What a station says that stopped after spoiled cards (`card_drivers.sentences`)."""

TEST_WAITS = dt.timedelta(minutes=10)
"""How long a test print waits for its station: one that comes back later does not print what nobody waits for, but what
it printed is heard whenever it comes."""


# What a station says


def register(act: Act, said: Registration, *, station: Station) -> StationSettings | None:
    """The station started: keep what it says of its devices, without secrets. The settings it is to have, if any."""
    row = registration(act, station)
    if row is None:
        row = StationRegistration(station_id=station.id)
        act.session.add(row)
    row.software, row.at = said.software, act.clock.now()
    row.devices = [_without_secrets(device).model_dump(mode="json") for device in said.devices]
    act.session.flush()
    drivers = ", ".join(device.driver for device in said.devices)
    act.record("station.registered", station, drivers=drivers)
    chosen = newest(act, station, good=True)
    return opened(chosen, act.vault) if chosen else None


def _without_secrets(device: Device) -> Device:
    hidden = secret_names(device.settings_schema)
    return device.model_copy(
        update={"settings": {name: value for name, value in device.settings.items() if name not in hidden}}
    )


def registration(look: Look, station: Station) -> StationRegistration | None:
    """What the station said when it last started."""
    return look.session.scalar(select(StationRegistration).where(StationRegistration.station_id == station.id))


def devices(said: StationRegistration | None) -> list[Device]:
    """The devices of a station, by its own word."""
    return [Device.model_validate(device) for device in said.devices] if said else []


# Settings


def choose(act: Act, station: Station, settings: Settings, version: int) -> SettingsRevision:
    """The administrator's settings for the station's devices, which it fetches as an errand.

    StaleState when somebody else chose since revision `version`. The event names no values: some are secret.
    """
    centres.check_own(act, station)
    last = newest(act, station)
    if version != (last.number if last else 0):
        raise StaleState("Someone else changed this meanwhile. Compare below and send it again.")
    number = epochs.next_value(act, version)
    revision = SettingsRevision(
        station_id=station.id,
        number=number,
        encrypted=act.vault.encrypt(json.dumps(settings).encode(), _bound_to(station.id, number)),
        chosen_by=act.actor.id,
        chosen_at=act.clock.now(),
    )
    act.session.add(revision)
    act.record("station.settings_chosen", station, centre_id=station.centre_id, revision=number)
    return revision


def newest(look: Look, station: Station, *, good: bool = False) -> SettingsRevision | None:
    """The newest settings chosen for a station; with `good` those that it did not refuse."""
    query = select(SettingsRevision).where(SettingsRevision.station_id == station.id)
    query = query.where(SettingsRevision.trouble.is_(None)) if good else query
    return look.session.scalar(query.order_by(SettingsRevision.number.desc()).limit(1))


def opened(revision: SettingsRevision, vault: Vault) -> StationSettings:
    """The settings of a revision, for the station or for the next choice; secrets are among them."""
    text = vault.decrypt(revision.encrypted, _bound_to(revision.station_id, revision.number))
    return StationSettings(revision=revision.number, settings=json.loads(text))


def _bound_to(station_id: UUID, number: int) -> bytes:
    return station_id.bytes + number.to_bytes(8, "big")


# Errands


def ask_test(act: Act, station: Station) -> PrintTest:
    """Ask the station for a test print; one at a time."""
    centres.check_own(act, station)
    waiting = _waiting_test(act, station)
    if waiting is not None:
        raise Conflict("A test print is already asked for. Wait for the station.")
    test = PrintTest(station_id=station.id, asked_by=act.actor.id, asked_at=act.clock.now())
    act.session.add(test)
    act.record("station.test_asked", station, centre_id=station.centre_id)
    return test


def newest_test(look: Look, station: Station) -> PrintTest | None:
    """The last test print asked of a station."""
    query = select(PrintTest).where(PrintTest.station_id == station.id)
    return look.session.scalar(query.order_by(PrintTest.id.desc()).limit(1))


def waits(test: PrintTest, clock: Clock) -> bool:
    """Whether the station may still make this test print."""
    return test.answered_at is None and clock.now() - test.asked_at <= TEST_WAITS


def _waiting_test(look: Look, station: Station) -> PrintTest | None:
    test = newest_test(look, station)
    return test if test and waits(test, look.clock) else None


def ask_resume(act: Act, station: Station) -> StationResume:
    """Somebody looked: a station that stopped after spoiled cards goes on; Conflict for one that did not stop."""
    centres.check_own(act, station)
    if not stopped_by_spoils(station):
        raise Conflict("This station has not stopped after spoiled cards. Look at its page again.")
    if _waiting_resume(act, station) is not None:
        raise Conflict("It was said already that this station goes on. Wait for the station.")
    resume = StationResume(station_id=station.id, asked_by=act.actor.id, asked_at=act.clock.now())
    act.session.add(resume)
    act.record("station.resume_asked", station, centre_id=station.centre_id)
    return resume


def stopped_by_spoils(station: Station) -> bool:
    """Whether the station says that it stopped after spoiled cards."""
    status = status_of(station)
    return bool(status and status.trouble and STOPPED_BY_SPOILS in status.trouble.codes)


def _waiting_resume(look: Look, station: Station) -> StationResume | None:
    query = select(StationResume).where(StationResume.station_id == station.id, StationResume.answered_at.is_(None))
    return look.session.scalar(query.order_by(StationResume.id.desc()).limit(1))


def errand(look: Look, *, station: Station) -> Errand | None:
    """What the station is to do besides orders: its journal first, then new settings, a reading, to go on, a test."""
    journal = journals.wanted(look, station=station)
    if journal is not None:
        return Errand(journal=journal)
    chosen = newest(look, station)
    if chosen is not None and chosen.answered_at is None:
        return Errand(settings=opened(chosen, look.vault))
    read = chip_reading.waiting_read(look, station)
    if read is not None:
        document = read.job.document
        content = documents.frozen_content(look, document)
        access = orders.access_of(content, document_types.get(document.document_type).template())
        return Errand(reading=ReadRequest(read_id=read.id, order_id=read.job_id, access=access))
    resume = _waiting_resume(look, station)
    if resume is not None:
        return Errand(resume=resume.id)
    test = _waiting_test(look, station)
    return Errand(test_print=test.id) if test else None


def errand_done(act: Act, done: ErrandDone, *, station: Station) -> None:
    """How an errand went, however late it is said; a blank that was used for a test print is spoiled.

    Saying it again changes nothing; NotFound if it was not asked.
    """
    row = _asked(act, done, station)
    if row is None:
        raise NotFound("This station was not sent on this errand.")
    late_blank = isinstance(row, PrintTest) and row.blank_serial is None and done.blank_serial is not None
    if row.answered_at is not None and not late_blank:
        return
    row.answered_at = act.clock.now()
    if isinstance(row, StationResume):
        act.record("station.resumed", station)
        return
    row.trouble = troubles.kept(done.trouble)
    if isinstance(row, SettingsRevision):
        act.record("station.settings_taken", station, ok=done.trouble is None)
        return
    act.record("station.test_printed", station, ok=done.trouble is None, **_test_card(act, row, done, station))


def _test_card(act: Act, test: PrintTest, done: ErrandDone, station: Station) -> dict[str, Any]:
    """The blank of a test print, which nobody can use any more; `known` says whether the ledger had it there."""
    if done.blank_serial is None:
        return {}
    test.blank_serial = done.blank_serial
    test.blank_known = ledger.spend_on_test(act, done.blank_serial, station=station)
    return {"blank": done.blank_serial, "known": test.blank_known}


def _asked(look: Look, done: ErrandDone, station: Station) -> PrintTest | SettingsRevision | StationResume | None:
    if done.test_print is not None:
        tests = select(PrintTest).where(PrintTest.id == done.test_print, PrintTest.station_id == station.id)
        return look.session.scalar(tests)
    if done.resume is not None:
        resumes = select(StationResume).where(StationResume.id == done.resume, StationResume.station_id == station.id)
        return look.session.scalar(resumes)
    query = select(SettingsRevision).where(
        SettingsRevision.station_id == station.id, SettingsRevision.number == done.revision
    )
    return look.session.scalar(query)


def status_of(station: Station) -> DeviceStatus | None:
    """What a station last said of its devices."""
    return DeviceStatus.model_validate(station.status) if station.status else None


def heard(look: Look, station_id: UUID, status: DeviceStatus) -> None:
    """A sign of life: what the station's devices say of themselves. Nobody acts, so it is no event."""
    here = look.session.get_one(Station, station_id)
    here.status, here.last_seen = status.model_dump(mode="json"), look.clock.now()
