"""What an answer carries to the next question without showing it: encrypted, and good for a quarter of an hour."""

from __future__ import annotations

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken
from flask import current_app

from issuance.web.frame.current import current_office

SECONDS = 15 * 60


def carry(reference: str, birth_date: str) -> str:
    """What the holder knows, for a hidden field of the answer: a page says no birth date."""
    return _box().encrypt_at_time(f"{reference} {birth_date}".encode(), _now()).decode()


def carried(token: str) -> tuple[str, str] | None:
    """Reference and birth date; None when they were carried too long, or are not ours."""
    try:
        said = _box().decrypt_at_time(token.encode(), SECONDS, _now()).decode()
    except InvalidToken:
        return None
    reference, _, birth_date = said.partition(" ")
    return reference, birth_date


def _box() -> Fernet:
    key = hashlib.sha256(b"carried " + str(current_app.config["SECRET_KEY"]).encode()).digest()
    return Fernet(base64.urlsafe_b64encode(key))


def _now() -> int:
    return int(current_office().clock.now().timestamp())
