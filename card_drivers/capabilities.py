"""Which kinds of stations make which documents: what the drivers say of their settings, against what each type takes.

`python -m card_drivers capabilities` prints the table, and docs/drivers.md has it; `tests/contract/test_matrix.py`
makes what it says can be made.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from card_drivers.chips import profile
from card_drivers.order import Abilities, Need
from card_drivers.printers import bureau, evolis, ipp, simulator

FILE = Path(__file__).with_name("needs.toml")
WHY = {
    "printer-no-medium": "size",
    "printer-sides": "sides",
    "printer-no-ink": "ink",
    "printer-no-uv": "ultraviolet",
    "printer-no-chip": "chip",
}
"""The words of the table for what a station lacks, by the code of the driver's refusal."""
SITE_PROFILES = ("generic-globalplatform",)
"""What a bureau with card-manager keys of its own writes."""
AT_A_STATION = "station only"
YES = "yes"
LEFT_OUT = "without ultraviolet"
LEGEND = """\
- yes: it is made.
- without ultraviolet: it is made when the printer's settings say that this layer may be left out, else refused.
- no: it is refused before a blank is taken. It lacks a medium of the size, or prints too few sides; has no encoder, or
  is not known to write the chip; or the type is made at a station only and never sent to a bureau."""


@dataclass(frozen=True)
class Kind:
    """A kind of station: a printer of these settings by what its driver says of them; an `encoder` in or beside it."""

    name: str
    settings: Any
    can: Callable[[Any], Abilities]
    encoder: bool = False
    bureau: bool = False

    @property
    def may_leave_out(self) -> bool:
        """Whether it has a setting that lets the ultraviolet layer go."""
        return "without_uv" in type(self.settings).model_fields

    def abilities(self, *, without_uv: bool) -> Abilities:
        """What it can make, without the ultraviolet layer where its settings may say so."""
        chosen = self.settings.model_copy(update={"without_uv": without_uv} if self.may_leave_out else {})
        found = self.can(chosen)
        return found.model_copy(update={"profiles": tuple(profile.names())}) if self.encoder else found

    def makes(self, need: Need) -> str:
        """Whether it makes documents of this type, in the words of the table: yes, without a layer, or why not."""
        only = [AT_A_STATION] if self.bureau and need.producer == "station" else []
        lacks = only + [WHY[trouble.code] for trouble in self.abilities(without_uv=True).lacks(need)]
        if lacks:
            return f"no: {', '.join(lacks)}"
        return LEFT_OUT if self.abilities(without_uv=False).lacks(need) else YES


def kinds() -> tuple[Kind, ...]:
    """The kinds that are told apart: every driver, IPP by what lies in it."""
    sheets = ("cards", "85.6 x 53.98"), ("booklet pages", "125 x 88"), ("sheets", "210 x 297, 210 x 148")
    return (
        Kind("simulator", simulator.Settings(), simulator.can, encoder=True),
        Kind("evolis", evolis.Settings(), evolis.can, encoder=True),
        *(Kind(f"ipp, {name}", ipp.Settings(uri="ipps://printer", media=media), ipp.can) for name, media in sheets),
        *(
            Kind(f"ipp, {name}, desk reader", ipp.Settings(uri="ipps://printer", media=media), ipp.can, encoder=True)
            for name, media in sheets[:2]
        ),
        Kind("bureau", bureau.Settings(profiles=", ".join(SITE_PROFILES)), bureau.can, bureau=True),
    )


def needs() -> tuple[Need, ...]:
    """What every document type of the register takes."""
    types = tomllib.loads(FILE.read_text("utf-8"))
    return tuple(Need.model_validate({"document_type": code, **need}) for code, need in types.items())


def table() -> str:
    """Types against kinds of stations, in Markdown."""
    columns = kinds()
    rows = [["type", "size (mm)", *(kind.name for kind in columns)], ["---"] * (len(columns) + 2)]
    rows += [[need.document_type, _size(need), *(kind.makes(need) for kind in columns)] for need in needs()]
    return "\n".join([*map(_row, rows), "", LEGEND])


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _size(need: Need) -> str:
    return f"{need.size.width_mm:g} x {need.size.height_mm:g}"
