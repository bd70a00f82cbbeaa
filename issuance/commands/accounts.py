"""Accounts and stations: who may log in, and which machine may ask for orders."""

from __future__ import annotations

import secrets

import click
from flask_security.utils import hash_password

from issuance.actors import SYSTEM
from issuance.commands.command_line import says
from issuance.models.staff import RoleName
from issuance.office import current_office
from issuance.services import centres
from issuance.services.stations import tokens
from issuance.services.stock import ledger
from issuance.services.trust import accounts


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
        centre = centres.named(session, code)
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
        _, token = tokens.add_station(session, name, centres.named(session, code), actor=SYSTEM, clock=office.clock)
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
        station = tokens.named(session, station_name)
        count = ledger.load_station(session, station, kind, serials, actor=SYSTEM, clock=office.clock)
    click.echo(f"{count} blanks are new in the ledger.")
