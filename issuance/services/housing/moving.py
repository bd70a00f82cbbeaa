"""A person moves: told at the desk within a term of the law, or late with a reason; never refused for it (E11)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

from issuance.acts import Act, Look
from issuance.errors import Conflict, InvalidInput, NotFound
from issuance.law.persons.residence import Term, late_reasons, printed_by, residence_rules_on, typed
from issuance.models.duties import DutyName
from issuance.models.people import Person
from issuance.models.requests import IssuanceRequest
from issuance.models.residence import Residence
from issuance.models.staff import Centre
from issuance.services import centres, duties
from issuance.services.casework import corrections
from issuance.services.duties import Task
from issuance.services.persons import people
from issuance.services.persons.versions import Made
from issuance.services.residence import history
from issuance.services.reviews import files
from issuance.values import names
from issuance.values.calendar import check_past
from issuance.values.codes import one_of


@dataclass(frozen=True)
class Said:
    """Where the person lives now: a private `address`, or the centre `house` by its short name; the other is empty.

    `moved_on` is None where nobody knows the day, `reported_on` the day on which the person told it, by `reported_by`.
    """

    address: str = ""
    house: str = ""
    moved_on: dt.date | None = None
    leaves_on: dt.date | None = None
    reported_on: dt.date | None = None
    reported_by: str = "desk"
    evidence: str = ""
    late_because: str = ""


def move(act: Act, request: IssuanceRequest, said: Said) -> Residence:
    """The person of this case lives elsewhere: the place before ends, documents not made yet follow.

    InvalidInput names the field; Conflict for where the person lives already. What was printed stays as it is.
    """
    centres.check_own(act, request)
    person = request.person
    people.lock(act, person)
    house, address = _place(act, said)
    reported_on = said.reported_on or act.clock.today()
    _check_days(act, said, reported_on)
    before = history.current(act, person)
    number = history.next_number(act, person)
    if before:
        _leave_before(act, before, house, address, said.moved_on)
    term = _term(act, person, said.moved_on) if said.moved_on and number > 1 else None
    row = Residence(
        person=person,
        number=number,
        address=address,
        house=house,
        moved_on=said.moved_on,
        leaves_on=said.leaves_on,
        reported_on=reported_on,
        reported_by=one_of("reported_by", said.reported_by, typed()),
        term=term or "",
        due_on=due_on(said.moved_on, term),
        evidence=names.check_text("evidence", said.evidence.strip()),
        request_id=request.id,
        recorded_in=request.centre_id,
        recorded_by=act.actor.id,
        recorded_at=act.clock.now(),
    )
    if said.late_because and row.is_late:
        row.late_because = one_of("late_because", said.late_because, late_reasons())
    act.session.add(row)
    _let_register_say(act, person, row.text, row.evidence)
    late = (reported_on - row.due_on).days if row.is_late and row.due_on else 0
    act.record("person.residence_recorded", request, person, row, way=row.reported_by, late=late)
    return row


def leave(act: Act, request: IssuanceRequest, on: dt.date | None) -> None:
    """The person lives there no more, and the office does not know where instead."""
    centres.check_own(act, request)
    row = _current(act, request)
    people.lock(act, request.person)
    _check_after(act, row, on)
    history.end(act, row, on)
    _let_register_say(act, request.person, "", "")
    act.record("person.residence_left", request, request.person, row)


def announce(act: Act, request: IssuanceRequest, leaves_on: dt.date | None) -> None:
    """The last day of the person's housing is known, or is not any more."""
    centres.check_own(act, request)
    row = _current(act, request)
    if row.house_id is None:
        raise Conflict("The person lives at a private address, which has no last day. Record the move instead.")
    if leaves_on and row.moved_on and leaves_on < row.moved_on:
        raise InvalidInput("leaves_on", "The housing would end before it began. Correct the day.")
    row.leaves_on = leaves_on
    act.record("person.housing_announced", request, request.person, row)


def explain(act: Act, request: IssuanceRequest, residence_id: UUID, because: str) -> None:
    """Say why this move was told late; said again, the later reason counts."""
    centres.check_own(act, request)
    row = act.session.get(Residence, residence_id)
    if row is None or row.person_id != request.person_id:
        raise NotFound("There is no such residence of this person. Open the list again.")
    if not row.is_late:
        raise Conflict("This move was told in time. Open the list again.")
    row.late_because = one_of("because", because, late_reasons())
    act.record("person.late_move_explained", request, request.person, row, because=because)


def due_on(moved_on: dt.date | None, term: Term | None) -> dt.date | None:
    """The last day to tell a move; None where the day of the move is not known, or nothing was to be told."""
    return residence_rules_on(moved_on).of(term).after(moved_on) if moved_on and term else None


def _term(look: Look, person: Person, day: dt.date) -> Term:
    """By which term a move of this day is told: while a review is open, that of Art 103(2)."""
    return "review" if files.open_for(look, person.id, day) else "otherwise"


def _place(look: Look, said: Said) -> tuple[Centre | None, str]:
    """The house or the address; InvalidInput for both and for none."""
    if bool(said.house) == bool(said.address.strip()):
        raise InvalidInput(
            "address", "Type the address, or choose the centre in which the person is housed: one of both."
        )
    if said.house:
        house = next((each for each in centres.listed(look) if each.code == said.house and each.active), None)
        if house is None:
            raise InvalidInput("house", "This is no open centre. Choose one from the list.")
        return house, ""
    if said.leaves_on:
        raise InvalidInput("leaves_on", "Only a housing in a centre has a last day. Leave it empty.")
    return None, names.check_text("address", said.address)


def _check_days(look: Look, said: Said, reported_on: dt.date) -> None:
    today = look.clock.today()
    check_past("reported_on", reported_on, today)
    if said.moved_on:
        check_past("moved_on", said.moved_on, today)
        if said.moved_on > reported_on:
            raise InvalidInput("reported_on", "It was told before the person moved. Correct one of the days.")
        if said.leaves_on and said.leaves_on < said.moved_on:
            raise InvalidInput("leaves_on", "The housing would end before it began. Correct the day.")


def _leave_before(act: Act, before: Residence, house: Centre | None, address: str, on: dt.date | None) -> None:
    """End the place before; Conflict when it is this one, InvalidInput when the days would lie over one another."""
    is_same = before.house_id == house.id if house else before.address == address
    if is_same and history.holds_on(before, act.clock.today()):
        raise Conflict("The register has this already as where the person lives. Nothing was changed.", field="address")
    _check_after(act, before, on, "moved_on")
    history.end(act, before, on)


def _check_after(look: Look, before: Residence, on: dt.date | None, field: str = "moved_out_on") -> None:
    if on is None:
        return
    check_past(field, on, look.clock.today())
    if before.moved_on and on < before.moved_on:
        raise InvalidInput(field, "On this day the person had not come to the place before. Correct the day.")


def _current(look: Look, request: IssuanceRequest) -> Residence:
    row = history.current(look, request.person)
    if row is None:
        raise Conflict("The register does not know where the person lives. Record it first.")
    return row


def _let_register_say(act: Act, person: Person, address: str, evidence: str) -> None:
    """The register says the address of today, and so does what prints it and is not made yet."""
    act.session.flush()
    undone = corrections.undone(act, person)
    for request in undone:
        duties.take(act, Task(DutyName.CASE, request))
    people.change(act, person, {"address": address}, Made("residence", evidence))
    corrections.follow(act, [request for request in undone if request.document_type in printed_by()])
