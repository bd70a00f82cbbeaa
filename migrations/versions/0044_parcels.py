"""Orders for blanks, parcels of them from centre to centre, their places, and the moves that name them."""

import sqlalchemy as sa
from alembic import op

from migrations.shared import add_column

revision = "0044"
down_revision = "0043"

STATES = ("packed", "sent", "counted", "arrived", "unpacked", "lost")
ORDER_STATES = ("asked", "agreed", "refused", "in_parts", "done", "withdrawn")
OPEN = "state IN ('packed', 'sent', 'counted')"
ELSEWHERE = "to_centre_id IS NULL OR (kind = 'in_transit' AND to_centre_id <> centre_id)"


def upgrade() -> None:
    _create_orders()
    _create_parcels()
    to_centre = sa.Column("to_centre_id", sa.Uuid, sa.ForeignKey("centre.id"))
    add_column("place", to_centre, ("ck_place_parcels_go_elsewhere", ELSEWHERE))
    add_column("stock_move", sa.Column("parcel_id", sa.Uuid, sa.ForeignKey("parcel.id")))
    op.drop_index("uq_place_of_centre", "place")
    of_centre = "station_id IS NULL AND to_centre_id IS NULL"
    _partial("uq_place_of_centre", "place", ["centre_id", "kind"], of_centre, unique=True)
    parcels = "to_centre_id IS NOT NULL"
    _partial("uq_place_of_parcels", "place", ["centre_id", "to_centre_id"], parcels, unique=True)
    _partial("ix_stock_move_parcel_id", "stock_move", ["parcel_id", "why"], "parcel_id IS NOT NULL")


def _create_orders() -> None:
    state = sa.Enum(*ORDER_STATES, name="state", native_enum=False, length=20, create_constraint=True)
    op.create_table(
        "stock_order",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("code", sa.String, nullable=False, unique=True),
        sa.Column("centre_id", sa.Uuid, sa.ForeignKey("centre.id"), nullable=False),
        sa.Column("from_centre_id", sa.Uuid, sa.ForeignKey("centre.id"), nullable=False),
        sa.Column("stock", sa.String, nullable=False),
        sa.Column("wanted", sa.Integer, nullable=False),
        sa.Column("why", sa.String, nullable=False),
        sa.Column("asked_by", sa.Uuid, sa.ForeignKey("staff.id"), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_by", sa.Uuid, sa.ForeignKey("staff.id")),
        sa.Column("answered_at", sa.DateTime(timezone=True)),
        sa.Column("answer", sa.String, nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("state", state, nullable=False),
        sa.Column("state_by", sa.Uuid),
        sa.Column("version", sa.Integer, nullable=False),
        sa.CheckConstraint("from_centre_id <> centre_id", op.f("ck_stock_order_of_another_centre")),
        sa.CheckConstraint("answered_by <> asked_by", op.f("ck_stock_order_another_person_answers")),
        sa.CheckConstraint("wanted >= 1", op.f("ck_stock_order_wants_something")),
    )
    still = "state IN ('asked', 'agreed', 'in_parts')"
    _partial("ix_stock_order_open", "stock_order", ["centre_id", "asked_at"], still)
    _partial("ix_stock_order_asked_of", "stock_order", ["from_centre_id", "asked_at"], still)
    op.create_index("ix_stock_order_centre_id", "stock_order", ["centre_id", "ended_at"])
    op.create_index("ix_stock_order_from_centre_id", "stock_order", ["from_centre_id", "ended_at"])


def _create_parcels() -> None:
    state = sa.Enum(*STATES, name="state", native_enum=False, length=20, create_constraint=True)
    op.create_table(
        "parcel",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("code", sa.String, nullable=False, unique=True),
        sa.Column("centre_id", sa.Uuid, sa.ForeignKey("centre.id"), nullable=False),
        sa.Column("to_centre_id", sa.Uuid, sa.ForeignKey("centre.id"), nullable=False),
        sa.Column("order_id", sa.Uuid, sa.ForeignKey("stock_order.id")),
        sa.Column("stock", sa.String, nullable=False),
        sa.Column("held", sa.Integer, nullable=False),
        sa.Column("seal", sa.String, nullable=False),
        sa.Column("packed_by", sa.Uuid, sa.ForeignKey("staff.id"), nullable=False),
        sa.Column("packed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sealed_by", sa.Uuid, sa.ForeignKey("staff.id")),
        sa.Column("sent_at", sa.DateTime(timezone=True)),
        sa.Column("counted_by", sa.Uuid, sa.ForeignKey("staff.id")),
        sa.Column("counted_at", sa.DateTime(timezone=True)),
        sa.Column("seal_seen", sa.String, nullable=False),
        sa.Column("came", sa.Integer),
        sa.Column("received_by", sa.Uuid, sa.ForeignKey("staff.id")),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("word", sa.String, nullable=False),
        sa.Column("state", state, nullable=False),
        sa.Column("state_by", sa.Uuid),
        sa.Column("version", sa.Integer, nullable=False),
        *_checks(),
    )
    _partial("ix_parcel_order_id", "parcel", ["order_id"], "order_id IS NOT NULL")
    _partial("ix_parcel_open", "parcel", ["centre_id", "sent_at"], OPEN)
    _partial("ix_parcel_coming", "parcel", ["to_centre_id", "sent_at"], OPEN)
    op.create_index("ix_parcel_centre_id", "parcel", ["centre_id", "ended_at"])
    op.create_index("ix_parcel_to_centre_id", "parcel", ["to_centre_id", "ended_at"])
    op.create_table(
        "parcel_difference",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("parcel_id", sa.Uuid, sa.ForeignKey("parcel.id"), nullable=False),
        sa.Column("serial", sa.String, nullable=False),
        sa.Column("absent", sa.Boolean, nullable=False),
        sa.UniqueConstraint("parcel_id", "serial"),
    )


def _checks() -> list[sa.CheckConstraint]:
    checks = {
        "goes_to_another_centre": "to_centre_id <> centre_id",
        "two_seal": "sealed_by <> packed_by",
        "no_sender_counts": "counted_by <> packed_by AND counted_by <> sealed_by",
        "no_sender_acknowledges": "received_by <> packed_by AND received_by <> sealed_by",
        "two_acknowledge": "received_by <> counted_by",
        "somebody_acknowledged": "state <> 'arrived' OR received_by IS NOT NULL",
        "holds_something": "held >= 1",
    }
    return [sa.CheckConstraint(said, op.f(f"ck_parcel_{name}")) for name, said in checks.items()]


def _partial(name: str, table: str, columns: list[str], where: str, *, unique: bool = False) -> None:
    said = sa.text(where)
    op.create_index(name, table, columns, unique=unique, sqlite_where=said, postgresql_where=said)
