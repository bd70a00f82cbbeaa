"""What the papers of a review say beside its notice: the invitation, the decision, what a renunciation means."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import ClassVar, Literal

from printing.papers.data import Paper, Status, Words


@dataclass(frozen=True, slots=True)
class ReviewInvitation(Paper):
    """The person is invited to the interview of a review (Law 122/2006, Art 103(4))."""

    file: ClassVar[str] = "review_invitation"

    reference: str
    holder: str
    interview_at: dt.datetime
    interview_place: str
    officer: str
    centre_name: str
    centre_address: str


@dataclass(frozen=True, slots=True)
class ReviewDecision(Paper):
    """What was decided on a review, why, and how it can be appealed against (Law 122/2006, Art 104 and 105).

    `appeal_days` is the term of the appeal, None when protection is maintained; `leaves` says to leave the country.
    """

    file: ClassVar[str] = "review_decision"

    reference: str
    holder: str
    status: Status
    outcome: Literal["maintained", "ceased", "cancelled"]
    decision_number: str
    decided_on: dt.date
    grounds: tuple[Words, ...]
    reasons: str
    appeal_days: int | None
    leaves: bool
    officer: str
    second_officer: str
    centre_name: str
    centre_address: str


@dataclass(frozen=True, slots=True)
class Renunciation(Paper):
    """What a renunciation of protection means, explained before it has an effect (docs/law.md, E23)."""

    file: ClassVar[str] = "renunciation"

    reference: str
    holder: str
    status: Status
    given_on: dt.date
    given_by: str
    officer: str
    centre_name: str
    centre_address: str
    interpreter: str = ""
