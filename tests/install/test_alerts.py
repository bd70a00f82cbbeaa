"""The alerts ask for figures that there are, fire when they should, and the page says what to do about each."""

from __future__ import annotations

import re
from pathlib import Path

from issuance.server import metrics
from issuance.services.overview import gauges
from tests.fixtures.prometheus import promtool

ROOT = Path(__file__).parents[2]
RULES = ROOT / "deploy" / "liman.rules.yml"
TEXT = RULES.read_text("utf-8")
ALERTS = re.findall(r"- alert: (\w+)", TEXT)
PAGE = (ROOT / "docs" / "operations.md").read_text("utf-8")


def figures() -> set[str]:
    """What the process of the figures tells."""
    told = "".join(Path(module.__file__).read_text("utf-8") for module in (gauges, metrics))
    return {f"liman_{name}" for name in re.findall(r'Gauge\("(\w+)"', told)}


def test_prometheus_takes_them() -> None:
    assert f"{len(ALERTS)} rules found" in promtool("check", "rules", str(RULES))


def test_they_fire_when_they_should() -> None:
    promtool("test", "rules", str(Path(__file__).with_name("alerts.yml")))


def test_they_ask_for_figures_that_there_are() -> None:
    asked = {name for line in TEXT.splitlines() if "summary" not in line for name in re.findall(r"liman_\w+", line)}
    assert asked
    assert asked <= figures()


def test_the_page_says_what_to_do_about_each() -> None:
    assert set(re.findall(r"^\| `(Liman\w+)` \|", PAGE, re.M)) == set(ALERTS)


def test_the_page_knows_every_figure() -> None:
    assert figures() <= set(re.findall(r"`(liman_\w+)`", PAGE))
