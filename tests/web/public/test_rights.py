"""Rights and duties for everybody: each status in each language, with articles; nothing is asked of who reads."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from issuance.law.persons.rights import LANGUAGES, articles, read_to, rights
from issuance.web.frame.i18n import RIGHT_TO_LEFT


@pytest.mark.parametrize("language", LANGUAGES)
def test_everybody_reads_them_in_every_language(client: FlaskClient, language: str) -> None:
    direction = "rtl" if language in RIGHT_TO_LEFT else "ltr"
    chosen = client.get(f"/rights?lang={language}").text
    for status in rights().statuses:
        assert f'href="/rights/{status}"' in chosen
        answer = client.get(f"/rights/{status}?lang={language}")
        read = read_to(status)
        assert read is not None
        assert answer.status_code == 200
        assert f'<html lang="{language}" dir="{direction}">' in answer.text
        for text in read.texts:
            assert text.in_(language) in answer.text
            assert articles(text, language) in answer.text
        assert ('<p class="made">' in answer.text) == (language not in ("ro", "en"))


@pytest.mark.parametrize("strange", ["family_member", "x", "Refugee", "..%2Frefugee"])
def test_a_status_that_is_not_there_is_said_so(client: FlaskClient, strange: str) -> None:
    answer = client.get(f"/rights/{strange}?lang=ar")
    assert answer.status_code == 404
    assert '<html lang="ar" dir="rtl">' in answer.text


def test_the_status_page_leads_there(client: FlaskClient) -> None:
    assert 'href="/rights"' in client.get("/status").text
