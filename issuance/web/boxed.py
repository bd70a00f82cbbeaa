"""What a browser carries for us and cannot read: encrypted under the key of this installation's sessions."""

from __future__ import annotations

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken
from flask import current_app

from issuance.web.frame.current import current_office


def boxed(purpose: str, plain: bytes) -> str:
    """For a hidden field: only the same `purpose` opens it."""
    return _box(purpose).encrypt_at_time(plain, _now()).decode()


def unboxed(purpose: str, token: str, seconds: int) -> bytes | None:
    """What was carried; None when it was carried for longer, or is not ours."""
    try:
        return _box(purpose).decrypt_at_time(token.encode(), seconds, _now())
    except InvalidToken:
        return None


def _box(purpose: str) -> Fernet:
    key = hashlib.sha256(f"{purpose} {current_app.config['SECRET_KEY']}".encode()).digest()
    return Fernet(base64.urlsafe_b64encode(key))


def _now() -> int:
    return int(current_office().clock.now().timestamp())
