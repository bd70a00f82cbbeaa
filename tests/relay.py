"""A mail relay of the tests: aiosmtpd, a real server, that answers as it is told, or cuts the line."""

from __future__ import annotations

import datetime as dt
import email
import ipaddress
import ssl
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.counterparts import free_port

USER, PASSWORD = "liman", "a relay's password"
CUT = "cut"
TAKEN = "250 taken"


class Relay:
    """What came, and what is answered to RCPT and to the end of DATA: in turn, then `250`."""

    def __init__(self) -> None:
        self.port = free_port()
        self.came: list[EmailMessage] = []
        self.to: list[str] = []
        self.answers: dict[str, list[str]] = defaultdict(list)

    def will_answer(self, command: str, *answers: str) -> None:
        """To the next of these commands."""
        self.answers[command].extend(answers)

    def _answer(self, server: SMTP, command: str) -> str:
        answer = self.answers[command].pop(0) if self.answers[command] else TAKEN
        if answer == CUT:
            server.transport.abort()  # type: ignore[union-attr]
        return answer

    async def handle_RCPT(  # noqa: N802 (aiosmtpd calls it so)
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        answer = self._answer(server, "RCPT")
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        answer = self._answer(server, "DATA")
        if answer.startswith("250") or answer == CUT:
            message = email.message_from_bytes(envelope.content or b"", policy=default)
            assert isinstance(message, EmailMessage)
            self.came.append(message)
            self.to += envelope.rcpt_tos
        return answer


def certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate of 127.0.0.1, signed by itself, and its key."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "relay")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    shown, kept = folder / "relay.pem", folder / "relay.key"
    shown.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    kept.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain))
    return shown, kept


def _who(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
    right = isinstance(data, LoginPassword) and (data.login, data.password) == (USER.encode(), PASSWORD.encode())
    return AuthResult(success=right)


@contextmanager
def running(tls: tuple[Path, Path] | None = None) -> Iterator[Relay]:
    """A relay while the block lasts; with `tls` it wants STARTTLS and a log-in, else neither."""
    relay = Relay()
    wants: dict[str, Any] = {}
    if tls:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(*tls)
        wants = {"tls_context": context, "require_starttls": True, "authenticator": _who, "auth_required": True}
    controller = Controller(relay, hostname="127.0.0.1", port=relay.port, **wants)
    controller.start()
    try:
        yield relay
    finally:
        controller.stop()
