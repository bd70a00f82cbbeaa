"""Which ways out an office has, by its settings."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from issuance.clock import Clock
from issuance.errors import Unfit
from issuance.models.notices import ChannelName
from issuance.sending import Channel
from issuance.sending.gateway import gateway_of
from issuance.sending.mail import Mail, Relay
from issuance.settings import Settings

LOOPBACK = ("localhost", "127.0.0.1", "::1")
PORTS = {"smtp": 587, "smtps": 465}


def names(settings: Settings) -> tuple[ChannelName, ...]:
    """The channels by which this office writes: nobody is asked for an address that nothing is sent to."""
    by = {ChannelName.EMAIL: settings.smtp_url, ChannelName.SMS: settings.sms_gateway}
    return tuple(name for name, way in by.items() if way)


def opened(settings: Settings, clock: Clock) -> Mapping[str, Channel]:
    """Those channels, ready to send; Unfit when a file of theirs cannot be read."""
    found: dict[str, Channel] = {}
    if settings.smtp_url:
        found[ChannelName.EMAIL] = Mail(_relay(settings), clock)
    if gateway := gateway_of(settings):
        found[ChannelName.SMS] = gateway
    return found


def _relay(settings: Settings) -> Relay:
    """The relay of `LIMAN_SMTP_URL`; one on this machine is spoken to without TLS, any other only with."""
    url = urlsplit(settings.smtp_url)
    host, user = url.hostname or "", url.username or ""
    password = _password(settings.smtp_password_file) if settings.smtp_password_file else ""
    return Relay(
        host,
        url.port or PORTS[url.scheme],
        settings.smtp_from,
        user,
        password,
        tls_at_once=url.scheme == "smtps",
        plain=url.scheme == "smtp" and host in LOOPBACK and not settings.smtp_authority,
        authority=settings.smtp_authority,
    )


def _password(path: Path) -> str:
    try:
        return path.read_text("utf-8").strip()
    except OSError as error:
        raise Unfit("LIMAN_SMTP_PASSWORD_FILE cannot be read: let the account of the server read it.") from error
