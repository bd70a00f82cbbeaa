"""The office as a whole: make it ready, list its rules, prove its audit."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Iterable, Sequence
from uuid import uuid4

import click
from sqlalchemy.exc import SQLAlchemyError

from issuance import document_types, keys, migrate, tasks
from issuance.actors import SYSTEM
from issuance.background import process
from issuance.commands.command_line import NOT_LOADED, REFUSED, end, says
from issuance.document_types import DocumentType
from issuance.errors import Unfit
from issuance.keys import SignerUnavailable, fingerprints
from issuance.law.office.centres import FoundingCentre
from issuance.office import Office
from issuance.sending import Message, Outcome
from issuance.sending.gateway import gateway_of, reports_address
from issuance.services import founding, rule_versions
from issuance.services.trust import audit_heads, audit_proofs
from issuance.values import contacts
from issuance.web.frame.current import current_office

TEST = "Liman: încercare, test, проба, تجربة."
OUTCOMES = {
    Outcome.ACCEPTED: "The gateway has the message. Look whether it comes, and in all its letters.",
    Outcome.RETRY: "The gateway is not there, or does not let the office in: nothing was sent.",
    Outcome.REFUSED: "The gateway refused the number or the text: nothing was sent.",
    Outcome.UNKNOWN: "Nobody knows whether it was sent: no rule of the gateway's file fits its answer, if it gave one.",
}


def prepare(office: Office, centres: Sequence[FoundingCentre] = ()) -> None:
    """Tables, keys, centres, rule versions and a time that is trusted: what every office needs."""
    migrate.upgrade(office.database)
    with office.upkeep() as look:
        fingerprints.found(look.session, office.settings)
    office.keep_time()
    with office.act(SYSTEM) as act:
        founding.found_centres(act, centres)
        rule_versions.publish(act)


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


@click.command("worker")
@says
def work() -> None:
    """Do the background work of an office on PostgreSQL until told to end; as many at once as one likes.

    Ends with 4 when no second start would mend it, with 70 when it hung and another takes over.
    """
    office = current_office()
    if office.database.engine.dialect.name != "postgresql":
        end("On SQLite the server itself does the background work: set LIMAN_DATABASE_URL to a PostgreSQL.", NOT_LOADED)
    try:
        keys.check(office.settings)
        gateway_of(office.settings)
    except (SignerUnavailable, Unfit) as error:
        end(str(error), NOT_LOADED)
    sys.exit(0 if process.run(tasks.worker(office)) else process.HANGS)


@click.command("test-sms")
@click.argument("number", default="")
@says
def test_sms(number: str) -> None:
    """Say where delivery reports are taken, and send a test to NUMBER, your own; exit 1 when the gateway has it not."""
    settings = current_office().settings
    gateway = gateway_of(settings)
    if gateway is None:
        end("This office has no gateway: set LIMAN_SMS_GATEWAY (docs/notices.md).", REFUSED)
    click.echo(f"Delivery reports are taken at {reports_address(settings)}; show it to nobody but the gateway.")
    if number:
        sent = gateway.send(Message(uuid4(), contacts.phone("NUMBER", number), "", TEST, "en"))
        click.echo(f"{OUTCOMES[sent.outcome]}{f' Its answer was {sent.code}.' if sent.code else ''}")
        sys.exit(0 if sent.outcome is Outcome.ACCEPTED else REFUSED)


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
