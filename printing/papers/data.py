"""What each paper says: typed, frozen, and the least that it needs. Dates are calendar days in Romania."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import ClassVar, Literal


@dataclass(frozen=True, slots=True)
class Words:
    """A phrase of the register in Romanian and English, and `local` in the language of the paper where it is known."""

    ro: str
    en: str
    local: str = ""

    def of(self, language: str) -> str:
        """The phrase in a language; English where nothing better is known."""
        return {"ro": self.ro, "en": self.en}.get(language, self.local or self.en)


Status = Literal["refugee", "subsidiary"]
Told = Literal["applicant", "refugee", "subsidiary", "temporary_protection"]
"""Who is told of rights and duties."""

Identity = Literal["portrait", "old_document", "travel_document", "receipt_and_questions"]
"""What the holder's identity was checked against at the hand-over."""
Signature = Literal["pad", "scan", ""]
"""Where the holder signed for the document: on the desk's pad, on paper that was scanned, or nowhere."""


@dataclass(frozen=True, slots=True)
class Paper:
    """Base of the data of every paper. `file` names the TOML file with its words."""

    file: ClassVar[str]


@dataclass(frozen=True, slots=True)
class Receipt(Paper):
    """A request was lodged. No name, no birth date, no nationality: lost, it tells nothing of who it is.

    The reference alone opens no status, the page also asks for the birth date. The QR code is of `scan_url`, which
    opens it without; where that is empty, of `status_url`. `due_on` is None for a
    request without a deadline. `initials` tells a family's receipts apart and may be empty. `missing` are the papers
    still to bring. `kiosk`: a machine in the waiting room of the centre answers too.
    """

    file: ClassVar[str] = "receipt"

    reference: str
    status_url: str
    document: Words
    lodged_on: dt.date
    due_on: dt.date | None
    due_article: Words
    centre_name: str
    centre_address: str
    initials: str = ""
    missing: tuple[Words, ...] = ()
    scan_url: str = ""
    kiosk: bool = False


@dataclass(frozen=True, slots=True)
class Approval(Paper):
    """The request was approved; the document is being made. Anonymous like the receipt."""

    file: ClassVar[str] = "approval"

    reference: str
    status_url: str
    document: Words
    lodged_on: dt.date
    decided_on: dt.date
    validity: Words
    legal_basis: Words
    due_on: dt.date | None
    centre_name: str
    centre_address: str
    initials: str = ""
    surrendered_number: str = ""
    """The document to bring back, empty for a first one."""


@dataclass(frozen=True, slots=True)
class Refusal(Paper):
    """The request was refused. It names the person, who shows it to a lawyer or a court; nothing else personal.

    `reason` is the officer's own text, one paragraph a line.
    """

    file: ClassVar[str] = "refusal"

    reference: str
    holder: str
    document: Words
    lodged_on: dt.date
    decided_on: dt.date
    reason: str
    legal_basis: Words
    centre_name: str
    centre_address: str


@dataclass(frozen=True, slots=True)
class Review(Paper):
    """A review of the protection was opened (Law 122/2006, Art 102): the written notice of Art 103.

    `grounds` are the articles relied on, in words; `facts` what is new, one paragraph a line. The interview has a day,
    hour and place, or is None while it is not fixed.
    """

    file: ClassVar[str] = "review"

    reference: str
    holder: str
    status: Status
    purpose: Literal["cessation", "cancellation"]
    procedure: Literal["regular", "accelerated"]
    opened_on: dt.date
    grounds: tuple[Words, ...]
    facts: str
    officer: str
    centre_name: str
    centre_address: str
    interview_at: dt.datetime | None = None
    interview_place: str = ""
    statement_by: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Rights(Paper):
    """Rights and duties, told as soon as protection is granted (Law 122/2006, Art 21¹; docs/law.md, E7).

    The texts are the register's, each with its articles; `text_version` says of which day. Applicants are told too:
    nothing was `granted_on`. `interpreter` is empty when none was needed.
    """

    file: ClassVar[str] = "rights"

    reference: str
    holder: str
    status: Told
    granted_on: dt.date | None
    given_on: dt.date
    given_by: str
    centre_name: str
    centre_address: str
    text_version: str
    about: tuple[Words, ...]
    rights: tuple[Words, ...]
    duties: tuple[Words, ...]
    interpreter: str = ""


