"""A table as programs write it: CSV with commas or tabs, or of Romanian Excel (semicolons, `sep=`, empty rows)."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from issuance.errors import InvalidInput, LimanError

MOST_BYTES = 20_000_000
SEPARATORS = ",;\t"


@dataclass(frozen=True)
class Row:
    """One row by its line in the file (the header is line 1); `wrong` when its fields are not those of the header."""

    line: int
    cells: dict[str, str]
    wrong: LimanError | None = None


def read(data: bytes, columns: Collection[str], optional: Collection[str] = ()) -> list[Row]:
    """The rows of a file that has these columns and may have the optional ones, empty rows left out.

    InvalidInput for the file as a whole.
    """
    return list(stream(data, columns, optional))


def stream(data: bytes, columns: Collection[str], optional: Collection[str] = ()) -> Iterator[Row]:
    """The same, one row after the other, of a file that is too long to be held as rows."""
    text = _text(data)
    separator, skipped = _separator(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        for _ in range(skipped):
            next(reader)
        header = _without_empty_end(next(reader, []))
        _check_header(header, columns, optional)
        yield from _rows(reader, header, separator)
    except csv.Error as error:
        raise InvalidInput(
            "file", "Line %(line)s is not CSV: %(problem)s.", line=reader.line_num, problem=error
        ) from error


def _text(data: bytes) -> str:
    if len(data) > MOST_BYTES:
        raise InvalidInput("file", "The file is larger than 20 MB. Split it.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidInput(
            "file",
            "The file is not UTF-8 (byte %(position)s). Export it again as UTF-8; Excel calls it CSV UTF-8.",
            position=error.start,
        ) from error


def _separator(text: str) -> tuple[str, int]:
    """What stands between the fields, and how many lines say so: `sep=;` before the header does, for Excel."""
    first = text.partition("\n")[0].strip().strip('"')
    if first.startswith("sep=") and first[4:5] in SEPARATORS:
        return first[4:5] or "\t", 1  # a tab at the end was stripped
    return max(SEPARATORS, key=first.count), 0


def _without_empty_end(cells: list[str]) -> list[str]:
    """The cells without white space around them and without empty ones at the end: Excel writes too many."""
    kept = [cell.strip() for cell in cells]
    while kept and not kept[-1]:
        kept.pop()
    return kept


def _check_header(header: list[str], columns: Collection[str], optional: Collection[str]) -> None:
    twice = sorted({name for name in header if name and header.count(name) > 1})
    if twice:
        raise InvalidInput(
            "file",
            "These columns stand twice: %(names)s. Keep one of each.",
            names=", ".join(name[:40] for name in twice[:10]),
        )
    missing = [name for name in columns if name not in header]
    unknown = [name for name in header if name not in columns and name not in optional]
    if missing or unknown:
        raise InvalidInput(
            "file",
            "The first line must name the columns. Missing: %(missing)s. Unknown: %(unknown)s.",
            missing=", ".join(missing) or "-",
            unknown=", ".join(name[:40] or "?" for name in unknown[:10]) or "-",
        )


def _rows(lines: Iterator[list[str]], header: list[str], separator: str) -> Iterator[Row]:
    for cells in lines:
        if any(cell.strip() for cell in cells):
            yield _row(lines.line_num, header, cells, separator)  # type: ignore[attr-defined]  # of a csv.reader


def _row(line: int, header: list[str], cells: list[str], separator: str) -> Row:
    spare = cells[len(header) :]
    kept = dict(zip(header, cells, strict=False))
    if len(cells) >= len(header) and not any(cell.strip() for cell in spare):
        return Row(line, kept)
    wrong = InvalidInput(
        "file",
        "This line has %(found)s fields, %(expected)s are expected. A %(separator)s inside a field needs quotes.",
        found=len(cells),
        expected=len(header),
        separator=repr(separator),
    )
    return Row(line, kept, wrong)
