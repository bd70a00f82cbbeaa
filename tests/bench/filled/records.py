"""What the register knows of a person beside the newest words: versions, keys, notices, mandates, merged records."""

from __future__ import annotations

import datetime as dt
from random import Random
from typing import Any
from uuid import UUID

from issuance.models.mandates import Mandate
from issuance.models.people import (
    HOLDER_FIELDS,
    Correction,
    LoneChild,
    Namesakes,
    Person,
    PersonKey,
    PersonVersion,
    Regrouping,
    RightsNotice,
)
from tests.bench.filled.bulk import Bulk, key_at
from tests.bench.filled.papers import Asked

DAY = dt.timedelta(days=1)
CORRECTED, REPRESENTED, ALONE, NAMESAKES, MERGED = 0.03, 0.1, 0.02, 0.005, 0.02
"""Of all persons, so many were corrected, are represented, came alone, have a namesake, have a second record."""


class Records:
    """Writes these rows for one person after another."""

    def __init__(self, rows: Bulk, random: Random) -> None:
        self._rows, self._random = rows, random
        self._before: UUID | None = None

    def known(self, said: dict[str, Any], asked: Asked, *, is_open: bool) -> None:
        """Everything that goes with the first request of the person who is `said` to be so."""
        self._versions(said, asked)
        self._row(PersonKey, asked, person_id=asked.person_id, said=asked.person_id.hex * 2)
        told = {"given_by": asked.clerk, "given_at": asked.at}
        self._row(RightsNotice, asked, person_id=asked.person_id, language="ar", text_version="1", signed=True, **told)
        if self._random.random() < REPRESENTED:
            self._mandate(asked, is_open)
        self._beside(said, asked)
        self._before = asked.person_id

    def correction(self, asked: Asked, version: UUID | None) -> None:
        """The place of birth was corrected to `version`; without one it waits for a second person."""
        settled: dict[str, Any] = {}
        if version:
            settled = {"settled_by": asked.place.staff["second_clerk"], "settled_at": asked.at + DAY}
        self._row(
            Correction,
            asked,
            person_id=asked.person_id,
            said={"given_names": "Ali"},
            on_number=1,
            reason="office_error",
            evidence="passport",
            proposed_by=asked.clerk,
            proposed_at=asked.at,
            version_id=version,
            **settled,
        )

    def merge(self, asked: Asked, other: UUID, *, agreed: bool) -> None:
        """The record `other` is the same person's, as two say; or as one proposes."""
        settled: dict[str, Any] = {}
        if agreed:
            settled = {"settled_by": asked.place.staff["second_clerk"], "settled_at": asked.at + DAY}
        self._row(
            Regrouping,
            asked,
            kind="merge",
            from_id=other,
            to_id=asked.person_id,
            reason="both were shown one passport",
            evidence="passport",
            centre_id=asked.place.centre_id,
            proposed_by=asked.clerk,
            proposed_at=asked.at,
            agreed=agreed,
            **settled,
        )

    def _row(self, model: Any, asked: Asked, **values: Any) -> UUID:
        key = key_at(asked.at, self._random)
        self._rows.add(model, id=key, **values)
        return key

    def _versions(self, said: dict[str, Any], asked: Asked) -> None:
        holder = {name: said[name] for name in HOLDER_FIELDS if name in said}
        whose = {"person_id": asked.person_id, "made_by": asked.clerk}
        self._row(PersonVersion, asked, **holder, **whose, number=1, made_at=asked.at, why="lodged")
        if self._random.random() < CORRECTED:
            made = {"number": 2, "made_at": asked.at + DAY, "why": "office_error", "evidence": "passport"}
            agreed_by = asked.place.staff["second_clerk"]
            version = self._row(PersonVersion, asked, **holder, **whose, **made, agreed_by=agreed_by)
            self.correction(asked, version)

    def _mandate(self, asked: Asked, is_open: bool) -> None:
        """Somebody acts for the person: the one before, or a name; one in five represented came alone."""
        holder = {"holder_id": self._before} if self._before else {"holder_name": "Popa Ana"}
        days = {"from_day": asked.at.date(), "given_at": asked.at}
        what = {"kind": "representative", "relation": "mother", "scopes": "see_status collect", "evidence": "order 5"}
        mandate = self._row(Mandate, asked, person_id=asked.person_id, **holder, **what, **days)
        if self._random.random() < ALONE / REPRESENTED:
            ended = {} if is_open else {"mandate_id": mandate, "ended_at": asked.at + DAY, "ended_because": "guardian"}
            where = {"request_id": asked.id, "centre_id": asked.place.centre_id}
            since = {"registered_at": asked.at, "due_at": asked.at + DAY}
            self._row(LoneChild, asked, person_id=asked.person_id, **where, **since, **ended)

    def _beside(self, said: dict[str, Any], asked: Asked) -> None:
        """The person before is another of this name, or a record of this person that was merged."""
        chance, before = self._random.random(), self._before
        if before and chance < NAMESAKES:
            two = {"one_id": min(before, asked.person_id), "other_id": max(before, asked.person_id)}
            self._row(Namesakes, asked, **two, said_by=asked.clerk, said_at=asked.at)
        elif chance > 1 - MERGED:
            called = {name: said[name] for name in HOLDER_FIELDS if name in said and name != "eurodac_reference"}
            record = self._row(Person, asked, **called, merged_into=asked.person_id)
            self.merge(asked, record, agreed=True)
