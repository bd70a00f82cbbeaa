"""`python -m card_drivers acceptance`: its options, and one trial from the first question to the report."""

from __future__ import annotations

import argparse
import datetime as dt
from pathlib import Path

from card_drivers.acceptance import cards
from card_drivers.acceptance.report import Report, verdict_of
from card_drivers.acceptance.trial import SKIP, Trial
from card_drivers.bureau import site_keys
from card_drivers.bureau.site_keys import SiteKeys
from card_drivers.chips import profile as profiles
from card_drivers.device import ConfigurationError
from card_drivers.order import ChipPart
from card_drivers.station.agent import SOFTWARE
from card_drivers.station.equipment import Equipment


def add_options(parser: argparse.ArgumentParser) -> None:
    """What is typed behind the command."""
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--out", type=Path, help="file for the signed report")
    what.add_argument("--check", type=Path, help="show a report, when this station signed it as it is")
    parser.add_argument("--model", default="", help="maker and model of the printer, for the report")
    parser.add_argument("--stock", default="", help="stock of the blanks (simulator); otherwise the next one")
    parser.add_argument("--profile", default="", help="a chip profile: one more card, with a chip")
    parser.add_argument("--card-keys", type=Path, help="folder with the card-keys.json of the blanks, for --profile")


def tried(options: argparse.Namespace, equipment: Equipment) -> Report:
    """The report of a trial, whose questions go to the terminal; ConfigurationError before a blank is taken."""
    if not options.model.strip():
        raise ConfigurationError("acceptance-no-model")
    chip, keys = _test_chip(options, equipment)
    status, abilities = equipment.printer.status(), equipment.abilities()
    trial = Trial(equipment.printer, equipment.encoder, options.state, _ask, options.stock)
    trial.run(abilities, chip, keys)
    return Report(
        model=options.model.strip(),
        made_at=dt.datetime.now(dt.UTC),
        software=SOFTWARE,
        printer=options.printer,
        encoder=options.encoder,
        profile=options.profile or None,
        status=status,
        abilities=abilities,
        checks=tuple(trial.checks),
        blanks=tuple(trial.blanks),
        verdict=verdict_of(trial.checks),
    )


def _test_chip(options: argparse.Namespace, equipment: Equipment) -> tuple[ChipPart | None, SiteKeys | None]:
    """What goes into the chip of a test card, and what opens the blank one."""
    if not options.profile:
        return None, None
    if equipment.encoder is None:
        raise ConfigurationError("station-no-encoder")
    profile = profiles.load(options.profile)
    keys = site_keys.read(options.card_keys) if options.card_keys is not None else None
    if profile.needs_keys and keys is None:
        raise ConfigurationError("acceptance-no-keys", profile=options.profile)
    return cards.chip_content(options.profile, profile), keys


def _ask(question: str) -> str:
    """What a person types; when nobody is there any more, everything else is skipped."""
    try:
        return input(question + "\n")
    except EOFError:
        return SKIP
