"""What machines say and read, in words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from flask_babel import gettext, lazy_gettext

from card_drivers.order import Abilities
from card_drivers.troubles import Trouble
from issuance.models.supply import Place
from issuance.services.production import troubles
from issuance.states import BlankState
from issuance.web.frame.i18n import sentence
from printing.chip.verify import Verdict

DEVICE_STATES: dict[str, tuple[Any, str]] = {
    "idle": (lazy_gettext("Ready"), "done"),
    "processing": (lazy_gettext("Working"), "info"),
    "stopped": (lazy_gettext("Stopped"), "stop"),
    "offline": (lazy_gettext("Switched off"), "stop"),
}
DEVICE_REASONS: dict[str, Any] = {
    "media-empty": lazy_gettext("The feeder is empty: put blanks in."),
    "media-needed": lazy_gettext("The feeder is empty: put blanks in."),
    "media-low": lazy_gettext("Few blanks are left in the feeder."),
    "media-jam": lazy_gettext("A blank is jammed: open the printer and take it out."),
    "marker-supply-empty": lazy_gettext("The ribbon is used up: put a new one in."),
    "marker-supply-missing": lazy_gettext("The ribbon is missing or of another kind: put the right one in."),
    "marker-supply-low": lazy_gettext("The ribbon is nearly used up."),
    "cover-open": lazy_gettext("The cover is open: close it."),
    "door-open": lazy_gettext("The cover is open: close it."),
    "output-area-full": lazy_gettext("The output tray is full: empty it."),
    "paused": lazy_gettext("The printer is paused: resume it at its panel."),
    "cleaning-needed": lazy_gettext("Cleaning is due."),
}
"""IPP's words (RFC 8011 section 5.4.12) as an operator says them, with what to do."""

REASON_WORDS: dict[str, Any] = {
    "feed": lazy_gettext("spoiled while it was fed"),
    "print": lazy_gettext("spoiled while it was printed"),
    "chip": lazy_gettext("its chip did not answer"),
    "encode": lazy_gettext("its chip could not be written"),
    "eject": lazy_gettext("spoiled on its way out"),
    "not-started": lazy_gettext("its order was given and no blank taken"),
    "cancelled": lazy_gettext("its job was cancelled"),
    "transferred": lazy_gettext("its case went to another centre, where another booklet is taken"),
    "corrected": lazy_gettext("the person's data were corrected"),
    "contradicted": lazy_gettext("a station's report contradicted the register"),
    "never-came": lazy_gettext("the card never came from the bureau"),
    "resolved": lazy_gettext("a person looked and found it spoiled"),
    "restored": lazy_gettext("the register was restored from a back-up"),
    "not-ordered": lazy_gettext("what came out was not what was ordered"),
    "read-back": lazy_gettext("read back differently"),
    "look": lazy_gettext("seen at the check"),
    "look-face": lazy_gettext("the picture is not this person's, or not as it should be"),
    "look-print": lazy_gettext("print shifted, missing or in wrong colours"),
    "look-scratch": lazy_gettext("scratch, stain or break"),
    "look-lamination": lazy_gettext("lamination or edge"),
    "look-unread": lazy_gettext("a part that no device reads"),
    "mrz": lazy_gettext("MRZ"),
    "barcode": lazy_gettext("barcode"),
    "seal": lazy_gettext("seal"),
}
STOCKS: dict[str, Any] = {
    "card": lazy_gettext("cards"),
    "card-chip": lazy_gettext("cards with chip"),
    "booklet-blue": lazy_gettext("blue booklets"),
    "booklet-grey": lazy_gettext("grey booklets"),
    "sheet": lazy_gettext("sheets"),
    "paper-a4": lazy_gettext("paper"),
}
PLACES: dict[BlankState, Any] = {
    BlankState.RECEIVED: lazy_gettext("Announced, to be counted"),
    BlankState.IN_VAULT: lazy_gettext("Vault"),
    BlankState.IN_TRANSIT: lazy_gettext("Handed over, not taken yet"),
    BlankState.AT_CENTRE: lazy_gettext("Machines' room"),
    BlankState.AT_STATION: lazy_gettext("Station"),
    BlankState.CONSUMED: lazy_gettext("Documents"),
    BlankState.SPOILED: lazy_gettext("Reject bin"),
    BlankState.DESTROYED: lazy_gettext("Destroyed"),
    BlankState.MISSING: lazy_gettext("Missing"),
    BlankState.FOUND: lazy_gettext("Found, to be looked at"),
}
SUPPLIES: dict[str, Any] = {"ribbon": lazy_gettext("Ribbon"), "film": lazy_gettext("Film")}
INKS: dict[str, Any] = {
    "colour": lazy_gettext("colour"),
    "black": lazy_gettext("black"),
    "fine": lazy_gettext("fine line"),
    "uv": lazy_gettext("ultraviolet"),
}
FEW_BLANKS = 10
LOW_SUPPLY = 15


def device_reason(reason: str) -> str:
    """A printer's state reason in words; its own word where we have none."""
    plain = re.sub("-(report|warning|error)$", "", reason)
    return str(DEVICE_REASONS.get(plain, reason))


