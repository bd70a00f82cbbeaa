"""SMS by any gateway that speaks HTTP: a template says how, the settings say where and as whom (ADR 0074)."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import json
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from issuance.errors import Unfit
from issuance.sending import DOWN, Message, Outcome, Sent
from issuance.sending.parts import alphabet_of
from issuance.sending.templates import GATEWAY_ID, Template, filled, filled_document, load
from issuance.sending.wire import Call, NotSent, Reply, Unanswered, exchange
from issuance.settings import Settings, key_file

PRINTABLE = re.compile(r"[\x20-\x7e]*")
REPORTS, EARLIER = "/delivery-reports/", "/receipts/"
"""Where delivery reports are taken, and where releases before took them: gateways may still send them there."""


@dataclass(frozen=True)
class Gateway:
    """A `Channel`. `account` fills the places that are the same in every message; it is never shown."""

    template: Template
    account: Mapping[str, str] = field(repr=False)
    authority: Path | None = None

    def send(self, message: Message) -> Sent:
        """Put the message to the gateway, once."""
        try:
            reply = exchange(self._call(message), self.authority)
        except NotSent:
            return Sent(Outcome.RETRY, reason=DOWN)
        except Unanswered:
            return Sent(Outcome.UNKNOWN)
        return self._judged(reply)

    def _call(self, message: Message) -> Call:
        request, values = self.template.request, self._values(message)
        headers = {name: filled(value, values) for name, value in request.headers.items()}
        body, kind = self._body(values)
        if kind:
            headers = {"Content-Type": kind} | headers
        return Call(request.method, self._address(values), headers, body)

    def _values(self, message: Message) -> dict[str, str]:
        return {
            **self.account,
            "to": message.to,
            "digits": message.to.removeprefix("+"),
            "text": message.text,
            "id": str(message.id),
            "coding": self.template.coding.get(alphabet_of(message.text), ""),
        }

    def _address(self, values: Mapping[str, str]) -> str:
        request = self.template.request
        url = filled(request.url, values)
        query = urlencode({name: filled(value, values) for name, value in request.query.items()})
        return f"{url}{'&' if '?' in url else '?'}{query}" if query else url

    def _body(self, values: Mapping[str, str]) -> tuple[bytes | None, str]:
        """The body and its kind."""
        request = self.template.request
        if request.form is not None:
            pairs = {name: filled(value, values) for name, value in request.form.items()}
            return urlencode(pairs).encode(), "application/x-www-form-urlencoded"
        if request.document is not None:
            return json.dumps(filled_document(request.document, values)).encode(), "application/json"
        if request.text is not None:
            return filled(request.text, values).encode(), "text/plain; charset=UTF-8"
        return None, ""

    def _judged(self, reply: Reply) -> Sent:
        """What the first rule that applies says. Where none does, a status of 300 to 499 says that nothing was taken.

        Only a rule makes a refusal: it is held against the number, which is asked for anew.
        """
        code, fields = str(reply.status), self.template.answer.fields(reply.body)
        means = self.template.answer.means(reply.status, fields)
        if means is None:
            means = Outcome.RETRY if 300 <= reply.status < 500 else Outcome.UNKNOWN
        own = fields.get(self.template.answer.id, "")
        named = means is Outcome.ACCEPTED and GATEWAY_ID.fullmatch(own)
        return Sent(means, code, DOWN if means is Outcome.RETRY else "", own if named else "")


def gateway_of(settings: Settings) -> Gateway | None:
    """The gateway of this office; None where it has none. Unfit names the setting or the key that is wrong."""
    if not settings.sms_gateway:
        return None
    template = load(settings.sms_gateway)
    account = {
        "url": settings.sms_url.rstrip("/"),
        "user": settings.sms_user,
        "password": _password(settings.sms_password_file),
        "sender": settings.sms_sender,
    }
    for name, value in account.items():
        if not PRINTABLE.fullmatch(value):
            raise Unfit(
                "LIMAN_SMS_%(name)s has a character that no gateway takes: write it in ASCII.", name=name.upper()
            )
    _check_address(filled(template.request.url, account))
    _check_authority(settings.sms_authority)
    reports = reports_address(settings) if template.report else ""
    return Gateway(template, {**account, "reports": reports, "receipts": reports}, settings.sms_authority)


def _password(path: Path | None) -> str:
    try:
        return path.read_text("utf-8").strip() if path else ""
    except (OSError, UnicodeDecodeError) as error:
        raise Unfit(
            "LIMAN_SMS_PASSWORD_FILE cannot be read: put the file there, and let the server read it."
        ) from error


def _check_address(url: str) -> None:
    """Password and numbers go by TLS, or do not leave the machine."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host or "@" in parts.netloc or parts.fragment or parts.scheme not in ("http", "https"):
        raise Unfit("LIMAN_SMS_URL is no address: write https://HOST or https://HOST:PORT, and a path if there is one.")
    if parts.scheme == "http" and not _is_here(host):
        raise Unfit("LIMAN_SMS_URL is no https:// address: without TLS anybody on the way reads who is told what.")


def _check_authority(path: Path | None) -> None:
    try:
        ssl.create_default_context(cafile=path)
    except OSError as error:  # SSLError is one
        raise Unfit("LIMAN_SMS_AUTHORITY is no file with certificates: give one in PEM, or take it away.") from error


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def reports_address(settings: Settings) -> str:
    """The address at which the office takes delivery reports; who knows it is believed to be the gateway."""
    return f"{settings.public_url.rstrip('/')}{REPORTS}{reports_token(settings)}"


def reports_token(settings: Settings) -> str:
    """The part of the address that nobody guesses: the same as long as the key of sessions is."""
    return hmac.new(key_file(settings, "session"), b"receipts of the SMS gateway", hashlib.sha256).hexdigest()
