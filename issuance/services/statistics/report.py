"""The report of a month: every table that is due at its end, in one ZIP with a manifest of SHA-256 digests."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Iterator

from issuance.acts import Look
from issuance.law.office.statistics import Frequency, TableLaw, statistics_law
from issuance.services.statistics import periods, tables
from issuance.services.statistics.periods import Counted
from issuance.services.statistics.tables import File, Table

REPORT = "report"
"""What the report of a month is called where tables have their codes."""

MANIFEST = "SHA256SUMS"
"""The file of digests, as `sha256sum --check` reads it."""

OLDEST = (1980, 1, 1, 0, 0, 0)
"""The moment of every file in the ZIP: the same figures are the same bytes."""


def due(year: int, month: int) -> Iterator[tuple[TableLaw, Counted]]:
    """The tables whose period ends with this month. InvalidInput for what is no month."""
    end = periods.of_month(Frequency.MONTH, year, month).last
    for table in statistics_law().tables:
        period = periods.of_month(table.frequency, year, month)
        if period.last == end:
            yield table, period


def count(look: Look, year: int, month: int) -> list[Table]:
    """Every table that is due at the end of a month, which is over (InvalidInput)."""
    periods.check_over(periods.of_month(Frequency.MONTH, year, month), look.clock.today())
    return [tables.count(look, table, period) for table, period in due(year, month)]


def packed(period: Counted, files: Iterable[File]) -> File:
    """The files and their manifest as one ZIP."""
    listed, body = list(files), io.BytesIO()
    manifest = "".join(f"{each.digest}  {each.name}\n" for each in listed)
    with zipfile.ZipFile(body, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in (*((each.name, each.body) for each in listed), (MANIFEST, manifest.encode())):
            entry = zipfile.ZipInfo(name, OLDEST)
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, data, zipfile.ZIP_DEFLATED)
    return tables.file(f"statistics-{period.name}.zip", body.getvalue())
