"""How often the findings about portraits are wrong: `python -m tests.bench.portraits FOLDER [LABELS.csv]`.

Every JPEG, PNG, HEIC and AVIF of the folder goes the way of an upload. `LABELS.csv` says by eye what is in them: a
column `file`; columns named as a finding of `photo_quality.toml` (`mouth`, `1.1`) with `ok` or `bad`, or empty where
nobody can say; every other column is a group (`glasses`, `age`). Told are, in all and for each group, the alarms about
pictures that are `ok` (false alarms) and those missing about pictures that are `bad`; of a finding without a column,
all alarms. Nothing is kept, and no picture is named unless it could not be read.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from printing.errors import PortraitError
from printing.portraits.photo_quality import examine, face_criteria, mesh_criteria, of_file
from printing.portraits.portrait import read_portrait

Alarms = dict[str, bool]
"""Of one picture: whether each finding that was measured is outside its limits."""

Labels = dict[str, dict[str, str]]
KINDS = {".jpg", ".jpeg", ".png", ".heic", ".heif", ".avif"}


def alarms(picture: Path) -> Alarms:
    """What the findings say of one picture; PortraitError when it is refused."""
    portrait = read_portrait(picture.read_bytes())
    found = (*of_file(portrait), *examine(portrait.master).findings)
    return {finding.id: not finding.passed for finding in found}


def labels_of(path: Path | None) -> Labels:
    """The rows of a file of labels by the name of their picture."""
    if path is None:
        return {}
    with path.open(encoding="utf-8-sig", newline="") as file:
        return {row.pop("file"): row for row in csv.DictReader(file)}


def measured(folder: Path) -> Iterator[tuple[str, Alarms]]:
    """Every picture of a folder that can be read, with its alarms; the others are named on standard error."""
    for picture in sorted(each for each in folder.iterdir() if each.suffix.lower() in KINDS):
        try:
            yield picture.name, alarms(picture)
        except PortraitError as error:
            print(f"{picture.name}: {error}", file=sys.stderr)


def table(seen: dict[str, Alarms], labels: Labels) -> str:
    """The figures as a Markdown table: a row for each finding, a column for all pictures and for each group."""
    groups = {"all": set(seen)} | dict(sorted(_groups(seen, labels).items()))
    lines = [
        "| finding | " + " | ".join(f"{name} ({len(members)})" for name, members in groups.items()) + " |",
        "|---" * (len(groups) + 1) + "|",
    ]
    for finding in [*face_criteria(), *mesh_criteria()]:
        cells = [_cell(finding, {name: seen[name] for name in members}, labels) for members in groups.values()]
        lines.append(f"| {finding} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _groups(seen: Iterable[str], labels: Labels) -> dict[str, set[str]]:
    """The pictures of each group, `column: value`; columns named as a finding are no groups."""
    findings, found = {*face_criteria(), *mesh_criteria()}, dict[str, set[str]]()
    for name in seen:
        for column, value in labels.get(name, {}).items():
            if column not in findings and value:
                found.setdefault(f"{column}: {value}", set()).add(name)
    return found


def _cell(finding: str, seen: dict[str, Alarms], labels: Labels) -> str:
    """False alarms of the pictures that are in order, and missed ones of those that are not."""
    said = {name: labels.get(name, {}).get(finding, "") for name, alarm in seen.items() if finding in alarm}
    right, wrong = ([name for name in said if said[name] == word] for word in ("ok", "bad"))
    if not any(finding in row for row in labels.values()):
        return f"{sum(seen[name][finding] for name in said)}/{len(said)} alarms"
    false, missed = sum(seen[name][finding] for name in right), sum(not seen[name][finding] for name in wrong)
    return f"{false}/{len(right)} false" + (f", {missed}/{len(wrong)} missed" if wrong else "")


def main(arguments: list[str]) -> int:
    """Print the table; 2 when it was asked wrongly."""
    if len(arguments) not in (1, 2) or not Path(arguments[0]).is_dir():
        print(__doc__, file=sys.stderr)
        return 2
    print(table(dict(measured(Path(arguments[0]))), labels_of(Path(arguments[1]) if arguments[1:] else None)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
