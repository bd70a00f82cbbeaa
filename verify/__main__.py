"""`python -m verify`: one verdict on a document, from its picture, its seal or its number; nobody is asked.

Exit codes: 0 genuine and valid; 1 genuine, not valid; 2 not ours; 3 could not be checked; 64 wrong usage.
"""

from __future__ import annotations

import argparse
import base64
import binascii
import datetime as dt
import json
import sys
import tomllib
from functools import cache
from pathlib import Path
from typing import Any, NoReturn

from verify.judge import Judge, Report, Verdict
from verify.published import Folder, Unusable

EXIT_CODES = {Verdict.VALID: 0, Verdict.NOT_VALID: 1, Verdict.NOT_OURS: 2, Verdict.UNCHECKED: 3}
USAGE = 64
LANGUAGES = ("en", "ro")
MOST_BYTES = 40_000_000
_SEAL = b"\xdc"  # the first byte of every seal


class _Parser(argparse.ArgumentParser):
    """2 is a verdict here."""

    def error(self, message: str) -> NoReturn:
        self.exit(USAGE, f"{self.format_usage()}{message}\n")


def main(arguments: list[str] | None = None) -> int:
    """Judge what the command line names, and say so."""
    chosen = _parser().parse_args(arguments)
    now = chosen.at or dt.datetime.now(dt.UTC)
    report = _report(chosen, now)
    print(_as_json(report, now) if chosen.json else _told(report, now, chosen.language))
    return EXIT_CODES[report.verdict]


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="liman-verify", description="Judge a document by its seal or number, without a network.")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("file", nargs="?", type=Path, metavar="FILE", help="a photo or scan, or the bytes of a seal")
    what.add_argument("--hex", type=_hex, help="the bytes of the seal in hexadecimal")
    what.add_argument("--base64", type=_base64, help="the same in base64")
    what.add_argument("--number", help="the number of the document")
    parser.add_argument("--folder", type=Path, required=True, help="the files that the office publishes under /lists/")
    parser.add_argument("--language", choices=LANGUAGES, default="en")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--at", type=_moment, help="judge as of this moment (2026-11-29T14:00+00:00), not now")
    return parser


def _report(chosen: argparse.Namespace, now: dt.datetime) -> Report:
    try:
        judge = Judge(Folder(chosen.folder, now), now)
    except Unusable as error:
        return Report(Verdict.UNCHECKED, error.code, error.params)
    if chosen.number is not None:
        return judge.of_number(chosen.number)
    if chosen.file is not None:
        return _of_file(judge, chosen.file)
    return judge.of_seal(chosen.base64 if chosen.hex is None else chosen.hex)


def _of_file(judge: Judge, path: Path) -> Report:
    try:
        data = path.read_bytes() if path.stat().st_size <= MOST_BYTES else b""
    except OSError:
        return Report(Verdict.UNCHECKED, "no_picture")
    if data[:1] == _SEAL:
        return judge.of_seal(data)
    from verify import pictures  # two libraries that nobody waits for who has the bytes

    try:
        found = pictures.read(data)
    except pictures.NoPicture:
        return Report(Verdict.UNCHECKED, "no_picture")
    if found is None:
        return Report(Verdict.UNCHECKED, "no_seal")
    return judge.of_seal(found) if isinstance(found, bytes) else judge.of_number(found)


# Saying


@cache
def _words() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("words.toml").read_text("utf-8"))


def _say(kind: str, code: str, language: str, **params: object) -> str:
    return str(_words()[kind][code][language] % params)


def _told(report: Report, now: dt.datetime, language: str) -> str:
    lines = [
        _say("verdict", report.verdict.name.lower(), language),
        _say("why", report.why, language, **report.params),
        *(f"  {_say('says', name, language)}: {value}" for name, value in report.compare.items()),
        *_decision_lines(report, language),
        _list_line(report, now, language),
    ]
    if report.verdict is Verdict.UNCHECKED:
        lines.append(_say("says", "unchecked", language))
    return "\n".join(lines)


def _decision_lines(report: Report, language: str) -> list[str]:
    """By which decisions documents of a typed number hold longer: of a seal the sentence before said it."""
    if report.why == "extended":
        return []
    return [
        _say(
            "says",
            "extends",
            language,
            documents=each.documents.get(language, ", ".join(each.prefixes)),
            first=f"{each.printed_from:%d.%m.%Y}",
            last=f"{each.printed_to:%d.%m.%Y}",
            day=f"{each.until:%d.%m.%Y}",
            reference=each.reference,
        )
        for each in report.decisions
    ]


def _list_line(report: Report, now: dt.datetime, language: str) -> str:
    name, made = _list_of(report)
    if made is None:
        return _say("says", "no_list", language)
    minutes = max(0, int((now - made).total_seconds() // 60))
    unit, count = ("minutes", minutes) if minutes < 120 else ("hours", minutes // 60)
    unit, count = ("days", minutes // 1440) if minutes >= 2880 else (unit, count)
    age = _say("says", unit, language, count=count)
    return _say("says", "list", language, name=name, made=f"{made:%d.%m.%Y %H:%M}", age=age)


def _list_of(report: Report) -> tuple[str, dt.datetime | None]:
    """The list that the verdict rests on, or that was too old for one."""
    if report.token:
        return report.token.name, report.token.issued_at
    made = report.params.get("made")
    return str(report.params.get("name", "")), made if isinstance(made, dt.datetime) else None


def _as_json(report: Report, now: dt.datetime) -> str:
    name, made = _list_of(report)
    told = {
        "verdict": report.verdict.value,
        "why": report.why,
        "compare": report.compare,
        "decisions": [{"until": f"{each.until}", "reference": each.reference} for each in report.decisions],
        "list": {"name": name, "made_at": made.isoformat(), "age_seconds": int((now - made).total_seconds())}
        if made
        else None,
    }
    return json.dumps(told | {"sentence": _say("why", report.why, "en", **report.params)}, ensure_ascii=False, indent=2)


# Reading the command line


def _hex(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise argparse.ArgumentTypeError("this is not hexadecimal") from None


def _base64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        raise argparse.ArgumentTypeError("this is not base64") from None


def _moment(text: str) -> dt.datetime:
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError("this is no moment of ISO 8601") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)


if __name__ == "__main__":
    sys.exit(main())
