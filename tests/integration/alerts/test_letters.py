"""An owner is told of an account by one letter: through a real mail server, on both databases."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from uuid import UUID

import pytest
from sqlalchemy import select, update

from issuance.chores.public import notices as chores
from issuance.errors import NotAllowed, NotFound
from issuance.models.audit import AuditEvent
from issuance.models.notices.letters import AccountLetter
from issuance.models.staff import AccountAlert, RoleName, Staff
from issuance.sending import tries
from issuance.services.alerts import letters, owners
from issuance.services.alerts.owners import Kind
from issuance.services.trust import accounts
from issuance.states import NoticeState
from printing.papers.wording import LANGUAGES
from tests import relay
from tests.counterparts import free_port
from tests.fixtures.databases import on_sqlite
from tests.integration.alerts.test_owners import id_of, new_actor, session_of, told
from tests.people import SmallOffice
from tests.relay import CUT, Relay

AROUND = {"subject", "happened", "when", "mine", "not-mine", "no-link", "no-answer"}


@pytest.fixture
def mail(office: SmallOffice) -> Iterator[Relay]:
    with relay.running() as running:
        use(office, running.port)
        yield running


def use(office: SmallOffice, port: int) -> None:
    said = {"smtp_url": f"smtp://127.0.0.1:{port}", "smtp_from": "no-reply@liman.example"}
    office.settings = office.settings.model_copy(update=said)


def rows(office: SmallOffice) -> list[AccountLetter]:
    with office.reading() as look:
        return list(look.session.scalars(select(AccountLetter).order_by(AccountLetter.id)))


def events(office: SmallOffice) -> list[str]:
    with office.reading() as look:
        found = look.session.scalars(select(AuditEvent.act).order_by(AuditEvent.id))
        return [act for act in found if act.startswith("account.letter")]


def send(office: SmallOffice) -> None:
    for _ in range(3):
        chores.send_notices(office)


def wait(office: SmallOffice, **time: float) -> None:
    office.clock.advance(dt.timedelta(**time))
    office.keep_time()


def email_of(office: SmallOffice, account_id: UUID) -> str:
    with office.reading() as look:
        return look.session.get_one(Staff, account_id).email


def test_a_changed_password_is_one_letter_in_the_owners_language(office: SmallOffice, mail: Relay) -> None:
    clerk = office.actors["clerk"]
    mine = session_of(office, clerk)
    with office.database.engine.begin() as connection:
        connection.execute(update(Staff).where(Staff.id == clerk.id).values(language="ar"))
    with office.act(clerk) as act:
        accounts.change_own_password(act, "-", mine)
    send(office)
    (letter,) = mail.came
    assert mail.to == [email_of(office, id_of(clerk))]
    assert (letter["Subject"], letter["Content-Language"]) == ("حدث شيء في حسابكم", "ar")
    assert "غُيّرت كلمة المرور." in letter.get_content()
    assert letter["List-Unsubscribe"] is None, "nobody switches it off"
    assert events(office) == ["account.letter_sent"]


def test_all_that_is_odd_about_one_log_in_is_one_letter(office: SmallOffice, mail: Relay) -> None:
    clerk = office.actors["clerk"]
    with office.act(clerk) as act:
        account = act.session.get_one(Staff, clerk.id)
        owners.tell(act, account, Kind.NEW_DEVICE, Kind.AT_NIGHT, device="Firefox, Linux")
        owners.tell(act, account)  # nothing is odd
        act.record("account.logged_in", account)
    send(office)
    (letter,) = mail.came
    for part in ("nou pentru acest cont", "noaptea"):
        assert part in letter.get_content()


def test_an_act_that_is_rolled_back_writes_nothing(office: SmallOffice, mail: Relay) -> None:
    clerk = office.actors["clerk"]
    mine = session_of(office, clerk)

    def fail() -> None:
        with office.act(clerk) as act:
            accounts.change_own_password(act, "-", mine)
            assert act.session.scalars(select(AccountLetter)).all()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    send(office)
    assert (mail.came, rows(office)) == ([], [])


def test_without_a_relay_the_page_alone_tells(office: SmallOffice) -> None:
    told(office, office.actors["clerk"], Kind.NEW_DEVICE, None)
    assert rows(office) == []
    with office.reading() as look:
        assert look.session.scalars(select(AccountAlert.kind)).all() == ["new-device"]


def test_a_relay_that_was_taken_away_leaves_nothing_waiting(office: SmallOffice, mail: Relay) -> None:
    told(office, office.actors["clerk"], Kind.NEW_DEVICE, None)
    office.settings = office.settings.model_copy(update={"smtp_url": ""})
    send(office)
    chores.lose_notices(office)
    assert [row.state for row in rows(office)] == [NoticeState.WAITING]
    wait(office, days=3, minutes=1)
    chores.lose_notices(office)
    assert [row.state for row in rows(office)] == [NoticeState.DROPPED]
    assert events(office) == ["account.letter_dropped"]


def test_what_the_relay_may_take_later_is_sent_once(office: SmallOffice, mail: Relay) -> None:
    told(office, office.actors["clerk"], Kind.NEW_DEVICE, None)
    mail.will_answer("RCPT", "451 later")
    send(office)
    assert mail.came == []
    wait(office, minutes=1)
    send(office)
    wait(office, days=1)
    send(office)
    assert len(mail.came) == 1


def test_a_line_that_was_cut_after_the_letter_is_not_tried_again(office: SmallOffice, mail: Relay) -> None:
    told(office, office.actors["clerk"], Kind.NEW_DEVICE, None)
    mail.will_answer("DATA", CUT)
    send(office)
    wait(office, days=1)
    send(office)
    assert (len(mail.came), events(office)) == (1, ["account.letter_unknown"])


def test_a_worker_that_ended_leaves_it_unknown(office: SmallOffice, mail: Relay) -> None:
    told(office, office.actors["clerk"], Kind.NEW_DEVICE, None)
    with office.upkeep() as look:
        assert letters.take(look, ["email"])
    wait(office, minutes=11)
    chores.lose_notices(office)
    send(office)
    assert (mail.came, events(office)) == ([], ["account.letter_unknown"])


def test_a_relay_that_is_down_is_asked_once_a_minute_and_given_up_after_two_days(office: SmallOffice) -> None:
    use(office, free_port())
    for _ in range(2):
        told(office, office.actors["clerk"], Kind.NEW_DEVICE, None)
    for _ in range(3):
        with pytest.raises(chores.Down):
            chores.send_notices(office)
    assert sorted(row.tries for row in rows(office)) == [0, 1]
    for pause in tries.PAUSES:
        wait(office, seconds=pause.total_seconds() + 61)
        for _ in range(2):
            with pytest.raises(chores.Down):
                chores.send_notices(office)
            wait(office, seconds=61)
    assert "account.letter_given_up" in events(office)


def test_a_refused_address_is_told_to_another_administrator_who_settles_it(office: SmallOffice, mail: Relay) -> None:
    head, other = (new_actor(office, name, RoleName.ADMINISTRATOR) for name in ("head", "other"))
    far = new_actor(office, "far", RoleName.ADMINISTRATOR, "galati")
    told(office, head, Kind.PASSKEY_ADDED, None)
    mail.will_answer("RCPT", "550 no such mailbox")
    send(office)
    wait(office, days=1)
    send(office)
    (row,) = rows(office)
    assert (mail.came, row.state, row.code) == ([], NoticeState.REFUSED, "550")
    assert events(office) == ["account.letter_refused"]
    for actor, waits in ((head, []), (far, []), (other, [row.id])):
        with office.reading(actor) as look:
            assert [each.id for each in letters.came_back(look)] == waits
            assert look.session.scalar(letters.count_came_back(look)) == len(waits)
    for actor in (head, far):
        with pytest.raises(NotAllowed), office.act(actor) as act:
            letters.settle(act, row.id)
    with office.act(other) as act:
        letters.settle(act, row.id)
    with pytest.raises(NotFound), office.act(other) as act:
        letters.settle(act, row.id)


def test_a_closed_account_is_not_written_to(office: SmallOffice, mail: Relay) -> None:
    told(office, office.actors["clerk"], Kind.NEW_DEVICE, None)
    with office.database.engine.begin() as connection:
        connection.execute(update(Staff).values(active=False))
    send(office)
    assert (mail.came, [row.state for row in rows(office)]) == ([], [NoticeState.DROPPED])


@on_sqlite
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_words_are_there_in_every_language_and_hold_no_name_and_no_link(
    office: SmallOffice, mail: Relay, language: str
) -> None:
    assert set(letters.words()) == {*Kind, *AROUND}
    assert all(set(said) == set(LANGUAGES) and all(said.values()) for said in letters.words().values())
    clerk = office.actors["clerk"]
    with office.database.engine.begin() as connection:
        connection.execute(update(Staff).where(Staff.id == clerk.id).values(language=language))
    with office.act(clerk) as act:
        account = act.session.get_one(Staff, clerk.id)
        owners.tell(act, account, *Kind, device="Firefox, Linux")
        act.record("account.logged_in", account)
        name, email = account.full_name, account.email
    send(office)
    (letter,) = mail.came
    text = letter.get_content()
    assert letter["Content-Language"] == language
    assert all(letters.words()[kind][language] in text for kind in Kind)
    assert re.search(r"\d\d\.\d\d\.\d{4}, \d\d:\d\d", text)
    secrets = (*name.split(), email, "Firefox", "://", "@", str(clerk.id), "%(")
    assert [word for word in secrets if word in text + str(letter["Subject"])] == []
