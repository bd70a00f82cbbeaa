"""`flask pki`: the keys that sign seals, chips and status lists, and their certificates.

    init     development: an authority, and a signer of each kind
    csr      a new key and the request for its certificate
    import   the authority's certificate for it, the authority's own, or a revocation list
    status   every signer, and how long it still signs; exit code 1 when one needs attention
    roll     a new signer takes over
    crl      the revocation list: written (development) or shown

`--signer` chooses between the signer of chips (document, unless said), of seals and of status lists.
Exit codes as everywhere: 0 done; 1 refused or not in order; 2 the input cannot be used.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path

import click
from asn1crypto import pem

from issuance import keys
from issuance.clock import Clock
from issuance.commands.command_line import REFUSED, says
from issuance.errors import Conflict, InvalidInput
from issuance.keys import custody, files, status, store
from issuance.keys.purposes import ALGORITHMS, PURPOSES, Purpose
from issuance.settings import Settings
from issuance.web.frame.current import current_office

COLUMNS = ("signer", "subject", "serial", "valid_until", "signs_until", "days_left", "state")

OPENERS = {"document": keys.open_document_signer, "seal": keys.open_signer, "list": keys.open_list_signer}

FILE = click.Path(path_type=Path)


@click.group("pki")
def pki() -> None:
    """The keys that sign seals, chips and status lists, and their certificates."""


def chooses_signer(command: Callable[..., None]) -> Callable[..., None]:
    """The option that says which signer a command is about."""
    kinds = click.Choice(list(PURPOSES))
    return click.option(
        "--signer", "name", type=kinds, default="document", help="of chips (document), of seals or of lists"
    )(command)


@pki.command("init")
@says
def init() -> None:
    """Make an authority and the signers for development. Repeating changes nothing."""
    settings, clock = _office()
    if not settings.development_keys:
        raise Conflict("Keys are made here for development alone: ask the authority by flask pki csr, then import.")
    for opens in OPENERS.values():
        opens(settings, clock).close()
    click.echo(f"The authority and the signers for development are in {store.folder(settings)}.")


@pki.command("csr")
@chooses_signer
@click.option("--algorithm", type=click.Choice(ALGORITHMS), default=ALGORITHMS[0], help="of the new key")
@click.option("--name", "common_name", help="common name to ask for; of a seal signer two capital letters")
@click.option("--out", type=FILE, help="the request's file, instead of one under LIMAN_VAR/keys")
@says
def csr(name: str, algorithm: str, common_name: str | None, out: Path | None) -> None:
    """Make a new key and write the request for its certificate (PKCS#10, PEM). Repeated, it asks for the same key."""
    settings, _ = _office()
    click.echo(write_request(PURPOSES[name], settings, algorithm, common_name or PURPOSES[name].common_name, out))


@pki.command("import")
@chooses_signer
@click.option("--certificate", type=FILE, help="the signer's certificate, PEM or DER")
@click.option("--csca", type=FILE, help="the authority's own certificate, PEM or DER")
@click.option("--crl", "revocation_list", type=FILE, help="the authority's revocation list, PEM or DER")
@says
def bring_in(name: str, certificate: Path | None, csca: Path | None, revocation_list: Path | None) -> None:
    """Check what the authority made, all of it, and then put it in place. Repeating changes nothing."""
    if not (certificate or csca or revocation_list):
        raise InvalidInput("--certificate", "Give --certificate, --csca or --crl.")
    settings, clock = _office()
    delivery = custody.Delivery(_der(certificate), _der(csca), _der(revocation_list))
    delivery.check(PURPOSES[name], settings, clock)
    delivery.put(PURPOSES[name], settings)
    if delivery.authority is not None:
        fingerprint = hashlib.sha256(delivery.authority).hexdigest().upper()
        click.echo(f"The authority is trusted. Compare its SHA-256 fingerprint with what it told you: {fingerprint}")
    if revocation_list:
        click.echo("The revocation list is in place.")
    if certificate:
        click.echo(f"The {name} signer signs with the new key; a server that runs, from its next start.")


@pki.command("status")
@click.option("--json", "as_json", is_flag=True)
@says
def show_status(as_json: bool) -> None:
    """Show every signer and how long it still signs. Exit 1 when one needs attention, with what to do."""
    settings, clock = _office()
    found, warnings = [], list(status.list_warnings(settings, clock))
    for name, purpose in PURPOSES.items():
        try:
            certified = status.certificates(purpose, settings, clock)
        except keys.SignerUnavailable as error:
            warnings.append(str(error))
            continue
        found += certified
        warnings += status.warnings(purpose, certified, partial(OPENERS[name], settings, clock))
    rows = [asdict(one) for one in found]
    if as_json:
        click.echo(json.dumps({"signers": rows, "warnings": warnings}, default=str, indent=2))
    else:
        _table([COLUMNS, *([str(row[column]) for column in COLUMNS] for row in rows)])
        for warning in warnings:
            click.echo(warning, err=True)
    sys.exit(REFUSED if warnings else 0)


@pki.command("roll")
@chooses_signer
@click.option("--out", type=FILE, help="where there is no development authority: the request's file")
@says
def roll(name: str, out: Path | None) -> None:
    """Let a new signer take over; the old certificate stays published. In production this asks the authority."""
    settings, clock = _office()
    purpose = PURPOSES[name]
    if not settings.development_keys:
        path = write_request(purpose, settings, ALGORITHMS[0], purpose.common_name, out)
        click.echo(f"{path}\nSend this request to the authority, then flask pki import. Until then the old key signs.")
        return
    custody.renew(purpose, settings, clock)
    click.echo(f"A new {name} signer signs; a server that runs takes it from its next start.")


@pki.command("crl")
@click.option("--revoke", "serials", multiple=True, metavar="SERIAL", help="hexadecimal, as flask pki status shows it")
@says
def crl(serials: tuple[str, ...]) -> None:
    """Write the development authority's next revocation list; elsewhere show the one imported. Exit 1 if it is old."""
    settings, clock = _office()
    if settings.development_keys:
        click.echo(store.revoke(settings, [_known_serial(serial, settings, clock) for serial in serials], clock))
    elif serials:
        raise Conflict("The authority revokes: tell it, then bring in its new list by flask pki import --crl FILE.")
    for one in store.read_lists(settings):
        click.echo(f"number {one.number}, of {one.this_update:%Y-%m-%d}, next {one.next_update:%Y-%m-%d}")
        for serial, moment in sorted(one.revoked.items()):
            click.echo(f"  {serial:X} revoked {moment:%Y-%m-%d}")
    warnings = list(status.list_warnings(settings, clock))
    for warning in warnings:
        click.echo(warning, err=True)
    sys.exit(REFUSED if warnings else 0)


def _office() -> tuple[Settings, Clock]:
    """The settings, which must allow keys here, and the clock."""
    office = current_office()
    keys.check(office.settings)
    return office.settings, office.clock


def write_request(purpose: Purpose, settings: Settings, algorithm: str, name: str, out: Path | None) -> Path:
    """Write the request for the certificate of a new key."""
    request = custody.request(purpose, settings, algorithm, name)
    path = out or store.folder(settings) / f"{purpose.file}.csr"
    files.replace(path, pem.armor("CERTIFICATE REQUEST", request))
    return path


def _der(file: Path | None) -> bytes | None:
    """What a file holds, out of its PEM."""
    if file is None:
        return None
    data = file.read_bytes()
    try:
        return pem.unarmor(data)[2] if pem.detect(data) else data
    except ValueError as error:
        raise InvalidInput(str(file), "This file is damaged PEM. Ask for it again.") from error


def _known_serial(text: str, settings: Settings, clock: Clock) -> int:
    """The serial number of a certificate that is here."""
    known = [one.serial for purpose in PURPOSES.values() for one in status.certificates(purpose, settings, clock)]
    if text.upper() not in known:
        raise InvalidInput("--revoke", f"No certificate here has the serial number {text!r}. See flask pki status.")
    return int(text, 16)


def _table(rows: Sequence[Sequence[str]]) -> None:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
