"""`flask pki` with keys in files: made, certified, brought in, rolled, revoked; refusals change nothing."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from asn1crypto import csr, pem, x509
from click.testing import Result
from cryptography.hazmat.primitives.asymmetric import ec
from flask import Flask

from app import create_app
from issuance import keys
from issuance.clock import FixedClock
from issuance.commands import pki
from issuance.db import Database
from issuance.keys import SignerUnavailable, file_key
from issuance.office import Office
from issuance.settings import Settings
from printing.pki import document_signers
from printing.pki.certificates import Authority, Period, bar_code_signer
from tests.certificates import AT, BEGINS, VALIDITY, authority, document_certificate, openssl, pem_file, spki
from tests.production import PRODUCTION

Run = Callable[..., Result]
DAY = dt.timedelta(days=1)
NATIONAL = authority(name="CSCA Romania")


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(AT)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(var=tmp_path / "var")


@pytest.fixture
def office(settings: Settings, clock: FixedClock) -> Office:
    return Office(settings, Database("sqlite://"), clock)


@pytest.fixture
def run(office: Office) -> Iterator[Run]:
    """The commands on a small application: they need nothing of the web and no register."""
    app = Flask(__name__)
    app.extensions["office"] = office
    app.cli.add_command(pki.pki)
    runner = app.test_cli_runner()
    with app.app_context():
        yield lambda *args: runner.invoke(args=["pki", *map(str, args)], catch_exceptions=False)


@pytest.fixture
def folder(office: Office) -> Path:
    return office.settings.var / "keys"


def done(result: Result) -> Result:
    assert result.exit_code == 0, result.output
    return result


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def certified(request: Path, issuer: Authority = NATIONAL, **changes: object) -> bytes:
    """What an authority makes of a request: a document signer's certificate."""
    asked = csr.CertificationRequest.load(pem.unarmor(request.read_bytes())[2])["certification_request_info"]
    name = asked["subject"].native["common_name"]
    given = {"name": name, "serial": 0x1234, "validity": VALIDITY, "usage": USAGE, "document_types": ["AR", "PR", "PT"]}
    return document_signers.document_signer(asked["subject_pk_info"].dump(), issuer, **{**given, **changes})  # type: ignore[arg-type]


USAGE = Period(BEGINS, BEGINS + 90 * DAY)


@pytest.fixture
def delivered(run: Run, tmp_path: Path) -> Path:
    """A folder with a request of this office and what the national authority made of it."""
    done(run("csr", "--name", "DS 2026/1", "--out", tmp_path / "request.pem"))
    (tmp_path / "signer.der").write_bytes(certified(tmp_path / "request.pem"))
    pem_file(tmp_path, "csca.pem", NATIONAL.certificate)
    return tmp_path


def take(run: Run, delivered: Path, **files: str) -> Result:
    given = {"certificate": "signer.der", "csca": "csca.pem"} | files
    return run("import", *(part for name, file in given.items() for part in (f"--{name}", delivered / file)))


# Made


def test_init_makes_an_authority_and_both_signers_once(run: Run, folder: Path, tmp_path: Path) -> None:
    done(run("init"))
    made = contents(folder)
    signers = {f"{name}-signer.{kind}" for name in ("seal", "document") for kind in ("key", "crt")}
    assert signers | {"csca.key", "csca.crt"} <= set(made)
    done(run("init"))
    assert contents(folder) == made
    ours = openssl("x509", "-noout", "-text", "-in", folder / "document-signer.crt")
    assert "CN = Liman Development CSCA" in ours
    assert "Digital Signature" in ours


def test_status_before_init_makes_nothing_and_says_what_to_do(run: Run, folder: Path) -> None:
    before = contents(folder)
    result = run("status")
    assert result.exit_code == 1
    assert "There is no document signer: make one by flask pki init" in result.stderr
    assert contents(folder) == before


def test_file_keys_are_refused_in_production(tmp_path: Path) -> None:
    """On the application as a server has it."""
    app = create_app(Settings(var=tmp_path / "var", **PRODUCTION), surfaces=())
    with app.app_context():
        for command in ("init", "csr", "status", "roll", "crl"):
            result = app.test_cli_runner().invoke(args=["pki", command], catch_exceptions=False)
            assert result.exit_code == 1
            assert "In production no file key signs: set LIMAN_SIGNER=pkcs11" in result.stderr
    app.extensions["office"].database.engine.dispose()
    assert not list((tmp_path / "var").rglob("*signer*"))


# Status


