"""What stands before the server speaks TLS as it should, and shows strangers nothing of the machine."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

FRONT = (Path(__file__).parents[2] / "deploy" / "liman.nginx").read_text("utf-8")


def said(name: str) -> list[str]:
    """What the front is told by this word, as often as it is."""
    return re.findall(rf"^\s*{name}\s+([^;]+);", FRONT, re.M)


def test_only_tls_of_today_is_spoken() -> None:
    assert said("ssl_protocols") == ["TLSv1.2 TLSv1.3"]
    assert {listen.split()[-1] for listen in said("listen")} == {"ssl"}


def test_every_cipher_is_authenticated_and_forward_secret() -> None:
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.fail("openssl is part of the set-up")
    (ciphers,) = said("ssl_ciphers")
    told = subprocess.run(
        [openssl, "ciphers", "-v", "-tls1_2", "-s", ciphers], capture_output=True, text=True, check=True
    )
    suites = told.stdout.splitlines()
    assert len(suites) == len(ciphers.split(":"))
    assert [each for each in suites if "Kx=ECDH" not in each or "Mac=AEAD" not in each] == []


def test_every_answer_keeps_browsers_on_tls_once() -> None:
    assert FRONT.count("add_header") == 1
    assert 'add_header Strict-Transport-Security "max-age=31536000; includeSubDomains" always;' in FRONT
    assert said("proxy_hide_header") == ["Strict-Transport-Security"]


def test_the_front_says_no_version_and_keeps_no_addresses() -> None:
    assert said("server_tokens") == ["off"]
    assert [each.split()[0] for each in said("access_log")] == ["off"]


def test_the_caller_cannot_say_who_calls() -> None:
    assert re.findall(r"proxy_set_header (X-\S+)\s+(\S+);", FRONT) == [
        ("X-Forwarded-For", "$remote_addr"),
        ("X-Forwarded-Proto", "$scheme"),
    ]


def test_strangers_do_not_read_how_the_machine_is() -> None:
    (block,) = re.findall(r"location ~ \^/\(healthz\|readyz\)\$ {([^}]+)}", FRONT)
    assert block.index("allow 127.0.0.1;") < block.index("deny all;")
