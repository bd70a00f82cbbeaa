"""What the tests of the waiting room do again and again at its pages."""

from __future__ import annotations

import html
import re
from typing import Any

from tests.web.conftest import Browser

TODAY, MONDAY = "2026-11-20", "2026-11-23"


def fields(page: str) -> dict[str, Any]:
    """The hidden fields of a page's forms, without their tokens; the last form's stays."""
    return dict(re.findall(r'type="hidden" name="(key|seen)" value="([^"]*)"', page))


def times(page: str) -> list[str]:
    """The moments that a page offers."""
    return re.findall(r'name="starts_at" value="([^"]+)"', page)


def refusal(page: str) -> str:
    """What the summary of a refused form says."""
    found = re.search(r'<div class="notice stop summary".*?</div>\s*</div>', page, re.S)
    return html.unescape(re.sub(r"<[^>]+>", " ", found.group(0))) if found else ""


def book(clerk: Browser, at: str, persons: str = "1") -> str:
    """Book a lodging as a person does; the page of the appointment."""
    day = at.partition("T")[0]
    form = fields(clerk.get(f"/appointments/book?day={day}").text)
    answer = clerk.submit(f"/appointments/book?day={day}", form | {"persons": persons, "starts_at": at})
    assert answer.status_code == 303, refusal(answer.text)
    return answer.location


def code_of(page: str) -> str:
    """The code that a page shows large."""
    return re.findall(r'class="big-code"><bdi class="code" dir="ltr">([^<]+)', page)[0]
