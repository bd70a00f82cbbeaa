"""From the consent over the outbox and a mail server to what the desk sees: each notice once, or known to be lost."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy import select

from issuance import tasks
from issuance.actors import SYSTEM
from issuance.acts import Unwitnessed
from issuance.chores.public import notices as chores
from issuance.errors import Conflict, InvalidInput, NotFound, Unfit
from issuance.models.documents import Document
from issuance.models.notices import Contact, Notice, NoticeKind, ToldStop
from issuance.models.people import Person
from issuance.models.requests import IssuanceRequest
from issuance.sending import Channel, Message, Outcome, Sent
from issuance.services.casework import decisions, requests
from issuance.services.life import expiring, retention
from issuance.services.life.validity import extension
from issuance.services.lists import number
from issuance.services.notices import channels, contacts, outbox, stops, turn
from issuance.services.transfers import moving
from issuance.services.transfers.asking import Wanted
from issuance.services.trust import events
from issuance.states import NoticeState
from tests import background, relay
from tests.fixtures.databases import on_sqlite
from tests.integration.life.decreed import DAY, agreed, legal, scope, written
from tests.integration.persons.regrouped import OTHER, merge, person_of, undo
from tests.people import LAYLA, Case, SmallOffice, changed
from tests.relay import CUT, Relay

ADDRESS = "layla@post.example"


@pytest.fixture
def mail(office: SmallOffice) -> Iterator[Relay]:
    """A relay that takes what this office sends."""
    with relay.running() as running:
        said = {"smtp_url": f"smtp://127.0.0.1:{running.port}", "smtp_from": "no-reply@liman.example"}
        office.settings = office.settings.model_copy(update=said)
        yield running


def give(office: SmallOffice, case: Case, address: str = ADDRESS) -> Contact:
    with office.act(office.actors["clerk"]) as act:
        return contacts.give(act, act.session.get_one(IssuanceRequest, case.request_id), "email", address)


def states(office: SmallOffice) -> list[tuple[str, str]]:
    with office.reading() as look:
        found = look.session.scalars(select(Notice).order_by(Notice.id))
        return [(each.kind, str(each.state)) for each in found]


def acts(office: SmallOffice, case: Case) -> list[str]:
    with office.reading() as look:
        return [each.act for each in events.life_line(look, case.request_id)]


def wait(office: SmallOffice, **time: float) -> None:
    office.clock.advance(dt.timedelta(**time))
    office.keep_time()


def stop_of(mail: Relay) -> str:
    """The token in the last message."""
    return str(mail.came[-1]["List-Unsubscribe"])[1:-1].rpartition("/")[2]


def test_who_agreed_hears_how_it_goes_in_their_language_and_without_a_name(
    office: SmallOffice, made: Case, mail: Relay
) -> None:
    give(office, made)
    chores.send_notices(office)
    assert office.check(made.document_id, office.readings(made.document_id))  # type: ignore[arg-type]
    chores.send_notices(office)
    chores.send_notices(office)
    assert states(office) == [("received", "accepted"), ("ready", "accepted")]
    assert [str(each["Subject"]) for each in mail.came] == ["وصل طلبكم", "وثيقتكم جاهزة"]
    text = mail.came[1].get_content()
    assert "Timi" in text
    with office.reading() as look:
        request = look.session.get_one(IssuanceRequest, made.request_id)
        secrets = (request.reference, made.number, "Masri", "Layla", "ليلى", request.person.birth_date, "RP-R")
    assert [word for word in secrets if word in text + str(mail.came[1])] == []
    assert acts(office, made).count("notice.sent") == 2


def test_nobody_is_written_to_without_consent_nor_in_an_office_without_a_relay(
    office: SmallOffice, lodged: Case, mail: Relay
) -> None:
    tell_missing(office, lodged)
    give(office, lodged)
    office.settings = office.settings.model_copy(update={"smtp_url": ""})
    wait(office, days=1)
    tell_missing(office, lodged)
    chores.send_notices(office)
    assert states(office) == [("missing", "waiting")]  # how far it is, said when the address was given
    assert mail.came == []


def tell_missing(office: SmallOffice, case: Case) -> None:
    with office.act(office.actors["clerk"]) as act:
        request = act.session.get_one(IssuanceRequest, case.request_id)
        if request.state == "lodged":
            requests.wait_for(act, request, ["portrait"])
        else:
            requests.tell_missing(act, request)
            act.record("request.phone_recorded", request)


def test_of_one_day_that_something_is_missing_is_said_once(office: SmallOffice, lodged: Case, mail: Relay) -> None:
    give(office, lodged)
    for _ in range(3):
        tell_missing(office, lodged)
    assert states(office) == [("received", "waiting"), ("missing", "waiting")]
    wait(office, days=1)
    tell_missing(office, lodged)
    assert [kind for kind, _ in states(office)] == ["received", "missing", "missing"]


def test_an_act_that_is_not_kept_sends_nothing(office: SmallOffice, lodged: Case, mail: Relay) -> None:
    give(office, lodged)
    with suppress(KeyError), office.act(office.actors["clerk"]) as act:
        requests.wait_for(act, act.session.get_one(IssuanceRequest, lodged.request_id), ["portrait"])
        raise KeyError
    assert [kind for kind, _ in states(office)] == ["received"]


def test_what_is_refused_for_now_is_tried_again_after_longer_pauses_and_has_an_end(
    office: SmallOffice, lodged: Case, mail: Relay
) -> None:
    give(office, lodged)
    mail.will_answer("RCPT", *["451 4.7.1 later"] * 8)
    chores.send_notices(office)
    for pause in turn.PAUSES:
        wait(office, seconds=pause.total_seconds() - 1)
        chores.send_notices(office)
        wait(office, seconds=1)
        chores.send_notices(office)
    with office.reading() as look:
        row = look.session.scalars(select(Notice)).one()
        assert (row.state, row.tries, row.code) == (NoticeState.GIVEN_UP, 8, "451")
    assert acts(office, lodged)[-1] == "notice.given_up"
    assert mail.answers["RCPT"] == []


def test_what_was_refused_for_now_comes_at_the_second_try(office: SmallOffice, lodged: Case, mail: Relay) -> None:
    give(office, lodged)
    mail.will_answer("RCPT", "451 4.7.1 greylisted")
    chores.send_notices(office)
    wait(office, minutes=1)
    chores.send_notices(office)
    assert (states(office), len(mail.came)) == ([("received", "accepted")], 1)


def test_what_is_refused_for_ever_is_told_to_the_desk_until_another_address_is_given(
    office: SmallOffice, made: Case, mail: Relay
) -> None:
    give(office, made, "wrong@post.example")
    mail.will_answer("RCPT", "550 5.1.1 <wrong@post.example> unknown")
    chores.send_notices(office)
    assert waiting_at_the_desk(office) == 1
    assert office.check(made.document_id, office.readings(made.document_id))  # type: ignore[arg-type]
    assert states(office) == [("received", "refused")]  # nothing more is written there
    give(office, made)
    chores.send_notices(office)
    assert states(office) == [("received", "refused"), ("ready", "accepted")]
    assert (mail.to, waiting_at_the_desk(office)) == ([ADDRESS], 0)
    assert "wrong@" not in str([each.details for each in audit(office)])


def waiting_at_the_desk(office: SmallOffice) -> int:
    with office.reading(office.actors["clerk"]) as look:
        assert len(contacts.refused(look)) == number(look, contacts.count_refused(look))
        return len(contacts.refused(look))


def audit(office: SmallOffice) -> list[events.AuditEvent]:
    with office.reading() as look:
        return list(look.session.scalars(select(events.AuditEvent)))


def test_a_case_that_moves_takes_the_wrong_address_along(office: SmallOffice, lodged: Case, mail: Relay) -> None:
    give(office, lodged)
    mail.will_answer("RCPT", "550 no")
    chores.send_notices(office)
    with office.act(office.actors["supervisor"]) as act:
        moving.move(act, act.session.get_one(IssuanceRequest, lodged.request_id), Wanted("galati", "moved_home"))
    assert waiting_at_the_desk(office) == 0
    with office.reading() as look:
        contact = look.session.scalars(select(Contact)).one()
        assert contact.refused_in == look.session.get_one(IssuanceRequest, lodged.request_id).centre_id


def test_a_relay_that_is_not_there_is_asked_less_and_less(office: SmallOffice, lodged: Case, mail: Relay) -> None:
    give(office, lodged)
    mail.will_answer("RCPT", CUT)
    with pytest.raises(chores.Down):
        chores.send_notices(office)
    assert states(office) == [("received", "waiting")]
    wait(office, minutes=1)
    chores.send_notices(office)
    assert len(mail.came) == 1


# Never twice


def test_of_a_worker_that_ended_between_sending_and_writing_down_nobody_knows(
    office: SmallOffice, lodged: Case, mail: Relay, monkeypatch: pytest.MonkeyPatch
) -> None:
    give(office, lodged)

    def ends(*_: object) -> None:
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr(turn, "end", ends)
        with pytest.raises(SystemExit):
            chores.send_notices(office)
    assert (states(office), len(mail.came)) == ([("received", "sending")], 1)
    chores.send_notices(office)
    wait(office, minutes=11)
    chores.lose_notices(office)
    chores.send_notices(office)
    assert (states(office), len(mail.came)) == ([("received", "unknown")], 1)
    assert acts(office, lodged)[-1] == "notice.unknown"


def test_what_was_given_away_whole_and_not_answered_is_not_sent_again(
    office: SmallOffice, lodged: Case, mail: Relay
) -> None:
    give(office, lodged)
    mail.will_answer("DATA", CUT)
    chores.send_notices(office)
    wait(office, days=1)
    chores.send_notices(office)
    assert (states(office), len(mail.came)) == ([("received", "unknown")], 1)


class Slow:
    """A channel that notes what it was given."""

    def __init__(self) -> None:
        self.given: list[Message] = []

    def send(self, message: Message) -> Sent:
        self.given.append(message)
        return Sent(Outcome.ACCEPTED, "250")


def test_two_workers_send_each_notice_once(office: SmallOffice, lodged: Case, mail: Relay) -> None:
    give(office, lodged)
    with office.act(office.actors["clerk"]) as act:
        request = act.session.get_one(IssuanceRequest, lodged.request_id)
        contact = contacts.live(act, request.person)["email"]
        for number_ in range(20):
            outbox.write_to(act, contact, request, NoticeKind.RECEIVED, str(number_))
        act.record("request.phone_recorded", request)
    slow = Slow()

    def work() -> None:
        ways: dict[str, Channel] = {"email": slow}
        while chores.send_next(office, ways):
            pass

    with ThreadPoolExecutor(2) as pool:
        for worker in [pool.submit(work), pool.submit(work)]:
            worker.result()
    assert len({each.id for each in slow.given}) == len(slow.given) == 21
    assert {state for _, state in states(office)} == {"accepted"}


def test_what_is_not_so_any_more_is_not_sent(office: SmallOffice, lodged: Case, mail: Relay) -> None:
    give(office, lodged)
    tell_missing(office, lodged)
    with office.act(office.actors["clerk"]) as act:
        decisions.withdraw(act, act.session.get_one(IssuanceRequest, lodged.request_id), "does not want it")
    chores.send_notices(office)
    assert (states(office), mail.came) == ([("received", "dropped"), ("missing", "dropped")], [])


@on_sqlite
def test_upkeep_moves_a_notice_as_a_machine_and_no_further(office: SmallOffice, lodged: Case, mail: Relay) -> None:
    """Refused, given up, unknown: what somebody must know, an act alone says."""
    give(office, lodged)
    for state in set(NoticeState) - Notice.BY_MACHINE:
        with pytest.raises(Unwitnessed), office.upkeep() as look:
            look.session.scalars(select(Notice)).one().state = state
    assert states(office) == [("received", "waiting")]


# The contact


def test_an_address_is_checked_changed_and_withdrawn(office: SmallOffice, lodged: Case, mail: Relay) -> None:
    with pytest.raises(InvalidInput, match="no e-mail address"):
        give(office, lodged, "layla at post")
    with pytest.raises(InvalidInput, match="no e-mail address"):
        give(office, lodged, "лейла@post.example")
    first = give(office, lodged)
    with pytest.raises(Conflict, match="already"):
        give(office, lodged, " Layla@POST.example")
    second = give(office, lodged, "other@post.example")
    with office.act(office.actors["clerk"]) as act:
        request = act.session.get_one(IssuanceRequest, lodged.request_id)
        with pytest.raises(InvalidInput, match="does not write"):
            contacts.give(act, request, "sms", "0722 123 456")
        with pytest.raises(NotFound):
            contacts.withdraw(act, request, request.id)
        contacts.withdraw(act, request, second.id)
        with pytest.raises(Conflict):
            contacts.withdraw(act, request, second.id)
    with office.reading() as look:
        kept = {each.id: each for each in look.session.scalars(select(Contact))}
        assert (kept[first.id].withdrawn_because, kept[second.id].withdrawn_because) == ("changed", "desk")
        assert {each.encrypted for each in kept.values()} == {b""}
    chores.send_notices(office)
    assert (mail.came, {state for _, state in states(office)}) == ([], {"dropped"})


def test_no_address_stands_in_the_register_as_text(office: SmallOffice, lodged: Case, mail: Relay) -> None:
    contact = give(office, lodged)
    assert ADDRESS.encode() not in contact.encrypted
    with office.reading() as look:
        assert contacts.address_of(look, look.session.get_one(Contact, contact.id)) == ADDRESS


def test_one_tap_stops_at_once_and_becomes_an_act(office: SmallOffice, lodged: Case, mail: Relay) -> None:
    give(office, lodged)
    chores.send_notices(office)
    tell_missing(office, lodged)
    token = stop_of(mail)
    with office.upkeep() as look:
        assert (stops.tell(look, "another"), stops.tell(look, token), stops.tell(look, token)) == ("", "email", "email")
    chores.send_notices(office)
    assert len(mail.came) == 1  # what lies in the box counts already
    chores.take_stops(office)
    with office.reading() as look:
        assert look.session.scalars(select(ToldStop)).all() == []
        contact = look.session.scalars(select(Contact)).one()
        assert (contact.withdrawn_because, contact.withdrawn_by, contact.encrypted) == ("stopped", None, b"")
        assert stops.channel_of(look, token) == "email"
    with office.upkeep() as look:
        stops.tell(look, token)
    chores.take_stops(office)
    assert [each.act for each in audit(office)].count("contact.stopped") == 1


def test_a_vulnerable_person_is_told_no_place(office: SmallOffice, made: Case, mail: Relay) -> None:
    give(office, made)
    with office.act(office.actors["clerk"]) as act:
        request = act.session.get_one(IssuanceRequest, made.request_id)
        request.person.hides_place = True
        act.record("person.opened", request.person)
    assert office.check(made.document_id, office.readings(made.document_id))  # type: ignore[arg-type]
    chores.send_notices(office)
    text = mail.came[-1].get_content()
    assert "وثيقتكم جاهزة" in text
    assert "Timi" not in text


def test_contact_and_outbox_go_with_the_person(office: SmallOffice, lodged: Case, mail: Relay) -> None:
    give(office, lodged)
    chores.send_notices(office)
    with office.upkeep() as look:
        stops.tell(look, stop_of(mail))
    with office.act(office.actors["clerk"]) as act:
        decisions.withdraw(act, act.session.get_one(IssuanceRequest, lodged.request_id), "does not want it")
    wait(office, days=91)
    with office.act(office.actors["administrator"]) as act:
        retention.draw_up(act)
    with office.act(SYSTEM) as act:
        retention.agree(act)
    tasks.destroy_ended(office)
    with office.reading() as look:
        left = [look.session.scalars(select(kind)).all() for kind in (Contact, Notice, ToldStop)]
        assert left == [[], [], []]


@pytest.mark.parametrize("other_too", [False, True])
def test_of_a_record_that_is_merged_the_address_goes_along_unless_the_person_has_one(
    office: SmallOffice, complete: Case, mail: Relay, other_too: bool
) -> None:
    other = Case(office.lodge(OTHER))
    give(office, other, "other@post.example")
    if other_too:
        give(office, complete)
    kept, merged = (person_of(office, each.request_id).id for each in (complete, other))
    merge_id = merge(office, kept, merged)
    with office.reading() as look:
        (live,) = contacts.live(look, look.session.get_one(Person, kept)).values()
        assert contacts.address_of(look, live) == (ADDRESS if other_too else "other@post.example")
    undo(office, merge_id)
    with office.reading() as look:
        (live,) = contacts.live(look, look.session.get_one(Person, merged)).values()
        assert contacts.address_of(look, live) == "other@post.example"


def test_a_password_that_cannot_be_read_is_said(office: SmallOffice, mail: Relay, tmp_path: Path) -> None:
    office.settings = office.settings.model_copy(update={"smtp_password_file": tmp_path / "none"})
    with pytest.raises(Unfit, match="SMTP_PASSWORD_FILE"):
        chores.send_notices(office)


# By itself


def test_who_does_not_collect_is_reminded_once(office: SmallOffice, checked: Case, mail: Relay) -> None:
    give(office, checked)
    wait(office, days=31)
    for _ in range(2):
        tasks.note_uncollected(office)
    chores.send_notices(office)
    assert states(office) == [("ready", "accepted"), ("reminder", "accepted")]


def test_whose_document_expires_is_told_in_60_and_in_30_days(office: SmallOffice, checked: Case, mail: Relay) -> None:
    office.hand_over(checked.request_id, checked.number)
    give(office, checked)
    with office.reading() as look:
        last = look.session.get_one(Document, checked.document_id).expiry_date
    assert last is not None
    for before, expected in ((61, 0), (60, 1), (59, 1), (31, 1), (30, 2), (1, 2)):
        wait(office, days=(last - office.clock.today()).days - before)
        for _ in range(2):
            chores.write_expiring(office)
        chores.send_notices(office)
        assert len(mail.came) == expected, before
    assert ["60" in mail.came[0].get_content(), "30" in mail.came[1].get_content()] == [True, True]
    assert acts(office, checked).count("notice.expiring") == 2


def test_by_a_decree_its_last_day_counts_and_its_holders_are_told(
    office: SmallOffice, checked: Case, mail: Relay
) -> None:
    office.hand_over(checked.request_id, checked.number)
    give(office, checked)
    decree_id = agreed(office, written(office, legal(office), scope(office)))
    for _ in range(2):
        chores.tell_of_decree(office, str(decree_id))
    background.work(office)
    with office.reading() as look:
        document = look.session.get_one(Document, checked.document_id)
        printed = document.expiry_date
    assert printed is not None
    wait(office, days=(printed - office.clock.today()).days - 59)
    chores.write_expiring(office)
    assert [kind for kind, _ in states(office)] == ["decree"], "what is printed is not its last day"
    with office.reading() as look:
        longer = extension(look, look.session.get_one(Document, checked.document_id), printed + DAY)
    assert longer is not None
    for before in (59, 30):
        wait(office, days=(longer.until - office.clock.today()).days - before)
        chores.write_expiring(office)
    assert [kind for kind, _ in states(office)] == ["decree", "expiring", "expiring"]
    ways = channels.opened(office.settings, office.clock)
    while chores.send_next(office, ways):
        pass
    said = [mail.came[at].get_content() for at in (-2, -1)]
    assert ["60" in said[0], "30" in said[1], str(longer.until) in "".join(said)] == [True, True, False]


def test_a_later_request_of_who_agreed_is_confirmed(office: SmallOffice, lodged: Case, mail: Relay) -> None:
    give(office, lodged)
    with office.reading() as look:
        person_id = look.session.get_one(IssuanceRequest, lodged.request_id).person_id
    office.lodge(changed(LAYLA, document_type="TD-C", case_reference="other", person_id=person_id))
    assert [kind for kind, _ in states(office)] == ["received", "received"]


@on_sqlite
def test_an_office_without_a_relay_offers_no_channel(office: SmallOffice) -> None:
    assert channels.names(office.settings) == ()
    with office.act(SYSTEM) as act:
        assert expiring.write(act) == 0
