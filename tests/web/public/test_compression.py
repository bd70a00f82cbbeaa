"""What a phone has to load: compressed for whoever reads it, never where a page holds secrets."""

from __future__ import annotations

import gzip
import re

from flask.testing import FlaskClient

from issuance.office import Office
from tests.web.public.holder import KNOWN, ask, lodged, words

MOST = 40_000
GZIP = {"Accept-Encoding": "gzip, deflate, br"}


def size(client: FlaskClient, path: str) -> int:
    """Bytes of a file on the wire."""
    with client.get(path, headers=GZIP) as answer:
        return len(answer.data)


def weights(client: FlaskClient, path: str) -> int:
    """Bytes of a page and all that it loads."""
    page = client.get(path, headers=GZIP)
    html = gzip.decompress(page.data).decode()
    loaded = set(re.findall(r'(?:href|src)="(/static/[^"]+)"', html))
    assert loaded
    return len(page.data) + sum(size(client, each) for each in loaded)


def test_the_first_page_and_all_it_loads_is_small(client: FlaskClient) -> None:
    assert weights(client, "/status") < MOST
    assert weights(client, "/verify") < MOST


def test_a_compressed_page_is_the_same_page(client: FlaskClient, office: Office) -> None:
    lodged(office)
    plain, small = ask(client), ask(client, headers=GZIP)
    assert (plain.headers.get("Content-Encoding"), small.headers["Content-Encoding"]) == (None, "gzip")
    assert len(small.data) < len(plain.data) / 2
    assert len(small.data) == int(small.headers["Content-Length"])
    small.set_data(gzip.decompress(small.data))
    assert words(small) == words(plain)
    assert KNOWN[:4] in words(small)
    assert "Accept-Encoding" in plain.headers["Vary"]


def test_who_cannot_read_it_gets_it_as_it_is(client: FlaskClient) -> None:
    for accepted in ("identity", "gzip;q=0", "br"):
        assert "Content-Encoding" not in client.get("/status", headers={"Accept-Encoding": accepted}).headers


def test_an_unchanged_file_is_not_sent_again(client: FlaskClient) -> None:
    with client.get("/static/css/liman.css", headers=GZIP) as first:
        assert first.headers["Content-Encoding"] == "gzip"
    with client.get("/static/css/liman.css", headers=GZIP | {"If-None-Match": first.headers["ETag"]}) as again:
        assert (again.status_code, again.data) == (304, b"")
