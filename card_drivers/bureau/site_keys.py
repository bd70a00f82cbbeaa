"""Card-manager keys of a site that personalises for others: `card-keys.json` in its folder (ADR 0034).

For development the sets are in the file itself, in hexadecimal, as the register has them (`card_drivers.card_keys`). In
production they are AES keys in a PKCS#11 token, by their labels, which compute and never leave it:

    {"token": {"module": "/usr/lib/softhsm/libsofthsm2.so", "label": "cards", "pin_file": "pin"},
     "sets": [{"version": 1, "enc": "cards-1-enc", "mac": "cards-1-mac"}]}

The token is opened once, when the station starts: a wrong PIN is tried once and stops it before a blank is taken.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from card_drivers import card_keys
from card_drivers.card_keys import CardKeys, HexKeys, NoChannel, Purpose, StaticKey, find_set
from card_drivers.device import CardRejected, ConfigurationError
from card_drivers.order import ChannelKeys, ChannelRequest

log = logging.getLogger(__name__)

FILE = "card-keys.json"


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class TokenPlace(_File):
    """Where the token is; a relative path of the PIN's file starts at the site's folder."""

    module: Path
    label: str = Field(min_length=1)
    pin_file: Path


class TokenSetNames(_File):
    """A key set by the labels of its keys in the token."""

    version: int = Field(ge=0, le=0xFF)
    diversified: bool = False
    enc: str
    mac: str


class TokenFile(_File):
    """What the file says when the keys are in a token."""

    token: TokenPlace
    sets: tuple[TokenSetNames, ...] = Field(min_length=1)


class TokenSet:
    """A key set in an open token; ConfigurationError when one of its keys is not there, or is no AES key."""

    def __init__(self, session: Any, names: TokenSetNames) -> None:
        self.version, self.diversified = names.version, names.diversified
        self._keys = {"enc": _key(session, names.enc), "mac": _key(session, names.mac)}

    def key(self, purpose: Purpose) -> StaticKey:
        """The key of the set."""
        return self._keys[purpose]


class TokenKeys:
    """Every key set of a token, open."""

    def __init__(self, folder: Path, file: TokenFile) -> None:
        session = _opened(folder, file.token)
        self._sets = tuple(TokenSet(session, names) for names in file.sets)

    def of_version(self, version: int) -> TokenSet:
        """The set with the version that the chip names; NoChannel when there is none."""
        return find_set(self._sets, version)


@dataclass(frozen=True)
class SiteKeys:
    """The card-manager keys of a site."""

    keys: CardKeys

    def channel_keys(self, request: ChannelRequest) -> ChannelKeys:
        """The session keys for a channel that a chip opened; CardRejected when it does not prove that it has ours."""
        try:
            return card_keys.channel_keys(self.keys, request)[0]
        except NoChannel as error:
            raise CardRejected(error.trouble) from error


def read(folder: Path) -> SiteKeys | None:
    """The site's keys, None without a file; ConfigurationError says what is wrong with file or token."""
    path = folder / FILE
    if not path.exists():
        return None
    try:
        text = path.read_bytes()
        if b'"token"' in text:
            return SiteKeys(TokenKeys(folder, TokenFile.model_validate_json(text)))
        keys = HexKeys.model_validate_json(text)
    except OSError as error:
        raise ConfigurationError("site-keys-file", path=str(path), said=str(error.strerror)) from error
    except ValidationError as error:
        places = "; ".join(".".join(map(str, item["loc"])) for item in error.errors(include_input=False)[:3])
        raise ConfigurationError("site-keys-file", path=str(path), said=places) from None
    log.warning("Card-manager keys lie in the file %s: in production they belong into a PKCS#11 token.", path)
    return SiteKeys(keys)


def _opened(folder: Path, place: TokenPlace) -> Any:
    """A session of the token, logged in; its maker's module may say no in any way."""
    try:
        import pkcs11
    except ImportError as error:
        raise ConfigurationError("site-pkcs11-missing") from error
    try:
        pin = (folder / place.pin_file).read_text("utf-8").strip()
        token = pkcs11.lib(str(place.module)).get_token(token_label=place.label)
        flags = token.flags
        if pkcs11.TokenFlag.USER_PIN_LOCKED in flags or pkcs11.TokenFlag.USER_PIN_FINAL_TRY in flags:
            raise ConfigurationError("site-token-last-try", token=place.label)
        return token.open(user_pin=pin)
    except (pkcs11.PKCS11Error, OSError, UnicodeDecodeError) as error:
        said = error.strerror if isinstance(error, OSError) else type(error).__name__
        raise ConfigurationError("site-token-refuses", token=place.label, said=str(said)) from error


def _key(session: Any, label: str) -> StaticKey:
    import pkcs11

    try:
        key = session.get_key(object_class=pkcs11.ObjectClass.SECRET_KEY, key_type=pkcs11.KeyType.AES, label=label)
        return StaticKey(key.key_length // 8, partial(_cmac, key, label))
    except pkcs11.PKCS11Error as error:
        raise ConfigurationError("site-token-key", label=label, said=type(error).__name__) from error


def _cmac(key: Any, label: str, data: bytes) -> bytes:
    """AES-CMAC inside the token; NoChannel when it refuses: a token may be taken away."""
    import pkcs11

    try:
        return bytes(key.sign(data, mechanism=pkcs11.Mechanism.AES_CMAC))
    except pkcs11.PKCS11Error as error:
        raise NoChannel("site-token-key", label=label, said=type(error).__name__) from error
