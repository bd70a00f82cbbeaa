"""Who this station is: two keys made on it, and the line of its running instances.

The private keys never leave the folder, which its owner alone may read. Every process that runs the station is an
instance with an id of its own. The register knows which one lives; a start names the ids that this folder remembers,
so that a copy of the folder, or one brought back from a back-up, is told apart as soon as both have spoken.
"""

from __future__ import annotations

import os
import uuid
from pathlib import Path
from uuid import UUID

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from pydantic import BaseModel, ConfigDict, ValidationError

from card_drivers import signing
from card_drivers.device import ConfigurationError
from card_drivers.order import Enrolled, Enrolment, LeaveGiven
from card_drivers.station.equipment import replace_file

KEY_BYTES = 32
MOST_BEFORE = 15
"""How many starts without an answer are remembered, besides the last that had one."""


class Known(BaseModel):
    """What the folder remembers: who it is for the register, the register's key, the instances that may be alive."""

    model_config = ConfigDict(frozen=True, ser_json_bytes="base64", val_json_bytes="base64")

    station_id: UUID
    leave_key: bytes
    instances: tuple[UUID, ...] = ()


class Identity:
    """The identity in `folder`, its keys made at first use. ConfigurationError when a file of it is damaged."""

    def __init__(self, folder: Path) -> None:
        self.instance = uuid.uuid4()
        self._file = folder / "identity.json"
        self._signing = Ed25519PrivateKey.from_private_bytes(_key(folder / "signing.key"))
        self._sealing = X25519PrivateKey.from_private_bytes(_key(folder / "sealing.key"))
        self.known = self._read()

    def enrolment(self) -> Enrolment:
        """The two public keys, for the register."""
        return Enrolment(
            signing_key=self._signing.public_key().public_bytes_raw(),
            sealing_key=self._sealing.public_key().public_bytes_raw(),
        )

    def enrolled(self, answer: Enrolled) -> None:
        """Remember who we are for the register."""
        self._keep(Known(station_id=answer.station_id, leave_key=answer.leave_key))

    def before_start(self) -> tuple[UUID, ...]:
        """The instances that may be the living one; ours is remembered too, before the register hears of it."""
        known = self._must_know()
        others = tuple(each for each in known.instances if each != self.instance)
        others = (*others[:1], *others[1:][-MOST_BEFORE:])
        self._keep(known.model_copy(update={"instances": (*others, self.instance)}))
        return others

    def started(self) -> None:
        """The register took this instance for the living one: the others are past."""
        self._keep(self._must_know().model_copy(update={"instances": (self.instance,)}))

    def headers(self, method: str, path: str, body: bytes) -> dict[str, str]:
        """The headers that prove who sends a request."""
        station_id = self._must_know().station_id
        said = signing.request_said(method, path, station_id, self.instance, body)
        return signing.headers(station_id, self.instance, self.sign(said))

    def sign(self, said: bytes) -> bytes:
        """The station's signature (Ed25519)."""
        return self._signing.sign(said)

    def has_signed(self, said: bytes, signature: bytes) -> bool:
        """Whether this station signed it."""
        try:
            self._signing.public_key().verify(signature, said)
        except InvalidSignature:
            return False
        return True

    def is_genuine(self, claim_id: UUID, digests: dict[str, str], given: LeaveGiven) -> bool:
        """Whether the register itself gave this leave, for this order."""
        key = Ed25519PublicKey.from_public_bytes(self._must_know().leave_key)
        try:
            key.verify(given.signature, signing.leave_said(claim_id, digests, given))
        except InvalidSignature:
            return False
        return True

    def opened(self, claim_id: UUID, encrypted: bytes) -> bytes:
        """What was encrypted to this station for a claim; ConfigurationError when it was not."""
        try:
            return signing.SUITE.decrypt(encrypted, self._sealing, info=signing.keys_for(claim_id))
        except (InvalidTag, ValueError):
            raise ConfigurationError("keys-not-ours") from None

    def _must_know(self) -> Known:
        if self.known is None:
            raise ConfigurationError("station-not-enrolled")
        return self.known

    def _keep(self, known: Known) -> None:
        replace_file(self._file, known.model_dump_json(indent=1))
        self.known = known

    def _read(self) -> Known | None:
        if not self._file.exists():
            return None
        try:
            return Known.model_validate_json(self._file.read_bytes())
        except (OSError, ValidationError) as error:
            raise ConfigurationError("identity-damaged", path=str(self._file)) from error


def _key(path: Path) -> bytes:
    """The private key in a file, made at first use with owner-only rights."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not path.exists():
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(os.urandom(KEY_BYTES))
                file.flush()
                os.fsync(file.fileno())
        key = path.read_bytes()
    except OSError as error:
        raise ConfigurationError("file-unwritable", path=str(path), said=str(error.strerror)) from error
    if len(key) != KEY_BYTES:
        raise ConfigurationError("identity-damaged", path=str(path))
    return key
