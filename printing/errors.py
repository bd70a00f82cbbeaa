"""What printing refuses, in English sentences that say which limit and what to do next, and can be translated."""

from __future__ import annotations


class PrintingError(Exception):
    """Base of every refusal of this package.

    `message` is an English sentence that doubles as the key of its translation; its `%(name)s` places are filled from
    `params`. `field` names the value at fault, None for the whole: a page shows the sentence beside that field, `str()`
    puts the name before it. The sentence is for a person; it may hold personal data and is never logged.
    """

    def __init__(self, message: str, field: str | None = None, **params: object) -> None:
        super().__init__(message)
        self.message, self.field, self.params = message, field, params

    def __str__(self) -> str:
        sentence = self.message % self.params if self.params else self.message
        return f"{self.field}: {sentence}" if self.field else sentence


class CompositionError(PrintingError):
    """Base of the composer's errors."""


class FontMissing(CompositionError):
    """A font file is not installed; `package` is the Debian package that brings it."""

    def __init__(self, file_name: str, package: str) -> None:
        self.file_name, self.package = file_name, package
        message = "The font %(file)s is not installed: install the Debian package %(package)s."
        super().__init__(message, file=file_name, package=package)


class FontDamaged(FontMissing):
    """A font file that ends before its tables do, or is no font; `package` brings it whole."""

    def __init__(self, file_name: str, package: str) -> None:
        super().__init__(file_name, package)
        self.message = "The font file %(file)s is damaged: install the Debian package %(package)s again."


class GlyphError(CompositionError):
    """A character that no installed font can draw, or that must not be on a document (control, direction marks)."""

    def __init__(self, field: str, character: str, message: str, **params: object) -> None:
        self.character = character
        super().__init__(message, field, character=shown(character), **params)


class FitError(CompositionError):
    """A text that does not fit its box even at the smallest size its layout allows. Nothing is ever cut."""

    def __init__(self, field: str, length: int, width_mm: float, height_mm: float, minimum_pt: float) -> None:
        self.length = length
        message = (
            "%(length)s characters do not fit the box of %(width)s x %(height)s mm at %(minimum)s pt, the smallest "
            "size allowed: enter a shorter form that the holder agrees to."
        )
        width, height, minimum = (_plain(size) for size in (width_mm, height_mm, minimum_pt))
        super().__init__(message, field, length=length, width=width, height=height, minimum=minimum)


class LayoutError(CompositionError):
    """A layout file that cannot be used: an unknown or missing key, an unknown field, a caption too long."""


class ContentError(CompositionError):
    """Content that lacks a field, has an unknown one, or a wrong value; `field` names it."""

    def __init__(self, field: str, message: str, **params: object) -> None:
        super().__init__(message, field, **params)


class PortraitError(CompositionError):
    """A picture that cannot become a portrait; the message says why and what to do."""


def shown(character: str) -> str:
    """A character as a sentence names it, `中 (U+4E2D)`; an invisible one by its code alone."""
    code = f"U+{ord(character):04X}"
    return f"{character} ({code})" if character.isprintable() else code


def _plain(number: float) -> float:
    """The number to one place, as an integer when it is one: 5 and not 5.0."""
    return int(number) if number == int(number) else round(number, 1)
