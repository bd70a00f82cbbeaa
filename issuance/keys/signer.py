"""An open signer: a key, wherever it is, with its certificate, and the rules of its use."""

from __future__ import annotations

import os
import threading
from typing import ClassVar, Protocol, Self

from asn1crypto import x509

from issuance.clock import Clock
from issuance.errors import LimanError
from issuance.keys.purposes import DOCUMENT, LIST, SEAL, Purpose
from printing.pki import certificates, public_keys
from printing.pki.signing import CertificateError, SignerCertificate

_PROOF = b"Liman proves its key: no seal begins like this."


class SignerUnavailable(LimanError):
    """Nothing can be signed now; the message says what to put right. It holds nothing personal and no PIN."""

    code = "signer_unavailable"


class Key(Protocol):
    """A private key, wherever it is, and its certificate (DER). Failures are SignerUnavailable."""

    certificate: bytes

    def sign_digest(self, digest: bytes) -> bytes:
        """The signature over a hash value: ECDSA as r || s, each as long as the curve's order, or RSASSA-PSS."""
        ...

    def close(self) -> None:
        """Let go of the key; closing twice does no harm."""
        ...


class OfficeSigner:
    """An open signer, a `printing.pki.signing.Signer`, for the thread that opened it alone; a context manager.

    `certificate` is DER; `serial` is its number; `usage_ends` is the last day on which it signs; `development` says
    that the key is a file: every page then carries a warning. SignerUnavailable: a certificate that cannot be used.
    """

    purpose: ClassVar[Purpose]

    def __init__(self, key: Key, clock: Clock, *, development: bool) -> None:
        self._key, self._clock, self.development = key, clock, development
        self._owner = (os.getpid(), threading.current_thread())
        self.certificate = key.certificate
        try:
            self._read = SignerCertificate.of(key.certificate)
            self._public = public_keys.read(self._read.public_key)
        except CertificateError as error:
            raise SignerUnavailable(
                "The certificate of a signer cannot be used (%(reason)s): have one issued that can.", reason=error
            ) from error
        self.serial = self._read.serial
        self.usage_ends = certificates.usage_ends(key.certificate, self.purpose.longest_document)

    @property
    def identifier(self) -> str:
        """What messages call this signer: its common name."""
        return str(x509.Certificate.load(self.certificate).subject.native.get("common_name", "without a name"))

    @property
    def reference(self) -> str:
        """The certificate's serial number in hex, as a seal's header refers to it."""
        return f"{self.serial:X}"

    def sign(self, data: bytes) -> bytes:
        """The signature over `data`, as `Signer` says. SignerUnavailable; RuntimeError in another thread or process."""
        if self._owner != (os.getpid(), threading.current_thread()):
            raise RuntimeError("this signer was opened by another thread or process, which alone may use it")
        self._check_period()
        return self._key.sign_digest(self._public.hash(data).digest())

    def check_code(self, document_code: str) -> None:
        """SignerUnavailable when the certificate's document type list does not allow documents with this MRZ code."""
        if not self._read.may_sign(document_code):
            raise SignerUnavailable(
                "The certificate of the signer %(signer)s does not allow documents with the code %(code)s: have one "
                "issued that does.",
                signer=self.identifier,
                code=document_code,
            )

    def prove(self) -> None:
        """Sign what is no document and check it by the certificate; SignerUnavailable if they do not match."""
        if not public_keys.is_of(self._public, self.sign(_PROOF), _PROOF):
            raise SignerUnavailable(
                "The certificate of the signer %(signer)s does not belong to its key: put the right one in place.",
                signer=self.identifier,
            )

    def close(self) -> None:
        """Let go of the key."""
        self._key.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _check_period(self) -> None:
        begins = certificates.usage_begins(self.certificate)
        if self._clock.now() < begins:
            raise SignerUnavailable(
                "The signer %(signer)s may sign only from %(day)s: check the server's clock.",
                signer=self.identifier,
                day=begins.date(),
            )
        if self._clock.today() > self.usage_ends:
            raise SignerUnavailable(
                "The key of the signer %(signer)s was for use until %(day)s and signs no more: make a new one by flask "
                "pki roll, and keep the old certificate published.",
                signer=self.identifier,
                day=self.usage_ends,
            )


class SealSigner(OfficeSigner):
    """Signs seals, as a bar code signer (Doc 9303-12, 7.1.3)."""

    purpose = SEAL

    @property
    def identifier(self) -> str:
        """What a seal's header calls it: "ROLI"."""
        return self._read.signer


class DocumentSigner(OfficeSigner):
    """Signs the security objects of chips, as a document signer (Doc 9303-12, 7.1.1)."""

    purpose = DOCUMENT


class ListSigner(OfficeSigner):
    """Signs the lists of documents that hold."""

    purpose = LIST
