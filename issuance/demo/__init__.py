"""The demonstration office: fictional applicants, one login per role, two stations with simulated machines."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from flask_security.utils import hash_password
from sqlalchemy import select

from issuance.actors import SYSTEM, Actor
from issuance.acts import Act
from issuance.demo import acting, morning, supply
from issuance.keys.card_keys import open_card_keys
from issuance.models.appointments import Purpose
from issuance.models.people import Person
from issuance.models.requests import IssuanceRequest, Portrait, Signature
from issuance.models.staff import Centre, RoleName, Staff, Station
from issuance.office import Office
from issuance.services.appointments import capacity
from issuance.services.appointments.capacity import Given
from issuance.services.casework import enrolment
from issuance.services.imports import lines, reading
from issuance.services.persons import signatures
from issuance.services.persons.signatures import Signed
from issuance.services.production import shifts
from issuance.services.rule_versions import rules_of
from issuance.services.stations import tokens
from issuance.services.stock import stacks
from issuance.services.stock.stacks import Declared
from issuance.services.trust import accounts
from issuance.services.trust.accounts import NewAccount
from issuance.values.calendar import youngest_age
from printing.portraits import drawn
from printing.portraits.signature import read_signature

APPLICANTS = Path(__file__).with_name("applicants.csv")
CENTRE = "timisoara"
A_YEAR = dt.timedelta(days=365)
ENDING = (RoleName.ENROLMENT_EXPERT, RoleName.PARTNER)
"""Roles whose accounts have a last day."""

STATION = "timisoara-1"
BLANKS_EACH = 40
STOCKS = {"card-chip": "PC", "card": "CT", "booklet-blue": "BA", "booklet-grey": "BG", "sheet": "RF"}
"""Numbered stocks and the letters of their serials."""
WITH_CHIP = ("card-chip", "booklet-blue", "booklet-grey")
PAPER = "paper-a4"
SECOND_STATION = "timisoara-2"
"""Its printer reads no serials: a stack of cards is declared in it."""
STACK = "CU"
LATE = "2026/TM/0002"
DAYS_LATE = 3


@dataclass(frozen=True)
class Login:
    """One demo account."""

    email: str
    full_name: str
    roles: tuple[RoleName, ...]


LOGINS = (
    Login("clerk@liman.example", "Ana Pop", (RoleName.CLERK,)),
    Login("clerk2@liman.example", "Mihai Dobre", (RoleName.CLERK,)),
    Login("officer@liman.example", "Ioana Marin", (RoleName.DECISION_OFFICER,)),
    Login("operator@liman.example", "Radu Stan", (RoleName.OPERATOR,)),
    Login("quality@liman.example", "Elena Ilie", (RoleName.QUALITY_OFFICER,)),
    Login("supervisor@liman.example", "Dan Voicu", (RoleName.SUPERVISOR,)),
    Login("auditor@liman.example", "Carmen Radu", (RoleName.AUDITOR,)),
    Login("administrator@liman.example", "Vlad Neagu", (RoleName.ADMINISTRATOR,)),
    Login("administrator2@liman.example", "Irina Moldovan", (RoleName.ADMINISTRATOR,)),
    Login("expert@liman.example", "Anna Lindqvist", (RoleName.ENROLMENT_EXPERT,)),
    Login("mission@liman.example", "Paul Enache", (RoleName.MISSION,)),
    Login("border@liman.example", "Sorin Vasile", (RoleName.BORDER_POLICE,)),
    Login("police@liman.example", "Oana Rusu", (RoleName.POLICE,)),
    Login("partner@liman.example", "Clara Weber", (RoleName.PARTNER,)),
)


def set_up(office: Office) -> tuple[str, int]:
    """Make everything that is not there yet; returns the password of the demo logins and how many requests came in."""
    password = _password(office.settings.var / "demo-password")
    applicants = reading.read_file(APPLICANTS.read_bytes())
    with office.act(SYSTEM) as act:
        _accounts(act, password)
        _capacity(act)
        case_handling = accounts.lodger(act)
        blanks = _station(act, office)
        cards = _second_station(act, office)
    if cards:
        _declare_stack(office, cards)
    with office.act(case_handling) as act:
        imported = lines.import_requests(act, applicants)
        if imported.lodged:
            morning.make_late(act, morning.request_of(act, LATE), DAYS_LATE)
    acting.bring(office, case_handling)
    if blanks:
        _write_blanks(office.settings.var / "station" / "blanks.json", blanks)
    _card_keys(office)
    _portraits(office, case_handling)
    _signatures(office, case_handling)
    return password, imported.lodged


def _password(file: Path) -> str:
    """One password for all demo logins, made at the first start and kept with owner-only rights."""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
            out.write(secrets.token_urlsafe(9))
    return file.read_text()


def _accounts(act: Act, password: str) -> None:
    """The demo accounts that are not there yet."""
    centre = act.session.scalars(select(Centre).where(Centre.code == CENTRE)).one()
    hashed = hash_password(password)
    for login in LOGINS:
        if act.session.scalar(select(Staff.id).where(Staff.email == login.email)) is None:
            ends_on = act.clock.today() + A_YEAR if set(ENDING) & set(login.roles) else None
            new = NewAccount(login.email, login.full_name, centre, login.roles, hashed, given=False, ends_on=ends_on)
            accounts.add_account(act, new)


def _capacity(act: Act) -> None:
    """Appointments at the demo's centre, unless somebody said already what it gives."""
    centre = act.session.scalars(select(Centre).where(Centre.code == CENTRE)).one()
    if set(capacity.given(act, centre.id).values()) == {capacity.NOTHING}:
        capacity.give(act, centre, {Purpose.LODGING: Given(2, 20), Purpose.COLLECTION: Given(1, 10)})


