"""The machine readable zone of Doc 9303: TD1 (3 x 30), TD2 (2 x 36) and TD3 (2 x 44), written and read.

One table per layout says where each field stands; writing and reading both follow it. Each field's character set is
checked before its check digit is trusted: E and 4, A and 0 weigh the same modulo 10.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from typing import NamedTuple

from printing.errors import PrintingError
from printing.mrz.codes import CODE_RULES, ISSUING_STATES, NATIONALITIES, READABLE_CODES, WRITABLE_CODES

_VALUES = bytes.maketrans(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ<", bytes((*range(36), 0)))

_LETTERS = ("A-Z<", "a letter A-Z or <")
_LETTERS_DIGITS = ("A-Z0-9<", "a letter A-Z, a digit or <")
_DIGITS = ("0-9", "a digit")
_DIGITS_OR_FILLER = ("0-9<", "a digit or <")
_SEX = ("FM<", "F, M or <")


class MrzError(PrintingError, ValueError):
    """A machine readable zone that cannot be written, or that was not read right.

    `field` is a name of `Mrz` (or `lines`, `composite`, and with `_check` for a check digit); `line` and `position`
    count from 1 and are None where nothing was read. `found` can be personal: show it, do not log it. `str()` says
    where, what was expected and what was found, for whoever reads zones; `message` is for the clerk who typed it.
    """

    field: str

    def __init__(
        self, field: str, expected: str, found: str, *, line: int | None = None, position: int | None = None
    ) -> None:
        super().__init__("This cannot stand in the machine readable zone. Check it against the paper.", field)
        self.expected, self.found = expected, found
        self.line, self.position = line, position

    def __str__(self) -> str:
        counted = (("line", self.line), ("position", self.position))
        place = ", ".join(f"{name} {value}" for name, value in counted if value)
        name = str(self.field).replace("_", " ")
        return f"MRZ {f'{place} ({name})' if place else name}: expected {self.expected}, found {self.found!r}."


class _Field(NamedTuple):
    """Where a field stands (line and first position from 1) and which characters it may hold."""

    name: str
    line: int
    start: int
    length: int
    characters: tuple[str, str]

    def cut(self, lines: tuple[str, ...]) -> str:
        """This field's characters."""
        return lines[self.line - 1][self.start - 1 : self.start - 1 + self.length]

    def error(self, expected: str, found: str, offset: int = 0) -> MrzError:
        """An error at this field, or at the character `offset` places into it."""
        return MrzError(self.name, expected, found, line=self.line, position=self.start + offset)


