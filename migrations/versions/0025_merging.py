"""How names sound, two who are two, whose record a person's is, and requests that go to another person.

Every word of every name gets its sound, by which the similar are found: a word that many share is heard once.
"""

import sqlalchemy as sa
from alembic import op

from issuance.values import sounds
from migrations.shared import add_column

revision = "0025"
down_revision = "0024"

AT_ONCE = 500


def upgrade() -> None:
    add_column("person_name", sa.Column("sound", sa.String, nullable=False, server_default="''"))
    _hear()
    op.create_index("ix_person_name_sound", "person_name", ["sound", "person_id"])
    add_column("person", sa.Column("merged_into", sa.Uuid, sa.ForeignKey("person.id")))
    op.create_index("ix_person_merged_into", "person", ["merged_into"])
    op.create_table(
        "namesakes",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("one_id", sa.Uuid, sa.ForeignKey("person.id"), nullable=False),
        sa.Column("other_id", sa.Uuid, sa.ForeignKey("person.id"), nullable=False),
        sa.Column("said_by", sa.Uuid, sa.ForeignKey("staff.id")),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("one_id", "other_id"),
        sa.CheckConstraint("one_id < other_id", name=op.f("ck_namesakes_in_order")),
    )
    op.create_index("ix_namesakes_other_id", "namesakes", ["other_id"])
    _regrouping()


def _hear() -> None:
    name = sa.table("person_name", sa.column("word", sa.String), sa.column("sound", sa.String))
    change = sa.update(name).where(name.c.word == sa.bindparam("said")).values(sound=sa.bindparam("heard"))
    words = [word for (word,) in op.get_bind().execute(sa.select(name.c.word).distinct())]
    heard = [{"said": word, "heard": sounds.of_word(word)} for word in words]
    for start in range(0, len(heard), AT_ONCE):
        op.get_bind().execute(change, heard[start : start + AT_ONCE])


def _regrouping() -> None:
    op.create_table(
        "regrouping",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("from_id", sa.Uuid, sa.ForeignKey("person.id"), nullable=False),
        sa.Column("to_id", sa.Uuid, sa.ForeignKey("person.id")),
        sa.Column("undoes_id", sa.Uuid, sa.ForeignKey("regrouping.id")),
        sa.Column("requests", sa.JSON, nullable=False),
        sa.Column("moved", sa.JSON, nullable=False),
        sa.Column("reason", sa.String, nullable=False),
        sa.Column("evidence", sa.String, nullable=False),
        sa.Column("centre_id", sa.Uuid, sa.ForeignKey("centre.id"), nullable=False),
        sa.Column("proposed_by", sa.Uuid, sa.ForeignKey("staff.id"), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_by", sa.Uuid, sa.ForeignKey("staff.id")),
        sa.Column("settled_at", sa.DateTime(timezone=True)),
        sa.Column("agreed", sa.Boolean, nullable=False),
        sa.CheckConstraint("NOT agreed OR settled_by <> proposed_by", name=op.f("ck_regrouping_two_regroup")),
    )
    op.create_index("ix_regrouping_from_id", "regrouping", ["from_id"])
    op.create_index("ix_regrouping_to_id", "regrouping", ["to_id"])
