"""Files of persons, on which documents hang: the review of a status, a family asked for, events of case handling; and
what bodies outside are told by pushing.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select

from card_drivers.simulators.machine import Blank as Card
from issuance.actors import SYSTEM
from issuance.acts import Act
from issuance.demo import supply
from issuance.models.documents import Document
from issuance.models.exchange import CaseEvent, ExchangeToken
from issuance.models.feeds import FeedFile
from issuance.models.requests import IssuanceRequest
from issuance.models.reunification import Reunification
from issuance.models.reviews import Review
from issuance.models.staff import Station
from issuance.services.exchange import callers, holding, taking
from issuance.services.life import entries
from issuance.services.life.entries import Crossing
from issuance.services.reunification import deciding, members, titles
from issuance.services.reunification import files as families
from issuance.services.reunification.deciding import Outcome
from issuance.services.reunification.titles import Choices
from issuance.services.reviews import decisions, deliveries, ending, hearings
from issuance.services.reviews import files as reviews
from issuance.services.reviews.decisions import Appeal, Proposal
from issuance.services.reviews.deliveries import Delivered
from issuance.services.reviews.hearings import Heard
from issuance.states import CaseEventState, DocumentState, JobState, RequestState
from tests import exchange
from tests.crash.floor import Floor
from tests.crash.people import act, direct
from tests.crash.roads.documents import one_more, tell
from tests.crash.roads.road import DAY, newest, road
from tests.integration.reunification.test_families import ENTERED, HUSBAND
from tests.integration.reviews.shared import OPENING, second_officer
from tests.people import LAYLA, SmallOffice

# The review of a status


def _delivered(act: Act) -> Delivered:
    return Delivered(act.clock.today(), "at_the_desk", "ar", "Samir Haddad")


@act("clerk", Review)
def notify(act: Act, review: Review) -> None:
    deliveries.notify(act, review, _delivered(act))


@act("decision_officer", Review)
def hear(act: Act, review: Review) -> None:
    hearings.hear(act, review, Heard("interview", act.clock.today(), "PV 12/2026"))


@act("decision_officer", Review)
def propose(act: Act, review: Review, *, outcome: str) -> None:
    decisions.propose(act, review, Proposal(outcome, "R-7/2026", "The passport was asked for.", False))


@act("second_officer", Review)
def agree_to_review(act: Act, review: Review) -> None:
    decisions.agree(act, review)


@act("second_officer", Review)
def decline(act: Act, review: Review) -> None:
    decisions.decline(act, review)


@act("clerk", Review)
def communicate(act: Act, review: Review) -> None:
    deliveries.communicate(act, review, _delivered(act))


@act("decision_officer", Review)
def appeal(act: Act, review: Review) -> None:
    decisions.appeal(act, review, Appeal(act.clock.today(), "41/2026"))


@act("decision_officer", Review)
def settle_appeal(act: Act, review: Review, *, result: str) -> None:
    decisions.settle(act, review, result, Appeal(act.clock.today(), "court, 77/2026"))


@act("decision_officer", Review)
def end_protection(act: Act, review: Review) -> None:
    ending.withdraw(act, review)


@act("decision_officer", Review)
def stop_review(act: Act, review: Review) -> None:
    reviews.stop(act, review, "Opened by mistake.")


def _five_reviewed(floor: Floor) -> None:
    reviewed_persons(floor, 5)


def reviewed_persons(floor: Floor, count: int) -> None:
    """So many persons have their permit, and a review each."""
    office = floor.office
    second_officer(office)
    for _ in range(count):
        request, document = floor.made(LAYLA)
        office.check(document, office.readings(document))
        with office.reading() as look:
            number = look.session.get_one(Document, document).number
        office.hand_over(request, number)
        with office.act(office.actors["decision_officer"]) as act:
            reviews.open_file(act, act.session.get_one(IssuanceRequest, request), OPENING)


@road(
    _five_reviewed,
    "review opened > notified > heard > proposed > heard",
    "review proposed > agreed > communicated > withdrawn",
    "review communicated > appealed > withdrawn",
    "review appealed > maintained",
    "review agreed > maintained",
    "review opened > stopped",
)
def reviewed(floor: Floor) -> None:
    with floor.office.reading() as look:
        first, second, third, fourth, fifth = look.session.scalars(select(Review.id).order_by(Review.id)).all()
    floor.do("stop_review", fifth)
    for key in (first, second, third, fourth):
        floor.do("notify", key)
        floor.do("hear", key)
    floor.do("propose", first, outcome="ceased")
    floor.do("decline", first)
    for key in (first, second, third, fourth):
        floor.do("propose", key, outcome="maintained" if key == fourth else "ceased")
        floor.do("agree_to_review", key)
        floor.do("communicate", key)
    for key, result in ((second, "rejected"), (third, "admitted")):
        floor.do("appeal", key)
        floor.do("settle_appeal", key, result=result)
    floor.later(90 * DAY)
    for key in (first, second):
        floor.do("end_protection", key)


# A family asked for


@act("clerk", Reunification)
def wait_for_family(act: Act, row: Reunification) -> None:
    families.wait_for(act, row, ["kinship"])


@act("decision_officer", Reunification)
def send_family_back(act: Act, row: Reunification) -> None:
    families.wait_for(act, row, ["identity"])


@act("clerk", Reunification)
def complete_family(act: Act, row: Reunification) -> None:
    families.complete(act, row)


@act("decision_officer", Reunification)
def decide_on_family(act: Act, row: Reunification) -> None:
    deciding.decide(act, row, {member.id: Outcome("approved") for member in row.members})


@act("clerk", Reunification)
def close_family(act: Act, row: Reunification, *, because: str) -> None:
    families.close(act, row, because)


@act("clerk", Reunification)
def lodge_title(act: Act, row: Reunification) -> IssuanceRequest:
    return titles.lodge(act, row, row.members[0], Choices("timisoara"))


@act("border_police", Document)
def enter(act: Act, document: Document) -> None:
    entries.enter(act, document.number, Crossing("Nădlac", act.clock.today()))


def _families(floor: Floor) -> None:
    """Five families are asked for; a sheet lies in the machine."""
    office = floor.office
    for _ in range(5):
        request = office.lodge(floor.person(LAYLA))
        with office.act(office.actors["clerk"]) as act:
            row = families.ask(act, act.session.get_one(IssuanceRequest, request), ENTERED)
        with office.act(office.actors["clerk"]) as act:
            members.add(act, act.session.get_one(Reunification, row.id), HUSBAND)
    with office.act(SYSTEM) as act:
        supply.bring(act, act.session.get_one(Station, office.station.id), "sheet", ["sheet-1"])
    floor.machine().load([Card(serial="sheet-1", stock="sheet")])


@road(
    _families,
    "reunification asked > incomplete > complete > incomplete > closed",
    "reunification complete > decided > travelled > closed",
    "reunification asked > complete > closed",
    "reunification asked > closed",
    "reunification decided > closed",
)
def families_come(floor: Floor) -> None:
    with floor.office.reading() as look:
        rows = look.session.scalars(select(Reunification.id).order_by(Reunification.id)).all()
    comes, stays, waits, leaves, sent_back = rows
    for key in (comes, stays, leaves):
        floor.do("complete_family", key)
    floor.do("wait_for_family", sent_back)
    floor.do("complete_family", sent_back)
    floor.do("send_family_back", sent_back)
    for key in (waits, leaves, sent_back):
        floor.do("close_family", key, because="withdrawn")
    for key in (comes, stays):
        floor.do("decide_on_family", key)
    floor.do("close_family", stays, because="not_coming")
    _come(floor, comes)
    floor.do("close_family", comes, because="arrived")


def _come(floor: Floor, key: UUID) -> None:
    """The title of the member is lodged, made and given out, and ends at the border."""
    floor.do("lodge_title", key)
    title = newest(floor, IssuanceRequest)
    floor.do("enrol", title)
    floor.do("approve", title)
    floor.wait(lambda: floor.jobs(JobState.QUEUED), "it is prepared")
    order = one_more(floor)
    tell(floor, floor.by_hand(order))
    with floor.office.reading() as look:
        document = look.session.scalars(select(Document.id).where(Document.state == DocumentState.PERSONALISED)).one()
    floor.do("check", document)
    floor.wait(lambda: _is(floor, title, RequestState.READY), "it is ready")
    floor.do("hand_over", title)
    floor.do("enter", document)


def _is(floor: Floor, key: UUID, state: RequestState) -> bool:
    with floor.office.reading() as look:
        return look.session.get_one(IssuanceRequest, key).state == state


# Events of case handling


@direct
def tell_event(office: SmallOffice, key: UUID, *, kind: str, number: int, event_id: str, person: str = "") -> UUID:
    """Case handling tells an event, and again when it hears nothing; by the token `key`."""
    said = exchange.event(kind, number, event_id=event_id, **({"key": person} if person else {}))
    with office.reading() as look:
        actor = callers.actor(look)
    with office.act(actor) as act:
        return taking.take(act, said, key).id


@act("supervisor", CaseEvent)
def try_again(act: Act, row: CaseEvent) -> None:
    holding.decide(act, row, None)


@act("supervisor", CaseEvent)
def set_event_aside(act: Act, row: CaseEvent) -> None:
    holding.set_aside(act, row, "Told twice.")


def may_tell(floor: Floor) -> None:
    """Case handling has a token."""
    with floor.office.act(SYSTEM) as act:
        callers.add(act, "case handling")


@road(
    may_tell,
    "caseevent held > applied",
    "caseevent held > refused > held > set_aside",
    "caseevent refused > set_aside",
)
def events_told(floor: Floor) -> None:
    token = newest(floor, ExchangeToken)

    def told(kind: str, number: int, person: str = "") -> UUID:
        words = {"kind": kind, "number": number, "event_id": str(uuid4()), "person": person}
        return UUID(str(floor.do("tell_event", token, **words)))

    told("application_registered", 1)
    early = told("flags", 3)
    told("decision", 2)
    floor.wait(lambda: _stands(floor, early, CaseEventState.APPLIED), "what waited is applied")
    wrong = told("appeal_decided", 4)  # no appeal was told
    floor.do("try_again", wrong)
    floor.wait(lambda: _stands(floor, wrong, CaseEventState.REFUSED), "it is refused again")
    floor.do("set_event_aside", wrong)
    floor.do("set_event_aside", told("decision", 1, "CH-unknown"))


def _stands(floor: Floor, key: UUID, state: CaseEventState) -> bool:
    with floor.office.reading() as look:
        return look.session.get_one(CaseEvent, key).state == state


# What is pushed


class _Taken(BaseHTTPRequestHandler):
    """A body outside that takes everything."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Nothing is said."""


@contextmanager
def _listening(floor: Floor) -> Iterator[None]:
    """Case handling listens, and the office of the floor knows where."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Taken) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        floor.told["LIMAN_FEED_URLS"] = f"case_handling=http://127.0.0.1:{server.server_port}/take"
        yield
        server.shutdown()


def _one_is_told(floor: Floor) -> None:
    floor.delivered()


@road(_one_is_told, "feed.file_made", "feed.pushed", beside=_listening)
def feeds_pushed(floor: Floor) -> None:
    floor.wait(lambda: _is_pushed(floor), "what was told is taken")


def _is_pushed(floor: Floor) -> bool:
    """Whether every file is settled; each look is later than the pauses of a push that failed."""
    with floor.office.reading() as look:
        mine = select(FeedFile.settled_at).where(FeedFile.recipient == "case_handling")
        found = look.session.scalars(mine).all()
        waits = look.session.scalar(select(FeedFile.id).where(FeedFile.next_try_at > look.clock.now()))
    if waits:
        floor.later(dt.timedelta(hours=1).total_seconds())
    return bool(found) and None not in found
