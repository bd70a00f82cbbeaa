"""Refusals as sentences: in English, from their own translations, or through a catalogue."""

from __future__ import annotations

from issuance.errors import Conflict, InvalidInput, LimanError, RuleViolation, StaleState


def test_places_are_filled_and_the_code_is_for_programs() -> None:
    error = Conflict("This is %(state)s and cannot become %(to)s.", state="valid", to="lodged")
    assert str(error) == "This is valid and cannot become lodged."
    assert error.code == "conflict"
    assert isinstance(StaleState("Someone was faster."), Conflict)


def test_a_percent_sign_without_places_is_left_alone() -> None:
    assert str(LimanError("100 % full")) == "100 % full"


def test_input_errors_name_their_field() -> None:
    error = InvalidInput("name", "The file %(name)s is damaged.", name="key")
    assert (error.field, str(error)) == ("name", "The file key is damaged.")


def test_the_article_is_added_once() -> None:
    without = RuleViolation("E5", "Norms, Art 51(1)", "A fee cannot be set.")
    within = RuleViolation("E3", "Art 20(8)", "No extension (Art 20(8)). Lodge a new request.")
    assert str(without) == "A fee cannot be set. (Norms, Art 51(1))"
    assert str(within) == "No extension (Art 20(8)). Lodge a new request."


def test_own_translations_come_before_the_catalogue() -> None:
    def catalogue(text: str) -> str:
        return {"No %(what)s.": "Fără %(what)s."}.get(text, text)

    own = LimanError("No %(what)s.", translations={"ro": "Nu există %(what)s."}, what="X")
    assert own.sentence("ro", catalogue) == "Nu există X."
    assert own.sentence("en") == "No X."
    assert LimanError("No %(what)s.", what="X").sentence("ro", catalogue) == "Fără X."
