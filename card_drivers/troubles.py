"""What went wrong at a machine, as it crosses the wire: sentences by their codes, with their parameters.

A station sends no English: the register looks a code up in `card_drivers.sentences` and shows it in the reader's
language. Words of others (a printer's own, the system's, a path) are parameters. Nothing personal is in any of it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from card_drivers.sentences import SENTENCES

MAX_LINE = 500  # characters of one parameter, and of everything that is shown
MOST_PARAMS = 8
MOST_MORE = 8  # sentences after the first
LARGEST = 2**53  # what JSON carries exactly


def one_line(text: str) -> str:
    """What a device or its driver says, without control characters and of bounded length."""
    return "".join(character if character.isprintable() else " " for character in text)[:MAX_LINE].strip()


Code = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)]
Name = Annotated[str, Field(pattern=r"^[a-z_]+$", max_length=30)]
Words = Annotated[str, AfterValidator(one_line)]
Number = Annotated[int, Field(ge=-LARGEST, le=LARGEST)]
Params = Annotated[dict[Name, Words | Number], Field(max_length=MOST_PARAMS)]


class Sentence(BaseModel):
    """One sentence of the catalogue by its `code`; `params` fill its places."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: Code
    params: Params = {}

    @property
    def template(self) -> str:
        """The English sentence with its places, the key of its translation; the code of one that is not known."""
        return SENTENCES.get(self.code, self.code)

    def text(self, gettext: Callable[[str], str] = str) -> str:
        """The sentence in the language of `gettext`.

        One that this release does not know, or whose parameters do not fit, is shown by code and parameters.
        """
        template = SENTENCES.get(self.code)
        if template is not None:
            try:
                return gettext(template) % self.params
            except (KeyError, TypeError, ValueError):
                pass
        params = ", ".join(f"{name}: {value}" for name, value in self.params.items())
        return f"{self.code} ({params})" if params else self.code


class Trouble(Sentence):
    """What went wrong and what to do next: a sentence, and those that follow it, `more`."""

    more: tuple[Sentence, ...] = Field(default=(), max_length=MOST_MORE)

    @classmethod
    def of(cls, code: str | Trouble, /, **params: str | int) -> Trouble:
        """The trouble of this code. A trouble stays what it is. Whatever a device said can be a parameter."""
        if isinstance(code, Trouble):
            return code
        printable = {name: one_line(value) if isinstance(value, str) else value for name, value in params.items()}
        return cls(code=code, params=printable)

    @classmethod
    def said(cls, words: str) -> Trouble | None:
        """A sentence that came without a code, shown as it is; None for an empty one."""
        return cls.of("as-said", said=words) if words else None

    def then(self, other: Trouble) -> Trouble:
        """Both, one after the other; what is too much is left out."""
        first = Sentence(code=other.code, params=other.params)
        return self.model_copy(update={"more": (*self.more, first, *other.more)[:MOST_MORE]})

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of all its sentences."""
        return (self.code, *(each.code for each in self.more))

    def sentence(self, gettext: Callable[[str], str] = str) -> str:
        """Everything in the language of `gettext`, in one line of at most MAX_LINE characters. Never raises."""
        return one_line(" ".join([self.text(gettext), *(each.text(gettext) for each in self.more)]))


def english(trouble: Trouble | None) -> str:
    """The English sentence, "" when nothing is wrong: for logs and terminals."""
    return trouble.sentence() if trouble else ""


class Troubled(Exception):
    """An error that says what is wrong by a code of the catalogue; as a string it is the English sentence."""

    def __init__(self, code: str | Trouble, /, **params: str | int) -> None:
        self.trouble = Trouble.of(code, **params)
        super().__init__(self.trouble.sentence())

    def because(self, error: Exception) -> Self:
        """The same error, with what `error` says behind it when that has a code too."""
        if isinstance(error, Troubled):
            self.trouble = self.trouble.then(error.trouble)
        return self

    def __str__(self) -> str:
        return self.trouble.sentence()
