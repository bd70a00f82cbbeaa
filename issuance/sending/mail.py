"""E-mail by a relay of the office: text alone, TLS before anything is said, one message a connection."""

from __future__ import annotations

import smtplib
import ssl
from contextlib import suppress
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path

from issuance.clock import Clock
from issuance.sending import DOWN, Message, Outcome, Sent

SECONDS = 10.0
"""For which the relay may be silent; a relay is near."""

LAST_SECONDS = 60.0
"""The same, after the whole message: until it answers nobody knows whether it has it."""

LETTERS = "letters"
"""The reason of a refusal of ours: the address has letters that mail does not carry."""


@dataclass(frozen=True)
class Relay:
    """Where the office's mail goes out. TLS is asked for by STARTTLS, or from the start with `tls_at_once`.

    Without `user` nobody logs in. `authority` is the file of the certificates that are trusted, else the machine's own.
    `plain`: there is no TLS, as of a relay on this machine.
    """

    host: str
    port: int
    sender: str
    user: str = ""
    password: str = ""
    tls_at_once: bool = False
    plain: bool = False
    authority: Path | None = None


class Mail:
    """The channel of e-mail."""

    def __init__(self, relay: Relay, clock: Clock) -> None:
        self._relay, self._clock = relay, clock

    def send(self, message: Message) -> Sent:
        """One try: 4xx and a cut line are tried again, 5xx on the address or the text is for ever.

        What the relay has against the office itself, its log-in or its sender, is no fault of the address.
        """
        try:
            to = in_ascii(message.to)
        except UnicodeError:
            return Sent(Outcome.REFUSED, reason=LETTERS)
        try:
            with self._connected() as smtp:
                return self._give(smtp, to, self._written(message, to))
        except smtplib.SMTPResponseException as error:
            return Sent(Outcome.RETRY, str(error.smtp_code), DOWN)
        except (smtplib.SMTPException, OSError, ValueError):  # also a password that no log-in can carry
            return Sent(Outcome.RETRY, reason=DOWN)

    def _connected(self) -> smtplib.SMTP:
        """The relay, ready for a message; SMTPException or OSError when it is not."""
        relay = self._relay
        trust = ssl.create_default_context(cafile=relay.authority)
        smtp: smtplib.SMTP
        if relay.tls_at_once:
            smtp = smtplib.SMTP_SSL(relay.host, relay.port, timeout=SECONDS, context=trust)
        else:
            smtp = smtplib.SMTP(relay.host, relay.port, timeout=SECONDS)
        try:
            if not relay.tls_at_once and not relay.plain:
                smtp.starttls(context=trust)
            smtp.ehlo_or_helo_if_needed()
            if relay.user:
                smtp.login(relay.user, relay.password)
        except BaseException:
            smtp.close()
            raise
        return smtp

    def _give(self, smtp: smtplib.SMTP, to: str, message: bytes) -> Sent:
        code, _ = smtp.mail(self._relay.sender)
        if code // 100 != 2:
            return Sent(Outcome.RETRY, str(code), DOWN)
        code, _ = smtp.rcpt(to)
        if code // 100 != 2:
            return _answered(code)
        code, _ = smtp.docmd("DATA")
        if code != 354:
            return _answered(code)
        smtp.send(message + b".\r\n")
        return _last_answer(smtp)

    def _written(self, message: Message, to: str) -> bytes:
        """The message as it is sent: no line of it begins with a dot, since its text is in Base64."""
        mail = EmailMessage(policy=SMTP)
        mail["From"] = self._relay.sender
        mail["To"] = Address(addr_spec=to)
        mail["Subject"] = message.subject
        mail["Date"] = format_datetime(self._clock.now())
        mail["Message-ID"] = f"<{message.id}@{self._relay.sender.rpartition('@')[2]}>"
        mail["Auto-Submitted"] = "auto-generated"
        if message.stop:
            mail["List-Unsubscribe"] = f"<{message.stop}>"
            mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        mail.set_content(message.text, cte="base64")
        mail["Content-Language"] = message.language  # what went before of the content is gone
        return mail.as_bytes()


def _last_answer(smtp: smtplib.SMTP) -> Sent:
    """What the relay says of the whole message. Without a word of it it may have it: that is not tried again."""
    assert smtp.sock
    smtp.sock.settimeout(LAST_SECONDS)
    try:
        code, _ = smtp.getreply()
    except (smtplib.SMTPException, OSError):
        return Sent(Outcome.UNKNOWN)
    with suppress(smtplib.SMTPException, OSError):
        smtp.quit()
    return _answered(code)


def _answered(code: int) -> Sent:
    outcome = {2: Outcome.ACCEPTED, 5: Outcome.REFUSED}.get(code // 100, Outcome.RETRY)
    return Sent(outcome, str(code))


def in_ascii(address: str) -> str:
    """The address as every relay takes it, its domain in Punycode; UnicodeError for letters before the @."""
    local, _, domain = address.rpartition("@")
    return f"{local.encode('ascii').decode()}@{domain.encode('idna').decode()}"