@dataclass(frozen=True, slots=True)
class HandOver(Paper):
    """A document was given to its holder. Two persons sign: who gave it and who received it.

    `identity` says what the identity was checked against; `representative` is empty unless one was present,
    `surrendered_number` unless a document was handed back. `refusal` says why the
    holder did not sign.
    """

    file: ClassVar[str] = "hand_over"

    reference: str
    holder: str
    document: Words
    number: str
    handed_over_on: dt.date
    identity: Identity
    clerk: str
    centre_name: str
    centre_address: str
    valid_until: dt.date | None = None
    representative: str = ""
    surrendered_number: str = ""
    signature: Signature = ""
    refusal: str = ""


@dataclass(frozen=True, slots=True)
class GuardianReferral(Paper):
    """Child protection is told that an unaccompanied minor has no guardian (docs/law.md, E14).

    It names the child, and nothing that child protection does not need: no nationality, status, or reason of flight.
    `born_on` may have unknown parts; `spoken` is the child's language; the times are those of the office.
    """

    file: ClassVar[str] = "guardian_referral"

    reference: str
    holder: str
    born_on: str
    spoken: Words
    registered_at: dt.datetime
    guardian_due_at: dt.datetime
    clerk: str
    centre_name: str
    centre_address: str


@dataclass(frozen=True, slots=True)
class Referral(Paper):
    """Somebody is referred to a service that helps (docs/law.md, E25): what is needed, and of why what they agreed to.

    `why` is the vulnerability and `note` what was observed, each empty unless the person agreed that it is said.
    `born_on` may have unknown parts; `spoken` is the person's language.
    """

    file: ClassVar[str] = "referral"

    reference: str
    recipient: Words
    holder: str
    born_on: str
    spoken: Words
    needs: Words
    clerk: str
    centre_name: str
    centre_address: str
    why: Words | None = None
    note: str = ""


Purpose = Literal["lodging", "collection"]
"""What somebody comes for."""


@dataclass(frozen=True, slots=True)
class Coded(Paper):
    """Base of the slips of a waiting room: nothing on them says who somebody is. Times are those of the office."""

    code: str
    purpose: Purpose
    centre_name: str
    centre_address: str

    @property
    def letters(self) -> str:
        """The code for reading aloud: `ABC-DEF-GHJ`."""
        return "-".join(self.code[at : at + 3] for at in range(0, len(self.code), 3))


@dataclass(frozen=True, slots=True)
class Appointment(Coded):
    """So many persons may come at `starts_at`; with the code it is changed or cancelled."""

    file: ClassVar[str] = "appointment"

    starts_at: dt.datetime
    persons: int


@dataclass(frozen=True, slots=True)
class Ticket(Coded):
    """A place in the waiting room: the number that the board will show."""

    file: ClassVar[str] = "ticket"

    number: str
    given_at: dt.datetime


@dataclass(frozen=True, slots=True)
class Count:
    """How many documents of a type a batch holds."""

    document: Words
    count: int


@dataclass(frozen=True, slots=True)
class CoverSheet(Paper):
    """The first pages of a batch: what is in it, without a person's data. `numbers` in the order of the batch."""

    file: ClassVar[str] = "cover_sheet"

    batch: str
    made_on: dt.date
    made_by: str
    stock: str
    counts: tuple[Count, ...]
    numbers: tuple[str, ...]
    centre_name: str
    centre_address: str

    @property
    def total(self) -> int:
        """How many documents the list names."""
        return len(self.numbers)


@dataclass(frozen=True, slots=True)
class TraySheet(Paper):
    """Goes with a tray of documents to the check and the hand-over: nobody is named.

    `code` is scanned to work the tray through. `numbers` are from the front; those of one family stand together and
    carry its letter.
    """

    file: ClassVar[str] = "tray_sheet"

    code: str
    tray: str
    station: str
    made_at: dt.datetime
    made_by: str
    counts: tuple[Count, ...]
    numbers: tuple[str, ...]
    centre_name: str
    centre_address: str

    @property
    def total(self) -> int:
        """How many documents are in the tray."""
        return len(self.numbers)


