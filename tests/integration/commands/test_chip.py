"""`flask chip verify`: the files of a finished chip in a folder, judged by given authorities or by the office's own."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from asn1crypto import keys, pem, x509
from click.testing import Result
from cryptography.hazmat.primitives.asymmetric import ec

from app import create_app
from issuance.clock import FixedClock
from issuance.keys import open_document_signer
from issuance.settings import Settings
from printing.chip import sod
from printing.pki import document_signers
from printing.pki.certificates import Period
from tests import chip_files
from tests.chip_files import AT

Run = Callable[..., Result]


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(var=tmp_path_factory.mktemp("office") / "var")


@pytest.fixture(scope="module")
def run(settings: Settings) -> Run:
    app = create_app(settings, clock=FixedClock(AT))

    def invoke(*arguments: object) -> Result:
        with app.app_context():
            return app.test_cli_runner().invoke(args=["chip", "verify", *map(str, arguments)], catch_exceptions=False)

    return invoke


@pytest.fixture
def authority(tmp_path: Path) -> Path:
    file = tmp_path / "csca.pem"
    file.write_bytes(pem.armor("CERTIFICATE", chip_files.the_authority().certificate))
    return file


def written(folder: Path, files: dict[str, bytes]) -> Path:
    """As `python -m card_drivers read --out` writes them."""
    folder.mkdir()
    for name, data in files.items():
        (folder / f"{name}.bin").write_bytes(data)
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return written(tmp_path / "chip", chip_files.finished())


def test_a_chip_of_a_given_authority_is_valid_and_shown(run: Run, folder: Path, authority: Path) -> None:
    result = run(folder, "--certificate", authority)
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert lines[0] == "valid"
    for line in ("DG2: as signed", "personal full_name: Al-Masri<<Layla", "signer serial: D5", "portrait width: 413"):
        assert line in lines
    assert "personal address: Str. Ialomiței 2, Timișoara" in lines
    assert "AL<MASRI<<LAYLA<<<<<<<<<<<<<<<" in lines


def test_what_this_office_signed_is_valid_by_its_own_authority(run: Run, settings: Settings, tmp_path: Path) -> None:
    files = chip_files.unsigned()
    assert run(written(tmp_path / "early", files | {"SOD": b""})).exit_code == 2
    with open_document_signer(settings, FixedClock(AT)) as signer:
        files["SOD"] = sod.sign(files, signer, signer.certificate)
    result = run(written(tmp_path / "ours", files), "--json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["verdict"] == "valid"
    stranger = run(written(tmp_path / "theirs", chip_files.finished()))
    assert (stranger.exit_code, stranger.stdout.splitlines()[0]) == (1, "unknown signer")


def test_a_changed_chip_is_not_valid(run: Run, folder: Path, authority: Path) -> None:
    (folder / "DG1.bin").write_bytes((folder / "DG1.bin").read_bytes().replace(b"LAYLA", b"LEYLA"))
    result = run(folder, "--certificate", authority, "--json")
    report = json.loads(result.stdout)
    assert (result.exit_code, report["verdict"], report["files"]["DG1"]) == (1, "data differ", "differs")


def test_a_revoked_signer_is_not_valid(run: Run, folder: Path, authority: Path, tmp_path: Path) -> None:
    period = Period(AT, chip_files.USAGE.ends)
    (tmp_path / "ro.crl").write_bytes(
        document_signers.crl(chip_files.the_authority(), number=1, period=period, revoked={0xD5: AT})
    )
    result = run(folder, "--certificate", authority, "--crl", tmp_path / "ro.crl")
    assert (result.exit_code, result.stdout.splitlines()[0]) == (1, "signer revoked")


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda folder: (folder / "SOD.bin").unlink(), "has no SOD.bin"),
        (lambda folder: (folder / "DG2.bin").write_bytes(bytes(70_000)), "more than 65540 bytes"),
        (lambda folder: folder.rename(folder.with_name("away")), "is no folder"),
    ],
    ids=["no security object", "too large", "no folder"],
)
def test_what_is_no_chip_is_refused(
    spoil: Callable[[Path], object], said: str, run: Run, folder: Path, authority: Path
) -> None:
    spoil(folder)
    result = run(folder, "--certificate", authority)
    assert (result.exit_code, result.stdout, len(result.stderr.splitlines())) == (2, "", 1)
    assert said in result.stderr


@pytest.mark.parametrize("data", [b"", b"hello", b"-----BEGIN CERTIFICATE-----\nAA", bytes(1_000_001)])
def test_what_is_no_certificate_is_refused(data: bytes, run: Run, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "csca.pem").write_bytes(data)
    result = run(folder, "--certificate", tmp_path / "csca.pem")
    assert (result.exit_code, result.stdout, len(result.stderr.splitlines())) == (2, "", 1)


def told(folder: Path, **said: object) -> None:
    """What the reader says of a reading, beside the files."""
    (folder / "reading.json").write_text(json.dumps({"opened_by": "PACE"} | said))


def test_what_the_reader_said_is_shown(run: Run, folder: Path, authority: Path) -> None:
    told(folder, proofs={"active": True}, remarks=[{"code": "chip-not-checked"}])
    lines = run(folder, "--certificate", authority).stdout.splitlines()
    assert lines[:5] == [
        *("valid", "answer: valid", "opened by PACE"),
        *("active authentication proved", "Chip authentication was not checked."),
    ]
    report = json.loads(run(folder, "--certificate", authority, "--json").stdout)
    assert report["reader"] == {
        "opened_by": "PACE",
        "proofs": {"active": True},
        "missing": [],
        "remarks": ["Chip authentication was not checked."],
    }


def test_odd_forged_and_not_judged_are_three_answers(run: Run, folder: Path, authority: Path) -> None:
    def answer() -> tuple[int, str, str]:
        result = run(folder, "--certificate", authority, "--json")
        report = json.loads(result.stdout)
        return result.exit_code, report["answer"], report["verdict"]

    told(folder, remarks=[{"code": "active-key-weak", "params": {"key": "RSA-1024"}}])
    assert answer() == (0, "valid", "valid")
    told(folder, proofs={"active": False, "chip": True})
    assert answer() == (1, "refused", "key not proved")
    (folder / "DG12.bin").unlink()
    assert answer() == (1, "refused", "data differ")
    told(folder, missing=["DG12"])
    assert answer() == (1, "not judged", "cannot be judged")
    (folder / "SOD.bin").unlink()
    told(folder, missing=["DG12", "SOD"])
    assert answer() == (1, "not judged", "cannot be judged")


@pytest.mark.parametrize("data", [b"", b"[]", b'{"proofs": 1}', b'{"remarks": [{"code": "?"}]}', bytes(100_001)])
def test_a_damaged_word_of_the_reader_is_refused(data: bytes, run: Run, folder: Path, authority: Path) -> None:
    (folder / "reading.json").write_bytes(data)
    result = run(folder, "--certificate", authority)
    assert (result.exit_code, result.stdout, len(result.stderr.splitlines())) == (2, "", 1)
    assert "reading.json" in result.stderr


def test_a_trusted_key_that_is_not_used_here_is_no_traceback(run: Run, folder: Path, tmp_path: Path) -> None:
    """An authority of another state whose key nobody here can use: then it issued nothing that we can judge."""
    body = x509.Certificate.load(chip_files.the_authority().certificate)
    body["tbs_certificate"]["subject_public_key_info"] = keys.PublicKeyInfo.load(
        chip_files.spki(ec.derive_private_key(5, ec.SECP256K1()))
    )
    (tmp_path / "other.der").write_bytes(body.dump(force=True))
    result = run(folder, "--certificate", tmp_path / "other.der", "--json")
    assert (result.exit_code, json.loads(result.stdout)["answer"]) == (1, "not judged")