def test_status_tells_every_signer(run: Run) -> None:
    done(run("init"))
    table = done(run("status")).stdout
    assert [line.split()[0] for line in table.splitlines()] == ["signer", "document", "seal", "list"]
    assert "RO Liman Development Document Signer" in table
    told = json.loads(done(run("status", "--json")).stdout)
    document, seal, lists = told["signers"]
    assert (document["signs_until"], document["days_left"], document["state"]) == ("2027-02-01", 90, "signs")
    assert (document["valid_from"], document["valid_until"]) == ("2026-11-03", "2030-02-03")
    assert (seal["subject"], seal["days_left"]) == ("RO LI", 365)
    assert (lists["subject"], lists["days_left"]) == ("RO Liman Development List Signer", 365)
    assert told["warnings"] == []


@pytest.mark.parametrize(("days", "code"), [(75, 0), (76, 1), (90, 1)])
def test_status_warns_from_14_days_before_the_usage_period_ends(
    days: int, code: int, run: Run, clock: FixedClock
) -> None:
    done(run("init"))
    clock.advance(days * DAY)
    result = run("status")
    assert result.exit_code == code, result.output
    assert ("make its successor by flask pki roll" in result.stderr) is bool(code)


def test_document_signer_that_ended_is_refused_and_told(run: Run, office: Office, clock: FixedClock) -> None:
    done(run("init"))
    with keys.open_document_signer(office.settings, clock) as signer:
        clock.advance(91 * DAY)
        with pytest.raises(SignerUnavailable, match="for use until 2027-02-01 and signs no more"):
            signer.sign(b"security object")
    with pytest.raises(SignerUnavailable, match="for use until 2027-02-01"):
        office.document_signer.use(lambda signer: signer.sign(b"security object"))
    assert "signs no more" in run("status").stderr
    done(run("roll"))
    assert len(office.document_signer.use(lambda signer: signer.sign(b"security object"))) == 64
    done(run("status"))


# Brought in


def test_request_is_for_one_key_until_its_certificate_comes(run: Run, tmp_path: Path) -> None:
    asked = []
    for name in ("one", "two"):
        done(run("csr", "--name", "DS 2026/1", "--out", tmp_path / name))
        assert "verify OK" in openssl("req", "-in", tmp_path / name, "-verify", "-noout")
        asked.append(openssl("req", "-in", tmp_path / name, "-noout", "-pubkey"))
    assert asked[0] == asked[1]
    done(run("csr", "--algorithm", "brainpoolP256r1", "--out", tmp_path / "three"))
    assert openssl("req", "-in", tmp_path / "three", "-noout", "-pubkey") != asked[0]


def test_certificate_of_the_authority_takes_over(run: Run, delivered: Path, office: Office, folder: Path) -> None:
    done(run("init"))
    old = contents(folder)["document-signer.crt"]
    told = done(take(run, delivered)).stdout
    shown = openssl("x509", "-noout", "-fingerprint", "-sha256", "-in", delivered / "csca.pem")
    assert shown.split("=")[1].strip().replace(":", "") in told
    with keys.open_document_signer(office.settings, office.clock) as signer:
        assert signer.certificate == (delivered / "signer.der").read_bytes()
        assert len(signer.sign(b"security object")) == 64
    assert old in [data for name, data in contents(folder).items() if name.startswith("published/")]
    assert "document-signer.next.key" not in contents(folder)
    assert keys.anchors(office.settings)[1] == NATIONAL.certificate
    states = [one["state"] for one in json.loads(done(run("status", "--json")).stdout)["signers"]]
    assert states == ["signs", "replaced", "signs", "signs"]


def test_taking_it_in_twice_changes_nothing_but_what_is_published(run: Run, delivered: Path, folder: Path) -> None:
    done(take(run, delivered))
    before = contents(folder)
    done(take(run, delivered))
    assert {name: data for name, data in contents(folder).items() if "published" not in name} == before


