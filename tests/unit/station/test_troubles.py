"""What a station says is wrong: codes and parameters, bounded, and shown whatever they are."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

import pytest
from pydantic import ValidationError

from card_drivers.order import (
    ChipReading,
    ClaimRequest,
    DeviceStatus,
    ErrandDone,
    Message,
    Order,
    Outcome,
    Result,
    StationSettings,
)
from card_drivers.troubles import MAX_LINE, MOST_MORE, Trouble, Troubled

SOME = UUID(int=7)


def test_a_trouble_is_shown_in_the_readers_language() -> None:
    words = {"Its job %(job)s was sent.": "Lucrarea %(job)s a fost trimisă."}
    assert Trouble.of("job-sent", job=7).sentence() == "Its job 7 was sent."
    assert Trouble.of("job-sent", job=7).sentence(words.__getitem__) == "Lucrarea 7 a fost trimisă."


@pytest.mark.parametrize(
    ("trouble", "shown"),
    [
        (Trouble.of("of-a-newer-release"), "of-a-newer-release"),
        (Trouble.of("of-a-newer-release", tray=3, said="no"), "of-a-newer-release (tray: 3, said: no)"),
        (Trouble.of("job-sent"), "job-sent"),
        (Trouble.of("job-sent", other=1), "job-sent (other: 1)"),
        (Trouble.of("feeder-empty", more=1), "The feeder is empty: load blanks."),
    ],
)
def test_what_is_not_understood_is_shown_all_the_same(trouble: Trouble, shown: str) -> None:
    assert trouble.sentence() == shown


def test_a_translation_that_does_not_fit_is_not_used() -> None:
    for broken in ("%(nothing)s", "100 %", "%(job)d of %(job)q"):
        assert Trouble.of("job-sent", job=7).sentence(lambda _, broken=broken: broken) == "job-sent (job: 7)"  # type: ignore[misc]


def test_what_a_device_says_is_one_bounded_line() -> None:
    trouble = Trouble.of("as-said", said="jam\x00 at\x1b[2J\n" + "y" * 2000)
    assert trouble.sentence().startswith("jam  at [2J yyy")
    assert len(trouble.params["said"]) == len(trouble.sentence()) == MAX_LINE  # type: ignore[arg-type]
    assert Trouble.of("as-said", said="no Unicode: \ud800!").sentence() == "no Unicode:  !"
    for _ in range(2 * MOST_MORE):
        trouble = trouble.then(trouble)
    assert len(trouble.sentence()) == MAX_LINE
    assert Trouble.model_validate_json(trouble.model_dump_json()) == trouble


@pytest.mark.parametrize(
    "sent",
    [
        {"code": "No code"},
        {"code": ""},
        {"code": "x" * 61},
        {"code": "x", "params": {"a b": 1}},
        {"code": "x", "params": {"a": 2**60}},
        {"code": "x", "params": {"a": [1]}},
        {"code": "x", "params": {"a": None}},
        {"code": "x", "params": {letter: 1 for letter in "abcdefghi"}},
        {"code": "x", "more": [{"code": "x"}] * (MOST_MORE + 1)},
        {"code": "x", "more": [{"code": "x", "more": []}]},
        {"code": "x", "sentence": "Open the door."},
    ],
)
def test_what_no_station_sends_is_refused(sent: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Trouble.model_validate(sent)


def test_an_error_takes_in_the_error_behind_it() -> None:
    error = Troubled("chip-file-length").because(Troubled("tlv-cut-off"))
    assert str(error).endswith("A data object is cut off.")
    assert Troubled("printer-off").because(OSError("no")).trouble.codes == ("printer-off",)


OF_PROTOCOL_2: list[tuple[Message, dict[str, Any], dict[str, Any]]] = [
    (
        Result(order_id=SOME, claim_id=SOME, outcome=Outcome.SPOILED, trouble=Trouble.said("Jam.")),
        {"order_id": SOME, "claim_id": SOME, "outcome": "spoiled"},
        {"message": "Jam."},
    ),
    (
        Result(order_id=SOME, claim_id=SOME, outcome=Outcome.DONE),
        {"order_id": SOME, "claim_id": SOME, "outcome": "done"},
        {"message": ""},
    ),
    (DeviceStatus(state="idle", trouble=Trouble.said("Jam.")), {"state": "idle"}, {"last_error": "Jam."}),
    (ErrandDone(revision=3, trouble=Trouble.said("Jam.")), {"revision": 3}, {"error": "Jam."}),
    (ChipReading(read_id=SOME, trouble=Trouble.said("Jam.")), {"read_id": SOME}, {"error": "Jam."}),
    (StationSettings(revision=3, settings={}), {"revision": 3, "settings": {}}, {}),
    (
        Order(order_id=SOME, claim_id=SOME, document_type="RP", stock="card", faces=()),
        {"order_id": SOME, "claim_id": SOME, "document_type": "RP", "stock": "card", "faces": ()},
        {},
    ),
]


@pytest.mark.parametrize(("today", "fields", "words"), OF_PROTOCOL_2)
def test_what_the_release_before_wrote_is_read(today: Message, fields: dict[str, Any], words: dict[str, Any]) -> None:
    assert type(today).model_validate(fields | words | {"protocol": 2}) == today
    with pytest.raises(ValidationError):
        type(today).model_validate(fields | {"message": "x", "protocol": 3})
    written = today.model_dump(mode="json") | {"protocol": 4}
    assert type(today).model_validate_json(json.dumps(written)) == today


def test_a_station_of_the_release_before_gets_no_work() -> None:
    """It could not read the order, which would lie claimed until its lease ends."""
    with pytest.raises(ValidationError):
        ClaimRequest.model_validate({"claim_id": SOME, "protocol": 2})


def test_the_english_sentence_is_still_at_hand() -> None:
    said = Trouble.of("feeder-empty")
    assert DeviceStatus(state="idle", trouble=said).last_error == "The feeder is empty: load blanks."
    assert ErrandDone(trouble=said).error == ChipReading(read_id=SOME, trouble=said).error == said.sentence()
    assert Result(order_id=SOME, claim_id=SOME, outcome=Outcome.DONE).message == ""
