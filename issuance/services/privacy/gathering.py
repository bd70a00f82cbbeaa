"""Everything that tables keep about a person, opened and put into plain values, while the register is only read."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, LargeBinary, Table, or_, select

from issuance import migrate
from issuance.acts import Look
from issuance.errors import LimanError
from issuance.models.notices import Contact
from issuance.models.people import Person
from issuance.models.staff import Centre
from issuance.services.notices import contacts
from issuance.services.persons import records
from issuance.services.privacy import tables
from issuance.services.privacy.tables import ABOUT, FILES, TEXTS, THE_PERSONS

Value = str | int | float | bool | None | list[Any] | dict[str, Any]
Row = dict[str, Value]


@dataclass
class Gathered:
    """The rows by table, the files by name, and the codes of what is left out."""

    rows: dict[str, list[Row]] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    withheld: set[str] = field(default_factory=lambda: {"staff_names", "security"})


def gather(look: Look, person: Person) -> Gathered:
    """Every row of ABOUT that is the person's, those of merged records too, with what was encrypted of them."""
    known: dict[str, set[UUID]] = defaultdict(set, person={record.id for record in records.of(look, person)})
    found: dict[str, list[Mapping[str, Any]]] = {}
    for name, columns in ABOUT.items():
        table = _table(name)
        query = select(table).where(_is_about(table, columns, known)).order_by(*table.primary_key.columns)
        found[name] = [dict(row) for row in look.session.execute(query).mappings()]
        known[name] |= {row["id"] for row in found[name] if "id" in row}
    return _opened(look, found)


def _table(name: str) -> Table:
    return migrate.metadata().tables[name]


def _is_about(table: Table, columns: Iterable[str], known: Mapping[str, set[UUID]]) -> ColumnElement[bool]:
    """Whether a row is the person's by one of these columns, which name rows that are known already."""
    return or_(*(table.c[name].in_(known[_leads_to(table, name)]) for name in columns))


def _leads_to(table: Table, column: str) -> str:
    """The table that a column names; its own for the key of a row."""
    return next((key.column.table.name for key in table.c[column].foreign_keys), table.name)


# What a row says


def _opened(look: Look, found: Mapping[str, list[Mapping[str, Any]]]) -> Gathered:
    gathered = Gathered()
    blobs = [row[name] for table, row, name in _encrypted(found) if row[name]]
    opened = look.vault.open_all(look.session, blobs) if blobs else {}
    centres = {key: name for key, name in look.session.execute(select(Centre.id, Centre.name))}
    for name, rows in found.items():
        gathered.rows[name] = [_said(look, _table(name), row, centres) for row in rows]
        if rows and any(column.startswith(f"{name}.") for column in tables.HIDDEN[tables.OTHERS]):
            gathered.withheld |= {tables.OTHERS}
    if gathered.rows["family_link"]:
        gathered.withheld |= {tables.OTHERS}
    _add_files(gathered, found, opened)
    return gathered


def _encrypted(found: Mapping[str, list[Mapping[str, Any]]]) -> Iterator[tuple[str, Mapping[str, Any], str]]:
    """What of these rows is encrypted: table, row and column."""
    for place in (*FILES, *TEXTS):
        table, _, column = place.partition(".")
        for row in found[table]:
            yield table, row, column


def _said(look: Look, table: Table, row: Mapping[str, Any], centres: Mapping[UUID, str]) -> Row:
    """A row in plain values: without what names staff, machines or somebody else, with the name of a centre."""
    said: Row = {}
    for column in table.columns:
        value, target = row[column.name], _leads_to(table, column.name) if column.foreign_keys else ""
        if target == "centre":
            said[column.name.removesuffix("_id")] = centres.get(value, "") if value else None
        elif is_said(table, column.name) and column.name != "id":
            said[column.name] = _plain(value)
    if "id" in row and table.name in THE_PERSONS:
        said = {"id": str(row["id"]), **said}
    if table.name == "contact":
        said["address"] = contacts.address_of(look, look.session.get_one(Contact, row["id"]))
    return said


def is_said(table: Table, column: str) -> bool:
    """Whether a report says this column as it stands."""
    kind, hidden = table.c[column], tables.hidden()
    if {f"{table.name}.{column}", f"*.{column}"} & hidden or isinstance(kind.type, LargeBinary):
        return False
    return all(key.column.table.name in THE_PERSONS for key in kind.foreign_keys)


def _plain(value: object) -> Value:
    match value:
        case Enum():
            return str(value.value)
        case dt.date() | dt.time():
            return value.isoformat()
        case UUID():
            return str(value)
        case None | str() | int() | float() | list() | dict():
            return value
    raise TypeError(f"a report cannot say a {type(value).__name__}: say in gathering how")


# What was encrypted


def _add_files(
    gathered: Gathered, found: Mapping[str, list[Mapping[str, Any]]], opened: Mapping[UUID, bytes | LimanError]
) -> None:
    counted: Counter[str] = Counter()
    places = {id(row): (table, at) for table, rows in found.items() for at, row in enumerate(rows)}
    for table, row, column in _encrypted(found):
        data = opened.get(row[column])
        said = gathered.rows[table][places[id(row)][1]]
        name = column.removesuffix("_id")
        if isinstance(data, bytes) and f"{table}.{column}" in TEXTS:
            said[name] = _text(data)
        elif isinstance(data, bytes):
            stem, extension = FILES[f"{table}.{column}"]
            counted[stem] += 1
            extension = {"jpeg": "jpg", "pdf": "pdf"}.get(str(row.get("format", "")), extension)
            said[name] = f"files/{stem}-{counted[stem]}.{extension}"
            gathered.files[str(said[name])] = data
        elif data is not None:
            gathered.withheld |= {"destroyed"}


def _text(data: bytes) -> Value:
    """Words, or what a document says: without its pictures, which are files of their own."""
    try:
        found = json.loads(data)
    except ValueError:
        return data.decode("utf-8", "replace")
    if not isinstance(found, dict):
        return str(found)
    return {name: value for name, value in found.items() if name not in ("portrait", "signature")}
