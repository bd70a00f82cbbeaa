"""The signing keys of the office: files for development, a PKCS#11 token for production. `open_signer` opens one.

Signing is for one thread of one process (SoftHSM crashes under threads, and a token has one login for each process):
a signer refuses any other than the one that opened it.
"""

from __future__ import annotations

from issuance.clock import Clock
from issuance.keys.file_key import FileKey
from issuance.keys.lasting import LastingSigner
from issuance.keys.signer import Key, SealSigner, SignerUnavailable
from issuance.keys.token_key import TokenKey
from issuance.settings import Settings

__all__ = ["LastingSigner", "SealSigner", "SignerUnavailable", "open_signer"]


def open_signer(settings: Settings, clock: Clock) -> SealSigner:
    """The signer of seals that the settings choose, proved by one signature; close it after use.

    SignerUnavailable says what is missing or wrong: settings, file, module, token, PIN, key, certificate, usage period,
    or an answer in time. File keys are made at the first start, and refused in production.
    """
    key = _open_key(settings, clock)
    try:
        signer = SealSigner(key, clock, development=settings.development_keys)
        signer.prove()
    except BaseException:
        key.close()
        raise
    return signer


def _open_key(settings: Settings, clock: Clock) -> Key:
    check(settings)
    return TokenKey(settings, clock) if settings.signer == "pkcs11" else FileKey(settings.var / "keys", clock)


def check(settings: Settings) -> None:
    """SignerUnavailable when the settings ask for file keys in production: no server of the office starts then."""
    if settings.signer == "file" and settings.env == "production":
        raise SignerUnavailable(
            "In production no file key signs: set LIMAN_SIGNER=pkcs11, and the module, label and PIN file of the token."
        )
