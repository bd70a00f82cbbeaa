"""Who says whose the documents of a file are: another than who brought it. Nobody said so of such files before."""

import sqlalchemy as sa

from migrations.shared import add_column

revision = "0071"
down_revision = "0067"


def upgrade() -> None:
    decided = sa.Column("decided_by", sa.Uuid, sa.ForeignKey("staff.id"))
    add_column("imported_file", decided, ("ck_imported_file_two_decide", "decided_by <> brought_by"))