_HOLDER_OF_TWO_LINES = (
    _Field("nationality", 2, 11, 3, _LETTERS),
    _Field("birth_date", 2, 14, 6, _DIGITS_OR_FILLER),
    _Field("birth_date_check", 2, 20, 1, _DIGITS),
    _Field("sex", 2, 21, 1, _SEX),
    _Field("expiry_date", 2, 22, 6, _DIGITS),
    _Field("expiry_date_check", 2, 28, 1, _DIGITS),
)
_LAYOUTS: dict[str, tuple[_Field, ...]] = {
    "TD1": (
        _Field("document_code", 1, 1, 2, _LETTERS),
        _Field("issuing_state", 1, 3, 3, _LETTERS),
        _Field("document_number", 1, 6, 9, _LETTERS_DIGITS),
        _Field("document_number_check", 1, 15, 1, _DIGITS_OR_FILLER),
        _Field("optional_data_1", 1, 16, 15, _LETTERS_DIGITS),
        _Field("birth_date", 2, 1, 6, _DIGITS_OR_FILLER),
        _Field("birth_date_check", 2, 7, 1, _DIGITS),
        _Field("sex", 2, 8, 1, _SEX),
        _Field("expiry_date", 2, 9, 6, _DIGITS),
        _Field("expiry_date_check", 2, 15, 1, _DIGITS),
        _Field("nationality", 2, 16, 3, _LETTERS),
        _Field("optional_data_2", 2, 19, 11, _LETTERS_DIGITS),
        _Field("composite", 2, 30, 1, _DIGITS),
        _Field("name", 3, 1, 30, _LETTERS),
    ),
    "TD2": (
        _Field("document_code", 1, 1, 2, _LETTERS),
        _Field("issuing_state", 1, 3, 3, _LETTERS),
        _Field("name", 1, 6, 31, _LETTERS),
        _Field("document_number", 2, 1, 9, _LETTERS_DIGITS),
        _Field("document_number_check", 2, 10, 1, _DIGITS_OR_FILLER),
        *_HOLDER_OF_TWO_LINES,
        _Field("optional_data_1", 2, 29, 7, _LETTERS_DIGITS),
        _Field("composite", 2, 36, 1, _DIGITS),
    ),
    "TD3": (
        _Field("document_code", 1, 1, 2, _LETTERS),
        _Field("issuing_state", 1, 3, 3, _LETTERS),
        _Field("name", 1, 6, 39, _LETTERS),
        _Field("document_number", 2, 1, 9, _LETTERS_DIGITS),
        _Field("document_number_check", 2, 10, 1, _DIGITS),
        *_HOLDER_OF_TWO_LINES,
        _Field("optional_data_1", 2, 29, 14, _LETTERS_DIGITS),
        _Field("optional_data_1_check", 2, 43, 1, _DIGITS_OR_FILLER),
        _Field("composite", 2, 44, 1, _DIGITS),
    ),
}
_SIZES = {layout: {field.name: field.length for field in table} for layout, table in _LAYOUTS.items()}
_OUTSIDE_COMPOSITE = {"document_code", "issuing_state", "nationality", "sex", "name", "composite"}

LINE_SIZES = {"TD1": (3, 30), "TD2": (2, 36), "TD3": (2, 44)}
"""Number of lines and characters a line, by layout."""
_NAMES = {
    layout: [[field.name for field in table if field.line == line] for line in range(1, LINE_SIZES[layout][0] + 1)]
    for layout, table in _LAYOUTS.items()
}


def letters_at(layout: str) -> tuple[tuple[str, ...], ...]:
    """Which characters may stand at each place of each line."""
    count, width = LINE_SIZES[layout]
    offered = [[""] * width for _ in range(count)]
    for field in _LAYOUTS[layout]:
        letters = "".join(
            each for each in "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789<" if re.match(f"[{field.characters[0]}]", each)
        )
        offered[field.line - 1][field.start - 1 : field.start - 1 + field.length] = [letters] * field.length
    return tuple(map(tuple, offered))


def check_digit(text: str) -> str:
    """The check digit over MRZ characters, weights 7 3 1 modulo 10 (Doc 9303-3 section 4.9)."""
    values = text.encode("ascii").translate(_VALUES)
    return str((7 * sum(values[::3]) + 3 * sum(values[1::3]) + sum(values[2::3])) % 10)


