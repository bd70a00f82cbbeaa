"""What ends a person's case."""

from __future__ import annotations

import datetime as dt

import click

from issuance.commands.command_line import says
from issuance.office import current_office
from issuance.services.persons import people


@click.command("close-case")
@click.argument("case_reference")
@click.option("--event", required=True, help="case handling's final event, for example withdrawn or rejected-final")
@click.option("--on", "day", type=click.DateTime(["%Y-%m-%d"]), required=True)
@says
def close_case(case_reference: str, event: str, day: dt.datetime) -> None:
    """Record case handling's final event on a person's case (rule E15). Nothing else ends a TID's extensions."""
    office = current_office()
    with office.database.transaction() as session:
        people.close_case(session, case_reference, event, day.date(), clock=office.clock)
    click.echo("The case is closed.")
