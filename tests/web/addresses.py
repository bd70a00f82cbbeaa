"""The address of every page of the staff, each with an example of what it is about."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from issuance.models.requests import RuleVersion
from issuance.models.staff import RoleName, Staff
from issuance.office import Office
from issuance.services.trust import sessions
from issuance.web.frame.auth import access_of
from tests.people import LAYLA, SmallOffice, Stage, changed
from tests.web.conftest import CSRF, address_of

NO_PAGES = re.compile(
    r"\.(pdf|png|csv|jsonl|sig)$|/(portrait|earlier|master|picture|drawing|chip|phone)$|<token>|<uuid:evidence_id>$"
)
NOTHING_THERE = {"regrouping_id", "difference_id", "destruction_id", "check_id", "entry_id", "row_id", "member_id"}
"""Things of which the office of the tests has none: their pages say so, inside the skeleton."""

LONG = changed(LAYLA, family_name="Abdelrahman-Almutawakkil Albaghdadi", case_reference="")
STAGES = {Stage.LODGED: "Bartholomäus-Konstantin", Stage.COMPLETE: "Maximiliana", Stage.APPROVED: "Konstantina"}
"""How far the other requests are, beside the one whose document waits for its check, and whose they are."""


@dataclass(frozen=True, slots=True)
class Address:
    """A page, the role with which it is opened, and all roles that may open it."""

    path: str
    role: RoleName
    roles: frozenset[RoleName]


def every_address(app: Flask, things: dict[str, Any], requests: list[UUID]) -> Iterator[Address]:
    """Each page of the staff once for each request it may be about, opened by the first role that may."""
    bound = app.url_map.bind("localhost", "/")
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule):
        access = access_of(app, rule.endpoint)
        is_page = access and access.kind == "staff" and "GET" in (rule.methods or ()) and not NO_PAGES.search(rule.rule)
        if not is_page or rule.arguments & NOTHING_THERE:
            continue
        assert access
        roles = frozenset(access.roles)
        role = next(role for role in RoleName if role in roles)
        for request_id in requests if rule.arguments == {"request_id"} else [things["request_id"]]:
            values = {name: things[name] for name in rule.arguments} | {"request_id": request_id}
            yield Address(bound.build(rule.endpoint, {name: values[name] for name in rule.arguments}), role, roles)


def key_of(office: Office, role: RoleName) -> str:
    """The key of a new session of the account with this role."""
    with office.upkeep() as look:
        account = look.session.scalars(select(Staff).where(Staff.email == address_of(role))).unique().one()
        row, key = sessions.begin(look, account.id, "Firefox, Linux")
        sessions.keep(look, row.id, {"csrf_token": CSRF})
    return key


@pytest.fixture
def every_page(app: Flask, office: Office, people: SmallOffice, things: dict[str, Any]) -> list[Address]:
    """The pages, in an office with requests of a person whose name is long."""
    requests = [people.carry(stage, changed(LONG, given_names=name)).request_id for stage, name in STAGES.items()]
    with office.reading() as look:
        version = look.session.scalars(select(RuleVersion.id)).first()
    return list(every_address(app, things | {"version_id": version}, [*requests, things["request_id"]]))
