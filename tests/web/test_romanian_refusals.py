"""What printing refuses reaches a Romanian clerk as a Romanian sentence beside its field, and nothing in English."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from PIL import Image, ImageFilter

from issuance.models.requests import IssuanceRequest
from issuance.models.staff import RoleName
from issuance.office import Office
from issuance.services.persons.people import spell
from issuance.web.words.portrait import ADVICE, CRITERIA
from printing.pages import fonts
from printing.portraits.drawn import draw
from printing.portraits.photo_quality import examine, face_criteria, file_criteria, mesh_criteria
from tests.faces import EVERY_OFFICE
from tests.fixtures.databases import Folder
from tests.people import LAYLA, Case, SmallOffice
from tests.web.conftest import Browser, Login
from tests.web.desk.shared import FORM, sentence_beside
from tests.web.desk.test_enrolment import png_that_claims, saved

ENGLISH = re.compile(r"\b(the|is|of|and|not|it|with|type|picture|file|characters?|height|width|name|at least)\b", re.I)
CODE_NAME = re.compile(r"\b[a-z]+_[a-z_]+\b")


@pytest.fixture
def server(sqlite: Folder) -> Folder:
    return sqlite


@pytest.fixture
def clerk(client: Browser, login: Login) -> Browser:
    login(client, RoleName.CLERK)
    client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "ro"
    return client


def said(text: str) -> str:
    """The text itself, once nothing in it is English or the name of a variable."""
    assert text
    assert ENGLISH.findall(text) == []
    assert CODE_NAME.findall(text) == []
    return text


def words_of(page: str) -> str:
    """What a reader sees of the work on a page."""
    work = page[page.index("<main") : page.index("</main>")]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", work))


PICTURES = [
    (b"%PDF-1.7\n" + b"x" * 500, "Fișierul este de tip PDF"),
    (saved("GIF"), "de tip GIF"),
    (b"PK\x03\x04" + b"x" * 500, "document de birou sau o arhivă"),
    (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG sau o pagină web"),
    (b"hello", "Nu este o fotografie"),
    (saved("JPEG")[:3000], "deteriorată sau trunchiată"),
    (png_that_claims(8000, 8000), "peste 40 megapixeli"),
    (saved("JPEG", (300, 400)), "300 x 400 pixeli; o fotografie are nevoie de cel puțin 360 x 480"),
    (b"\xff\xd8" + b"\xff\xda\x00\x02" * 30, "construit neobișnuit"),
]


@pytest.mark.parametrize(("data", "words"), PICTURES, ids=[words for _, words in PICTURES])
def test_a_picture_that_is_no_portrait(clerk: Browser, people: SmallOffice, data: bytes, words: str) -> None:
    url = f"/cases/{people.lodge(LAYLA)}/enrolment/picture"
    answer = clerk.submit(url, {"portrait": (io.BytesIO(data), "face.jpg")})
    assert answer.status_code == 400
    assert words in said(sentence_beside(answer, "portrait"))


def test_print_colours_are_taken_and_told(clerk: Browser, people: SmallOffice) -> None:
    output = io.BytesIO()
    Image.open(io.BytesIO(draw("somebody"))).convert("CMYK").save(output, "JPEG")
    request_id = people.lodge(LAYLA)
    clerk.submit(f"/cases/{request_id}/enrolment/picture", {"portrait": (io.BytesIO(output.getvalue()), "face.jpg")})
    page = words_of(clerk.get(f"/cases/{request_id}/enrolment").text)
    assert "Fișierul nu își descrie corect culorile" in page
    said(page)


@pytest.mark.parametrize("coding", [b"\xff\xc9", b"\xff\xc3", b"\xff\xc5"])
def test_an_unusual_coding(clerk: Browser, people: SmallOffice, coding: bytes) -> None:
    url = f"/cases/{people.lodge(LAYLA)}/enrolment/picture"
    data = saved("JPEG").replace(b"\xff\xc0", coding)
    answer = clerk.submit(url, {"portrait": (io.BytesIO(data), "face.jpg")})
    assert "Salvați-l din nou ca JPEG obișnuit" in said(sentence_beside(answer, "portrait"))


def test_the_findings_of_a_portrait(clerk: Browser, people: SmallOffice) -> None:
    output = io.BytesIO()
    Image.open(io.BytesIO(draw("somebody"))).filter(ImageFilter.GaussianBlur(8)).save(output, "JPEG")
    request_id = people.lodge(LAYLA)
    clerk.submit(f"/cases/{request_id}/enrolment/picture", {"portrait": (io.BytesIO(output.getvalue()), "face.jpg")})
    page = words_of(clerk.get(f"/cases/{request_id}/enrolment").text)
    assert "Claritate" in page
    assert "cel puțin 25" in page
    said(page)


def test_every_finding_has_a_word_and_an_advice_for_the_reader() -> None:
    measured = {finding.id for finding in examine(draw("somebody")).findings}
    kept = {*face_criteria(), *mesh_criteria(), *file_criteria()}
    assert measured | kept == set(CRITERIA) == set(ADVICE)


TYPED: list[tuple[dict[str, Any], str, str]] = [
    ({"family_name": "Abcdefghijklmnop " * 5}, "family_name", "84 caractere nu încap în caseta de"),
    ({"given_names": "Abcdefghijklmnop " * 5}, "given_names", "84 caractere nu încap în caseta de"),
    ({"native_name": "\U0001e290"}, "native_name", "\U0001e290 (U+1E290) nu poate fi tipărit: nu există"),
    ({"native_name": "中村"}, "native_name", "sau introduceți numai scrierea latină"),
    ({"family_name": "রহমান"}, "family_name", "র (U+09B0), din scrierea bengaleză, nu are transliterare"),
    ({"given_names": "ሰላም"}, "given_names", "etiopiană"),
    ({"family_name": "Mария"}, "family_name", "а (U+0430) este o literă din scrierea chirilică"),
    ({"family_name": "Layla <b>"}, "family_name", "< (U+003C) nu face parte"),
]


@pytest.mark.parametrize(("change", "field", "words"), TYPED, ids=[words for *_, words in TYPED])
def test_what_cannot_be_printed_as_typed(
    clerk: Browser, monkeypatch: pytest.MonkeyPatch, change: dict[str, Any], field: str, words: str
) -> None:
    monkeypatch.setattr(fonts, "FOLDERS", EVERY_OFFICE)
    answer = clerk.submit("/desk/lodge", FORM | change)
    assert answer.status_code == 400
    assert words in said(sentence_beside(answer, field))


def test_sizes_have_a_decimal_comma(clerk: Browser) -> None:
    answer = clerk.submit("/desk/lodge", FORM | {"family_name": "Abcdefghijklmnop " * 5})
    assert re.search(r"de \d+(,\d)? x \d+,\d mm la \d+(,\d)? pt", sentence_beside(answer, "family_name"))


def test_the_drawn_card_says_which_field_it_cannot_draw(clerk: Browser) -> None:
    answer = clerk.submit("/desk/lodge/preview", FORM | {"native_name": "𞊐𞊑"})
    assert answer.status_code == 422
    assert said(answer.text).startswith("Scriere proprie: 𞊐 (U+1E290) nu poate fi tipărit")


def test_the_officer_reads_which_field_does_not_fit(
    client: Browser, login: Login, office: Office, people: SmallOffice, complete: Case
) -> None:
    """A name that became too long for the card after the lodging: refused at approval, by the field's label."""
    with office.act(people.actors["clerk"]) as act:
        person = act.session.get_one(IssuanceRequest, complete.request_id).person
        spell(act, person, "Abcdefghijklmnop " * 4 + "Abcdefghijklmnop", "Layla")
        act.record("person.spelt", person)
    login(client, RoleName.DECISION_OFFICER)
    client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "ro"
    page = client.get(f"/decisions/{complete.request_id}").text
    seen = dict(re.findall(r'name="(seen-\w+)" value="([^"]*)"', page))
    answer = client.submit(f"/decisions/{complete.request_id}", seen)
    assert answer.status_code == 400
    summary = words_of(answer.text[: answer.text.index('class="decision"')] + "</main>")
    assert "Nume : 84 caractere nu încap" in summary
    said(summary)


def test_the_command_names_the_field_and_says_it_in_english(app: Flask, tmp_path: Path) -> None:
    example = json.loads((Path(__file__).parents[2] / "docs" / "example-content.json").read_text("utf-8"))
    for name, sentence in (
        ("রহমান", "family_name: র (U+09B0) of the Bengali script has no ICAO transliteration: type the Latin spelling."),
        ("W" * 72, "family_name: 72 characters do not fit the box of"),
    ):
        file = tmp_path / "content.json"
        file.write_text(json.dumps(example | {"family_name": name}), "utf-8")
        arguments = ["compose", "--type", "RP-R", "--content", str(file), "--out", str(tmp_path / "out")]
        result = app.test_cli_runner().invoke(args=arguments)
        assert (result.exit_code, result.output.startswith(sentence)) == (1, True), result.output
        assert not (tmp_path / "out").exists()
