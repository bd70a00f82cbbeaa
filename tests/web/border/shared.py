"""What the tests of the border share."""

from __future__ import annotations

import datetime as dt

TODAY = dt.date(2026, 11, 20)


def boxes(name: str, day: dt.date) -> dict[str, str]:
    """A date as its three boxes send it."""
    return {f"{name}-day": str(day.day), f"{name}-month": str(day.month), f"{name}-year": str(day.year)}
