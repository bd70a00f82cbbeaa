"""Rows of accounts, stations, law and stock that their database's owner changes."""

from __future__ import annotations

import datetime as dt
from uuid import uuid4

import sqlalchemy as sa

from issuance.errors import NotAllowed
from issuance.models.decrees import Decree
from issuance.models.exchange import ExchangeToken
from issuance.models.mandates import Mandate
from issuance.models.requests import IssuanceRequest
from issuance.models.reviews import Review
from issuance.models.staff import Passkey, RoleGiven, RoleName, Shift, Staff, StaffSession, Station
from issuance.models.stock import Blank
from issuance.models.supply import Balance, DayAccount, StockDay, StockMove
from issuance.services import roles
from issuance.services.mandates import giving
from issuance.services.mandates.giving import Given
from issuance.services.reviews import files as reviews
from issuance.services.reviews.files import Opening
from issuance.services.roles import Term
from issuance.services.trust import accounts, sessions
from tests.attack.diversions.registry import OWNER, by
from tests.attack.diversions.scene import Scene

staff, given, blank, station = Staff.__table__, RoleGiven.__table__, Blank.__table__, Station.__table__


@by(OWNER)
def role_inserted(scene: Scene) -> None:
    """An account gets a role that two administrators never gave."""
    day, now = scene.office.clock.today(), scene.office.clock.now()
    row = {"id": uuid4(), "staff_id": scene.id_of("clerk"), "role": RoleName.QUALITY_OFFICER, "from_day": day}
    scene.write(sa.insert(given).values(row | {"given_at": now, "agreed_at": now}))


@by(OWNER)
def role_edited(scene: Scene) -> None:
    """A clerk becomes a decision officer."""
    scene.write(sa.update(given).where(given.c.staff_id == scene.id_of("clerk")).values(role="decision_officer"))


@by("administrator and database")
def second_administrator_typed(scene: Scene) -> None:
    """One administrator gives a role, and the owner of the database agrees as the second."""
    office = scene.office
    with office.act(office.actors["administrator"]) as act:
        account = act.session.get_one(Staff, scene.id_of("clerk"))
        waits = roles.give(act, account, Term(RoleName.OPERATOR, office.clock.today())).id
    agreed = {"agreed_by": scene.id_of("second_administrator"), "agreed_at": office.clock.now()}
    scene.write(sa.update(given).where(given.c.id == waits).values(agreed))


@by(OWNER)
def password_edited(scene: Scene) -> None:
    """An account gets a password that somebody else knows."""
    scene.write(sa.update(staff).where(staff.c.id == scene.id_of("clerk")).values(password="$argon2id$mine"))


@by(OWNER)
def second_factor_edited(scene: Scene) -> None:
    """An account gets a second factor that somebody else has."""
    mine = staff.c.id == scene.id_of("clerk")
    scene.write(sa.update(staff).where(mine).values(tf_totp_secret="mine", tf_primary_method="authenticator"))


@by(OWNER)
def passkey_inserted(scene: Scene) -> None:
    """An officer gets a passkey that is somebody else's."""
    table = Passkey.__table__
    said = {"id": uuid4(), "staff_id": scene.id_of("decision_officer"), "credential_id": b"mine", "public_key": b"mine"}
    more = {"name": "mine", "sign_count": 0, "synced": False, "added_at": scene.office.clock.now(), "aaguid": ""}
    more |= {"transports": [], "backed_up": False, "backup_state": False}
    values = {name: value for name, value in (said | more).items() if name in table.c}
    scene.write(sa.insert(table).values(values))


@by(OWNER)
def session_forged(scene: Scene) -> None:
    """A session of an officer is written with a key that its author knows."""
    now, table = scene.office.clock.now(), StaffSession.__table__
    row = {"id": uuid4(), "digest": "d" * 64, "account_id": scene.id_of("decision_officer"), "by_passkey": True}
    seen = {"created_at": now, "last_seen_at": now, "device": "Firefox", "content": {}, "ended_why": ""}
    scene.write(sa.insert(table).values(row | seen))
    scene.refused(lambda: _use(scene, "mine"))


@by("clerk and database")
def session_moved(scene: Scene) -> None:
    """A clerk logs in, and the owner of the database makes the session the officer's, opened by a passkey."""
    with scene.office.upkeep() as look:
        row, key = sessions.begin(look, scene.id_of("clerk"), "Firefox")
    table = StaffSession.__table__
    theirs = {"account_id": scene.id_of("decision_officer"), "by_passkey": True}
    scene.write(sa.update(table).where(table.c.id == row.id).values(theirs))
    scene.refused(lambda: _use(scene, key))


def _use(scene: Scene, key: str) -> None:
    with scene.office.reading() as look:
        if sessions.find(look, key) is None:
            raise NotAllowed("Nobody is logged in.")


@by(OWNER)
def ended_account_opened(scene: Scene) -> None:
    """An account that was closed is opened by a statement."""
    mine = staff.c.id == scene.id_of("clerk")
    with scene.office.act(scene.office.actors["administrator"]) as act:
        accounts.close_account(act, act.session.get_one(Staff, scene.id_of("clerk")))
    scene.write(sa.update(staff).where(mine).values(active=True))


