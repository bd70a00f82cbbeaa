"""The signer of seals: a key somewhere, its certificate, and the rules of its use."""

from __future__ import annotations

import datetime as dt
import json
import os
import threading
from types import TracebackType
from typing import Protocol, Self

import ecdsa  # type: ignore[import-untyped]

from issuance.clock import Clock
from issuance.errors import LimanError
from printing import certificates
from printing.signing import SignerCertificate, hash_for

LONGEST_DOCUMENT = dt.timedelta(days=366)
"""No sealed document is valid longer (assumption): TID 90 days, RT 30 days, TPP a year at a time, RC until the TID."""

_PROOF = b"Liman proves its key: no seal begins like this."


class SignerUnavailable(LimanError):
    """No seal can be signed now; the message says what to put right. It holds nothing personal and no PIN."""

    code = "signer_unavailable"

    def kept(self) -> str:
        """The refusal as text to store: `of_kept` reads it, to be said in the reader's language."""
        return json.dumps({"message": self.message} | self.params, default=str)

    @classmethod
    def of_kept(cls, text: str) -> SignerUnavailable:
        """What `kept` wrote."""
        return cls(**json.loads(text))


class Key(Protocol):
    """A private EC key, wherever it is, and its certificate (DER). Failures are SignerUnavailable."""

    certificate: bytes

    def sign_digest(self, digest: bytes) -> bytes:
        """The ECDSA signature over a hash value, r || s, each as long as the curve's order."""
        ...

    def close(self) -> None:
        """Let go of the key; closing twice does no harm."""
        ...


class SealSigner:
    """An open signer, a `printing.signing.Signer`, for the thread that opened it alone; a context manager.

    `certificate` is DER; `identifier` ("ROLI") and `serial` are what a seal's header names; `usage_ends` is the last
    day on which it signs; `development` says that the key is a file: every page then carries a warning.
    """

    def __init__(self, key: Key, clock: Clock, *, development: bool) -> None:
        self._key, self._clock, self.development = key, clock, development
        self._owner = (os.getpid(), threading.current_thread())
        self.certificate = key.certificate
        self._read = SignerCertificate.of(key.certificate)
        self.identifier, self.serial = self._read.signer, self._read.serial
        self.usage_ends = certificates.usage_ends(key.certificate, LONGEST_DOCUMENT)
        order = ecdsa.VerifyingKey.from_der(self._read.public_key).curve.order
        self._hash = hash_for(order.bit_length())

    @property
    def reference(self) -> str:
        """The certificate's serial number in hex, as a seal's header refers to it."""
        return f"{self.serial:X}"

    def sign(self, data: bytes) -> bytes:
        """The signature over `data`, r || s. SignerUnavailable; RuntimeError in another thread or process."""
        if self._owner != (os.getpid(), threading.current_thread()):
            raise RuntimeError("this signer was opened by another thread or process, which alone may use it")
        self._check_period()
        return self._key.sign_digest(self._hash(data).digest())

    def check_code(self, document_code: str) -> None:
        """SignerUnavailable when the certificate's document type list does not allow documents with this MRZ code."""
        if not self._read.may_sign(document_code):
            raise SignerUnavailable(
                "The certificate of the seal signer %(signer)s does not allow documents with the code %(code)s: have "
                "one issued that does.",
                signer=self.identifier,
                code=document_code,
            )

    def prove(self) -> None:
        """Sign something that is no seal and check it by the certificate; SignerUnavailable if they do not match."""
        if not self._read.verifies(_PROOF, self.sign(_PROOF)):
            raise SignerUnavailable(
                "The certificate of the seal signer %(signer)s does not belong to its key: put the right one in place.",
                signer=self.identifier,
            )

    def close(self) -> None:
        """Let go of the key."""
        self._key.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _check_period(self) -> None:
        if self._clock.now() < self._read.not_before:
            raise SignerUnavailable(
                "The certificate of the seal signer %(signer)s is valid only from %(day)s: check the server's clock.",
                signer=self.identifier,
                day=self._read.not_before.date(),
            )
        if self._clock.today() > self.usage_ends:
            raise SignerUnavailable(
                "The key of the seal signer %(signer)s was for use until %(day)s and signs no more: put a new key and "
                "its certificate in place, and keep the old certificate published.",
                signer=self.identifier,
                day=self.usage_ends,
            )
