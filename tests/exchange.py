"""Case handling as the tests play it: events that are right, changed where a test says so."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any
from uuid import uuid4

from issuance.models.exchange import CaseEvent
from issuance.services.exchange import callers, taking
from issuance.services.exchange.schema import ADAPTER, Told
from tests.background import work
from tests.people import SmallOffice

PERSON = "CH-2026-000117"
MARIAM: dict[str, Any] = {
    "case_reference": "2026/TM/0900",
    "centre": "timisoara",
    "family_name": "Haidari",
    "given_names": "Mariam",
    "native_name": "مریم حیدری",
    "birth_date": "1990-03-14",
    "birth_place": "Herat",
    "sex": "F",
    "nationalities": ["AFG"],
    "language": "fa",
    "address": "Str. Armoniei 1, Timișoara",
}
DAY = "2026-10-20"
SAID: dict[str, dict[str, Any]] = {
    "application_registered": MARIAM | {"applied_on": DAY},
    "application_lodged": MARIAM,
    "decision": {"outcome": "refugee", "decision_number": "77/2026", "decided_on": DAY},
    "final": {"outcome": "negative"},
    "appeal_lodged": {},
    "appeal_decided": {"outcome": "rejected"},
    "transferred": {"to_centre": "galati"},
    "family": {"relative": {"key": "CH-2"}, "tie": "spouse", "evidence": "marriage certificate"},
    "flags": {"procedure": "accelerated", "vulnerable": True, "joint_return_decision": True},
    "representative": {"kind": "lawyer", "name": "Popa Ana", "relation": "lawyer", "evidence": "power of attorney 3"},
    "death": {"certificate": "D 4411"},
    "correction": {"said": {"birth_place": "Kabul"}, "evidence": "interview of 20 October"},
}
"""What is right of each kind."""


def body(kind: str, number: int = 1, **changes: Any) -> dict[str, Any]:
    """An event as it is sent; `key` and `eurodac_reference` change its person."""
    person = {"key": changes.pop("key", PERSON)}
    person |= {name: changes.pop(name) for name in ("eurodac_reference",) if name in changes and kind != "flags"}
    said = {"schema_version": 1, "event_id": str(uuid4()), "person": person, "number": number, "occurred_on": DAY}
    return said | {"type": kind} | SAID[kind] | changes


def event(kind: str, number: int = 1, **changes: Any) -> Told:
    """The same, as it was read."""
    return ADAPTER.validate_json(json.dumps(body(kind, number, **changes)))


def told(office: SmallOffice, kind: str, number: int = 1, **changes: Any) -> CaseEvent:
    """What became of an event that was told, after everything that waited for it."""
    with office.reading() as look:
        actor, tokens = callers.actor(look), callers.listed(look)
    if not tokens:
        with office.act(actor) as act:
            callers.add(act, "case handling")
    with office.reading() as look:
        token = callers.listed(look)[0]
    with office.act(actor) as act:
        row = taking.take(act, event(kind, number, **changes), token.id)
    work(office)
    with office.reading() as look:
        return look.session.get_one(CaseEvent, row.id)


TODAY = dt.date(2026, 11, 2)
