"""The commands of the office: `flask --app app NAME`.

Exit codes: 0 done; 1 refused or not in order (a broken chain, a wrong line); 2 the input cannot be used.
"""

from __future__ import annotations

import datetime as dt
import itertools
import json
import secrets
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
from asn1crypto import pem
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from flask import Flask
from flask_security.utils import hash_password

from issuance import demo, document_types, migrate
from issuance.actors import SYSTEM
from issuance.commands import specimens
from issuance.commands.chip import chip
from issuance.commands.command_line import REFUSED, says
from issuance.commands.pki import pki
from issuance.errors import InvalidInput, LimanError
from issuance.keys import anchors, open_signer, revocation_lists
from issuance.models.staff import RoleName
from issuance.office import Office, current_office
from issuance.services import rule_versions
from issuance.services.casework import importing
from issuance.services.persons import people
from issuance.services.production import seals
from issuance.services.stock import ledger
from issuance.services.trust import accounts, audit_chain
from issuance.settings import heads_file, key_file
from printing.content_json import load_content
from printing.errors import PortraitError
from printing.faces.compose import compose, document_pdf, face_png
from printing.pages.symbols import read_data_matrix
from printing.pki.signing import CertificateError
from printing.portraits import portrait
from printing.seals import seal
from printing.seals.encoding import SealError


def register(app: Flask) -> None:
    """Make the commands known to `flask`."""
    for command in COMMANDS:
        app.cli.add_command(command)


def _prepare(office: Office) -> None:
    """Tables, centres, roles and rule versions: what every office needs before its first act."""
    migrate.upgrade(office.database)
    with office.database.transaction() as session:
        accounts.found_centres(session)
        rule_versions.publish(session)


@click.command("set-up")
@says
def set_up() -> None:
    """Bring the register up to date: tables, centres, roles, rule versions. Repeating changes nothing."""
    _prepare(current_office())
    click.echo("The register is up to date.")


@click.command("set-up-demo")
@says
def set_up_demo() -> None:
    """Set up a demonstration office with fictional applicants. Repeating keeps the data."""
    office = current_office()
    if office.settings.env == "production":
        raise InvalidInput("LIMAN_ENV", "A production office has no demonstration data. Use set-up.")
    _prepare(office)
    password, lodged = demo.set_up(office)
    click.echo(f"{lodged} fictional requests were lodged now.\n\nDemo logins, all with the password {password}:")
    for login in demo.LOGINS:
        click.echo(f"  {login.email:30} {', '.join(login.roles)}")


@click.command("import-requests")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--as", "email", default=accounts.CASE_HANDLING, help="account that answers for the file: its lodger")
@says
def import_requests(file: Path, email: str) -> None:
    """Lodge the requests of case handling's CSV FILE, all or nothing. Importing twice changes nothing."""
    office = current_office()
    lodgings = importing.read_file(file.read_bytes())
    with office.database.transaction() as session:
        actor = accounts.lodger(session, email)
        done = importing.import_requests(session, lodgings, actor=actor, clock=office.clock)
    click.echo(f"{done.lodged} requests lodged, {done.known} were already in the register.")


@click.command("document-types")
@click.option("--on", "day", type=click.DateTime(["%Y-%m-%d"]), help="rules in force on this day")
@click.option("--language", type=click.Choice(["en", "ro"]), default="en")
@says
def list_types(day: dt.datetime | None, language: str) -> None:
    """Print the document types with their rules as a table."""
    rows = [document_types.HEADINGS, *document_types.table(day.date() if day else None, language)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(document_types.HEADINGS))]
    for row in rows:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


@click.command("compose")
@click.option("--type", "code", required=True, help="document type, for example RP-R")
@click.option("--content", "file", required=True, type=click.Path(path_type=Path), help="JSON, see docs/content.md")
@click.option("--out", "folder", required=True, type=click.Path(path_type=Path))
@says
def compose_specimen(code: str, file: Path, folder: Path) -> None:
    """Write a document as SPECIMEN: one PNG a face and document.pdf. Needs no database."""
    content = load_content(_utf8(file))
    try:
        template = document_types.get(code).template()
    except LimanError as error:
        raise InvalidInput("--type", str(error)) from error
    artworks = compose(content, template, specimen=True)
    files = {f"{artwork.face}.png": face_png(artwork) for artwork in artworks}
    files["document.pdf"] = document_pdf(artworks)
    for name, data in files.items():
        click.echo(specimens.write_whole(folder / name, data))


@click.command("specimen")
@click.option("--out", "folder", required=True, type=click.Path(path_type=Path))
@says
def write_specimens(folder: Path) -> None:
    """Write every document type as SPECIMEN in every script, and contact sheets to look at. Needs no database."""
    for path in specimens.write(folder):
        click.echo(path)


