"""How long our layers of ID-1 cards take from PDF to 300 dpi pixels: python -m tests.bench.layers FOLDER."""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections import defaultdict
from pathlib import Path

from issuance.document_types.registry import load
from printing.faces import compose
from tests.bench import records

CARDS = ("RP-R", "TID", "TPP")
INKS = ("colour", "black")
PERSONS = 12
DPI = 300


def milliseconds(folder: Path) -> dict[str, tuple[float, float]]:
    """Median and longest time of each type's face and ink, in milliseconds."""
    times = defaultdict(list)
    for code in CARDS:
        template = load()[code].template()
        for content in records.contents(folder, "card", 0, PERSONS):
            numbered = content.model_copy(update={"reference": "RO2611000042"})
            sealed = records.sealed(numbered, template, records.Signer())
            for artwork in compose.compose(numbered, template, specimen=False, seal=sealed):
                for ink in INKS:
                    if ink in artwork.layers:
                        times[f"{code} {artwork.face}, {ink}"].append(_rasterised(artwork.layers[ink]))
    return {name: (statistics.median(taken), max(taken)) for name, taken in times.items()}


def _rasterised(layer: bytes) -> float:
    begun = time.perf_counter()
    compose.rasterise(layer, DPI)
    return (time.perf_counter() - begun) * 1000


if __name__ == "__main__":
    print(json.dumps(milliseconds(Path(sys.argv[1]))))
