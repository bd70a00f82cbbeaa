"""`flask keys`: the master key, its generations, and the key files that it wraps.

    status           every master key, and how much is wrapped under it; exit code 1 when something needs attention
    new-master       two administrators make a master key; prints the minutes that both sign
    wrap-files       the key files of this host under the newest master key
    plain            a key that the process with holders' pages needs, in the clear, for its own folder
    destroy-master   two administrators destroy one under which nothing is wrapped any more

Exit codes as everywhere: 0 done; 1 refused or not in order; 2 the input cannot be used.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from typing import Any

import click

from issuance.acts import Look
from issuance.commands.command_line import REFUSED, says
from issuance.errors import LimanError
from issuance.models.vault import FIRST, MasterKey
from issuance.office import Office
from issuance.services import masters
from issuance.services.masters import Two
from issuance.settings import PUBLIC_KEY_NAMES, KeyName, key_file
from issuance.vault import key_files
from issuance.vault.masters import Master
from issuance.web.frame.current import current_office

MOMENT = "%Y-%m-%d %H:%M UTC"
LINE = "_" * 40


@click.group("keys")
def keys() -> None:
    """The master key, its generations, and the key files that it wraps."""


def by_two(command: Callable[..., None]) -> Callable[..., None]:
    """The options that name the two administrators."""
    first = click.option("--as", "first", required=True, metavar="EMAIL", help="the administrator who does it")
    second = click.option("--and", "second", required=True, metavar="EMAIL", help="the one who is there and agrees")
    return first(second(command))


@keys.command("status")
@click.option("--json", "as_json", is_flag=True)
@says
def status(as_json: bool) -> None:
    """Show every master key and how many data keys are wrapped under it. Exit 1 when something needs attention."""
    office = current_office()
    warnings = []
    try:
        here = {master.generation: master for master in office.masters.known()}
    except LimanError as error:
        here, warnings = {}, [str(error)]
    with office.reading() as look:
        rows = [_described(one, here.get(one.generation)) for one in masters.under(look)]
        newest = masters.newest(look)
    files = sorted(key_files.generations(office.settings))
    warnings += _warnings(office, rows, newest, here) if here or not warnings else ()
    if as_json:
        click.echo(json.dumps({"masters": rows, "files": files, "warnings": warnings}, indent=2))
    else:
        for row in rows:
            click.echo("{generation}: {keys} data keys; {where}, made {made}, fingerprint {fingerprint}".format(**row))
        click.echo(f"Key files of this host: {', '.join(map(_file_word, files)) or 'none'}.")
        for warning in warnings:
            click.echo(warning, err=True)
    sys.exit(REFUSED if warnings else 0)


@keys.command("new-master")
@by_two
@says
def new_master(first: str, second: str) -> None:
    """Make the next master key, in the token where the settings name one, and print the minutes of it.

    Key files of this host are wrapped under it at once, data keys in the background.
    """
    office = current_office()
    with office.reading() as look:
        by = masters.two(look, (first, second))
        generation = masters.following(look, office.masters.known())
    made = office.masters.make(generation)
    with office.act(by.actor) as act:
        row = masters.begin(act, by, made)
        for line in _minutes("new-master", act, row, by):
            click.echo(line)
    _wrap_files(office, made)


@keys.command("wrap-files")
@says
def wrap_files() -> None:
    """Wrap the key files of this host under the newest master key. Repeating changes nothing."""
    office = current_office()
    with office.reading() as look:
        row = masters.newest(look)
        if row is None:
            click.echo("There is no master key yet: two administrators make it by flask keys new-master.", err=True)
            sys.exit(REFUSED)
        generation = row.generation
    _wrap_files(office, next(one for one in office.masters.known() if one.generation == generation))


@keys.command("plain")
@click.argument("name", type=click.Choice(PUBLIC_KEY_NAMES))
@says
def plain(name: KeyName) -> None:
    """Write a key in the clear (32 bytes): holders' pages have no token, and a folder of their own."""
    click.echo(key_file(current_office().settings, name), nl=False)