def _utf8(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise InvalidInput("--content", "The file is not UTF-8. Save it as UTF-8.") from error


@click.command("verify-audit")
@says
def verify_audit() -> None:
    """Compute the audit chains again; exit 1 names the first broken or missing link."""
    office = current_office()
    public = Ed25519PrivateKey.from_private_bytes(key_file(office.settings, "audit")).public_key()
    with office.database.reading() as session:
        verdict = audit_chain.verify(session, heads_file(office.settings), public)
    click.echo(verdict.message)
    if verdict.unsealed:
        click.echo(f"{verdict.unsealed} events are not sealed yet, the oldest of {verdict.oldest_unsealed}.")
    sys.exit(0 if verdict.ok else REFUSED)


@click.command("close-case")
@click.argument("case_reference")
@click.option("--event", required=True, help="case handling's final event, for example withdrawn or rejected-final")
@click.option("--on", "day", type=click.DateTime(["%Y-%m-%d"]), required=True)
@says
def close_case(case_reference: str, event: str, day: dt.datetime) -> None:
    """Record case handling's final event on a person's case (E15). Nothing else ends a TID's extensions."""
    office = current_office()
    with office.database.transaction() as session:
        people.close_case(session, case_reference, event, day.date(), clock=office.clock)
    click.echo("The case is closed.")


@click.command("add-account")
@click.argument("email")
@click.option("--name", "full_name", required=True)
@click.option("--centre", "code", required=True, help="short name of the centre, for example timisoara")
@click.option("--role", "roles", multiple=True, required=True, type=click.Choice([str(role) for role in RoleName]))
@says
def add_account(email: str, full_name: str, code: str, roles: tuple[str, ...]) -> None:
    """Add an account; prints its first password once. The second factor is set up at the first log-in."""
    office = current_office()
    password = secrets.token_urlsafe(12)
    with office.database.transaction() as session:
        centre = accounts.centre(session, code)
        names = [RoleName(role) for role in roles]
        hashed = hash_password(password)
        accounts.add_account(session, email, full_name, centre, names, hashed, actor=SYSTEM, clock=office.clock)
    click.echo(f"{email}: {password}")


@click.command("reset-second-factor")
@click.argument("email")
@says
def reset_second_factor(email: str) -> None:
    """Forget an account's second factor, after its owner was identified; it is set up anew at the next log-in."""
    office = current_office()
    with office.database.transaction() as session:
        accounts.reset_second_factor(session, email, actor=SYSTEM, clock=office.clock)
    click.echo("The second factor is set up anew at the next log-in.")


@click.command("add-station")
@click.argument("name")
@click.option("--centre", "code", required=True, help="short name of the centre, for example timisoara")
@says
def add_station(name: str, code: str) -> None:
    """Add a station; prints its token once, for the station's token file."""
    office = current_office()
    with office.database.transaction() as session:
        _, token = accounts.add_station(session, name, accounts.centre(session, code), actor=SYSTEM, clock=office.clock)
    click.echo(token)


@click.command("load-blanks")
@click.argument("station_name")
@click.argument("kind")
@click.argument("serials", nargs=-1, required=True)
@says
def load_blanks(station_name: str, kind: str, serials: tuple[str, ...]) -> None:
    """Take blanks of stock KIND with these SERIALS into the ledger of a station; those it has are left alone."""
    office = current_office()
    with office.database.transaction() as session:
        station = accounts.station(session, station_name)
        count = ledger.load_station(session, station, kind, serials, actor=SYSTEM, clock=office.clock)
    click.echo(f"{count} blanks are new in the ledger.")


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
        found = {f"{signer.identifier}-{signer.reference}.pem": signer.certificate}
    with office.database.reading() as session:
        found |= {f"{one.signer}-{one.reference}.pem": one.certificate for one in seals.certificates(session)}
    authorities = dict(zip(_numbered("csca", "pem"), anchors(office.settings), strict=False))
    files = {name: pem.armor("CERTIFICATE", certificate) for name, certificate in (found | authorities).items()}
    files |= zip(_numbered("csca", "crl"), revocation_lists(office.settings), strict=False)
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)
        click.echo(folder / name)


def _numbered(name: str, kind: str) -> Iterator[str]:
    """`csca.pem`, `csca-2.pem`, ..."""
    yield f"{name}.{kind}"
    yield from (f"{name}-{number}.{kind}" for number in itertools.count(2))


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


COMMANDS = (
    verify_seal,
    export_signer,
    set_up,
    set_up_demo,
    import_requests,
    list_types,
    compose_specimen,
    write_specimens,
    verify_audit,
    close_case,
    add_account,
    reset_second_factor,
    add_station,
    load_blanks,
    chip,
    pki,
)
