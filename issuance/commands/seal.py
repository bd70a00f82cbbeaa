"""Seals: judge one, and export what others judge ours by."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click
from asn1crypto import pem

from issuance.commands.command_line import REFUSED, says
from issuance.errors import InvalidInput
from issuance.keys import open_signer
from issuance.services.public import certificates
from issuance.web.frame.current import current_office
from printing.errors import PortraitError
from printing.pages.symbols import read_data_matrix
from printing.pki.signing import CertificateError
from printing.portraits import portrait
from printing.seals import seal
from printing.seals.encoding import SealError


@click.command("verify-seal")
@click.argument("picture", required=False, type=click.Path(path_type=Path))
@click.option("--hex", "digits", help="the seal's bytes in hexadecimal, instead of a picture")
@click.option("--certificate", "files", multiple=True, required=True, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="verdict, header fields and messages as JSON")
@says
def verify_seal(picture: Path | None, digits: str | None, files: tuple[Path, ...], as_json: bool) -> None:
    """Judge the visible digital seal on a PICTURE (JPEG or PNG) by its signer's certificates. Exit 1 unless valid."""
    data = _seal_bytes(picture, digits)
    certificates = [file.read_bytes() for file in files]
    try:
        found = seal.verify(data, certificates, at=current_office().clock.now())
    except (SealError, CertificateError) as error:
        raise InvalidInput("--certificate" if isinstance(error, CertificateError) else "seal", str(error)) from error
    report = found.report()
    click.echo(json.dumps(report, ensure_ascii=False, indent=2) if as_json else _told(report))
    sys.exit(0 if found.verdict is seal.Verdict.VALID else REFUSED)


@click.command("export-signer")
@click.option("--out", "folder", required=True, type=click.Path(path_type=Path))
@says
def export_signer(folder: Path) -> None:
    """Write what verifiers of our seals and chips need: every seal signer's certificate, the authority's, its list."""
    office = current_office()
    with open_signer(office.settings, office.clock) as signer:
        files = {f"{signer.identifier}-{signer.reference}.pem": pem.armor("CERTIFICATE", signer.certificate)}
    with office.reading() as look:
        files |= certificates.files(look)
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)
        click.echo(folder / name)


def _seal_bytes(picture: Path | None, digits: str | None) -> bytes:
    if (picture is None) == (digits is None):
        raise InvalidInput("PICTURE", "Give either a picture or --hex.")
    return _seal_on(picture) if picture else _seal_in(digits or "")


def _seal_on(picture: Path) -> bytes:
    try:
        found = read_data_matrix(portrait.decode(picture.read_bytes()))
    except PortraitError as error:
        raise InvalidInput.of(error, "PICTURE") from error
    if found is None:
        raise InvalidInput("PICTURE", "No DataMatrix was read. Take the picture again, sharper and closer.")
    return found


def _seal_in(digits: str) -> bytes:
    try:
        return bytes.fromhex(digits)
    except ValueError as error:
        raise InvalidInput("--hex", "This is not hexadecimal.") from error


def _told(report: dict[str, Any]) -> str:
    """The report as lines for a person."""
    header = [f"{name}: {value}" for name, value in report["header"].items()]
    messages = [f"{item['name'] or tag}: {item['text'] or item['hex']}" for tag, item in report["messages"].items()]
    return "\n".join([report["verdict"], *header, *messages])
