"""Data keys that are open go after a minute, overwritten, also when nobody asks any more."""

from __future__ import annotations

import threading
from uuid import uuid4

import pytest

from issuance.vault import open_keys
from issuance.vault.open_keys import OpenKeys

KEY = bytes(range(32))


class Counter:
    """Seconds that a test lets pass."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def counter() -> Counter:
    return Counter()


@pytest.fixture
def kept(counter: Counter) -> OpenKeys:
    return OpenKeys(counter=counter)


def plain(kept: OpenKeys) -> bytearray:
    """The bytes of the one key that is kept."""
    ((_, key),) = kept._keys.values()
    return key


def test_a_key_is_open_for_a_minute_and_then_overwritten(kept: OpenKeys, counter: Counter) -> None:
    name = (uuid4(), b"wrapped")
    kept.keep(name, KEY)
    bytes_of_it = plain(kept)
    assert bytes_of_it == KEY
    counter.now += 59.9
    assert kept.cipher(name) is not None
    counter.now += 0.1
    assert kept.cipher(name) is None
    assert bytes_of_it == bytes(32)
    assert len(kept) == 0


def test_another_wrapping_or_request_is_another_key(kept: OpenKeys) -> None:
    request = uuid4()
    kept.keep((request, b"wrapped"), KEY)
    assert kept.cipher((request, b"anew")) is None
    assert kept.cipher((uuid4(), b"wrapped")) is None


def test_what_is_destroyed_is_overwritten_at_once(kept: OpenKeys) -> None:
    request = uuid4()
    kept.keep((request, b"wrapped"), KEY)
    bytes_of_it = plain(kept)
    kept.forget(request)
    assert (bytes_of_it, len(kept)) == (bytes(32), 0)


def test_the_oldest_goes_when_there_are_too_many(kept: OpenKeys, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(open_keys, "MOST", 2)
    names = [(uuid4(), b"wrapped") for _ in range(3)]
    for name in names:
        kept.keep(name, KEY)
    assert [kept.cipher(name) is not None for name in names] == [False, True, True]


def test_a_timer_overwrites_when_nobody_asks() -> None:
    kept = OpenKeys(seconds=0.05)
    gone = threading.Event()
    tidy = kept._tidy
    kept._tidy = lambda: (tidy(), gone.set() if not kept._keys else None)  # type: ignore[method-assign,assign,func-returns-value]
    kept.keep((uuid4(), b"wrapped"), KEY)
    bytes_of_it = plain(kept)
    assert gone.wait(60)
    assert bytes_of_it == bytes(32)
