"""`flask chip`: what the files of a finished chip say, and whether they are genuine.

    verify   the content of the files that `python -m card_drivers read --out DIR` wrote, and the verdict on them

Exit codes as everywhere: 0 valid; 1 refused or not judged, whatever the verdict; 2 the input cannot be used.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import click
from asn1crypto import pem

from card_drivers.order import ChipReading
from card_drivers.troubles import english
from issuance import keys
from issuance.commands.command_line import REFUSED, says
from issuance.errors import InvalidInput
from issuance.office import Office
from issuance.web.frame.current import current_office
from printing.chip import verify
from printing.chip.lds import TAGS
from printing.chip.tlv import MAX_FILE
from printing.pki.signing import CertificateError

NOBODY = UUID(int=0)
"""Who asked for a reading at a terminal."""

FILES = (*TAGS, "CardAccess")
"""Names of the files of a chip; each is in NAME.bin."""

MOST_TRUSTED = 1_000_000
"""Bytes of a file with certificates or with a revocation list."""

FOUND, MOST_FOUND = "reading.json", 100_000
"""What the reader says of a reading, beside the files, and its largest size in bytes."""


@click.group("chip")
def chip() -> None:
    """The files of finished chips."""


@chip.command("verify")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--certificate", "certificates", multiple=True, type=click.Path(path_type=Path), help="a trusted authority"
)
@click.option("--crl", "lists", multiple=True, type=click.Path(path_type=Path), help="a revocation list of theirs")
@click.option("--json", "as_json", is_flag=True, help="verdict, findings and content as JSON")
@says
def verify_chip(folder: Path, certificates: tuple[Path, ...], lists: tuple[Path, ...], as_json: bool) -> None:
    """Judge the chip's files in DIR (DG1.bin, SOD.bin ...) by passive authentication and show their content.

    What the reader said in reading.json counts too. Certificates and lists are PEM or DER; without any, those of this
    office count. Exit 1 unless valid.
    """
    office, reading = current_office(), _reading(folder)
    files = _files(folder, reading)
    anchors, crls = _trusted(office, certificates, lists)
    unproved = [name for name, proved in reading.proofs.items() if not proved]
    try:
        found = verify.verify(
            files, anchors, crls=crls, at=office.clock.now(), unread=reading.missing, unproved=unproved
        )
    except CertificateError as error:
        raise InvalidInput("--certificate", f"A trusted certificate cannot be used: {error}.") from error
    report = found.report() | {"reader": _as_read(reading)}
    click.echo(json.dumps(report, ensure_ascii=False, indent=2) if as_json else "\n".join(_told(report)))
    sys.exit(0 if found.verdict is verify.Verdict.VALID else REFUSED)


def _reading(folder: Path) -> ChipReading:
    """What the reader said of these files; of files from elsewhere it says nothing."""
    if not folder.is_dir():
        raise InvalidInput("DIR", f"{folder} is no folder. Give the one that python -m card_drivers read wrote.")
    said = _read(folder / FOUND, MOST_FOUND) if (folder / FOUND).is_file() else b"{}"
    try:
        return ChipReading.model_validate({"read_id": NOBODY} | json.loads(said))
    except (ValueError, TypeError) as error:
        raise InvalidInput(
            "DIR", f"{folder / FOUND} is damaged. Read the chip again: python -m card_drivers read --out DIR."
        ) from error


def _as_read(reading: ChipReading) -> dict[str, Any]:
    return {
        "opened_by": reading.opened_by,
        "proofs": dict(reading.proofs),
        "missing": list(reading.missing),
        "remarks": [english(remark) for remark in reading.remarks],
    }


def _files(folder: Path, reading: ChipReading) -> dict[str, bytes]:
    files = {name: _read(folder / f"{name}.bin", MAX_FILE) for name in FILES if (folder / f"{name}.bin").is_file()}
    if "SOD" not in {*files, *reading.missing}:
        raise InvalidInput(
            "DIR", f"{folder} has no SOD.bin. Read the chip again: python -m card_drivers read --out DIR."
        )
    return files


def _trusted(
    office: Office, certificates: tuple[Path, ...], lists: tuple[Path, ...]
) -> tuple[list[bytes], list[bytes]]:
    """Trust anchors and revocation lists (DER): those given, or else those of the office."""
    if certificates:
        anchors = [der for path in certificates for der in _der("--certificate", path)]
    else:
        anchors = keys.anchors(office.settings)
        if not anchors:
            raise InvalidInput("--certificate", "This office has no authority's certificate yet. Give one.")
    given = [der for path in lists for der in _der("--crl", path)]
    return anchors, given or ([] if certificates else keys.revocation_lists(office.settings))


def _der(option: str, path: Path) -> list[bytes]:
    """What a file in DER holds, or all that one in PEM holds."""
    data = _read(path, MOST_TRUSTED)
    try:
        return [der for _, _, der in pem.unarmor(data, multiple=True)] if pem.detect(data) else [data]
    except ValueError as error:
        raise InvalidInput(option, f"{path} is damaged PEM. Ask for it again.") from error


def _read(path: Path, most: int) -> bytes:
    """The file's bytes; one that is too large is not read to its end."""
    with path.open("rb") as opened:
        data = opened.read(most + 1)
    if len(data) > most:
        raise InvalidInput(str(path), f"The file has more than {most} bytes, and none of its kind has.")
    return data


def _told(report: dict[str, Any]) -> Iterator[str]:
    """The report as lines for a person."""
    yield report["verdict"]
    yield f"answer: {report['answer']}"
    yield from report["remarks"]
    yield from _told_by_the_reader(report["reader"])
    yield from (f"{name}: {finding}" for name, finding in report["files"].items())
    for part in ("signer", "portrait", "personal", "document"):
        yield from (f"{part} {name}: {_line(value)}" for name, value in (report[part] or {}).items())
    yield from report["mrz"] or ()
    yield f"protocols: {_line(report['protocols'])}"


def _told_by_the_reader(said: dict[str, Any]) -> Iterator[str]:
    if said["opened_by"]:
        yield f"opened by {said['opened_by']}"
    yield from (f"{name} authentication {'proved' if good else 'FAILED'}" for name, good in said["proofs"].items())
    yield from said["remarks"]


def _line(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
