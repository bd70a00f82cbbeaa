"""Which roles one account may not hold together, typed once more and not copied from the file."""

from __future__ import annotations

import datetime as dt
from itertools import combinations

import pytest

from issuance.errors import RuleViolation
from issuance.law.office.roles import role_rules, role_rules_on
from issuance.models.staff import RoleName

DAY = dt.date(2026, 11, 20)
TOGETHER = {("clerk", "operator"), ("clerk", "quality_officer"), ("clerk", "supervisor")} | {
    ("decision_officer", "supervisor"),
    ("quality_officer", "supervisor"),
}
"""The only two roles that one account may have: what each does to one document is checked there."""


def test_every_pair_is_one_persons_or_says_why_not() -> None:
    rules = role_rules_on(DAY)
    for pair in combinations(map(str, RoleName), 2):
        reasons = rules.conflicts(pair)
        assert (reasons == []) is (tuple(sorted(pair)) in TOGETHER), pair


def test_one_role_is_always_one_accounts() -> None:
    assert all(role_rules_on(DAY).conflicts([role]) == [] for role in RoleName)


def test_the_table_names_roles_of_the_office() -> None:
    for rules in role_rules():
        assert {role for pair in rules.apart for role in pair.roles} <= set(map(str, RoleName))
        assert {one.role for one in rules.alone} <= set(map(str, RoleName))


def test_before_the_first_block_nobody_says() -> None:
    with pytest.raises(RuleViolation, match=r"known from 25\.05\.2018"):
        role_rules_on(dt.date(2018, 5, 24))
