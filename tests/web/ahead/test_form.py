"""A family fills in its form before it comes: person by person, changed, removed; odd input; what is left behind."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import func, select
from structlog.testing import capture_logs

from issuance.clock import FixedClock
from issuance.models.ahead import AheadForm
from issuance.models.audit import AuditEvent
from issuance.office import Office
from issuance.services.ahead import forms
from issuance.services.ahead.said import MOST_PEOPLE, NEEDS, OTHER, Member
from issuance.services.persons.family import TIES
from issuance.values.codes import SEXES
from issuance.web.ahead.words import texts
from printing.papers.wording import LANGUAGES
from tests.web.ahead.filling import HADI, RIMA, code_of, family, filled, send, so_far, words
from tests.web.camera import read_code
from tests.web.conftest import Browser
from tests.web.public.tongues import END, WORD, lix
from tests.web.public.tongues import words as words_of

ODD = [
    "", " ", "\0", "a\0b", "\x85", "\u202e\u2066", "\ufdfa" * 300, "a" + "\u0344\u0345" * 1_000, "x" * 5_000,
    "-1", "\u0662\u0663",
    "\U0001f4a9", "9999-12-31", "' OR 1=1--", "%00", "\r\n", "<script>alert(1)</script>", "{{7*7}}",
    "{name}", "ব" * 100, "漢字" * 50,
    "Ж" * 101, "ܐܒܓ", "ሀለሐ", "\u200d\u200c", "0" * 60, "KLMNO PQRST",
]  # fmt: skip


def kept(office: Office) -> int:
    with office.reading() as look:
        return look.session.scalar(select(func.count()).select_from(AheadForm)) or 0


def opened(office: Office, code: str) -> forms.Family:
    with office.reading() as look:
        found = forms.found(look, code)
    assert found
    return found


def test_a_family_of_two_is_filled_in_and_its_code_opens_it(client: Browser, office: Office) -> None:
    with capture_logs() as logs:
        code = filled(client, needs=["milk", "interpreter"], contact="0722 123 456")
    found = opened(office, code)
    assert found.people == (
        Member("المصري", "1980-05-03", "M", "SYR", "ar", "هادي", "Al-Masri", "Hadi", "حلب"),
        Member("المصري", "2015-XX-XX", "F", "SYR", "ar", "ريما", birth_place="حلب", tie="child"),
    )
    assert (found.needs, found.contact) == (("interpreter", "milk"), "0722 123 456")
    assert {key for entry in logs for key in entry} <= {"event", "outcome", "log_level"}
    with office.reading() as look:
        assert look.session.scalar(select(func.count()).select_from(AuditEvent).where(AuditEvent.actor_kind != "staff"))
    assert client.get_cookie("language") is None


def test_until_the_end_nothing_is_in_the_register_and_nothing_readable_in_the_page(
    client: Browser, office: Office
) -> None:
    answer = family(client, HADI, RIMA)
    assert kept(office) == 0
    assert "المصري" not in so_far(answer)
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in answer.headers


def test_people_are_changed_and_removed(client: Browser, office: Office) -> None:
    answer = family(client, HADI, RIMA, RIMA | {"given_names": "نور"})
    page = send(client, answer, "change-1")
    assert 'value="ريما"' in page.text
    answer = send(client, page, "keep", place="1", **(RIMA | {"given_names": "رنا"}))
    answer = send(client, answer, "remove-2")
    assert [each in words(answer) for each in ("رنا", "ريما", "نور")] == [True, False, False]
    answer = send(client, answer, "remove-0")
    assert "هادي" in words(answer), "the others are told by what they are to the first"
    back = send(client, send(client, answer, "add"), "back")
    code = code_of(send(client, back, "finish"))
    assert [each.given_names for each in opened(office, code).people if each] == ["هادي", "رنا"]


def test_the_language_changes_and_what_was_typed_stays(client: Browser) -> None:
    page = send(client, send(client, None, "begin"), "person", lang="ar", place="0", family_name="هادي", sex="M")
    assert ('dir="rtl"' in page.text, 'value="هادي"' in page.text) == (True, True)
    assert 'value="M" checked' in page.text
    page = send(client, family(client, HADI), "same", lang="bn", needs="milk", contact="somewhere")
    assert ('lang="bn"' in page.text, "somewhere" in page.text, 'value="milk" checked' in page.text) == (
        True,
        True,
        True,
    )


@pytest.mark.parametrize("typed", ODD, ids=ascii)
def test_no_field_breaks_by_anything_that_is_typed(client: Browser, office: Office, typed: str) -> None:
    begun = send(client, None, "begin")
    for name in (*HADI, "tie", "place", "do", "so_far"):
        answer = client.post("/ahead", data={"do": "keep", "place": "0", "so_far": so_far(begun), **HADI, name: typed})
        assert answer.status_code in (200, 400, 413), name
        assert "<script>alert" not in answer.text
        assert "49" not in re.sub(r'value="[^"]*"', "", answer.text) or "{{" not in typed
    whole = family(client, HADI)
    for name in ("needs", "contact", "do"):
        answer = client.post("/ahead", data={"do": "finish", "so_far": so_far(whole), name: typed})
        assert answer.status_code in (200, 400), name


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"family_name": ""}, "Fill this in."),
        ({"family_name": "Hadi 2"}, "We cannot read this. Write it again, with letters only."),
        ({"latin_family": "المصري"}, "Write it with the letters A to Z, or leave it empty."),
        ({"birth_date-year": "2027"}, "Nobody was born on this day. Look at the year again."),
        ({"birth_date-year": "1850"}, "Nobody was born on this day. Look at the year again."),
        ({"birth_date-day": "31", "birth_date-month": "2"}, "There is no such day in that month."),
        ({"nationality": "XXB"}, "Choose one of the options."),
        ({"sex": ""}, "Choose one of the options."),
        ({"language": "xx"}, "Choose one of the options."),
    ],
)
def test_what_cannot_be_is_said_beside_its_field(client: Browser, changes: dict[str, str], said: str) -> None:
    answer = send(client, send(client, None, "begin"), "keep", place="0", **(HADI | changes))
    assert (answer.status_code, said in words(answer)) == (400, True), words(answer)
    assert 'value="هادي"' in answer.text


def test_what_somebody_else_wrote_is_no_form_of_ours(client: Browser, office: Office, clock: FixedClock) -> None:
    whole = so_far(family(client, HADI))
    forged = whole[:-4] + ("AAA=" if not whole.endswith("AAA=") else "BBB=")
    over = "You waited too long. To keep you safe, we deleted it all."
    for token in ("", "x", forged, "ü", whole[:40]):
        answer = client.post("/ahead", data={"do": "finish", "so_far": token})
        assert (answer.status_code, over in words(answer)) == (400, True)
    clock.advance(dt.timedelta(hours=3, seconds=1))
    assert over in words(client.post("/ahead", data={"do": "finish", "so_far": whole}))
    assert kept(office) == 0


def test_a_form_takes_so_many_people_with_the_longest_names(client: Browser, office: Office) -> None:
    longest = "ব" * 100
    big = HADI | {"family_name": longest, "given_names": longest, "birth_place": "ব" * 200, "latin_given": "x" * 100}
    answer = family(client, HADI, *[big | {"tie": OTHER} for _ in range(MOST_PEOPLE - 1)])
    assert "This form is full." in words(answer)
    assert len(so_far(answer)) < 60_000
    full = send(client, answer, "add")
    assert "This form is full." in words(full)
    assert len(opened(office, code_of(send(client, full, "finish", contact="ব" * 200))).people) == MOST_PEOPLE


def test_a_stranger_is_told_to_come_and_loses_nothing(
    client: Browser, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forms, "MOST_OF_ADDRESS", 2)
    for _ in range(2):
        filled(client)
    whole = family(client, HADI)
    answer = send(client, whole, "finish")
    assert answer.status_code == 429
    assert "Today we got too many forms." in words(answer)
    assert kept(office) == 2
    other = {"REMOTE_ADDR": "198.51.100.7"}
    again = client.post("/ahead", data={"do": "finish", "so_far": so_far(answer)}, environ_base=other)
    assert code_of(again)


def test_the_code_is_shown_once_as_a_picture_that_holds_nothing_else(client: Browser) -> None:
    answer = send(client, family(client, HADI), "finish")
    assert words(answer).count("4 December 2026") == 1
    for said in ("المصري", "Al-Masri", "Syria", "1980"):
        assert said not in answer.text
    code = code_of(answer)
    assert read_code(answer) == code


# The words


def test_every_sentence_is_there_in_every_language() -> None:
    coded = (
        {f"tie_{each}" for each in (*TIES, OTHER)}
        | {f"sex_{each}" for each in SEXES}
        | {f"need_{each}" for each in NEEDS}
    )
    assert coded <= set(texts())
    for name, said in texts().items():
        assert set(said) == set(LANGUAGES), name
        assert len(set(said.values())) >= len(LANGUAGES) - 2, name
        assert {"{name}" in each for each in said.values()} == {name == "tie"}
        assert {tuple(re.findall(r"\d+", each)) for each in said.values()} == {tuple(re.findall(r"\d+", said["en"]))}


def sentences(language: str) -> Iterator[str]:
    for said in texts().values():
        yield from (each for each in END.split(said[language]) if WORD.search(each))


@pytest.mark.parametrize("language", LANGUAGES)
def test_sentences_are_short(language: str) -> None:
    lengths = {each: len(words_of(each)) for each in sentences(language)}
    assert max(lengths.values()) <= 15, lengths


@pytest.mark.parametrize("language", ["ro", "fr", "uk", "en"])
def test_words_are_short(language: str) -> None:
    assert lix(list(sentences(language))) <= 38


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_is_in_its_language(client: Browser, app: Flask, language: str) -> None:
    client.environ_base["HTTP_ACCEPT_LANGUAGE"] = language
    pages = [client.get("/ahead"), send(client, None, "begin"), family(client, HADI, RIMA)]
    pages += [send(client, pages[-1], "add"), send(client, pages[-1], "finish"), send(client, pages[1], "keep")]
    for page in pages:
        assert texts()["title"][language] in page.text
        said = words(page)
        if language != "en":
            english = [each["en"] for each in texts().values() if len(each["en"]) > 12 and each["en"] != each[language]]
            assert [each for each in english if each in said] == []
