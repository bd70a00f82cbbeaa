"""Data keys that were unwrapped, for at most a minute: a token is asked once for what a person looks at."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

SECONDS = 60.0
MOST = 5_000
"""How many are kept at most: the oldest go first."""

Name = tuple[UUID, bytes]
"""A request and its wrapped key: one that was wrapped anew has another name."""


class OpenKeys:
    """Plain data keys by name, overwritten when they go: after `seconds`, when destroyed, or when there are too many.

    A timer sees to it also when nobody asks any more. What Python and OpenSSL copied on the way is theirs.
    """

    def __init__(self, seconds: float = SECONDS, counter: Callable[[], float] = time.monotonic) -> None:
        self._seconds, self._counter = seconds, counter
        self._lock = threading.Lock()
        self._keys: dict[Name, tuple[float, bytearray]] = {}
        self._timer: threading.Timer | None = None

    def cipher(self, name: Name) -> AESGCM | None:
        """The cipher of a key that is kept; None when it is not."""
        with self._lock:
            self._drop_old()
            kept = self._keys.get(name)
            return AESGCM(kept[1]) if kept else None

    def keep(self, name: Name, key: bytes) -> AESGCM:
        """Keep a key from now on; its cipher."""
        with self._lock:
            self._drop_old()
            self._drop(name)
            while len(self._keys) >= MOST:
                self._drop(next(iter(self._keys)))
            self._keys[name] = (self._counter() + self._seconds, bytearray(key))
            self._wait()
        return AESGCM(key)

    def forget(self, request_id: UUID) -> None:
        """Overwrite the keys of a request now."""
        with self._lock:
            for name in [name for name in self._keys if name[0] == request_id]:
                self._drop(name)

    def __len__(self) -> int:
        return len(self._keys)

    def _drop_old(self) -> None:
        now = self._counter()
        while self._keys:
            name, (until, _) = next(iter(self._keys.items()))  # they were kept in the order in which they go
            if until > now:
                return
            self._drop(name)

    def _drop(self, name: Name) -> None:
        kept = self._keys.pop(name, None)
        if kept:
            kept[1][:] = bytes(len(kept[1]))

    def _wait(self) -> None:
        if self._timer is None:
            until, _ = next(iter(self._keys.values()))
            self._timer = threading.Timer(max(0.0, until - self._counter()), self._tidy)
            self._timer.daemon = True
            self._timer.start()

    def _tidy(self) -> None:
        with self._lock:
            self._timer = None
            self._drop_old()
            if self._keys:
                self._wait()
