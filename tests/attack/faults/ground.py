"""What the faults have in common: what readiness says, and waiting for what comes by itself; people who are lodged."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable

from tests.attack.conftest import Answer, Visitor
from tests.web.desk.shared import FORM

PATIENCE = 120.0
"""Seconds after which something that should come by itself shows that it does not."""


def checks(url: str) -> dict[str, bool]:
    """What readiness says of each of its checks; nothing while nobody answers."""
    try:
        with urllib.request.urlopen(f"{url}/readyz", timeout=PATIENCE) as answer:
            said = json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            said = json.load(error)
    except OSError:
        return {}
    return dict(said["checks"])


def is_ready(url: str) -> bool:
    """Whether all is well."""
    found = checks(url)
    return bool(found) and all(found.values())


def until(holds: Callable[[], bool]) -> None:
    """Wait until it holds."""
    begun = time.monotonic()
    while not holds():
        assert time.monotonic() - begun < PATIENCE, "it never came"
        time.sleep(0.2)


def someone(number: int) -> dict[str, str]:
    """The form of a lodging of a person who is like nobody else."""
    letters = "".join("abcdefghij"[int(digit)] for digit in f"{number:05d}")
    named = {"given_names": f"Karim{letters}", "family_name": f"Haddad{letters[::-1]}", "native_name": ""}
    shown = {"decision_number": f"{number}/2026", "travel_document_number": f"N{number:06d}"}
    return FORM | named | shown | {"birth_date-day": str(number % 28 + 1), "birth_date-year": str(1950 + number % 50)}


def lodge(clerk: Visitor, number: int) -> Answer:
    """A clerk lodges the request of that person."""
    return clerk.post("/desk/lodge", clerk.hidden("/desk/lodge", "/desk/lodge") | someone(number))
