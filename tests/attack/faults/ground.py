"""What the faults have in common: what readiness says, and waiting for what comes by itself."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable

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
