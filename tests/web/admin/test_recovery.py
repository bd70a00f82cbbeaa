"""A lost second factor is forgotten by two administrators who both have its owner before them, and by nobody alone."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select, update

from issuance.clock import FixedClock
from issuance.models.audit import AuditEvent
from issuance.models.staff import FactorReset, Passkey, RoleName, Staff, StaffSession
from issuance.office import Office
from tests.web.conftest import Browser, Login, address_of

PRESENT = {"present": "yes"}


@pytest.fixture
def officer(office: Office) -> UUID:
    """An account with a code and a passkey, of which nobody remembers either."""
    with office.database.reading() as session:
        found = session.scalars(select(Staff.id).where(Staff.email == address_of(RoleName.DECISION_OFFICER))).one()
    with office.database.engine.begin() as connection:
        connection.execute(update(Staff).where(Staff.id == found).values(tf_totp_secret="secret", totp_step=1))
    key = Passkey(staff_id=found, name="lost", credential_id=b"1", public_key=b"2", sign_count=0, synced=False)
    key.added_at = office.clock.now()
    with office.database.transaction() as session:
        session.add(key)
    return found


def factors(office: Office, account_id: UUID) -> tuple[bool, bool]:
    """Whether the account has a code, and a passkey that opens something."""
    with office.database.reading() as session:
        living = select(Passkey.id).where(Passkey.staff_id == account_id, Passkey.ended_at.is_(None))
        return session.get_one(Staff, account_id).tf_totp_secret is not None, session.scalar(living) is not None


def acts(office: Office) -> list[str]:
    with office.database.reading() as session:
        found = session.scalars(select(AuditEvent.act).order_by(AuditEvent.id))
        return [act for act in found if act.startswith(("account.recovery", "account.second"))]


def test_two_administrators_with_the_person_present(
    first: Browser, second: Browser, app: Flask, login: Login, office: Office, officer: UUID
) -> None:
    other = app.test_client()
    assert isinstance(other, Browser)
    login(other, RoleName.DECISION_OFFICER)
    at = f"/accounts/{officer}"
    assert first.submit(f"{at}/second-factor").status_code == 400
    assert first.submit(f"{at}/second-factor", PRESENT).status_code == 303
    assert ">Agree<" not in first.get(at).text
    mine = first.submit(f"{at}/second-factor/agree", PRESENT)
    assert (mine.status_code, "You asked for this." in mine.text) == (403, True)
    assert factors(office, officer) == (True, True)
    assert ">Agree<" in second.get(at).text
    assert second.submit(f"{at}/second-factor/agree").status_code == 400
    assert second.submit(f"{at}/second-factor/agree", PRESENT).status_code == 303
    assert factors(office, officer) == (False, False)
    assert acts(office) == ["account.recovery_asked", "account.second_factor_reset"]
    assert other.get("/decisions/").headers["Location"].startswith("/login")
    with office.database.reading() as session:
        row = session.scalars(select(FactorReset)).one()
        assert None not in (row.agreed_by, row.agreed_at)
        assert session.scalars(select(StaffSession.ended_why).where(StaffSession.account_id == officer)).one()


@pytest.mark.parametrize("who", ["first", "second"])
def test_it_is_taken_back_or_declined(first: Browser, second: Browser, office: Office, officer: UUID, who: str) -> None:
    at = f"/accounts/{officer}/second-factor"
    first.submit(at, PRESENT)
    assert second.submit(at, PRESENT).status_code == 409  # asked already: the second one agrees
    assert {"first": first, "second": second}[who].submit(f"{at}/decline").status_code == 303
    assert second.submit(f"{at}/agree", PRESENT).status_code == 409
    assert factors(office, officer) == (True, True)
    assert acts(office) == ["account.recovery_asked", "account.recovery_declined"]


def test_nobody_agrees_to_what_was_asked_an_hour_ago(
    first: Browser, second: Browser, office: Office, officer: UUID, clock: FixedClock
) -> None:
    at = f"/accounts/{officer}/second-factor"
    first.submit(at, PRESENT)
    clock.advance(dt.timedelta(minutes=31))
    for browser in (first, second):
        browser.come_back()
    assert second.submit(f"{at}/agree", PRESENT).status_code == 409
    assert factors(office, officer) == (True, True)
    assert second.submit(at, PRESENT).status_code == 303
    assert first.submit(f"{at}/agree", PRESENT).status_code == 303
    assert factors(office, officer) == (False, False)
