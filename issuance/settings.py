"""Settings, read from the environment by the composition root (`LIMAN_` names) and nowhere else."""

from __future__ import annotations

import base64
import contextlib
import datetime as dt
import hashlib
import os
import re
import secrets
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, get_args

from pydantic import PrivateAttr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from issuance.db import is_private_way
from issuance.errors import InvalidInput, Unfit
from issuance.law.office.feeds import recipients

KEY_BYTES = 32
OWN_URL = "http://127.0.0.1:5000"
RELAY = re.compile(r"smtps?://(?:[^\s/:@]+@)?(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\])(?::\d{1,5})?/?")
PUSHED_TO = re.compile(
    r"(?:https://[A-Za-z0-9.-]+|http://(?:localhost|127(?:\.\d{1,3}){3}|\[::1\]))(?::\d{1,5})?(?:/[^\s?#@]*)?"
)
"""Where files for bodies outside may go, and log-ins: over TLS, or to this machine itself."""
COSIGNER = re.compile(r"[^\s+=]{1,80}\+[0-9a-f]{8}\+B[A-Za-z0-9+/]{43}")
LOG_NAME = re.compile(r"[a-z0-9][a-z0-9.:-]*(?:/[a-z0-9][a-z0-9.-]*)*")
ORIGIN = re.compile(r"https?://[A-Za-z0-9.\[\]:-]+")
CREDENTIALS = {
    "pkcs11_pin_file": "pin",
    "pkcs11_document_pin_file": "document-pin",
    "pkcs11_master_pin_file": "master-pin",
    "card_keys": "card-keys",
    "smtp_password_file": "smtp-password",
    "sms_password_file": "sms-password",
    "oidc_secret_file": "oidc-secret",
}
"""Files of secrets that systemd hands to a service (`LoadCredential=`), taken where no setting names another."""
KeyName = Literal["attempts", "audit", "audit-events", "devices", "leave", "log", "session", "totp", "vault"]
KEY_NAMES: tuple[KeyName, ...] = get_args(KeyName)
"""The secrets of an office, each a file under `var/keys`; the register knows their fingerprints."""
PUBLIC_KEY_NAMES: tuple[KeyName, ...] = ("attempts", "session")
"""Those that a process with the public pages alone needs."""