@dataclass(frozen=True)
class Mrz:
    """The content of a machine readable zone; an impossible one cannot be constructed (MrzError names the field).

    `layout` is "TD1", "TD2" or "TD3". Dates are the six MRZ characters YYMMDD, `<<` for an unknown part of the birth
    date. `sex` is "M", "F" or "<". Names are MRZ letters with single spaces between components; a person with one name
    has it as `primary_identifier` and an empty `secondary_identifier`; some states write it the other way round, which
    is read. Fillers at the end of codes, number and optional data are not part of their value: `D` and `D<<` are the
    same, `I` is completed to `I<`.

    TD1 and TD2 carry a document number of up to 22 and 14 characters: the part beyond nine and its check digit stand
    at the start of the optional data and shorten it. `optional_data_2` exists on TD1 only.
    """

    layout: str
    document_code: str
    issuing_state: str
    document_number: str
    nationality: str
    birth_date: str
    sex: str
    expiry_date: str
    primary_identifier: str
    secondary_identifier: str
    optional_data_1: str = ""
    optional_data_2: str = ""

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if not isinstance(value, str):
                raise MrzError(name, "text", type(value).__name__)
        if self.layout not in _LAYOUTS:
            raise MrzError("layout", "TD1, TD2 or TD3", self.layout)
        for name in ("issuing_state", "nationality", "document_number", "optional_data_1", "optional_data_2"):
            object.__setattr__(self, name, getattr(self, name).rstrip("<"))
        object.__setattr__(self, "document_code", self.document_code.ljust(2, "<"))
        self._check_codes()
        self._check_numbers()
        _check_date("birth_date", self.birth_date, unknown_allowed=True)
        _check_date("expiry_date", self.expiry_date, unknown_allowed=False)
        _check_names(self.primary_identifier, self.secondary_identifier)

    def to_lines(self) -> tuple[str, ...]:
        """The lines to print. A name that does not fit is truncated, see `_name_field`; a name that fits never is.

        MrzError as `check_writable`.
        """
        self.check_writable()
        return self._lines

    @cached_property
    def _lines(self) -> tuple[str, ...]:
        """Made once: a document says them in print and in its seal."""
        layout = _LAYOUTS[self.layout]
        values = self._field_values()
        values["composite"] = _composite(layout, values)
        return tuple("".join(map(values.__getitem__, names)) for names in _NAMES[self.layout])

    def check_writable(self) -> None:
        """Refuse, with MrzError, what is read but not written by us: TD3 codes such as `P<`, no primary identifier."""
        if not WRITABLE_CODES[self.layout].fullmatch(self.document_code):
            raise MrzError("document_code", CODE_RULES[self.layout], self.document_code)
        if not self.primary_identifier:
            raise MrzError("primary_identifier", "letters A-Z: a person's only name stands here", "")

    @classmethod
    def parse(cls, lines: Iterable[str]) -> Mrz:
        """Read the lines of a machine readable zone; MrzError names line, position, expected and found.

        What `to_lines` can write is read, and besides that on TD3 only: any second letter or `<` in the code (older
        passports), and `<` for the check digit of empty optional data. A truncated name is returned as it stands; a
        letter in the last position of the name field says that it may be truncated.
        """
        layout, lines = _layout_of(lines)
        table = {field.name: field for field in _LAYOUTS[layout]}
        values = {name: _read(field, lines) for name, field in table.items()}
        _verify_check_digits(table, values)
        number = _read_long_number(table, values) if values["document_number_check"] == "<" else {}
        if values["composite"] != (expected := _composite(table.values(), values)):
            raise table["composite"].error(expected, values["composite"])
        values |= number
        primary, secondary = _read_name(table["name"], values["name"])
        try:
            return cls(
                layout=layout,
                primary_identifier=primary,
                secondary_identifier=secondary,
                **{name: values.get(name, "") for name in _PLAIN_FIELDS},
            )
        except MrzError as error:
            raise table[error.field].error(error.expected, error.found) from None

    def _field_values(self) -> dict[str, str]:
        """Every field but the composite check digit, filled to its length."""
        number, number_check, optional = self._number_and_optional()
        values = {name: getattr(self, name) for name in _PLAIN_FIELDS}
        values |= {"document_number": number, "document_number_check": number_check, "optional_data_1": optional}
        sizes = _SIZES[self.layout]
        values["name"] = _name_field(self.primary_identifier, self.secondary_identifier, sizes["name"])
        filled = {name: values[name].ljust(size, "<") for name, size in sizes.items() if name in values}
        for name in ("birth_date", "expiry_date", "optional_data_1"):
            # An empty field's digit is 0 and not `<`: DG1 declares it numeric (Doc 9303-10, table 42).
            filled[f"{name}_check"] = check_digit(filled[name])
        return filled

    def _number_and_optional(self) -> tuple[str, str, str]:
        """Number field, its check position and optional data; a long number runs over (9303-5 and -6, note j)."""
        number, rest = self.document_number[:9], self.document_number[9:]
        if rest:
            return number, "<", f"{rest}{check_digit(number + rest)}<{self.optional_data_1}"
        return number, check_digit(number), self.optional_data_1

    def _check_codes(self) -> None:
        if not READABLE_CODES[self.layout].fullmatch(self.document_code):
            raise MrzError("document_code", CODE_RULES[self.layout], self.document_code)
        for name, known in (("issuing_state", ISSUING_STATES), ("nationality", NATIONALITIES)):
            if (code := getattr(self, name)) not in known:
                advice = "D for Germany" if code == "DEU" else "a code of Doc 9303-3 section 5"
                raise MrzError(name, advice, code)
        if self.sex not in ("M", "F", "<"):
            raise MrzError("sex", "M, F or <", self.sex)

    def _check_numbers(self) -> None:
        sizes = _SIZES[self.layout]
        limit = 9 if self.layout == "TD3" else 9 + sizes["optional_data_1"] - 2
        if not re.fullmatch(r"[A-Z0-9]([A-Z0-9<]*[A-Z0-9])?", self.document_number):
            raise MrzError("document_number", "letters A-Z and digits", self.document_number)
        if len(self.document_number) > limit:
            raise MrzError("document_number", f"at most {limit} characters on {self.layout}", self.document_number)
        if "<" in self.document_number and len(self.document_number) > 9:
            raise MrzError("document_number", "no < in a number of more than 9 characters", self.document_number)
        _check_optional("optional_data_1", self._number_and_optional()[2], sizes["optional_data_1"])
        _check_optional("optional_data_2", self.optional_data_2, sizes.get("optional_data_2", 0))


