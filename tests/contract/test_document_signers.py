"""Document signers in a real PKCS#11 token (SoftHSM): asked for, brought in, used by an office, and their failures."""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from asn1crypto import csr, keys, pem
from click.testing import Result
from cryptography.hazmat.primitives.asymmetric import ec
from flask import Flask

from issuance.clock import FixedClock
from issuance.commands import pki
from issuance.db import Database
from issuance.keys import DocumentSigner, LastingSigner, SignerUnavailable, open_document_signer, open_signer, token
from issuance.keys.purposes import DOCUMENT
from issuance.keys.token_key import TokenKey
from issuance.office import Office
from issuance.settings import Settings
from printing.pki import document_signers, public_keys
from printing.pki.certificates import Authority, Period
from printing.pki.signing import SignerCertificate
from tests.certificates import altered, authority, openssl, pem_file, public_key_file, put, spki
from tests.contract.softhsm import NOW, PIN, SoftHsm, issue

pytestmark = pytest.mark.contract

DATA = b"the LDS security object of a chip"
DAY = dt.timedelta(days=1)


@pytest.fixture(scope="session")
def national() -> Authority:
    return authority(name="CSCA Romania")


@pytest.fixture
def settings(hsm: SoftHsm) -> Settings:
    """A production office's, with a token without keys."""
    return hsm.settings(env="production")


