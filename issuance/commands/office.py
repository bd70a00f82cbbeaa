"""The office as a whole: make it ready, import case handling's file, list its rules, prove its audit."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import click
from sqlalchemy.exc import SQLAlchemyError

from issuance import document_types, migrate
from issuance.actors import SYSTEM
from issuance.commands.command_line import REFUSED, end, say_lines, says
from issuance.document_types import DocumentType
from issuance.keys import fingerprints
from issuance.law.centres import FoundingCentre
from issuance.office import Office
from issuance.services import founding, rule_versions
from issuance.services.casework import importing
from issuance.services.casework.importing import Imported
from issuance.services.roles import CASE_HANDLING
from issuance.services.trust import accounts, audit_heads, audit_proofs
from issuance.web.frame.current import current_office


def prepare(office: Office, centres: Sequence[FoundingCentre] = ()) -> None:
    """Tables, keys, centres, rule versions and a time that is trusted: what every office needs."""
    migrate.upgrade(office.database)
    with office.upkeep() as look:
        fingerprints.found(look.session, office.settings)
    office.keep_time()
    with office.act(SYSTEM) as act:
        founding.found_centres(act, centres)
        rule_versions.publish(act)


@click.command("import-requests")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--as", "email", default=CASE_HANDLING, help="account that answers for the file: its lodger")
@click.option(
    "--all-or-nothing/--good-lines", default=True, help="whether one wrong line refuses the file, or only itself"
)
@says
def import_requests(file: Path, email: str, all_or_nothing: bool) -> None:
    """Lodge the requests of case handling's CSV FILE. Importing twice changes nothing."""
    office = current_office()
    data = file.read_bytes()
    with office.reading() as look:
        actor = accounts.lodger(look, email)
    if all_or_nothing:
        lines = importing.read_file(data)
        with office.act(actor) as act:
            done = importing.import_requests(act, lines)
    else:
        read = importing.read_lines(data)
        done = Imported(wrong=read.wrong)
        for batch in read.batches():
            with office.act(actor) as act:
                done += importing.import_lines(act, batch)
    say_lines(done.wrong)
    click.echo(f"{done.lodged} requests lodged, {done.known} were already in the register.")
    if done.wrong:
        end(f"{len(done.wrong)} lines were not lodged. Correct them and import the file again.", REFUSED)


@click.command("document-types")
@click.option("--on", "day", type=click.DateTime(["%Y-%m-%d"]), help="rules in force on this day")
@click.option("--language", type=click.Choice(["en", "ro"]), default="en")
@says
def list_types(day: dt.datetime | None, language: str) -> None:
    """Print the document types with their rules as a table."""
    rows = [document_types.HEADINGS, *document_types.table(_types(), day.date() if day else None, language)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(document_types.HEADINGS))]
    for row in rows:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _types() -> Iterable[DocumentType]:
    """The types with what the office agreed to; those of the release where there is no register yet."""
    office = current_office()
    if not (office.settings.database_url or office.settings.register_file.exists()):
        return document_types.load().values()
    try:
        with office.reading() as look:
            return rule_versions.types(look).values()
    except SQLAlchemyError:
        click.echo("No register answers: these are the rules of the release alone.", err=True)
        return document_types.load().values()


@click.command("verify-audit")
@says
def verify_audit() -> None:
    """Prove the whole audit: chains, seals, signed heads, rows; exit 1 names every difference, never a value."""
    office = current_office()
    walk, more = audit_proofs.begin(), True
    while more:
        with office.reading() as look:
            more = audit_proofs.step(look, walk)
    for _, restored in audit_heads.breaks(office.settings):
        click.echo(restored.sentence())
    for finding in walk.findings():
        click.echo(finding.sentence())
    for group, more_of_it in walk.unnamed().items():
        click.echo(f"{group}: {more_of_it} more.")
    if walk.waiting:
        click.echo(f"{walk.waiting} events are not linked yet, the oldest of {walk.oldest}.")
    if walk.to_come:
        click.echo(f"{walk.to_come} rows of a release before are still to be witnessed.")
    said = f"{walk.faults} faults" if walk.faults else "No fault"
    click.echo(f"{said} in {walk.events} events and {walk.rows} rows.")
    sys.exit(REFUSED if walk.faults else 0)
