"""What ends a person's case."""

from __future__ import annotations

import datetime as dt

import click

from issuance.actors import SYSTEM
from issuance.commands.command_line import says
from issuance.services.persons import people
from issuance.web.frame.current import current_office


@click.command("close-case")
@click.argument("case_reference")
@click.option("--event", required=True, help="case handling's final event, for example withdrawn or rejected-final")
@click.option("--on", "day", type=click.DateTime(["%Y-%m-%d"]), required=True)
@says
def close_case(case_reference: str, event: str, day: dt.datetime) -> None:
    """Record case handling's final event on a person's case (E15). Nothing else ends a TID's extensions."""
    office = current_office()
    with office.act(SYSTEM) as act:
        people.close_case(act, case_reference, event, day.date())
    click.echo("The case is closed.")
