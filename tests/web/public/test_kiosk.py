"""The kiosk: the status page's answer, nothing remembered, nothing personal on the screen, every sentence spoken."""

from __future__ import annotations

import datetime as dt
import json
import re
import shutil
import struct
import subprocess
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_babel import force_locale
from werkzeug.test import TestResponse

from issuance.errors import Busy, Unfit
from issuance.office import Office
from issuance.services.public.status import PublicState
from issuance.states import RequestState
from issuance.web.frame.i18n import RIGHT_TO_LEFT, of_everybody
from issuance.web.public.parts import answering, voices
from issuance.web.words.status import ANSWERS, MISSING
from tests.counterparts import require
from tests.voices import spoken as make_spoken
from tests.web.public.holder import (
    BORN,
    KNOWN,
    MALFORMED,
    ON_BOTH,
    PERSONAL,
    TODAY,
    UNKNOWN,
    date_fields,
    lodged,
    words,
)
from tests.web.public.test_status import SECTION_4

SHORTEST = 0.3
"""Seconds of the shortest sentence there is."""

SMALL = 10_000_000
"""Bytes of all that is spoken, in every language."""


def ask_there(client: FlaskClient, reference: str = KNOWN, language: str = "en", **more: Any) -> TestResponse:
    fields = {"reference": reference, **date_fields(more.pop("birth_date", BORN))}
    return client.post(f"/kiosk/{language}", data=fields, **more)


# The answer


@pytest.mark.parametrize("state", RequestState)
def test_each_state_is_said_as_on_the_status_page(client: FlaskClient, office: Office, state: RequestState) -> None:
    lodged(office, state)
    answer = ask_there(client)
    assert answer.status_code == 200
    assert words(answer).startswith(SECTION_4[state])
    assert not [word for word in PERSONAL if word in answer.text]
    assert (KNOWN[:4] in answer.text, "refugee" in answer.text) == (False, False)


@ON_BOTH
def test_a_wrong_date_and_an_unknown_reference_look_the_same(client: FlaskClient, office: Office) -> None:
    lodged(office)
    wrong, unknown = ask_there(client, birth_date="1950-01-01"), ask_there(client, UNKNOWN)
    assert (wrong.status_code, wrong.data) == (404, unknown.data)
    assert "A reference has 11 letters and numbers" in words(ask_there(client, MALFORMED))


def test_its_tries_are_those_of_the_status_page(client: FlaskClient, office: Office) -> None:
    lodged(office)
    assert [ask_there(client, birth_date="1950-01-01").status_code for _ in range(10)] == [404] * 10
    assert ask_there(client).status_code == 429
    assert client.post("/status", data={"reference": KNOWN, **date_fields()}).status_code == 429


def test_what_a_scanner_types_is_read(client: FlaskClient, office: Office) -> None:
    lodged(office)
    for typed in (f"https://liman.example/status#{KNOWN}", KNOWN.lower(), f"HTTPS://LIMAN.EXAMPLE/STATUS#{KNOWN}"):
        assert ask_there(client, typed).status_code == 200
    fields = {"reference": f"https://liman.example/status#{KNOWN}", **date_fields()}
    assert client.post("/status", data=fields).status_code == 200


def test_what_cannot_be_read_is_asked_again_with_what_was_typed(client: FlaskClient) -> None:
    answer = client.post("/kiosk/en", data={"reference": "K7WM", "birth_date-year": "92"})
    assert answer.status_code == 400
    assert "Please look at this again." in words(answer)
    assert 'value="K7WM"' in answer.text


