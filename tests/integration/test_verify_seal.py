"""`flask verify-seal`: a seal in hexadecimal or on a picture, judged by certificates."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import zxingcpp
from click.testing import Result
from flask import Flask
from PIL import Image

from app import create_app
from issuance.clock import FixedClock
from issuance.settings import Settings
from tests import seals

Run = Callable[..., Result]


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
