"""Case handling's files while they are checked and lodged: how far each is, its rows, and the lines that wait."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Enum, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from issuance.db import Base, Keyed, partial_index, state_column
from issuance.models.staff import Staff
from issuance.states import FileState

KEPT = "state NOT IN ('refused', 'stopped')"
"""A file that was refused or stopped may be brought once more."""

WAITS = "state IN ('checked', 'paused')"
"""A file that waits for somebody to say that it is lodged."""


class LineOutcome(StrEnum):
    """Why a line was not lodged with the others: it is wrong, nobody said yet who it is, or somebody did."""

    REFUSED = "refused"
    ALIKE = "alike"
    DECIDED = "decided"


class ImportedFile(Keyed, Base):
    """One file that somebody brought, by its `digest` once for those whom it concerns.

    `everywhere`: the command line brought it, with lines for any centre; otherwise they are for `centre_id` alone.
    `lines` are those that are not empty; `checked` and `position` say how many of them were checked and gone through
    to be lodged, `known` how many the register had. `refused` and `alike` are those that wait as `FileLine`.
    Documents of before this register (`services.legacy`) are kept once `agreed_by`, who is not `brought_by`, said so;
    `decided_by` said last whose lines of such a file are, and is not `brought_by` either.
    `lodged_by` answers for its requests, by the entry `roster_id` of another centre's roster, if by one. `why` is a
    code (`services.imports.files`). It ends when nothing of it can be lodged any more, and is `forgotten_at` later.
    """

    __tablename__ = "imported_file"
    __table_args__ = (
        Index(
            "uq_imported_file_digest",
            "centre_id",
            "everywhere",
            "digest",
            unique=True,
            sqlite_where=text(KEPT),
            postgresql_where=text(KEPT),
        ),
        Index("ix_imported_file_centre", "centre_id", "id"),
        partial_index("ix_imported_file_waits", "centre_id", where=WAITS),
        partial_index("ix_imported_file_kept", "touched_at", where="forgotten_at IS NULL"),
        CheckConstraint("agreed_by <> brought_by", name="two_agree"),
        CheckConstraint("decided_by <> brought_by", name="two_decide"),
    )
    WITNESSED = (
        "centre_id",
        "everywhere",
        "format",
        "digest",
        "lines",
        "brought_by",
        "agreed_by",
        "decided_by",
        "lodged_by",
        "state",
        "state_by",
    )
    centre_id: Mapped[UUID] = mapped_column(ForeignKey("centre.id"))
    everywhere: Mapped[bool]
    format: Mapped[str]
    digest: Mapped[str]
    lines: Mapped[int]
    brought_by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    brought_at: Mapped[dt.datetime]
    agreed_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    lodged_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    roster_id: Mapped[UUID | None] = mapped_column(ForeignKey("roster.id"))
    touched_at: Mapped[dt.datetime]
    forgotten_at: Mapped[dt.datetime | None]
    checked: Mapped[int] = mapped_column(default=0)
    position: Mapped[int] = mapped_column(default=0)
    lodged: Mapped[int] = mapped_column(default=0)
    known: Mapped[int] = mapped_column(default=0)
    refused: Mapped[int] = mapped_column(default=0)
    alike: Mapped[int] = mapped_column(default=0)
    why: Mapped[str] = mapped_column(default="")
    state: Mapped[FileState] = state_column(FileState, FileState.UPLOADED)
    state_by: Mapped[UUID | None]

    author: Mapped[Staff] = relationship(foreign_keys=brought_by)


class FilePart(Keyed, Base):
    """Rows of a file that are not lodged yet, encrypted; it goes once they are."""

    __tablename__ = "file_part"
    __table_args__ = (UniqueConstraint("file_id", "number"),)
    file_id: Mapped[UUID] = mapped_column(ForeignKey("imported_file.id"))
    number: Mapped[int]
    encrypted: Mapped[bytes]


class FileLine(Keyed, Base):
    """A line that was not lodged: its number, the column at fault, and encrypted what stands in it and what is wrong.

    It goes when it is lodged, or with what is kept of its file.
    """

    __tablename__ = "file_line"
    __table_args__ = (
        UniqueConstraint("file_id", "line"),
        Index("ix_file_line_waiting", "file_id", "outcome", "line"),
    )
    file_id: Mapped[UUID] = mapped_column(ForeignKey("imported_file.id"))
    line: Mapped[int]
    outcome: Mapped[LineOutcome] = mapped_column(
        Enum(LineOutcome, native_enum=False, length=20, create_constraint=True, name="outcome", values_callable=list)
    )
    field: Mapped[str] = mapped_column(default="")
    encrypted: Mapped[bytes]
