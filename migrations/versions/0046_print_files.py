"""Office printers, and the files of sheets that operators print on them. No station is one yet."""

import sqlalchemy as sa
from alembic import op

from migrations.shared import add_column

revision = "0046"
down_revision = "0045"

ONE_CLAIM = "state = 'claimed' AND print_file_id IS NULL"


def upgrade() -> None:
    op.create_table(
        "print_file",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("batch_id", sa.Uuid, sa.ForeignKey("batch.id"), nullable=False),
        sa.Column("station_id", sa.Uuid, sa.ForeignKey("station.id"), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("document_type", sa.String, nullable=False),
        sa.Column("taken_by", sa.Uuid, sa.ForeignKey("staff.id"), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("digest", sa.String),
        sa.Column("given_at", sa.DateTime(timezone=True)),
        sa.Column("told_at", sa.DateTime(timezone=True)),
        sa.UniqueConstraint("batch_id", "number"),
    )
    kind = sa.Column("office_printer", sa.Boolean, nullable=False, server_default=sa.false())
    add_column("station", kind, ("ck_station_bureau_or_office_printer", "NOT (bureau AND office_printer)"))
    add_column("print_job", sa.Column("print_file_id", sa.Uuid, sa.ForeignKey("print_file.id")))
    add_column("print_job", sa.Column("file_place", sa.Integer))
    op.drop_index("uq_print_job_one_claim", "print_job")
    one, some = sa.text(ONE_CLAIM), sa.text("print_file_id IS NOT NULL")
    op.create_index(
        "uq_print_job_one_claim", "print_job", ["station_id"], unique=True, sqlite_where=one, postgresql_where=one
    )
    in_hand = sa.text("state = 'claimed'")
    op.create_index("ix_print_job_in_hand", "print_job", ["station_id"], sqlite_where=in_hand, postgresql_where=in_hand)
    columns = ["print_file_id", "file_place"]
    op.create_index("ix_print_job_print_file_id", "print_job", columns, sqlite_where=some, postgresql_where=some)
