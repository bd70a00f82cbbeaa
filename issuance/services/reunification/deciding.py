"""The decision on a request for family reunification, of each member, by who did not take it in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from issuance.acts import Act
from issuance.errors import InvalidInput, NotAllowed
from issuance.models.reunification import Reunification
from issuance.models.staff import RoleName
from issuance.services import centres
from issuance.services.reunification import members
from issuance.states import ReunificationState, advance
from issuance.values import names
from issuance.values.codes import one_of

OUTCOMES = ("approved", "refused")


@dataclass(frozen=True)
class Outcome:
    """What is decided of one member, with the reason of a refusal."""

    outcome: str
    reason: str = ""


def decide(act: Act, row: Reunification, outcomes: Mapping[UUID, Outcome]) -> None:
    """Decide on every member at once. NotAllowed for who took the request in; RuleViolation for an approval that the
    law does not know; InvalidInput for a member left out, and a refusal without a reason.
    """
    centres.check_own(act, row.request)
    if RoleName.DECISION_OFFICER not in act.actor.roles:
        raise NotAllowed("A decision officer decides on this. Ask one.")
    if row.taken_by == act.actor.id:
        raise NotAllowed("You took this request in. Another officer decides on it.")
    for member in row.members:
        said = outcomes.get(member.id, Outcome(""))
        field = f"outcome-{member.id}"
        member.outcome = one_of(field, said.outcome, OUTCOMES)
        if member.outcome == "approved":
            members.check_law(act, row, member)
            continue
        member.reason = names.check_text(f"reason-{member.id}", said.reason.strip())
        if not member.reason:
            raise InvalidInput(f"reason-{member.id}", "Say why; the person is told this.")
    row.decided_by, row.decided_on = act.actor.id, act.clock.today()
    advance(row, ReunificationState.DECIDED, actor=act.actor)
    approved = sum(member.outcome == "approved" for member in row.members)
    act.record("reunification.decided", row, row.request, approved=approved, refused=len(row.members) - approved)