_PLAIN_FIELDS = tuple(field.name for field in fields(Mrz) if field.name != "layout" and "identifier" not in field.name)


def _check_optional(name: str, value: str, size: int) -> None:
    """Refuse optional data that do not fit; a long document number counts with them."""
    if not re.fullmatch(r"[A-Z0-9<]*", value):
        raise MrzError(name, "letters A-Z, digits and <", value)
    if len(value) > size:
        raise MrzError(name, f"at most {size} characters, with the end of a long document number", value)


def _check_date(name: str, value: str, *, unknown_allowed: bool) -> None:
    """Refuse a date that no century has; unknown year, month or day are `<<` (Doc 9303-3 section 4.8)."""
    part = "([0-9]{2}|<<)" if unknown_allowed else "([0-9]{2})"
    match = re.fullmatch(part * 3, value)
    if not match:
        raise MrzError(name, "YYMMDD, << for an unknown part" if unknown_allowed else "YYMMDD, all known", value)
    year, month, day = (None if text == "<<" else int(text) for text in match.groups())
    try:
        # 2000 has a 29 February, and so has the year 00 of some century; January has 31 days.
        dt.date(2000 + (year or 0), 1 if month is None else month, 1 if day is None else day)
    except ValueError:
        raise MrzError(name, "a date of the calendar", value) from None


def _check_names(primary: str, secondary: str) -> None:
    """Refuse names that are not MRZ letters with single spaces between components, or no name at all."""
    for name, value, other in (
        ("primary_identifier", primary, secondary),
        ("secondary_identifier", secondary, primary),
    ):
        if not re.fullmatch(r"[A-Z]+( [A-Z]+)*", value) and (value or not other):
            raise MrzError(name, "letters A-Z, one space between components", value)


def _name_field(primary: str, secondary: str, width: int) -> str:
    """The name in at most `width` positions, truncated if it must be (Doc 9303-4, 4.2.3, and the same in 5 and 6).

    The secondary identifier is cut from its end; the primary only as far as `<<` and one letter of the secondary need.
    """
    primary, secondary = primary.replace(" ", "<"), secondary.replace(" ", "<")
    if not secondary:
        return _truncate(primary, width)
    return _truncate(f"{_truncate(primary, width - 3)}<<{secondary}", width)


def _truncate(name: str, width: int) -> str:
    """`name` cut to `width` positions so that the last is a letter, the sign that it may be truncated.

    Where the cut falls on a filler, the last component of several letters gives up one, which makes room for the
    initial of the next component. If all are initials (no real name), the last two are joined.
    """
    cut = name[:width]
    if not cut.endswith("<"):
        return cut
    ends = [match.start() for match in re.finditer("(?<=[A-Z])[A-Z](?=<)", cut)] or [len(cut) - 1]
    return cut[: ends[-1]] + cut[ends[-1] + 1 :] + name[width]


