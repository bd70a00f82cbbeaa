"""What the register refuses, in sentences that say what to do next.

A message is an English sentence that doubles as the key of its translation; `%(name)s` places are filled from
`params`. Sentences that come from data (document types) bring their translations along. Nothing personal goes into a
message: errors are logged.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from printing.errors import PrintingError


class LimanError(Exception):
    """Base of every refusal. `code` is for programs, `field` names the input at fault, `message` is for people."""

    code = "error"

    def __init__(
        self,
        message: str,
        *,
        field: str | None = None,
        translations: Mapping[str, str] | None = None,
        **params: object,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        self.translations = translations or {}
        self.params = params

    def sentence(self, language: str = "en", gettext: Callable[[str], str] = str) -> str:
        """The message in `language`: from its own translations, else through `gettext` (the catalogue)."""
        template = self.translations.get(language) or gettext(self.message)
        return template % self.params if self.params else template

    def __str__(self) -> str:
        return self.sentence()


class RuleViolation(LimanError):
    """The law or an office rule says no. `rule` is its number in docs/law.md (E3), `legal_basis` the article."""

    code = "rule_violation"

    def __init__(
        self,
        rule: str,
        legal_basis: str,
        message: str,
        *,
        field: str | None = None,
        translations: Mapping[str, str] | None = None,
        **params: object,
    ) -> None:
        super().__init__(message, field=field, translations=translations, **params)
        self.rule = rule
        self.legal_basis = legal_basis

    def sentence(self, language: str = "en", gettext: Callable[[str], str] = str) -> str:
        """The message; the article is added when the sentence, untranslated, does not name it already."""
        sentence = super().sentence(language, gettext)
        complete = language in self.translations or not self.legal_basis or self.legal_basis in sentence
        return sentence if complete else f"{sentence} ({self.legal_basis})"


class NotFound(LimanError):
    """There is no such thing, or not for this person."""

    code = "not_found"


class Conflict(LimanError):
    """The act does not fit the state things are in."""

    code = "conflict"


class StaleState(Conflict):
    """Someone else changed it meanwhile."""

    code = "stale_state"


class Raced(StaleState):
    """Another act wrote what this one was about to, at the same moment; tried again once, it finds what is there."""

    code = "raced"

    def __init__(self) -> None:
        super().__init__("Someone else did the same at this moment. Look at what is there now, and send it again.")


class Busy(LimanError):
    """The register is being written to for so long that this could not be; nothing was changed."""

    code = "busy"

    def __init__(self) -> None:
        super().__init__("The register is busy and nothing was saved. Wait a few seconds and send it again.")


class NotAllowed(LimanError):
    """This account may not do this."""

    code = "not_allowed"


class Unfit(LimanError):
    """The office may not run like this: with these settings, files, keys or this register. Nothing was touched."""

    code = "unfit"


class InvalidInput(LimanError):
    """What was typed or sent cannot be taken; `field` names it."""

    code = "invalid_input"

    def __init__(
        self,
        field: str,
        message: str,
        *,
        translations: Mapping[str, str] | None = None,
        **params: object,
    ) -> None:
        super().__init__(message, field=field, translations=translations, **params)

    @classmethod
    def of(cls, error: PrintingError, field: str = "") -> InvalidInput:
        """What printing refused, about `field`; else about the field it names, else about the whole content."""
        refusal = cls(field or error.field or "content", error.message)
        refusal.params = error.params
        return refusal
