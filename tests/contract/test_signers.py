"""The signers of seals: one suite over file keys and a real PKCS#11 token (SoftHSM), and the failures of each."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import signal
import stat
import subprocess
import threading
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pkcs11
import pytest
from asn1crypto import pem
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from issuance.clock import FixedClock
from issuance.keys import LastingSigner, SealSigner, SignerUnavailable, open_signer, token_process
from issuance.keys.purposes import SEAL
from issuance.keys.token_key import TokenKey
from issuance.settings import Settings
from printing.pki.certificates import Authority
from printing.seals import seal
from printing.seals.seal import Verdict
from tests.contract.softhsm import MODULE, NOW, PIN, SoftHsm, issue
from tests.counterparts import require
from tests.seals import CONTENTS

pytestmark = pytest.mark.contract

LAST_DAY = dt.date(2027, 11, 2)
DATA = b"header and message zone of a seal"

Opener = Callable[..., SealSigner]


@pytest.fixture(params=["file", "pkcs11"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    if request.param == "file":
        return Settings(var=tmp_path / "var")
    chosen: Settings = request.getfixturevalue("ready").settings()
    return chosen


@pytest.fixture
def signer(settings: Settings, clock: FixedClock, opened: ExitStack) -> SealSigner:
    return opened.enter_context(open_signer(settings, clock))


# What holds for every kind


def test_signature_verifies_by_cryptography(signer: SealSigner) -> None:
    signature = signer.sign(DATA)
    public = x509.load_der_x509_certificate(signer.certificate).public_key()
    assert isinstance(public, ec.EllipticCurvePublicKey)
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    public.verify(encode_dss_signature(r, s), DATA, ec.ECDSA(hashes.SHA256()))


def test_signature_verifies_by_openssl(signer: SealSigner, tmp_path: Path) -> None:
    openssl = require("openssl", "signatures are checked by it")
    signature = signer.sign(DATA)
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    (tmp_path / "certificate.pem").write_bytes(pem.armor("CERTIFICATE", signer.certificate))
    (tmp_path / "signature").write_bytes(encode_dss_signature(r, s))
    public = subprocess.run(
        [openssl, "x509", "-noout", "-pubkey", "-in", "certificate.pem"], cwd=tmp_path, capture_output=True, check=True
    )
    (tmp_path / "public.pem").write_bytes(public.stdout)
    command = [openssl, "dgst", "-sha256", "-verify", "public.pem", "-signature", "signature"]
    for data, answer in ((DATA, b"Verified OK"), (DATA + b".", b"Verification failure")):
        done = subprocess.run(command, input=data, cwd=tmp_path, capture_output=True)
        assert answer in done.stdout + done.stderr


def test_seal_made_with_it_is_valid(signer: SealSigner) -> None:
    encoded = seal.encode(
        "5E/03",
        CONTENTS["5E/03"],
        issuing_state="ROU",
        signer=signer.identifier,
        certificate_serial=signer.serial,
        issue_date=NOW.date(),
        signature_date=NOW.date(),
    )
    done = seal.sign(encoded, signer, "5E/03")
    assert seal.verify(done, [signer.certificate], at=NOW).verdict is Verdict.VALID
    assert seal.decode(done).header.certificate_reference == signer.reference


def test_two_signatures_differ_and_have_one_length(signer: SealSigner) -> None:
    """ECDSA draws a number for each; one r in 256 begins with a zero byte, which stays."""
    signatures = {signer.sign(DATA) for _ in range(600)}
    assert len(signatures) == 600
    assert {len(signature) for signature in signatures} == {64}


def test_what_the_header_and_the_pages_need(signer: SealSigner, settings: Settings) -> None:
    certificate = x509.load_der_x509_certificate(signer.certificate)
    subject = {part.rfc4514_attribute_name: part.value for part in certificate.subject}
    assert signer.identifier == f"{subject['C']}{subject['CN']}"
    assert (signer.serial, signer.reference) == (certificate.serial_number, f"{certificate.serial_number:X}")
    assert signer.usage_ends == LAST_DAY
    assert signer.development is settings.development_keys is (settings.signer == "file")


def test_second_opening_is_the_same_signer(signer: SealSigner, settings: Settings, clock: FixedClock) -> None:
    with open_signer(settings, clock) as again:
        assert again.certificate == signer.certificate


def test_second_thread_is_refused(signer: SealSigner) -> None:
    caught: list[BaseException] = []

    def use() -> None:
        try:
            signer.sign(DATA)
        except BaseException as error:
            caught.append(error)

    thread = threading.Thread(target=use)
    thread.start()
    thread.join()
    assert [type(error) for error in caught] == [RuntimeError]
    assert len(signer.sign(DATA)) == 64


def test_forked_process_is_refused(signer: SealSigner) -> None:
    child = os.fork()
    if child == 0:
        try:
            signer.sign(DATA)
        except RuntimeError:
            os._exit(42)
        finally:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 42
    assert len(signer.sign(DATA)) == 64


def test_usage_period_ends(signer: SealSigner, settings: Settings, clock: FixedClock) -> None:
    last_moment = dt.datetime(2027, 11, 2, 21, 59, 59, tzinfo=dt.UTC)  # still 2 November in Bucharest
    clock.advance(last_moment - NOW)
    assert len(signer.sign(DATA)) == 64
    clock.advance(dt.timedelta(seconds=1))
    refused = f"{signer.identifier} was for use until 2027-11-02"
    with pytest.raises(SignerUnavailable, match=refused):
        signer.sign(DATA)
    with pytest.raises(SignerUnavailable, match=refused):
        open_signer(settings, clock)


def test_clock_before_the_certificate_is_refused(signer: SealSigner, clock: FixedClock) -> None:
    clock.advance(-dt.timedelta(seconds=1))
    with pytest.raises(SignerUnavailable, match="may sign only from 2026-11-02"):
        signer.sign(DATA)


# File keys


def test_file_key_is_refused_in_production(tmp_path: Path, clock: FixedClock) -> None:
    with pytest.raises(SignerUnavailable, match="LIMAN_SIGNER=pkcs11"):
        open_signer(Settings(env="production", var=tmp_path), clock)
    assert list(tmp_path.iterdir()) == []


def test_files_are_the_owners_alone(tmp_path: Path, clock: FixedClock) -> None:
    open_signer(Settings(var=tmp_path), clock).close()
    rights = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "keys").iterdir()}
    assert rights == dict.fromkeys(["csca.crt", "csca.key", "seal-signer.crt", "seal-signer.key"], 0o600)
    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o700


def test_first_starts_at_once_make_one_signer(tmp_path: Path, clock: FixedClock) -> None:
    for attempt in range(5):
        settings, start, certificates = Settings(var=tmp_path / str(attempt)), threading.Barrier(4), []

        def make(
            settings: Settings = settings, start: threading.Barrier = start, made: list[bytes] = certificates
        ) -> None:
            start.wait()
            made.append(open_signer(settings, clock).certificate)

        threads = [threading.Thread(target=make) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert (len(certificates), len(set(certificates))) == (4, 1)
        assert len(list((settings.var / "keys").iterdir())) == 4


@pytest.mark.parametrize("name", ["csca.key", "csca.crt", "seal-signer.key", "seal-signer.crt"])
@pytest.mark.parametrize("damage", [b"", b"not PEM", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])
def test_damaged_file_is_named(name: str, damage: bytes, tmp_path: Path, clock: FixedClock) -> None:
    open_signer(Settings(var=tmp_path), clock).close()
    (tmp_path / "keys" / name).write_bytes(damage)
    with pytest.raises(SignerUnavailable, match=f"{name} is damaged"):
        open_signer(Settings(var=tmp_path), clock)


def test_certificate_of_another_key_is_refused(tmp_path: Path, clock: FixedClock) -> None:
    for var in ("one", "other"):
        open_signer(Settings(var=tmp_path / var), clock).close()
    (tmp_path / "one/keys/seal-signer.crt").write_bytes((tmp_path / "other/keys/seal-signer.crt").read_bytes())
    with pytest.raises(SignerUnavailable, match="does not belong to its key"):
        open_signer(Settings(var=tmp_path / "one"), clock)


def test_folder_that_cannot_be_made_is_named(tmp_path: Path, clock: FixedClock) -> None:
    (tmp_path / "keys").write_text("in the way")
    with pytest.raises(SignerUnavailable, match=f"{tmp_path}/keys cannot be read or written"):
        open_signer(Settings(var=tmp_path), clock)


def test_new_signer_when_its_files_are_moved_away(tmp_path: Path, clock: FixedClock) -> None:
    with open_signer(Settings(var=tmp_path), clock) as old:
        clock.advance(dt.timedelta(days=400))
        for path in (tmp_path / "keys").glob("seal-signer.*"):
            path.rename(tmp_path / path.name)
        with open_signer(Settings(var=tmp_path), clock) as new:
            assert new.certificate != old.certificate
            assert new.usage_ends > old.usage_ends


# PKCS#11


def test_token_signs_in_production(ready: SoftHsm, clock: FixedClock) -> None:
    with open_signer(ready.settings(env="production"), clock) as signer:
        assert not signer.development
        assert len(signer.sign(DATA)) == 64


def test_key_never_leaves_the_token(ready: SoftHsm) -> None:
    assert ready.describe() == {
        "SENSITIVE": True,
        "EXTRACTABLE": False,
        "NEVER_EXTRACTABLE": True,
        "LOCAL": True,
        "read": False,
    }


def test_key_that_could_leave_is_refused(hsm: SoftHsm, csca: Authority, clock: FixedClock) -> None:
    hsm.certify(issue(hsm.generate(extractable="extractable"), csca, clock))
    refused(hsm.settings(), clock, "could be taken out of the token seals")


def refused(settings: Settings, clock: FixedClock, words: str) -> SignerUnavailable:
    """Opening says these words, and leaves no process behind."""
    with pytest.raises(SignerUnavailable, match=words) as caught:
        open_signer(settings, clock)
    assert token_processes() == []
    return caught.value


def token_processes() -> list[Path]:
    """The token processes of this test process."""
    found = []
    for status in Path("/proc").glob("[0-9]*/status"):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            ours = f"PPid:\t{os.getpid()}\n" in status.read_text()
            if ours and b"token_process.py" in status.with_name("cmdline").read_bytes():
                found.append(status.parent)
    return found


def test_wrong_pin_is_named_but_not_told(ready: SoftHsm, clock: FixedClock) -> None:
    ready.pin_file.write_text("00001111")
    said = refused(ready.settings(), clock, "seals refuses the PIN: correct the file of LIMAN_PKCS11_PIN_FILE")
    assert "00001111" not in f"{said} {said.params}"


@pytest.mark.parametrize("pin", ["", "7", "7" * 300, "\x00\xff"])
def test_pin_of_no_length_is_refused(pin: str, ready: SoftHsm, clock: FixedClock) -> None:
    ready.pin_file.write_bytes(pin.encode("latin-1"))
    refused(ready.settings(), clock, "refuses the PIN")


@pytest.mark.parametrize(
    ("missing", "setting"),
    [
        ({"pkcs11_module": None}, "LIMAN_PKCS11_MODULE is not set"),
        ({"pkcs11_token": ""}, "LIMAN_PKCS11_TOKEN is not set"),
        ({"pkcs11_pin_file": None}, "LIMAN_PKCS11_PIN_FILE is not set"),
        ({"pkcs11_module": Path("/nowhere/hsm.so")}, "/nowhere/hsm.so cannot be read: correct LIMAN_PKCS11_MODULE"),
        ({"pkcs11_pin_file": Path("/nowhere/pin")}, "/nowhere/pin cannot be read: correct LIMAN_PKCS11_PIN_FILE"),
        ({"pkcs11_module": Path(__file__)}, "cannot be loaded as a PKCS#11 module"),
        ({"pkcs11_token": "passports"}, "no PKCS#11 token called passports"),
    ],
)
def test_setting_at_fault_is_named(missing: dict[str, object], setting: str, ready: SoftHsm, clock: FixedClock) -> None:
    refused(ready.settings(**missing), clock, setting)


def test_library_that_is_no_module_is_named(ready: SoftHsm, clock: FixedClock) -> None:
    [library] = list(Path("/lib").glob("*-linux-gnu/libm.so.6"))[:1]
    refused(ready.settings(pkcs11_module=library), clock, "cannot be loaded as a PKCS#11 module")


def test_two_tokens_of_one_name_are_refused(ready: SoftHsm, clock: FixedClock) -> None:
    ready.add_token("seals")
    refused(ready.settings(), clock, "Several PKCS#11 tokens are called seals")


def test_token_without_key_or_certificate_is_refused(hsm: SoftHsm, csca: Authority, clock: FixedClock) -> None:
    refused(hsm.settings(), clock, "seals has no EC private key")
    public = hsm.generate()
    refused(hsm.settings(), clock, "seals has no EC private key")
    hsm.certify(csca.certificate)
    refused(hsm.settings(), clock, "seals has no EC private key together with a bar code signer certificate")
    hsm.certify(issue(public, csca, clock), "02")
    refused(hsm.settings(), clock, "seals has no EC private key")


def test_token_with_the_certificate_of_another_key_is_refused(
    ready: SoftHsm, csca: Authority, clock: FixedClock
) -> None:
    clock.advance(dt.timedelta(days=1))
    ready.generate("02")
    ready.certify(issue(ready.generate("03"), csca, clock), "02")
    refused(ready.settings(), clock, "does not belong to its key")


def test_new_key_in_the_token_takes_over(ready: SoftHsm, csca: Authority, clock: FixedClock) -> None:
    """The old key signs until the new one's certificate begins; an ended one is never chosen over one in use."""
    soon = FixedClock(NOW + dt.timedelta(days=30))
    ready.certify(issue(ready.generate("02"), csca, soon, usage_days=10, serial=0x52), "02")
    serials = []
    for days in (0, 31, 20):
        clock.advance(dt.timedelta(days=days))
        with open_signer(ready.settings(), clock) as signer:
            serials.append(signer.serial)
            assert len(signer.sign(DATA)) == 64
    assert serials == [0x51, 0x52, 0x51]


