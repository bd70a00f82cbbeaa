"""Accounts and stations: who may log in and as what, and which machine may ask for orders."""

from __future__ import annotations

import datetime as dt
import secrets

import click
from flask_security.utils import hash_password

from issuance.actors import SYSTEM
from issuance.commands.command_line import says
from issuance.law.office.roles import role_rules_on
from issuance.models.staff import RoleName
from issuance.services import centres, roles
from issuance.services.roles import Term
from issuance.services.stations import tokens
from issuance.services.trust import accounts
from issuance.services.trust.accounts import NewAccount
from issuance.web.frame.current import current_office

ROLE = click.Choice([str(role) for role in RoleName])
DAY = click.DateTime(["%Y-%m-%d"])
centre_option = click.option("--centre", "code", required=True, help="short name of the centre, for example timisoara")


@click.command("add-account")
@click.argument("email")
@click.option("--name", "full_name", required=True)
@centre_option
@click.option("--role", "names", multiple=True, required=True, type=ROLE)
@click.option("--last-day", "ends_on", type=DAY, help="with which day it ends; an enrolment expert's does")
@says
def add_account(email: str, full_name: str, code: str, names: tuple[str, ...], ends_on: dt.datetime | None) -> None:
    """Add an account; prints its first password once, which is changed at the first log-in.

    The second factor is set up at the first log-in too.
    """
    password, hashed = _one_time_password()
    with current_office().act(SYSTEM) as act:
        centre = centres.named(act, code)
        named, last = [RoleName(name) for name in names], ends_on.date() if ends_on else None
        added = accounts.add_account(act, NewAccount(email, full_name, centre, named, hashed, ends_on=last))
    click.echo(f"{added.email}: {password}")


@click.command("accounts")
@click.option("--centre", "code", help="short name of the centre; all of them unless given")
@says
def list_accounts(code: str | None) -> None:
    """List the accounts: address, centre, roles, whether it is open, and roles that do not go together."""
    with current_office().reading() as look:
        centre = centres.named(look, code) if code else None
        rules = role_rules_on(look.clock.today())
        for account in accounts.of_centre(look, centre.id if centre else None):
            held = account.roles_on(look.clock.today())
            state = "open" if account.active else "closed"
            findings = [f"! {reason.en}" for reason in rules.conflicts(held)]
            click.echo("  ".join([account.email, account.centre.code, ", ".join(held) or "-", state, *findings]))


@click.command("close-account")
@click.argument("email")
@says
def close_account(email: str) -> None:
    """Close an account, also the last administrator of a centre; it is logged out at once."""
    with current_office().act(SYSTEM) as act:
        accounts.close_account(act, accounts.named(act, email))
    click.echo("The account is closed. Nobody can log in with it.")


@click.command("reopen-account")
@click.argument("email")
@says
def reopen_account(email: str) -> None:
    """Open a closed account again, with the roles and the password it had."""
    with current_office().act(SYSTEM) as act:
        accounts.reopen_account(act, accounts.named(act, email))
    click.echo("The account is open again.")


@click.command("give-role")
@click.argument("email")
@click.argument("role", type=ROLE)
@click.option("--from", "from_day", type=DAY, help="first day; today unless given")
@click.option("--to", "to_day", type=DAY, help="last day; none unless given")
@says
def give_role(email: str, role: str, from_day: dt.datetime | None, to_day: dt.datetime | None) -> None:
    """Give an account a role, in force at once on its days."""
    with current_office().act(SYSTEM) as act:
        first, last = from_day.date() if from_day else act.clock.today(), to_day.date() if to_day else None
        roles.give(act, accounts.named(act, email), Term(RoleName(role), first, last))
    click.echo("The account has the role on its days.")


@click.command("take-role")
@click.argument("email")
@click.argument("role", type=ROLE)
@says
def take_role(email: str, role: str) -> None:
    """Take a role from an account, on whatever days it was given; it is logged out."""
    with current_office().act(SYSTEM) as act:
        account = accounts.named(act, email)
        for given in roles.lasting(act, account, RoleName(role)):
            accounts.take_role(act, account, given)
    click.echo("The role is taken away. The account was logged out.")


@click.command("set-last-day")
@click.argument("email")
@click.argument("day", type=DAY)
@says
def set_last_day(email: str, day: dt.datetime) -> None:
    """Say with which day (YYYY-MM-DD) an account ends."""
    with current_office().act(SYSTEM) as act:
        accounts.set_last_day(act, accounts.named(act, email), day.date())
    click.echo("Nobody logs in with the account after this day.")


@click.command("move-account")
@click.argument("email")
@centre_option
@says
def move_account(email: str, code: str) -> None:
    """Move an account to another centre; it is logged out."""
    with current_office().act(SYSTEM) as act:
        accounts.move_account(act, accounts.named(act, email), centres.named(act, code))
    click.echo("The account is moved. It was logged out.")


@click.command("reset-password")
@click.argument("email")
@says
def reset_password(email: str) -> None:
    """Give an account a new first password, printed once; its owner changes it at the next log-in."""
    password, hashed = _one_time_password()
    with current_office().act(SYSTEM) as act:
        account = accounts.named(act, email)
        accounts.reset_password(act, account, hashed)
    click.echo(f"{account.email}: {password}")


@click.command("reset-second-factor")
@click.argument("email")
@says
def reset_second_factor(email: str) -> None:
    """Forget an account's second factor, after its owner was identified; it is set up anew at the next log-in."""
    with current_office().act(SYSTEM) as act:
        accounts.reset_second_factor(act, accounts.named(act, email))
    click.echo("The second factor is set up anew at the next log-in.")


@click.command("end-sessions")
@click.argument("email")
@says
def end_sessions(email: str) -> None:
    """Log an account out wherever it is logged in."""
    with current_office().act(SYSTEM) as act:
        accounts.end_sessions(act, accounts.named(act, email))
    click.echo("The account is logged out everywhere.")


def _one_time_password() -> tuple[str, str]:
    """A first password, and its hash."""
    password = secrets.token_urlsafe(12)
    return password, hash_password(password)


@click.command("close-station")
@click.argument("name")
@says
def close_station(name: str) -> None:
    """Close a station: its token is refused from now on, and its shift ends."""
    with current_office().act(SYSTEM) as act:
        tokens.close_station(act, tokens.named(act, name))
    click.echo("The station is closed. Its token is refused from now on.")


@click.command("reopen-station")
@click.argument("name")
@says
def reopen_station(name: str) -> None:
    """Open a closed station again, with the token it had."""
    with current_office().act(SYSTEM) as act:
        tokens.reopen_station(act, tokens.named(act, name))
    click.echo("The station is open again.")


@click.command("add-station")
@click.argument("name")
@centre_option
@click.option("--bureau", "kind", flag_value="bureau", help="it sends its orders away to be made")
@click.option("--office-printer", "kind", flag_value="office-printer", help="it has no program and gets no token")
@says
def add_station(name: str, code: str, kind: str | None) -> None:
    """Add a station; prints its token once, for the station's token file."""
    office, bureau = current_office(), kind == "bureau"
    if kind == "office-printer":
        with office.act(SYSTEM) as act:
            tokens.add_office_printer(act, name, centres.named(act, code))
        click.echo("The office printer is added. An operator opens a shift on it.")
        return
    with office.act(SYSTEM) as act:
        _, token = tokens.add_station(act, name, centres.named(act, code), bureau=bureau)
    click.echo(token)
