"""Every text of the public pages in one language, each under its key: what there is to review (ADR 0080)."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from babel.messages.pofile import read_po

from issuance.law.office import text_reviews
from issuance.law.office.privacy import privacy
from issuance.law.persons.rights import LANGUAGES, Said, rights
from issuance.web.frame.tongues import parity, public_surface
from issuance.web.frame.tongues.public_surface import PAGES, ROOT, Key


class PublicText(NamedTuple):
    """A text: its key, where it is said, what it says in English and Romanian, and in the language.

    Of one that counts `said` has each form of the plural, a line each.
    """

    key: str
    where: str
    english: str
    romanian: str
    said: str
    has_plurals: bool = False

    @property
    def digest(self) -> str:
        """What a review of it is known by."""
        return text_reviews.digest(self.key, self.said)

    @property
    def differences(self) -> list[str]:
        """The places and numbers in which it differs from the English."""
        forms = self.said.split("\n") if self.has_plurals else [self.said]
        return sorted({each for form in forms for each in parity.differences(self.english, form)})


@cache
def public_texts(language: str) -> tuple[PublicText, ...]:
    """The texts of a language: of rights and duties first, as duties of the law hang on them."""
    return (*_of_rights(language), *_of_privacy(language), *_beside_pages(language), *_of_catalogue(language))


def _of_rights(language: str) -> Iterator[PublicText]:
    if language in LANGUAGES:
        for text in rights().texts:
            yield PublicText(text.key, "issuance/law/persons/rights.toml", text.en, text.ro, text.in_(language))


def _of_privacy(language: str) -> Iterator[PublicText]:
    """The notice of data protection, with its headings."""
    if language in LANGUAGES:
        said: dict[str, Said] = {text.key: text for text in privacy().texts}
        said |= {f"privacy heading {name}": text for name, text in privacy().heads.items()}
        for key, text in said.items():
            yield PublicText(key, "issuance/law/office/privacy.toml", text.en, text.ro, text.in_(language))


def _beside_pages(language: str) -> Iterator[PublicText]:
    for path in sorted(PAGES.glob("*.toml")):
        for name, said in tomllib.loads(path.read_text("utf-8")).items():
            if language in said:
                where = path.relative_to(ROOT).as_posix()
                yield PublicText(f"{path.stem} {name}", where, said["en"], said["ro"], said[language])


def _of_catalogue(language: str) -> Iterator[PublicText]:
    romanian, own = _catalogue("ro"), _catalogue(language)
    for key, where in public_surface.sentences().items():
        name = key if isinstance(key, str) else key[0]
        english = key if isinstance(key, str) else key[-1]
        if name in own:
            yield PublicText(name, where, english, romanian.get(name, ""), own[name], key != name)


@cache
def _catalogue(language: str) -> dict[str, str]:
    """The texts of a folder by their (first) key; all forms of a plural in one, a line each."""
    with (ROOT / "translations" / language / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return {_first(message.id): _whole(message.string) for message in read_po(file) if message.id}


def _first(key: Key | list[str]) -> str:
    return key if isinstance(key, str) else key[0]


def _whole(said: object) -> str:
    return "\n".join(map(str, said)) if isinstance(said, tuple | list) else str(said)