def process_of(signer: SealSigner) -> int:
    key = signer._key
    assert isinstance(key, TokenKey)
    return key.token.process.pid


def test_token_process_that_dies_is_told_and_a_new_one_signs(ready: SoftHsm, clock: FixedClock) -> None:
    with open_signer(ready.settings(), clock) as signer:
        os.kill(process_of(signer), signal.SIGKILL)
        for _ in range(2):
            with pytest.raises(SignerUnavailable, match="process that speaks to the token seals ended"):
                signer.sign(DATA)
    with open_signer(ready.settings(), clock) as again:
        assert len(again.sign(DATA)) == 64


def test_an_office_s_signer_opens_the_token_anew_after_it_failed(ready: SoftHsm, clock: FixedClock) -> None:
    """As the background thread of a server does: one process while it works, another after it died."""
    lasting = LastingSigner(lambda: open_signer(ready.settings(env="production"), clock))
    first = lasting.use(process_of)
    assert lasting.use(lambda signer: (process_of(signer), len(signer.sign(DATA)))) == (first, 64)
    os.kill(first, signal.SIGKILL)
    with pytest.raises(SignerUnavailable, match="ended"):
        lasting.use(lambda signer: signer.sign(DATA))
    assert lasting.use(lambda signer: (process_of(signer) != first, len(signer.sign(DATA)))) == (True, 64)
    lasting.close()
    assert token_processes() == []


