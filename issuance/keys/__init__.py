"""The signing keys of the office: files for development, a PKCS#11 token for production.

`open_signer` opens the signer of seals, `open_document_signer` that of chips, `open_list_signer` that of status
lists. Signing is for one thread of one process (SoftHSM crashes under threads, and a token has one login for each
process): a signer refuses any other than the one that opened it.
"""

from __future__ import annotations

from typing import TypeVar

from issuance.clock import Clock
from issuance.keys.file_key import FileKey
from issuance.keys.lasting import LastingSigner
from issuance.keys.signer import DocumentSigner, Key, ListSigner, OfficeSigner, SealSigner, SignerUnavailable
from issuance.keys.store import anchors, is_revoked, revocation_lists
from issuance.keys.token_key import TokenKey
from issuance.settings import Settings

__all__ = [
    "DocumentSigner",
    "LastingSigner",
    "ListSigner",
    "SealSigner",
    "SignerUnavailable",
    "anchors",
    "open_document_signer",
    "open_list_signer",
    "open_signer",
    "revocation_lists",
]

S = TypeVar("S", bound=OfficeSigner)


def open_signer(settings: Settings, clock: Clock) -> SealSigner:
    """The signer of seals that the settings choose, proved by one signature; close it after use.

    SignerUnavailable says what is missing or wrong: settings, file, module, token, PIN, key, certificate, usage period,
    or an answer in time. File keys are made at the first start, and refused in production.
    """
    return _open(SealSigner, settings, clock)


def open_document_signer(settings: Settings, clock: Clock) -> DocumentSigner:
    """The signer of chips' security objects, as `open_signer`."""
    return _open(DocumentSigner, settings, clock)


def open_list_signer(settings: Settings, clock: Clock) -> ListSigner:
    """The signer of status lists, as `open_signer`."""
    return _open(ListSigner, settings, clock)


def _open(kind: type[S], settings: Settings, clock: Clock) -> S:
    key = _open_key(kind, settings, clock)
    try:
        signer = kind(key, clock, development=settings.development_keys)
        signer.prove()
        if is_revoked(settings, signer.certificate):
            raise SignerUnavailable(
                "The certificate of the signer %(signer)s was revoked: make a new one by flask pki roll.",
                signer=signer.identifier,
            )
    except BaseException:
        key.close()
        raise
    return signer


def _open_key(kind: type[OfficeSigner], settings: Settings, clock: Clock) -> Key:
    check(settings)
    if settings.signer == "pkcs11":
        return TokenKey(kind.purpose, settings, clock)
    return FileKey(kind.purpose, settings.var / "keys", clock)


def check(settings: Settings) -> None:
    """SignerUnavailable when the settings ask for file keys in production: no server of the office starts then."""
    if settings.signer == "file" and settings.env == "production":
        raise SignerUnavailable(
            "In production no file key signs: set LIMAN_SIGNER=pkcs11, and the module, label and PIN file of the token."
        )
