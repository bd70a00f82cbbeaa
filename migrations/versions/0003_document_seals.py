"""Seals of documents, and the certificates of their signers."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "seal_certificate",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("digest", sa.String, nullable=False, unique=True),
        sa.Column("signer", sa.String, nullable=False),
        sa.Column("reference", sa.String, nullable=False),
        sa.Column("certificate", sa.LargeBinary, nullable=False),
    )
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
