"""What every answer says to the browser: load only our own files, keep nothing personal, frame nothing.

Sources: CSP Level 3, OWASP secure headers, and the published rules of Mozilla's HTTP Observatory, by which a test
(`tests/web/test_scanned.py`) scores every answer. Nonces are made when a page first asks for one.
"""

from __future__ import annotations

import hashlib
import secrets
from functools import lru_cache
from pathlib import Path

from flask import Flask, Response, current_app, g, request, url_for

from issuance.web.frame.current import current_office

ONE_YEAR = 365 * 24 * 3600
USED = ("camera", "publickey-credentials-create", "publickey-credentials-get")
UNUSED = (
    *("accelerometer", "bluetooth", "browsing-topics", "display-capture", "encrypted-media", "fullscreen", "gyroscope"),
    *("geolocation", "hid", "idle-detection", "local-fonts", "magnetometer", "microphone", "midi", "payment", "serial"),
    *("picture-in-picture", "screen-wake-lock", "storage-access", "usb", "web-share", "window-management"),
    "xr-spatial-tracking",
)
"""What browsers let a page do: our own pages take pictures and use passkeys, and nothing else."""
FIXED = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": ", ".join([f"{name}=(self)" for name in USED] + [f"{name}=()" for name in UNUSED]),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Origin-Agent-Cluster": "?1",
    "X-Permitted-Cross-Domain-Policies": "none",
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


def cookie_name(name: str, path: str = "/") -> str:
    """What a cookie of ours is called: over TLS no other host, and nobody on the way, can set one of that name."""
    if not current_app.config["SESSION_COOKIE_SECURE"]:
        return name
    return f"__Host-{name}" if path == "/" else f"__Secure-{name}"


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
            "object-src 'none'",
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
