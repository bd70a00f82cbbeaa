"""What can go wrong when a document is composed. Each message says which field, which limit, and what to do next."""

from __future__ import annotations


class CompositionError(Exception):
    """Base of the composer's errors. The message is for a person; it may hold personal data and is never logged."""


class FontMissing(CompositionError):
    """A font file is not installed; `package` is the Debian package that brings it."""

    def __init__(self, file_name: str, package: str) -> None:
        self.file_name, self.package = file_name, package
        super().__init__(f"The font {file_name} is not installed: install the Debian package {package}.")


class GlyphError(CompositionError):
    """A character that no installed font can draw, or that must not be on a document (control, direction marks)."""

    def __init__(self, field: str, character: str, advice: str) -> None:
        self.field, self.character = field, character
        super().__init__(f"{field}: the character U+{ord(character):04X} cannot be printed: {advice}")


class FitError(CompositionError):
    """A text that does not fit its box even at the smallest size its layout allows. Nothing is ever cut."""

    def __init__(self, field: str, length: int, width_mm: float, height_mm: float, minimum_pt: float) -> None:
        self.field, self.length = field, length
        super().__init__(
            f"{field}: {length} characters do not fit the box of {width_mm:g} x {height_mm:g} mm at {minimum_pt:g} pt, "
            "the smallest size allowed: enter a shorter form that the holder agrees to."
        )


class LayoutError(CompositionError):
    """A layout file that cannot be used: an unknown or missing key, an unknown field, a caption too long."""


class ContentError(CompositionError):
    """Content that lacks a field, has an unknown one, or a wrong value; `field` names it."""

    def __init__(self, field: str, problem: str) -> None:
        self.field = field
        super().__init__(f"{field}: {problem}")


class PortraitError(CompositionError):
    """A picture that cannot become a portrait; the message says why and what to do."""
