"""A signer that stays open between signatures, and is opened anew after it failed."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from issuance.keys.signer import OfficeSigner, SignerUnavailable

S = TypeVar("S", bound=OfficeSigner)
T = TypeVar("T")


class LastingSigner(Generic[S]):
    """A signer of an office: opened when a thread first needs it, and kept for that thread until `close`.

    Only the background thread of a server signs, so there is one. After SignerUnavailable it is opened anew the next
    time: a token that is plugged in again, or a new key, needs no restart.
    """

    def __init__(self, opener: Callable[[], S]) -> None:
        self._opener = opener
        self._here = threading.local()
        self.works = True
        """Whether it signed, or could, when it was last used."""

    def use(self, act: Callable[[S], T]) -> T:
        """What `act` makes with the open signer; SignerUnavailable says why none can be opened or sign."""
        try:
            made = act(self._open())
        except SignerUnavailable:
            self.works = False
            self.close()
            raise
        self.works = True
        return made

    def close(self) -> None:
        """Let go of this thread's key; the next use opens it again."""
        signer: S | None = self._here.__dict__.pop("signer", None)
        if signer is not None:
            signer.close()

    def _open(self) -> S:
        if "signer" not in self._here.__dict__:
            self._here.signer = self._opener()
        signer: S = self._here.signer
        return signer
