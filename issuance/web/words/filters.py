"""What templates say codes with: the functions of the words as filters and globals."""

from __future__ import annotations

from flask import Flask

from issuance.values import references
from issuance.web.words import machines, sessions, states
from issuance.web.words.events import acts


def init_app(app: Flask) -> None:
    """Let every template say codes in words."""
    app.add_template_filter(states.word)
    app.add_template_filter(sessions.ending_words, "ending")
    app.add_template_filter(machines.reading_word)
    app.add_template_filter(machines.verdict_word)
    app.add_template_filter(machines.doubt_word)
    app.add_template_filter(machines.said)
    app.add_template_filter(acts.machine_word)
    app.jinja_env.globals.update(
        device_reason=machines.device_reason,
        reason_words=machines.reason_words,
        result_words=machines.result_words,
        trouble_words=machines.trouble_words,
        ability_words=machines.ability_words,
        stock_word=machines.stock_word,
        supply_word=machines.supply_word,
        grouped=references.grouped,
        few_blanks=machines.FEW_BLANKS,
        low_supply=machines.LOW_SUPPLY,
    )
