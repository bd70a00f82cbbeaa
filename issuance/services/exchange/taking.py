"""Taking an event: once, in order per person, each applied in one act. What comes too early is held, what the register
refuses waits for a supervisor; nothing is lost and nothing is applied twice.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from pydantic import ValidationError
from sqlalchemy import select

from issuance.acts import Act, Look
from issuance.background import enqueue
from issuance.db import wait_turn
from issuance.errors import Conflict, InvalidInput, LimanError, StaleState
from issuance.law.office.exchange import exchange_rules
from issuance.models.exchange import CaseEvent, HandledCase
from issuance.services.exchange import effects, schema
from issuance.services.exchange.effects import UnknownPerson
from issuance.services.exchange.schema import ADAPTER, Answer, Told
from issuance.services.imports import kept
from issuance.services.imports.lines import Decision, Undecided
from issuance.states import CaseEventState, advance

TASK = "case_events"
GAP, UNKNOWN, ALIKE = "gap", "unknown_person", "alike"
"""Why an event is held."""


class OtherBody(Conflict):
    """The id was used for another event."""

    code = "other_body"

    def __init__(self) -> None:
        super().__init__("Another event has this id. Give a new event an id of its own.", field="event_id")


class NumberTaken(Conflict):
    """The number was used for another event of this person."""

    code = "number_taken"

    def __init__(self) -> None:
        super().__init__("Another event of this person has this number. Look at the next number.", field="number")


class TooFarAhead(Conflict):
    """So much is missing before it that it is not held."""

    code = "too_far_ahead"

    def __init__(self) -> None:
        super().__init__("Too many events before this one are missing. Send those first.", field="number")


@dataclass(frozen=True)
class Opened:
    """What a held or refused event says, why it waits, and who somebody here decided that it is about."""

    event: Told
    error: LimanError | None = None
    decided: Decision | None = None


def read(body: bytes) -> Told:
    """The event in a body; InvalidInput names the fields that are wrong, never their values."""
    try:
        return ADAPTER.validate_json(body)
    except ValidationError as error:
        wrong = [(".".join(map(str, e["loc"][1:])) or "body", e["type"]) for e in error.errors()[:5]]
        places = "; ".join(f"{_place(place)}: {kind}" for place, kind in wrong)
        raise InvalidInput(
            _place(wrong[0][0]),
            "This is no event of the schema (%(places)s). Compare it with /api/openapi.json.",
            places=places[:300],
        ) from None


def _place(place: str) -> str:
    """The place of a field, without what the sender made up: an unknown field has no name of ours."""
    parts = [part for part in place.split(".") if part in NAMES or part.isdigit()]
    return ".".join(parts[:4]) or "body"


NAMES = {name for kind in schema.KINDS for name in kind.model_fields} | set(schema.PersonKey.model_fields)


def take(act: Act, event: Told, token_id: UUID) -> CaseEvent:
    """Take one event: apply it, hold it or keep that it was refused; known again, it is what it was.

    InvalidInput, and nothing is kept, for what can be seen to be wrong at once; OtherBody, NumberTaken, TooFarAhead.
    """
    if event.occurred_on > act.clock.today():
        raise InvalidInput("occurred_on", "This day has not come yet. An event is told once it happened.")
    wait_turn(act.session, f"case {event.person.key}")
    if (before := known(act, event)) is not None:
        return before
    case = _case(act, event.person.key)
    _check_number(act, case, event.number)
    row = CaseEvent(event_id=event.event_id, case=case, token_id=token_id, kind=schema.kind_of(type(event)))
    row.number, row.occurred_on, row.received_at = event.number, event.occurred_on, act.clock.now()
    row.digest = _digest(act, event)
    row.why, row.encrypted = GAP, b""
    act.session.add(row)
    act.session.flush()
    if event.number == case.applied + 1:
        _try(act, row, Opened(event), first=True)
    else:
        _hold(act, row, Opened(event), GAP)
    return row


def known(look: Look, event: Told) -> CaseEvent | None:
    """What became of this event, when it was taken before; OtherBody when its id was another event's."""
    found = look.session.scalar(select(CaseEvent).where(CaseEvent.event_id == event.event_id))
    if found is not None and found.digest != _digest(look, event):
        raise OtherBody
    return found


def _digest(look: Look, event: Told) -> str:
    return look.vault.digest(event.model_dump_json().encode())


def next_of(look: Look, case_id: str) -> UUID | None:
    """The event of a person that waits only for its turn, which has come; None for none."""
    case = look.session.get_one(HandledCase, UUID(case_id))
    mine = CaseEvent.case_id == case.id, CaseEvent.number == case.applied + 1
    query = select(CaseEvent.id).where(*mine, CaseEvent.state == CaseEventState.HELD, CaseEvent.why == GAP)
    return look.session.scalar(query)


def go_on(act: Act, event_id: UUID) -> None:
    """The turn of an event that waited for it; nothing when another worker was faster."""
    row = act.session.get_one(CaseEvent, event_id)
    _take_turn(act, row)
    if row.state == CaseEventState.HELD and row.number == row.case.applied + 1:
        _try(act, row, opened(act, row))


def retry(act: Act, row: CaseEvent, decided: Decision | None = None) -> None:
    """Somebody here mended what was in the way, or decided who it is: the event is tried again in its turn.

    Conflict while something before it is missing, or when it is settled.
    """
    check_turn(act, row)
    if row.state == CaseEventState.REFUSED:
        advance(row, CaseEventState.HELD, actor=act.actor)
    _keep(act, row, Opened(opened(act, row).event, None, decided), GAP)
    enqueue(act.session, TASK, clock=act.clock, case_id=str(row.case_id))
    act.record("case_event.retried", row, **_said(row))


