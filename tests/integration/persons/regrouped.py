"""Records of one person, proposed to be merged and split by two: what the tests of regrouping share."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from issuance.actors import Actor
from issuance.models.people import Person, Regrouping
from issuance.models.requests import IssuanceRequest
from issuance.services.regrouping import proposals
from issuance.services.regrouping.proposals import Why
from tests.people import LAYLA, SmallOffice, changed

WHY = Why("both were shown the same passport", "passport N004512873 of 2020")
OTHER = changed(
    LAYLA,
    family_name="Masry",
    given_names="Leila",
    native_name="",
    birth_date="1992-01-02",
    document_type="TD-C",
    case_reference="2026/TM/0009",
    eurodac_reference="RO1AAAA00000009",
    birth_place="Damascus",
)
"""The same woman as somebody else wrote her down, asking for something else."""


def person_of(office: SmallOffice, request_id: UUID) -> Person:
    with office.reading() as look:
        return look.session.get_one(IssuanceRequest, request_id).person


def get(office: SmallOffice, kind: type[Any], key: UUID) -> Any:
    with office.reading() as look:
        return look.session.get_one(kind, key)


def propose(office: SmallOffice, person: UUID, other: UUID, who: str = "clerk", why: Why = WHY) -> UUID:
    with office.act(office.actors[who]) as act:
        both = [act.session.get_one(Person, key) for key in (person, other)]
        return proposals.propose_merge(act, *both, why).id


def agree(office: SmallOffice, row_id: UUID, who: str | Actor = "second_clerk") -> UUID:
    with office.act(who if isinstance(who, Actor) else office.actors[who]) as act:
        return proposals.agree(act, act.session.get_one(Regrouping, row_id)).id


def merge(office: SmallOffice, person: UUID, other: UUID) -> UUID:
    row_id = propose(office, person, other)
    agree(office, row_id)
    office.clock.advance(dt.timedelta(minutes=1))
    return row_id


def undo(office: SmallOffice, merge_id: UUID) -> None:
    with office.act(office.actors["supervisor"]) as act:
        row_id = proposals.propose_undo(act, act.session.get_one(Regrouping, merge_id), WHY).id
    agree(office, row_id)


def split(office: SmallOffice, person: UUID, requests: list[UUID], to: UUID | None = None) -> UUID:
    with office.act(office.actors["clerk"]) as act:
        other = act.session.get_one(Person, to) if to else None
        row = proposals.propose_split(act, act.session.get_one(Person, person), requests, other, WHY)
        row_id = row.id
    return agree(office, row_id)
