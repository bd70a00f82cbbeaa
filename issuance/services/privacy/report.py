"""The files of an access report from what was gathered: pure, so that no session is open while it is composed."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
import json
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from issuance import document_types
from issuance.clock import OFFICE_ZONE
from issuance.law.office.privacy import NoticeText, article, notice_version, of_section, privacy
from issuance.law.persons.rights import places
from issuance.services.privacy.disclosures import Told
from issuance.services.privacy.gathering import Gathered, Row
from issuance.services.privacy.reads import Done
from issuance.services.privacy.tables import KINDS
from issuance.services.privacy.words import on_paper, said
from printing import papers
from printing.errors import PrintingError
from printing.pages import text
from printing.papers import AccessReport, Fact, Followed, Words

READ_HERE = 100
"""Readings that the paper shows; all of them are in reads.csv."""

LONGEST = 20
"""Letters of a word on the paper; a longer one, as a number of a machine, is parted."""

ELSEWHERE = "data.csv"
"""What the paper says of a text in a script that it cannot write."""

PERSON = (
    *("family_name", "given_names", "native_name", "birth_date", "birth_place", "sex", "nationality"),
    *("other_nationalities", "status", "address", "eurodac_reference", "cnp", "language"),
)


@dataclass(frozen=True)
class Deleted:
    """What is deleted when: of which request, what (a code), the last day it is kept or why none is known, by what."""

    reference: str
    what: str
    until: dt.date | None
    why_not: str
    basis: Words


@dataclass(frozen=True)
class Material:
    """Everything that a report is made of."""

    reference: str
    holder: str
    language: str
    asked_on: dt.date
    made_at: dt.datetime
    centre_name: str
    centre_address: str
    gathered: Gathered
    acts: list[Done] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)
    deleted: list[Deleted] = field(default_factory=list)

    @property
    def reads(self) -> list[Done]:
        """Who looked, the newest first."""
        return [act for act in reversed(self.acts) if act.is_reading]


def files(material: Material) -> dict[str, bytes]:
    """The files of the report by name, without the manifest."""
    return {
        "read-me.pdf": papers.compose(paper(material), material.language).pdf(),
        "data.json": _json(material),
        "data.csv": _csv(("table", "row", "column", "value"), _cells(material.gathered.rows)),
        "reads.csv": _csv(("time", "what", "role", "centre", "reason"), map(_reading(material), material.reads)),
        "disclosures.csv": _csv(("day", "to", "name", "what", "article"), map(_telling(material), material.told)),
        "retention.csv": _csv(("reference", "what", "kept until", "article"), map(_end(material), material.deleted)),
        **material.gathered.files,
    }


def manifest(found: Mapping[str, bytes], material: Material) -> bytes:
    """Which files there are, the SHA-256 of each, and what was left out by which article: what is signed."""
    left_out = {code: article(privacy().withheld[code].at, "en") for code in sorted(material.gathered.withheld)}
    said = {
        "what": "liman access report",
        "version": 1,
        "made_at": material.made_at.astimezone(dt.UTC).isoformat(timespec="seconds"),
        "files": {name: hashlib.sha256(data).hexdigest() for name, data in sorted(found.items())},
        "withheld": left_out,
    }
    return json.dumps(said, indent=1, sort_keys=True).encode()


def packed(found: Mapping[str, bytes]) -> bytes:
    """The files as one ZIP; the same files give the same bytes."""
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in sorted(found.items()):
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return whole.getvalue()


# Files of data


def _json(material: Material) -> bytes:
    acts = [
        {"time": _moment(act.when), "act": act.act, "role": act.roles, "centre": act.centre} for act in material.acts
    ]
    whole: dict[str, Any] = {"made_at": _moment(material.made_at), "tables": material.gathered.rows, "acts": acts}
    return json.dumps(whole, ensure_ascii=False, indent=1).encode()


def _cells(rows: Mapping[str, list[Row]]) -> Iterator[tuple[str, str, str, str]]:
    for table, listed in rows.items():
        for at, row in enumerate(listed, start=1):
            for column, value in row.items():
                if value not in (None, ""):
                    yield table, str(at), column, value if isinstance(value, str) else json.dumps(value)


def _csv(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> bytes:
    """Lines that a spreadsheet opens; what would begin a formula there is a text."""
    lines = io.StringIO()
    writer = csv.writer(lines)
    writer.writerow(head)
    writer.writerows([_inert(cell) for cell in row] for row in rows)
    return lines.getvalue().encode("utf-8-sig")


def _inert(cell: str) -> str:
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell


def _moment(when: dt.datetime) -> str:
    return when.astimezone(OFFICE_ZONE).isoformat(timespec="seconds")


def _reading(material: Material) -> Any:
    def row(act: Done) -> tuple[str, ...]:
        what, role = said("acts", act.act, material.language), _role(act, material.language)
        return _moment(act.when), what, role, act.centre, act.reason

    return row


def _role(act: Done, language: str) -> str:
    return ", ".join(said("roles", role, language) for role in act.roles.split())


def _telling(material: Material) -> Any:
    def row(told: Told) -> tuple[str, ...]:
        what = ", ".join(said("told", code, material.language) for code in told.told)
        recipient = said("recipients", told.recipient, material.language)
        return _day(told.when), recipient, told.body, what, article(told.at, material.language)

    return row


def _end(material: Material) -> Any:
    def row(each: Deleted) -> tuple[str, ...]:
        what = said("kinds", each.what, material.language)
        return each.reference, what, _until(each, material.language), each.basis.of(material.language)

    return row


def _until(each: Deleted, language: str) -> str:
    return f"{each.until:%d.%m.%Y}" if each.until else said("says", each.why_not, language)


def _day(when: dt.datetime) -> str:
    return f"{when.astimezone(OFFICE_ZONE):%d.%m.%Y}"


# The paper


def paper(material: Material) -> AccessReport:
    """What the paper of the report says."""
    own, rows = material.language, material.gathered.rows
    return AccessReport(
        reference=material.reference,
        holder=_writable(material.holder),
        asked_on=material.asked_on,
        made_on=material.made_at.astimezone(OFFICE_ZONE).date(),
        centre_name=material.centre_name,
        centre_address=material.centre_address,
        text_version=notice_version(),
        who=_notice("who", own),
        why=_notice("why", own),
        what=_notice("what", own),
        told_to=_notice("told", own),
        kept=_notice("kept", own),
        rights=_notice("right", own),
        withheld=tuple(_withheld(code, own) for code in sorted(material.gathered.withheld)),
        facts=tuple(_facts(rows, own)),
        requests=tuple(_request(row, own) for row in rows["request"]),
        documents=tuple(_document(row, own) for row in rows["document"]),
        counts=tuple(_count(kind, rows, own) for kind in KINDS),
        told=tuple(_told(each, own) for each in material.told),
        reads=len(material.reads),
        read=tuple(_read(each, own) for each in material.reads[:READ_HERE]),
        deleted=tuple(_deleted(each, own) for each in material.deleted),
    )


def _notice(section: Any, own: str) -> tuple[Words, ...]:
    return tuple(
        Words(*(_with_article(each, language) for language in ("ro", "en", own))) for each in of_section(section)
    )


def _with_article(each: NoticeText, language: str) -> str:
    return f"{each.in_(language)} — {places(each.at, language)}"


def _withheld(code: str, own: str) -> Words:
    left = privacy().withheld[code]
    return Words(*(f"{left.in_(language)} — {article(left.at, language)}" for language in ("ro", "en", own)))


def _facts(rows: Mapping[str, list[Row]], own: str) -> Iterator[Fact]:
    for person in rows["person"]:
        for name in PERSON:
            if value := str(person.get(name) or ""):
                shown = on_paper("statuses", value, own) if name == "status" else _writable(value)
                yield Fact(on_paper("fields", name, own), shown)
    for contact in rows["contact"]:
        if value := str(contact.get("address") or ""):
            yield Fact(on_paper("fields", "contact", own), _writable(value))


def _request(row: Row, own: str) -> Followed:
    return Followed(
        papers.grouped(str(row["reference"])),
        _type(str(row["document_type"])),
        _written(str(row["lodged_on"])),
        on_paper("states", str(row["state"]), own),
    )


def _document(row: Row, own: str) -> Followed:
    until = _written(str(row["expiry_date"])) if row["expiry_date"] else "—"
    return Followed(
        str(row["number"]), _type(str(row["document_type"])), until, on_paper("states", str(row["state"]), own)
    )


def _type(code: str) -> Words:
    title = document_types.get(code).title
    return Words(title.ro, title.en)


def _written(day: str) -> str:
    return f"{dt.date.fromisoformat(day):%d.%m.%Y}"


def _count(kind: str, rows: Mapping[str, list[Row]], own: str) -> Fact:
    return Fact(on_paper("kinds", kind, own), str(sum(len(rows[table]) for table in KINDS[kind])))


def _told(each: Told, own: str) -> Followed:
    who = on_paper("recipients", each.recipient, own)
    what = Words(*(", ".join(said("told", code, language) for code in each.told) for language in ("ro", "en", own)))
    body = f" ({_writable(each.body)})" if each.body else ""
    return Followed(_day(each.when), Words(who.ro + body, who.en + body, who.local), what, article(each.at, own))


def _read(each: Done, own: str) -> Followed:
    when = f"{each.when.astimezone(OFFICE_ZONE):%d.%m.%Y, %H:%M}"
    role = Words(*(_role(each, language) for language in ("ro", "en", own)))
    return Followed(when, role, _writable(each.centre), _writable(each.reason))


def _deleted(each: Deleted, own: str) -> Followed:
    reference = papers.grouped(each.reference) if each.reference else "—"
    return Followed(reference, on_paper("kinds", each.what, own), _until(each, own), each.basis)


def _writable(value: str) -> str:
    """A text as the paper can write it: long words parted, and another place named for a script without a font."""
    parted = " ".join(" ".join(_parts(word)) for word in value.split())
    try:
        text.shape(parted)
    except PrintingError:
        return ELSEWHERE
    return parted


def _parts(word: str) -> Iterator[str]:
    for at in range(0, len(word), LONGEST):
        yield word[at : at + LONGEST]
