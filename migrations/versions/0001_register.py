"""The register as first released: every table."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

register = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def upgrade() -> None:
    register.create_all(op.get_bind(), checkfirst=False)


def state(names: str) -> sa.Column[str]:
    """The state column of a table with the states `names`, checked by the database."""
    kind = sa.Enum(*names.split(), name="state", native_enum=False, length=20, create_constraint=True)
    return sa.Column("state", kind, nullable=False, index=True)


OPEN = "state NOT IN ('refused', 'withdrawn', 'delivered', 'closed')"


def only(where: str) -> dict[str, Any]:
    """The condition of a partial index, for both databases."""
    return {"sqlite_where": sa.text(where), "postgresql_where": sa.text(where)}


sa.Table(
    "attempt",
    register,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("key", sa.String, nullable=False),
    sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    sa.Index("ix_attempt_key_at", "key", "at"),
)

sa.Table(
    "centre",
    register,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("code", sa.String, nullable=False, unique=True),
    sa.Column("name", sa.String, nullable=False),
    sa.Column("address", sa.String, nullable=False),
    sa.Column("opening_hours", sa.String, nullable=False),
)

sa.Table(
    "person",
    register,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("family_name", sa.String, nullable=False),
    sa.Column("given_names", sa.String, nullable=False),
    sa.Column("latin_confirmed", sa.Boolean, nullable=False),
    sa.Column("native_name", sa.String, nullable=False),
    sa.Column("mrz_name", sa.String, nullable=False, index=True),
    sa.Column("birth_date", sa.String, nullable=False, index=True),
    sa.Column("birth_place", sa.String, nullable=False),
    sa.Column("sex", sa.String, nullable=False),
    sa.Column("nationality", sa.String, nullable=False),
    sa.Column("status", sa.String, nullable=False),
    sa.Column("language", sa.String, nullable=False),
    sa.Column("address", sa.String, nullable=False),
    sa.Column("eurodac_reference", sa.String, unique=True),
    sa.Column("cnp", sa.String, unique=True),
    sa.Column("vulnerable", sa.Boolean, nullable=False),
    sa.Column("case_closed_on", sa.Date),
    sa.Column("case_closed_event", sa.String, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
)

sa.Table(
    "role",
    register,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("name", sa.String, nullable=False, unique=True),
    sa.Column("description", sa.String),
)

sa.Table(
    "rule_version",
    register,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("document_type", sa.String, nullable=False),
    sa.Column("applies_from", sa.Date, nullable=False),
    sa.Column("digest", sa.String, nullable=False, unique=True),
    sa.Column("content", sa.String, nullable=False),
)

sa.Table(
    "task",
    register,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("name", sa.String, nullable=False),
    sa.Column("args", sa.JSON, nullable=False),
    sa.Column("due_at", sa.DateTime(timezone=True), nullable=False, index=True),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("last_error", sa.String, nullable=False),
)

sa.Table(
    "audit_event",
    register,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("at", sa.DateTime(timezone=True), nullable=False, index=True),
    sa.Column("act", sa.String, nullable=False, index=True),
    sa.Column("actor_id", sa.Uuid),
    sa.Column("actor_kind", sa.String, nullable=False),
    sa.Column("centre_id", sa.Uuid, sa.ForeignKey("centre.id")),
    sa.Column("reason", sa.String, nullable=False),
    sa.Column("details", sa.JSON, nullable=False),
)

sa.Table(
    "number_range",
    register,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("prefix", sa.String, nullable=False),
    sa.Column("centre_id", sa.Uuid, sa.ForeignKey("centre.id"), nullable=False),
    sa.Column("first_value", sa.Integer, nullable=False),
    sa.Column("next_value", sa.Integer, nullable=False),
    sa.Column("last_value", sa.Integer, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.UniqueConstraint("prefix", "first_value"),
)

sa.Table(
    "person_name",
    register,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("person_id", sa.Uuid, sa.ForeignKey("person.id"), nullable=False, index=True),
    sa.Column("word", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
    sa.Index("ix_person_name_word", "word"),
)

sa.Table(
    "staff",
    register,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("email", sa.String, nullable=False, unique=True),
    sa.Column("full_name", sa.String, nullable=False),
    sa.Column("centre_id", sa.Uuid, sa.ForeignKey("centre.id"), nullable=False),
    sa.Column("password", sa.String),
    sa.Column("active", sa.Boolean, nullable=False),
    sa.Column("ends_on", sa.Date),
    sa.Column("fs_uniquifier", sa.String, nullable=False, unique=True),
    sa.Column("confirmed_at", sa.DateTime(timezone=True)),
    sa.Column("tf_primary_method", sa.String),
    sa.Column("tf_totp_secret", sa.String),
    sa.Column("mf_recovery_codes", sa.JSON),
)

sa.Table(
    "station",
    register,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("name", sa.String, nullable=False, unique=True),
    sa.Column("centre_id", sa.Uuid, sa.ForeignKey("centre.id"), nullable=False),
    sa.Column("token_digest", sa.String, nullable=False, unique=True),
    sa.Column("active", sa.Boolean, nullable=False),
    sa.Column("status", sa.JSON),
    sa.Column("last_seen", sa.DateTime(timezone=True)),
)

sa.Table(
    "audit_link",
    register,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("event_id", sa.Uuid, sa.ForeignKey("audit_event.id"), nullable=False, unique=True),
    sa.Column("chain", sa.String, nullable=False),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("previous", sa.String, nullable=False),
    sa.Column("digest", sa.String, nullable=False),
    sa.UniqueConstraint("chain", "position"),
)

sa.Table(
    "audit_subject",
    register,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("event_id", sa.Uuid, sa.ForeignKey("audit_event.id"), nullable=False, index=True),
    sa.Column("kind", sa.String, nullable=False),
    sa.Column("subject_id", sa.Uuid, nullable=False, index=True),
)

sa.Table(
    "request",
    register,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("reference", sa.String, nullable=False, unique=True),
    sa.Column("case_reference", sa.String, unique=True),
    sa.Column("person_id", sa.Uuid, sa.ForeignKey("person.id"), nullable=False, index=True),
    sa.Column("centre_id", sa.Uuid, sa.ForeignKey("centre.id"), nullable=False, index=True),
    sa.Column("document_type", sa.String, nullable=False),
    sa.Column("kind", sa.String, nullable=False),
    sa.Column("replacement_reason", sa.String, nullable=False),
    sa.Column("previous_number", sa.String, nullable=False),
    sa.Column("rule_version_id", sa.Uuid, sa.ForeignKey("rule_version.id"), nullable=False),
    sa.Column("fee", sa.Integer, nullable=False),
    sa.Column("entitlement_source", sa.String, nullable=False),
    sa.Column("decision_number", sa.String, nullable=False),
    sa.Column("decision_date", sa.Date),
    sa.Column("procedure", sa.String, nullable=False),
    sa.Column("travel_document_shown", sa.String, nullable=False),
    sa.Column("representative", sa.String, nullable=False),
    sa.Column("unaccompanied", sa.Boolean, nullable=False),
    sa.Column("missing", sa.JSON, nullable=False),
    sa.Column("note", sa.String, nullable=False),
    sa.Column("lodged_on", sa.Date, nullable=False),
    sa.Column("due_on", sa.Date, nullable=False, index=True),
    sa.Column("lodged_by", sa.Uuid, sa.ForeignKey("staff.id")),
    sa.Column("enrolled_by", sa.Uuid, sa.ForeignKey("staff.id")),
    sa.Column("decided_by", sa.Uuid, sa.ForeignKey("staff.id")),
    sa.Column("decision_reason", sa.String, nullable=False),
    sa.Column("handed_over_by", sa.Uuid, sa.ForeignKey("staff.id")),
    sa.Column("handed_over_at", sa.DateTime(timezone=True)),
    sa.Column("ended_on", sa.Date),
    state("lodged incomplete complete approved in_production ready delivered uncollected refused withdrawn closed"),
    sa.Column("state_by", sa.Uuid),
    sa.Column("version", sa.Integer, nullable=False),
    sa.CheckConstraint("decided_by <> handed_over_by", name="approver_is_not_hander_over"),
    sa.CheckConstraint("enrolled_by <> decided_by", name="enroller_is_not_approver"),
    sa.CheckConstraint("enrolled_by <> handed_over_by", name="enroller_is_not_hander_over"),
    sa.CheckConstraint("lodged_by <> decided_by", name="lodger_is_not_approver"),
    sa.CheckConstraint("lodged_by <> handed_over_by", name="lodger_is_not_hander_over"),
    sa.Index("uq_request_one_open", "person_id", "document_type", "kind", unique=True, **only(OPEN)),
)

sa.Table(
    "rights_notice",
    register,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("person_id", sa.Uuid, sa.ForeignKey("person.id"), nullable=False, index=True),
    sa.Column("language", sa.String, nullable=False),
    sa.Column("text_version", sa.String, nullable=False),
    sa.Column("interpreter", sa.String, nullable=False),
    sa.Column("signed", sa.Boolean, nullable=False),
    sa.Column("given_by", sa.Uuid, sa.ForeignKey("staff.id"), nullable=False),
    sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
)

sa.Table(
    "shift",
    register,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("station_id", sa.Uuid, sa.ForeignKey("station.id"), nullable=False),
    sa.Column("operator_id", sa.Uuid, sa.ForeignKey("staff.id"), nullable=False),
    sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("closed_at", sa.DateTime(timezone=True)),
    sa.Index("uq_shift_open", "station_id", unique=True, **only("closed_at IS NULL")),
)

sa.Table(
    "staff_role",
    register,
    sa.Column("staff_id", sa.Uuid, sa.ForeignKey("staff.id"), primary_key=True),
    sa.Column("role_id", sa.Uuid, sa.ForeignKey("role.id"), primary_key=True),
)

sa.Table(
    "blob",
    register,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("request_id", sa.Uuid, sa.ForeignKey("request.id"), nullable=False, index=True),
    sa.Column("purpose", sa.String, nullable=False),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
)

sa.Table(
    "data_key",
    register,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("request_id", sa.Uuid, sa.ForeignKey("request.id"), nullable=False, unique=True),
    sa.Column("wrapped", sa.LargeBinary),
    sa.Column("destroyed_at", sa.DateTime(timezone=True)),
)

sa.Table(
    "document",
    register,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("number", sa.String, nullable=False, unique=True),
    sa.Column("document_type", sa.String, nullable=False),
    sa.Column("request_id", sa.Uuid, sa.ForeignKey("request.id"), nullable=False, index=True),
    sa.Column("person_id", sa.Uuid, sa.ForeignKey("person.id"), nullable=False, index=True),
    sa.Column("issue_date", sa.Date, nullable=False),
    sa.Column("expiry_date", sa.Date, nullable=False),
    sa.Column("content_id", sa.Uuid, sa.ForeignKey("blob.id"), nullable=False),
    sa.Column("attempt", sa.Integer, nullable=False),
    sa.Column("attempt_reason", sa.String, nullable=False),
    sa.Column("blank_serial", sa.String, unique=True),
    sa.Column("chip_uid", sa.String),
    state(
        "prepared personalised checked valid suspended lost stolen damaged replaced voided "
        "surrendered destroyed cancelled"
    ),
    sa.Column("state_by", sa.Uuid),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Index("uq_document_one_valid", "person_id", "document_type", unique=True, **only("state = 'valid'")),
)

sa.Table(
    "portrait",
    register,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("request_id", sa.Uuid, sa.ForeignKey("request.id"), nullable=False, index=True),
    sa.Column("master_id", sa.Uuid, sa.ForeignKey("blob.id")),
    sa.Column("print_id", sa.Uuid, sa.ForeignKey("blob.id")),
    sa.Column("source", sa.String, nullable=False),
    sa.Column("findings", sa.JSON, nullable=False),
    sa.Column("override_reason", sa.String, nullable=False),
    sa.Column("taken_by", sa.Uuid, sa.ForeignKey("staff.id"), nullable=False),
    sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("accepted_by", sa.Uuid, sa.ForeignKey("staff.id")),
)

sa.Table(
    "blank",
    register,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("serial", sa.String, nullable=False, unique=True),
    sa.Column("stock", sa.String, nullable=False),
    sa.Column("centre_id", sa.Uuid, sa.ForeignKey("centre.id"), nullable=False),
    sa.Column("station_id", sa.Uuid, sa.ForeignKey("station.id")),
    sa.Column("document_id", sa.Uuid, sa.ForeignKey("document.id")),
    sa.Column("chip_uid", sa.String, unique=True),
    state("received in_vault in_transit at_centre at_station consumed spoiled destroyed missing found"),
    sa.Column("state_by", sa.Uuid),
    sa.Column("version", sa.Integer, nullable=False),
)

sa.Table(
    "hand_over",
    register,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("document_id", sa.Uuid, sa.ForeignKey("document.id"), nullable=False, unique=True),
    sa.Column("clerk_id", sa.Uuid, sa.ForeignKey("staff.id"), nullable=False),
    sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("identity_confirmed_by", sa.String, nullable=False),
    sa.Column("representative", sa.String, nullable=False),
    sa.Column("surrendered_number", sa.String, nullable=False),
    sa.Column("signature_id", sa.Uuid, sa.ForeignKey("blob.id")),
    sa.Column("signature_source", sa.String, nullable=False),
    sa.Column("refusal_reason", sa.String, nullable=False),
    sa.Column("rights_notice_id", sa.Uuid, sa.ForeignKey("rights_notice.id")),
)

sa.Table(
    "print_job",
    register,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("document_id", sa.Uuid, sa.ForeignKey("document.id"), nullable=False, unique=True),
    sa.Column("centre_id", sa.Uuid, sa.ForeignKey("centre.id"), nullable=False, index=True),
    sa.Column("priority", sa.Integer, nullable=False),
    sa.Column("digests", sa.JSON),
    sa.Column("station_id", sa.Uuid, sa.ForeignKey("station.id")),
    sa.Column("operator_id", sa.Uuid, sa.ForeignKey("staff.id")),
    sa.Column("claim_id", sa.Uuid, unique=True),
    sa.Column("lease_until", sa.DateTime(timezone=True)),
    sa.Column("result", sa.JSON),
    sa.Column("hold_reason", sa.String, nullable=False),
    sa.Column("resolved_by", sa.Uuid, sa.ForeignKey("staff.id")),
    state("preparing queued claimed done not_started spoiled held cancelled"),
    sa.Column("state_by", sa.Uuid),
    sa.Column("version", sa.Integer, nullable=False),
    sa.CheckConstraint("operator_id <> resolved_by", name="operator_is_not_resolver"),
    sa.Index("uq_print_job_one_claim", "station_id", unique=True, **only("state = 'claimed'")),
)

sa.Table(
    "quality_check",
    register,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("document_id", sa.Uuid, sa.ForeignKey("document.id"), nullable=False, index=True),
    sa.Column("officer_id", sa.Uuid, sa.ForeignKey("staff.id"), nullable=False),
    sa.Column("operator_id", sa.Uuid, sa.ForeignKey("staff.id"), nullable=False),
    sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("readings", sa.JSON, nullable=False),
    sa.Column("passed", sa.Boolean, nullable=False),
    sa.Column("reason", sa.String, nullable=False),
    sa.CheckConstraint("officer_id <> operator_id", name="officer_is_not_operator"),
)

sa.Table(
    "chip_read",
    register,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("job_id", sa.Uuid, sa.ForeignKey("print_job.id"), nullable=False, index=True),
    sa.Column("centre_id", sa.Uuid, sa.ForeignKey("centre.id"), nullable=False, index=True),
    sa.Column("asked_by", sa.Uuid, sa.ForeignKey("staff.id"), nullable=False),
    sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("answered_at", sa.DateTime(timezone=True)),
    sa.Column("station_id", sa.Uuid, sa.ForeignKey("station.id")),
    sa.Column("chip_uid", sa.String),
    sa.Column("files", sa.JSON),
    sa.Column("error", sa.String, nullable=False),
)
