"""A bulk is drawn: what is ticked is taken in, what is an exception is left to itself, some are drawn by lot."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from issuance import document_types
from issuance.acts import Act, Look
from issuance.document_types.rules import Bulk as BulkRules
from issuance.errors import Conflict, InvalidInput
from issuance.models.duties import Bulk, BulkCase, DutyName
from issuance.models.requests import IssuanceRequest
from issuance.services import duties
from issuance.services.bulks.exceptions import ALIKE, alone, has_alike
from issuance.services.care import protection
from issuance.services.casework import decisions
from issuance.services.rule_versions import rules_today
from issuance.states import RequestState


def rules_on_bulk(look: Look, document_type: str) -> BulkRules | None:
    """What may be approved together of a type today; None where each request is decided by itself."""
    return rules_today(look, document_type).bulk if document_type in document_types.load() else None


def draw(act: Act, document_type: str, request_ids: Collection[UUID]) -> Bulk:
    """Take in what may be approved together of these requests, and draw those that are decided one by one before.

    What is decided, the actor's own or in a bulk of today already is passed over. Conflict when nothing is left.
    """
    rules = rules_on_bulk(act, document_type)
    if rules is None:
        raise Conflict("Requests for this document are decided one by one. Open the next one.")
    if not request_ids:
        raise InvalidInput("case", "Tick the requests to approve together: x ticks a row, Shift and x all of them.")
    if len(request_ids) > rules.most:
        raise InvalidInput("case", "At most %(most)s requests are approved together. Tick fewer.", most=rules.most)
    found = _open(act, document_type, request_ids)
    why = _exceptions(act, found)
    waiting = [request for request in found if request.id not in why]
    if not waiting:
        raise Conflict("None of the ticked requests may be approved together with others. Decide them one by one.")
    drawn = {request.id for request in by_lot(waiting, rules.sample_of(len(waiting)))}
    return _keep(act, document_type, found, why, drawn)


def by_lot(among: Sequence[IssuanceRequest], count: int) -> list[IssuanceRequest]:
    """So many of them, by the machine's own randomness: nobody can choose which."""
    return secrets.SystemRandom().sample(among, count)


def digests(look: Look, requests: Collection[IssuanceRequest]) -> dict[UUID, str]:
    """A digest of what there is to decide on, by request."""
    found = decisions.parts(look, requests)
    return {key: hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest() for key, parts in found.items()}


def _open(look: Look, document_type: str, request_ids: Collection[UUID]) -> list[IssuanceRequest]:
    """Those of them that this officer may decide on now and that are in no bulk of today."""
    taken = select(BulkCase.request_id).where(BulkCase.day == look.clock.today())
    query = select(IssuanceRequest).where(
        IssuanceRequest.id.in_(request_ids),
        IssuanceRequest.centre_id == look.actor.centre_id,
        IssuanceRequest.document_type == document_type,
        IssuanceRequest.state == RequestState.COMPLETE,
        IssuanceRequest.id.not_in(taken.where(BulkCase.request_id.in_(request_ids))),
        duties.requests_open_to(look.actor.id, DutyName.DECISION),
        *protection.open_to(look),
    )
    return list(look.session.scalars(query.order_by(IssuanceRequest.lodged_on, IssuanceRequest.id)))


def _exceptions(look: Look, found: Collection[IssuanceRequest]) -> dict[UUID, str]:
    why = alone(look, found)
    return why | {each.id: ALIKE for each in found if each.id not in why and has_alike(look, each)}


def _keep(
    act: Act, document_type: str, found: list[IssuanceRequest], why: dict[UUID, str], drawn: Collection[UUID]
) -> Bulk:
    """Write the bulk with its cases; Conflict when another took one of them in at this very moment."""
    today, seen = act.clock.today(), digests(act, found)
    bulk = Bulk(officer_id=act.actor.id, centre_id=act.actor.centre_id, document_type=document_type, day=today)
    act.session.add(bulk)
    act.session.flush()
    rows = [
        BulkCase(
            bulk=bulk,
            request=each,
            day=today,
            drawn=each.id in drawn,
            seen=seen[each.id],
            outcome=why.get(each.id, ""),
        )
        for each in found
    ]
    try:
        with act.session.begin_nested():
            act.session.add_all(rows)
    except IntegrityError as error:
        raise Conflict("Somebody took one of these requests into a bulk meanwhile. Look at the list again.") from error
    act.record("bulk.drawn", bulk, *found, document_type=document_type, count=len(found) - len(why), drawn=len(drawn))
    return bulk
