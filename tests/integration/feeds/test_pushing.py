"""Files pushed to a real server: in order, signed, with growing pauses, held when it says that they are wrong."""

from __future__ import annotations

import datetime as dt
import threading
from base64 import b64decode
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from issuance.chores import feeds as chores
from issuance.errors import Conflict, Unfit
from issuance.law.office.feeds import recipients
from issuance.models.feeds import FeedFile
from issuance.services.feeds import files, outbox, pushing
from issuance.settings import Settings, check
from tests.feeds import report, sent, told
from tests.people import Case, SmallOffice


class Other(ThreadingHTTPServer):
    """The other side: it answers what it is told to, and keeps what came."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers: list[int] = []
        self.came: list[tuple[dict[str, str], bytes]] = []


class Handler(BaseHTTPRequestHandler):
    """One request of it."""

    server: Other

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.came.append((dict(self.headers), body))
        self.send_response(self.server.answers.pop(0) if self.server.answers else 204)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Nothing is said."""


@pytest.fixture
def other() -> Iterator[Other]:
    server = Other()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def pushed(office: SmallOffice, checked: Case, other: Other) -> Case:
    """A document that was handed over at an office which pushes to case handling."""
    url = f"http://127.0.0.1:{other.server_port}/take"
    office.settings = office.settings.model_copy(update={"feed_urls": f"case_handling={url}"})
    office.hand_over(checked.request_id, checked.number)
    chores.make_feeds(office)
    return checked


def test_what_is_taken_is_acknowledged_and_signed(office: SmallOffice, pushed: Case, other: Other) -> None:
    (file,) = sent(office, "case_handling")
    chores.push_feeds(office)
    ((headers, body),) = other.came
    assert (headers["Liman-File"], headers["Content-Type"], body) == ("1", "application/jsonl", file.body)
    assert b64decode(headers["Liman-Signature"]) == file.signature
    assert [row.acknowledged_at for row in told(office, "case_handling")] == [office.clock.now()]
    chores.push_feeds(office)
    assert len(other.came) == 1


def test_who_takes_nothing_is_asked_again_after_growing_pauses(office: SmallOffice, pushed: Case, other: Other) -> None:
    other.answers = [503, 500]
    chores.push_feeds(office)
    chores.push_feeds(office)
    assert len(other.came) == 1  # not before its pause is over
    office.clock.advance(dt.timedelta(seconds=30))
    chores.push_feeds(office)
    office.clock.advance(dt.timedelta(seconds=59))
    chores.push_feeds(office)
    assert len(other.came) == 2
    office.clock.advance(dt.timedelta(seconds=1))
    report(office, pushed)
    chores.make_feeds(office)
    chores.push_feeds(office)
    assert [headers["Liman-File"] for headers, _ in other.came] == ["1", "1", "1", "2"]
    assert all(row.acknowledged_at for row in told(office, "case_handling"))


def test_what_is_refused_is_held_until_somebody_looked_and_nothing_overtakes_it(
    office: SmallOffice, pushed: Case, other: Other
) -> None:
    other.answers = [422]
    chores.push_feeds(office)
    report(office, pushed)
    chores.make_feeds(office)
    office.clock.advance(dt.timedelta(hours=2))
    chores.push_feeds(office)
    assert len(other.came) == 1
    with office.reading() as look:
        first = files.taken(look, "case_handling", 1)
        assert first.push_refused == 422
        assert look.session.scalar(pushing.held()) == 1
        assert outbox.standing(look, recipients()["case_handling"]).unanswered == 2
    with office.act(office.actors["supervisor"]) as act:
        pushing.again(act, act.session.get_one(FeedFile, first.id))
        with pytest.raises(Conflict, match="not held"):
            pushing.again(act, act.session.get_one(FeedFile, first.id))
    chores.push_feeds(office)
    assert [headers["Liman-File"] for headers, _ in other.came] == ["1", "1", "2"]


def test_who_is_not_there_holds_nobody_up(office: SmallOffice, pushed: Case, other: Other) -> None:
    other.server_close()
    office.settings = office.settings.model_copy(update={"feed_urls": "case_handling=http://127.0.0.1:9/take"})
    chores.push_feeds(office)
    with office.reading() as look:
        file = files.taken(look, "case_handling", 1)
    assert (file.tries, file.next_try_at) == (1, office.clock.now() + dt.timedelta(seconds=30))


@pytest.mark.parametrize(
    "urls",
    [
        "case_handling=http://case.example/take",
        "case_handling=https://user:secret@case.example/",
        "https://case.example/",
        "case_handling=ftp://127.0.0.1/",
        "sis=https://sis.example/",
        "nobody=https://case.example/",
    ],
)
def test_nothing_goes_over_a_wire_that_anybody_reads(urls: str) -> None:
    with pytest.raises(Unfit, match="LIMAN_FEED_URLS"):
        check(Settings(feed_urls=urls))


def test_an_address_over_tls_is_fit() -> None:
    check(Settings(feed_urls="case_handling=https://case.example:8443/take return_system=http://localhost:8/x"))
