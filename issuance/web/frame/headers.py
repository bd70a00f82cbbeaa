"""What every answer says to the browser: load only our own files, keep nothing personal, frame nothing.

Sources: CSP Level 3, OWASP secure headers. Nonces are made when a page first asks for one.
"""

from __future__ import annotations

import hashlib
import secrets
from functools import lru_cache
from pathlib import Path

from flask import Flask, Response, current_app, g, request, url_for

from issuance.web.frame.current import current_office

ONE_YEAR = 365 * 24 * 3600
FIXED = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=(), payment=(), usb=(), interest-cohort=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def init_app(app: Flask) -> None:
    """Put the headers on every answer, and name static files by their content."""
    app.after_request(_protect)
    app.jinja_env.globals.update(csp_nonce=csp_nonce, static_url=static_url)


def csp_nonce() -> str:
    """The nonce that scripts of this page must carry."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    return str(g.csp_nonce)


def static_url(name: str) -> str:
    """The address of a static file with the digest of its content, so that browsers may keep it for a year."""
    return url_for("static", filename=name, v=_digest(str(current_app.static_folder), name))


@lru_cache
def _digest(folder: str, name: str) -> str:
    return hashlib.sha256((Path(folder) / name).read_bytes()).hexdigest()[:12]


def _protect(response: Response) -> Response:
    for name, value in FIXED.items():
        response.headers.setdefault(name, value)
    response.headers["Content-Security-Policy"] = policy()
    if current_office().settings.secure_cookies:
        response.headers["Strict-Transport-Security"] = f"max-age={ONE_YEAR}; includeSubDomains"
    response.headers["Cache-Control"] = _caching(response)
    return response


def policy() -> str:
    """The content security policy of this answer."""
    return "; ".join(
        [
            "default-src 'none'",
            f"script-src 'self' 'nonce-{csp_nonce()}'",
            "style-src 'self'",
            "img-src 'self' blob: data:",
            "media-src 'self' blob:",
            "connect-src 'self'",
            "form-action 'self'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
        ]
    )


def _caching(response: Response) -> str:
    """Static files that carry their digest stay for a year, published ones as long as their page says; nothing else."""
    if request.endpoint == "static" and "v" in request.args and response.status_code in (200, 304):
        return f"public, max-age={ONE_YEAR}, immutable"
    if "kept_for" in g and response.status_code in (200, 206, 304):
        return f"public, max-age={g.kept_for}"
    return "no-store"