@by(OWNER)
def account_moved(scene: Scene) -> None:
    """An account works at another centre from now on."""
    other = sa.select(sa.text("id FROM centre WHERE code = 'galati'")).scalar_subquery()
    scene.write(sa.update(staff).where(staff.c.id == scene.id_of("auditor")).values(centre_id=other))


@by(OWNER)
def station_key_swapped(scene: Scene) -> None:
    """A station's key is that of a machine of one's own."""
    scene.write(sa.update(station).values(signing_key=b"k" * 32, sealing_key=b"s" * 32))


@by(OWNER)
def station_token_swapped(scene: Scene) -> None:
    """A station's token is one that its author knows."""
    scene.write(sa.update(station).values(token_digest="d" * 64))


@by(OWNER)
def outside_token_inserted(scene: Scene) -> None:
    """A system outside gets a token that two administrators never made."""
    now = scene.office.clock.now()
    row = {"id": uuid4(), "name": "mine", "token_digest": "d" * 64, "opens": "case_events", "per_minute": 600}
    values = row | {"made_at": now, "minute": 0, "calls": 0}
    scene.write(sa.insert(ExchangeToken.__table__).values(values))


@by(OWNER)
def shift_backdated(scene: Scene) -> None:
    """The shift in which a document was made is another operator's, and an hour earlier."""
    table, earlier = Shift.__table__, dt.datetime(2026, 11, 1, 8, tzinfo=dt.UTC)
    scene.write(sa.update(table).values(opened_at=earlier, operator_id=scene.id_of("auditor")))


@by(OWNER)
def decree_forged(scene: Scene) -> None:
    """A decree by which documents hold longer is inserted."""
    table, day = Decree.__table__, scene.office.clock.today()
    who = {"written_by": scene.id_of("administrator"), "agreed_by": scene.id_of("second_administrator")}
    values = {"id": uuid4(), "reference": "OUG 1/2026", "article": "1", "text": "x", "gazette_day": day} | who
    values |= {"types": "RP-R", "printed_from": day, "printed_to": day, "until": day, "from_day": day}
    values |= {"written_at": scene.office.clock.now(), "agreed_at": scene.office.clock.now()}
    scene.write(sa.insert(table).values({name: value for name, value in values.items() if name in table.c}))


@by(OWNER)
def review_moved(scene: Scene) -> None:
    """The day on which the end of a status becomes final is moved."""
    office = scene.office
    with office.act(office.actors["decision_officer"]) as act:
        case = act.session.get_one(IssuanceRequest, scene.cases["delivered"].request_id)
        reviews.open_file(act, case, Opening(("98-g",), "holder", "The person wrote so."))
    scene.write(sa.update(Review.__table__).values(final_on=dt.date(2030, 1, 1)))


@by(OWNER)
def mandate_edited(scene: Scene) -> None:
    """Whoever may see a file may also collect the document."""
    office = scene.office
    with office.act(office.actors["clerk"]) as act:
        case = act.session.get_one(IssuanceRequest, scene.cases["ready"].request_id)
        given = Given("family", "Popa Ana", "aunt", ["see_status"], "letter", granted_by="person")
        giving.give(act, case, given)
    scene.write(sa.update(Mandate.__table__).values(scopes="see_status collect sign"))


@by(OWNER)
def blank_edited(scene: Scene) -> None:
    """A blank that was used lies at the station again."""
    used = blank.c.state == "consumed"
    scene.write(sa.update(blank).where(used).values(state="at_station", document_id=None))


@by(OWNER)
def blank_inserted(scene: Scene) -> None:
    """A blank that no supplier sent is in the ledger."""
    source = blank.c.serial == "card-3"
    names = [column for column in blank.c if column.name not in ("id", "serial")]
    copied = sa.select(sa.literal(uuid4(), blank.c.id.type), sa.literal("card-999"), *names).where(source)
    into = ["id", "serial", *(column.name for column in names)]
    scene.write(sa.insert(blank).from_select(into, copied))


@by(OWNER)
def count_edited(scene: Scene) -> None:
    """The running count of a place says one more."""
    table = Balance.__table__
    scene.write(sa.update(table).where(table.c.stock == "card-chip").values(came=table.c.came + 1))


@by(OWNER)
def last_move_deleted(scene: Scene) -> None:
    """The last move of a blank never was."""
    table = StockMove.__table__
    scene.write(sa.delete(table).where(table.c.why == "made"))


@by(OWNER)
def closed_day_edited(scene: Scene) -> None:
    """A closed day agrees better than it did."""
    account = DayAccount.__table__
    scene.write(
        sa.update(StockDay.__table__).values(differ=7),
        sa.update(account).values(opening=account.c.opening + 1, closing=account.c.closing + 1),
    )


@by(OWNER)
def closed_day_deleted(scene: Scene) -> None:
    """A closed day is deleted, to be closed anew."""
    scene.write(sa.delete(DayAccount.__table__), sa.delete(StockDay.__table__))
