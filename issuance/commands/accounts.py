"""Accounts and stations: who may log in, and which machine may ask for orders."""

from __future__ import annotations

import secrets

import click
from flask_security.utils import hash_password

from issuance.actors import SYSTEM
from issuance.commands.command_line import says
from issuance.models.staff import RoleName
from issuance.services import centres
from issuance.services.stations import tokens
from issuance.services.stock import ledger
from issuance.services.trust import accounts
from issuance.services.trust.accounts import NewAccount
from issuance.web.frame.current import current_office


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
    with office.act(SYSTEM) as act:
        centre = centres.named(act, code)
        names = [RoleName(role) for role in roles]
        hashed = hash_password(password)
        accounts.add_account(act, NewAccount(email, full_name, centre, names, hashed))
    click.echo(f"{email}: {password}")


@click.command("reset-second-factor")
@click.argument("email")
@says
def reset_second_factor(email: str) -> None:
    """Forget an account's second factor, after its owner was identified; it is set up anew at the next log-in."""
    office = current_office()
    with office.act(SYSTEM) as act:
        accounts.reset_second_factor(act, accounts.named(act, email))
    click.echo("The second factor is set up anew at the next log-in.")


@click.command("add-station")
@click.argument("name")
@click.option("--centre", "code", required=True, help="short name of the centre, for example timisoara")
@says
def add_station(name: str, code: str) -> None:
    """Add a station; prints its token once, for the station's token file."""
    office = current_office()
    with office.act(SYSTEM) as act:
        _, token = tokens.add_station(act, name, centres.named(act, code))
    click.echo(token)


@click.command("load-blanks")
@click.argument("station_name")
@click.argument("kind")
@click.argument("serials", nargs=-1, required=True)
@says
def load_blanks(station_name: str, kind: str, serials: tuple[str, ...]) -> None:
    """Take blanks of stock KIND with these SERIALS into the ledger of a station; those it has are left alone."""
    office = current_office()
    with office.act(SYSTEM) as act:
        station = tokens.named(act, station_name)
        count = ledger.load_station(act, station, kind, serials)
    click.echo(f"{count} blanks are new in the ledger.")
