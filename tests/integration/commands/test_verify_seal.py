"""`flask verify-seal`: a seal in hexadecimal or on a picture, judged by certificates."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import zxingcpp
from click.testing import Result
from cryptography import x509
from flask import Flask
from PIL import Image

from app import create_app
from issuance.clock import FixedClock
from issuance.db import Database
from issuance.keys import LastingSigner, open_signer
from issuance.settings import Settings
from printing.faces.compose import rasterise
from tests import seals
from tests.people import LAYLA, SmallOffice, changed

Run = Callable[..., Result]
TID = changed(LAYLA, document_type="TID", status="applicant", decision_number="", decision_date=None)


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    app: Flask = create_app(Settings(var=tmp_path / "var"), clock=FixedClock(seals.AT))
    with app.app_context():
        runner = app.test_cli_runner()
        yield lambda *args: runner.invoke(args=["verify-seal", *map(str, args)], catch_exceptions=False)


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    file = tmp_path / "signer.der"
    file.write_bytes(seals.KeySigner().certificate())
    return file


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    symbol = zxingcpp.create_barcode(seals.sealed(), zxingcpp.BarcodeFormat.DataMatrix, eci="Unknown")
    photo = Image.new("L", (900, 700), 255)
    photo.paste(Image.fromarray(zxingcpp.write_barcode_to_image(symbol, scale=6)), (120, 90))
    file = tmp_path / "document.jpg"
    photo.rotate(3, fillcolor=255).save(file, quality=60)
    return file


def test_an_exported_signer_verifies_what_this_office_printed(run: Run, tmp_path: Path, sqlite_url: str) -> None:
    """From the lodging to the picture of the card: what `export-signer` wrote is all that a verifier needs."""
    settings = Settings(var=tmp_path / "office", database_url=sqlite_url)
    people = SmallOffice(Database(sqlite_url))
    people.signer = LastingSigner(lambda: open_signer(settings, people.clock))
    request_id = people.lodge(TID)
    people.enrol(request_id)
    people.prepare(people.approve(request_id))
    people.open_shift()
    claim = people.claim()
    assert claim is not None
    card = tmp_path / "card.jpg"
    rasterise(people.order(claim).faces[1].combined, 300).rotate(2, fillcolor="#fff").save(card, quality=75)
    app = create_app(settings, clock=people.clock)
    with app.app_context():
        exported = app.test_cli_runner().invoke(args=["export-signer", "--out", str(tmp_path / "out")])
    assert exported.exit_code == 0, exported.output
    signer, authority = (tmp_path / "out" / Path(name).name for name in exported.stdout.split())
    assert (signer.name[:5], authority.name) == ("ROLI-", "csca.pem")
    result = run(card, "--certificate", signer)
    assert result.exit_code == 0, result.output
    assert "ITROUAL<MASRI<<LAYLA" in result.stdout
    assert run(card, "--certificate", authority).stdout.startswith("unknown signer")
    assert (
        x509.load_pem_x509_certificate(signer.read_bytes()).issuer
        == x509.load_pem_x509_certificate(authority.read_bytes()).subject
    )


def test_a_seal_in_hexadecimal_is_valid(run: Run, certificate: Path) -> None:
    result = run("--hex", seals.sealed().hex(), "--certificate", certificate, "--json")
    assert result.exit_code == 0, result.output
    report = json.loads(result.stdout)
    assert (report["verdict"], report["profile"]) == ("valid", "FD/02")
    assert report["messages"]["3"]["text"] == "RO2611000042"
    assert report["messages"]["2"]["hex"] in seals.sealed().hex()


def test_a_seal_on_a_picture_is_valid(run: Run, certificate: Path, picture: Path) -> None:
    result = run(picture, "--certificate", certificate)
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines()[0] == "valid"


def test_one_flipped_bit_is_not_valid(run: Run, certificate: Path) -> None:
    damaged = bytearray(seals.sealed())
    damaged[-1] ^= 1
    result = run("--hex", damaged.hex(), "--certificate", certificate, "--json")
    assert (result.exit_code, json.loads(result.stdout)["verdict"]) == (1, "signature wrong")


def test_an_unknown_signer_is_named(run: Run, tmp_path: Path) -> None:
    other = tmp_path / "other.der"
    other.write_bytes(seals.KeySigner(secret=7).certificate(serial=0x77))
    result = run("--hex", seals.sealed().hex(), "--certificate", other, "--json")
    assert (result.exit_code, json.loads(result.stdout)["verdict"]) == (1, "unknown signer")


@pytest.mark.parametrize("digits", ["", "zz", "dc", "00" * 40], ids=["empty", "no-hex", "short", "no-seal"])
def test_what_is_no_seal_is_refused(run: Run, certificate: Path, digits: str) -> None:
    result = run("--hex", digits, "--certificate", certificate)
    assert result.exit_code == 2
    assert "Traceback" not in result.output


def test_a_picture_without_a_seal_and_a_file_that_is_none_are_refused(
    run: Run, certificate: Path, tmp_path: Path
) -> None:
    blank = tmp_path / "blank.png"
    Image.new("RGB", (400, 400), "white").save(blank)
    fake = tmp_path / "fake.jpg"
    fake.write_bytes(b"%PDF-1.7")
    for file in (blank, fake, tmp_path / "nowhere.png"):
        assert run(file, "--certificate", certificate).exit_code == 2


def test_a_certificate_that_is_none_is_refused(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "signer.pem"
    file.write_text("hello")
    result = run("--hex", seals.sealed().hex(), "--certificate", file)
    assert (result.exit_code, "--certificate" in result.output) == (2, True), result.output


def test_picture_or_hexadecimal_not_both(run: Run, certificate: Path, picture: Path) -> None:
    assert run(picture, "--hex", "dc", "--certificate", certificate).exit_code == 2
    assert run("--certificate", certificate).exit_code == 2