def test_a_busy_register_is_said(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(*_: object) -> None:
        raise Busy

    monkeypatch.setattr(answering, "public_status", busy)
    answer = ask_there(client)
    assert answer.status_code == 503
    assert "Too many people are asking now." in words(answer)


# The languages, and what stays


def test_the_start_page_asks_in_every_language(client: FlaskClient) -> None:
    page = client.get("/kiosk").text
    for language in of_everybody():
        direction = "rtl" if language in RIGHT_TO_LEFT else "ltr"
        assert f'href="/kiosk/{language}" lang="{language}" dir="{direction}"' in page


@pytest.mark.parametrize("language", of_everybody())
def test_a_language_is_in_the_address_and_nowhere_else(client: FlaskClient, language: str) -> None:
    client.set_cookie("language", "fr")
    page = client.get(f"/kiosk/{language}?lang=fr")
    assert f'<html lang="{language}"' in page.text
    assert "Set-Cookie" not in page.headers
    assert '<html lang="ro"' in client.get("/kiosk").text


def test_a_language_that_does_not_exist_leads_to_the_start(client: FlaskClient) -> None:
    for code in ("xx", "RO", "ro.html", "%2e%2e", "ro" * 900):
        answer = client.get(f"/kiosk/{code}")
        assert (answer.status_code, answer.headers["Location"]) == (303, "/kiosk")


def test_no_page_is_kept_or_leads_out(client: FlaskClient, office: Office) -> None:
    lodged(office, RequestState.DELIVERED)
    pages = [client.get("/kiosk"), client.get("/kiosk/en"), ask_there(client), ask_there(client, UNKNOWN)]
    pages.append(client.get("/kiosk/no/such"))
    for page in pages:
        assert page.headers["Cache-Control"] == "no-store"
        assert "Set-Cookie" not in page.headers
        links = re.findall(r'(?:<a[^>]*|<form[^>]*)(?:href|action)="([^"]*)"', page.text)
        assert [each for each in links if not each.startswith(("/kiosk", "#"))] == []
    assert "20; url=/kiosk" in pages[-1].text


def test_beside_the_kiosk_a_failure_leads_where_it_did(client: FlaskClient) -> None:
    assert '<a class="button" href="/">' in client.get("/no/such").text


def test_a_vulnerable_person_is_told_no_place(client: FlaskClient, office: Office) -> None:
    lodged(office, RequestState.READY, vulnerable=True)
    assert "At the office where you asked for the document." in words(ask_there(client))


def test_the_days_are_counted_as_on_the_status_page(client: FlaskClient, office: Office) -> None:
    lodged(office, lodged_on=TODAY - dt.timedelta(31), due_on=TODAY - dt.timedelta(1))
    said = words(ask_there(client))
    assert "31 of 30" in said
    assert "We are late. You may come and ask." in said


# What is spoken


@pytest.fixture(scope="module")
def spoken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every sentence, as set-up makes them."""
    return make_spoken(tmp_path_factory.mktemp("spoken") / "voices")


def seconds(file: Path) -> float:
    """How long an Ogg Opus file plays (RFC 7845: samples of 48 kHz, less the pre-skip), read here by hand."""
    data = file.read_bytes()
    head = data.index(b"OpusHead")
    assert (data[:4], data[head + 9]) == (b"OggS", 1), "one channel"
    (skip,) = struct.unpack_from("<H", data, head + 10)
    last = data.rindex(b"OggS")
    assert data[last + 5] & 4, "the last page says that it is the last"
    (samples,) = struct.unpack_from("<q", data, last + 6)
    return float((samples - skip) / 48_000)


@pytest.mark.parametrize("language", of_everybody())
def test_every_state_is_spoken_in_every_language(app: Flask, spoken: Path, language: str) -> None:
    assert set(ANSWERS) == set(PublicState)
    ffprobe = require("ffprobe", "it judges the files by another program")
    with app.app_context(), force_locale(language):
        for state, answer in ANSWERS.items():
            for sentence in (answer.answer, *answer.now):
                file = spoken / voices.name(language, str(sentence))
                assert seconds(file) > SHORTEST, (state, sentence)
        command = [
            ffprobe,
            "-v",
            "error",
            "-show_entries",
            "stream=codec_name,channels:format=duration",
            "-of",
            "csv=p=0",
        ]
        file = spoken / voices.name(language, str(ANSWERS[PublicState.READY].answer))
        told = subprocess.run([*command, file], capture_output=True, text=True, check=True).stdout.split()
        assert told[0] == "opus,1"
        assert float(told[1]) == pytest.approx(seconds(file), abs=0.05)


def test_all_that_is_spoken_is_small_and_can_be_played(spoken: Path) -> None:
    files = list(spoken.iterdir())
    assert len(files) > len(of_everybody()) * (len(ANSWERS) + len(MISSING))
    assert min(map(seconds, files)) > SHORTEST
    assert sum(each.stat().st_size for each in files) < SMALL


@pytest.mark.parametrize("language", of_everybody())
def test_every_page_says_its_first_sentence_and_what_to_do(
    client: FlaskClient, office: Office, spoken: Path, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    monkeypatch.setattr(voices, "FOLDER", spoken)
    lodged(office, RequestState.INCOMPLETE, missing=["portrait", "signature", "other"])
    pages = [client.get(f"/kiosk/{language}")]
    pages += [ask_there(client, each, language) for each in (KNOWN, UNKNOWN, MALFORMED)]
    assert [len(re.findall("<audio", each.text)) for each in pages] == [3, 5, 4, 6]
    for page in pages:
        assert "data-listen" in page.text
        address = re.findall(r'<audio [^>]*src="([^"]+)"', page.text)[0]
        with client.get(address) as file:
            assert file.data.startswith(b"OggS")
            assert file.headers["Content-Type"] == "audio/ogg"
            assert file.headers["Cache-Control"] == "public, max-age=31536000"
        with client.get(address, headers={"Range": "bytes=0-3"}) as part:
            assert (part.status_code, part.data) == (206, b"OggS")


def test_without_files_it_says_so_and_works(
    client: FlaskClient, office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(voices, "FOLDER", tmp_path / "none")
    lodged(office)
    answer = ask_there(client)
    assert "This machine cannot speak now. Please read, or ask at the counter." in words(answer)
    assert ("<audio" in answer.text, "data-listen" in answer.text) == (False, False)
    assert client.get("/kiosk/voices/en-0.opus").status_code == 404
    assert client.get("/kiosk/voices/..%2f..%2fapp.py").status_code == 404


def test_a_changed_sentence_gets_a_file_of_its_own_and_an_old_one_goes(spoken: Path, tmp_path: Path) -> None:
    folder = tmp_path / "voices"
    shutil.copytree(spoken, folder)
    kept = {each.name for each in folder.iterdir()}
    old = folder / voices.name("ro", "Nimeni nu mai spune asta.")
    old.write_bytes(b"")
    (gone := next(each for each in folder.iterdir() if each.name.startswith("bn-"))).unlink()
    voices.make(folder)
    assert gone.exists()
    assert {each.name for each in folder.iterdir()} == kept
    assert voices.name("ro", "A.") != voices.name("ro", "B.")


def test_a_missing_program_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Unfit, match="espeak-ng is not installed"):
        voices.make(tmp_path / "voices")
    assert voices.main() == 1


# The machine


def test_what_its_machine_may_open_is_the_kiosk_alone() -> None:
    page = (Path(__file__).parents[3] / "docs" / "kiosk.md").read_text("utf-8")
    policies = json.loads(page.partition("```json")[2].partition("\n")[2].partition("```")[0])
    address = re.findall(r"https://[\w.]+/\S+", page.partition("ExecStart=")[2])[0]
    assert (policies["URLBlocklist"], policies["URLAllowlist"]) == (["*"], [address])
    assert address.endswith("/kiosk")
