"""The master keys of an office, one a generation: in a PKCS#11 token, or for development in a file (ADR 0108).

A master key wraps other keys and does nothing else. What it wraps is bound to its place and to the generation, so that
it opens nowhere else. Both kinds make the same bytes: a 12 byte nonce, and AES-256-GCM's ciphertext with its tag.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Protocol, TypeVar

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from issuance.errors import LimanError
from issuance.keys.signer import SignerUnavailable
from issuance.keys.token import ANSWER_SECONDS, Bound, StoredMaster, Token
from issuance.settings import KEY_BYTES, Settings, write_once

LABEL = "liman-master-"
"""How a master key is called in its token, before the number of its generation."""

FILE = "master-"
NONCE_BYTES = 12
FINGERPRINT = b"liman master key"
"""As in `keys.token_process`, which stands alone."""

AT_ONCE = 500
"""How many keys are wrapped or unwrapped by one question."""

T = TypeVar("T")


class VaultError(LimanError):
    """The key or the stored bytes are not what they were: a matter for the administrator, not for the user."""

    code = "vault"


@dataclass(frozen=True)
class Master:
    """A master key: its generation, its id (CKA_ID in hex, or the file's name), its fingerprint (hex), where it is.

    `bound`: it cannot be taken out of where it is.
    """

    generation: int
    id: str
    fingerprint: str
    kind: str
    bound: bool


class Masters(Protocol):
    """The master keys of one kind. What cannot be reached is a VaultError that says what to do."""

    def known(self) -> list[Master]:
        """Every master key that is here, by generation."""
        ...

    def make(self, generation: int) -> Master:
        """Make the key of a generation, of which there is none."""
        ...

    def wrap(self, generation: int, keys: Sequence[Bound]) -> list[bytes]:
        """Each key wrapped, bound to what goes with it and to the generation."""
        ...

    def unwrap(self, generation: int, keys: Sequence[Bound]) -> list[bytes | None]:
        """Each key; None for one that does not open here: changed, moved, or of another master key."""
        ...

    def destroy(self, generation: int) -> None:
        """Destroy the key of a generation; a second time does nothing."""
        ...

    def close(self) -> None:
        """Let go of whatever is open; the next use opens it again."""
        ...


class FileMasters:
    """Master keys as files `master-N` of 32 bytes in a folder: whoever reads the folder reads everything."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def has(self, generation: int) -> bool:
        """Whether the key of a generation is a file here."""
        return self._path(generation).exists()

    def known(self) -> list[Master]:
        """As `Masters` says, of every method here."""
        numbers = (path.name.removeprefix(FILE) for path in self._folder.glob(f"{FILE}*"))
        return [self._master(number) for number in sorted(int(one) for one in numbers if one.isdigit())]

    def make(self, generation: int) -> Master:
        """A file, the owner's alone."""
        write_once(self._path(generation), secrets.token_bytes(KEY_BYTES))
        return self._master(generation)

    def wrap(self, generation: int, keys: Sequence[Bound]) -> list[bytes]:
        """In this process."""
        cipher = self._cipher(generation)
        return [encrypt(cipher, key, of_generation(bound_to, generation)) for key, bound_to in keys]

    def unwrap(self, generation: int, keys: Sequence[Bound]) -> list[bytes | None]:
        """In this process."""
        cipher = self._cipher(generation)
        return [opened(cipher, key, of_generation(bound_to, generation)) for key, bound_to in keys]

    def destroy(self, generation: int) -> None:
        """The file is overwritten, as far as the disk does so, and removed."""
        path = self._path(generation)
        if path.exists():
            with path.open("r+b") as file:
                file.write(bytes(KEY_BYTES))
                os.fsync(file.fileno())
            path.unlink()

    def close(self) -> None:
        """Nothing is open."""

    def _master(self, generation: int) -> Master:
        path = self._path(generation)
        made = self._cipher(generation).encrypt(bytes(NONCE_BYTES), FINGERPRINT, FINGERPRINT)
        return Master(generation, path.name, hashlib.sha256(made).hexdigest(), "file", bound=False)

    def _cipher(self, generation: int) -> AESGCM:
        try:
            key = self._path(generation).read_bytes()
        except OSError as error:
            raise lacking(generation) from error
        if len(key) != KEY_BYTES:
            raise VaultError(
                "The file of the master key %(number)s is damaged: put the copy from the safe back.", number=generation
            )
        return AESGCM(key)

    def _path(self, generation: int) -> Path:
        return self._folder / f"{FILE}{generation}"


class _Use:
    """Which token is meant (`keys.token.Use`)."""

    name = "master"


class TokenMasters:
    """Master keys in a PKCS#11 token, which they never leave: they encrypt and decrypt there.

    The token is open in a process of its own, one for each process of ours; its answers are one thread's at a time.
    """

    def __init__(self, settings: Settings, seconds: float = ANSWER_SECONDS) -> None:
        self._settings, self._seconds = settings, seconds
        self._lock = threading.Lock()
        self._token: Token | None = None
        self._owner = 0

    def known(self) -> list[Master]:
        """As `Masters` says, of every method here."""
        stored = self._ask(lambda token: token.masters(LABEL))
        return sorted(map(_in_token, stored), key=lambda master: master.generation)

    def make(self, generation: int) -> Master:
        """An AES-256 key that is sensitive, not extractable, and only encrypts and decrypts."""
        return _in_token(self._change(lambda token: token.make_master(f"{LABEL}{generation}")))

    def wrap(self, generation: int, keys: Sequence[Bound]) -> list[bytes]:
        """In the token."""
        return self._each(generation, keys, Token.wrap)

    def unwrap(self, generation: int, keys: Sequence[Bound]) -> list[bytes | None]:
        """In the token."""
        return self._each(generation, keys, Token.unwrap)

    def destroy(self, generation: int) -> None:
        """Out of the token for ever."""
        self._change(lambda token: token.destroy_master(f"{LABEL}{generation}"))
        self.close()

    def close(self) -> None:
        """End the process that speaks to the token."""
        with self._lock:
            self._end()

    def _each(self, generation: int, keys: Sequence[Bound], act: Callable[..., list[T]]) -> list[T]:
        """What the token makes of the keys, some at a question; each is bound to the generation too."""
        made: list[T] = []
        for start in range(0, len(keys), AT_ONCE):
            some = [(key, of_generation(bound_to, generation)) for key, bound_to in keys[start : start + AT_ONCE]]
            made += self._ask(partial(act, label=f"{LABEL}{generation}", keys=some))
        return made

    def _ask(self, act: Callable[[Token], T]) -> T:
        with self._lock:
            try:
                return act(self._opened())
            except SignerUnavailable as error:
                self._end()
                raise _unreached(error) from error

    def _change(self, act: Callable[[Token], T]) -> T:
        try:
            with Token(_Use(), self._settings, change=True, seconds=self._seconds) as token:
                return act(token)
        except SignerUnavailable as error:
            raise _unreached(error) from error

    def _opened(self) -> Token:
        if self._token is None or self._owner != os.getpid():  # a process that was forked has a channel of its own
            self._token, self._owner = Token(_Use(), self._settings, seconds=self._seconds), os.getpid()
        return self._token

    def _end(self) -> None:
        if self._token is not None and self._owner == os.getpid():
            self._token.close()
        self._token = None


class OfficeMasters:
    """The master keys of an office: those that are files here, and those of the token that the settings name."""

    def __init__(self, settings: Settings) -> None:
        self._files = FileMasters(settings.var / "keys")
        self._token = TokenMasters(settings) if settings.signer == "pkcs11" else None

    def in_token(self, generation: int) -> bool:
        """Whether the key of a generation is one of the token."""
        return self._token is not None and not self._files.has(generation)

    def known(self) -> list[Master]:
        """As `Masters` says, of every method here."""
        found = [*self._files.known(), *(self._token.known() if self._token else ())]
        return sorted(found, key=lambda master: master.generation)

    def make(self, generation: int) -> Master:
        """In the token, when the settings name one."""
        return (self._token or self._files).make(generation)

    def wrap(self, generation: int, keys: Sequence[Bound]) -> list[bytes]:
        """Where the key is."""
        return self._holder(generation).wrap(generation, keys)

    def unwrap(self, generation: int, keys: Sequence[Bound]) -> list[bytes | None]:
        """Where the key is."""
        return self._holder(generation).unwrap(generation, keys)

    def destroy(self, generation: int) -> None:
        """Wherever it is."""
        self._files.destroy(generation)
        if self._token:
            self._token.destroy(generation)

    def close(self) -> None:
        """Let go of the token."""
        if self._token:
            self._token.close()

    def _holder(self, generation: int) -> Masters:
        if self._files.has(generation):
            return self._files
        if self._token is None:
            raise lacking(generation)
        return self._token


def lacking(generation: int) -> VaultError:
    """The key of a generation is not here."""
    return VaultError(
        "The master key %(number)s is not here: put its token in, or its file back from the safe.", number=generation
    )


def of_generation(bound_to: bytes, generation: int) -> bytes:
    """What a wrapped key is bound to: its place, and two bytes with the number of its master key."""
    return bound_to + generation.to_bytes(2, "big")


def encrypt(key: AESGCM, data: bytes, bound_to: bytes) -> bytes:
    """Nonce, ciphertext and tag."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + key.encrypt(nonce, data, bound_to)


def decrypt(key: AESGCM, encrypted: bytes, bound_to: bytes) -> bytes:
    """What `encrypt` made; InvalidTag when any of it is not what it was."""
    if len(encrypted) < NONCE_BYTES:
        raise InvalidTag
    return key.decrypt(encrypted[:NONCE_BYTES], encrypted[NONCE_BYTES:], bound_to)


def opened(key: AESGCM, encrypted: bytes, bound_to: bytes) -> bytes | None:
    """The same, None instead of InvalidTag."""
    try:
        return decrypt(key, encrypted, bound_to)
    except InvalidTag:
        return None


def _unreached(error: SignerUnavailable) -> VaultError:
    params: dict[str, Any] = dict(error.params)
    return VaultError(error.message, **params)


def _in_token(stored: StoredMaster) -> Master:
    number = stored.label.removeprefix(LABEL)
    return Master(int(number) if number.isdigit() else 0, stored.id, stored.fingerprint, "token", stored.bound)