def test_token_that_hangs_is_told_in_time(ready: SoftHsm, clock: FixedClock) -> None:
    with SealSigner(TokenKey(SEAL, ready.settings(), clock, seconds=60), clock, development=False) as signer:
        assert isinstance(signer._key, TokenKey)
        signer._key.token.seconds = 0.2
        pid = process_of(signer)
        os.kill(pid, signal.SIGSTOP)
        with pytest.raises(SignerUnavailable, match=r"gave no answer within 0\.2 seconds"):
            signer.sign(DATA)
        assert not Path(f"/proc/{pid}").exists()


def test_token_that_hangs_when_opened_is_told_in_time(ready: SoftHsm, clock: FixedClock) -> None:
    with pytest.raises(SignerUnavailable, match="gave no answer within 0 seconds"):
        TokenKey(SEAL, ready.settings(), clock, seconds=0)


def test_interrupt_in_the_terminal_leaves_the_token_process_to_the_server(ready: SoftHsm, clock: FixedClock) -> None:
    with open_signer(ready.settings(), clock) as signer:
        pid = process_of(signer)
        assert token_processes() == [Path(f"/proc/{pid}")]
        os.kill(pid, signal.SIGINT)
        assert len(signer.sign(DATA)) == 64
    assert not Path(f"/proc/{pid}").exists()


