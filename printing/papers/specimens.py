"""Every paper in every language it has, with people who do not exist, marked SPECIMEN."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from printing.papers.composer import compose, languages
from printing.papers.data import (
    Appointment,
    Approval,
    CentreCount,
    CheckCodes,
    Count,
    CountedTable,
    CoverSheet,
    DayCount,
    DayNamed,
    DayPlace,
    Destroyed,
    Destruction,
    GuardianReferral,
    HandOver,
    MonthReport,
    Paper,
    ParcelManifest,
    Range,
    Receipt,
    Referral,
    Refusal,
    Review,
    Rights,
    StockDay,
    Ticket,
    TraySheet,
    Words,
)
from printing.papers.families import FamilyAsked, FamilyDecided
from printing.papers.groups import GroupLine, GroupList
from printing.papers.reports import AccessReport, Fact, Followed
from printing.papers.reviewing import Renunciation, ReviewDecision, ReviewInvitation

_REFERENCE, _HOLDER = "K7WMP3XQH5R", "AL-SHAMI LAYLA"
_CENTRE = ("Centrul Regional Timișoara", "Str. Armoniei 33, Timișoara")
_PLACES = ("București", "Galați", "Giurgiu", "Rădăuți", "Șomcuta Mare", "Timișoara")
_PERMIT = Words("Permis de ședere (refugiat)", "Residence permit (refugee)")
_BASIS = Words("Legea 122/2006, art. 20 alin. (6)", "Law 122/2006, Art 20(6)")
_LODGED, _DECIDED, _DUE = dt.date(2026, 11, 2), dt.date(2026, 11, 16), dt.date(2026, 12, 2)
_URL = f"https://liman.example/status#{_REFERENCE}"
_SPOILED = Words("Stricat la tipărire", "Spoiled while printing")


def _group() -> GroupList:
    given, absent = Words("înmânat", "handed over"), Words("nu a sosit", "did not arrive")
    return GroupList(
        group="Timișoara, noiembrie · IOM-2026/41",
        origin="Centrul de tranzit de urgență",
        expected_on=_LODGED,
        made_at=dt.datetime(2026, 11, 16, 14, 5),
        made_by="Ionescu Maria",
        given=1,
        lines=(
            GroupLine("1", "K7WM-P3XQ-H5R", "RP-R", "RP7301000", given),
            GroupLine("2", "M2QA-R7TC-W9D", "RP-R", "", absent),
        ),
        centre_name=_CENTRE[0],
        centre_address=_CENTRE[1],
    )


def _papers() -> tuple[Paper, ...]:
    return (
        Receipt(
            _REFERENCE, _URL, _PERMIT, _LODGED, _DUE, _BASIS, *_CENTRE,
            initials="AL", missing=(Words("Dovada reședinței", "Proof of residence"),), kiosk=True,
        ),
        Approval(
            _REFERENCE, _URL, _PERMIT, _LODGED, _DECIDED, Words("3 ani", "3 years"), _BASIS, _DUE, *_CENTRE,
            initials="AL", surrendered_number="RP0004711",
        ),
        Refusal(
            _REFERENCE, _HOLDER, _PERMIT, _LODGED, _DECIDED,
            "Dovada reședinței nu a fost adusă, deși a fost cerută la 04.11.2026.\n"
            "The proof of residence was not brought, although it was asked for on 04.11.2026.",
            _BASIS, *_CENTRE,
        ),
        *(*_families(), *_reviewing(), _group()),
        Rights(
            _REFERENCE, _HOLDER, "refugee", _LODGED, _DECIDED, "Ionescu Maria", *_CENTRE, "2026-11-30",
            (Words("România v-a dat protecție.", "Romania gave you protection."),),
            (Words("Puteți munci.", "You may work."), Words("Puteți călători.", "You may travel.")),
            (Words("Dați înapoi actul vechi.", "Give back the old document."),),
            interpreter="Haddad Samir",
        ),
        _report(),
        HandOver(
            _REFERENCE, _HOLDER, _PERMIT, "RP7301000", _DUE, "portrait", "Popa Andrei", *_CENTRE,
            valid_until=dt.date(2029, 11, 15), representative="Al-Shami Huda (mamă)", surrendered_number="RP0004711",
            signature="pad",
        ),
        GuardianReferral(
            _REFERENCE, _HOLDER, "XX.06.2015", Words("arabă", "Arabic"), dt.datetime(2026, 11, 2, 21, 40),
            dt.datetime(2026, 11, 3, 21, 40), "Popa Andrei", *_CENTRE,
        ),
        Referral(
            _REFERENCE, Words("Agenția Națională Împotriva Traficului de Persoane", "Agency against Trafficking"),
            _HOLDER, "XX.06.2001", Words("arabă", "Arabic"),
            Words("Trece înainte; Interpret femeie", "Goes ahead; Interpreter: a woman"), "Popa Andrei", *_CENTRE,
            why=Words("Victimă a traficului de persoane", "Victim of trafficking in human beings"),
            note="A cerut să vorbească numai cu o femeie.",
        ),
        CoverSheet(
            "L-2026-0117", _DECIDED, "Ionescu Maria", "card-chip · 320",
            (Count(_PERMIT, 240), Count(Words("Document de călătorie", "Travel document"), 80)),
            tuple(f"RP{7301000 + 13 * at:07}" for at in range(320)), *_CENTRE,
        ),
        TraySheet(
            "K7WMP3XQH", "L 12 / 1", "timisoara-1", dt.datetime(2026, 11, 20, 9, 12), "Ionescu Maria",
            (Count(_PERMIT, 48),),
            tuple(f"RP{7301000 + 13 * at:07}{' A' if at in (3, 4, 5) else ''}" for at in range(48)), *_CENTRE,
        ),
        _parcel(),
        CheckCodes(
            "RELEASE", "LEAVE", "PICTURE", "REJECT1", "REJECT2", "REJECT3", "REJECT4", "REJECT5", *_CENTRE,
        ),
        *(_destruction(), _stock_day(), _month_report()),
        Appointment("K7WMP3XQH", "collection", *_CENTRE, dt.datetime(2026, 11, 20, 9, 30), 4),
        Ticket("K7WMP3XQH", "lodging", *_CENTRE, "A014", dt.datetime(2026, 11, 20, 9, 12)),
    )  # fmt: skip


def _families() -> tuple[Paper, Paper]:
    basis = Words("Legea 122/2006, art. 71", "Law 122/2006, Art 71")
    members = (_name("Al-Shami Huda"), _name("Al-Shami Yusuf"))
    return (
        FamilyAsked(_REFERENCE, _HOLDER, _LODGED, basis, members, "Popa Andrei", *_CENTRE),
        FamilyDecided(
            _REFERENCE, _HOLDER, _LODGED, _DECIDED, basis, members[:1],
            "Al-Shami Yusuf: Copilul este căsătorit. / The child is married.", *_CENTRE,
        ),
    )  # fmt: skip


def _reviewing() -> tuple[Paper, ...]:
    ground = Words("art. 98 lit. b): a redobândit cetățenia", "Art 98(b): re-acquired the nationality")
    return (
        Review(
            _REFERENCE, _HOLDER, "refugee", "cessation", "regular", _DECIDED,
            (Words("art. 98 lit. a): s-a repus voluntar sub protecția țării de cetățenie",
                   "Art 98(a): has voluntarily re-availed of the protection of the country of nationality"),),
            "La 01.10.2026 persoana a cerut un pașaport la ambasada țării sale.",
            "Ionescu Maria", *_CENTRE,
            interview_at=dt.datetime(2026, 12, 7, 10, 0), interview_place="Str. Armoniei 33, camera 4",
            statement_by=dt.date(2026, 12, 4),
        ),
        ReviewInvitation(
            _REFERENCE, _HOLDER, dt.datetime(2026, 12, 7, 10, 0), "Str. Armoniei 33, camera 4", "Ionescu Maria",
            *_CENTRE,
        ),
        ReviewDecision(
            _REFERENCE, _HOLDER, "refugee", "ceased", "R-117/2026", _DUE, (ground,),
            "La 01.10.2026 persoana a cerut un pașaport la ambasada țării sale și nu a spus de ce.", 10, True,
            "Ionescu Maria", "Popa Andrei", *_CENTRE,
        ),
        Renunciation(
            _REFERENCE, _HOLDER, "refugee", _DECIDED, "Popa Andrei", "Ionescu Maria", *_CENTRE,
            interpreter="Haddad Samir",
        ),
    )  # fmt: skip


def _report() -> AccessReport:
    return AccessReport(
        _REFERENCE,
        _HOLDER,
        _LODGED,
        _DECIDED,
        *_CENTRE,
        "2026-11-30",
        who=(Words("Inspectoratul păstrează datele.", "The inspectorate keeps the data."),),
        why=(Words("Ca să facem actul.", "To make the document."),),
        what=(Words("Numele și nașterea.", "Name and birth."),),
        told_to=(Words("Poliția poate verifica actul.", "Police can check the document."),),
        kept=(Words("Amprentele se șterg la înmânare.", "Fingerprints are deleted at hand-over."),),
        rights=(Words("Puteți cere tot ce avem.", "You can ask for all that we have."),),
        withheld=(Words("Numele angajaților.", "The names of our staff."),),
        facts=(Fact(Words("Numele", "Family name"), "AL-SHAMI"), Fact(Words("Prenumele", "Given names"), "LAYLA")),
        requests=(Followed(_REFERENCE, _PERMIT, "02.11.2026", Words("înmânată", "handed over")),),
        documents=(Followed("RP7301000", _PERMIT, "15.11.2029", Words("valabil", "valid")),),
        counts=(Fact(Words("Hârtiile aduse", "Papers you brought"), "2"),),
        told=(Followed("20.11.2026", Words("poliția", "police"), Words("fotografia", "the photo"), "Art 6(1)(e)"),),
        reads=1,
        read=(Followed("02.11.2026, 10:15", Words("funcționar la ghișeu", "desk clerk"), _CENTRE[0]),),
        deleted=(Followed(_REFERENCE, Words("Fotografia", "Photo"), "13.02.2030", "Art 5(1)(e)"),),
    )


def _name(name: str) -> Words:
    return Words(name, name, name)


def _destruction() -> Destruction:
    return Destruction(
        "D-2026-008", _DECIDED, "Centrul Regional Timișoara, camera 12",
        Words("Tocător, nivelul P-5", "Shredder, level P-5"),
        tuple(Destroyed(f"RO{4410007 + 31 * at:07}", _SPOILED) for at in range(48)),
        "Ionescu Maria", "Popa Andrei", *_CENTRE,
    )  # fmt: skip


def _month_report() -> MonthReport:
    title = Words(
        "Permise de ședere valabile la 31 decembrie, pe motive", "Residence permits valid on 31 December by reason"
    )
    indicated = 31, 4, 17, 6, 42, 9
    return MonthReport(
        "2026-12", _DECIDED,
        (CountedTable(title, "2026", "4102 → 4377", "+1310", "−1035", 4377, Words("se verifică", "proved")),),
        tuple(CentreCount(f"Centrul Regional {name}", 120 + at, *indicated) for at, name in enumerate(_PLACES)),
        *_CENTRE,
    )  # fmt: skip


def _parcel() -> ParcelManifest:
    return ParcelManifest(
        "K7WMP3XQH", "K7W-MP3-XQH", _CENTRE[0], "Centrul Regional Galați", "S4711",
        dt.datetime(2026, 11, 20, 9, 12), Words("Card cu cip", "Card with a chip"),
        (Range("CT000001", "CT000480", 480), Range("CT000490", "CT000509", 20)),
        "Ionescu Maria", "Popa Andrei", "", "", *_CENTRE,
    )  # fmt: skip


def _stock_day() -> StockDay:
    return StockDay(
        "217", _DECIDED, "16.11.2026, 17:05", "Ionescu Maria", "Zi liniștită / A quiet day", 14, 1,
        tuple(
            DayPlace(where, Words("Card cu cip", "Card with a chip"), *counts)
            for where, counts in (
                (Words("Seif", "Vault"), (1200, 0, 100, 1100)),
                (Words("timisoara-1", "timisoara-1"), (14, 100, 61, 53)),
                (Words("Documente", "Documents"), (8411, 58, 1, 8468)),
                (Words("Rebuturi", "Reject bin"), (7, 3, 0, 10)),
            )
        ),
        (
            DayCount("timisoara-1", Words("20 417 carduri", "20,417 cards"), "62", 61),
            DayCount("timisoara-2", Words("nu raportează", "not reported"), "–", 0),
        ),
        (
            DayNamed(
                Words("Imprimanta a numărat altfel: timisoara-1", "The printer counted otherwise: timisoara-1"), 1,
                "Un card de curățare a trecut prin imprimantă.",
            ),
        ),
        f"18233 · {'0123456789abcdef' * 2} {'0123456789abcdef' * 2}", *_CENTRE,
    )  # fmt: skip


def specimens() -> Mapping[str, bytes]:
    """Each paper in each of its languages as PDF, by a name such as `receipt-ar`; "ro" is Romanian alone."""
    return {
        f"{paper.file}-{language}": compose(paper, language, specimen=True).pdf()
        for paper in _papers()
        for language in languages(type(paper))
    }