def _station(act: Act, office: Office) -> list[dict[str, str]]:
    """The station, its token file, and the blanks that are new in its feeder."""
    station = act.session.scalar(select(Station).where(Station.name == STATION))
    if station is not None:
        return []
    centre = act.session.scalars(select(Centre).where(Centre.code == CENTRE)).one()
    station, token = tokens.add_station(act, STATION, centre)
    _write_token(office.settings.var / "station", token)
    blanks: list[dict[str, str]] = []
    for kind, series in STOCKS.items():
        serials = [f"{series}{number:07d}" for number in range(1, BLANKS_EACH + 1)]
        supply.bring(act, station, kind, serials)
        blanks += [_blank(serial, kind) for serial in serials]
    return blanks + [{"stock": PAPER}] * BLANKS_EACH


def _write_token(folder: Path, token: str) -> None:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    (folder / "token").write_text(token)
    (folder / "token").chmod(0o600)


def _second_station(act: Act, office: Office) -> list[str]:
    """A station whose printer reads no serials, its folder and its cards; the serials, empty when it is there."""
    if act.session.scalar(select(Station.id).where(Station.name == SECOND_STATION)) is not None:
        return []
    centre = act.session.scalars(select(Centre).where(Centre.code == CENTRE)).one()
    station, token = tokens.add_station(act, SECOND_STATION, centre)
    folder = office.settings.var / "station-2"
    _write_token(folder, token)
    settings = {"revision": 0, "settings": {"printer": {"reads_serials": False}}}
    (folder / "settings.json").write_text(json.dumps(settings))
    serials = [f"{STACK}{number:07d}" for number in range(1, BLANKS_EACH + 1)]
    supply.bring(act, station, "card", serials)
    _write_blanks(folder / "blanks.json", [_blank(serial, "card") for serial in serials])
    return serials


def _declare_stack(office: Office, serials: list[str]) -> None:
    """The operator begins a shift there and puts the cards into it."""
    with office.reading() as look:
        operator = look.session.scalars(select(Staff).where(Staff.email == "operator@liman.example")).unique().one()
        station_id = look.session.scalars(select(Station.id).where(Station.name == SECOND_STATION)).one()
        actor = Actor(operator.id, operator.centre_id, frozenset({RoleName.OPERATOR}))
    with office.act(actor) as act:
        shifts.open_shift(act, act.session.get_one(Station, station_id))
    with office.act(actor) as act:
        stacks.declare(act, act.session.get_one(Station, station_id), Declared(serials[0], serials[-1]))


def _card_keys(office: Office) -> None:
    """The simulated machine's blanks have the card-manager keys of this office, as a maker would deliver them."""
    (keys,) = open_card_keys(office.settings).sets
    file = office.settings.var / "station" / "simulator" / "card_keys.json"
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    file.write_text(keys.model_dump_json(include={"enc", "mac", "dek"}))
    file.chmod(0o600)


def _blank(serial: str, kind: str) -> dict[str, str]:
    uid = "04" + hashlib.sha256(serial.encode()).hexdigest()[:12].upper()
    chip = {"uid": uid} if kind in WITH_CHIP else {}
    return {"serial": serial, "stock": kind, **chip}


def _write_blanks(file: Path, blanks: list[dict[str, str]]) -> None:
    file.write_text(json.dumps(blanks, indent=1))


def _drawn(person: Person, today: dt.date) -> bytes:
    """The drawn portrait of a person: the same at every set-up, without a beard for children."""
    age = youngest_age(person.birth_date, today)
    return drawn.draw(person.full_name, person.sex, adult=age is None or age >= 18)


def _portraits(office: Office, actor: Actor) -> None:
    """A drawn portrait for every request that has none: as if uploaded by case handling, still to be accepted."""
    with office.reading() as look:
        bare = select(IssuanceRequest).where(IssuanceRequest.id.not_in(select(Portrait.request_id)))
        seeds = [(request.id, request.person) for request in look.session.scalars(bare)]
    today = office.clock.today()
    drawn = [(request_id, enrolment.measure(_drawn(person, today))) for request_id, person in seeds]
    with office.act(actor) as act:
        for request_id, measured in drawn:
            request = act.session.get_one(IssuanceRequest, request_id)
            if enrolment.newest(act, request) is None:
                enrolment.add_portrait(act, request, measured, "uploaded")


def _signatures(office: Office, actor: Actor) -> None:
    """A drawn signature for every request that has none and asks for one: as if case handling had scanned it."""
    with office.act(actor) as act:
        bare = select(IssuanceRequest).where(IssuanceRequest.id.not_in(select(Signature.request_id)))
        asked = [request for request in act.session.scalars(bare) if rules_of(request).signature]
        for request in asked:
            signatures.keep(act, request, Signed(read_signature(drawn.sign(str(request.person_id))), "scan"))
