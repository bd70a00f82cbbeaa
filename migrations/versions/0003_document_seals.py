"""Seals of documents, and the certificates of their signers."""

import sqlalchemy as sa
from alembic import op

from migrations.shared import create_signer_table

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    create_signer_table("seal_certificate")
    op.create_table(
        "document_seal",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("job_id", sa.Uuid, sa.ForeignKey("print_job.id"), nullable=False, unique=True),
        sa.Column("certificate_id", sa.Uuid, sa.ForeignKey("seal_certificate.id"), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("seal_id", sa.Uuid, sa.ForeignKey("blob.id"), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("certificate_id", "number"),
    )
