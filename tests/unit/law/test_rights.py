"""Rights and duties: whole in every language, in plain words, and a text that changes is a new version."""

from __future__ import annotations

import hashlib

import pytest

from issuance import document_types
from issuance.law.persons.rights import LANGUAGES, articles, read_to, rights
from issuance.web.frame.tongues import parity
from issuance.web.words.codes import STATUSES

OF_VERSION = {
    ("applicant", "2026-11-30"): "31a7ac2c62bdc1ab",
    ("refugee", "2026-11-30"): "9efdfe28c754d033",
    ("subsidiary", "2026-11-30"): "527f1b8a3b2f9ba8",
    ("temporary_protection", "2026-11-30"): "d83d57d8314dd783",
}
"""What was read by each version, as a digest: notices of the register name it. Who changes a text adds a line."""


def test_who_changes_a_text_gives_it_a_new_version() -> None:
    for status in rights().statuses:
        read = read_to(status)
        assert read is not None
        said = "\n".join(
            f"{text.code} {language} {text.in_(language)} {articles(text, language)}"
            for text in read.texts
            for language in LANGUAGES
        )
        digest = hashlib.sha256(said.encode()).hexdigest()[:16]
        assert OF_VERSION.get((status, read.version)) == digest, f"the texts of {status} changed: give them a new day"


def test_every_status_has_a_text_or_none_on_purpose() -> None:
    assert set(STATUSES) - set(rights().statuses) == {"family_member"}
    assert read_to("family_member") is None


def test_each_right_and_duty_is_there_once_and_of_somebody() -> None:
    codes = [text.code for text in rights().texts]
    assert len(codes) == len(set(codes))
    for status in rights().statuses:
        read = read_to(status)
        assert read is not None
        assert len(read.of("about")) == 1
        assert len(read.of("right")) >= 5
        assert len(read.of("duty")) >= 3


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_number_is_in_every_language(language: str) -> None:
    for text in rights().texts:
        assert parity.differences(text.ro, text.in_(language)) == [], f"{text.code} in {language}"


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("ro", "Legea 122/2006, art. 20 alin. (1) lit. c)"),
        ("en", "Law 122/2006, Art 20(1)(c)"),
        ("fr", "loi 122/2006, art. 20, par. 1, c)"),
        ("uk", "Закон 122/2006, ст. 20, ч. 1, п. c"),
        ("ar", "القانون 122/2006، المادة 20، الفقرة 1، الحرف c"),
    ],
)
def test_articles_are_written_as_the_language_writes_them(language: str, said: str) -> None:
    text = next(each for each in rights().texts if each.code == "work")
    assert articles(text, language) == said


@pytest.mark.parametrize(
    ("code", "kind"), [("permit_refugee", "RP-R"), ("permit_subsidiary", "RP-S"), ("travel", "TD-C")]
)
def test_years_are_those_of_the_document_type(code: str, kind: str) -> None:
    text = next(each for each in rights().texts if each.code == code)
    years = document_types.get(kind).rules[-1].validity.count
    assert f"{years} ani" in text.ro
