"""What an administrator may change of the rules has a name on the page, for every document type."""

from __future__ import annotations

import json

import pytest

from issuance import document_types
from issuance.services.admin import rule_fields
from issuance.web.words.codes import RULE_NUMBERS, RULE_TABLES


@pytest.mark.parametrize("code", document_types.load())
def test_every_rule_that_may_change_has_a_name(code: str) -> None:
    block = json.loads(document_types.get(code).rules[-1].canonical_json())
    found = rule_fields.fields(block)
    assert found
    assert {field.section for field in found} <= RULE_TABLES.keys()
    named = RULE_NUMBERS.keys() | {f"evidence[{number}].kinds" for number in range(1, len(block["evidence"]) + 1)}
    assert {field.key for field in found if field.kind != "text"} <= named
