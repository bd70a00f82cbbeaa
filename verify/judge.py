"""One verdict on a seal or a number. Not to know is a verdict of its own, and never reads as cancelled."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum

from printing.lists.decisions import Decision, Decisions
from printing.lists.status_list import Status, place
from printing.lists.tokens import Token
from printing.mrz import Mrz, MrzError
from printing.pki.signing import CertificateError
from printing.seals import seal
from printing.seals.encoding import SealError
from verify.published import Folder, Unusable


class Verdict(StrEnum):
    """What is said of a document."""

    VALID = "genuine and valid"
    NOT_VALID = "genuine, not valid"
    NOT_OURS = "not ours"
    UNCHECKED = "could not be checked"


@dataclass(frozen=True)
class Report:
    """A verdict, why (a code of `words.toml` with what goes into it), what to compare, and the list that was read.

    `decisions` let documents of such a number hold longer than is printed: of a seal the one by which this one does.
    """

    verdict: Verdict
    why: str
    params: dict[str, object] = field(default_factory=dict)
    compare: dict[str, str] = field(default_factory=dict)
    token: Token | None = None
    decisions: tuple[Decision, ...] = ()


@dataclass(frozen=True)
class Judge:
    """Judges by a folder of published files, at this moment."""

    folder: Folder
    now: dt.datetime

    def of_seal(self, data: bytes) -> Report:
        """Judge the bytes of a seal."""
        try:
            found = seal.decode(data)
        except SealError:
            return Report(Verdict.UNCHECKED, "no_seal")
        if found.header.signer[:2] not in self.folder.countries:
            named: dict[str, object] = {"state": found.header.issuing_state, "signer": found.header.signer}
            return Report(Verdict.NOT_OURS, "foreign", named)
        try:
            return self._of_ours(data, found)
        except Unusable as error:
            return Report(Verdict.UNCHECKED, error.code, error.params)
        except (CertificateError, MrzError):
            return Report(Verdict.UNCHECKED, "no_seal")

    def of_number(self, number: str) -> Report:
        """Judge a number that was read or typed: whose paper it stands on is not proved by it."""
        typed = "".join(number.split()).upper()
        report = self._listed(typed, {}, "typed_")
        if report.verdict is not Verdict.VALID:
            return report
        today = self.now.date()
        return replace(report, decisions=tuple(each for each in self._decided() if each.is_about(typed, today)))

    def _of_ours(self, data: bytes, found: seal.Seal) -> Report:
        signers = self.folder.signers_of(found.header.signer, found.header.certificate_serial)
        checked = seal.verify(data, signers, at=self.now)
        if checked.verdict is seal.Verdict.UNKNOWN_SIGNER:
            return Report(Verdict.UNCHECKED, "not_issued")
        if checked.verdict is seal.Verdict.SIGNATURE_WRONG or found.mrz is None:
            return Report(Verdict.NOT_OURS, "forged")
        compare = _printed(found.mrz)
        last_day, report = _day(found.mrz.expiry_date), self._listed(compare["number"], compare, "")
        if last_day is None or report.verdict is Verdict.NOT_OURS:
            return report
        return self._over(report, last_day) if self.now.date() > last_day else self._in_time(report, last_day)

    def _in_time(self, report: Report, last_day: dt.date) -> Report:
        """The printed day counts, or a later one by a decision."""
        decision = _longest(self._decided(), report.compare["number"], last_day, self.now.date())
        return _extended(report, decision) if decision and report.verdict is Verdict.VALID else report

    def _over(self, report: Report, last_day: dt.date) -> Report:
        """The printed day has passed: a decision may let it hold, and without their list nobody can say."""
        try:
            known = self.folder.decisions()
        except Unusable as error:
            return replace(report, verdict=Verdict.UNCHECKED, why=error.code, params=error.params, token=None)
        number, made = report.compare["number"], report.token.issued_at if report.token else None
        decision = _longest(known.decisions, number, last_day, self.now.date())
        if decision is None:
            return self._expired(report, last_day, known)
        if report.verdict is Verdict.NOT_VALID and report.token and made and made < decision.since:
            return _older(report, report.token.name, made)  # it may say so of what had only expired
        return _extended(report, decision) if report.verdict is Verdict.VALID else report

    def _expired(self, report: Report, last_day: dt.date, known: Decisions) -> Report:
        """No decision lets it hold today; a list by which it held after its day names one that is not known here."""
        made = report.token.issued_at.date() if report.token else last_day
        by = _longest(known.decisions, report.compare["number"], last_day, made)
        if report.verdict is Verdict.VALID and made > last_day and by is None:
            return _older(report, known.name, known.issued_at)
        day = {"day": f"{last_day:%d.%m.%Y}"}
        return replace(report, verdict=Verdict.NOT_VALID, why="expired", params=dict[str, object](day))

    def _decided(self) -> tuple[Decision, ...]:
        try:
            return self.folder.decisions().decisions
        except Unusable:
            return ()

    def _listed(self, number: str, compare: dict[str, str], kind: str) -> Report:
        where = place(number)
        if where is None:
            return Report(Verdict.UNCHECKED, "no_number", {}, compare)
        try:
            found = self.folder.status(*where)
        except Unusable as error:
            return Report(Verdict.UNCHECKED, error.code, error.params, compare)
        compare = compare or {"number": number}
        if found.status == Status.VALID:
            return Report(Verdict.VALID, f"{kind}valid", {}, compare, found.token)
        if found.status in (Status.INVALID, Status.SUSPENDED):
            return Report(Verdict.NOT_VALID, "not_valid", {}, compare, found.token)
        return Report(Verdict.NOT_OURS, f"{kind}never_issued", {}, compare, found.token)


def _longest(known: Iterable[Decision], number: str, printed: dt.date, day: dt.date) -> Decision | None:
    """The decision by which a document holds longest on a day."""
    found = [each for each in known if each.covers(number, printed, day)]
    return max(found, key=lambda each: (each.until, each.from_day, each.since), default=None)


def _extended(report: Report, decision: Decision) -> Report:
    params = {"day": f"{decision.until:%d.%m.%Y}", "reference": decision.reference}
    return replace(report, why="extended", params=dict[str, object](params), decisions=(decision,))


def _older(report: Report, name: str, made: dt.datetime) -> Report:
    return replace(report, verdict=Verdict.UNCHECKED, why="old_list", params={"name": name, "made": made}, token=None)


def _printed(zone: Mrz) -> dict[str, str]:
    """What stands in the seal and must stand on the document: the least that shows an altered print."""
    name = f"{zone.primary_identifier} {zone.secondary_identifier}".replace("<", " ").strip()
    return {
        "number": zone.document_number.rstrip("<"),
        "name": name,
        "birth_date": zone.birth_date,
        "last_day": zone.expiry_date,
    }


def _day(text: str) -> dt.date | None:
    """The last day as the zone has it (YYMMDD); None for what has none, which 991231 says."""
    if text == "991231" or not text.isdigit():
        return None
    try:
        return dt.datetime.strptime(f"20{text}", "%Y%m%d").date()
    except ValueError:
        return None
