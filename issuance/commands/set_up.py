"""`flask set-up`: a new office, and every office after an upgrade.

It asks at a terminal for what is missing, takes it from a file (`--from`), or with neither only brings the register up
to date. Each step keeps what is there, so that one that was stopped anywhere is run again.
"""

from __future__ import annotations

import secrets
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from urllib.parse import quote

import click
from flask_security.utils import hash_password
from sqlalchemy import inspect, select

from issuance import keys
from issuance.actors import SYSTEM
from issuance.commands.command_line import BAD_INPUT, REFUSED, end, says
from issuance.commands.office import prepare
from issuance.commands.pki import write_request
from issuance.errors import InvalidInput, LimanError
from issuance.keys import status, store
from issuance.keys.purposes import ALGORITHMS, PURPOSES, Purpose
from issuance.law.office.centres import founding_centres
from issuance.models.staff import Centre, RoleName
from issuance.office import Office
from issuance.services import centres, founding, office_file
from issuance.services.admin import offices
from issuance.services.founding import ADMINISTRATORS
from issuance.services.office_file import AskedAdministrator, AskedCentre, AskedKeys, Plan
from issuance.settings import write_once
from issuance.values import contacts
from issuance.values.hours import check_hours
from issuance.web.frame.current import current_office

HOURS = "Mo-Fr 09:00-12:00, 14:00-16:00"
PASSWORDS = "first-passwords"
"""Folder under LIMAN_VAR: a file for each first administrator, for their eyes alone, until the password is changed."""


@click.command("set-up")
@click.option("--from", "file", type=click.Path(path_type=Path), help="TOML with centres, administrators and keys")
@says
def set_up(file: Path | None) -> None:
    """Found an office, or bring its register up to date: tables, keys, centres, administrators, rule versions.

    Asks at a terminal for what is missing. Repeating changes nothing.
    """
    office = current_office()
    plan = _from_file(office, file) if file else _asked(office) if sys.stdin.isatty() else Plan()
    prepare(office, [one.founding() for one in plan.centres])
    click.echo("The register is up to date.")
    _say_centres(office)
    for asked in plan.administrators:
        click.echo(_administrator(office, asked.checked()))
    missing = [*(_keys(office, plan.keys) if plan.keys else ()), *_nobody(office)]
    for sentence in missing:
        click.echo(sentence, err=True)
    sys.exit(REFUSED if missing and (file or sys.stdin.isatty()) else 0)


def _from_file(office: Office, file: Path) -> Plan:
    try:
        return office_file.read(file.read_bytes(), _codes(office))
    except office_file.Refused as error:
        for fault in error.faults:
            click.echo(f"{file}, {fault}", err=True)
        end(str(error), BAD_INPUT)


def _codes(office: Office) -> list[str]:
    """The short names of the centres that the register has, also of an earlier release."""
    if not office.settings.database_url and not office.settings.register_file.exists():
        return []
    if not inspect(office.database.engine).has_table(Centre.__tablename__):
        return []
    with office.reading() as look:
        return list(look.session.scalars(select(Centre.code).order_by(Centre.code)))


def _say_centres(office: Office) -> None:
    with office.reading() as look:
        there = centres.listed(look)
    click.echo(f"Centres: {', '.join(centre.code for centre in there)}.")


def _administrator(office: Office, asked: AskedAdministrator) -> str:
    """Add one of the first administrators, or say what there is."""
    with office.reading() as look:
        there = founding.account(look, asked.email)
        role = there is not None and RoleName.ADMINISTRATOR in there.roles_on(look.clock.today())
        unused = there is not None and there.password_given_at is not None
    path = office.settings.var / PASSWORDS / quote(asked.email, safe="@")
    if there is None:
        _add(office, asked, path)
        return f"{asked.email}: added. The first password lies in {path}: give it to them, it is changed at the log-in."
    if not there.active or not role:
        return f"{asked.email}: has an account that administers nothing. See flask reopen-account and flask give-role."
    if unused and path.exists():
        return f"{asked.email}: is there, and did not log in yet. The first password lies in {path}."
    path.unlink(missing_ok=True)  # nobody needs a password that was changed
    return f"{asked.email}: is there."


def _add(office: Office, asked: AskedAdministrator, path: Path) -> None:
    """The file first: should this be stopped before the account is kept, the next time takes the same password."""
    write_once(path, f"{secrets.token_urlsafe(12)}\n".encode())
    hashed = hash_password(path.read_text().strip())
    with office.act(SYSTEM) as act:
        founding.add_administrator(act, asked.email, asked.name, asked.centre, hashed)


