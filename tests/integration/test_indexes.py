"""What a delete walks has an index: without one, deleting a row reads whole tables while it holds the write lock."""

from __future__ import annotations

import ast
from pathlib import Path

from sqlalchemy import inspect

from issuance import migrate
from issuance.db import Base, Database
from issuance.services.life.retention import GOES_WITH_A_PERSON

PRODUCT = Path(migrate.__file__).parent


def deleted_from() -> set[str]:
    """The tables that some statement of ours deletes from, and those whose rows go with a person."""
    migrate.metadata()
    tables = {mapper.class_.__name__: mapper.local_table.name for mapper in Base.registry.mappers}
    models = {
        node.args[0].id
        for path in PRODUCT.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call)
        and getattr(node.func, "id", "") == "delete"
        and isinstance(node.args[0], ast.Name)
    }
    return {tables[model] for model in models} | {kind.__tablename__ for kind in GOES_WITH_A_PERSON}


def test_every_foreign_key_that_a_delete_walks_has_an_index(database: Database) -> None:
    found, deleted = inspect(database.engine), deleted_from()
    assert "blob" in deleted
    walked, without = 0, []
    for table in found.get_table_names():
        first = {index["column_names"][0] for index in found.get_indexes(table)}
        first |= {unique["column_names"][0] for unique in found.get_unique_constraints(table)}
        first.add(found.get_pk_constraint(table)["constrained_columns"][0])
        for key in found.get_foreign_keys(table):
            if key["referred_table"] in deleted:
                walked += 1
                without += [f"{table}.{key['constrained_columns'][0]}"] * (key["constrained_columns"][0] not in first)
    assert walked >= 6
    assert without == []
