"""The table of what can be made where: right about the types, about every driver, and in the documentation."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from card_drivers import capabilities
from card_drivers.__main__ import main
from card_drivers.order import Abilities, Need, Size
from card_drivers.station import equipment
from issuance import document_types
from printing.faces import layout
from tests import composed

CARD = Size(width_mm=85.6, height_mm=53.98)


def needs_of_the_types() -> Iterator[Need]:
    """What each type takes, by its own file and by what the composer draws of it."""
    for code, kind in document_types.load().items():
        drawn = layout.load(kind.template().layout)
        inks = {layer.name for face in composed.faces(code) for layer in face.layers} - {"fine"}
        yield Need(
            document_type=code,
            size=Size(width_mm=drawn.width, height_mm=drawn.height),
            faces=len(drawn.faces),
            inks=tuple(ink for ink in ("colour", "black", "uv") if ink in inks),
            profile=kind.chip.profile if kind.chip else None,
            stock=kind.stock,
            producer=kind.producer,
        )


def test_the_needs_are_those_of_the_types() -> None:
    assert capabilities.needs() == tuple(needs_of_the_types())


def test_every_printer_is_in_the_table() -> None:
    assert {kind.name.split(",")[0] for kind in capabilities.kinds()} == set(equipment.names("printer"))


def test_the_table_is_printed_and_stands_in_the_documentation(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["capabilities"]) == 0
    printed = capsys.readouterr().out.strip()
    documentation = Path("docs/drivers.md").read_text("utf-8")
    assert printed in documentation, "put what `python -m card_drivers capabilities` prints into docs/drivers.md"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"sizes": (Size(width_mm=125, height_mm=88),)}, "printer-no-medium"),
        ({"faces": 1}, "printer-sides"),
        ({"inks": ("colour", "black")}, "printer-no-uv"),
        ({"profiles": ("another",)}, "printer-no-chip"),
        ({"stocks": {"card": 0, "sheet": 9}}, "stock-out"),
    ],
)
def test_what_a_station_lacks_is_named(changes: dict[str, object], code: str) -> None:
    need = Need(document_type="X", size=CARD, faces=2, inks=("black", "uv"), profile="p", stock="card")
    able = Abilities(sizes=(Size(width_mm=54, height_mm=85.6),), profiles=("p",))
    assert able.lacks(need) == ()
    assert [trouble.code for trouble in able.model_copy(update=changes).lacks(need)] == [code]
