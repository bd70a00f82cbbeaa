"""Whose address counts: behind our own proxies the caller's, otherwise whoever is connected."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import request

from app import create_app
from issuance.settings import Settings

CLAIMED = "203.0.113.9, 198.51.100.7"


@pytest.mark.parametrize(
    ("proxies", "address"), [(0, "127.0.0.1"), (1, "198.51.100.7"), (2, "203.0.113.9")], ids=["none", "one", "two"]
)
def test_only_our_own_proxies_say_who_calls(tmp_path: Path, proxies: int, address: str) -> None:
    app = create_app(Settings(var=tmp_path / "var", trusted_proxies=proxies))
    seen: list[str | None] = []
    app.before_request(lambda: seen.append(request.remote_addr))
    app.test_client().get("/healthz", headers={"X-Forwarded-For": CLAIMED})
    assert seen == [address]
