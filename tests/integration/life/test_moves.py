"""Every move of the state tables has an act and a test.

The moves of requests and documents are walked here: each test names the moves that it makes and the act of each, and
the act must truly have made it. So must the tests that `moves.OTHERS` names for jobs and blanks, wherever they are.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import pytest

from card_drivers.order import Outcome
from issuance.models.documents import Document
from issuance.models.requests import IssuanceRequest
from issuance.services.casework import decisions, handover, requests
from issuance.services.life import collection, destruction, endings, loss
from issuance.services.life.loss import Said
from issuance.services.production import quality
from issuance.states import MOVES, BlankState, DocumentState, JobState, RequestState
from tests.fixtures.databases import on_sqlite
from tests.integration.life.test_collection import days
from tests.integration.moves import KINDS, OTHERS, SERVICES, noted
from tests.people import LAYLA, NOON, Case, SmallOffice, changed

ROOT = Path(__file__).parents[3]
HERE = "tests/integration/life/test_moves.py"
WALKED: dict[str, tuple[str, str]] = {}
"""Move -> the act that makes it, and the test."""


def moves(kind: type[Any]) -> set[str]:
    """The moves of a table as `request lodged -> complete`."""
    return {f"{KINDS[kind]} {start} -> {end}" for start, ends in MOVES[kind].items() for end in ends}


# Walking


def walks(**by: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """The decorated test makes these moves: `casework_handover_hand_over="document checked -> valid, ..."`."""
    named = {move: act.replace("__", ".") for act, text in by.items() for move in text.split(", ")}

    def mark(test: Callable[..., None]) -> Callable[..., None]:
        WALKED.update({move: (act, f"{HERE}::{test.__name__}") for move, act in named.items()})

        @wraps(test)
        def walked(*args: Any, **fixtures: Any) -> None:
            with noted() as made:
                test(*args, **fixtures)
            assert {move: act for move, act in named.items() if act not in made.get(move, ())} == {}, made

        return on_sqlite(walked)  # type: ignore[no-any-return]

    return mark


def on_request(office: SmallOffice, who: str, case: Case, act: Callable[..., object], *more: Any) -> None:
    with office.act(office.actors[who]) as work:
        act(work, work.session.get_one(IssuanceRequest, case.request_id), *more)


def on_document(
    office: SmallOffice, who: str, case: Case, act: Callable[..., object], *more: Any, **named: Any
) -> None:
    with office.act(office.actors[who]) as work:
        act(work, work.session.get_one(Document, case.document_id), *more, **named)


def follow(office: SmallOffice, case: Case, **changes: Any) -> None:
    """A replacement of this document is made and handed over."""
    with office.reading() as look:
        person_id = look.session.get_one(IssuanceRequest, case.request_id).person_id
    replacement = changed(
        LAYLA, kind="replacement", replacement_reason="damaged", previous_document=case.number, person_id=person_id,
        case_reference="next",
    )  # fmt: skip
    following = office.carry("checked", replacement)
    office.hand_over(following.request_id, following.number, **changes)


@pytest.fixture
def valid(office: SmallOffice, checked: Case) -> Case:
    office.hand_over(checked.request_id, checked.number)
    return checked


# Requests


@walks(
    casework__requests__wait_for="request lodged -> incomplete",
    casework__requests__complete="request incomplete -> complete",
    casework__decisions__send_back="request complete -> incomplete",
    casework__decisions__withdraw="request incomplete -> withdrawn",
)
def test_to_the_officer_and_back(office: SmallOffice, lodged: Case) -> None:
    on_request(office, "clerk", lodged, requests.wait_for, ["portrait"])
    office.enrol(lodged.request_id)
    on_request(office, "decision_officer", lodged, decisions.send_back, ["portrait"])
    on_request(office, "clerk", lodged, decisions.withdraw, "left")


@walks(casework__decisions__withdraw="request lodged -> withdrawn")
def test_withdrawn_at_once(office: SmallOffice, lodged: Case) -> None:
    on_request(office, "clerk", lodged, decisions.withdraw, "left")


@walks(
    casework__requests__complete="request lodged -> complete", casework__decisions__refuse="request complete -> refused"
)
def test_refused(office: SmallOffice, lodged: Case) -> None:
    office.enrol(lodged.request_id)
    on_request(office, "decision_officer", lodged, decisions.refuse, "no status")


@walks(casework__decisions__withdraw="request complete -> withdrawn")
def test_withdrawn_before_the_decision(office: SmallOffice, complete: Case) -> None:
    on_request(office, "clerk", complete, decisions.withdraw, "left")


@walks(
    casework__decisions__approve="request complete -> approved",
    casework__decisions__withdraw="request approved -> withdrawn, document prepared -> cancelled",
    production__jobs__stop="job preparing -> cancelled",
)
def test_approved_and_withdrawn(office: SmallOffice, complete: Case) -> None:
    office.approve(complete.request_id)
    on_request(office, "clerk", complete, decisions.withdraw, "left")


@walks(production__jobs__prepared="job preparing -> queued")
def test_prepared(office: SmallOffice, approved: Case) -> None:
    office.prepare(approved.document_id)


@walks(casework__decisions__take_back="request approved -> complete")
def test_approved_and_taken_back(office: SmallOffice, complete: Case) -> None:
    office.approve(complete.request_id)
    on_request(office, "clerk", complete, decisions.take_back)


@walks(casework__decisions__take_back="request in_production -> complete")
def test_claimed_not_started_and_taken_back(office: SmallOffice, queued: Case) -> None:
    office.open_shift()
    office.make(Outcome.NOT_STARTED)
    on_request(office, "clerk", queued, decisions.take_back)


@walks(
    production__jobs__claim="request approved -> in_production",
    casework__decisions__withdraw="request in_production -> withdrawn",
)
def test_claimed_not_started_and_withdrawn(office: SmallOffice, queued: Case) -> None:
    office.open_shift()
    office.make(Outcome.NOT_STARTED)
    on_request(office, "clerk", queued, decisions.withdraw, "left")


@walks(
    production__jobs__settle="document prepared -> personalised, job claimed -> done",
    production__quality__check="document personalised -> checked, request in_production -> ready",
)
def test_made_and_checked(office: SmallOffice, claimed: Case) -> None:
    office.make(claim=claimed.claim)
    assert office.check(claimed.document_id, office.readings(claimed.document_id))


@walks(production__quality__reject="document personalised -> cancelled")
def test_rejected(office: SmallOffice, made: Case) -> None:
    on_document(office, "quality_officer", made, quality.reject, "scratched")


@walks(casework__handover__find_wrong="request ready -> in_production, document checked -> cancelled")
def test_found_wrong(office: SmallOffice, checked: Case) -> None:
    on_request(office, "clerk", checked, handover.find_wrong, "scratched")


@walks(casework__handover__hand_over="request ready -> delivered, document checked -> valid")
def test_handed_over(office: SmallOffice, checked: Case) -> None:
    office.hand_over(checked.request_id, checked.number)


@walks(
    life__collection__note="request ready -> uncollected",
    life__collection__bring_back="request uncollected -> ready",
    life__collection__discard="request uncollected -> closed",
)
def test_not_collected(office: SmallOffice, checked: Case) -> None:
    for what in (collection.bring_back, collection.discard):
        days(office, 180)
        with office.act(office.actors["supervisor"]) as act:
            assert collection.note(act) == 1
        on_request(office, "clerk", checked, what)


# Documents after the hand-over


def report(office: SmallOffice, case: Case) -> None:
    on_document(office, "clerk", case, loss.report, Said("lost", "holder", NOON.date()))


def settle(office: SmallOffice, who: str, case: Case, act: Callable[..., None], *more: str) -> None:
    with office.act(office.actors[who]) as work:
        act(work, loss.open_report(work, work.session.get_one(Document, case.document_id)), *more)


@walks(life__loss__report="document valid -> suspended", life__loss__lift="document suspended -> valid")
def test_found_again(office: SmallOffice, valid: Case) -> None:
    report(office, valid)
    settle(office, "clerk", valid, loss.find)
    settle(office, "second_clerk", valid, loss.lift)


@walks(life__loss__confirm="document suspended -> lost")
def test_confirmed_lost(office: SmallOffice, valid: Case) -> None:
    report(office, valid)
    settle(office, "clerk", valid, loss.confirm, "lost", "portrait")


@walks(life__loss__confirm="document suspended -> stolen")
def test_confirmed_stolen(office: SmallOffice, valid: Case) -> None:
    report(office, valid)
    settle(office, "clerk", valid, loss.confirm, "stolen", "portrait")


@walks(life__endings__end="document suspended -> voided")
def test_ended_while_suspended(office: SmallOffice, valid: Case) -> None:
    report(office, valid)
    on_document(office, "supervisor", valid, endings.end, "death", "12/2026", given_back=False)


@walks(life__endings__end="document valid -> voided")
def test_ended_on_a_ground(office: SmallOffice, valid: Case) -> None:
    on_document(office, "supervisor", valid, endings.end, "death", "12/2026", given_back=False)


def destroy(office: SmallOffice, case: Case) -> None:
    with office.act(office.actors["clerk"]) as act:
        key = destruction.begin(act, [case.number]).id
    with office.act(office.actors["supervisor"]) as act:
        destruction.witness(act, destruction.opened(act, key), "burnt")


@walks(life__endings__end="document valid -> damaged", life__destruction__witness="document damaged -> destroyed")
def test_damaged_and_destroyed(office: SmallOffice, valid: Case) -> None:
    on_document(office, "clerk", valid, endings.end, "damaged", "window", given_back=True)
    destroy(office, valid)


@walks(
    life__endings__succeed="document valid -> surrendered",
    life__destruction__witness="document surrendered -> destroyed",
)
def test_given_back_for_the_next_and_destroyed(office: SmallOffice, valid: Case) -> None:
    follow(office, valid, surrendered_number=valid.number)
    destroy(office, valid)


@walks(life__endings__succeed="document valid -> replaced")
def test_replaced_by_the_next(office: SmallOffice, valid: Case) -> None:
    follow(office, valid, why_not_given_back="elsewhere")


@walks(life__endings__succeed="document valid -> lost")
def test_lost_when_the_next_comes(office: SmallOffice, valid: Case) -> None:
    follow(office, valid, why_not_given_back="lost")


@walks(life__endings__succeed="document valid -> stolen")
def test_stolen_when_the_next_comes(office: SmallOffice, valid: Case) -> None:
    follow(office, valid, why_not_given_back="stolen")


# All of them


@pytest.mark.parametrize("kind", [RequestState, DocumentState])
def test_every_move_of_requests_and_documents_is_walked(kind: type[Any]) -> None:
    assert {move for move in WALKED if move.startswith(KINDS[kind])} == moves(kind)


def test_every_move_of_jobs_and_blanks_has_an_act() -> None:
    made = set(OTHERS) | {move for move in WALKED if move.startswith(("job ", "blank "))}
    assert made == moves(JobState) | moves(BlankState)


@pytest.mark.parametrize("place", sorted(set(OTHERS.values()) | set(WALKED.values())))
def test_the_act_and_the_test_that_are_named_exist(place: tuple[str, str]) -> None:
    act, test = place
    module, _, name = act.rpartition(".")
    assert name in functions(SERVICES / f"{module.replace('.', '/')}.py")
    file, _, name = test.partition("[")[0].partition("::")
    assert name in functions(ROOT / file)


def functions(path: Path) -> set[str]:
    return {node.name for node in ast.parse(path.read_text("utf-8")).body if isinstance(node, ast.FunctionDef)}