def set_aside(act: Act, row: CaseEvent, reason: str) -> None:
    """The event will not be applied: what it told is no more, or is told by another. Those after it go on."""
    check_turn(act, row)
    if not reason.strip():
        raise InvalidInput("reason", "Say why it is not applied, and who of case handling said so.")
    settle(act, row, CaseEventState.SET_ASIDE)
    act.record("case_event.set_aside", row, **_said(row), reason=reason.strip())


def check_turn(act: Act, row: CaseEvent) -> None:
    """Conflict for an event that is settled, or whose turn has not come; nobody else applies it until the act ends."""
    _take_turn(act, row)
    if row.state not in (CaseEventState.HELD, CaseEventState.REFUSED):
        raise Conflict("This event is settled already. Open the list again.")
    if row.number != row.case.applied + 1:
        raise Conflict("An event before this one is missing, or waits. It is applied in its turn.")


def _take_turn(act: Act, row: CaseEvent) -> None:
    """Nobody else applies an event of this person until the act ends, and what it knows of it is as it is now."""
    wait_turn(act.session, f"case {row.case.key}")
    act.session.refresh(row.case)
    act.session.refresh(row)


def settle(act: Act, row: CaseEvent, to: CaseEventState) -> None:
    """The event is done with: those after it can come, and what it said is forgotten. A part of an act."""
    advance(row, to, actor=act.actor)
    row.case.applied = row.number
    following = CaseEvent.case_id == row.case_id, CaseEvent.number == row.number + 1
    if act.session.scalar(select(CaseEvent.id).where(*following)):
        enqueue(act.session, TASK, clock=act.clock, case_id=str(row.case_id))
    row.why, row.field, row.encrypted, row.settled_at = "", "", b"", act.clock.now()


def opened(look: Look, row: CaseEvent) -> Opened:
    """What an event says that waits."""
    said = json.loads(look.vault.decrypt(row.encrypted, row.event_id.bytes))
    wrong, shown = said["wrong"], said["shown"]
    chosen = UUID(said["chosen"]) if said["chosen"] else None
    decided = None if shown is None else Decision(chosen, frozenset(map(UUID, shown)))
    return Opened(ADAPTER.validate_json(json.dumps(said["event"])), kept.error_of(wrong) if wrong else None, decided)


def answer(row: CaseEvent) -> Answer:
    """What its sender is told of an event."""
    return Answer(event_id=row.event_id, state=str(row.state), why=row.why, next_number=row.case.applied + 1)  # type: ignore[arg-type]


def _case(act: Act, key: str) -> HandledCase:
    found = act.session.scalar(select(HandledCase).where(HandledCase.key == key))
    if found is None:
        found = HandledCase(key=key)
        act.session.add(found)
        act.session.flush()
    return found


def _check_number(look: Look, case: HandledCase, number: int) -> None:
    mine = CaseEvent.case_id == case.id, CaseEvent.number == number
    if number <= case.applied or look.session.scalar(select(CaseEvent.id).where(*mine)):
        raise NumberTaken
    if number > case.applied + exchange_rules().ahead:
        raise TooFarAhead


def _try(act: Act, row: CaseEvent, said: Opened, *, first: bool = False) -> None:
    """Apply an event whose turn it is, whole or not at all; what was refused is kept with why."""
    try:
        with act.attempt():
            request = effects.apply(act, row, said.event, said.decided)
            settle(act, row, CaseEventState.APPLIED)
            act.record("case_event.applied", row, request, request.person, centre_id=request.centre_id, **_said(row))
    except StaleState:
        raise
    except LimanError as error:
        if first and isinstance(error, InvalidInput):
            raise
        _refuse(act, row, replace(said, error=error, decided=None))


def _refuse(act: Act, row: CaseEvent, said: Opened) -> None:
    held = UNKNOWN if isinstance(said.error, UnknownPerson) else ALIKE if isinstance(said.error, Undecided) else ""
    if held or said.error is None:
        _hold(act, row, said, held)
        return
    _keep(act, row, said, said.error.code)
    advance(row, CaseEventState.REFUSED, actor=act.actor)
    act.record("case_event.refused", row, centre_id=row.centre_id, **_said(row), code=said.error.code)


def _hold(act: Act, row: CaseEvent, said: Opened, why: str) -> None:
    _keep(act, row, said, why)
    act.record("case_event.held", row, centre_id=row.centre_id, **_said(row), code=why)


def _keep(act: Act, row: CaseEvent, said: Opened, why: str) -> None:
    """Keep what it says, encrypted, and whose supervisors look at it."""
    decided = said.decided
    text = {
        "event": said.event.model_dump(mode="json"),
        "wrong": kept.told(said.error),
        "chosen": decided and decided.chosen,
        "shown": sorted(map(str, decided.shown)) if decided else None,
    }
    row.encrypted = act.vault.encrypt(json.dumps(text, default=str).encode(), row.event_id.bytes)
    row.why, row.field = why, (said.error.field if said.error else None) or ""
    row.centre_id = effects.centre_of(act, row.case, said.event)


def _said(row: CaseEvent) -> dict[str, Any]:
    return {"kind": row.kind, "number": row.number}
