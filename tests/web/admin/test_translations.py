"""The translations of the public pages: each text with who has read it; what is kept changes what pages say of it."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from issuance.law.persons.rights import read_to
from issuance.models.audit import AuditEvent
from issuance.models.rights import TextReview
from issuance.models.staff import RoleName
from issuance.office import Office
from issuance.web.frame.tongues import parity, read_here, texts
from issuance.web.frame.tongues.texts import PublicText, public_texts
from tests.web.conftest import Browser, Login
from tests.web.desk.shared import sentence_beside

MADE = '<p class="made">'


@pytest.fixture
def administrator(client: Browser, login: Login) -> Browser:
    login(client, RoleName.ADMINISTRATOR)
    return client


def said(text: PublicText, **changes: str) -> dict[str, Any]:
    return {"language": "uk", "digest": text.digest, "back": "Puteți munci.", "reader": "O. Kovalenko"} | changes


def test_a_text_is_kept_as_reviewed_with_its_back_translation(administrator: Browser, office: Office) -> None:
    text = public_texts("uk")[0]
    page = administrator.get("/translations?language=uk").text
    assert text.said in page
    assert text.romanian in page
    refused = administrator.submit("/translations", said(text, back=""))
    assert refused.status_code == 400
    assert sentence_beside(refused, "back")
    assert administrator.submit("/translations", said(text)).status_code == 303
    with office.reading() as look:
        row = look.session.query(TextReview).one()
        event = look.session.scalars(select(AuditEvent).where(AuditEvent.act == "text.reviewed")).one()
    assert (row.language, row.digest, row.back, row.reader) == ("uk", text.digest, "Puteți munci.", "O. Kovalenko")
    assert event.details == {"language": "uk"}
    assert "O. Kovalenko" in administrator.get("/translations?language=uk").text
    assert administrator.submit("/translations", said(text)).status_code == 409


@pytest.mark.parametrize("changes", [{"digest": "0" * 32}, {"language": "ro"}, {"language": "xx"}, {"reader": ""}])
def test_what_is_no_text_of_a_language_is_not_kept(
    administrator: Browser, office: Office, changes: dict[str, str]
) -> None:
    assert administrator.submit("/translations", said(public_texts("uk")[0], **changes)).status_code == 400
    with office.reading() as look:
        assert look.session.query(TextReview).count() == 0


def test_a_language_that_is_not_there_is_answered_with_one_that_is(administrator: Browser) -> None:
    assert administrator.get("/translations?language=../xx").status_code == 200


def test_the_foot_of_a_page_agrees_with_what_was_read(administrator: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of rights and duties as soon as these were read; of every other page when nothing of the language is left."""
    monkeypatch.setattr(read_here, "SECONDS", 0.0)
    few = public_texts("uk")[:60]
    monkeypatch.setattr(read_here, "public_texts", lambda _language: few)
    read = read_to("applicant")
    assert read is not None
    codes = {text.key for text in read.texts}
    assert MADE in administrator.get("/rights/applicant?lang=uk").text
    for text in (each for each in few if each.key in codes):
        administrator.submit("/translations", said(text))
    assert MADE not in administrator.get("/rights/applicant?lang=uk").text
    assert MADE in administrator.get("/rights/refugee?lang=uk").text
    assert MADE in administrator.get("/status?lang=uk").text
    for text in (each for each in few if each.key not in codes):
        administrator.submit("/translations", said(text))
    assert MADE not in administrator.get("/status?lang=uk").text
    assert MADE in administrator.get("/status?lang=ar").text


@pytest.mark.parametrize(
    ("source", "translated", "differences"),
    [
        ("Wait %(num)s days", "Attendez %(num)s jours", []),
        ("Wait %(num)s days", "Attendez quelques jours", ["%(num)s"]),
        ("Within 30 days, Art 20(6)", "En 30 jours, art. 20, par. 6", []),
        ("Within 30 days", "En 13 jours", ["13", "30"]),
    ],
)
def test_places_and_numbers_are_compared(source: str, translated: str, differences: list[str]) -> None:
    assert parity.differences(source, translated) == differences


def test_every_text_is_found_once() -> None:
    for language in ("fr", "ar", "uk", "bn", "ur"):
        found = texts.public_texts(language)
        assert len({text.digest for text in found}) == len(found)
        assert [text.key for text in found if text.differences] == []
        assert {"rights work", "verify title", "rights choose"} <= {text.key for text in found}