def test_crash_while_it_is_put_in_place_is_made_good(
    run: Run, delivered: Path, office: Office, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed after the certificate is there and before its key is: the next start finds the key."""
    done(run("init"))

    class Killed(BaseException):
        pass

    def die(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(file_key, "_take_over", die)
        with pytest.raises(Killed):
            take(run, delivered)
    assert "document-signer.next.key" in contents(folder)
    with keys.open_document_signer(office.settings, office.clock) as signer:
        assert signer.certificate == (delivered / "signer.der").read_bytes()


STRANGER = authority(name="CSCA Romania")
BRAINPOOL_KEY = ec.generate_private_key(ec.BrainpoolP256R1())
OTHER_KEY = ec.generate_private_key(ec.SECP256R1())


@pytest.mark.parametrize(
    ("file", "words"),
    [
        (document_certificate(OTHER_KEY, NATIONAL), "its key is another one than ours"),
        (document_certificate(BRAINPOOL_KEY, NATIONAL), "its key is brainpoolP256r1, ours P-256"),
        (document_certificate(OTHER_KEY, STRANGER), "not signed by the authority it names"),
        (document_certificate(OTHER_KEY, authority(name="Else")), "no authority of ours: bring in the authority's"),
        (document_certificate(OTHER_KEY, NATIONAL, document_types=["PX"]), "document types do not include AR, PR, PT"),
        (bar_code_signer(spki(OTHER_KEY), NATIONAL, name="LI", serial=5, validity=VALIDITY), "extended key usage"),
        (NATIONAL.certificate, "has basic constraints"),
        (b"", "no X.509 certificate"),
        (b"\x30\x82\xff\xff" + bytes(99), "no X.509 certificate"),
        (b"-----BEGIN CERTIFICATE-----\nMIIC\xff\xfe\n-----END CERTIFICATE-----\n", ""),
    ],
)
def test_certificate_that_does_not_fit_changes_nothing(
    file: bytes, words: str, run: Run, delivered: Path, folder: Path
) -> None:
    done(run("init"))
    before = contents(folder)
    (delivered / "bad").write_bytes(file)
    result = take(run, delivered, certificate="bad")
    assert result.exit_code == 2, result.output
    assert words in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert contents(folder) == before


def test_certificate_out_of_time_is_refused(run: Run, delivered: Path, clock: FixedClock) -> None:
    clock.advance(-2 * DAY)
    assert "valid only from 2026-11-02" in take(run, delivered).stderr
    clock.advance(95 * DAY)
    assert "its key was for use until 2027-01-30" in take(run, delivered).stderr


def test_certificate_of_a_seal_signer_is_asked_for_and_brought_in(run: Run, office: Office, tmp_path: Path) -> None:
    done(run("csr", "--signer", "seal", "--name", "SB", "--out", tmp_path / "request"))
    key = csr.CertificationRequest.load(pem.unarmor((tmp_path / "request").read_bytes())[2])
    public_key = key["certification_request_info"]["subject_pk_info"].dump()
    for serial in (0x1000, 0x5B):
        der = bar_code_signer(public_key, NATIONAL, name="SB", serial=serial, validity=VALIDITY)
        (tmp_path / f"{serial:X}").write_bytes(der)
    pem_file(tmp_path, "csca.pem", NATIONAL.certificate)
    arguments = ["import", "--signer", "seal", "--csca", tmp_path / "csca.pem", "--certificate"]
    assert "its serial number is above FFF" in run(*arguments, tmp_path / "1000").stderr
    done(run(*arguments, tmp_path / "5B"))
    with keys.open_signer(office.settings, office.clock) as signer:
        assert (signer.identifier, signer.reference) == ("ROSB", "5B")


def test_rsa_signs_chips_and_no_seals(run: Run, office: Office, tmp_path: Path) -> None:
    assert run("csr", "--signer", "seal", "--algorithm", "RSA-3072").exit_code == 2
    done(run("csr", "--algorithm", "RSA-3072", "--out", tmp_path / "request.pem"))
    (tmp_path / "signer.der").write_bytes(certified(tmp_path / "request.pem"))
    pem_file(tmp_path, "csca.pem", NATIONAL.certificate)
    done(take(run, tmp_path))
    with keys.open_document_signer(office.settings, office.clock) as signer:
        assert len(signer.sign(b"security object")) == 384


@pytest.mark.parametrize("arguments", [[], ["--csca", "."], ["--crl", "/nowhere"], ["--certificate", __file__]])
def test_files_that_cannot_be_taken_are_told_in_one_sentence(arguments: list[str], run: Run) -> None:
    result = run("import", *arguments)
    assert result.exit_code == 2
    assert len(result.stderr.splitlines()) == 1


def test_every_signature_and_key_stays_out_of_what_is_said(run: Run, folder: Path) -> None:
    done(run("init"))
    private = [data.decode().split("\n")[1] for name, data in contents(folder).items() if name.endswith("signer.key")]
    said = run("status", "--json").output + run("roll").output + run("crl").output
    assert not [line for line in private if line in said]


# Rolled and revoked


def test_rolling_keeps_the_old_certificate_published(run: Run, office: Office, folder: Path) -> None:
    done(run("init"))
    old = contents(folder)
    done(run("roll"))
    now = contents(folder)
    assert now["document-signer.key"] != old["document-signer.key"]
    assert now["seal-signer.key"] == old["seal-signer.key"]
    [published] = [data for name, data in now.items() if name.startswith("published/document-signer-")]
    assert published == old["document-signer.crt"]
    done(run("roll", "--signer", "seal"))
    assert contents(folder)["seal-signer.key"] != old["seal-signer.key"]


def test_revoked_signer_signs_no_more(run: Run, office: Office, folder: Path, tmp_path: Path) -> None:
    done(run("init"))
    first = json.loads(run("status", "--json").stdout)["signers"][0]["serial"]
    done(run("roll"))
    second = json.loads(run("status", "--json").stdout)["signers"][0]["serial"]
    done(run("crl", "--revoke", first))
    assert len(office.document_signer.use(lambda signer: signer.sign(b""))) == 64
    office.document_signer.close()
    told = done(run("crl", "--revoke", second.lower())).stdout
    assert told.count("revoked 2026-11-03") == 2
    arguments = ["crl", "-inform", "DER", "-in", folder / "crls" / "ROU.crl", "-noout", "-text", "-CAfile"]
    shown = openssl(*arguments, folder / "csca.crt")
    assert "verify OK" in shown
    assert "2\n" in shown.split("X509v3 CRL Number:")[1][:40]
    assert all(serial.zfill(16) in shown for serial in (first, second))
    with pytest.raises(SignerUnavailable, match="was revoked: make a new one by flask pki roll"):
        office.document_signer.use(lambda signer: signer.sign(b""))
    assert "was revoked" in run("status").stderr


def test_only_certificates_that_are_here_are_revoked(run: Run) -> None:
    done(run("init"))
    for serial in ("FFFF", "no number", ""):
        result = run("crl", "--revoke", serial)
        assert (result.exit_code, "No certificate here" in result.stderr) == (2, True)


def test_list_of_the_authority_is_checked_and_never_goes_back(run: Run, office: Office, tmp_path: Path) -> None:
    quarter = Period(BEGINS, BEGINS + 90 * DAY)
    for number, issuer in ((5, NATIONAL), (6, NATIONAL), (7, STRANGER)):
        der = document_signers.crl(issuer, number=number, period=quarter, revoked={})
        pem_file(tmp_path, f"{number}.crl", der, "X509 CRL")
    pem_file(tmp_path, "csca.pem", NATIONAL.certificate)
    assert "not signed by an authority of ours" in run("import", "--crl", tmp_path / "6.crl").stderr
    done(run("import", "--csca", tmp_path / "csca.pem", "--crl", tmp_path / "6.crl"))
    for file, words in (("5.crl", "number 5, and number 6 is here"), ("7.crl", "not signed by an authority of ours")):
        result = run("import", "--crl", tmp_path / file)
        assert (result.exit_code, words in result.stderr) == (2, True)
    assert len(keys.revocation_lists(office.settings)) == 1


def test_certificate_revoked_by_the_list_it_comes_with_is_refused(run: Run, delivered: Path) -> None:
    der = document_signers.crl(NATIONAL, number=1, period=Period(BEGINS, BEGINS + 90 * DAY), revoked={0x1234: BEGINS})
    pem_file(delivered, "list.crl", der, "X509 CRL")
    assert "it was revoked" in take(run, delivered, crl="list.crl").stderr


def test_old_list_is_told(run: Run, clock: FixedClock) -> None:
    done(run("init"))
    done(run("crl"))
    clock.advance(91 * DAY)
    assert "The revocation list 1 is 91 days old" in run("status").stderr
    done(run("crl"))
    assert "revocation list" not in run("status").stderr


# Damage


@pytest.mark.parametrize("name", ["document-signer.key", "document-signer.crt", "document-signer.next.key"])
@pytest.mark.parametrize("damage", [b"", b"not PEM", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"])
def test_damaged_file_is_named(name: str, damage: bytes, run: Run, folder: Path) -> None:
    done(run("init"))
    done(run("csr"))
    (folder / name).write_bytes(damage)
    result = run("status")
    assert (result.exit_code, f"{name} is damaged" in result.stderr) == (1, True), result.output


def test_authority_at_its_end_certifies_no_more(run: Run, clock: FixedClock) -> None:
    done(run("init"))
    clock.advance(4 * 365 * DAY)
    result = run("roll")
    assert (result.exit_code, "its usage period is over" in result.stderr) == (1, True)


def test_serial_numbers_are_as_the_certificate_says(run: Run, folder: Path) -> None:
    done(run("init"))
    der = pem.unarmor((folder / "document-signer.crt").read_bytes())[2]
    assert f"{x509.Certificate.load(der).serial_number:X}" in run("status").stdout
