"""The papers around the documents: receipt, notices, hand-over protocol, cover sheet, minutes.

`compose(Receipt(...), "ar").pdf()` is the way to each of them: the data are typed (`printing.papers.data`), the words
are one TOML file a paper, the page is set here.
"""

from printing.papers.blocks import grouped
from printing.papers.composer import Composed, compose, languages
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
    Identity,
    MonthReport,
    Paper,
    ParcelManifest,
    Range,
    Receipt,
    Referral,
    Refusal,
    Review,
    Rights,
    Signature,
    StockDay,
    Ticket,
    TraySheet,
    Words,
)
from printing.papers.families import FamilyAsked, FamilyDecided
from printing.papers.groups import GroupLine, GroupList
from printing.papers.reports import AccessReport, Fact, Followed
from printing.papers.reviewing import Renunciation, ReviewDecision, ReviewInvitation
from printing.papers.specimens import specimens

__all__ = [
    "AccessReport",
    "Appointment",
    "Approval",
    "CentreCount",
    "CheckCodes",
    "Composed",
    "Count",
    "CountedTable",
    "CoverSheet",
    "DayCount",
    "DayNamed",
    "DayPlace",
    "Destroyed",
    "Destruction",
    "Fact",
    "FamilyAsked",
    "FamilyDecided",
    "Followed",
    "GroupLine",
    "GroupList",
    "GuardianReferral",
    "HandOver",
    "Identity",
    "MonthReport",
    "Paper",
    "ParcelManifest",
    "Range",
    "Receipt",
    "Referral",
    "Refusal",
    "Renunciation",
    "Review",
    "ReviewDecision",
    "ReviewInvitation",
    "Rights",
    "Signature",
    "StockDay",
    "Ticket",
    "TraySheet",
    "Words",
    "compose",
    "grouped",
    "languages",
    "specimens",
]
