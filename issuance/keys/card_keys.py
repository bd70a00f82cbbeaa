"""The register's card-manager keys, which open blank chips (`card_drivers.card_keys`): where they lie.

They never leave the register. A file of key sets, `card-keys.json`, owner-only: made under `var/keys` at set-up for
development; in production the file that `LIMAN_CARD_KEYS` names, with the keys the chips' maker delivered. Keys in a
PKCS#11 token are for a site that personalises for others (`card_drivers.bureau.site_keys`, ADR 0034).
"""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from card_drivers import card_keys
from card_drivers.card_keys import HexKeys, NoChannel
from card_drivers.order import ChannelKeys, ChannelRequest
from issuance.errors import Conflict
from issuance.settings import Settings

FILE = "card-keys.json"
DEVELOPMENT_VERSION = 1


class CardKeysError(Conflict):
    """No channel to this chip can be opened; the message says why and what to do. It holds no key."""

    code = "card_keys"


def channel_keys(keys: HexKeys, request: ChannelRequest) -> tuple[ChannelKeys, int]:
    """The session keys of the channel that a chip opened, and the version of their set.

    CardKeysError when the chip does not prove that it has the same keys, or is no such chip.
    """
    try:
        return card_keys.channel_keys(keys, request)
    except NoChannel as error:
        params: dict[str, Any] = dict(error.trouble.params)
        raise CardKeysError(error.trouble.template, **params) from error


def open_card_keys(settings: Settings) -> HexKeys:
    """The key sets that the settings choose; CardKeysError says what is missing. For development they are made."""
    path = settings.card_keys
    if path is None and settings.env == "production":
        raise CardKeysError("LIMAN_CARD_KEYS is not set: name the file with the card-manager keys of the chips' maker.")
    if path is None:
        path = _made(settings.var / "keys" / FILE)
    try:
        return HexKeys.model_validate_json(path.read_bytes())
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
