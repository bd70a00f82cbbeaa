"""Logging in to a device over HTTP by name and password: Basic (RFC 7617), Digest (RFC 7616 and the older RFC 2069)."""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Callable, Iterator, Sequence
from urllib.request import parse_http_list

HASHES: dict[str, Callable[[bytes], hashlib._Hash]] = {"SHA-256": hashlib.sha256, "MD5": hashlib.md5}
"""Digest's algorithms, the better first; each also as `-sess`."""

Challenge = tuple[str, dict[str, str]]
"""A scheme in lower case, and its parameters."""


class Login:
    """A name and a password, and how the device last wanted to have them. It is told nothing before it asked."""

    def __init__(self, user: str, password: str) -> None:
        self._user = user
        self._password = password
        self._challenge: Challenge | None = None
        self._count = 0  # of requests under the challenge's nonce

    def take(self, headers: Sequence[str]) -> bool:
        """Keep the best challenge of these WWW-Authenticate headers; whether there is one that can be answered."""
        found = [challenge for header in headers for challenge in _challenges(header) if _strength(challenge)]
        self._challenge = max(found, key=_strength, default=None)
        self._count = 0
        return self._challenge is not None

    def header(self, method: str, path: str) -> dict[str, str]:
        """The Authorization header of a request; none before a challenge."""
        if self._challenge is None:
            return {}
        scheme, params = self._challenge
        if scheme == "basic":
            return {"Authorization": "Basic " + base64.b64encode(f"{self._user}:{self._password}".encode()).decode()}
        self._count += 1
        answer = digest(self._user, self._password, params, method, path, secrets.token_hex(16), self._count)
        return {"Authorization": answer.encode().decode("latin-1")}  # as http.client writes it: UTF-8


def digest(
    user: str, password: str, params: dict[str, str], method: str, path: str, client_nonce: str, count: int
) -> str:
    """The answer to a digest challenge whose algorithm is one of ours (RFC 7616 section 3.4)."""
    name = params.get("algorithm", "MD5")
    realm, nonce = params.get("realm", ""), params.get("nonce", "")

    def hashed(*parts: str) -> str:
        return HASHES[name.upper().removesuffix("-SESS")](":".join(parts).encode()).hexdigest()

    account = hashed(user, realm, password)
    if name.upper().endswith("-SESS"):
        account = hashed(account, nonce, client_nonce)
    fields = {"username": user, "realm": realm, "nonce": nonce, "uri": path}
    plain = {"algorithm": name} if "algorithm" in params else {}
    if "qop" in params:
        number = f"{count:08x}"
        response = hashed(account, nonce, number, client_nonce, "auth", hashed(method, path))
        fields["cnonce"] = client_nonce
        plain |= {"qop": "auth", "nc": number}
    else:
        response = hashed(account, nonce, hashed(method, path))
    fields["response"] = response
    if "opaque" in params:
        fields["opaque"] = params["opaque"]
    quoted = [f'{key}="{_escaped(value)}"' for key, value in fields.items()]
    return "Digest " + ", ".join([*quoted, *(f"{key}={value}" for key, value in plain.items())])


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"')


def _challenges(header: str) -> Iterator[Challenge]:
    """The challenges of one header: a device may offer several in it (RFC 9110 section 11.6.1)."""
    scheme, params = "", dict[str, str]()
    for item in parse_http_list(header):
        word, _, rest = item.partition(" ")
        if "=" not in word:
            if scheme:
                yield scheme, params
            scheme, params = word.lower(), {}
            item = rest
        name, equals, value = item.partition("=")
        if equals:
            params[name.strip().lower()] = value.strip().strip('"')
    if scheme:
        yield scheme, params


def _strength(challenge: Challenge) -> int:
    """The higher, the better; 0 for one that cannot be answered here."""
    scheme, params = challenge
    if scheme == "basic":
        return 1
    name = params.get("algorithm", "MD5").upper().removesuffix("-SESS")
    wants_auth = "auth" in params.get("qop", "auth").replace(" ", "").split(",")
    if scheme != "digest" or name not in HASHES or not wants_auth:
        return 0
    return len(HASHES) + 1 - list(HASHES).index(name)