def _composite(layout: Iterable[_Field], values: Mapping[str, str]) -> str:
    """The check digit over numbers, dates, optional data and their check digits, in the order of the lines."""
    return check_digit("".join(values[field.name] for field in layout if field.name not in _OUTSIDE_COMPOSITE))


def _layout_of(lines: Iterable[str]) -> tuple[str, tuple[str, ...]]:
    """The layout of which these lines have number and length."""
    if isinstance(lines, str | bytes) or not isinstance(lines, Iterable):
        raise MrzError("lines", "two or three lines as a list", type(lines).__name__)
    lines = tuple(lines)
    sizes = {size: layout for layout, size in LINE_SIZES.items()}
    if len(lines) not in (2, 3):
        raise MrzError("lines", "3 lines of 30, or 2 of 36 or 44 characters", f"{len(lines)} lines")
    for number, line in enumerate(lines, start=1):
        allowed = [length for count, length in sizes if count == len(lines)]
        if not isinstance(line, str) or len(line) not in allowed or len(line) != len(lines[0]):
            expected = " or ".join(map(str, allowed)) if number == 1 else str(len(lines[0]))
            found = f"{len(line)} characters" if isinstance(line, str) else type(line).__name__
            raise MrzError("lines", f"{expected} characters", found, line=number)
    return sizes[len(lines), len(lines[0])], lines


def _read(field: _Field, lines: tuple[str, ...]) -> str:
    """The characters of a field; a wrong one is an error before any check digit is looked at."""
    value = field.cut(lines)
    allowed, description = field.characters
    if wrong := re.search(f"[^{allowed}]", value):
        raise field.error(description, wrong.group(), wrong.start())
    return value


def _verify_check_digits(table: Mapping[str, _Field], values: Mapping[str, str]) -> None:
    """Compare every check digit but the composite's: the error names the field that was misread."""
    for name, expected in _expected_check_digits(table, values):
        if values[name] != expected:
            raise table[name].error(expected, values[name])


def _expected_check_digits(table: Mapping[str, _Field], values: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for name in table:
        found = values[name]
        checked = name.removesuffix("_check")
        if checked == name or (checked == "document_number" and found == "<"):
            continue
        if checked == "optional_data_1" and found == "<" and not values[checked].strip("<"):
            continue
        yield name, check_digit(values[checked])


def _read_long_number(table: Mapping[str, _Field], values: Mapping[str, str]) -> dict[str, str]:
    """Document number and optional data where `<` in place of the check digit announces a long number.

    Where nothing goes on behind it, the digit itself was misread.
    """
    head, _, optional = values["optional_data_1"].partition("<")
    number = values["document_number"] + head[:-1]
    field = table["optional_data_1"]
    if not head:
        raise table["document_number_check"].error(check_digit(number), "<")
    if len(head) < 2 or len(head) >= field.length:
        raise field.error("the end of a long document number, its check digit and <", values[field.name])
    if head[-1] != check_digit(number):
        raise field.error(f"check digit {check_digit(number)} of the long document number", head[-1], len(head) - 1)
    return {"document_number": number, "optional_data_1": optional}


def _read_name(field: _Field, value: str) -> tuple[str, str]:
    """Primary and secondary identifier, components separated by a space; without the primary it begins with `<<`."""
    match = re.match(r"([A-Z]+(?:<[A-Z]+)*)?(?:<<([A-Z]+(?:<[A-Z]+)*))?<*", value)
    if match is not None and not any(match.groups()):
        match = None
    if match is None or match.end() < len(value):
        wrong = match.end() if match else 0
        raise field.error("components separated by <, identifiers by <<, then only fillers", value[wrong], wrong)
    primary, secondary = match.groups(default="")
    return primary.replace("<", " "), secondary.replace("<", " ")
