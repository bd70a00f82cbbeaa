"""Reading what was typed: typed values, a sentence beside each wrong field, nothing lost."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterator

import pytest
from flask import Flask
from flask_babel import Babel
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from issuance.errors import Conflict, InvalidInput, NotAllowed, NotFound, RuleViolation, StaleState
from issuance.web.frame.forms import Form, FormRefused
from printing.content import PartialDate

parts = (
    st.one_of(st.none(), st.integers(1, 31)),
    st.one_of(st.none(), st.integers(1, 12)),
    st.one_of(st.none(), st.integers(1900, 2026)),
)


@pytest.fixture(autouse=True, scope="module")
def speaking() -> Iterator[None]:
    """An application that can translate."""
    app = Flask(__name__)
    Babel(app)
    with app.test_request_context():
        yield


def typed_date(day: int | None, month: int | None, year: int | None) -> Form:
    """A form whose date boxes hold these parts; None is ticked unknown."""
    values = {}
    for part, value in (("day", day), ("month", month), ("year", year)):
        values[f"born-{part}" if value else f"born-{part}-unknown"] = str(value or 1)
    return Form(values)


@given(*parts)
def test_a_date_is_read_as_the_document_understands_it(day: int | None, month: int | None, year: int | None) -> None:
    form = typed_date(day, month, year)
    text = form.partial_date("born")
    if text:
        assert PartialDate.parse(text) == PartialDate(year, month, day)
        shown = Form({"born": text})
        assert [shown.part("born", part) for part in ("day", "month", "year")] == [
            f"{day:02d}" if day else "",
            f"{month:02d}" if month else "",
            f"{year:04d}" if year else "",
        ]
        assert [shown.part_unknown("born", p) for p in ("day", "month", "year")] == [not day, not month, not year]
    else:
        assert day
        assert day > 28
        assert "no such day" in form.errors["born"]


@pytest.mark.parametrize(
    ("day", "month", "year", "advice"),
    [
        ("32", "1", "1990", "from 1 to 31"),
        ("1", "13", "1990", "from 1 to 12"),
        ("1", "1", "90", "four digits"),
        ("1", "1", "3000", "from 1850 to 2150"),
        ("", "", "", "from 1 to 31"),
        ("٣", "1", "1990", "from 1 to 31"),
        ("-1", "1", "1990", "from 1 to 31"),
        ("9" * 5000, "1", "1990", "from 1 to 31"),
        ("30", "2", "1990", "no such day"),
        ("29", "2", "2001", "no such day"),
    ],
)
def test_a_wrong_date_says_what_to_do(day: str, month: str, year: str, advice: str) -> None:
    form = Form({"born-day": day, "born-month": month, "born-year": year})
    assert form.partial_date("born") == ""
    assert advice in form.errors["born"]


def test_a_part_is_typed_or_unknown_but_not_both() -> None:
    form = Form({"born-day": "3", "born-day-unknown": "1", "born-month": "4", "born-year": "1990"})
    form.partial_date("born")
    assert "not both" in form.errors["born"]


def test_a_full_date_has_no_unknown_part_and_may_be_left_out() -> None:
    assert typed_date(3, 4, 2020).date("born") == dt.date(2020, 4, 3)
    unknown = Form({"born-day": "3", "born-month-unknown": "1", "born-year": "2020"})
    assert unknown.date("born") is None
    assert unknown.errors == {"born": "Give the month as a number from 1 to 12."}
    empty = Form({"born-day": "", "born-month": "", "born-year": ""})
    assert empty.date("born", required=False) is None
    assert not empty.errors


@pytest.mark.parametrize(
    ("typed", "advice"),
    [
        ("", "Fill this in."),
        ("  \t ", "Fill this in."),
        ("a\x00b", "U+0000"),
        ("a\nb", "U+000A"),
        ("abc\u202ecba", "U+202E"),
        ("\u2067abc", "U+2067"),
        ("x" * 201, "200 characters; it has 201"),
        ("x" * 10_000_000, "200 characters; it has 10000000"),
        ("\ud800", "U+D800"),
    ],
)
def test_a_wrong_text_says_what_to_do_and_stays(typed: str, advice: str) -> None:
    form = Form({"name": typed})
    form.text("name")
    assert advice in form.errors["name"]
    assert form.value("name") == typed
    with pytest.raises(FormRefused):
        form.check()


def test_text_is_trimmed_and_composed_but_zero_width_joiners_stay() -> None:
    assert Form({"name": "  S\u0326tefan "}).text("name") == "Ștefan"
    assert Form({"name": "می\u200cخواهم"}).text("name") == "می\u200cخواهم"
    assert Form({"note": "a\r\nb"}).text("note", lines=True) == "a\nb"


def test_choices_come_from_the_options_only() -> None:
    form = Form(MultiDict([("sex", "F"), ("missing", "photo"), ("missing", "proof"), ("kind", "hacked")]))
    assert form.choice("sex", ["F", "M", "X"]) == "F"
    assert form.choices("missing", ["photo", "proof", "form"]) == ["photo", "proof"]
    assert form.choice("kind", ["first"]) == ""
    assert form.choice("absent", ["first"], required=False) == ""
    assert form.choices("missing", ["photo"]) == ["photo", "proof"]
    assert set(form.errors) == {"kind", "missing"}


@pytest.mark.parametrize(("typed", "number"), [("7", 7), ("0", 0), ("-1", None), ("1e3", None), ("9" * 4000, None)])
def test_whole_numbers_have_limits(typed: str, number: int | None) -> None:
    assert Form({"fee": typed}).whole("fee", least=0, most=10) == number


def test_a_file_may_not_be_empty_or_too_large() -> None:
    app = Flask(__name__)
    Babel(app)
    files = {"a": (io.BytesIO(b""), "a.png"), "b": (io.BytesIO(b"12345"), "b.png"), "c": (io.BytesIO(b"123"), "c.png")}
    with app.test_request_context(method="POST", data=files):
        form = Form.sent()
        assert form.file("c", limit=4) == b"123"
        form.file("a")
        form.file("b", limit=4)
        form.file("never-sent")
        assert set(form.errors) == {"a", "b", "never-sent"}


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (InvalidInput("name", "Type it again."), 400),
        (NotAllowed("Not you."), 403),
        (Conflict("It moved."), 409),
        (RuleViolation("E3", "Art 20(8)", "It cannot be extended."), 409),
        (StaleState("Somebody was faster."), 409),
    ],
)
def test_refusals_of_an_act_are_shown_in_the_form(error: Exception, status: int) -> None:
    form = Form({"name": "Öz"})
    with form.catch():
        raise error
    assert form.refused
    assert form.status == status
    assert form.value("name") == "Öz"
    assert form.stale == isinstance(error, StaleState)
    assert ("name" in form.errors) == isinstance(error, InvalidInput)


@pytest.mark.parametrize("error", [NotFound("Gone."), ZeroDivisionError()])
def test_what_is_no_refusal_passes_the_form(error: Exception) -> None:
    with pytest.raises(type(error)), Form().catch():
        raise error


def test_a_stale_form_shows_what_was_saved_and_can_be_sent_over_it() -> None:
    form = Form({"name": "mine", "place": "same", "version": "3"})
    assert form.version == 3
    form.compare({"name": "theirs", "place": "same"}, 5)
    assert form.theirs == {"name": "theirs"}
    assert (form.value("name"), form.version) == ("mine", 5)


@pytest.mark.parametrize("version", ["", "x", "-1", "9" * 30])
def test_a_form_without_its_version_is_incomplete(version: str) -> None:
    form = Form({"version": version})
    with form.catch():
        assert form.version
    assert form.problems == ["This page is incomplete. Open it again; what you typed is below."]
