"""Settings, read from the environment by the composition root (`LIMAN_` names) and nowhere else."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import re
import secrets
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, get_args

from pydantic_settings import BaseSettings, SettingsConfigDict

from issuance.errors import InvalidInput, Unfit
from issuance.law.office.feeds import recipients

KEY_BYTES = 32
OWN_URL = "http://127.0.0.1:5000"
RELAY = re.compile(r"smtps?://(?:[^\s/:@]+@)?(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\])(?::\d{1,5})?/?")
PUSHED_TO = re.compile(
    r"(?:https://[A-Za-z0-9.-]+|http://(?:localhost|127(?:\.\d{1,3}){3}|\[::1\]))(?::\d{1,5})?(?:/[^\s?#@]*)?"
)
"""Where files for bodies outside may go: over TLS, or to this machine itself."""
ORIGIN = re.compile(r"https?://[A-Za-z0-9.\[\]:-]+")
KeyName = Literal["attempts", "audit", "audit-events", "devices", "leave", "session", "totp", "vault"]
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
    card_keys: Path | None = None
    """The file of card-manager keys (`issuance.keys.card_keys`); in development one is made under `var/keys`."""
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
    def longest_closure(self) -> dt.timedelta:
        """How far the clock may have gone ahead while no server ran."""
        return dt.timedelta(days=self.longest_closure_days)

    @property
    def development_keys(self) -> bool:
        """Whether seals are signed by a key file: every page then says so. In production none is."""
        return self.signer == "file" and self.env != "production"

    @property
    def secure_cookies(self) -> bool:
        """Cookies only over TLS, except for plain HTTP on loopback in development."""
        return self.public_url.startswith("https://")


def key_file(settings: Settings, name: KeyName) -> bytes:
    """The secret `name` under `var/keys`; InvalidInput if it is missing or damaged. For development it is made."""
    path = settings.var / "keys" / name
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
    if not settings.database_url and "?" in str(settings.register_file):
        raise Unfit("The folder of the data has a ? in its name, which no address of a database can hold: rename it.")
    if settings.workers == "apart" and not settings.database_url.startswith("postgresql"):
        raise Unfit("On SQLite the server itself does the background work: take LIMAN_WORKERS=apart away.")
    if settings.phone_url and not ORIGIN.fullmatch(settings.phone_url):
        raise Unfit(
            "LIMAN_PHONE_URL is no origin: write https://HOST or https://HOST:PORT, without a slash at the end."
        )
    if settings.smtp_url and not (RELAY.fullmatch(settings.smtp_url) and "@" in settings.smtp_from):
        raise Unfit(
            "Nobody could be written to: LIMAN_SMTP_URL is smtp://USER@HOST:PORT or smtps://USER@HOST:PORT without a"
            " password, and LIMAN_SMTP_FROM the address of the sender."
        )
    fetching = {one.code for one in recipients().values() if one.way == "pull"}
    if any(code not in fetching or not PUSHED_TO.fullmatch(url) for code, url in settings.feed_addresses.items()):
        raise Unfit(
            "LIMAN_FEED_URLS is CODE=https://HOST/PATH, more with a space between, of those that docs/feeds.md says may"
            " be pushed to: without TLS only this machine itself is written to, and no address holds a password."
        )
    if settings.env == "production":
        for refused in (*_unfit_settings(settings), *_loose_files(settings)):
            raise refused


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
