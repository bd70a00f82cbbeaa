"""An appointment from the status page: chosen, changed, given back; nobody has another's time."""

from __future__ import annotations

import datetime as dt
import re
import threading
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from issuance.actors import SYSTEM
from issuance.errors import InvalidInput
from issuance.models.appointments import Appointment, Purpose
from issuance.models.audit import AuditEvent
from issuance.models.holders import ToldTime
from issuance.models.requests import IssuanceRequest
from issuance.services import centres
from issuance.services.appointments import bookings, capacity
from issuance.services.appointments.capacity import Given
from issuance.services.casework import requests
from issuance.states import AppointmentState
from issuance.tasks import HANDLERS
from issuance.web.public.parts.carried import carry
from issuance.web.public.times import CHANGES
from tests.people import LAYLA, Case, SmallOffice, changed
from tests.web.public.holder import ON_BOTH, ask, words

CHOOSE, CHANGE = "Choose a time to come", "Change or cancel it"
TAKEN = "This time is taken. Choose another one."


@pytest.fixture(autouse=True)
def gives(people: SmallOffice) -> None:
    """The centre has one counter, and half an hour for each: one person a slot."""
    with people.act(SYSTEM) as act:
        capacity.give(act, centres.named(act, "timisoara"), dict.fromkeys(Purpose, Given(1, 30, 0)))


def who(people: SmallOffice, request_id: UUID) -> tuple[str, str]:
    with people.reading() as look:
        request = look.session.get_one(IssuanceRequest, request_id)
        return request.reference, request.person.birth_date


def carried(client: FlaskClient, people: SmallOffice, request_id: UUID) -> str:
    with client.application.test_request_context():
        return carry(*who(people, request_id))


def shown(client: FlaskClient, token: str) -> TestResponse:
    return client.post("/status/times", data={"carried": token})


def take(client: FlaskClient, token: str, at: str) -> TestResponse:
    return client.post("/status/time", data={"carried": token, "starts_at": at})


def times(answer: TestResponse) -> list[str]:
    return re.findall(r'name="starts_at" value="([^"]+)"', answer.text)


def booked(people: SmallOffice) -> list[tuple[str, str]]:
    """What the desk has: when, and in which state."""
    with people.reading() as look:
        rows = look.session.scalars(select(Appointment).order_by(Appointment.starts_at)).all()
        return [(row.starts_at.isoformat(), row.state) for row in rows]


def waiting(people: SmallOffice) -> int:
    with people.reading() as look:
        return look.session.scalar(select(func.count()).select_from(ToldTime)) or 0


@ON_BOTH
def test_a_time_is_chosen_changed_and_given_back(client: FlaskClient, people: SmallOffice, checked: Case) -> None:
    reference, born = who(people, checked.request_id)
    assert CHOOSE in words(ask(client, reference, born))
    token = carried(client, people, checked.request_id)
    first, *_, last = times(shown(client, token))
    assert first > people.clock.now().isoformat()
    answer = take(client, token, first)
    assert (answer.status_code, "This time is yours." in words(answer), first in times(answer)) == (200, True, True)
    assert CHANGE in words(ask(client, reference, born)), "before the office made an act of it"
    HANDLERS["take-told"](people)
    assert (booked(people), waiting(people)) == ([(first, "booked")], 0)
    assert take(client, token, last).status_code == 200
    HANDLERS["take-told"](people)
    assert booked(people) == [(last, "booked")]
    answer = client.post("/status/time/cancel", data={"carried": token})
    assert "Your appointment" not in words(answer)
    assert CHOOSE in words(ask(client, reference, born))
    HANDLERS["take-told"](people)
    assert (booked(people), waiting(people)) == ([(last, "cancelled")], 0)
    with people.reading() as look:
        events = look.session.scalars(select(AuditEvent).where(AuditEvent.act.like("appointment.%"))).all()
        assert [(each.act, each.actor_kind) for each in sorted(events, key=lambda each: each.id)] == [
            ("appointment.booked", "holder"),
            ("appointment.moved", "holder"),
            ("appointment.cancelled", "holder"),
        ]


