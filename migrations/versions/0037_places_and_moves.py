"""The ledger of blanks in double entry: places, moves, balances; deliveries; destructions of blanks.

Each blank that is there gets the place of its state and an opening move to it, which has the blank's own key, by a few
statements whatever their number.
"""

import datetime as dt
import uuid

import sqlalchemy as sa
from alembic import op

from migrations.shared import add_column, change_table_on_sqlite

revision = "0037"
down_revision = "0036"

KINDS = (
    "received",
    "in_vault",
    "in_transit",
    "at_centre",
    "at_station",
    "consumed",
    "spoiled",
    "destroyed",
    "missing",
    "found",
)
HELD = "fk_blank_place_id_state_centre_id_place"


def upgrade() -> None:
    _create_deliveries()
    place, balance = _create_places()
    _create_moves()
    add_column("blank", sa.Column("place_id", sa.Uuid))
    add_column("blank", sa.Column("moved", sa.Integer, nullable=False, server_default=sa.text("1")))
    add_column("blank", sa.Column("delivery_id", sa.Uuid, sa.ForeignKey("delivery.id")))
    add_column("blank", sa.Column("destruction_id", sa.Uuid, sa.ForeignKey("destruction.id")))
    _fill(place, balance)
    _hold_blanks_to_places()
    _create_indexes()
    _tell_destructions_apart()


