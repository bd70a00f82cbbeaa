"""DG11, details of the holder, and DG12, details of the document (Doc 9303-10, 4.7.11 and 4.7.12), written and read.

Both are a list of the tags that are present, and then these, in the order of the standard's table. Texts are UTF-8, of
at most 99 bytes each; every element is optional. Images of papers are not written, and passed over when read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from printing.chip import tlv
from printing.chip.tlv import DataObject, LdsError, Note, unnoted

MAX_TEXT = 99
"""Bytes of a text (tables 72 and 74); only custody information may have 999."""

_TAG_LIST, _REPEATED, _COUNT = 0x5C, 0xA0, 0x02
_DG11, _DG12 = 0x6B, 0x6C
_IMAGES = (0x5F16, 0x5F1D, 0x5F1E)
_DAY, _MOMENT = 8, 14  # digits of yyyymmdd and of yyyymmddhhmmss
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


@dataclass(frozen=True)
class PersonalDetails:
    """DG11. Names are as in the MRZ but in any script, `ERIKSSON<<ANNA<MARIA`; place and address as their parts.

    `birth_date` is yyyymmdd with 00 or 0000 for what is not known. Empty: not present.
    """

    full_name: str = ""
    other_names: tuple[str, ...] = ()
    personal_number: str = ""
    birth_date: str = ""
    birth_place: tuple[str, ...] = ()
    address: tuple[str, ...] = ()
    telephone: str = ""
    profession: str = ""
    title: str = ""
    summary: str = ""
    other_documents: tuple[str, ...] = ()
    custody: str = ""


@dataclass(frozen=True)
class DocumentDetails:
    """DG12. `issue_date` is yyyymmdd, `personalised` yyyymmddhhmmss. Empty: not present."""

    authority: str = ""
    issue_date: str = ""
    other_persons: tuple[str, ...] = ()
    endorsements: str = ""
    tax_exit: str = ""
    personalised: str = ""
    system: str = ""


class _Element(NamedTuple):
    """Where a field stands, and of what kind it is: "text", "parts" (between `<`), "names" (repeated) or a number of
    digits."""

    name: str
    tag: int
    kind: str | int = "text"
    most: int = MAX_TEXT


_PERSONAL = (
    _Element("full_name", 0x5F0E),
    _Element("other_names", 0x5F0F, "names"),
    _Element("personal_number", 0x5F10),
    _Element("birth_date", 0x5F2B, _DAY),
    _Element("birth_place", 0x5F11, "parts"),
    _Element("address", 0x5F42, "parts"),
    _Element("telephone", 0x5F12),
    _Element("profession", 0x5F13),
    _Element("title", 0x5F14),
    _Element("summary", 0x5F15),
    _Element("other_documents", 0x5F17, "parts"),
    _Element("custody", 0x5F18, most=999),
)
_DOCUMENT = (
    _Element("authority", 0x5F19),
    _Element("issue_date", 0x5F26, _DAY),
    _Element("other_persons", 0x5F1A, "names"),
    _Element("endorsements", 0x5F1B),
    _Element("tax_exit", 0x5F1C),
    _Element("personalised", 0x5F55, _MOMENT),
    _Element("system", 0x5F56),
)


def dg11(details: PersonalDetails) -> bytes:
    """The complete file EF.DG11. LdsError for a text that is too long, or with characters that cannot stand in it."""
    return _file(_DG11, _PERSONAL, details, "DG11")


def parse_dg11(data: bytes, note: Note = unnoted) -> PersonalDetails:
    """What is in a complete file EF.DG11, noting what is odd; LdsError when it is malformed."""
    return PersonalDetails(**_read(data, _DG11, _PERSONAL, "DG11", note))


def dg12(details: DocumentDetails) -> bytes:
    """The complete file EF.DG12. LdsError for a text that is too long, or with characters that cannot stand in it."""
    return _file(_DG12, _DOCUMENT, details, "DG12")


def parse_dg12(data: bytes, note: Note = unnoted) -> DocumentDetails:
    """What is in a complete file EF.DG12, noting what is odd; LdsError when it is malformed."""
    return DocumentDetails(**_read(data, _DG12, _DOCUMENT, "DG12", note))


def _file(tag: int, elements: Iterable[_Element], details: PersonalDetails | DocumentDetails, file: str) -> bytes:
    present = [(element, getattr(details, element.name)) for element in elements if getattr(details, element.name)]
    tags = b"".join(element.tag.to_bytes(2, "big") for element, _ in present)
    objects = [_object(element, found, file) for element, found in present]
    return tlv.encode(tag, tlv.encode(_TAG_LIST, tags), *objects)


def _object(element: _Element, found: Any, file: str) -> bytes:
    if element.kind == "names":
        if len(found) > MAX_TEXT:
            raise LdsError(file, f"has more than {MAX_TEXT} names in {element.name}")
        names = [tlv.encode(element.tag, _text(element, name, file)) for name in found]
        return tlv.encode(_REPEATED, tlv.encode(_COUNT, bytes((len(found),))), *names)
    if element.kind == "parts":
        if any("<" in part for part in found):
            raise LdsError(file, f"has < within a part of {element.name}, where it stands between parts")
        found = "<".join(found)
    if isinstance(element.kind, int) and not re.fullmatch(f"[0-9]{{{element.kind}}}", found):
        raise LdsError(file, f"needs {element.kind} digits as {element.name}")
    return tlv.encode(element.tag, _text(element, found, file))


def _text(element: _Element, text: str, file: str) -> bytes:
    try:
        data = text.encode()
    except UnicodeEncodeError:
        raise LdsError(file, f"has a character in {element.name} that UTF-8 has not") from None
    if not 0 < len(data) <= element.most:
        raise LdsError(file, f"has {len(data)} bytes as {element.name}, allowed are 1 to {element.most}")
    if _CONTROL.search(text):
        raise LdsError(file, f"has a control character in {element.name}")
    return data


def _read(data: bytes, tag: int, elements: tuple[_Element, ...], file: str, note: Note) -> dict[str, Any]:
    objects = tlv.decode(tlv.value(data, tag, file), file)
    if not objects or objects[0].tag != _TAG_LIST:
        raise LdsError(file, "does not begin with its tag list 5C")
    by_tag = {element.tag: element for element in elements}
    found = list(_found(objects[1:], file))
    tags = [one for one, _ in found]
    if len(set(tags)) != len(tags):
        raise LdsError(file, "has a data object twice")
    if not set(tags) <= {*by_tag, *_IMAGES}:
        note(f"{file} has data objects that its table does not know; they are passed over")
    if set(_tag_list(objects[0].value)) not in (set(tags), {one.tag for one in objects[1:]}):
        note(f"{file} has another tag list than data objects")
    return {by_tag[one].name: _parsed(by_tag[one], values, file) for one, values in found if one in by_tag}


def _found(objects: Iterable[DataObject], file: str) -> Iterator[tuple[int, list[bytes]]]:
    """Each element's tag with its values: names, which repeat, are in a template with their number."""
    for one in objects:
        if one.tag != _REPEATED:
            yield one.tag, [one.value]
            continue
        count, *names = tlv.decode(one.value, file) or (DataObject(0, b""),)
        if count != (_COUNT, bytes((len(names),))) or len({name.tag for name in names}) != 1:
            raise LdsError(file, "has another number of names than it says")
        yield names[0].tag, [name.value for name in names]


def _tag_list(data: bytes) -> Iterator[int]:
    """The tags, of one or two bytes; some states list the template of names, A0, and not the names."""
    place = 0
    while place < len(data):
        size = 2 if data[place] & 0x1F == 0x1F else 1
        yield int.from_bytes(data[place : place + size], "big")
        place += size


def _parsed(element: _Element, values: list[bytes], file: str) -> Any:
    if element.kind == "names":
        return tuple(_decoded(one, element, file) for one in values)
    if len(values) != 1:
        raise LdsError(file, f"has {element.name} several times")
    if isinstance(element.kind, int):
        return _digits(values[0], element, element.kind, file)
    text = _decoded(values[0], element, file)
    return tuple(text.split("<")) if element.kind == "parts" else text


def _decoded(data: bytes, element: _Element, file: str) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise LdsError(file, f"has {element.name} not in UTF-8") from None


def _digits(data: bytes, element: _Element, count: int, file: str) -> str:
    """The digits of a date, written one a byte or, in older documents, two a byte (4.7.12)."""
    text = data.hex() if len(data) == count // 2 else data.decode("latin-1")
    if not re.fullmatch(f"[0-9]{{{count}}}", text):
        raise LdsError(file, f"has {element.name} not in {count} digits")
    return text
