"""SMS through a real Kannel to its centre: the same text, as many parts as we count, and what became of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from issuance.sending import Message, Outcome, Sent
from issuance.sending.gateway import gateway_of
from issuance.sending.parts import parts
from issuance.settings import Settings
from tests.contract.kannel import PASSWORD, SENDER, USER, Kannel, kannel
from tests.counterparts import free_port

pytestmark = pytest.mark.contract

TO = "+40722123456"
ARABIC = "وثيقتك جاهزة. تعال إلى المركز. "
TEXTS = {
    "one part": 'Ready. 100% {sure} & safe: "€" [1] é/à +?=#\'',
    "GSM, exactly one": "a" * 160,
    "GSM, two": "a" * 161,
    "GSM, escapes at the boundary": "a" * 152 + "€" * 80,
    "Arabic, one": ARABIC,
    "Arabic, three": ARABIC * 5,
    "Bengali": "আপনার নথি প্রস্তুত। " * 8,
    "Ukrainian": "Ваш документ готовий. Приходьте. " * 5,
    "Urdu": "آپ کی دستاویز تیار ہے۔ " * 3,
    "Romanian": "Documentul așteaptă la ghișeu. " * 3,
    "of two lines": f"{ARABIC}\nhttps://office.example/stop/AbC-_9",
}


@pytest.fixture(scope="module")
def theirs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kannel]:
    with kannel(tmp_path_factory.mktemp("kannel")) as running:
        yield running


def sent(theirs_at: str, folder: Path, text: str = ARABIC, password: str = PASSWORD, **changes: object) -> Sent:
    (folder / "password").write_text(password)
    given = {"sms_gateway": "kannel", "sms_url": theirs_at, "sms_user": USER, "sms_sender": SENDER}
    more = {"sms_password_file": folder / "password", "var": folder}
    channel = gateway_of(Settings(**{**given, **more, **changes}))  # type: ignore[arg-type]
    assert channel
    return channel.send(Message(uuid4(), TO, "", text, "ar"))


@pytest.mark.parametrize("name", ["kannel", "kannel-get"])
@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_a_text_comes_as_it_was_written_in_as_many_parts_as_we_count(
    theirs: Kannel, tmp_path: Path, name: str, text: str
) -> None:
    before, count = len(theirs.parts()), parts(text).count
    assert sent(theirs.url, tmp_path, text, sms_gateway=name) == Sent(Outcome.ACCEPTED, "202")
    came = theirs.wait_for(before + count)[before:]
    assert {part.to for part in came} == {TO}
    assert "".join(part.text for part in came) == text
    assert len(came) == count


def test_a_wrong_password_is_not_the_numbers_fault(theirs: Kannel, tmp_path: Path) -> None:
    before = theirs.parts()
    assert sent(theirs.url, tmp_path, password="wrong") == Sent(Outcome.RETRY, "403", "down")
    assert theirs.parts() == before


def test_a_kannel_that_is_not_there_is_tried_again(tmp_path: Path) -> None:
    assert sent(f"http://127.0.0.1:{free_port()}", tmp_path) == Sent(Outcome.RETRY, reason="down")