def _create_deliveries() -> None:
    op.create_table(
        "delivery",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("centre_id", sa.Uuid, sa.ForeignKey("centre.id"), nullable=False),
        sa.Column("reference", sa.String, nullable=False),
        sa.Column("stock", sa.String, nullable=False),
        sa.Column("announced", sa.Integer, nullable=False),
        sa.Column("announced_by", sa.Uuid, sa.ForeignKey("staff.id")),
        sa.Column("announced_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("came", sa.Integer),
        sa.Column("counted_by", sa.Uuid, sa.ForeignKey("staff.id")),
        sa.Column("counted_at", sa.DateTime(timezone=True)),
        sa.Column("version", sa.Integer, nullable=False),
        sa.CheckConstraint("counted_by <> announced_by", op.f("ck_delivery_another_person_counts")),
        sa.CheckConstraint("came <= announced", op.f("ck_delivery_no_more_than_was_announced")),
    )
    op.create_index("ix_delivery_counted_at", "delivery", ["centre_id", "counted_at"])
    _partial("ix_delivery_open", "delivery", ["centre_id", "announced_at"], "counted_at IS NULL")


def _create_places() -> tuple[sa.Table, sa.Table]:
    state = sa.Enum(*KINDS, name="state", native_enum=False, length=20, create_constraint=True)
    place = op.create_table(
        "place",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("kind", state, nullable=False),
        sa.Column("centre_id", sa.Uuid, sa.ForeignKey("centre.id"), nullable=False),
        sa.Column("station_id", sa.Uuid, sa.ForeignKey("station.id"), unique=True),
        sa.CheckConstraint("(kind = 'at_station') = (station_id IS NOT NULL)", op.f("ck_place_feeders_are_a_stations")),
        sa.UniqueConstraint("id", "kind", "centre_id"),
    )
    _partial("uq_place_of_centre", "place", ["centre_id", "kind"], "station_id IS NULL", unique=True)
    balance = op.create_table(
        "balance",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("place_id", sa.Uuid, sa.ForeignKey("place.id"), nullable=False),
        sa.Column("stock", sa.String, nullable=False),
        sa.Column("came", sa.Integer, nullable=False),
        sa.Column("went", sa.Integer, nullable=False),
        sa.CheckConstraint("0 <= went AND went <= came", op.f("ck_balance_none_below_nothing")),
        sa.UniqueConstraint("place_id", "stock"),
    )
    return place, balance


def _create_moves() -> None:
    op.create_table(
        "stock_move",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("blank_id", sa.Uuid, sa.ForeignKey("blank.id"), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("previous", sa.Integer),
        sa.Column("from_id", sa.Uuid, sa.ForeignKey("place.id")),
        sa.Column("to_id", sa.Uuid, sa.ForeignKey("place.id"), nullable=False),
        sa.Column("why", sa.String, nullable=False),
        sa.Column("moved_by", sa.Uuid),
        sa.Column("witness_id", sa.Uuid, sa.ForeignKey("staff.id")),
        sa.Column("document_id", sa.Uuid, sa.ForeignKey("document.id")),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("blank_id", "number"),
        sa.UniqueConstraint("blank_id", "number", "to_id"),
        sa.ForeignKeyConstraint(
            ["blank_id", "previous", "from_id"], ["stock_move.blank_id", "stock_move.number", "stock_move.to_id"]
        ),
        sa.CheckConstraint("number >= 1", op.f("ck_stock_move_counts_from_one")),
        sa.CheckConstraint("previous = number - 1", op.f("ck_stock_move_follows_the_one_before")),
        sa.CheckConstraint("(number = 1) = (previous IS NULL)", op.f("ck_stock_move_only_the_first_follows_none")),
        sa.CheckConstraint(
            "(number = 1) = (from_id IS NULL)", op.f("ck_stock_move_only_the_first_is_from_the_supplier")
        ),
        sa.CheckConstraint("from_id <> to_id", op.f("ck_stock_move_goes_somewhere")),
    )


def _fill(place: sa.Table, balance: sa.Table) -> None:
    """A place for every state at every centre that has blanks in it, and the opening move of each blank."""
    blank = sa.table(
        "blank",
        *(sa.column(name, sa.Uuid) for name in ("id", "centre_id", "station_id", "document_id", "place_id")),
        *(sa.column(name, sa.String) for name in ("state", "stock")),
    )
    at = sa.case((blank.c.state == "at_station", blank.c.station_id))
    found = op.get_bind().execute(sa.select(blank.c.state, blank.c.centre_id, at).distinct()).all()
    rows = [{"id": uuid.uuid4(), "kind": kind, "centre_id": centre, "station_id": it} for kind, centre, it in found]
    op.bulk_insert(place, rows)
    lies = (place.c.kind == blank.c.state, place.c.centre_id == blank.c.centre_id)
    for is_there in (place.c.station_id.is_(None), place.c.station_id == blank.c.station_id):
        where = sa.select(place.c.id).where(*lies, is_there).scalar_subquery()
        op.execute(blank.update().where(blank.c.place_id.is_(None)).values(place_id=where))
    _open(blank)
    counts = sa.select(blank.c.place_id, blank.c.stock, sa.func.count()).group_by(blank.c.place_id, blank.c.stock)
    counted = op.get_bind().execute(counts).all()
    op.bulk_insert(
        balance,
        [{"id": uuid.uuid4(), "place_id": key, "stock": it, "came": came, "went": 0} for key, it, came in counted],
    )


def _open(blank: sa.TableClause) -> None:
    keys = [sa.column(name, sa.Uuid) for name in ("id", "blank_id", "to_id", "document_id")]
    others = [sa.column("number", sa.Integer), sa.column("why", sa.String), sa.column("at", sa.DateTime(timezone=True))]
    move = sa.table("stock_move", *keys, *others)
    begun = sa.literal(dt.datetime.now(dt.UTC), sa.DateTime(timezone=True))
    first = sa.select(
        blank.c.id, blank.c.id, blank.c.place_id, blank.c.document_id, sa.literal(1), sa.literal("opening"), begun
    )
    op.execute(move.insert().from_select(["id", "blank_id", "to_id", "document_id", "number", "why", "at"], first))


def _hold_blanks_to_places() -> None:
    """`place_id` may not be NULL, and is a place of the blank's own state and centre."""
    if op.get_bind().dialect.name != "sqlite":
        op.alter_column("blank", "place_id", nullable=False)
        columns, others = ["place_id", "state", "centre_id"], ["id", "kind", "centre_id"]
        op.create_foreign_key(op.f(HELD), "blank", "place", columns, others)
        return
    change_table_on_sqlite("blank", "place_id CHAR(32)", "place_id CHAR(32) NOT NULL")
    key = "CONSTRAINT pk_blank PRIMARY KEY (id)"
    held = f"CONSTRAINT {HELD} FOREIGN KEY(place_id, state, centre_id) REFERENCES place (id, kind, centre_id)"
    change_table_on_sqlite("blank", key, f"{key}, \n\t{held}")


def _create_indexes() -> None:
    """After the rows, which is quicker."""
    op.create_index("ix_stock_move_from_id", "stock_move", ["from_id", "at"])
    op.create_index("ix_stock_move_to_id", "stock_move", ["to_id", "at"])
    op.create_index("ix_blank_place_id", "blank", ["place_id", "stock", "serial"])
    for column in ("delivery_id", "destruction_id"):
        _partial(f"ix_blank_{column}", "blank", [column, "serial"], f"{column} IS NOT NULL")


def _tell_destructions_apart() -> None:
    add_column("destruction", sa.Column("things", sa.String, nullable=False, server_default=sa.text("'documents'")))
    op.drop_index("uq_destruction_one_open", "destruction")
    waiting = "witnessed_at IS NULL AND given_up_at IS NULL"
    _partial("uq_destruction_one_open", "destruction", ["centre_id", "things"], waiting, unique=True)


def _partial(name: str, table: str, columns: list[str], where: str, *, unique: bool = False) -> None:
    said = sa.text(where)
    op.create_index(name, table, columns, unique=unique, sqlite_where=said, postgresql_where=said)
