"""The pages of the waiting room ask as often for many people as for few, and never too often."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import event

from issuance.office import Office
from tests.web.conftest import Browser
from tests.web.test_full_register import MOST_STATEMENTS
from tests.web.waiting.shared import MONDAY, TODAY, book, times
from tests.web.waiting.test_tickets import give, sit


def asked(clerk: Browser, office: Office, page: str) -> int:
    """How many statements a page is, its rail included."""
    counted = list[str]()

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        counted.extend([statement] * statement.startswith("SELECT"))

    event.listen(office.database.engine, "before_cursor_execute", note)
    assert clerk.get(page).status_code == 200
    event.remove(office.database.engine, "before_cursor_execute", note)
    return len(counted)


@pytest.mark.parametrize("page", ["/", "/appointments", f"/appointments/book?day={MONDAY}", "/tickets", "/counter"])
def test_a_page_asks_as_often_for_five_as_for_one(clerk: Browser, office: Office, page: str) -> None:
    sit(clerk)
    counts = []
    for _ in range(2):
        for slot in times(clerk.get(f"/appointments/book?day={TODAY}").text)[:2]:
            book(clerk, slot)
        give(clerk)
        counts.append(asked(clerk, office, page))
    assert counts[0] == counts[1] <= MOST_STATEMENTS