class Settings(BaseSettings):
    """Everything an office can choose. `var` holds the register, keys and audit heads of this installation."""

    model_config = SettingsConfigDict(env_prefix="LIMAN_", extra="ignore", frozen=True)

    env: Literal["development", "production"] = "development"
    demo: bool = False
    var: Path = Path("var")
    database_url: str = ""
    public_url: str = OWN_URL
    phone_url: str = ""
    """The origin by which phones in the office's own network reach the server; empty: no phone signs (ADR 0046)."""
    kiosks: str = ""
    """Short names of the centres whose waiting room has a kiosk: their board and receipts say so (docs/kiosk.md)."""
    listen: str = "127.0.0.1:5000"
    """Where the server takes connections, HOST:PORT."""
    metrics_listen: str = "127.0.0.1:9464"
    """Where `python -m app metrics` answers monitoring, HOST:PORT (docs/operations.md)."""
    backups: Path | None = None
    """The folder that has a folder for each back-up; without it monitoring is told of none."""
    workers: Literal["here", "apart"] = "here"
    """Who does the background work on PostgreSQL: the server itself, or processes of their own (`flask worker`)."""
    signer: Literal["file", "pkcs11"] = "file"
    pkcs11_module: Path | None = None
    pkcs11_token: str = ""
    pkcs11_pin_file: Path | None = None
    pkcs11_document_token: str = ""
    """The token of the document signer, when it is not the one of the seal signer; and its PIN, when it has its own."""
    pkcs11_document_pin_file: Path | None = None
    pkcs11_master_token: str = ""
    """The token of the master key, when it is not that of the seal signer; and its PIN, when it has its own."""
    pkcs11_master_pin_file: Path | None = None
    file_keys_because: str = ""
    """Why the master key of a production office is a file (docs/keys.md); empty: it is in a token."""
    backups_kept_days: int = 90
    """How long any back-up is kept: a master key that one of them needs is not destroyed before."""
    card_keys: Path | None = None
    """The file of card-manager keys, until flask keys wrap-files took them in (`issuance.keys.card_keys`)."""
    facial_encoding: Literal["19794-5", "39794-5"] = "19794-5"
    """How chips hold the portrait: ISO/IEC 19794-5 may be issued until 2029, 39794-5 from then on (Doc 9303-10)."""
    fingerprint_scanner: Literal["", "simulator"] = ""
    """What takes fingerprints (`issuance.services.capture.scanner`); where nothing does, pages say so."""
    smtp_url: str = ""
    """The relay that takes e-mail, smtp://USER@HOST:PORT or smtps://...; empty: nobody gets e-mail (ADR 0073)."""
    smtp_from: str = ""
    """The address from which holders are written to."""
    smtp_password_file: Path | None = None
    smtp_authority: Path | None = None
    """The certificates by which the relay is known, when those of the machine do not know it."""
    sms_gateway: str = ""
    """How SMS are sent: a file of `issuance/sending/gateways` by name, or another by its path; empty: none are."""
    sms_url: str = ""
    sms_user: str = ""
    sms_password_file: Path | None = None
    sms_sender: str = ""
    """Where the gateway is, as whom the office comes, and whom telephones show as the sender (docs/notices.md)."""
    sms_authority: Path | None = None
    """The certificates by which the gateway is known, when those of the machine do not know it."""
    feed_urls: str = ""
    """Where files for bodies outside are pushed to, CODE=URL with a space between; the others fetch (docs/feeds.md)."""
    feed_authority: Path | None = None
    """The certificates by which those are known, when those of the machine do not know them."""
    oidc_issuer: str = ""
    """The issuer of the office's identity provider, https://HOST/PATH; empty: there is none (docs/sign-on.md)."""
    oidc_client: str = ""
    oidc_secret_file: Path | None = None
    oidc_acr: str = ""
    """How strongly the provider must have proved a person: its names of `acr`, with a space between."""
    oidc_minutes: int = 60
    """How long ago that may have been."""
    oidc_name: str = ""
    """What people call it."""
    log_name: str = ""
    """What the names of the office's logs begin with (docs/log.md); empty: the host of `public_url`."""
    log_copy: Path | None = None
    """The folder of another machine that keeps every checkpoint of the logs a second time."""
    log_stamps: str = ""
    """Where checkpoints get a time stamp once a day, the https:// address of an authority by RFC 3161; empty: none."""
    log_stamps_authority: Path | None = None
    """The certificates by which that authority's server is known, when those of the machine do not know it."""
    log_cosigners: str = ""
    """Who elsewhere signs the logs too, NAME+ID+KEY or, asked by the network, NAME+ID+KEY=URL with a space between."""
    log_cosigners_authority: Path | None = None
    """The certificates by which their servers are known, when those of the machine do not know them."""
    security_contact: str = ""
    """Where weaknesses are told, mailto: or https: with a space between; empty: no security.txt (docs/install.md)."""
    security_expires: str = ""
    """The day, YYYY-MM-DD, until which what security.txt says is looked after."""
    security_policy: str = ""
    """The https: address of what is asked of who looks for weaknesses, and what they may expect."""
    security_languages: str = "ro en"
    trusted_proxies: int = 0
    """How many reverse proxies of ours stand before the server; only their word on the caller's address is taken."""
    tls_in_server: bool = False
    """The server itself speaks TLS: no reverse proxy stands before it."""
    least_free_mb: int = 200
    """Megabytes that must be free where the register and `var` are: below, the office is not ready."""
    longest_closure_days: int = 14
    """How long the office may be shut: a clock that is further ahead when the server starts again has jumped."""
    lease_minutes: int = 15
    leave_seconds: int = 30
    """How long a station may wait between the register's leave and the blank."""
    station_silence_seconds: int = 12
    """How long a station that did not say goodbye must be silent before another process of it may start."""
    range_size: int = 1000
    status_attempts_per_reference: int = 10
    status_attempts_per_address: int = 120
    attempt_window_minutes: int = 15

    _opened: dict[str, bytes] = PrivateAttr(default_factory=dict)
    """The key files that are wrapped under the master key, as the composition root opened them."""

    @model_validator(mode="before")
    @classmethod
    def _of_systemd(cls, given: dict[str, Any]) -> dict[str, Any]:
        """A secret that no setting names is the credential of its name, if the service was given one."""
        found = ((name, credential(called)) for name, called in CREDENTIALS.items())
        return {name: path for name, path in found if path} | given

    @property
    def database(self) -> str:
        """The SQLAlchemy address; a SQLite file under `var` unless one is given."""
        return self.database_url or f"sqlite:///{self.register_file}"

    @property
    def register_file(self) -> Path:
        """The register as a file, unless `database_url` names another."""
        return self.var.absolute() / "register.sqlite"

    def has_kiosk(self, centre: str) -> bool:
        """Whether a kiosk stands in the waiting room of the centre with this short name."""
        return centre in self.kiosks.split()

    @property
    def feed_addresses(self) -> dict[str, str]:
        """Where files for bodies outside are pushed to, by recipient."""
        return dict(each.partition("=")[::2] for each in self.feed_urls.split())

    @property
    def cosigners(self) -> dict[str, str]:
        """Who elsewhere signs the logs too: keys, each with where it is asked; "" for by hand."""
        return dict(each.partition("=")[::2] for each in self.log_cosigners.split())

    @property
    def longest_closure(self) -> dt.timedelta:
        """How far the clock may have gone ahead while no server ran."""
        return dt.timedelta(days=self.longest_closure_days)

    @property
    def development_keys(self) -> bool:
        """Whether seals are signed by a key file: every page then says so. In production none is."""
        return self.signer == "file" and self.env != "production"

    @property
    def needs_token(self) -> bool:
        """Whether the master key must be in a token: in production, unless somebody says why not."""
        return self.env == "production" and not self.file_keys_because

    @property
    def secure_cookies(self) -> bool:
        """Cookies only over TLS, except for plain HTTP on loopback in development."""
        return self.public_url.startswith("https://")


