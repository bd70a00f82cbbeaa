"""Somebody with a browser outside: asks through the real front, over TLS, and keeps cookies."""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import re
import socket
import ssl
import struct
import time
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import urlencode

from tests.install.units import Failed


class Visitor:
    """One browser at `host`, which is on this machine; its certificate is `trusted`."""

    def __init__(self, host: str, trusted: Path) -> None:
        self.host, self.cookies = host, dict[str, str]()
        self.tls = ssl.create_default_context(cafile=str(trusted))

    def ask(self, path: str, form: dict[str, str] | None = None) -> http.client.HTTPResponse:
        """The answer to a GET, or to a form that is sent."""
        connection = http.client.HTTPConnection(self.host, timeout=60)
        plain = socket.create_connection(("127.0.0.1", 443), timeout=60)
        connection.sock = self.tls.wrap_socket(plain, server_hostname=self.host)
        headers = {"Cookie": "; ".join(f"{key}={value}" for key, value in self.cookies.items())}
        headers |= {"Accept-Language": "en", "Referer": f"https://{self.host}{path}", "Origin": f"https://{self.host}"}
        if form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection.request("GET" if form is None else "POST", path, urlencode(form) if form else None, headers)
        answer = connection.getresponse()
        for line in answer.headers.get_all("Set-Cookie", []):
            self.cookies |= {key: each.value for key, each in SimpleCookie(line).items()}
        return answer

    def read(self, path: str, form: dict[str, str] | None = None) -> str:
        """The text of an answer; Failed when it is neither a page nor the way to one."""
        answer = self.ask(path, form)
        text = answer.read().decode()
        if answer.status not in (200, 302, 303):
            raise Failed(f"{path}: {answer.status} {text[:500]}")
        return text

    def send(self, path: str, fields: dict[str, str], page: str = "") -> str:
        """Fill in a form of a page and send it."""
        token = re.search(r'name="csrf_token" value="([^"]+)"', self.read(page or path))
        if not token:
            raise Failed(f"no form at {page or path}")
        return self.read(path, fields | {"csrf_token": token[1]})

    def log_in_first(self, email: str, first: str, own: str) -> None:
        """The first log-in: the password that was given, a second factor, a password of one's own."""
        self.send("/login", {"email": email, "password": first})
        page = self.send("/tf-setup", {"setup": "authenticator"})
        secret = re.search(r'<bdi class="code" dir="ltr">([A-Z2-7-]+)</bdi>', page)
        if not secret:
            raise Failed("the log-in asked for no second factor")
        self.send("/tf-validate", {"code": code(secret[1].replace("-", ""))}, "/tf-setup")
        self.send("/account/password", {"present": first, "password": own, "again": own})


def code(secret: str) -> str:
    """What an authenticator app shows now (RFC 6238: SHA-1, six digits, 30 seconds)."""
    counter = struct.pack(">Q", int(time.time()) // 30)
    digest = hmac.new(base64.b32decode(secret + "=" * (-len(secret) % 8)), counter, hashlib.sha1).digest()
    place = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[place : place + 4])[0] & 0x7FFFFFFF) % 10**6:06d}"
