"""A PKCS#11 token (HSM, smart card), reached through a process of its own.

The maker's module runs in `token_process` alone: threads crash some modules, others hang or die with their device, and
none of that may take the server along. An answer that does not come in time ends that process; open a new one then.
"""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
from dataclasses import dataclass
from multiprocessing.connection import Pipe
from pathlib import Path
from typing import Any, Self

from asn1crypto import x509

from issuance.keys.purposes import Purpose
from issuance.keys.signer import SignerUnavailable
from issuance.settings import Settings

ANSWER_SECONDS = 10
"""How long a token may take to open or to sign."""

GENERATE_SECONDS = 120
"""How long a token may take to make a key: smart cards search long for an RSA key's primes."""

PROCESS = Path(__file__).with_name("token_process.py")

_PIN_REFUSED = (
    "The token %(token)s refuses the PIN: correct the file of %(pin_setting)s before the next try, since too many "
    "wrong ones lock the token."
)
_REFUSALS = {
    "PKCS11Error": (
        "%(module)s cannot be loaded as a PKCS#11 module: name the library of the HSM's maker in LIMAN_PKCS11_MODULE."
    ),
    "NoSuchToken": (
        "There is no PKCS#11 token called %(token)s: put it in or switch it on, or correct %(token_setting)s."
    ),
    "MultipleTokensReturned": "Several PKCS#11 tokens are called %(token)s: give each a label of its own.",
    "PinIncorrect": _PIN_REFUSED,
    "PinInvalid": _PIN_REFUSED,
    "PinLenRange": _PIN_REFUSED,
    "PinLocked": "The PIN of the token %(token)s is locked: its security officer must set a new one.",
    "LastTry": "The token %(token)s allows one more try of its PIN: log in by hand, since a wrong one would lock it.",
    "TokenWriteProtected": "The token %(token)s is write-protected: allow writing, then try again.",
}
_FAILED = "The token %(token)s failed (%(reason)s): see to the HSM, then try again."
_SILENT = "The token %(token)s gave no answer within %(seconds)s seconds: see to the HSM, then try again."
_ENDED = "The process that speaks to the token %(token)s ended: see the server's log, then try again."
_NOT_SET = "%(setting)s is not set: nothing can be signed by a PKCS#11 token without it."
_UNREADABLE = "The file %(path)s cannot be read: correct %(setting)s, or let the server's account read it."


@dataclass(frozen=True)
class StoredKey:
    """A private key in a token: CKA_ID (hex), label, certificate and public key (DER, empty where there is none).

    `bound` says that the key cannot be taken out.
    """

    id: str
    label: str
    certificate: bytes
    public_key: bytes
    bound: bool


class Token:
    """The token that holds the keys of a purpose, open; a context manager. Failures are SignerUnavailable.

    `change` logs in so that keys and certificates can be put into it. `seconds` is how long an answer may take.
    """

    def __init__(
        self, purpose: Purpose, settings: Settings, *, change: bool = False, seconds: float = ANSWER_SECONDS
    ) -> None:
        label_setting, pin_setting = _settings_of(purpose, settings)
        module = _file(settings.pkcs11_module, "LIMAN_PKCS11_MODULE")
        pin_file = _file(getattr(settings, pin_setting), _variable(pin_setting))
        label = getattr(settings, label_setting)
        if not label:
            raise SignerUnavailable(_NOT_SET, setting=_variable(label_setting))
        self.names: dict[str, Any] = {
            "module": module,
            "token": label,
            "token_setting": _variable(label_setting),
            "pin_setting": _variable(pin_setting),
        }
        self.seconds = seconds
        self._channel, theirs = Pipe()
        mode = "change" if change else "use"
        with theirs:
            self.process = subprocess.Popen(  # noqa: S603 - our own file, no shell
                [sys.executable, "-I", PROCESS, module, label, pin_file, str(theirs.fileno()), mode],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
            )
        self._answer(self.seconds)

    def stored_keys(self) -> list[StoredKey]:
        """Every private key, EC or RSA."""
        return [
            StoredKey(
                key["id"],
                key["label"],
                bytes.fromhex(key["certificate"]),
                bytes.fromhex(key["public_key"]),
                key["bound"],
            )
            for key in self._ask("list")["keys"]
        ]

    def sign(self, key_id: str, digest: bytes) -> bytes:
        """The signature over a hash value: r || s, or RSASSA-PSS of SHA-256."""
        return bytes.fromhex(self._ask("sign", key_id=key_id, digest=digest.hex())["signature"])

    def generate(self, label: str, algorithm: str) -> StoredKey:
        """Make a key of `purposes.ALGORITHMS` that cannot leave the token."""
        self.seconds, usual = max(self.seconds, GENERATE_SECONDS), self.seconds
        key_id = secrets.token_hex(8)
        made = self._ask("generate", key_id=key_id, label=label, algorithm=algorithm)
        self.seconds = usual
        return StoredKey(key_id, label, b"", bytes.fromhex(made["public_key"]), bound=True)

    def certify(self, key: StoredKey, certificate: bytes) -> None:
        """Put a certificate (DER) beside its key."""
        subject = x509.Certificate.load(certificate).subject.dump()
        self._ask("certify", key_id=key.id, label=key.label, subject=subject.hex(), certificate=certificate.hex())

    def close(self) -> None:
        """End the process: it ends by itself with the channel, and is killed when its module hangs."""
        self._channel.close()
        try:
            self.process.wait(1)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def refusal(self, message: str, **params: Any) -> SignerUnavailable:
        """Why this token cannot be used; it is closed."""
        self.close()
        return SignerUnavailable(message, **self.names, **params)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _ask(self, act: str, **arguments: object) -> dict[str, Any]:
        try:
            self._channel.send_bytes(json.dumps({"act": act, **arguments}).encode())
        except OSError as error:
            raise self.refusal(_ENDED) from error
        return self._answer(self.seconds)

    def _answer(self, seconds: float) -> dict[str, Any]:
        """What the process says, or what its silence or refusal means; after either it is ended."""
        try:
            if not self._channel.poll(seconds):
                raise self.refusal(_SILENT, seconds=seconds)
            answer: dict[str, Any] = json.loads(self._channel.recv_bytes())
        except (EOFError, OSError) as error:
            raise self.refusal(_ENDED) from error
        except BaseException:
            self.close()
            raise
        if "refusal" in answer:
            raise self.refusal(_REFUSALS.get(answer["refusal"], _FAILED), reason=answer["refusal"])
        return answer


def _settings_of(purpose: Purpose, settings: Settings) -> tuple[str, str]:
    """The settings that name the label and the PIN file: those of documents where given, else those of seals."""
    document = purpose.name == "document" and settings.pkcs11_document_token
    label = "pkcs11_document_token" if document else "pkcs11_token"
    return label, "pkcs11_document_pin_file" if document and settings.pkcs11_document_pin_file else "pkcs11_pin_file"


def _variable(setting: str) -> str:
    return f"LIMAN_{setting.upper()}"


def _file(path: Path | None, setting: str) -> Path:
    if path is None:
        raise SignerUnavailable(_NOT_SET, setting=setting)
    if not path.is_file() or not os.access(path, os.R_OK):
        raise SignerUnavailable(_UNREADABLE, path=path, setting=setting)
    return path.absolute()
