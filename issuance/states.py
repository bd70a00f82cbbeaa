"""The life of requests, documents, print jobs, blanks, appointments and files as tables of moves; nothing else goes.

`advance` is the only writer of a state; `begin` says where a row of before this register stands. Source: docs/law.md,
section 4; ADR 0006 and 0030 for the moves we added.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Protocol

from issuance.actors import Actor
from issuance.errors import Conflict


class RequestState(StrEnum):
    """Where a request stands. Refused, withdrawn, delivered and closed end it."""

    LODGED = "lodged"
    INCOMPLETE = "incomplete"
    COMPLETE = "complete"
    APPROVED = "approved"
    IN_PRODUCTION = "in_production"
    READY = "ready"
    DELIVERED = "delivered"
    UNCOLLECTED = "uncollected"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    CLOSED = "closed"


class DocumentState(StrEnum):
    """Where one production attempt, with its own number, stands. Expired is never stored: it is a function of today."""

    PREPARED = "prepared"
    PERSONALISED = "personalised"
    CHECKED = "checked"
    VALID = "valid"
    SUSPENDED = "suspended"
    LOST = "lost"
    STOLEN = "stolen"
    DAMAGED = "damaged"
    REPLACED = "replaced"
    VOIDED = "voided"
    SURRENDERED = "surrendered"
    DESTROYED = "destroyed"
    CANCELLED = "cancelled"


class JobState(StrEnum):
    """Where one print job stands. `held` waits for the device's own answer or for a person who looked, `sent` for the
    result of a bureau, which takes days."""

    PREPARING = "preparing"
    QUEUED = "queued"
    CLAIMED = "claimed"
    SENT = "sent"
    DONE = "done"
    NOT_STARTED = "not_started"
    SPOILED = "spoiled"
    HELD = "held"
    CANCELLED = "cancelled"


class BatchState(StrEnum):
    """Where a batch of print jobs stands; stations claim its jobs while it runs."""

    PLANNED = "planned"
    RUNNING = "running"
    PAUSED = "paused"
    DONE = "done"
    CANCELLED = "cancelled"


class BlankState(StrEnum):
    """Where one numbered blank is; the kinds of the ledger's places are the same (`models.supply.Place`)."""

    RECEIVED = "received"
    IN_VAULT = "in_vault"
    IN_TRANSIT = "in_transit"
    AT_CENTRE = "at_centre"
    AT_STATION = "at_station"
    CONSUMED = "consumed"
    SPOILED = "spoiled"
    DESTROYED = "destroyed"
    MISSING = "missing"
    FOUND = "found"


class OrderState(StrEnum):
    """Where an order for blanks of another centre stands."""

    ASKED = "asked"
    AGREED = "agreed"
    REFUSED = "refused"
    IN_PARTS = "in_parts"
    DONE = "done"
    WITHDRAWN = "withdrawn"


class ParcelState(StrEnum):
    """Where blanks stand that go from one centre to another: packed, sealed and sent, counted there, acknowledged."""

    PACKED = "packed"
    SENT = "sent"
    COUNTED = "counted"
    ARRIVED = "arrived"
    UNPACKED = "unpacked"
    LOST = "lost"


class CardState(StrEnum):
    """Where one card of a declared stack stands: in the feeder, or taken by a document.

    What is provisional or doubted is bound to nothing yet; confirmed was scanned where it was expected.
    """

    WAITING = "waiting"
    PROVISIONAL = "provisional"
    DOUBTED = "doubted"
    CONFIRMED = "confirmed"
    ENDED = "ended"


class AppointmentState(StrEnum):
    """What became of an appointment: missed when its day ended and nobody had come."""

    BOOKED = "booked"
    CAME = "came"
    MISSED = "missed"
    CANCELLED = "cancelled"


class TicketState(StrEnum):
    """Where a ticket of the waiting room stands; who was absent may be called once more."""

    WAITING = "waiting"
    CALLED = "called"
    ABSENT = "absent"
    DONE = "done"


class FileState(StrEnum):
    """Where a file of case handling stands; done, it is lodged again when somebody decided on lines that waited."""

    UPLOADED = "uploaded"
    CHECKING = "checking"
    CHECKED = "checked"
    REFUSED = "refused"
    LODGING = "lodging"
    PAUSED = "paused"
    DONE = "done"
    STOPPED = "stopped"


class NoticeState(StrEnum):
    """Where a message to a person stands. Nobody knows of an unknown one whether it was sent: it is not sent again.

    Dropped: nobody wanted it any more. Given up: the other side did not take it in time. Refused without having been
    sent: its address does not open any more.
    """

    WAITING = "waiting"
    SENDING = "sending"
    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    REFUSED = "refused"
    GIVEN_UP = "given_up"
    UNKNOWN = "unknown"
    DROPPED = "dropped"


