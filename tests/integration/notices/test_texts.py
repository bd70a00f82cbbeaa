"""The words of notices: all languages, nobody's name, and an SMS in two parts."""

from __future__ import annotations

import re

import pytest

from issuance.models.notices import ChannelName, NoticeKind
from issuance.services.notices import texts
from issuance.services.notices.texts import Facts
from printing.papers.wording import LANGUAGES

PART = 67
"""UTF-16 units in a part of a long SMS of other letters than Latin ones (3GPP TS 23.040, 9.2.3.24.1)."""

FACTS = Facts("https://liman.example/status", "https://liman.example/stop/MTIzNDU2Nzg5MDEy", "Timișoara, Str. 1", "60")
PLACE = re.compile(r"%\(\w+\)s")


def test_every_sentence_is_there_in_every_language_with_the_same_places() -> None:
    words = texts.words()
    assert set(words) == {*NoticeKind, "around"}
    for kind, sentences in words.items():
        if kind != "around":
            assert set(sentences) == {"subject", "text", "sms"}
        for name, said in sentences.items():
            assert tuple(said) == LANGUAGES, (kind, name)
            assert len({tuple(PLACE.findall(text)) for text in said.values()}) == 1, (kind, name)


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_sms_is_one_part_of_words_and_one_with_the_address_that_stops(language: str) -> None:
    for kind in NoticeKind:
        said, stop = texts.text(kind, ChannelName.SMS, language, FACTS).split("\n")
        assert len(said.encode("utf-16-be")) // 2 <= PART, (kind, said)
        assert stop == FACTS.stop
        assert len(stop) <= PART


@pytest.mark.parametrize("language", LANGUAGES)
def test_sentences_are_short(language: str) -> None:
    for kind in NoticeKind:
        text = texts.text(kind, ChannelName.EMAIL, language, FACTS)
        for sentence in re.split(r"[.:?।؟۔]\s", text):
            assert len(sentence.split()) <= 20, (kind, sentence)


def test_where_to_come_is_said_to_those_who_are_asked_to_come_and_may_be_found_there() -> None:
    ready = texts.text(NoticeKind.READY, ChannelName.EMAIL, "en", FACTS)
    assert "Where: Timișoara, Str. 1" in ready
    nowhere = Facts(FACTS.status, FACTS.stop)
    assert "Where" not in texts.text(NoticeKind.READY, ChannelName.EMAIL, "en", nowhere)
    assert "Where" not in texts.text(NoticeKind.RECEIVED, ChannelName.EMAIL, "en", FACTS)


def test_who_speaks_a_language_without_words_is_written_to_in_english() -> None:
    assert [texts.language_for(each) for each in ("ar", "ps", "")] == ["ar", "en", "en"]
