"""Nobody outside stops the office by asking often: strangers wait behind strangers, and the audit tells it once."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from issuance.db import Database
from tests.attack.conftest import RealOffice, Visitor

MANY = 40
BURST = 100


@pytest.fixture(scope="module")
def clerk(real_office: RealOffice) -> Visitor:
    return real_office.visitor("clerk")


@contextmanager
def flood(office: RealOffice, method: str, path: str, body: bytes, floods: int = 4) -> Iterator[Counter[int]]:
    """Strangers at one address who ask as often as they can; how they are answered."""
    ends, answers = threading.Event(), Counter[int]()

    def ask() -> None:
        while not ends.is_set():
            answers[office.send(method, path, body).status] += 1

    threads = [threading.Thread(target=ask) for _ in range(floods)]
    for thread in threads:
        thread.start()
    try:
        yield answers
    finally:
        ends.set()
        for thread in threads:
            thread.join()


def answered(clerk: Visitor, times: int = MANY) -> list[int]:
    """What a clerk gets who works on."""
    return [clerk.get(path).status for _ in range(times // 4) for path in ("/desk", "/desk/due", "/desk/ready", "/")]


LOOK_UP = b"reference=22222222222&birth_date-day=1&birth_date-month=1&birth_date-year=1990"


def test_every_page_of_a_clerk_is_answered_in_a_flood_of_look_ups(real_office: RealOffice, clerk: Visitor) -> None:
    with flood(real_office, "POST", "/status", LOOK_UP) as strangers:
        assert answered(clerk) == [200] * MANY
        while strangers[429] < BURST:
            assert clerk.get("/desk").status == 200
    assert set(strangers) <= {404, 429}
    assert real_office.log.count('"outcome": "limited"') <= 1
    assert real_office.log.count('"outcome": "not_found"') <= 10


def test_a_flood_of_log_ins_locks_nobody_and_fills_no_audit(real_office: RealOffice, clerk: Visitor) -> None:
    """As a browser sends it, with the token of its page; from one address, at the clerk's own account."""
    stranger = real_office.visitor()
    for _ in range(15):
        stranger.post("/login", {"email": "clerk@liman.example", "password": "wrong"}, page="/login")
    assert answered(clerk) == [200] * MANY
    with Database(f"sqlite:///{real_office.var / 'register.sqlite'}").reading() as session:
        told = session.connection().exec_driver_sql(
            "SELECT count(*) FROM audit_event WHERE act = 'account.login_refused'"
        )
        assert told.scalar_one() <= 2, "the first at the account, and the first of those that were not looked at"
    clerk.post("/logout", {}, page="/")
    again = clerk.log_in("clerk", real_office.password)
    assert "/login" not in again.url, "she comes from a device that is known"


def test_who_asks_without_end_is_told_to_wait_and_others_are_not(real_office: RealOffice, clerk: Visitor) -> None:
    with flood(real_office, "GET", "/healthz", b"", floods=8) as strangers:
        while not strangers[429] and strangers[200] < 10_000:
            assert clerk.get("/desk").status == 200
    assert strangers[429]
    assert real_office.visitor().get("/status").status == 200