class ReunificationState(StrEnum):
    """Where a request for family reunification stands; travelled when every approved member came."""

    ASKED = "asked"
    INCOMPLETE = "incomplete"
    COMPLETE = "complete"
    DECIDED = "decided"
    TRAVELLED = "travelled"
    CLOSED = "closed"


class ReviewState(StrEnum):
    """Where the review of a person's status stands. Stopped, maintained and withdrawn end it."""

    OPENED = "opened"
    NOTIFIED = "notified"
    HEARD = "heard"
    PROPOSED = "proposed"
    AGREED = "agreed"
    COMMUNICATED = "communicated"
    APPEALED = "appealed"
    STOPPED = "stopped"
    MAINTAINED = "maintained"
    WITHDRAWN = "withdrawn"


class CaseEventState(StrEnum):
    """Where an event of case handling stands: held until what comes before it is there, or refused until tried again.

    Set aside: a supervisor said that it will not be applied, and those after it go on.
    """

    HELD = "held"
    REFUSED = "refused"
    APPLIED = "applied"
    SET_ASIDE = "set_aside"


Moves = Mapping[StrEnum, frozenset[StrEnum]]


def _moves(table: str, states: type[StrEnum]) -> Moves:
    """Read `from -> to | to` lines; a state without a line has no way out."""
    moves: dict[StrEnum, frozenset[StrEnum]] = {state: frozenset() for state in states}
    for line in table.strip().splitlines():
        start, _, ends = line.partition("->")
        moves[states(start.strip())] = frozenset(states(end.strip()) for end in ends.split("|"))
    return moves


MOVES: Mapping[type[StrEnum], Moves] = {
    RequestState: _moves(
        """
        lodged -> incomplete | complete | withdrawn
        incomplete -> complete | withdrawn
        complete -> incomplete | approved | refused | withdrawn
        approved -> in_production | complete | withdrawn
        in_production -> ready | complete | withdrawn
        ready -> in_production | delivered | uncollected
        uncollected -> ready | closed
        """,
        RequestState,
    ),
    DocumentState: _moves(
        """
        prepared -> personalised | cancelled
        personalised -> checked | cancelled
        checked -> valid | cancelled
        valid -> suspended | lost | stolen | damaged | replaced | voided | surrendered
        suspended -> valid | lost | stolen | voided
        surrendered -> destroyed
        damaged -> destroyed
        """,
        DocumentState,
    ),
    JobState: _moves(
        """
        preparing -> queued | cancelled | held
        queued -> claimed | cancelled | held
        claimed -> sent | done | not_started | spoiled | held
        sent -> done | not_started | spoiled | held
        not_started -> queued
        held -> sent | done | not_started | spoiled
        """,
        JobState,
    ),
    BatchState: _moves(
        """
        planned -> running | done | cancelled
        running -> paused | done | cancelled
        paused -> running | done | cancelled
        """,
        BatchState,
    ),
    BlankState: _moves(
        """
        received -> in_vault | missing
        in_vault -> in_transit | missing
        in_transit -> in_vault | at_centre | missing
        at_centre -> in_transit | at_station | missing
        at_station -> at_centre | consumed | spoiled | missing
        consumed -> spoiled
        spoiled -> destroyed | missing
        missing -> found
        found -> in_vault | spoiled
        """,
        BlankState,
    ),
    OrderState: _moves(
        """
        asked -> agreed | refused | withdrawn
        agreed -> in_parts | withdrawn
        in_parts -> done | withdrawn
        """,
        OrderState,
    ),
    ParcelState: _moves(
        """
        packed -> sent | unpacked
        sent -> counted | lost
        counted -> sent | arrived
        """,
        ParcelState,
    ),
    CardState: _moves(
        """
        waiting -> provisional | doubted | ended
        provisional -> doubted | confirmed | ended
        doubted -> waiting | provisional | confirmed | ended
        """,
        CardState,
    ),
    AppointmentState: _moves("booked -> came | missed | cancelled", AppointmentState),
    TicketState: _moves(
        """
        waiting -> called
        called -> absent | done
        absent -> called
        """,
        TicketState,
    ),
    FileState: _moves(
        """
        uploaded -> checking | stopped
        checking -> checked | refused | stopped
        checked -> lodging | stopped
        lodging -> paused | done | stopped
        paused -> lodging | stopped
        done -> lodging
        """,
        FileState,
    ),
    NoticeState: _moves(
        """
        waiting -> sending | dropped | refused
        sending -> waiting | accepted | refused | given_up | unknown
        accepted -> delivered | refused
        unknown -> accepted | delivered | refused
        """,
        NoticeState,
    ),
    ReunificationState: _moves(
        """
        asked -> incomplete | complete | closed
        incomplete -> complete | closed
        complete -> incomplete | decided | closed
        decided -> travelled | closed
        travelled -> closed
        """,
        ReunificationState,
    ),
    ReviewState: _moves(
        """
        opened -> notified | stopped
        notified -> heard
        heard -> proposed
        proposed -> heard | agreed
        agreed -> communicated | maintained
        communicated -> appealed | withdrawn
        appealed -> maintained | withdrawn
        """,
        ReviewState,
    ),
    CaseEventState: _moves(
        """
        held -> applied | refused | set_aside
        refused -> held | set_aside
        """,
        CaseEventState,
    ),
}


