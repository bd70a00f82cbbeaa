"""Why the authority was told of a breach after the hours of the law. Of those told late before it is not known."""

import sqlalchemy as sa

from migrations.shared import add_column

revision = "0071"
down_revision = "0070"


def upgrade() -> None:
    add_column("breach", sa.Column("late_because", sa.String, nullable=False, server_default=sa.text("''")))
