"""Files of documents that were issued before this register, and an index for what may have held in a period."""

import sqlalchemy as sa

from migrations.shared import add_column

revision = "0064"
down_revision = "0063"


def upgrade() -> None:
    agreed = sa.Column("agreed_by", sa.Uuid, sa.ForeignKey("staff.id"))
    add_column("imported_file", agreed, ("ck_imported_file_two_agree", "agreed_by <> brought_by"))