@pytest.fixture
def chips(chip_token: SoftHsm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A production office's, with a document signer in its token."""
    made = chip_token.copy(tmp_path / "chips")
    shutil.copytree(chip_token.folder / "var", made.folder / "var")
    monkeypatch.setenv("SOFTHSM2_CONF", str(made.conf))
    return made.settings(env="production")


@pytest.fixture(scope="session")
def chip_token(empty_token: SoftHsm, national: Authority, tmp_path_factory: pytest.TempPathFactory) -> SoftHsm:
    """A token with a document signer that came by `flask pki`, to copy."""
    made = empty_token.copy(tmp_path_factory.mktemp("chips"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOFTHSM2_CONF", str(made.conf))
        clock = FixedClock(NOW)
        Officer(made.settings(env="production"), made.folder, national, clock).renew(serial=1)
    return made


def run(settings: Settings, clock: FixedClock, *arguments: object) -> Result:
    """`flask pki` of an office."""
    app = Flask(__name__)
    app.extensions["office"] = Office(settings, Database("sqlite://"), clock)
    app.cli.add_command(pki.pki)
    with app.app_context():
        return app.test_cli_runner().invoke(args=["pki", *map(str, arguments)], catch_exceptions=False)


def certified(request: Path, issuer: Authority, clock: FixedClock, usage_days: int = 90, **changes: Any) -> bytes:
    """What the authority makes of a request, usable from now."""
    asked = csr.CertificationRequest.load(pem.unarmor(request.read_bytes())[2])["certification_request_info"]
    begins = clock.now()
    usage = Period(begins, begins + usage_days * DAY)
    given = {
        "name": "DS",
        "serial": 0xD5,
        "validity": Period(begins, usage.ends + DOCUMENT.longest_document),
        "usage": usage,
        "document_types": ["AR", "PR", "PT"],
    }
    return document_signers.document_signer(asked["subject_pk_info"].dump(), issuer, **{**given, **changes})


class Officer:
    """Who carries an office's requests to the authority and brings in what it made."""

    def __init__(self, settings: Settings, folder: Path, issuer: Authority, clock: FixedClock) -> None:
        self.settings, self.folder, self.issuer, self.clock = settings, folder, issuer, clock
        self.request = folder / "request.pem"

    def ask(self, *options: str) -> Path:
        asked = run(self.settings, self.clock, "csr", "--out", self.request, *options)
        assert asked.exit_code == 0, asked.output
        return self.request

    def bring(self, certificate: bytes) -> Result:
        (self.folder / "signer.der").write_bytes(certificate)
        trusted = pem_file(self.folder, "csca.pem", self.issuer.certificate)
        files = ("--certificate", self.folder / "signer.der", "--csca", trusted)
        return run(self.settings, self.clock, "import", *files)

    def renew(self, *options: str, **changes: Any) -> None:
        brought = self.bring(certified(self.ask(*options), self.issuer, self.clock, **changes))
        assert brought.exit_code == 0, brought.output


@pytest.mark.parametrize("algorithm", ["brainpoolP256r1", "RSA-3072"])
def test_key_is_made_in_the_token_and_signs_there(
    algorithm: str, hsm: SoftHsm, settings: Settings, national: Authority, clock: FixedClock, tmp_path: Path
) -> None:
    officer = Officer(settings, tmp_path, national, clock)
    request = officer.ask("--algorithm", algorithm)
    assert "verify OK" in openssl("req", "-in", request, "-verify", "-noout")
    assert officer.bring(certified(request, national, clock)).exit_code == 0
    with open_document_signer(settings, clock) as signer:
        assert not signer.development
        made = signer.sign(DATA)
        signature, data = tmp_path / "signature", tmp_path / "data"
        signature.write_bytes(public_keys.read(SignerCertificate.of(signer.certificate).public_key).encode(made))
        data.write_bytes(DATA)
        pss = ["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:32"] if algorithm == "RSA-3072" else []
        public = public_key_file(tmp_path, signer.certificate)
        assert "Verified OK" in openssl("dgst", "-sha256", *pss, "-verify", public, "-signature", signature, data)
        assert isinstance(signer._key, TokenKey)
        [stored] = signer._key.token.stored_keys()
    assert hsm.describe(stored.id) == {
        "SENSITIVE": True,
        "EXTRACTABLE": False,
        "NEVER_EXTRACTABLE": True,
        "LOCAL": True,
        "read": False,
    }


def test_new_key_takes_over_when_its_certificate_begins(
    chips: Settings, national: Authority, clock: FixedClock, tmp_path: Path
) -> None:
    officer = Officer(chips, tmp_path, national, clock)
    rolled = run(chips, clock, "roll", "--out", officer.request)
    assert (rolled.exit_code, "Send this request to the authority" in rolled.stdout) == (0, True), rolled.output
    asked = public(officer.request)
    assert public(officer.ask()) == asked, "asked again it is for the same key"
    clock.advance(60 * DAY)
    assert officer.bring(certified(officer.request, national, clock, serial=2)).exit_code == 0
    with open_document_signer(chips, clock) as signer:
        assert signer.serial == 2
        assert SignerCertificate.of(signer.certificate).public_key == asked
    clock.advance(80 * DAY)
    status = told(chips, clock)
    assert [(one["serial"], one["state"]) for one in status["signers"]] == [("2", "signs"), ("1", "ended")]
    assert "There is no revocation list" in status["warnings"][0]
    assert "The document signer signs for 9 more days" in status["warnings"][1]
    assert "There is no seal signer" in status["warnings"][2]


def told(settings: Settings, clock: FixedClock) -> dict[str, Any]:
    result: dict[str, Any] = json.loads(run(settings, clock, "status", "--json").stdout)
    return result


def public(request: Path) -> bytes:
    asked = csr.CertificationRequest.load(pem.unarmor(request.read_bytes())[2])["certification_request_info"]
    key: bytes = asked["subject_pk_info"].dump()
    return key


def test_office_signs_seals_and_chips_from_one_token(chips: Settings, csca: Authority, clock: FixedClock) -> None:
    assert chips.pkcs11_pin_file
    hsm = SoftHsm(chips.pkcs11_pin_file.parent)
    hsm.certify(issue(hsm.generate(), csca, clock))
    office = Office(chips, Database("sqlite://"), clock)
    assert office.signer.use(lambda signer: (signer.identifier, len(signer.sign(DATA)))) == ("ROSH", 64)
    assert office.document_signer.use(lambda signer: (signer.identifier, len(signer.sign(DATA)))) == ("DS", 64)
    office.close_signers()


def test_wrong_certificates_do_not_come_into_the_token(
    chips: Settings, national: Authority, clock: FixedClock, tmp_path: Path
) -> None:
    officer = Officer(chips, tmp_path, national, clock)
    good = certified(officer.ask(), national, clock)
    other = public_keys.read(spki(ec.generate_private_key(ec.SECP384R1()))).info
    for bad, words in (
        (certified(officer.request, authority(name="Else"), clock), "no authority of ours"),
        (altered(good, put("subject_public_key_info", other), national), "its key is P-384, ours P-256"),
        (certified(officer.request, national, FixedClock(NOW - 100 * DAY)), "its key was for use until"),
        (certified(officer.request, national, FixedClock(NOW + DAY)), "valid only from"),
        (certified(officer.request, national, clock, document_types=["PT"]), "do not include AR, PR"),
    ):
        result = officer.bring(bad)
        assert (result.exit_code, words in result.stderr) == (2, True), result.output
    with open_document_signer(chips, clock) as signer:
        assert signer.serial == 1


# Failures


@pytest.fixture
def signer(chips: Settings, clock: FixedClock) -> Iterator[DocumentSigner]:
    with open_document_signer(chips, clock) as opened:
        yield opened


def test_usage_period_ends_though_the_certificate_is_valid_for_years(signer: DocumentSigner, clock: FixedClock) -> None:
    assert signer.usage_ends == dt.date(2027, 1, 30)
    clock.advance(dt.datetime(2027, 1, 30, 21, 0, tzinfo=dt.UTC) - clock.now())
    assert len(signer.sign(DATA)) == 64
    clock.advance(dt.timedelta(hours=2))
    with pytest.raises(SignerUnavailable, match="signer DS was for use until 2027-01-30 and signs no more"):
        signer.sign(DATA)


def test_document_codes_are_those_of_the_certificate(signer: DocumentSigner) -> None:
    signer.check_code("AR")
    with pytest.raises(SignerUnavailable, match="signer DS does not allow documents with the code IT"):
        signer.check_code("IT")


def test_token_that_dies_is_told_and_opened_anew(chips: Settings, clock: FixedClock) -> None:
    lasting = LastingSigner(lambda: open_document_signer(chips, clock))
    os.kill(lasting.use(process_of), signal.SIGKILL)
    with pytest.raises(SignerUnavailable, match="process that speaks to the token seals ended"):
        lasting.use(lambda opened: opened.sign(DATA))
    assert len(lasting.use(lambda opened: opened.sign(DATA))) == 64
    lasting.close()


def test_token_that_answers_slowly_is_told_in_time(signer: DocumentSigner) -> None:
    key = signer._key
    assert isinstance(key, TokenKey)
    key.token.seconds = 0.2
    os.kill(process_of(signer), signal.SIGSTOP)
    with pytest.raises(SignerUnavailable, match=r"gave no answer within 0\.2 seconds"):
        signer.sign(DATA)
    assert key.token.process.returncode is not None


def process_of(opened: DocumentSigner) -> int:
    assert isinstance(opened._key, TokenKey)
    return opened._key.token.process.pid


def test_slow_or_dying_token_ends_a_command_with_one_sentence(
    settings: Settings, clock: FixedClock, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    program, request = tmp_path / "program.py", tmp_path / "request.pem"
    monkeypatch.setattr(token, "PROCESS", program)
    monkeypatch.setattr(token.Token.__init__, "__kwdefaults__", {"change": False, "seconds": 1})
    for behaviour, words in (
        ("import time; time.sleep(60)", "gave no answer within 1 seconds"),
        ("raise SystemExit(3)", "process that speaks to the token seals ended"),
    ):
        program.write_text(behaviour)
        result = run(settings, clock, "csr", "--out", request)
        assert (result.exit_code, words in result.stderr) == (1, True), result.output
        assert not request.exists()


def test_wrong_pin_is_told_and_not_shown(settings: Settings, hsm: SoftHsm, clock: FixedClock) -> None:
    hsm.pin_file.write_text("00001111")
    result = run(settings, clock, "csr")
    assert result.exit_code == 1
    assert "refuses the PIN: correct the file of LIMAN_PKCS11_PIN_FILE" in result.stderr
    assert "00001111" not in result.output


def test_token_of_its_own_has_its_own_pin(hsm: SoftHsm, settings: Settings, clock: FixedClock, tmp_path: Path) -> None:
    hsm.add_token("chips")
    own = settings.model_copy(update={"pkcs11_document_token": "chips", "pkcs11_document_pin_file": tmp_path / "pin"})
    (tmp_path / "pin").write_text("99999999")
    with pytest.raises(SignerUnavailable, match="chips refuses the PIN: correct the file of LIMAN_PKCS11_DOCUMENT_PIN"):
        open_document_signer(own, clock)
    (tmp_path / "pin").write_text(PIN)
    with pytest.raises(SignerUnavailable, match="token chips has no private key together with a document signer"):
        open_document_signer(own, clock)
    with pytest.raises(SignerUnavailable, match="token seals has no EC private key"):
        open_signer(own, clock)
    with pytest.raises(SignerUnavailable, match="no PKCS#11 token called chip: put it in"):
        open_document_signer(own.model_copy(update={"pkcs11_document_token": "chip"}), clock)


def test_certificate_on_a_curve_that_signs_nothing_is_refused(
    hsm: SoftHsm, settings: Settings, clock: FixedClock, national: Authority, tmp_path: Path
) -> None:
    """An authority's mistake that came into the token past `flask pki import`: a key on secp256k1."""
    good = certified(Officer(settings, tmp_path, national, clock).ask(), national, clock)
    strange = keys.PublicKeyInfo.load(spki(ec.generate_private_key(ec.SECP256K1())))
    with token.Token(DOCUMENT, settings) as opened:
        [stored] = opened.stored_keys()
    hsm.certify(altered(good, put("subject_public_key_info", strange), national), stored.id)
    with pytest.raises(SignerUnavailable, match=r"cannot be used \(the curve secp256k1 is not used"):
        open_document_signer(settings, clock)
