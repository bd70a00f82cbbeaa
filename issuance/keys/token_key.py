"""The signing key in a PKCS#11 token (HSM, smart card), reached through a process of its own.

The maker's module runs in `token_process` alone: threads crash some modules, others hang or die with their device, and
none of that may take the server along. An answer that does not come in time ends that process; open a new signer then.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from multiprocessing.connection import Pipe
from pathlib import Path
from typing import Any

from issuance.clock import Clock
from issuance.keys.signer import LONGEST_DOCUMENT, SignerUnavailable
from issuance.settings import Settings
from printing import certificates
from printing.signing import SignerCertificate

ANSWER_SECONDS = 10
"""How long a token may take to open or to sign."""

PROCESS = Path(__file__).with_name("token_process.py")

_PIN_REFUSED = (
    "The token %(token)s refuses the PIN: correct the file of LIMAN_PKCS11_PIN_FILE before the next try, since too "
    "many wrong ones lock the token."
)
_REFUSALS = {
    "PKCS11Error": (
        "%(module)s cannot be loaded as a PKCS#11 module: name the library of the HSM's maker in LIMAN_PKCS11_MODULE."
    ),
    "NoSuchToken": (
        "There is no PKCS#11 token called %(token)s: put it in or switch it on, or correct LIMAN_PKCS11_TOKEN."
    ),
    "MultipleTokensReturned": "Several PKCS#11 tokens are called %(token)s: give each a label of its own.",
    "PinIncorrect": _PIN_REFUSED,
    "PinInvalid": _PIN_REFUSED,
    "PinLenRange": _PIN_REFUSED,
    "PinLocked": "The PIN of the token %(token)s is locked: its security officer must set a new one.",
    "LastTry": "The token %(token)s allows one more try of its PIN: log in by hand, since a wrong one would lock it.",
    "NoKey": (
        "The token %(token)s has no EC private key together with a bar code signer certificate of the same CKA_ID: put "
        "both there."
    ),
    "Extractable": (
        "A signing key could be taken out of the token %(token)s: make a new one that is sensitive and not extractable."
    ),
}
_FAILED = "The token %(token)s failed (%(reason)s): see to the HSM, then try again."
_SILENT = "The token %(token)s gave no answer within %(seconds)s seconds: see to the HSM, then try again."
_ENDED = "The process that speaks to the token %(token)s ended: see the server's log, then try again."
_NOT_SET = "%(setting)s is not set: no seal can be signed by a PKCS#11 token without it."
_UNREADABLE = "The file %(path)s cannot be read: correct %(setting)s, or let the server's account read it."


class TokenKey:
    """A key in a token; see `signer.Key`. Of several, the one whose certificate is in use and newest.

    So a new key and its certificate can be put into the token before the old one's usage period ends.
    """

    def __init__(self, settings: Settings, clock: Clock, seconds: float = ANSWER_SECONDS) -> None:
        module = _file(settings.pkcs11_module, "LIMAN_PKCS11_MODULE")
        pin_file = _file(settings.pkcs11_pin_file, "LIMAN_PKCS11_PIN_FILE")
        if not settings.pkcs11_token:
            raise SignerUnavailable(_NOT_SET, setting="LIMAN_PKCS11_TOKEN")
        self._names: dict[str, Any] = {"module": module, "token": settings.pkcs11_token}
        self._seconds = seconds
        self._channel, theirs = Pipe()
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - our own file, no shell
                [sys.executable, "-I", PROCESS, module, settings.pkcs11_token, pin_file, str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
            )
        try:
            found = [bytes.fromhex(certificate) for certificate in self._answer()["certificates"]]
            self._index, self.certificate = self._choose(found, clock)
        except BaseException:
            self.close()
            raise

    def sign_digest(self, digest: bytes) -> bytes:
        """The signature over a hash value, by the token's raw ECDSA: SoftHSM has no mechanism that hashes as well."""
        try:
            self._channel.send_bytes(bytes([self._index]) + digest)
        except OSError as error:
            raise self._refusal(_ENDED) from error
        return bytes.fromhex(self._answer()["signature"])

    def close(self) -> None:
        """End the process: it ends by itself with the channel, and is killed when its module hangs."""
        self._channel.close()
        try:
            self._process.wait(1)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _answer(self) -> dict[str, Any]:
        """What the process says, or what its silence or refusal means; after either it is ended."""
        try:
            if not self._channel.poll(self._seconds):
                raise self._refusal(_SILENT, seconds=self._seconds)
            answer: dict[str, Any] = json.loads(self._channel.recv_bytes())
        except (EOFError, OSError) as error:
            raise self._refusal(_ENDED) from error
        if "refusal" in answer:
            raise self._refusal(_REFUSALS.get(answer["refusal"], _FAILED), reason=answer["refusal"])
        return answer

    def _refusal(self, message: str, **params: Any) -> SignerUnavailable:
        self.close()
        return SignerUnavailable(message, **self._names, **params)

    def _choose(self, found: list[bytes], clock: Clock) -> tuple[int, bytes]:
        """The place and certificate of the key to sign with."""
        signers = [(place, der) for place, der in enumerate(found) if certificates.is_bar_code_signer(der)]
        if not signers:
            raise self._refusal(_REFUSALS["NoKey"])
        return max(signers, key=lambda signer: _preference(signer[1], clock))


def _preference(certificate: bytes, clock: Clock) -> tuple[bool, Any]:
    """In use before any other, then the newest."""
    begins = SignerCertificate.of(certificate).not_before
    in_use = begins <= clock.now() and clock.today() <= certificates.usage_ends(certificate, LONGEST_DOCUMENT)
    return in_use, begins


def _file(path: Path | None, setting: str) -> Path:
    if path is None:
        raise SignerUnavailable(_NOT_SET, setting=setting)
    if not path.is_file() or not os.access(path, os.R_OK):
        raise SignerUnavailable(_UNREADABLE, path=path, setting=setting)
    return path.absolute()
