"""Devices from which somebody of the staff logged in before: their tries are counted apart from those of strangers.

A stranger who tries an address again and again uses up the tries of strangers; its owner, at a known device, has tries
of their own. The device shows a cookie for each account, which holds a random id and our proof that it was given for
that account: nobody learns from it whose it is, and it opens nothing. After "device cookies" of OWASP.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets

from flask import Flask, Response, after_this_request, current_app, request
from flask_security import user_authenticated

from issuance.models.staff import Staff
from issuance.office import Office
from issuance.settings import key_file
from issuance.values.text import mail_key
from issuance.web.frame.current import current_office

KEPT_SECONDS = 365 * 24 * 3600
_VALUE = re.compile(r"([0-9a-f]{16})-([0-9a-f]{64})")


def init_app(app: Flask) -> None:
    """Give a device its cookie when somebody has logged in there."""
    user_authenticated.connect(_remember, app)


def shown(office: Office, email: str) -> str:
    """The id of the device that asks, if somebody logged in there as `email` before; else empty."""
    match = _VALUE.fullmatch(request.cookies.get(_name(office, email), ""))
    known = match and hmac.compare_digest(match[2], _proof(office, email, match[1]))
    return match[1] if match and known else ""


def _remember(_app: Flask, user: Staff, **_more: object) -> None:
    office, email = current_office(), user.email
    device = shown(office, email) or secrets.token_hex(8)

    @after_this_request
    def give(response: Response) -> Response:
        response.set_cookie(
            _name(office, email),
            f"{device}-{_proof(office, email, device)}",
            max_age=KEPT_SECONDS,
            httponly=True,
            samesite="Lax",
            secure=bool(current_app.config["SESSION_COOKIE_SECURE"]),
        )
        return response


def _name(office: Office, email: str) -> str:
    """Several of the staff share one device: each account has a cookie."""
    return f"device-{_proof(office, email, 'name')[:12]}"


def _proof(office: Office, email: str, device: str) -> str:
    key = key_file(office.settings, "devices")
    return hmac.new(key, f"{mail_key(email)}\0{device}".encode(), hashlib.sha256).hexdigest()
