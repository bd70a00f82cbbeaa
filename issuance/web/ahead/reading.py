"""What a family typed, read field by field; a refusal stands beside its field, in words of this page."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping

from issuance.clock import Clock
from issuance.errors import InvalidInput
from issuance.services.ahead.said import NEEDS, OTHER, Family, Member
from issuance.services.persons.family import TIES
from issuance.values import names
from issuance.values.calendar import check_birth_date
from issuance.values.codes import SEXES
from issuance.web.ahead import words as page
from issuance.web.frame.forms import DATE_PARTS, Form
from issuance.web.words.languages import CODES

LONGEST_CONTACT = 200


class Reader:
    """Reads one form with the words of its page."""

    def __init__(self, form: Form, words: Mapping[str, str]) -> None:
        self.form, self.words = form, words

    def member(self, clock: Clock, *, is_first: bool) -> Member:
        """The person that was typed. FormRefused when a field cannot be taken."""
        member = Member(
            family_name=self._checked("family_name", names.check_name, "unreadable", required=True),
            given_names=self._checked("given_names", names.check_name, "unreadable"),
            latin_family=self._checked("latin_family", names.check_latin_name, "not_latin"),
            latin_given=self._checked("latin_given", names.check_latin_name, "not_latin"),
            birth_date=self._born(clock),
            birth_place=self._checked("birth_place", names.check_text, "unreadable", limit=names.MAX_TEXT),
            sex=self.form.choice("sex", SEXES),
            nationality=self.form.choice("nationality", {code for code, _ in page.countries() if code}),
            language=self.form.choice("language", CODES),
            tie=OTHER if is_first else self.form.choice("tie", (*TIES, OTHER)),
        )
        self.form.check()
        return member

    def wishes(self, family: Family) -> Family:
        """The family with what it needs and how to reach it, as far as that can be taken."""
        chosen = set(self.form.values.getlist("needs"))
        contact = self._checked("contact", names.check_text, "unreadable", limit=LONGEST_CONTACT, lines=True)
        return Family(family.people, tuple(each for each in NEEDS if each in chosen), contact)

    def _checked(
        self,
        name: str,
        check: Callable[[str, str], str],
        why: str,
        *,
        required: bool = False,
        limit: int = names.MAX_NAME,
        lines: bool = False,
    ) -> str:
        text = self.form.text(name, required=required, limit=limit, lines=lines)
        if not text or name in self.form.errors:
            return ""
        try:
            return check(name, " ".join(text.split()))
        except InvalidInput:
            self.form.refuse(name, self.words[why])
            return ""

    def _born(self, clock: Clock) -> str:
        """The birth date, in digits of any script."""
        for part in DATE_PARTS:
            box = f"birth_date-{part}"
            self.form.values[box] = "".join(map(_digit, self.form.value(box)[:20]))
        born = self.form.partial_date("birth_date")
        try:
            return check_birth_date(born, clock.today()) if born else ""
        except InvalidInput:
            self.form.refuse("birth_date", self.words["no_birth_date"])
            return ""


def _digit(character: str) -> str:
    return str(unicodedata.decimal(character)) if unicodedata.category(character) == "Nd" else character
