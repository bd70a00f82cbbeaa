"""A real PKCS#11 token: SoftHSM with its tokens in a folder of the test (Debian: softhsm2)."""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from issuance.clock import Clock
from issuance.keys.purposes import SEAL
from issuance.settings import Settings
from printing.pki.certificates import Authority, Period, bar_code_signer, country_signer
from tests.counterparts import missing, require

MODULE = Path("/usr/lib/softhsm/libsofthsm2.so")
OFFICE = Path(__file__).with_name("token_office.py")
WHY = "signing in a PKCS#11 token is proved against it"
NOW = dt.datetime(2026, 11, 2, 9, 0, tzinfo=dt.UTC)
LABEL, PIN = "seals", "73519462"


@dataclass
class SoftHsm:
    """The module's tokens, and the files that settings name. Set SOFTHSM2_CONF to `conf` before use."""

    folder: Path

    @property
    def conf(self) -> Path:
        return self.folder / "softhsm2.conf"

    @property
    def pin_file(self) -> Path:
        return self.folder / "pin"

    def set_up(self) -> None:
        require("softhsm2-util", WHY)
        if not MODULE.exists():
            missing(f"{MODULE} is not installed: {WHY}.")
        self._configure()
        self.add_token(LABEL)

    def copy(self, folder: Path) -> SoftHsm:
        """The same tokens in another folder."""
        made = SoftHsm(folder)
        made._configure()
        shutil.copytree(self.folder / "tokens", folder / "tokens", dirs_exist_ok=True)
        return made

    def _configure(self) -> None:
        (self.folder / "tokens").mkdir(parents=True)
        self.conf.write_text(f"directories.tokendir = {self.folder / 'tokens'}\nlog.level = ERROR\n")
        self.pin_file.write_text(PIN + "\n")

    def add_token(self, label: str) -> None:
        util = require("softhsm2-util", WHY)
        self._run(util, "--init-token", "--free", "--label", label, "--pin", PIN, "--so-pin", "99887766")

    def generate(self, key_id: str = "01", extractable: str = "bound") -> bytes:
        """A key made in the token; its SubjectPublicKeyInfo."""
        return bytes.fromhex(self._office("generate", key_id, extractable))

    def certify(self, certificate: bytes, key_id: str = "01") -> None:
        self._office("certify", key_id, certificate.hex())

    def store(self, label: str, key: bytes, token: str = LABEL) -> None:
        """Put an AES key into a token, which it cannot leave."""
        self._run(sys.executable, str(OFFICE), str(MODULE), token, PIN, "store", label, key.hex())

    def describe(self, key_id: str = "01") -> dict[str, bool]:
        described: dict[str, bool] = json.loads(self._office("describe", key_id))
        return described

    def settings(self, **changes: object) -> Settings:
        given = {"signer": "pkcs11", "pkcs11_module": MODULE, "pkcs11_token": LABEL, "pkcs11_pin_file": self.pin_file}
        return Settings(**{**given, "var": self.folder / "var", **changes})  # type: ignore[arg-type]

    def _office(self, *arguments: str) -> str:
        return self._run(sys.executable, str(OFFICE), str(MODULE), LABEL, PIN, *arguments)

    def _run(self, *command: str) -> str:
        environment = {**os.environ, "SOFTHSM2_CONF": str(self.conf)}
        done = subprocess.run(command, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


def issue(public_key: bytes, authority: Authority, clock: Clock, usage_days: int = 365, serial: int = 0x51) -> bytes:
    """A certificate as the national authority would issue it, usable for so many days from now."""
    return bar_code_signer(public_key, authority, name="SH", serial=serial, validity=_from_now(clock, usage_days))


def make_authority(key: object, clock: Clock) -> Authority:
    period = _from_now(clock, 3 * 365)
    names = {"country": "RO", "state": "ROU", "name": "Test CSCA", "site": "https://csca.example"}
    return country_signer(key, serial=1, validity=period, usage=period, **names)  # type: ignore[arg-type]


def _from_now(clock: Clock, usage_days: int) -> Period:
    begins = clock.now().replace(microsecond=0)
    ends = (begins + dt.timedelta(days=usage_days) + SEAL.longest_document).replace(hour=23, minute=59, second=59)
    return Period(begins, ends)