@keys.command("destroy-master")
@click.argument("generation", metavar="NUMBER", type=click.IntRange(1))
@by_two
@says
def destroy_master(generation: int, first: str, second: str) -> None:
    """Destroy a master key that nothing needs, no back-up either, and print the minutes of it. There is no way back."""
    office = current_office()
    if generation in key_files.generations(office.settings):
        click.echo("Key files of this host are wrapped under this master key: run flask keys wrap-files.", err=True)
        sys.exit(REFUSED)
    with office.reading() as look:
        by = masters.two(look, (first, second))
        gone = masters.check_may_go(look, generation).destroyed_at
    if gone is None:
        with office.act(by.actor) as act:
            row = masters.destroyed(act, by, generation)
            for line in _minutes("destroy-master", act, row, by):
                click.echo(line)
    office.masters.destroy(generation)
    click.echo(f"Master key {generation} is destroyed.")


def _wrap_files(office: Office, master: Master) -> None:
    """Wrapping by a key that is a file beside them would hide nothing."""
    if master.kind == "file":
        click.echo("The key files stay as they are: the master key is a file among them.")
        return
    wrapped = key_files.wrap_all(office.settings, office.masters, master.generation)
    click.echo(f"Key files wrapped under master key {master.generation}: {', '.join(wrapped) or 'all were'}.")
    if office.settings.card_keys:
        click.echo(f"Take LIMAN_CARD_KEYS, or the credential card-keys, away, and shred {office.settings.card_keys}.")
    click.echo("Do the same on every other host, and put what lies in the safe in the clear out of use (docs/keys.md).")


def _described(one: masters.Under, here: Master | None) -> dict[str, Any]:
    row, own = one.row, one.generation == FIRST
    gone = "destroyed" if row and row.destroyed_at else "not here"
    return {
        "generation": one.generation,
        "keys": one.keys,
        "where": "the office's own key" if own else here.kind if here else gone,
        "made": row.made_at.strftime(MOMENT) if row else "at the set-up" if own else "by nobody that is known",
        "fingerprint": row.fingerprint if row else "-",
    }


def _warnings(
    office: Office, rows: list[dict[str, Any]], newest: MasterKey | None, here: dict[int, Master]
) -> Iterator[str]:
    """What needs attention."""
    for row in rows:
        master = here.get(row["generation"])
        if row["where"] == "not here":
            yield f"Master key {row['generation']} is not here: put its token in, or its file back from the safe."
        elif master and master.fingerprint != row["fingerprint"]:
            yield f"Master key {row['generation']} is another than the one that two persons made: ask who changed it."
        elif master and master.kind == "token" and not master.bound:
            yield f"Master key {row['generation']} could be taken out of its token: make a new one."
    known = {row["generation"] for row in rows}
    for number in sorted(here.keys() - known):
        yield f"Master key {number} is here, and nobody says that they made it: of a newer back-up, or of a stranger."
    last = newest.generation if newest else FIRST
    if waiting := sum(row["keys"] for row in rows if row["generation"] < last):
        yield f"{waiting} data keys are still under an older master key: they move in the background."
    if office.settings.file_keys_because and office.settings.env == "production":
        yield f"The master key of this real office is a file, because: {office.settings.file_keys_because}"


def _file_word(generation: int) -> str:
    return f"under master key {generation}" if generation else "in the clear"


def _minutes(what: str, look: Look, row: MasterKey, by: Two) -> Iterator[str]:
    """What both sign by hand: a paper for the safe, in both languages."""
    ended = row.destroyed_at if what == "destroy-master" else None
    yield "PROCES-VERBAL / MINUTES"
    yield (
        "Distrugerea cheii principale / Destruction of the master key"
        if ended
        else ("Generarea cheii principale / Making of the master key")
    )
    yield f"Generația / generation: {row.generation}"
    yield f"Locul / where: {row.kind}"
    yield f"Identificator / id: {row.key_id}"
    yield f"Amprentă / fingerprint (SHA-256): {row.fingerprint}"
    yield f"Data și ora / at: {ended or row.made_at:{MOMENT}}"
    for person in (by.first, by.second):
        yield f"Administrator: {person.full_name} ({person.email})"
        yield f"Semnătura / signature: {LINE}"
    yield ""
