"""What case handling says of a person otherwise than the register: a clerk proposes it as a correction, on which a
second person decides, or says that the register is right.
"""

from __future__ import annotations

from uuid import UUID

from issuance.acts import Act, Look
from issuance.errors import NotFound
from issuance.models.exchange import CaseProposal
from issuance.models.people import Correction, Person
from issuance.services.casework import corrections
from issuance.services.casework.corrections import Proposal
from issuance.services.persons import records

REASON = "said_otherwise"


def of_person(look: Look, person: Person, key: UUID) -> CaseProposal:
    """What case handling proposes of this person with this id; NotFound for another's, or when it was settled."""
    row = look.session.get(CaseProposal, key)
    mine = {record.id for record in records.of(look, person)}
    if row is None or row.person_id not in mine or row.settled_at is not None:
        raise NotFound("This was settled already. Open the person again.")
    return row


def take(act: Act, person: Person, row: CaseProposal) -> Correction | None:
    """A clerk proposes it in their own name; None when one person was enough and it is done."""
    _settle(act, row)
    return corrections.propose(act, person, Proposal(row.said, REASON, row.evidence))


def decline(act: Act, person: Person, row: CaseProposal) -> None:
    """A clerk compared both with the file: the register is right."""
    corrections.check_ours(act, person)
    _settle(act, row)
    act.record("case_proposal.declined", row, person)


def _settle(act: Act, row: CaseProposal) -> None:
    row.settled_by, row.settled_at = act.actor.id, act.clock.now()