def test_closing_twice_does_no_harm(ready: SoftHsm, clock: FixedClock) -> None:
    signer = open_signer(ready.settings(), clock)
    signer.close()
    signer.close()
    with pytest.raises(SignerUnavailable):
        signer.sign(DATA)


def test_pin_is_on_no_command_line(ready: SoftHsm, clock: FixedClock) -> None:
    with open_signer(ready.settings(), clock) as signer:
        command = Path(f"/proc/{process_of(signer)}/cmdline").read_bytes()
    assert str(MODULE).encode() in command
    assert PIN.encode() not in command


class Token:
    """A token that only counts who logs in."""

    def __init__(self, flags: pkcs11.TokenFlag) -> None:
        self.flags, self.logins = flags, 0

    def get_token(self, token_label: str) -> Token:
        return self

    def open(self, user_pin: str, rw: bool) -> None:
        self.logins += 1


@pytest.mark.parametrize(
    ("flag", "error", "logins"),
    [
        (pkcs11.TokenFlag.USER_PIN_LOCKED, pkcs11.PinLocked, 0),
        (pkcs11.TokenFlag.USER_PIN_FINAL_TRY, token_process.LastTry, 0),
        (pkcs11.TokenFlag.USER_PIN_COUNT_LOW, None, 1),
    ],
)
def test_last_try_of_a_pin_is_left_to_a_person(
    flag: pkcs11.TokenFlag, error: type[Exception] | None, logins: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SoftHSM never locks: the flags are given."""
    token = Token(flag | pkcs11.TokenFlag.LOGIN_REQUIRED)
    monkeypatch.setattr(pkcs11, "lib", lambda module: token)
    (tmp_path / "pin").write_text(PIN)
    raised: type[BaseException] | None = None
    try:
        token_process.open_session("module", "seals", tmp_path / "pin")
    except pkcs11.PKCS11Error as caught:
        raised = type(caught)
    assert (raised, token.logins) == (error, logins)
