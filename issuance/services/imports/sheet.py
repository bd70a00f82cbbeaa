"""A table as programs write it: CSV with commas or tabs, or of Romanian Excel (semicolons, `sep=`, empty rows)."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from issuance.errors import InvalidInput, LimanError

MOST_BYTES = 20_000_000
SEPARATORS = ",;\t"
PIECE = 1_000_000
"""Bytes that are looked at together."""

FORMULA = ("=", "@", "\t", "\r")
"""How a cell begins that a spreadsheet would compute."""


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


def stream(
    data: bytes, columns: Collection[str], optional: Collection[str] = (), *, most: int = MOST_BYTES
) -> Iterator[Row]:
    """The same, one row after the other, of a file that is too long to be held as rows: at most so many bytes."""
    _check_text(data, most)
    separator, skipped = _separator(data.partition(b"\n")[0].decode("utf-8-sig"))
    text = io.TextIOWrapper(io.BytesIO(data), "utf-8-sig", newline="")
    reader = csv.reader(text, delimiter=separator, strict=True)
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


def _check_text(data: bytes, most: int) -> None:
    """InvalidInput for a file that is too long or no text; it is never held as a text whole."""
    if len(data) > most:
        raise InvalidInput("file", "The file is larger than %(most)s MB. Split it.", most=most // 10**6)
    decoder, view = codecs.getincrementaldecoder("utf-8")(), memoryview(data)
    for start in range(0, len(data), PIECE):
        held = len(decoder.getstate()[0])
        try:
            decoder.decode(view[start : start + PIECE], final=start + PIECE >= len(data))
        except UnicodeDecodeError as error:
            raise InvalidInput(
                "file",
                "The file is not UTF-8 (byte %(position)s). Export it again as UTF-8; Excel calls it CSV UTF-8.",
                position=start - held + error.start,
            ) from error


def _separator(line: str) -> tuple[str, int]:
    """What stands between the fields, and how many lines say so: `sep=;` before the header does, for Excel."""
    first = line.strip().strip('"')
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


def written(rows: Collection[Mapping[str, str]], columns: Collection[str], optional: Collection[str] = ()) -> bytes:
    """Rows as CSV that Excel reads too and computes nothing of; optional columns only where one says something."""
    spoken = [name for name in optional if any(row.get(name) for row in rows)]
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, [*columns, *spoken], restval="", extrasaction="ignore")
    writer.writeheader()
    writer.writerows({name: _inert(cell) for name, cell in row.items()} for row in rows)
    return text.getvalue().encode("utf-8-sig")


def _inert(cell: str) -> str:
    return f"'{cell}" if cell.startswith(FORMULA) else cell
