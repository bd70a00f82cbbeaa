"""What persons ask about their data, what was told of them to whom, restrictions, and who was seen in a breach."""

import sqlalchemy as sa
from alembic import op

revision = "0065"
down_revision = "0064"

OPEN = sa.text("outcome = ''")
IN_FORCE = sa.text("lifted_at IS NULL")
FILED = sa.text("blob_id IS NOT NULL")


def upgrade() -> None:
    _create_demand()
    _create_access_report()
    _create_disclosures()
    _create_restriction()
    _create_breach()


def _key(name: str, table: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.Uuid, sa.ForeignKey(f"{table}.id"), nullable=nullable)


def _moment(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _word(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.String, nullable=False)


def _index(table: str, *columns: str, where: sa.TextClause | None = None, name: str = "") -> None:
    kind = {} if where is None else {"sqlite_where": where, "postgresql_where": where}
    op.create_index(name or f"ix_{table}_{columns[0]}", table, list(columns), **kind)


def _create_demand() -> None:
    op.create_table(
        "demand",
        sa.Column("id", sa.Uuid, primary_key=True),
        _key("person_id", "person"),
        _key("request_id", "request"),
        _key("centre_id", "centre"),
        _word("kind"),
        _word("language"),
        _word("identity"),
        _key("mandate_id", "mandate", nullable=True),
        _key("said_id", "blob", nullable=True),
        _key("taken_by", "staff"),
        _moment("taken_at"),
        sa.Column("taken_on", sa.Date, nullable=False),
        sa.Column("due_on", sa.Date, nullable=False),
        _key("extended_by", "staff", nullable=True),
        _word("extended_because"),
        _word("outcome"),
        _word("at"),
        _key("answer_id", "blob", nullable=True),
        _key("answered_by", "staff", nullable=True),
        _moment("answered_at", nullable=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.CheckConstraint("answered_by <> taken_by", name="two_answer"),
        sa.CheckConstraint("(outcome = '') = (answered_at IS NULL)", name="answered_is_dated"),
        sa.CheckConstraint("due_on >= taken_on", name="due_after_it_came"),
    )
    for column in ("person_id", "request_id", "mandate_id", "said_id", "answer_id"):
        _index("demand", column)
    _index("demand", "centre_id", "due_on", "id", where=OPEN, name="ix_demand_open")


def _create_access_report() -> None:
    op.create_table(
        "access_report",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("demand_id", sa.Uuid, sa.ForeignKey("demand.id"), nullable=False, unique=True),
        _key("blob_id", "blob", nullable=True),
        sa.Column("size", sa.Integer, nullable=False),
        _word("digest"),
        sa.Column("withheld", sa.JSON, nullable=False),
        _moment("made_at", nullable=True),
        sa.Column("kept_until", sa.Date),
        _moment("handed_over_at", nullable=True),
    )
    _index("access_report", "blob_id")
    _index("access_report", "kept_until", where=FILED, name="ix_access_report_kept")


def _create_disclosures() -> None:
    op.create_table(
        "disclosure",
        sa.Column("id", sa.Uuid, primary_key=True),
        _key("person_id", "person"),
        _key("centre_id", "centre"),
        _word("recipient"),
        _word("body"),
        _word("told"),
        sa.Column("told_on", sa.Date, nullable=False),
        _key("noted_by", "staff"),
        _moment("noted_at"),
        sa.CheckConstraint("told <> ''", name="tells_something"),
    )
    _index("disclosure", "person_id")
    op.create_table(
        "informed",
        sa.Column("id", sa.Uuid, primary_key=True),
        _key("person_id", "person"),
        _key("version_id", "person_version"),
        _word("recipient"),
        _word("body"),
        _key("informed_by", "staff"),
        _moment("informed_at"),
        sa.UniqueConstraint("version_id", "recipient", "body"),
    )
    _index("informed", "person_id")


def _create_restriction() -> None:
    op.create_table(
        "restriction",
        sa.Column("id", sa.Uuid, primary_key=True),
        _key("person_id", "person"),
        _key("demand_id", "demand", nullable=True),
        _key("centre_id", "centre"),
        _word("ground"),
        sa.Column("goes_on", sa.Boolean, nullable=False),
        _key("imposed_by", "staff"),
        _moment("imposed_at"),
        sa.Column("told_on", sa.Date),
        _key("lifted_by", "staff", nullable=True),
        _moment("lifted_at", nullable=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.CheckConstraint("lifted_by <> imposed_by", name="two_lift"),
        sa.CheckConstraint("lifted_at IS NULL OR told_on IS NOT NULL", name="told_before_it_is_lifted"),
    )
    _index("restriction", "person_id")
    _index("restriction", "demand_id")
    op.create_index(
        "uq_restriction_in_force",
        "restriction",
        ["person_id"],
        unique=True,
        sqlite_where=IN_FORCE,
        postgresql_where=IN_FORCE,
    )


def _create_breach() -> None:
    op.create_table(
        "breach",
        sa.Column("id", sa.Uuid, primary_key=True),
        _key("account_id", "staff", nullable=True),
        _key("station_id", "station", nullable=True),
        _moment("from_at"),
        _moment("to_at"),
        _moment("known_at"),
        _moment("due_at"),
        _word("reason"),
        _key("centre_id", "centre"),
        _key("asked_by", "staff"),
        _moment("asked_at"),
        _moment("walked_to", nullable=True),
        sa.Column("listed", sa.Integer, nullable=False),
        sa.Column("searches", sa.Integer, nullable=False),
        _key("reported_by", "staff", nullable=True),
        _moment("reported_at", nullable=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.CheckConstraint("(account_id IS NULL) <> (station_id IS NULL)", name="of_one"),
        sa.CheckConstraint("from_at < to_at", name="begins_before_it_ends"),
    )
    _index("breach", "asked_at")
    op.create_table(
        "breach_line",
        sa.Column("breach_id", sa.Uuid, sa.ForeignKey("breach.id"), primary_key=True),
        sa.Column("request_id", sa.Uuid, sa.ForeignKey("request.id"), primary_key=True),
        _moment("first_at"),
        _moment("last_at"),
        sa.Column("times", sa.Integer, nullable=False),
    )
    _index("breach_line", "request_id")
