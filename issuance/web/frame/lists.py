"""What lists share: which page of one is asked for."""

from __future__ import annotations

from flask import request

LAST_PAGE = 10_000


def page_number() -> int:
    """The page the address asks for, from 1; the first when it asks for none that can be."""
    asked: int = request.args.get("page", 1, type=int)
    return min(max(1, asked), LAST_PAGE)
