"""An address given at the status page: a code first, then notices, one tap to end them; and a lost reference."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from issuance.chores.public import notices as chores
from issuance.models.audit import AuditEvent
from issuance.models.notices import Contact, Notice, ToldCode, ToldContact, ToldLostReference
from issuance.models.people import Person
from issuance.models.requests import IssuanceRequest
from issuance.services.casework import decisions
from issuance.services.notices import contacts, offered
from issuance.tasks import HANDLERS
from issuance.values import references
from issuance.web.public.contacts import A_MESSAGE, CODES
from issuance.web.public.parts.carried import carry
from issuance.web.public.parts.spoken import LANGUAGES
from issuance.web.public.parts.spoken import words as spoken_words
from tests import relay
from tests.people import LAYLA, Case, SmallOffice, changed
from tests.relay import Relay
from tests.web.public.holder import ON_BOTH, ask, date_fields, words

ADDRESS = "layla@post.example"
SENT = "We send you a code."
ON = "We write to you by e-mail."
WRONG = "This is not the code, or it is too old."
TOMORROW = "You asked for many codes today."


@pytest.fixture
def mail(app: Flask, people: SmallOffice) -> Iterator[Relay]:
    """A relay that takes what this office sends."""
    with relay.running() as running:
        said = {"smtp_url": f"smtp://127.0.0.1:{running.port}", "smtp_from": "no-reply@liman.example"}
        people.settings = people.settings.model_copy(update=said)
        app.extensions["office"].settings = people.settings
        yield running


class Phone:
    """The holder of a request at their phone, and what the office does meanwhile."""

    def __init__(self, client: FlaskClient, people: SmallOffice, request_id: UUID) -> None:
        self.client, self.people = client, people
        with people.reading() as look:
            request = look.session.get_one(IssuanceRequest, request_id)
            self.known = (request.reference, request.person.birth_date)

    def post(self, path: str = "", **fields: str) -> TestResponse:
        with self.client.application.test_request_context():
            token = carry(*self.known)
        return self.client.post(f"/status/messages{path}", data={"carried": token, **fields})

    def give(self, address: str = ADDRESS, **fields: str) -> TestResponse:
        return self.post("/address", **{"channel": "email", "address": address, "agrees": "1", **fields})

    def prove(self, code: str) -> TestResponse:
        return self.post("/code", code=code)

    def office(self) -> None:
        """The office empties the boxes, and sends what waits."""
        HANDLERS["take-told"](self.people)
        HANDLERS["take-stops"](self.people)
        chores.send_notices(self.people)

    def later(self, **time: float) -> None:
        self.people.clock.advance(dt.timedelta(**time))
        self.people.keep_time()


@pytest.fixture
def phone(client: FlaskClient, people: SmallOffice, mail: Relay, lodged: Case) -> Phone:
    with people.act(people.actors["clerk"]) as act:
        request = act.session.get_one(IssuanceRequest, lodged.request_id)
        act.session.get_one(Person, request.person_id).language = "en"
        act.record("person.opened", request.person)
    return Phone(client, people, lodged.request_id)


def code_in(mail: Relay) -> str:
    found = re.search(r"\b\d{6}\b", mail.came[-1].get_content())
    assert found, mail.came[-1].get_content()
    return found[0]


def count(people: SmallOffice, kind: type) -> int:
    with people.reading() as look:
        return look.session.scalar(select(func.count()).select_from(kind)) or 0


def kept(people: SmallOffice) -> list[Contact]:
    with people.reading() as look:
        return list(look.session.scalars(select(Contact).order_by(Contact.id)))


def acts(people: SmallOffice) -> list[tuple[str, str]]:
    with people.reading() as look:
        query = select(AuditEvent).where(AuditEvent.act.like("contact.%")).order_by(AuditEvent.id)
        return [(each.act, each.actor_kind) for each in look.session.scalars(query)]


def kinds(people: SmallOffice) -> list[tuple[str, str]]:
    with people.reading() as look:
        return [(each.kind, str(each.state)) for each in look.session.scalars(select(Notice).order_by(Notice.id))]


@ON_BOTH
def test_an_address_counts_once_the_code_that_came_there_was_typed_and_ends_by_one_tap(
    phone: Phone, people: SmallOffice, mail: Relay
) -> None:
    assert "Do you want a message?" in words(ask(phone.client, *phone.known))
    asked = phone.give()
    assert (asked.status_code, SENT in words(asked), ADDRESS in asked.text) == (200, True, False)
    phone.office()
    assert mail.to == [ADDRESS]
    (contact,) = kept(people)
    assert (contact.given_by, ADDRESS.encode() in contact.encrypted) == (None, False)
    with people.reading() as look:
        person = look.session.get_one(Person, contact.person_id)
        assert (contacts.live(look, person), len(contacts.asked(look, person))) == ({}, 1)
    assert kinds(people) == [("code", "accepted")]
    code = code_in(mail)
    wrong = phone.prove("000000" if code != "000000" else "111111")
    assert (wrong.status_code, WRONG in words(wrong)) == (400, True)
    right = phone.prove(f" {code[:3]} {code[3:]} ")
    assert (right.status_code, ON in words(right)) == (200, True)
    assert ON in words(phone.post()), "what lies in the box counts"
    phone.office()
    assert kinds(people) == [("code", "accepted"), ("received", "accepted")]
    assert (count(people, ToldContact), count(people, ToldCode)) == (0, 0)
    stopped = phone.post("/stop", channel="email")
    assert "We do not write to you there any more" in words(stopped)
    assert ON not in words(phone.post())
    phone.office()
    (contact,) = kept(people)
    assert (contact.withdrawn_because, contact.encrypted, contact.address_digest) == ("stopped", b"", "")
    assert acts(people) == [
        ("contact.code_asked", "holder"),
        ("contact.proved", "holder"),
        ("contact.stopped", "holder"),
    ]


def test_a_stranger_to_whom_a_code_came_stops_it_by_the_link(phone: Phone, people: SmallOffice, mail: Relay) -> None:
    phone.give("stranger@post.example")
    phone.office()
    code = code_in(mail)
    link = str(mail.came[-1]["List-Unsubscribe"])[1:-1].partition("/stop/")[2]
    assert phone.client.post(f"/stop/{link}").status_code == 200
    assert phone.prove(code).status_code in (200, 400)
    phone.office()
    assert [each.withdrawn_because for each in kept(people)] == ["stopped"]
    assert kinds(people) == [("code", "accepted")]


@ON_BOTH
def test_another_address_takes_the_place_of_the_first_when_its_code_was_typed(
    phone: Phone, people: SmallOffice, mail: Relay
) -> None:
    for address in (ADDRESS, "other@post.example"):
        phone.give(address)
        phone.office()
        if address != ADDRESS:
            assert ON in words(phone.post()), "the first counts until then"
        phone.prove(code_in(mail))
        phone.office()
    assert [(each.withdrawn_because, each.code_until) for each in kept(people)] == [("changed", None), ("", None)]
    assert phone.give("other@post.example").status_code == 200
    phone.office()
    assert acts(people)[-1] == ("contact.not_asked", "holder"), "that is the address already"


def test_a_code_is_typed_in_time_or_the_address_is_deleted(phone: Phone, people: SmallOffice, mail: Relay) -> None:
    phone.give()
    phone.office()
    code = code_in(mail)
    phone.later(minutes=31)
    assert phone.prove(code).status_code == 400
    chores.end_codes(people)
    (contact,) = kept(people)
    assert (contact.withdrawn_because, contact.encrypted) == ("unproved", b"")
    assert acts(people)[-1] == ("contact.lapsed", "system")
    assert SENT not in words(phone.post())


def test_a_code_typed_in_time_counts_though_the_office_is_late(phone: Phone, people: SmallOffice, mail: Relay) -> None:
    phone.give()
    phone.office()
    phone.prove(code_in(mail))
    phone.later(hours=1)
    chores.end_codes(people)
    phone.office()
    assert [(each.withdrawn_because, each.code_until) for each in kept(people)] == [("", None)]


@ON_BOTH
def test_nobody_is_flooded_and_no_code_is_guessed(phone: Phone, people: SmallOffice, mail: Relay) -> None:
    for _ in range(offered.A_DAY):
        assert SENT in words(phone.give())
        assert phone.give().status_code == 200, "one lies in the box"
        phone.office()
        phone.later(minutes=20)
    assert (len(mail.came), phone.give().status_code) == (offered.A_DAY, 200)
    phone.office()
    phone.later(minutes=40)
    chores.end_codes(people)
    assert TOMORROW in words(phone.post())
    assert len(mail.came) == offered.A_DAY
    phone.later(days=1)
    assert TOMORROW not in words(phone.post())
    phone.give()
    phone.office()
    codes = [phone.prove(f"{number:06}").status_code for number in range(CODES)]
    assert set(codes) <= {200, 400}
    limited = phone.prove(code_in(mail))
    assert (limited.status_code, ON in words(limited)) == (429, False)


def test_one_address_gets_few_messages_whoever_asks(
    phone: Phone, client: FlaskClient, people: SmallOffice, mail: Relay
) -> None:
    other = people.carry("lodged", changed(LAYLA, given_names="Amal", native_name="", case_reference="2026/TM/0002"))
    others = Phone(client, people, other.request_id)
    answers = [each.give(" Layla@POST.example ").status_code for each in (phone, others, phone, others)]
    assert answers == [200, 200, 200, 429]
    assert answers.count(200) == A_MESSAGE


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"agrees": ""}, "Tick the box if you agree."),
        ({"address": "nobody"}, "This is no e-mail address."),
        ({"address": ""}, "This is no e-mail address."),
        ({"address": "a" * 5000 + "@post.example"}, "This is no e-mail address."),
        ({"channel": "sms"}, "Messages to you"),
        ({"channel": "\u202e"}, "Messages to you"),
    ],
)
def test_what_cannot_be_written_to_is_said_and_kept_nowhere(
    phone: Phone, people: SmallOffice, fields: dict[str, str], said: str
) -> None:
    answer = phone.give(**fields)
    assert (answer.status_code, said in words(answer), count(people, ToldContact)) == (400, True, 0)


def test_an_office_that_writes_to_nobody_offers_nothing(
    app: Flask, phone: Phone, people: SmallOffice, lodged: Case
) -> None:
    app.extensions["office"].settings = people.settings.model_copy(update={"smtp_url": ""})
    assert "Do you want a message?" not in words(ask(phone.client, *phone.known))
    assert phone.give().status_code == 400
    assert "/status/lost" not in phone.client.get("/status").text


def test_a_request_that_is_over_has_no_addresses(phone: Phone, people: SmallOffice, mail: Relay, lodged: Case) -> None:
    phone.give()
    with people.act(people.actors["clerk"]) as act:
        decisions.withdraw(act, act.session.get_one(IssuanceRequest, lodged.request_id), "does not want it")
    phone.office()
    assert (mail.came, acts(people)) == ([], [("contact.not_asked", "holder")])
    assert phone.post().status_code == 303


def test_what_the_box_of_strangers_says_is_looked_at_again(phone: Phone, people: SmallOffice, lodged: Case) -> None:
    with people.upkeep() as look:
        at = people.clock.now()
        row = ToldContact(request_id=lodged.request_id, channel="email", address="x y\n@z", told_at=at)
        look.session.add(row)
    phone.office()
    assert (kept(people), acts(people)) == ([], [("contact.not_asked", "holder")])


def test_a_code_that_is_refused_asks_nobody_at_the_desk(phone: Phone, people: SmallOffice, mail: Relay) -> None:
    mail.will_answer("RCPT", "550 no")
    phone.give()
    phone.office()
    (contact,) = kept(people)
    assert (contact.withdrawn_because, contact.refused_in, contact.encrypted) == ("unproved", None, b"")
    assert SENT not in words(phone.post())


# The lost reference


def lose(client: FlaskClient, address: str, born: str) -> TestResponse:
    return client.post("/status/lost", data={"channel": "email", "address": address, **date_fields(born)})


@ON_BOTH
def test_a_lost_reference_goes_to_the_address_on_record_and_who_asks_learns_nothing(
    phone: Phone, people: SmallOffice, mail: Relay, lodged: Case
) -> None:
    with people.act(people.actors["clerk"]) as act:
        contacts.give(act, act.session.get_one(IssuanceRequest, lodged.request_id), "email", ADDRESS)
    phone.office()
    mail.came.clear()
    client, (reference, born) = phone.client, phone.known
    assert "Do we write to you already?" in client.get("/status").text
    answers = [lose(client, *typed) for typed in ((ADDRESS, born), (ADDRESS, "1990-01-01"), ("nobody@x.example", born))]
    assert {(each.status_code, words(each)) for each in answers} == {(200, words(answers[0]))}
    assert "the reference comes there in a few minutes" in words(answers[0])
    before = count(people, AuditEvent)
    phone.office()
    assert count(people, AuditEvent) == before + 1, "what is sent, and nothing of who guesses"
    assert [references.grouped(reference) in each.get_content() for each in mail.came] == [True]
    assert born not in mail.came[0].get_content()
    lose(client, "LAYLA@post.example", born)
    phone.office()
    assert (len(mail.came), count(people, ToldLostReference)) == (1, 0), "once a day"
    phone.later(days=1)
    lose(client, ADDRESS, born)
    phone.office()
    assert len(mail.came) == 2


def test_addresses_of_earlier_releases_are_found_after_a_task(
    phone: Phone, people: SmallOffice, mail: Relay, lodged: Case
) -> None:
    with people.act(people.actors["clerk"]) as act:
        contacts.give(act, act.session.get_one(IssuanceRequest, lodged.request_id), "email", ADDRESS)
    with people.upkeep() as look:
        look.session.scalars(select(Contact)).one().address_digest = ""
    HANDLERS["find-contacts"](people)
    lose(phone.client, ADDRESS, phone.known[1])
    phone.office()
    assert kinds(people)[-1] == ("reference", "accepted")


def test_an_address_that_waits_for_its_code_gets_no_reference(phone: Phone, people: SmallOffice, mail: Relay) -> None:
    phone.give()
    phone.office()
    lose(phone.client, ADDRESS, phone.known[1])
    phone.office()
    assert kinds(people) == [("code", "accepted")]


def test_what_is_typed_wrongly_is_said(phone: Phone, people: SmallOffice) -> None:
    born = phone.known[1]
    assert lose(phone.client, "nobody", born).status_code == 400
    assert phone.client.post("/status/lost", data={"channel": "email", "address": ADDRESS}).status_code == 400
    assert phone.client.post("/status/lost", data={"channel": "fax", **date_fields(born)}).status_code == 400
    assert count(people, ToldLostReference) == 0
    answers = [lose(phone.client, ADDRESS, born).status_code for _ in range(A_MESSAGE + 1)]
    assert answers == [200] * A_MESSAGE + [429]
    phone.client.environ_base["REMOTE_ADDR"] = "192.0.2.7"
    assert lose(phone.client, ADDRESS, born).status_code == 200, "a stranger shuts nobody out"


# Its words


def test_every_text_is_there_in_every_language() -> None:
    assert all(set(said) == set(LANGUAGES) and all(said.values()) for said in spoken_words("contacts").values())


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_pages_are_said_in_the_language_of_their_reader(phone: Phone, language: str) -> None:
    assert spoken_words("contacts")["lost"][language] in phone.client.get(f"/status/lost?lang={language}").text
