"""Keys of rows: ordered by time, also within a millisecond (RFC 9562)."""

from __future__ import annotations

import datetime as dt
import time
from itertools import count
from uuid import RFC_4122

import pytest

from issuance.db import moment_of, uuid7

BEGIN = 1_795_000_000_000_999_000
"""Nanoseconds since 1970, just before the next millisecond."""


def test_keys_that_one_process_makes_come_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    moments = count(BEGIN, 300)
    monkeypatch.setattr(time, "time_ns", lambda: next(moments))
    keys = [uuid7() for _ in range(10_000)]
    assert keys == sorted(keys)
    assert len(set(keys)) == len(keys)
    assert {(key.version, key.variant) for key in keys} == {(7, RFC_4122)}


def test_a_key_says_in_which_millisecond_it_was_made(monkeypatch: pytest.MonkeyPatch) -> None:
    """The example of RFC 9562, A.6: 2022-02-22 14:22:22.00 -05:00 is 017f22e2-79b0-7..."""
    monkeypatch.setattr(time, "time_ns", lambda: 1_645_557_742_000_000_000)
    key = uuid7()
    assert str(key).startswith("017f22e2-79b0-7000-")
    assert moment_of(key) == dt.datetime(2022, 2, 22, 19, 22, 22, tzinfo=dt.UTC)
