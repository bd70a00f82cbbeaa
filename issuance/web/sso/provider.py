"""The office's identity provider, as Authlib speaks with it: code flow with PKCE, `state` and `nonce`.

OpenID Connect Core 1.0, 3.1. What it says counts when its signature, issuer, audience and nonce are right, its person
proved themselves as strongly as the office asks (`acr`), and not too long ago (`auth_time`).
"""

from __future__ import annotations

import datetime as dt
from typing import Any, NamedTuple, cast

import requests
import structlog
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.flask_client import FlaskOAuth2App, OAuth
from flask import Flask, current_app
from flask.typing import ResponseReturnValue
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

from issuance.errors import NotAllowed
from issuance.logs import error_of
from issuance.services.sso.identities import Subject
from issuance.settings import Settings
from issuance.web.frame.current import current_office

ANSWER_SECONDS = 10
LATE = 120
"""Seconds that the clocks of the two may be apart."""

LOGOUT = "http://schemas.openid.net/event/backchannel-logout"
LOGOUT_FRESH = dt.timedelta(minutes=10)
WHOLE_SECOND = dt.timedelta(seconds=1)
"""A token says in which second it was made."""

ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519", "EdDSA"]
"""Signatures alone: a secret that two know signs nothing here."""

FAILURES = (AuthlibBaseError, JoseError, requests.RequestException, ValueError, KeyError, TypeError, RuntimeError)
"""What the library, the wire and what comes over it can raise."""

log = structlog.get_logger()


class Refused(NotAllowed):
    """What the provider says opens nothing, or it says nothing."""


class Proved(NamedTuple):
    """Who is there, and the name of the provider's own session (empty when it gave none)."""

    who: Subject
    sid: str


def init_app(app: Flask, settings: Settings) -> None:
    """Make the provider known, where the office has one."""
    if not settings.oidc_issuer or settings.oidc_secret_file is None:
        return
    app.config["SIGN_ON"] = settings.oidc_name
    OAuth(app).register(  # type: ignore[no-untyped-call]
        "office",
        client_id=settings.oidc_client,
        client_secret=settings.oidc_secret_file.read_text("utf-8").strip(),
        server_metadata_url=f"{settings.oidc_issuer.rstrip('/')}/.well-known/openid-configuration",
        client_kwargs={"scope": "openid", "code_challenge_method": "S256", "default_timeout": ANSWER_SECONDS},
    )


def is_there() -> bool:
    """Whether the office has an identity provider."""
    return bool(current_office().settings.oidc_issuer)


def send(back: str) -> ResponseReturnValue:
    """Send the browser to the provider, which sends it back to the address `back`. Refused when it does not answer."""
    settings = current_office().settings
    try:
        asked = {"acr_values": settings.oidc_acr, "max_age": settings.oidc_minutes * 60}
        return cast(ResponseReturnValue, _client().authorize_redirect(back, **asked))
    except FAILURES as error:
        raise _refused(error) from error


def proved() -> Proved:
    """Who the provider says has come back with this request. Refused for everything else."""
    settings = current_office().settings
    wanted = {
        "iss": {"essential": True, "values": [settings.oidc_issuer]},
        "sub": {"essential": True},
        "acr": {"essential": True, "values": settings.oidc_acr.split()},
        "auth_time": {"essential": True},
    }
    try:
        claims = _client().authorize_access_token(claims_options=wanted)["userinfo"]
        since = current_office().clock.now() - dt.timedelta(minutes=settings.oidc_minutes, seconds=LATE)
        if dt.datetime.fromtimestamp(int(claims["auth_time"]), dt.UTC) < since:
            raise ValueError("proved too long ago")
        return Proved(Subject(claims["iss"], str(claims["sub"])), str(claims.get("sid", "")))
    except FAILURES as error:
        raise _refused(error) from error


def logged_out(token: str) -> tuple[Proved, dt.datetime]:
    """Whom a logout token is about, and by when the provider said so. Refused for anything else.

    It names a person (`sub`), a session of theirs (`sid`), or both (OpenID Connect Back-Channel Logout 1.0, 2.4, 2.6).
    """
    settings, now = current_office().settings, current_office().clock.now()
    try:
        claims = _decoded(token)
        at = dt.datetime.fromtimestamp(int(claims["iat"]), dt.UTC)
        audience = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
        right = (
            claims["iss"] == settings.oidc_issuer
            and settings.oidc_client in audience
            and LOGOUT in claims["events"]
            and "nonce" not in claims
            and (claims.get("sub") or claims.get("sid"))
            and abs(now - at) <= LOGOUT_FRESH
            and now.timestamp() <= float(claims.get("exp", now.timestamp())) + LATE
        )
        if not right:
            raise ValueError("no logout token of this office")
        who = Subject(claims["iss"], str(claims.get("sub", "")))
        return Proved(who, str(claims.get("sid", ""))), at + WHOLE_SECOND
    except FAILURES as error:
        raise _refused(error) from error


def _decoded(token: str) -> dict[str, Any]:
    """What a token says, by a key of the provider; its keys are asked for again when it names one that is new."""
    client = _client()
    try:
        found = jwt.decode(token, KeySet.import_key_set(client.fetch_jwk_set()), algorithms=ALGORITHMS)
    except InvalidKeyIdError:
        found = jwt.decode(token, KeySet.import_key_set(client.fetch_jwk_set(force=True)), algorithms=ALGORITHMS)
    return found.claims


def _client() -> FlaskOAuth2App:
    return cast(FlaskOAuth2App, current_app.extensions["authlib.integrations.flask_client"].office)


def _refused(error: Exception) -> Refused:
    log.warning("provider_refused", **error_of(error))
    return Refused("The office's own log-in did not say who you are. Try again, or take your passkey or password.")
