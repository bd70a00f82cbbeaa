"""Answers made smaller on their way to a phone: static files, and the pages of everybody.

Pages behind a log-in are sent as they are: they hold secrets beside what a stranger could have put there, and the
length of a compressed page tells about both (BREACH, 2013).
"""

from __future__ import annotations

import gzip
from functools import lru_cache

from flask import Flask, Response, request

LEAST = 500
"""Bytes below which nothing is gained."""

TYPES = ("text/", "application/json", "image/svg+xml")
SHARED = ("static", "public.")


def init_app(app: Flask) -> None:
    """Compress what is of everybody for whoever can read it."""
    app.after_request(_compress)


def _compress(response: Response) -> Response:
    if not (request.endpoint or "").startswith(SHARED) or not response.content_type.startswith(TYPES):
        return response
    response.vary.add("Accept-Encoding")
    wanted = request.accept_encodings.quality("gzip") and response.status_code not in (206, 304)
    if not wanted or "Content-Encoding" in response.headers:
        return response
    response.direct_passthrough = False
    data = response.get_data()
    if len(data) >= LEAST:
        response.set_data(_of_file(data) if request.endpoint == "static" else gzip.compress(data, 6))
        response.headers["Content-Encoding"] = "gzip"
        response.headers.pop("Accept-Ranges", None)
        _weaken(response)
    return response


@lru_cache(maxsize=100)
def _of_file(data: bytes) -> bytes:
    """A file of ours, compressed once and well."""
    return gzip.compress(data, 9)


def _weaken(response: Response) -> None:
    """The same content in other bytes has no strong tag (RFC 9110, 8.8.3)."""
    tag, weak = response.get_etag()
    if tag and not weak:
        response.set_etag(tag, weak=True)