def test_chosen_and_given_back_at_once_leaves_nothing(client: FlaskClient, people: SmallOffice, checked: Case) -> None:
    token = carried(client, people, checked.request_id)
    take(client, token, times(shown(client, token))[0])
    client.post("/status/time/cancel", data={"carried": token})
    client.post("/status/time/cancel", data={"carried": token})
    HANDLERS["take-told"](people)
    assert (booked(people), waiting(people)) == ([], 0)


@ON_BOTH
def test_of_two_who_want_the_last_place_one_has_it(
    app: Flask, client: FlaskClient, people: SmallOffice, checked: Case
) -> None:
    other = people.carry("checked", changed(LAYLA, given_names="Amal", native_name="", case_reference="2026/TM/0002"))
    tokens = [carried(client, people, each.request_id) for each in (checked, other)]
    wanted = times(shown(client, tokens[0]))[0]
    begun, answers = threading.Barrier(2), list[TestResponse]()

    def want(token: str) -> None:
        phone = app.test_client()
        phone.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"
        begun.wait(60)
        answers.append(take(phone, token, wanted))

    threads = [threading.Thread(target=want, args=[token]) for token in tokens]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    won, told = sorted(answers, key=lambda each: each.status_code)
    assert (won.status_code, told.status_code, TAKEN in words(told)) == (200, 400, True)
    assert wanted not in times(told)
    assert re.search(rf'value="{re.escape(times(told)[0])}" checked', told.text), "the next one is proposed"
    HANDLERS["take-told"](people)
    assert booked(people) == [(wanted, "booked")]


@ON_BOTH
def test_what_a_holder_chose_the_desk_cannot_give_away(client: FlaskClient, people: SmallOffice, checked: Case) -> None:
    other = people.carry("checked", changed(LAYLA, given_names="Amal", native_name="", case_reference="2026/TM/0002"))
    token = carried(client, people, checked.request_id)
    at = times(shown(client, token))[0]
    take(client, token, at)
    assert at not in times(shown(client, carried(client, people, other.request_id)))
    wanted = bookings.Wanted(Purpose.COLLECTION, dt.datetime.fromisoformat(at), 1, other.request_id)
    with people.act(people.actors["clerk"]) as act:
        request = act.session.get_one(IssuanceRequest, other.request_id)
        with pytest.raises(InvalidInput, match="no room"):
            bookings.book(act, request.centre, wanted, request)


@ON_BOTH
def test_what_the_desk_did_meanwhile_stands(client: FlaskClient, people: SmallOffice, checked: Case) -> None:
    token = carried(client, people, checked.request_id)
    first, second = times(shown(client, token))[:2]
    take(client, token, first)
    with people.act(people.actors["clerk"]) as act:
        request = act.session.get_one(IssuanceRequest, checked.request_id)
        wanted = bookings.Wanted(Purpose.COLLECTION, dt.datetime.fromisoformat(second), 1, checked.document_id)
        bookings.book(act, request.centre, wanted, request)
    HANDLERS["take-told"](people)
    assert (booked(people), waiting(people)) == ([(second, "booked")], 0)
    with people.reading() as look:
        assert (
            look.session.scalar(select(AuditEvent.act).order_by(AuditEvent.id.desc()).limit(1))
            == "appointment.not_made"
        )


def test_who_brings_what_is_missing_comes_to_those_who_lodge(client: FlaskClient, people: SmallOffice) -> None:
    request_id = people.lodge()
    with people.act(people.actors["clerk"]) as act:
        requests.wait_for(act, act.session.get_one(IssuanceRequest, request_id), ["proof_of_residence"])
    token = carried(client, people, request_id)
    take(client, token, times(shown(client, token))[0])
    HANDLERS["take-told"](people)
    with people.reading() as look:
        row = look.session.scalars(select(Appointment)).one()
        assert (row.purpose, row.request_id) == ("lodging", request_id)


def test_who_has_nothing_to_come_for_chooses_nothing(client: FlaskClient, people: SmallOffice, complete: Case) -> None:
    assert CHOOSE not in words(ask(client, *who(people, complete.request_id)))
    token = carried(client, people, complete.request_id)
    assert times(shown(client, token)) == []
    take(client, token, "2026-11-23T07:00:00+00:00")
    assert waiting(people) == 0


