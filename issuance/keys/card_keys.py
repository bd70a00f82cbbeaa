"""Card-manager keys: what opens blank chips, and the session keys of one channel (GlobalPlatform SCP03, Amendment D).

They never leave the register. A file of key sets, `card-keys.json`, owner-only: made under `var/keys` at set-up for
development; in production the file that `LIMAN_CARD_KEYS` names, with the keys the chips' maker delivered. No driver
for keys in a PKCS#11 token exists: AES-CMAC under a token's key is for the release that meets such a token.
"""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import dataclass
from hmac import compare_digest
from pathlib import Path
from typing import Annotated, Literal

from cryptography.hazmat.primitives.ciphers import algorithms
from cryptography.hazmat.primitives.kdf.kbkdf import KBKDFCMAC, CounterLocation, Mode
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from card_drivers.order import ChannelKeys, ChannelRequest
from issuance.errors import Conflict
from issuance.settings import Settings

FILE = "card-keys.json"
DEVELOPMENT_VERSION = 1
CHALLENGE_BYTES = 8
CRYPTOGRAM_BITS = 64
_CARD_CRYPTOGRAM, _S_ENC, _S_MAC, _S_RMAC = 0x00, 0x04, 0x06, 0x07
"""Data derivation constants (Amendment D, table 4-1)."""
_DIVERSIFIED = {"enc": 0x01, "mac": 0x02}
"""Constants of our derivation of a card's own keys from a master set: the key's number in its set (table 6-2)."""
_SCP03 = 0x03
_ANSWER_BYTES = (29, 32)
"""INITIALIZE UPDATE's answer (7.1.1.6), without and with the sequence counter of pseudo-random challenges."""


class CardKeysError(Conflict):
    """No channel to this chip can be opened; the message says why and what to do. It holds no key."""

    code = "card_keys"


def _aes_key(digits: str) -> str:
    if len(bytes.fromhex(digits)) not in (16, 24, 32):
        raise ValueError("an AES key has 16, 24 or 32 bytes")
    return digits


Key = Annotated[str, AfterValidator(_aes_key)]


class KeySet(BaseModel):
    """One set of keys by its version, in hexadecimal. `diversified`: a master set, of which each card has its own."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    version: int = Field(ge=0, le=0xFF)
    diversified: bool = False
    enc: Key = Field(repr=False)
    mac: Key = Field(repr=False)
    dek: Key = Field(repr=False)

    def static(self, name: Literal["enc", "mac"], diversification: bytes) -> bytes:
        """The card's own key: of the set itself, or derived from it with the card's diversification data."""
        key = bytes.fromhex(getattr(self, name))
        return derive(key, _DIVERSIFIED[name], diversification, 8 * len(key)) if self.diversified else key


class CardKeys(BaseModel):
    """Every key set of this office."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    sets: tuple[KeySet, ...] = Field(min_length=1)

    def of_version(self, version: int) -> KeySet:
        """The set with the version that the chip names; CardKeysError when there is none."""
        found = next((one for one in self.sets if one.version == version), None)
        if found is None:
            raise CardKeysError(
                "The chip asks for card-manager keys of version %(version)s, which are not in the key file. Is it a"
                " blank of this office? Then put its maker's keys into the file.",
                version=f"{version:02X}",
            )
        return found


@dataclass(frozen=True)
class _Answer:
    """What a chip answers to INITIALIZE UPDATE (Amendment D, 7.1.1.6)."""

    diversification: bytes
    version: int
    challenge: bytes
    cryptogram: bytes

    @classmethod
    def parse(cls, data: bytes) -> _Answer:
        """CardKeysError when it is no answer of SCP03 with challenges of eight bytes."""
        if len(data) not in _ANSWER_BYTES or data[11] != _SCP03:
            raise CardKeysError("The chip does not speak SCP03. Is it a blank of the right kind?")
        return cls(data[:10], data[10], data[13:21], data[21:29])


def derive(key: bytes, constant: int, context: bytes, bits: int) -> bytes:
    """Amendment D, 4.1.5: NIST SP 800-108 in counter mode with AES-CMAC; `bits` of key or cryptogram."""
    label = bytes(11) + bytes([constant, 0]) + bits.to_bytes(2, "big")
    kdf = KBKDFCMAC(
        algorithm=algorithms.AES,
        mode=Mode.CounterMode,
        length=bits // 8,
        rlen=1,
        llen=None,
        location=CounterLocation.MiddleFixed,
        break_location=len(label),
        label=None,
        context=None,
        fixed=label + context,
    )
    return kdf.derive(key)


def channel_keys(keys: CardKeys, request: ChannelRequest) -> tuple[ChannelKeys, int]:
    """The session keys of the channel that a chip opened, and the version of their set.

    The chip proves by its cryptogram that it has the same keys; CardKeysError when it does not, or is no such chip.
    """
    answer = _Answer.parse(request.answer)
    if len(request.host_challenge) != CHALLENGE_BYTES:
        raise CardKeysError("The station's challenge has not eight bytes. Bring station and server to one version.")
    found = keys.of_version(answer.version)
    enc, mac = (found.static(name, answer.diversification) for name in ("enc", "mac"))
    context = request.host_challenge + answer.challenge
    session = {
        name: derive(key, constant, context, 8 * len(key))
        for name, key, constant in (("enc", enc, _S_ENC), ("mac", mac, _S_MAC), ("rmac", mac, _S_RMAC))
    }
    expected = derive(session["mac"], _CARD_CRYPTOGRAM, context, CRYPTOGRAM_BITS)
    if not compare_digest(expected, answer.cryptogram):
        raise CardKeysError(
            "The chip has other card-manager keys than this office (version %(version)s). Do not try it again: chips"
            " lock themselves after a few. Put the blank aside and tell the administrator.",
            version=f"{answer.version:02X}",
        )
    return ChannelKeys(**session), answer.version


def open_card_keys(settings: Settings) -> CardKeys:
    """The key sets that the settings choose; CardKeysError says what is missing. For development they are made."""
    path = settings.card_keys
    if path is None and settings.env == "production":
        raise CardKeysError("LIMAN_CARD_KEYS is not set: name the file with the card-manager keys of the chips' maker.")
    if path is None:
        path = _made(settings.var / "keys" / FILE)
    try:
        return CardKeys.model_validate_json(path.read_bytes())
    except OSError as error:
        raise CardKeysError(
            "The file of card-manager keys %(path)s cannot be read: correct LIMAN_CARD_KEYS, or let the server's"
            " account read it.",
            path=path,
        ) from error
    except ValidationError as error:
        places = "; ".join(".".join(map(str, item["loc"])) for item in error.errors(include_input=False)[:3])
        raise CardKeysError(
            "The file of card-manager keys %(path)s is damaged (%(places)s): put the copy from the safe back.",
            path=path,
            places=places,
        ) from None


def _made(path: Path) -> Path:
    """The development set, made at first use with owner-only rights."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not path.exists():
        made = {"version": DEVELOPMENT_VERSION} | {name: secrets.token_hex(16) for name in ("enc", "mac", "dek")}
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
            json.dump({"sets": [made]}, out)
    return path
