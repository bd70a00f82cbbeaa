"""The words and reasons requests are read by."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from issuance import document_types
from issuance.law.documents.requests import RequestWords, request_words


def test_the_reasons_of_a_replacement() -> None:
    assert request_words().replacement_reasons == ("lost", "stolen", "damaged", "office_error", "changed_data")


def test_a_correction_is_free_where_the_office_erred() -> None:
    words = request_words()
    assert words.correction_reasons == ("office_error", "said_otherwise", "new_evidence")
    free = words.free_correction({"spelling", "said_otherwise", "office_error"})
    assert free is not None
    assert free.code == "office_error"
    assert words.free_correction({"said_otherwise", "new_evidence", "lodged"}) is None


def test_every_reason_a_type_lifts_a_condition_for_is_one_of_them() -> None:
    lifted = {
        reason
        for kind in document_types.load().values()
        for rules in kind.rules
        for condition in rules.hand_over
        for reason in condition.unless
    }
    assert lifted
    assert lifted <= set(request_words().replacement_reasons)


@pytest.mark.parametrize(
    ("note", "vulnerable"),
    [("vulnerable: wheelchair", True), ("  Vulnerable", True), ("not vulnerable", False), ("", False)],
)
def test_case_handlings_mark(note: str, vulnerable: bool) -> None:
    assert request_words().is_vulnerable(note) is vulnerable


def test_every_word_names_its_law_and_is_a_word() -> None:
    words = request_words()
    for part in (words.vulnerable, *words.replacement, *words.correction):
        assert part.legal_basis.ro != part.legal_basis.en
        assert all(text.ro != text.en for text in part.assumptions)
    assert len(set(words.replacement_reasons)) == len(words.replacement)


def test_an_unknown_key_is_refused() -> None:
    with pytest.raises(ValidationError, match="colour"):
        RequestWords.model_validate(request_words().model_dump() | {"colour": "red"})
