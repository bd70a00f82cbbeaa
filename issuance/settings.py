"""Settings, read from the environment by the composition root (`LIMAN_` names) and nowhere else."""

from __future__ import annotations

import datetime as dt
import os
import secrets
from pathlib import Path
from typing import Literal

from pydantic_settings import BaseSettings, SettingsConfigDict

from issuance.errors import InvalidInput


class Settings(BaseSettings):
    """Everything an office can choose. `var` holds the register, keys and audit heads of this installation."""

    model_config = SettingsConfigDict(env_prefix="LIMAN_", extra="ignore", frozen=True)

    env: Literal["development", "production"] = "development"
    demo: bool = False
    var: Path = Path("var")
    database_url: str = ""
    public_url: str = "http://127.0.0.1:5000"
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
    trusted_proxies: int = 0
    """How many reverse proxies of ours stand before the server; only their word on the caller's address is taken."""
    longest_closure_days: int = 14
    """How long the office may be shut: a clock that is further ahead when the server starts again has jumped."""
    lease_minutes: int = 15
    range_size: int = 1000
    status_attempts_per_reference: int = 10
    status_attempts_per_address: int = 120
    attempt_window_minutes: int = 15

    @property
    def database(self) -> str:
        """The SQLAlchemy address; a SQLite file under `var` unless one is given."""
        return self.database_url or f"sqlite:///{self.var.absolute() / 'register.sqlite'}"

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


def key_file(settings: Settings, name: str, size: int = 32) -> bytes:
    """The secret `name` under `var/keys`, made at first use with owner-only rights; InvalidInput if it was damaged."""
    folder = settings.var / "keys"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / name
    if not path.exists():
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            out.write(secrets.token_bytes(size))
    key = path.read_bytes()
    if len(key) != size:
        raise InvalidInput(name, "The key file %(name)s is damaged: put the copy from the safe back.", name=name)
    return key


def heads_file(settings: Settings) -> Path:
    """Where the signed heads of the audit chains are exported; keep a copy of it on another machine."""
    return settings.var / "audit" / "heads.jsonl"
