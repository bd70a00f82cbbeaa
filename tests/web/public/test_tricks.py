"""What a stranger writes into headers and addresses changes no page, names no other host and opens nothing."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

from issuance.office import Office

PAGES = (
    "/status",
    "/status/lost",
    "/verify",
    "/verify/confirmation",
    "/ahead",
    "/rights",
    "/rights/refugee",
    "/kiosk",
)
EVIL = "evil.example"
NONCE = re.compile(r'nonce="[^"]+"|nonce-[^\']+|value="[\w.-]{40,}"|test-nonce')
LANGUAGES = ("xx", "ar-DOES-NOT-EXIST", "../ro", "<script>alert(1)</script>", "a" * 5000)
TRICKS: tuple[dict[str, str], ...] = (
    {"Host": EVIL},
    {"Host": f"127.0.0.1@{EVIL}"},
    {"Host": "127.0.0.1:99999999"},
    {"X-Forwarded-Host": EVIL, "X-Forwarded-Proto": "javascript", "X-Forwarded-Prefix": f"//{EVIL}"},
    {"Forwarded": f"host={EVIL};proto=https"},
    {"X-Original-URL": "/accounts", "X-Rewrite-URL": "/accounts"},
    {"X-HTTP-Method-Override": "DELETE", "X-HTTP-Method": "PUT"},
    {"Referer": f"https://{EVIL}/", "Origin": f"https://{EVIL}"},
    {"Accept-Language": "zz," * 2000 + "../../etc/passwd,en"},
    {"Cookie": "language=../../../etc/passwd; session=AAAA"},
    {"Range": "bytes=0-10", "If-None-Match": "*", "If-Modified-Since": "nonsense"},
)


def seen(client: FlaskClient, path: str, headers: dict[str, str] | None = None) -> tuple[int, str]:
    answer = client.get(path, headers=headers or {})
    assert "Location" not in answer.headers or EVIL not in answer.headers["Location"]
    assert EVIL not in str(answer.headers)
    return answer.status_code, NONCE.sub("", answer.text)


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("trick", TRICKS, ids=lambda trick: next(iter(trick.items()))[1][:20])
def test_a_header_changes_no_page(client: FlaskClient, office: Office, path: str, trick: dict[str, str]) -> None:
    status, text = seen(client, path, trick)
    assert EVIL not in text
    assert (status, text) == seen(client, path)


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("language", ["xx", "ar-DOES-NOT-EXIST", "../ro", "<script>alert(1)</script>", "a" * 5000])
def test_a_language_that_does_not_exist_is_none(client: FlaskClient, office: Office, path: str, language: str) -> None:
    answer = client.get(path, query_string={"lang": language})
    assert (answer.status_code, "Set-Cookie" in answer.headers) == (200, False)
    assert "<script>alert" not in answer.text
    assert NONCE.sub("", answer.text) == seen(client, path)[1]
