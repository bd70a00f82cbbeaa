"""Blind counts of blanks, days of a centre that were closed, how fast blanks are used; who moved blanks lately."""

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"


def upgrade() -> None:
    _create_counts()
    _create_results()
    _create_days()
    _create_accounts()
    _create_indexes()


def _create_counts() -> None:
    op.create_table(
        "count_lot",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("centre_id", sa.Uuid, sa.ForeignKey("centre.id"), nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("head", sa.String, nullable=False),
        sa.Column("among", sa.Integer, nullable=False),
        sa.Column("drawn", sa.Integer, nullable=False),
        sa.UniqueConstraint("centre_id", "day"),
    )
    op.create_table(
        "stock_count",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("centre_id", sa.Uuid, sa.ForeignKey("centre.id"), nullable=False),
        sa.Column("place_id", sa.Uuid, sa.ForeignKey("place.id"), nullable=False),
        sa.Column("stock", sa.String, nullable=False),
        sa.Column("lot_id", sa.Uuid, sa.ForeignKey("count_lot.id")),
        sa.Column("head", sa.String, nullable=False),
        sa.Column("asked_by", sa.Uuid, sa.ForeignKey("staff.id")),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("counter_id", sa.Uuid, sa.ForeignKey("staff.id")),
        sa.Column("named_by", sa.Uuid, sa.ForeignKey("staff.id")),
        sa.Column("reason", sa.String, nullable=False),
        sa.Column("with_custody", sa.Boolean, nullable=False),
        sa.Column("lines", sa.Integer, nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True)),
        sa.Column("counted_at", sa.DateTime(timezone=True)),
        sa.Column("as_expected", sa.Integer),
        sa.Column("differ", sa.Integer),
        sa.Column("settled_at", sa.DateTime(timezone=True)),
        sa.Column("version", sa.Integer, nullable=False),
        sa.CheckConstraint("counter_id <> asked_by", op.f("ck_stock_count_another_person_counts")),
        sa.CheckConstraint("counter_id <> named_by", op.f("ck_stock_count_nobody_names_themselves")),
        sa.CheckConstraint(
            "settled_at IS NULL OR counted_at IS NOT NULL", op.f("ck_stock_count_counted_before_it_is_settled")
        ),
    )
    op.create_index("ix_stock_count_centre_id", "stock_count", ["centre_id", "counted_at"])
    _partial("ix_stock_count_counter_id", "stock_count", ["counter_id", "centre_id"], "counted_at IS NULL")
    _partial("ix_stock_count_unsettled", "stock_count", ["centre_id", "asked_at"], "settled_at IS NULL")
    _partial("uq_stock_count_open", "stock_count", ["place_id", "stock"], "counted_at IS NULL", unique=True)


def _create_results() -> None:
    op.create_table(
        "count_entry",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("count_id", sa.Uuid, sa.ForeignKey("stock_count.id"), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("first", sa.String, nullable=False),
        sa.Column("last", sa.String, nullable=False),
        sa.Column("held", sa.Integer, nullable=False),
        sa.Column("refused", sa.String, nullable=False),
        sa.Column("serial", sa.String, nullable=False),
        sa.Column("typed_by", sa.Uuid, sa.ForeignKey("staff.id"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("count_id", "number"),
    )
    op.create_table(
        "count_finding",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("count_id", sa.Uuid, sa.ForeignKey("stock_count.id"), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("first", sa.String, nullable=False),
        sa.Column("last", sa.String, nullable=False),
        sa.Column("held", sa.Integer, nullable=False),
        sa.Column("differs", sa.Boolean, nullable=False),
        sa.Column("place_id", sa.Uuid, sa.ForeignKey("place.id")),
        sa.Column("said", sa.String, nullable=False),
        sa.Column("word", sa.String, nullable=False),
        sa.Column("settled_by", sa.Uuid, sa.ForeignKey("staff.id")),
        sa.Column("settled_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint("(settled_at IS NULL) = (settled_by IS NULL)", op.f("ck_count_finding_settled_by_somebody")),
        sa.UniqueConstraint("count_id", "number"),
    )
    _partial("ix_count_finding_open", "count_finding", ["count_id"], "differs AND settled_at IS NULL")


def _create_days() -> None:
    op.create_table(
        "stock_use",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("centre_id", sa.Uuid, sa.ForeignKey("centre.id"), nullable=False),
        sa.Column("stock", sa.String, nullable=False),
        sa.Column("used", sa.Integer, nullable=False),
        sa.Column("working_days", sa.Integer, nullable=False),
        sa.Column("last_day", sa.Date, nullable=False),
        sa.UniqueConstraint("centre_id", "stock"),
    )
    op.create_table(
        "stock_day",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("centre_id", sa.Uuid, sa.ForeignKey("centre.id"), nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("closed_by", sa.Uuid, sa.ForeignKey("staff.id"), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("waiting", sa.Integer, nullable=False),
        sa.Column("tested", sa.Integer, nullable=False),
        sa.Column("differ", sa.Integer, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("head", sa.String, nullable=False),
        sa.Column("word", sa.String, nullable=False),
        sa.CheckConstraint("number >= 1", op.f("ck_stock_day_counts_from_one")),
        sa.UniqueConstraint("centre_id", "day"),
        sa.UniqueConstraint("centre_id", "number"),
    )
    op.create_table(
        "day_difference",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("day_id", sa.Uuid, sa.ForeignKey("stock_day.id"), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("about", sa.String, nullable=False),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("word", sa.String, nullable=False),
        sa.UniqueConstraint("day_id", "number"),
    )


def _create_accounts() -> None:
    op.create_table(
        "day_printer",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("day_id", sa.Uuid, sa.ForeignKey("stock_day.id"), nullable=False),
        sa.Column("station_id", sa.Uuid, sa.ForeignKey("station.id"), nullable=False),
        sa.Column("unit", sa.String, nullable=False),
        sa.Column("counted", sa.Integer),
        sa.Column("since", sa.Integer),
        sa.Column("made", sa.Integer, nullable=False),
        sa.UniqueConstraint("day_id", "station_id"),
    )
    op.create_index("ix_day_printer_station_id", "day_printer", ["station_id"])
    op.create_table(
        "day_account",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("day_id", sa.Uuid, sa.ForeignKey("stock_day.id"), nullable=False),
        sa.Column("place_id", sa.Uuid, sa.ForeignKey("place.id"), nullable=False),
        sa.Column("stock", sa.String, nullable=False),
        sa.Column("opening", sa.Integer, nullable=False),
        sa.Column("came", sa.Integer, nullable=False),
        sa.Column("went", sa.Integer, nullable=False),
        sa.Column("closing", sa.Integer, nullable=False),
        sa.Column("total_came", sa.Integer, nullable=False),
        sa.CheckConstraint("opening + came - went = closing", op.f("ck_day_account_balances")),
        sa.UniqueConstraint("day_id", "place_id", "stock"),
    )


def _create_indexes() -> None:
    op.create_index("ix_shift_station_id", "shift", ["station_id", "opened_at"])
    _partial("ix_stock_move_moved_by", "stock_move", ["moved_by", "at"], "moved_by IS NOT NULL")
    _partial("ix_stock_move_witness_id", "stock_move", ["witness_id", "at"], "witness_id IS NOT NULL")


def _partial(name: str, table: str, columns: list[str], where: str, *, unique: bool = False) -> None:
    said = sa.text(where)
    op.create_index(name, table, columns, unique=unique, sqlite_where=said, postgresql_where=said)