def reason_words(reason: str) -> str:
    """Why an attempt was spoiled: its codes in words, an officer's own words as they are."""
    head, colon, parts = reason.partition(": ")
    if head not in REASON_WORDS:
        return reason
    words = [str(REASON_WORDS.get(part, part)) for part in parts.split(", ")]
    return f"{REASON_WORDS[head]}{colon}{', '.join(words)}"


def trouble_words(kept: Mapping[str, Any] | Trouble | None) -> str:
    """What went wrong and what to do next, "" for nothing; of a station as it was kept, or as it says it now."""
    if not kept:
        return ""
    trouble = kept if isinstance(kept, Trouble) else troubles.read(kept)
    return _named(trouble).sentence(gettext) if isinstance(trouble, Trouble) else sentence(trouble)


def _named(trouble: Trouble) -> Trouble:
    """The same with the name of a stock instead of its code."""
    if "stock" not in trouble.params:
        return trouble
    word = stock_word(str(trouble.params["stock"]))
    return trouble.model_copy(update={"params": trouble.params | {"stock": word}})


def result_words(result: Mapping[str, Any]) -> str:
    """What went wrong by a kept result of a station, "" for nothing; of the release before in its own words."""
    return trouble_words(result.get("trouble")) or str(result.get("message", ""))


def said(text: str) -> str:
    """A driver's own words of a setting, in the reader's language."""
    return gettext(text) if text else ""


def place_word(place: Place) -> str:
    """A place of the ledger, a station by its name, parcels by where they go."""
    if place.to_centre:
        return str(gettext("In parcels to %(centre)s", centre=place.to_centre.name))
    return place.station.name if place.station else str(PLACES[place.kind])


def stock_word(stock: str) -> str:
    """The name of a stock of blanks."""
    return str(STOCKS.get(stock, stock))


def ability_words(found: Abilities) -> list[tuple[str, str]]:
    """What a station can make, as names and words."""
    sizes = [f"{size.width_mm:g} × {size.height_mm:g} mm" for size in found.sizes]
    resolution = "{} × {}".format(*found.dpi) if found.dpi else gettext("not told")
    stocks = [f"{stock_word(stock)}: {count}" for stock, count in (found.stocks or {}).items()]
    return [
        (gettext("Sizes"), ", ".join(sizes) or gettext("any")),
        (gettext("Sides"), gettext("both") if found.faces > 1 else gettext("one")),
        (gettext("Dots an inch"), resolution),
        (gettext("Inks"), ", ".join(str(INKS[ink]) for ink in found.inks)),
        (gettext("Chips"), ", ".join(found.profiles) or gettext("none")),
        (gettext("Serials of blanks"), gettext("it reads them") if found.reads_serial else gettext("not read")),
        (
            gettext("Blanks in it"),
            gettext("not told") if found.stocks is None else ", ".join(stocks) or gettext("none"),
        ),
    ]


def supply_word(name: str) -> str:
    """The name of a ribbon or film; the printer's own where it says another."""
    return str(SUPPLIES.get(name, name))


VERDICTS: dict[str, Any] = {
    Verdict.VALID: lazy_gettext("valid: signed by this country's authority, and unchanged"),
    Verdict.UNKNOWN_SIGNER: lazy_gettext("signed by nobody we know"),
    Verdict.SIGNATURE_WRONG: lazy_gettext("the signature is wrong"),
    Verdict.DATA_DIFFERS: lazy_gettext("the files are not those that were signed"),
    Verdict.MALFORMED: lazy_gettext("the files cannot be read"),
    Verdict.SIGNER_NOT_ALLOWED: lazy_gettext("signed by a signer that may not"),
    Verdict.REVOKED: lazy_gettext("signed by a signer whose certificate is revoked"),
    Verdict.NOT_PROVED: lazy_gettext("it did not prove its key: it may be a copy"),
    Verdict.NOT_JUDGED: lazy_gettext("this cannot be judged here"),
    Verdict.SIGNER_EXPIRED: lazy_gettext("signed by a signer whose certificate has expired"),
}
"""What passive authentication said of a chip."""

DOUBTS: dict[str, Any] = {
    "pace": lazy_gettext("it did not open through PACE"),
    "active": lazy_gettext("it did not prove its key for active authentication"),
    "chip": lazy_gettext("it did not prove its key for chip authentication"),
}
"""What speaks against a chip whose files are equal."""


READING_WORDS: dict[str, Any] = {
    "mrz": lazy_gettext("machine readable zone"),
    "barcode": lazy_gettext("bar code"),
    "chip": lazy_gettext("chip"),
    "seal": lazy_gettext("seal"),
    "scanner": lazy_gettext("hand scanner"),
    "typed": lazy_gettext("typed by hand"),
    "picture": lazy_gettext("picture"),
    "reader": lazy_gettext("reader of a station"),
}
"""Machine parts and ways of reading them."""


def reading_word(code: str) -> str:
    """A machine part or a way of reading, in words."""
    return str(READING_WORDS.get(code, code))


def verdict_word(code: str) -> str:
    """What passive authentication said, in words."""
    return str(VERDICTS.get(code, code))


def doubt_word(code: str) -> str:
    """What speaks against a chip, in words."""
    return str(DOUBTS.get(code, code))