def credential(name: str) -> Path | None:
    """The file of this secret that the service manager gave this process; of a folder of them `liman_NAME`."""
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    paths = [Path(folder) / called for called in (name, f"liman_{name}")] if folder else []
    return next((path for path in paths if path.is_file()), None)


def key_file(settings: Settings, name: KeyName) -> bytes:
    """The secret `name` under `var/keys`; InvalidInput if it is missing or damaged. For development it is made."""
    path = settings.var / "keys" / name
    if name in settings._opened and path.exists():
        return settings._opened[name]
    if not path.exists() and settings.env != "production":
        make_key_file(settings, name)
    try:
        key = path.read_bytes()
    except OSError as error:
        raise InvalidInput(
            name,
            "The key file %(name)s cannot be read (%(reason)s): put it back from the safe. A new office makes it by"
            " flask set-up.",
            name=name,
            reason=error.strerror,
        ) from error
    if len(key) != KEY_BYTES:
        raise InvalidInput(name, "The key file %(name)s is damaged: put the copy from the safe back.", name=name)
    return key


def opened_file(settings: Settings, name: str) -> bytes | None:
    """What the wrapped file `name` holds; None where it was not opened."""
    return settings._opened.get(name)


def take_opened(settings: Settings, name: str, key: bytes) -> None:
    """Let the secret `name` be this one while this process runs: its file is wrapped."""
    settings._opened[name] = key


def make_key_file(settings: Settings, name: KeyName) -> None:
    """Make the secret `name` unless it is there: of two processes that start at once, one makes it for both."""
    settings.var.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_once(settings.var / "keys" / name, secrets.token_bytes(KEY_BYTES))


def write_once(path: Path, data: bytes) -> None:
    """Write the whole file with owner-only rights, unless another process was first."""
    if path.exists():
        return
    new = draft(path, data)
    with contextlib.suppress(FileExistsError):
        os.link(new, path)
    new.unlink()


