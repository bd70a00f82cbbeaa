"""The page that stops notices, and the notices themselves: all languages, plain words, nothing for who guesses."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from issuance.models.notices import ToldStop
from issuance.office import Office
from issuance.services.notices import texts
from issuance.web.public.parts.spoken import LANGUAGES, words
from tests.web.public.holder import ON_BOTH
from tests.web.public.tongues import lix

MEASURED = ("ro", "fr", "uk", "en")
HARDEST = 38
LONGEST = 25
END = re.compile(r"(?<=[.?!।؟۔])\s+")


def sentences(language: str) -> list[str]:
    """Everything that this page and the notices say in a language, one sentence each."""
    said = [each[language] for each in words("stop").values()]
    said += [each[language] for kind in texts.words().values() for each in kind.values()]
    return [sentence for text in said for sentence in END.split(text)]


def test_every_text_of_the_page_is_there_in_every_language() -> None:
    assert all(set(said) == set(LANGUAGES) and all(said.values()) for said in words("stop").values())


@pytest.mark.parametrize("language", MEASURED)
def test_words_are_plain_and_sentences_short(language: str) -> None:
    said = sentences(language)
    assert lix(said) <= HARDEST
    assert max(len(each.split()) for each in said) <= LONGEST


@ON_BOTH
@pytest.mark.parametrize("token", ["x", "x" * 4000, "\u202e%00\x00", "' OR 1=1 --", "ąę"])
def test_what_nobody_was_sent_stops_nothing(client: FlaskClient, office: Office, token: str) -> None:
    for answer in (client.get(f"/stop/{quote(token)}"), client.post(f"/stop/{quote(token)}")):
        assert answer.status_code in (400, 404, 414)
        assert "Set-Cookie" not in answer.headers
    with office.database.reading() as session:
        assert session.scalars(select(ToldStop)).all() == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_is_said_in_the_language_of_its_reader(client: FlaskClient, language: str) -> None:
    answer = client.get(f"/stop/unknown?lang={language}")
    assert (answer.status_code, words("stop")["nothing"][language] in answer.text) == (404, True)