@dataclass(frozen=True, slots=True)
class Range:
    """Serials of blanks that follow each other, and how many they are."""

    first: str
    last: str
    count: int


@dataclass(frozen=True, slots=True)
class ParcelManifest(Paper):
    """Goes with a parcel of blanks from one centre to another: nobody is named but who signs.

    `code` is scanned on arrival; whoever has not signed yet is "".
    """

    file: ClassVar[str] = "parcel"

    code: str
    parcel: str
    sent_from: str
    sent_to: str
    seal: str
    packed_at: dt.datetime
    stock: Words
    items: tuple[Range, ...]
    packed_by: str
    sealed_by: str
    counted_by: str
    received_by: str
    centre_name: str
    centre_address: str

    @property
    def total(self) -> int:
        """How many blanks were packed."""
        return sum(each.count for each in self.items)


@dataclass(frozen=True, slots=True)
class CheckCodes(Paper):
    """Lies at the desk of the check: the words that a scanner says there, and why a document is rejected by eye."""

    file: ClassVar[str] = "check_codes"

    passed: str
    leave: str
    picture: str
    face: str
    print: str
    scratch: str
    lamination: str
    unread: str
    centre_name: str
    centre_address: str


@dataclass(frozen=True, slots=True)
class DayPlace:
    """One stock in one place on a closed day: what lay there, came, went, and lies there."""

    where: Words
    stock: Words
    opening: int
    came: int
    went: int
    closing: int


@dataclass(frozen=True, slots=True)
class DayCount:
    """What a station's printer counted of itself, how much more than at the closing before, and the register."""

    station: str
    counted: Words
    since: str
    made: int


@dataclass(frozen=True, slots=True)
class DayNamed:
    """Something that did not agree when a day was closed, how many, and the supervisor's word on it."""

    difference: Words
    how_many: int
    said: str


@dataclass(frozen=True, slots=True)
class StockDay(Paper):
    """The sheet of a centre's closed day: the balance of its blanks, and each difference. No holder is named.

    `audit` is the end of the centre's audit at that moment: number and digest of the last event that was linked.
    """

    file: ClassVar[str] = "stock_day"

    number: str
    day: dt.date
    closed_at: str
    closed_by: str
    word: str
    waiting: int
    tested: int
    accounts: tuple[DayPlace, ...]
    printers: tuple[DayCount, ...]
    differences: tuple[DayNamed, ...]
    audit: str
    centre_name: str
    centre_address: str


@dataclass(frozen=True, slots=True)
class CountedTable:
    """One table of a month's statistics: its stock before and after, what began and ended, and whether it is proved."""

    title: Words
    period: str
    stock: str
    began: str
    ended: str
    total: int
    result: Words


@dataclass(frozen=True, slots=True)
class CentreCount:
    """The applications of one centre in a month, and which of them are what."""

    name: str
    applications: int
    accelerated: int
    border: int
    vulnerable: int
    alone: int
    by_experts: int
    returns_jointly: int


@dataclass(frozen=True, slots=True)
class MonthReport(Paper):
    """The statistics of a month. Nobody is named."""

    file: ClassVar[str] = "month_report"

    period: str
    made_on: dt.date
    tables: tuple[CountedTable, ...]
    centres: tuple[CentreCount, ...]
    centre_name: str
    centre_address: str


@dataclass(frozen=True, slots=True)
class Destroyed:
    """One document or blank that was destroyed: its number and why."""

    number: str
    reason: Words


@dataclass(frozen=True, slots=True)
class Destruction(Paper):
    """Minutes of a destruction by two persons (docs/law.md, section 4). No holder is named."""

    file: ClassVar[str] = "destruction"

    minutes: str
    destroyed_on: dt.date
    place: str
    method: Words
    items: tuple[Destroyed, ...]
    first_person: str
    second_person: str
    centre_name: str
    centre_address: str

    @property
    def total(self) -> int:
        """How many things the list names."""
        return len(self.items)
