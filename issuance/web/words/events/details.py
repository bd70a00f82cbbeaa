"""What the details of events are and say, in words."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext

from issuance.models.audit import AuditEvent
from issuance.web.words import reviews as review_words
from issuance.web.words.codes import CHANNELS, EVENT_KINDS, EVENT_WAITS, LOOKED_UP_FOR, PURPOSES, REASONS, STATUS_WORDS
from issuance.web.words.duties import NOT_ARRIVED, TRANSFER_KEPT, TRANSFER_REASONS, WHYS
from issuance.web.words.events.privacy import DEMANDS, GROUNDS, OUTCOMES, RECIPIENTS
from issuance.web.words.machines import STOCKS
from issuance.web.words.persons import FIELDS
from issuance.web.words.portrait import CRITERIA
from issuance.web.words.states import word
from issuance.web.words.status import MISSING

CODES: tuple[dict[str, Any], ...] = (
    PURPOSES,
    CHANNELS,
    {
        "case_handling": lazy_gettext("case handling"),
        "hand": lazy_gettext("typed by hand"),
        "captured": lazy_gettext("taken here"),
        "uploaded": lazy_gettext("uploaded"),
        "pad": lazy_gettext("on the pad"),
        "scan": lazy_gettext("from paper"),
        "gone": lazy_gettext("does not ask any more"),
        "person": lazy_gettext("taken back"),
        "holder": lazy_gettext("given up"),
        "authority": lazy_gettext("ended by an authority"),
        "over": lazy_gettext("over"),
        "mistaken": lazy_gettext("by mistake"),
    },
    {
        "employer": lazy_gettext("an employer"),
        "bank": lazy_gettext("a bank"),
        "school": lazy_gettext("a school"),
        "landlord": lazy_gettext("a landlord"),
        "office": lazy_gettext("another office"),
    },
    {
        "desk": lazy_gettext("at the desk"),
        "letter": lazy_gettext("by letter"),
        "e_mail": lazy_gettext("by e-mail"),
        "telephone": lazy_gettext("by telephone"),
    },
    *(review_words.KINDS, review_words.HOW, review_words.HEARINGS, review_words.PRESENT, review_words.OUTCOMES),
    *(LOOKED_UP_FOR, MISSING, FIELDS, STOCKS, REASONS, STATUS_WORDS, CRITERIA, WHYS, TRANSFER_REASONS, TRANSFER_KEPT),
    NOT_ARRIVED,
    *(EVENT_KINDS, EVENT_WAITS),
    *(DEMANDS, OUTCOMES, GROUNDS, RECIPIENTS),
)
"""What the codes among them are."""

DETAILS: dict[str, Any] = {
    "consents": lazy_gettext("UNHCR may see the file"),
    "decision": lazy_gettext("decision"),
    "given": lazy_gettext("given"),
    "grounds": lazy_gettext("grounds"),
    "hearing": lazy_gettext("heard by"),
    "leaves": lazy_gettext("with an order to leave"),
    "on": lazy_gettext("on"),
    "restricted": lazy_gettext("with restricted detail"),
    "result": lazy_gettext("result"),
    "voided": lazy_gettext("documents voided"),
    "who": lazy_gettext("who"),
    "agreed": lazy_gettext("counted as the register says"),
    "approved": lazy_gettext("approved"),
    "among": lazy_gettext("drawn from"),
    "backup": lazy_gettext("back-up"),
    "because": lazy_gettext("because"),
    "by_passkey": lazy_gettext("with a passkey"),
    "clock": lazy_gettext("term"),
    "withheld": lazy_gettext("kept"),
    "before": lazy_gettext("before"),
    "blank": lazy_gettext("blank"),
    "bound": lazy_gettext("blanks found in documents"),
    "channel": lazy_gettext("by"),
    "days": lazy_gettext("days before"),
    "notice": lazy_gettext("notice"),
    "centres": lazy_gettext("new centres"),
    "certificate": lazy_gettext("certificate"),
    "claims": lazy_gettext("claims in the journal"),
    "code": lazy_gettext("why"),
    "collection_counters": lazy_gettext("counters for collecting"),
    "collection_minutes": lazy_gettext("minutes for collecting"),
    "collection_reserve": lazy_gettext("per cent kept of collecting"),
    "complete": lazy_gettext("complete"),
    "count": lazy_gettext("how many"),
    "alike": lazy_gettext("lines to decide"),
    "already": lazy_gettext("in the register already"),
    "parcel": lazy_gettext("parcel"),
    "position": lazy_gettext("lines gone through"),
    "aside": lazy_gettext("set aside"),
    "counter": lazy_gettext("counter"),
    "counts": lazy_gettext("counts"),
    "day": lazy_gettext("day"),
    "digest": lazy_gettext("SHA-256"),
    "differ": lazy_gettext("differences"),
    "differences": lazy_gettext("differences"),
    "document_signer": lazy_gettext("signer of the chip"),
    "document_type": lazy_gettext("document"),
    "doubted": lazy_gettext("blanks in doubt"),
    "drawn": lazy_gettext("drawn by lot"),
    "drivers": lazy_gettext("drivers"),
    "duty": lazy_gettext("duty"),
    "elsewhere": lazy_gettext("of other centres"),
    "epoch": lazy_gettext("epoch"),
    "events": lazy_gettext("events"),
    "ex_officio": lazy_gettext("ex officio"),
    "expected": lazy_gettext("expected"),
    "faults": lazy_gettext("faults"),
    "fields": lazy_gettext("data"),
    "filled": lazy_gettext("filled by the upgrade"),
    "fingerprints": lazy_gettext("fingerprints deleted"),
    "first": lazy_gettext("first"),
    "first_value": lazy_gettext("first number after it"),
    "fit": lazy_gettext("fit to be used"),
    "from_day": lazy_gettext("first day"),
    "given_back": lazy_gettext("given back"),
    "good": lazy_gettext("adds up"),
    "ground": lazy_gettext("ground"),
    "hand": lazy_gettext("hand"),
    "head": lazy_gettext("end of the audit"),
    "held": lazy_gettext("jobs held"),
    "hits": lazy_gettext("how many"),
    "how": lazy_gettext("how"),
    "identity": lazy_gettext("identity confirmed by"),
    "goes_on": lazy_gettext("the requests go on"),
    "in_time": lazy_gettext("within the term"),
    "recipient": lazy_gettext("who"),
    "in_order": lazy_gettext("in order"),
    "key_version": lazy_gettext("key version"),
    "kind": lazy_gettext("kind"),
    "known": lazy_gettext("known to the ledger"),
    "language": lazy_gettext("language"),
    "last": lazy_gettext("last"),
    "late": lazy_gettext("late"),
    "left": lazy_gettext("persons left in the form"),
    "linked": lazy_gettext("linked as family"),
    "lodging_counters": lazy_gettext("counters for lodging"),
    "lodging_minutes": lazy_gettext("minutes for lodging"),
    "lodging_reserve": lazy_gettext("per cent kept of lodging"),
    "lost_links": lazy_gettext("events lost"),
    "methods": lazy_gettext("read by"),
    "missing": lazy_gettext("missing"),
    "spoiled": lazy_gettext("spoiled"),
    "number": lazy_gettext("number"),
    "of_centre": lazy_gettext("of the centre"),
    "ok": lazy_gettext("went well"),
    "order": lazy_gettext("order"),
    "outcome": lazy_gettext("outcome"),
    "overridden": lazy_gettext("findings accepted with a reason"),
    "paper": lazy_gettext("paper"),
    "parts": lazy_gettext("parts"),
    "per_hour": lazy_gettext("orders an hour"),
    "opens": lazy_gettext("opens"),
    "per_minute": lazy_gettext("calls a minute"),
    "period": lazy_gettext("period"),
    "persons": lazy_gettext("persons"),
    "place": lazy_gettext("place"),
    "portrait": lazy_gettext("portrait"),
    "portraits": lazy_gettext("portraits deleted"),
    "events_before": lazy_gettext("events before"),
    "purpose": lazy_gettext("for"),
    "quality": lazy_gettext("quality"),
    "read": lazy_gettext("read"),
    "refused": lazy_gettext("refused"),
    "requests": lazy_gettext("requests"),
    "revision": lazy_gettext("revision"),
    "roles": lazy_gettext("roles"),
    "roster": lazy_gettext("by the roster"),
    "rows": lazy_gettext("rows"),
    "said": lazy_gettext("said by the stack"),
    "second_entry": lazy_gettext("decision typed a second time"),
    "seconds": lazy_gettext("seconds"),
    "security_objects": lazy_gettext("chips signed"),
    "sessions": lazy_gettext("sessions ended"),
    "shifts_ended": lazy_gettext("shifts ended"),
    "side": lazy_gettext("side"),
    "signatures": lazy_gettext("seals signed so far"),
    "signed": lazy_gettext("signed"),
    "source": lazy_gettext("by"),
    "stacks": lazy_gettext("stacks not counted"),
    "stands": lazy_gettext("what stands"),
    "station": lazy_gettext("station"),
    "stations": lazy_gettext("stations"),
    "step": lazy_gettext("step"),
    "status": lazy_gettext("form of protection"),
    "stock": lazy_gettext("stock"),
    "strange": lazy_gettext("not announced"),
    "surrendered": lazy_gettext("old document surrendered"),
    "table": lazy_gettext("table"),
    "ticket": lazy_gettext("ticket"),
    "tie": lazy_gettext("tie"),
    "to": lazy_gettext("to centre"),
    "told": lazy_gettext("told"),
    "top": lazy_gettext("on top"),
    "until": lazy_gettext("until"),
    "urgent": lazy_gettext("comes first"),
    "versions": lazy_gettext("new rule versions"),
    "way": lazy_gettext("way"),
    "what": lazy_gettext("what"),
    "which": lazy_gettext("which"),
    "whole": lazy_gettext("all of it"),
    "why": lazy_gettext("why"),
    "with_custody": lazy_gettext("had them in hand within thirty days"),
    "wrong": lazy_gettext("accounts that do not balance"),
}
"""What the details of events are, by their keys."""


def details_of(event: AuditEvent) -> list[tuple[str, str]]:
    """The details of an event as label and value: empty for one that only says yes, left out for one that says no."""
    said = [(key, value) for key, value in event.details.items() if value not in ("", None, False)]
    return [(str(DETAILS.get(key, key)), "" if value is True else _value(value)) for key, value in said]


def _value(value: object) -> str:
    """A code, or codes in one line, in words."""
    return ", ".join(_code(part.strip()) for part in str(value).split(","))


def _code(code: str) -> str:
    found = next((words[code] for words in CODES if code in words), None)
    return word(code) if found is None else str(found)
