"""What becomes of documents after the hand-over: lost, stolen, found again, given back and destroyed, not collected."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from random import Random
from typing import Any
from uuid import UUID

from issuance.models.endings import Destruction, Ending, LossReport, Uncollected
from issuance.states import DocumentState
from tests.bench.filled.bulk import Bulk, key_at
from tests.bench.filled.papers import Asked

DAY = dt.timedelta(days=1)
AT_ONCE = 10
"""Documents of one destruction."""

SHARES = ((DocumentState.LOST, 0.02), (DocumentState.STOLEN, 0.005), (DocumentState.DESTROYED, 0.1))
"""How documents end before their last day; the other ones are valid."""

WAITING = (DocumentState.SUSPENDED, DocumentState.DAMAGED)
"""A loss that nobody settled yet, a document that lies in the bin: of the last documents every other one."""


class Ends:
    """Ends documents that were handed over, with the rows that say so."""

    def __init__(self, rows: Bulk, random: Random) -> None:
        self._rows, self._random = rows, random
        self._binned: Counter[UUID] = Counter()
        self._destructions: dict[UUID, UUID] = {}

    def next(self, waiting: int | None) -> DocumentState:
        """The state of the next document that was handed over; of the last ones by their number."""
        if waiting is not None:
            return WAITING[waiting // 2 % 2] if waiting % 2 else DocumentState.VALID
        chance = self._random.random()
        for state, share in SHARES:
            if chance < share:
                return state
            chance -= share
        return DocumentState.VALID

    def tell(self, asked: Asked, document: UUID, state: DocumentState, handed: dt.datetime) -> None:
        """What happened so that the document is in this state; one valid one in fifty was lost and found again."""
        at = handed + 10 * DAY
        if state in (DocumentState.LOST, DocumentState.STOLEN):
            self._report(asked, document, at, str(state))
        elif state == DocumentState.SUSPENDED:
            self._report(asked, document, at, "")
        elif state in (DocumentState.DESTROYED, DocumentState.DAMAGED):
            destroyed = state == DocumentState.DESTROYED
            self._end(asked, document, at, self._destruction(asked, at) if destroyed else None)
        elif self._random.random() < 0.02:
            self._report(asked, document, at, "found")

    def uncollected(self, asked: Asked, ready: dt.datetime, left: dt.datetime | None) -> None:
        """The document waited longer than its holder was given; `left` when the holder came after all."""
        place = asked.place
        self._rows.add(
            Uncollected,
            id=key_at(ready, self._random),
            request_id=asked.id,
            centre_id=place.centre_id,
            ready_on=ready.date(),
            noted_at=ready + 30 * DAY if left else ready,
            back=left is not None,
            left_at=left,
            left_by=place.staff["clerk"] if left else None,
        )

    def _report(self, asked: Asked, document: UUID, at: dt.datetime, outcome: str) -> None:
        staff = asked.place.staff
        settled: dict[str, Any] = {}
        if outcome:
            settled = {"outcome": outcome, "settled_at": at + DAY, "settled_by": staff["clerk"]}
        if outcome == "found":
            settled |= {"found_by": staff["second_clerk"], "found_at": at + DAY}
        self._rows.add(
            LossReport,
            id=key_at(at, self._random),
            document_id=document,
            centre_id=asked.place.centre_id,
            kind="stolen" if outcome == "stolen" else "lost",
            source="holder",
            noticed_on=at.date(),
            in_time=True,
            reported_at=at,
            reported_by=staff["clerk"],
            **settled,
        )

    def _end(self, asked: Asked, document: UUID, at: dt.datetime, destruction: UUID | None) -> None:
        self._rows.add(
            Ending,
            id=key_at(at, self._random),
            document_id=document,
            ground="replaced" if destruction else "damaged",
            at=at,
            by=asked.place.staff["clerk"],
            binned_at=asked.place.centre_id,
            destruction_id=destruction,
        )

    def _destruction(self, asked: Asked, at: dt.datetime) -> UUID:
        """The one of the centre that takes this document, a new one for each AT_ONCE."""
        centre, staff = asked.place.centre_id, asked.place.staff
        if self._binned[centre] % AT_ONCE == 0:
            key = self._destructions[centre] = key_at(at, self._random)
            two = {"counted_by": staff["clerk"], "counted_at": at, "witnessed_by": staff["supervisor"]}
            self._rows.add(
                Destruction, id=key, centre_id=centre, count=AT_ONCE, method="shredded", witnessed_at=at, **two
            )
        self._binned[centre] += 1
        return self._destructions[centre]