def _keys(office: Office, asked: AskedKeys) -> Iterable[str]:
    """Make the signers' keys, or ask the authority to certify them; what is still to be done about each."""
    try:
        keys.check(office.settings)
        if office.settings.development_keys:
            for opens in (keys.open_document_signer, keys.open_signer, keys.open_list_signer):
                opens(office.settings, office.clock).close()
            click.echo(f"Keys: the signers for development are in {store.folder(office.settings)}.")
            return
        yield from _request(office, PURPOSES["document"], asked.document_signer)
        yield from _request(office, PURPOSES["seal"], asked.seal_signer)
        yield from _request(office, PURPOSES["list"], "")
    except LimanError as error:
        yield f"Keys: {error}"


def _request(office: Office, purpose: Purpose, name: str) -> Iterable[str]:
    """The request for a signer's certificate, made once; nothing when it has one."""
    if status.certificates(purpose, office.settings, office.clock):
        click.echo(f"Keys: the {purpose.name} signer has its certificate.")
        return
    path = store.folder(office.settings) / f"{purpose.file}.csr"
    if not path.exists():
        write_request(purpose, office.settings, ALGORITHMS[0], name or purpose.common_name, path)
    signer = "" if purpose.name == "document" else f" --signer {purpose.name}"
    yield f"Keys: send {path} to the authority; what it makes of it comes in by flask pki import{signer}."


def _nobody(office: Office) -> Iterable[str]:
    with office.reading() as look:
        sentence = founding.too_few(look)
    return [sentence] if sentence else []


# Asking at a terminal: a new office is founded after the last answer


def _asked(office: Office) -> Plan:
    """What is missing, asked in plain sentences. A register that lacks nothing is not asked about."""
    if known := _codes(office):
        prepare(office)  # who administers is read from the tables of this release
        with office.reading() as look:
            there = founding.administrators(look)
        people = _ask_administrators(known, there)
        return Plan(administrators=people, keys=_ask_keys(office) if people else None)
    asked = _ask_centres()
    people = _ask_administrators([one.code for one in asked], Counter())
    return Plan(centres=asked, administrators=people, keys=_ask_keys(office))


def _ask_centres() -> list[AskedCentre]:
    click.echo("This is a new register. Liman proposes these centres:")
    for one in founding_centres():
        click.echo(f"  {one.code}: {one.name}, {one.address}; {one.opening_hours}")
    if click.confirm("Found the office with them?", default=True):
        return [AskedCentre(**one.model_dump()) for one in founding_centres()]
    made = [_ask_centre(())]
    while click.confirm("Is there another centre?", default=False):
        made.append(_ask_centre([one.code for one in made]))
    return made


def _ask_centre(taken: Sequence[str]) -> AskedCentre:
    return AskedCentre(
        code=_ask("Short name of the centre, small letters", offices.check_code, taken=taken),
        name=_ask("Its name", partial(offices.check_filled, "name")),
        address=_ask("Its address", partial(offices.check_filled, "address")),
        opening_hours=_ask("Its opening hours", check_hours, default=HOURS),
    )


def _ask_administrators(codes: Sequence[str], there: Counter[str]) -> list[AskedAdministrator]:
    """The administrators that an office lacks: none once a centre has two."""
    centre, count = there.most_common(1)[0] if there else (codes[0], 0)
    if count >= ADMINISTRATORS:
        return []
    click.echo("What one administrator gives, another agrees to: a centre needs two.")
    if not count:
        centre = click.prompt("Their centre", default=centre, type=click.Choice(list(codes)))
    people: list[AskedAdministrator] = []
    for number in range(count + 1, ADMINISTRATORS + 1):
        taken = [one.email for one in people]
        email = _ask(f"E-mail address of administrator {number}", contacts.email, taken=taken)
        name = _ask(f"Name of administrator {number}", partial(offices.check_filled, "name"))
        people.append(AskedAdministrator(email=email, name=name, centre=centre))
    return people


def _ask_keys(office: Office) -> AskedKeys | None:
    if not click.confirm("Make the keys that sign seals and chips now?", default=True):
        return None
    if office.settings.development_keys:
        return AskedKeys()
    return AskedKeys(
        document_signer=click.prompt("Name of the document signer", default=PURPOSES["document"].common_name),
        seal_signer=click.prompt("Name of the seal signer, two capital letters", default=PURPOSES["seal"].common_name),
    )


def _ask(text: str, check: Callable[[str], str], *, taken: Sequence[str] = (), default: str | None = None) -> str:
    """One answer, asked again until it can be kept."""

    def checked(answer: str) -> str:
        try:
            kept = check(answer)
        except InvalidInput as error:
            raise click.UsageError(str(error)) from error
        if kept in taken:
            raise click.UsageError("You gave this already. Give another.")
        return kept

    return str(click.prompt(text, default=default, value_proc=checked))