def test_vulnerable_persons_are_told_no_time_and_no_place(
    client: FlaskClient, people: SmallOffice, checked: Case
) -> None:
    with people.act(people.actors["clerk"]) as act:
        request = act.session.get_one(IssuanceRequest, checked.request_id)
        at = bookings.Wanted(Purpose.COLLECTION, dt.datetime(2026, 11, 23, 7, tzinfo=dt.UTC), 1, checked.request_id)
        bookings.book(act, request.centre, at, request)
        request.person.hides_place = True
    answer = words(ask(client, *who(people, checked.request_id)))
    assert ("appointment" in answer, CHOOSE in answer, CHANGE in answer) == (False, False, False)
    token = carried(client, people, checked.request_id)
    for address in ("times", "time", "time/cancel", "appointment.ics"):
        told = client.post(f"/status/{address}", data={"carried": token, "starts_at": "2026-11-23T07:00:00+00:00"})
        assert (told.status_code, told.location) == (303, "/status"), address
    assert (waiting(people), booked(people)[0][1]) == (0, AppointmentState.BOOKED)


WRONG = [
    *("", "tomorrow", "2026-11-23", "2026-11-23T07:00:00", "2026-11-23T07:10:00+00:00", "2026-11-22T07:00:00+00:00"),
    *("2026-11-20T07:00:00+00:00", "2027-03-01T07:00:00+00:00", "0001-01-01T00:00:00+23:59"),
    *("9999-12-31T23:59:59-23:59", "٢٠٢٦-١١-٢٣T07:00:00+00:00", "\0", "x" * 9000),
]


@pytest.mark.parametrize("at", WRONG)
def test_a_time_that_is_none_is_said_and_nothing_is_kept(
    client: FlaskClient, people: SmallOffice, checked: Case, at: str
) -> None:
    answer = take(client, carried(client, people, checked.request_id), at)
    assert (answer.status_code, waiting(people)) == (400, 0)
    assert times(answer)


@pytest.mark.parametrize("address", ["times", "time", "time/cancel", "appointment.ics"])
def test_who_carries_nothing_of_ours_is_led_to_the_question(client: FlaskClient, address: str) -> None:
    for token in ("", "x" * 5000, "\N{ARABIC LETTER BEH}"):
        answer = client.post(f"/status/{address}", data={"carried": token})
        assert (answer.status_code, answer.location) == (303, "/status")
    assert client.get(f"/status/{address}?lang=ar").location == "/status?lang=ar"


def test_changes_have_a_limit(client: FlaskClient, people: SmallOffice, checked: Case) -> None:
    token = carried(client, people, checked.request_id)
    first, second = times(shown(client, token))[:2]
    codes = [take(client, token, (first, second)[number % 2]).status_code for number in range(CHANGES + 1)]
    assert codes == [200] * CHANGES + [429]
    assert "Too many tries" in words(take(client, token, first))


def test_a_centre_that_gives_none_says_so(client: FlaskClient, people: SmallOffice, checked: Case) -> None:
    with people.act(SYSTEM) as act:
        capacity.give(act, centres.named(act, "timisoara"), dict.fromkeys(Purpose, Given(0, 30, 0)))
    answer = shown(client, carried(client, people, checked.request_id))
    assert (times(answer), "No time is free" in words(answer)) == ([], True)


def test_the_calendar_file_says_when_and_where_alone(client: FlaskClient, people: SmallOffice, checked: Case) -> None:
    token = carried(client, people, checked.request_id)
    at = dt.datetime.fromisoformat(times(shown(client, token))[0])
    take(client, token, at.isoformat())
    answer = client.post("/status/appointment.ics", data={"carried": token})
    lines = answer.data.split(b"\r\n")
    assert (answer.mimetype, lines[0], lines[-2:]) == ("text/calendar", b"BEGIN:VCALENDAR", [b"END:VCALENDAR", b""])
    assert max(map(len, lines)) <= 75
    whole = answer.data.replace(b"\r\n ", b"").decode()
    fields = dict(line.partition(":")[::2] for line in whole.split("\r\n") if line)
    assert fields["DTSTART"] == f"{at.astimezone(dt.UTC):%Y%m%dT%H%M%SZ}"
    assert (fields["SUMMARY"], "Timi" in fields["LOCATION"]) == ("Appointment", True)
    reference, born = who(people, checked.request_id)
    for secret in (reference, born, born.replace("-", ""), "Al-Masri", "Layla", checked.number):
        assert secret not in whole
