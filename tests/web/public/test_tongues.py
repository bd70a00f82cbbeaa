"""The status page in seven languages: complete, in short sentences, nothing left in English or Romanian."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import flask_babel
import pytest
from babel.messages.plurals import get_plural
from babel.support import Translations
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update
from werkzeug.exceptions import RequestEntityTooLarge, TooManyRequests
from werkzeug.test import TestResponse

from issuance import document_types
from issuance.actors import SYSTEM
from issuance.errors import Busy
from issuance.law.office import text_reviews
from issuance.models.appointments import Purpose
from issuance.models.requests import IssuanceRequest
from issuance.office import Office
from issuance.services import centres
from issuance.services.appointments import capacity
from issuance.services.appointments.capacity import Given
from issuance.states import RequestState
from issuance.web.frame import catalogues
from issuance.web.frame.i18n import RIGHT_TO_LEFT
from issuance.web.frame.tongues import parity, public_surface
from issuance.web.public import status as page
from issuance.web.public.parts import answering
from issuance.web.words.status import MISSING
from tests.web.public import tongues
from tests.web.public.holder import KNOWN, MALFORMED, TODAY, UNKNOWN, ask, date_fields, lodged, words
from tests.web.public.tongues import (
    DICTIONARIES,
    FOLDERS,
    LANGUAGES,
    TRANSLATED,
    beside_pages,
    catalogue,
    forms,
    lix,
    of_rights,
    said_in,
    sentences,
    strange_words,
    texts,
)
from tests.web.public.tongues import words as words_of

NOT_LATIN = ("ar", "uk", "bn", "ur")
LATIN = re.compile(r"[A-Za-zĂÂÎȘȚăâîșț]{2,}")
MEASURED = ("ro", "fr", "uk", "en")
HARDEST = 38
LONGEST = 25
LONGEST_ON_AVERAGE = 15
FOUND = public_surface.sentences()
STRANGE_WORDS = Path(__file__).with_name("strange_words")
"""What no dictionary knows and somebody looked at: codes, names, words of another English. One file a language."""


# The catalogues


def test_seven_languages_are_offered_and_each_is_a_folder() -> None:
    assert LANGUAGES == ("ro", "en", "fr", "ar", "uk", "bn", "ur")
    assert set(TRANSLATED) == catalogues.folders()


@pytest.mark.parametrize(
    "sentence",
    [
        "We have your request.",  # a word of a code
        "Where is my document?",  # a template
        "Give the year with four digits.",  # a refusal of the form
        "Month",  # a macro
        "There is no such page",  # a failure
        "Law 122/2006, Art 20(6)",  # the law
        "A computer made this text. Only the Romanian text counts.",  # the frame
    ],
)
def test_sentences_are_found_wherever_they_are_said(sentence: str) -> None:
    assert sentence in FOUND


@pytest.mark.parametrize(
    "sentence", ["Log in", "Take the picture", "Set the station up again and give it its new token."]
)
def test_what_only_the_staff_reads_is_not_asked_for(sentence: str) -> None:
    assert sentence not in FOUND


@pytest.mark.parametrize("language", FOLDERS)
def test_every_sentence_is_translated_and_none_is_left_over(language: str, tmp_path: Any) -> None:
    copy = tmp_path / "messages.po"
    copy.write_bytes((catalogues.FOLDER / language / "LC_MESSAGES" / "messages.po").read_bytes())
    missing = catalogues.update(copy, catalogues.gather_public())
    assert missing == [], f"run `make translations`, then write these in {language}"
    assert {message.id for message in catalogue(language) if message.id} == set(FOUND)


def test_a_missing_sentence_is_noticed(tmp_path: Any) -> None:
    copy = tmp_path / "messages.po"
    text = (catalogues.FOLDER / "ar" / "LC_MESSAGES" / "messages.po").read_text("utf-8")
    copy.write_text(text.replace('msgid "Month"', 'msgid "Mouth"'), "utf-8")
    assert catalogues.update(copy, catalogues.gather_public()) == ["Month"]


@pytest.mark.parametrize("language", FOLDERS)
def test_every_place_and_number_is_kept(language: str) -> None:
    for message in catalogue(language):
        source = forms(message.id)[-1] if message.id else ""
        for form in forms(message.string) if source else []:
            assert parity.differences(source, form) == [], form


@pytest.mark.parametrize(("language", "count"), [("ar", 6), ("uk", 3), ("ro", 3), ("fr", 2)])
def test_each_plural_has_its_forms(language: str, count: int) -> None:
    plurals = [each for each in catalogue(language) if isinstance(each.id, tuple) and each.id in FOUND]
    assert plurals
    assert get_plural(language).num_plurals == count
    assert {len(each.string) for each in plurals} == {count}


@pytest.mark.parametrize(
    ("language", "minutes", "said"),
    [
        ("ar", 3, "3 دقائق"),
        ("ar", 10, "10 دقائق"),
        ("ar", 11, "11 دقيقة"),
        ("uk", 1, "1 хвилину"),
        ("uk", 2, "2 хвилини"),
        ("uk", 11, "11 хвилин"),
        ("uk", 21, "21 хвилину"),
    ],
)
def test_minutes_are_counted_as_the_language_counts(app: Flask, language: str, minutes: int, said: str) -> None:
    translations = Translations.load(str(catalogues.FOLDER), [language])
    one = "Try again in %(num)s minute, at %(time)s."
    many = "Try again in %(num)s minutes, at %(time)s."
    assert said in translations.ngettext(one, many, minutes) % {"num": minutes, "time": "12:16"}


# How it reads


@pytest.mark.parametrize("language", LANGUAGES)
def test_sentences_are_short(language: str) -> None:
    lengths = {each: len(words_of(each)) for each in sentences(language)}
    assert {each: length for each, length in lengths.items() if length > LONGEST} == {}
    assert sum(lengths.values()) / len(lengths) <= LONGEST_ON_AVERAGE


@pytest.mark.parametrize("language", MEASURED)
def test_words_are_short(language: str) -> None:
    assert lix(sentences(language)) <= HARDEST


@pytest.mark.parametrize("language", DICTIONARIES)
def test_every_word_is_in_the_dictionary_or_was_looked_at(language: str) -> None:
    """A word that is new here is misspelt, or goes into the list when it is right."""
    assert strange_words(language) == (STRANGE_WORDS / f"{language}.txt").read_text("utf-8").split()


def test_a_misspelt_word_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tongues, "texts", lambda _language: ["Documentul este gata.", "Documantul este gata."])
    assert strange_words("ro") == ["Documantul"]


def test_what_stands_beside_the_pages_is_measured_too() -> None:
    for language in LANGUAGES:
        said = set(texts(language))
        assert set(beside_pages(language)) < said
        assert set(of_rights(language)) < said
        assert len(beside_pages(language)) == len(beside_pages("ro"))


def test_lix_is_reckoned_as_it_is_defined() -> None:
    # 10 words in 2 sentences, 2 of them with more than six letters: 5 + 20.
    assert lix(["The holder comes with a document.", "She takes another home."]) == pytest.approx(5 + 20)


# The pages


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> set[Any]:
    """Every key that a page asks a catalogue for."""
    keys: set[Any] = set()
    real = flask_babel.Domain.get_translations

    def noting(domain: Any) -> Any:
        found = real(domain)

        class Noting:
            def ugettext(self, key: str) -> str:
                keys.add(key)
                return str(found.ugettext(key))

            gettext = ugettext

            def ungettext(self, one: str, many: str, number: int) -> str:
                keys.add((one, many))
                return str(found.ungettext(one, many, number))

            ngettext = ungettext

        return Noting()

    monkeypatch.setattr(flask_babel.Domain, "get_translations", noting)
    return keys


def in_language(client: FlaskClient, language: str) -> FlaskClient:
    client.environ_base["HTTP_ACCEPT_LANGUAGE"] = language
    return client


def put(office: Office, **values: Any) -> None:
    with office.database.transaction() as session:
        session.execute(update(IssuanceRequest).values(**values))


def questions(client: FlaskClient) -> Iterator[TestResponse]:
    """The question, and every way in which it can be typed wrongly; then nothing found."""
    yield client.get("/status")
    born = date_fields()
    for typed in (
        {},
        {"reference": "x" * 200, **born},
        {"reference": "A\u202eB\x07", **born},
        {"reference": "a" + "\u0301" * 40, **born},
        {"reference": KNOWN, **date_fields("2001-02-29")},
        {"reference": KNOWN, **born, "birth_date-day": "5"},
        {"reference": KNOWN, "birth_date-year": "92", "birth_date-month": "13", "birth_date-day": "32"},
        {"reference": KNOWN, "birth_date-year": "1234", "birth_date-month": "1", "birth_date-day": "1"},
        {"reference": KNOWN, "birth_date-year": "1999", "birth_date-month": "13", "birth_date-day": "1"},
    ):
        answer = client.post("/status", data=typed)
        assert answer.status_code == 400
        yield answer
    for reference in (UNKNOWN, MALFORMED):
        yield ask(client, reference)


def answers(client: FlaskClient, office: Office) -> Iterator[TestResponse]:
    """Every state, everything that can be missing of every type, late, and with or without a place."""
    lodged(office)
    for state in RequestState:
        put(office, state=state)
        yield ask(client)
    codes = {paper.code for kind in document_types.load().values() for rules in kind.rules for paper in rules.evidence}
    put(office, state=RequestState.INCOMPLETE, missing=[*sorted(codes | set(MISSING)), "other"])
    yield ask(client)
    put(office, state=RequestState.LODGED, missing=[], due_on=TODAY - dt.timedelta(1))
    yield ask(client)


def behind(client: FlaskClient, office: Office) -> Iterator[TestResponse]:
    """What is behind an answer: no time free, free ones, one taken and given back; something wrong, and told."""
    put(office, state=RequestState.READY)
    token = dict(re.findall(r'name="(carried)" value="([^"]+)"', ask(client).text))
    yield client.post("/status/times", data=token)
    with office.act(SYSTEM) as act:
        capacity.give(act, centres.named(act, "timisoara"), dict.fromkeys(Purpose, Given(1, 30, 0)))
    yield (free := client.post("/status/times", data=token))
    first = re.findall(r'name="starts_at" value="([^"]+)"', free.text)[0]
    for at in (first, "never"):
        yield client.post("/status/time", data=token | {"starts_at": at})
    yield client.post("/status/time/cancel", data=token)
    yield client.post("/status/mistake", data=token)
    for fields in ({"said": "1" * 301}, {"field": "name"}):
        yield client.post("/status/mistake/told", data=token | fields)
    yield ask(client)


def failures(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestResponse]:
    """Nothing there, a form where none is taken, and what breaks, is too much or too busy."""
    yield client.get("/no/such/page")
    yield client.delete("/status")
    for error in (RuntimeError("broken"), Busy(), RequestEntityTooLarge(), TooManyRequests()):
        with monkeypatch.context() as patched:
            patched.setattr(page, "render_template", Mock(side_effect=error))
            yield client.get("/status")
    with monkeypatch.context() as patched:
        patched.setattr(answering, "public_status", Mock(side_effect=Busy()))
        yield ask(client)


def limited(client: FlaskClient) -> TestResponse:
    while (answer := ask(client, UNKNOWN)).status_code == 404:
        pass
    return answer


@pytest.mark.parametrize("language", FOLDERS)
def test_no_page_is_left_in_another_language(
    client: FlaskClient, office: Office, monkeypatch: pytest.MonkeyPatch, said: set[Any], language: str
) -> None:
    phone = in_language(client, language)
    pages = [
        *questions(phone),
        *answers(phone, office),
        *behind(phone, office),
        *failures(phone, monkeypatch),
        limited(phone),
    ]
    direction = "rtl" if language in RIGHT_TO_LEFT else "ltr"
    for answer in pages:
        assert f'<html lang="{language}" dir="{direction}">' in answer.text
        if language in NOT_LATIN:
            assert latin(answer.text) == []
    said.discard(Busy().message)  # the page has its own words for it
    assert said <= set(FOUND), "the collector of sentences does not find these"
    assert len(said) > len(FOUND) / 2


def latin(html: str) -> list[str]:
    """The Latin words that a reader meets, besides what is ours: a name, an address, a code, and other languages."""
    body = html.partition("<body")[2]
    body = re.sub(r"<(script|style|svg)\b.*?</\1>", " ", body, flags=re.S)
    body = re.sub(r"<(bdi|a)\b[^>]*\blang=[^>]*>.*?</\1>", " ", body, flags=re.S)
    body = re.sub(r'<bdi[^>]*dir="ltr"[^>]*>.*?</bdi>', " ", body, flags=re.S)
    text = re.sub(r"<[^>]*>", " ", "<body" + body)
    return [word for word in LATIN.findall(text) if word not in ("Liman",)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_type_has_its_title_and_its_article(client: FlaskClient, office: Office, language: str) -> None:
    phone = in_language(client, language)
    lodged(office)
    for kind in document_types.load().values():
        put(office, document_type=kind.code)
        shown = words(ask(phone))
        own = {"ro": kind.title.ro, "en": kind.title.en, "fr": kind.title.fr}.get(language)
        title = own or said_in(language, kind.title.en)
        assert title in shown
        assert (kind.title.en in shown) == (language == "en" or title == kind.title.en)


def test_a_title_says_no_more_than_in_romanian() -> None:
    """As many parts in brackets: no kind of protection is added."""
    for kind in document_types.load().values():
        for language in FOLDERS:
            own = kind.title.fr if language == "fr" else None
            title = own or said_in(language, kind.title.en)
            assert title.count("(") == kind.title.ro.count("("), title


# Choosing, and who made it


@pytest.mark.parametrize(
    ("wanted", "language"),
    [
        ("ar-SY,en;q=0.5", "ar"),
        ("uk-UA", "uk"),
        ("bn-BD,bn;q=0.9", "bn"),
        ("ur-PK", "ur"),
        ("fa,ps;q=0.9,fr;q=0.8", "fr"),
        ("ti", "ro"),
        ("", "ro"),
        ("*", "ro"),
        ("xx,;;q=,%", "ro"),
    ],
)
def test_the_browsers_languages_are_honoured(client: FlaskClient, wanted: str, language: str) -> None:
    assert f'<html lang="{language}"' in in_language(client, wanted).get("/status").text


@pytest.mark.parametrize("strange", ["xx", "AR", "ar-SY", "../ro", "", "ro\x00", "fa"])
def test_a_language_that_is_not_there_changes_nothing(client: FlaskClient, strange: str) -> None:
    answer = client.get("/status", query_string={"lang": strange})
    assert "Set-Cookie" not in answer.headers
    if answer.status_code == 200:
        assert '<html lang="en"' in answer.text


def test_a_choice_is_remembered_also_where_there_is_no_page(client: FlaskClient) -> None:
    client.get("/status?lang=ar")
    assert '<html lang="ar" dir="rtl">' in ask(client, UNKNOWN).text
    assert '<html lang="ar" dir="rtl">' in client.get("/no/such/page").text


def test_the_menu_names_each_language_by_its_own_name(client: FlaskClient) -> None:
    menu = dict(re.findall(r'<a href="/status\?lang=(\w+)" lang="\1"[^>]*>([^<]*)</a>', client.get("/status").text))
    assert menu == {
        "ro": "Română",
        "en": "English",
        "fr": "Français",
        "ar": "العربية",
        "uk": "Українська",
        "bn": "বাংলা",
        "ur": "اردو",
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_who_made_the_text_is_said_where_nobody_has_read_it(client: FlaskClient, language: str) -> None:
    foot = client.get(f"/status?lang={language}").text.partition('<p class="made">')[2]
    assert bool(foot) == (language not in ("ro", "en"))
    if foot:
        made = "A computer made this text. Only the Romanian text counts."
        assert said_in(language, made) in foot
        assert 'href="/status?lang=ro" lang="ro"' in foot


def test_a_reviewed_language_says_nothing_of_machines(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    read = text_reviews.read('[uk]\nstate = "reviewed"\nby = "O. Kovalenko"\non = 2026-12-01\n')
    monkeypatch.setattr(text_reviews, "load", lambda: read)
    assert '<p class="made">' not in client.get("/status?lang=uk").text
    assert '<p class="made">' in client.get("/status?lang=ar").text


def test_every_folder_has_its_state() -> None:
    assert set(text_reviews.load()) == set(FOLDERS)


@pytest.mark.parametrize(
    "text",
    [
        '[uk]\nstate = "reviewed"\non = 2026-12-01\n',
        '[uk]\nstate = "machine"\nby = "A"\non = 2026-12-01\n',
        '[uk]\nstate = "guessed"\non = 2026-12-01\n',
        '[uk]\nstate = "machine"\n',
    ],
)
def test_a_review_names_who_and_when(text: str) -> None:
    with pytest.raises(ValueError, match="uk"):
        text_reviews.read(text)
