"""What a browser is asked for and what it must prove: WebAuthn Level 2, by py_webauthn, which Flask-Security brings.

A passkey is resident, so that nobody types an address and no address can be tried, and its owner is verified (PIN or
finger) each time: it is both factors at once. Neither is left to the authenticator's choice.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import webauthn
from webauthn.helpers import parse_authentication_credential_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from issuance.errors import InvalidInput
from issuance.models.staff import Passkey, Staff

CHALLENGE_BYTES = 32
WITHIN_SECONDS = 120
"""How long a browser may take: a key is looked for in a drawer."""

REQUIRED = UserVerificationRequirement.REQUIRED
LONGEST_ANSWER = 20_000
"""Characters; an answer with an attestation has about two thousand."""


@dataclass(frozen=True, slots=True)
class Site:
    """Where passkeys are good: the host name, and the origin as browsers say it (`https://liman.example`)."""

    host: str
    origin: str


@dataclass(frozen=True, slots=True)
class NewPasskey:
    """What a browser proved of a key that is to be added."""

    credential_id: bytes
    public_key: bytes
    sign_count: int
    synced: bool
    """Whether the key may leave its device, as keys that a telephone's maker keeps do."""


def challenge() -> bytes:
    """What a browser must sign, once."""
    return secrets.token_bytes(CHALLENGE_BYTES)


def to_add(site: Site, account: Staff, known: Sequence[Passkey], asked: bytes) -> str:
    """What a browser is told to make a key for this account, as JSON; not on a device that has one of `known`."""
    options = webauthn.generate_registration_options(
        rp_id=site.host,
        rp_name="Liman",
        user_id=account.id.bytes,
        user_name=account.email,
        user_display_name=account.full_name,
        challenge=asked,
        timeout=WITHIN_SECONDS * 1000,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=REQUIRED
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=each.credential_id) for each in known],
    )
    return webauthn.options_to_json(options)


def added(site: Site, answer: str, asked: bytes) -> NewPasskey:
    """The key that a browser made and proved. InvalidInput (`credential`) for anything else."""
    try:
        proved = webauthn.verify_registration_response(
            credential=_short(answer),
            expected_challenge=asked,
            expected_rp_id=site.host,
            expected_origin=site.origin,
            require_user_verification=True,
        )
    except Exception as error:  # cbor2 and cryptography raise whatever a malformed key leads them to
        raise InvalidInput("credential", "This is not the key that was asked for. Begin again.") from error
    synced = proved.credential_device_type.value == "multi_device"
    return NewPasskey(proved.credential_id, proved.credential_public_key, proved.sign_count, synced)


def to_log_in(site: Site, asked: bytes) -> str:
    """What a browser is told to log in with whichever key of this site it has, as JSON: nobody is named."""
    options = webauthn.generate_authentication_options(
        rp_id=site.host, challenge=asked, timeout=WITHIN_SECONDS * 1000, user_verification=REQUIRED
    )
    return webauthn.options_to_json(options)


def credential_of(answer: str) -> bytes:
    """The id of the key that an answer says it is of; empty when it says none."""
    try:
        return parse_authentication_credential_json(_short(answer)).raw_id
    except (WebAuthnException, ValueError):
        return b""


def proved(site: Site, answer: str, asked: bytes, key: Passkey) -> int | None:
    """How often the key has signed, when the answer is its own and its owner was verified; None for any other."""
    try:
        credential = parse_authentication_credential_json(_short(answer))
        if UUID(bytes=credential.response.user_handle or bytes(16)) != key.staff_id:
            return None
        return webauthn.verify_authentication_response(
            credential=credential,
            expected_challenge=asked,
            expected_rp_id=site.host,
            expected_origin=site.origin,
            credential_public_key=key.public_key,
            credential_current_sign_count=key.sign_count,
            require_user_verification=True,
        ).new_sign_count
    except Exception:  # as above: whoever sends it is not known
        return None


def _short(answer: str) -> str:
    if len(answer) > LONGEST_ANSWER:
        raise ValueError("longer than any answer of a browser")
    return answer