def draft(path: Path, data: bytes) -> Path:
    """A file beside `path` with owner-only rights, on the disk."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    new = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        out.write(data)
        out.flush()
        os.fsync(out.fileno())
    return new


def check(settings: Settings) -> None:
    """Unfit names the first setting or file with which no office may run, a real one least of all."""
    for refused in (*_contradictions(settings), *_wrong_addresses(settings)):
        raise refused
    if settings.env == "production":
        for refused in (*_unfit_settings(settings), *_loose_files(settings)):
            raise refused


def _contradictions(settings: Settings) -> Iterator[Unfit]:
    """Settings that cannot all be meant."""
    if not settings.database_url and "?" in str(settings.register_file):
        yield Unfit("The folder of the data has a ? in its name, which no address of a database can hold: rename it.")
    if settings.workers == "apart" and not settings.database_url.startswith("postgresql"):
        yield Unfit("On SQLite the server itself does the background work: take LIMAN_WORKERS=apart away.")
    if settings.oidc_issuer and not _may_sign_on(settings):
        yield Unfit(
            "LIMAN_OIDC_ISSUER is https://HOST or https://HOST/PATH, and with it come LIMAN_OIDC_CLIENT,"
            " LIMAN_OIDC_SECRET_FILE, which can be read, LIMAN_OIDC_ACR and LIMAN_OIDC_NAME (docs/sign-on.md)."
        )


def _wrong_addresses(settings: Settings) -> Iterator[Unfit]:
    """Addresses and names that are none."""
    if settings.phone_url and not ORIGIN.fullmatch(settings.phone_url):
        yield Unfit(
            "LIMAN_PHONE_URL is no origin: write https://HOST or https://HOST:PORT, without a slash at the end."
        )
    if settings.log_name and not LOG_NAME.fullmatch(settings.log_name):
        yield Unfit(
            "LIMAN_LOG_NAME is no name of a log: write it like an address without https://, log.office.example."
        )
    if settings.log_stamps and not PUSHED_TO.fullmatch(settings.log_stamps):
        yield Unfit("LIMAN_LOG_STAMPS is no https://HOST/PATH of an authority of time stamps.")
    if any(not _may_cosign(key, url) for key, url in settings.cosigners.items()):
        yield Unfit(
            "LIMAN_LOG_COSIGNERS is NAME+ID+KEY as liman_cosign printed it, or NAME+ID+KEY=https://HOST/PATH, more with"
            " a space between (docs/log.md)."
        )
    if settings.smtp_url and not (RELAY.fullmatch(settings.smtp_url) and "@" in settings.smtp_from):
        yield Unfit(
            "Nobody could be written to: LIMAN_SMTP_URL is smtp://USER@HOST:PORT or smtps://USER@HOST:PORT without a"
            " password, and LIMAN_SMTP_FROM the address of the sender."
        )
    fetching = {one.code for one in recipients().values() if one.way == "pull"}
    if any(code not in fetching or not PUSHED_TO.fullmatch(url) for code, url in settings.feed_addresses.items()):
        yield Unfit(
            "LIMAN_FEED_URLS is CODE=https://HOST/PATH, more with a space between, of those that docs/feeds.md says may"
            " be pushed to: without TLS only this machine itself is written to, and no address holds a password."
        )


def _may_sign_on(settings: Settings) -> bool:
    """Whether all is said by which people log in at the provider; a second factor is among it, by `acr`."""
    secret = settings.oidc_secret_file
    said = settings.oidc_client and settings.oidc_acr.split() and settings.oidc_name
    return bool(said and secret and os.access(secret, os.R_OK) and PUSHED_TO.fullmatch(settings.oidc_issuer))


def _may_cosign(line: str, url: str) -> bool:
    """Whether this is the key of a cosigner, whose parts belong together, and an address."""
    name, _, rest = line.partition("+")
    if not COSIGNER.fullmatch(line) or (url and not PUSHED_TO.fullmatch(url)):
        return False
    data = base64.b64decode(rest.partition("+")[2])
    return hashlib.sha256(name.encode() + b"\n" + data).hexdigest()[:8] == rest[:8]


def _unfit_settings(settings: Settings) -> Iterator[Unfit]:
    if settings.demo:
        yield Unfit("In production nobody logs in without a second factor: take LIMAN_DEMO away.")
    if settings.fingerprint_scanner == "simulator":
        yield Unfit("The simulated scanner sees nobody's fingers: take LIMAN_FINGERPRINT_SCANNER away.")
    if settings.public_url == OWN_URL:
        yield Unfit("LIMAN_PUBLIC_URL is not set: give the https:// address at which staff and holders come.")
    if not settings.secure_cookies:
        yield Unfit("LIMAN_PUBLIC_URL is no https:// address: without TLS anybody on the way reads log-ins.")
    if settings.phone_url.startswith("http:"):
        yield Unfit("LIMAN_PHONE_URL is no https:// address: without TLS anybody on the way reads what holders sign.")
    if settings.database_url and not is_private_way(settings.database_url):
        yield Unfit(
            "The database is on another machine and LIMAN_DATABASE_URL does not say how it is known: add"
            " sslmode=verify-full and sslrootcert, or sslmode=disable where nobody else is in its network."
        )
    if settings.trusted_proxies < 1 and not settings.tls_in_server:
        yield Unfit(
            "Nobody says where TLS ends: set LIMAN_TRUSTED_PROXIES to the number of your reverse proxies, or"
            " LIMAN_TLS_IN_SERVER=1 when the server has the certificate itself."
        )


def _loose_files(settings: Settings) -> Iterator[Unfit]:
    """The files that others on this machine may read or write."""
    register = [settings.register_file.with_name(f"register.sqlite{end}") for end in ("", "-wal", "-shm")]
    for path in (settings.var, settings.var / "keys", *sorted((settings.var / "keys").rglob("*")), *register):
        if path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o077:
            yield Unfit("Others on this machine can open %(path)s: chmod go-rwx it, and ask who read it.", path=path)


def heads_file(settings: Settings) -> Path:
    """Where the signed heads of the audit chains are exported; keep a copy of it on another machine."""
    return settings.var / "audit" / "heads.jsonl"