# Sets of states, each once.

AT_THE_DESK = (RequestState.LODGED, RequestState.INCOMPLETE)
"""What a clerk works on: something may be missing."""

UNDECIDED = (*AT_THE_DESK, RequestState.COMPLETE)
"""What nothing is frozen of yet."""

APPROVED = (
    RequestState.APPROVED,
    RequestState.IN_PRODUCTION,
    RequestState.READY,
    RequestState.UNCOLLECTED,
    RequestState.DELIVERED,
)
"""Since the approval."""

WITHOUT_DOCUMENT = (RequestState.REFUSED, RequestState.WITHDRAWN)
"""Ended, and no document came of it."""

ENDED = (*WITHOUT_DOCUMENT, RequestState.DELIVERED, RequestState.CLOSED)
"""What has no way out."""

OPEN = tuple(state for state in RequestState if state not in ENDED)

UNCHECKED = (DocumentState.PREPARED, DocumentState.PERSONALISED)
"""What a quality officer has still to check, or will have."""

IN_THE_MAKING = (*UNCHECKED, DocumentState.CHECKED)

HANDED_OVER = tuple(state for state in DocumentState if state not in (*IN_THE_MAKING, DocumentState.CANCELLED))
"""Handed over, whatever became of it: at most one document of a request."""

JOBS_WAITING = (JobState.PREPARING, JobState.QUEUED)
JOBS_REPORTABLE = (JobState.CLAIMED, JobState.SENT, JobState.HELD)
"""Claimed by a station that has still to say what became of it."""

JOBS_OPEN = (*JOBS_WAITING, *JOBS_REPORTABLE)
"""What has not ended: of which nobody has said yet how it did."""

JOBS_MADE = (JobState.DONE, JobState.SPOILED)

JOBS_UNMADE = (JobState.NOT_STARTED, JobState.CANCELLED)
"""Ended, and no blank was touched."""

JOBS_ENDED = (*JOBS_MADE, *JOBS_UNMADE)

BATCHES_OPEN = (BatchState.PLANNED, BatchState.RUNNING, BatchState.PAUSED)
"""What has not ended."""

ORDERS_OPEN = (OrderState.ASKED, OrderState.AGREED, OrderState.IN_PARTS)
"""What has not ended."""

PARCELS_ON_THEIR_WAY = (ParcelState.SENT, ParcelState.COUNTED)
"""Sealed and sent, and not acknowledged by two persons of the other centre."""

PARCELS_OPEN = (ParcelState.PACKED, *PARCELS_ON_THEIR_WAY)
"""What has not ended."""

CARDS_OPEN = (CardState.WAITING, CardState.PROVISIONAL, CardState.DOUBTED)
"""In the feeder, or out of it and not accounted for."""


REUNIFICATIONS_AT_THE_DESK = (ReunificationState.ASKED, ReunificationState.INCOMPLETE)
"""To which members are added: something may be missing."""

FILES_UNLODGED = (FileState.UPLOADED, FileState.CHECKING, FileState.CHECKED, FileState.LODGING, FileState.PAUSED)
"""Files of which rows are kept."""


class Stateful(Protocol):
    """Anything with a state and the id of who moved it there."""

    state: Any
    state_by: Any


def allowed(state: StrEnum) -> frozenset[StrEnum]:
    """The states that can follow `state`."""
    return MOVES[type(state)][state]


def advance(thing: Stateful, to: StrEnum, *, actor: Actor) -> None:
    """Move `thing` to the state `to`; Conflict, naming both states, when its life has no such move."""
    if to not in allowed(thing.state):
        raise Conflict(
            "This is %(state)s and cannot become %(to)s. Open it again to see what happened meanwhile.",
            state=str(thing.state),
            to=str(to),
        )
    thing.state = to
    thing.state_by = actor.id


def begin(thing: Stateful, state: StrEnum) -> None:
    """Where a new row stands whose life was before this register: no move of ours led there, and nobody's."""
    thing.state = state
