"""Files of the logical data structure, LDS 1.8 (Doc 9303-10, 4.6 and 4.7): EF.COM and the data groups, but for the
portrait (`facial_image`). Each is written and read as the complete file, with its tag. What cannot be written or read
is an LdsError that names the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from printing.chip import tlv
from printing.chip.details import DocumentDetails, PersonalDetails, dg11, dg12, parse_dg11, parse_dg12
from printing.chip.security_infos import SecurityInfo, encode_infos, parse_infos
from printing.chip.tlv import LdsError, Note, unnoted
from printing.mrz import Mrz
from printing.mrz.zone import LINE_SIZES
from printing.pki import public_keys
from printing.pki.signing import CertificateError

__all__ = [
    "DATA_GROUPS",
    "LDS_VERSION",
    "TAGS",
    "UNICODE_VERSION",
    "Com",
    "DocumentDetails",
    "LdsError",
    "PersonalDetails",
    "TrustPoint",
    "com",
    "dg1",
    "dg3_empty",
    "dg11",
    "dg12",
    "dg14",
    "dg15",
    "parse_com",
    "parse_dg1",
    "parse_dg3",
    "parse_dg11",
    "parse_dg12",
    "parse_dg14",
    "parse_dg15",
]

DATA_GROUPS = {f"DG{number}": number for number in range(1, 17)}
"""Data group number by file name."""

TAGS = {
    "COM": 0x60, "DG1": 0x61, "DG2": 0x75, "DG3": 0x63, "DG4": 0x76, "DG5": 0x65, "DG6": 0x66, "DG7": 0x67, "DG8": 0x68,
    "DG9": 0x69, "DG10": 0x6A, "DG11": 0x6B, "DG12": 0x6C, "DG13": 0x6D, "DG14": 0x6E, "DG15": 0x6F, "DG16": 0x70,
    "SOD": 0x77,
}  # fmt: skip
"""The tag of each file of the eMRTD application by its name (table 38). EF.CardAccess has none: it is ASN.1."""

LDS_VERSION, UNICODE_VERSION = "0108", "040000"

_NAMES = {tag: name for name, tag in TAGS.items()}
_LDS, _UNICODE, _TAG_LIST = 0x5F01, 0x5F36, 0x5C
_MRZ = 0x5F1F
_GROUP_TEMPLATE, _COUNT, _ISSUER_DEFINED = 0x7F61, 0x02, 0x53
_REFERENCE = re.compile("[A-Z]{2}[A-Z0-9]{1,9}[A-Z0-9]{5}")


@dataclass(frozen=True)
class Com:
    """EF.COM: version of the data structure ("0108" is 1.8), of Unicode ("040000" is 4.0.0), files present by name.

    Nothing signs it: which files belong to a document is what EF.SOD says.
    """

    data_groups: tuple[str, ...]
    lds_version: str = LDS_VERSION
    unicode_version: str = UNICODE_VERSION


@dataclass(frozen=True)
class TrustPoint:
    """Whose terminals may read fingerprints: the holder reference of the CVCA that a chip trusts from the start
    (Doc 9303-11, 7.1.4.3.1), country, name and sequence, such as "ROCVCA00001". LdsError for another form.

    A chip holds DG3 only where a personalisation profile gives it such a trust point and terminal authentication.
    """

    reference: str

    def __post_init__(self) -> None:
        if not _REFERENCE.fullmatch(self.reference):
            raise LdsError("DG3", "needs a CVCA reference of country, name and five characters of sequence")


def com(data_groups: Iterable[str]) -> bytes:
    """The complete file EF.COM that says these data groups are there (4.6.1); LdsError for a name that is none."""
    chosen = sorted(set(data_groups), key=lambda name: DATA_GROUPS.get(name, 0))
    if unknown := [name for name in chosen if name not in DATA_GROUPS]:
        raise LdsError("COM", f"lists data groups; {unknown[0]!r} is none")
    return tlv.encode(
        TAGS["COM"],
        tlv.encode(_LDS, LDS_VERSION.encode()),
        tlv.encode(_UNICODE, UNICODE_VERSION.encode()),
        tlv.encode(_TAG_LIST, bytes(TAGS[name] for name in chosen)),
    )


def parse_com(data: bytes) -> Com:
    """What a complete file EF.COM says; LdsError when it is malformed."""
    objects = tlv.decode(tlv.value(data, TAGS["COM"], "COM"), "COM")
    if [one.tag for one in objects] != [_LDS, _UNICODE, _TAG_LIST]:
        raise LdsError("COM", "has other data objects than 5F01, 5F36 and 5C")
    lds, unicode, tags = (one.value for one in objects)
    if not re.fullmatch(b"[0-9]{4}", lds) or not re.fullmatch(b"[0-9]{6}", unicode):
        raise LdsError("COM", "has a version that is not in four or six digits")
    names = tuple(_NAMES.get(tag, "") for tag in tags)
    if len(set(names)) != len(names) or not DATA_GROUPS.keys() >= set(names):
        raise LdsError("COM", "lists a data group twice, or a tag that is no data group's")
    return Com(names, lds.decode(), unicode.decode())


def dg1(mrz_lines: tuple[str, ...]) -> bytes:
    """The complete file EF.DG1: these lines in one data object (4.7.1).

    MrzError when the lines are no machine readable zone: what is wrong in print never reaches a chip.
    """
    Mrz.parse(mrz_lines)
    return tlv.encode(TAGS["DG1"], tlv.encode(_MRZ, "".join(mrz_lines).encode("ascii")))


def parse_dg1(data: bytes) -> tuple[str, ...]:
    """The lines in a complete file EF.DG1; LdsError when it is malformed.

    Check digits are not looked at: `Mrz.parse` does, and names what is wrong.
    """
    mrz = tlv.value(tlv.value(data, TAGS["DG1"], "DG1"), _MRZ, "DG1")
    if not re.fullmatch(b"[A-Z0-9<]*", mrz):
        raise LdsError("DG1", "holds characters other than A-Z, 0-9 and <")
    lengths = {count * length: length for count, length in LINE_SIZES.values()}
    if len(mrz) not in lengths:
        raise LdsError("DG1", f"holds {len(mrz)} characters, expected 90 (TD1), 72 (TD2) or 88 (TD3)")
    text, length = mrz.decode("ascii"), lengths[len(mrz)]
    return tuple(text[start : start + length] for start in range(0, len(text), length))


def dg3_empty(nonce: bytes) -> bytes:
    """The complete file EF.DG3 of a document without fingerprints (4.7.3.2.2). `nonce`: random bytes, 8 to 64, so that
    its digest in EF.SOD does not tell that it is empty. LdsError for another size.
    """
    if not 8 <= len(nonce) <= 64:
        raise LdsError("DG3", f"without prints needs 8 to 64 random bytes, not {len(nonce)}")
    none = tlv.encode(_GROUP_TEMPLATE, tlv.encode(_COUNT, b"\x00"))
    return tlv.encode(TAGS["DG3"], none, tlv.encode(_ISSUER_DEFINED, nonce))


def parse_dg3(data: bytes) -> int:
    """How many prints are in a complete file EF.DG3; LdsError when it is malformed. The prints are not decoded."""
    objects = tlv.decode(tlv.value(data, TAGS["DG3"], "DG3"), "DG3")
    if not objects or objects[0].tag != _GROUP_TEMPLATE or any(one.tag != _ISSUER_DEFINED for one in objects[1:]):
        raise LdsError("DG3", "has other data objects than 7F61 and 53")
    count, *templates = tlv.decode(objects[0].value, "DG3") or (tlv.DataObject(0, b""),)
    if count != (_COUNT, bytes((len(templates),))):
        raise LdsError("DG3", "has another number of prints than it says")
    return len(templates)


def dg14(infos: Iterable[SecurityInfo]) -> bytes:
    """The complete file EF.DG14 with these SecurityInfos (4.7.14); LdsError for what is no protocol."""
    return tlv.encode(TAGS["DG14"], encode_infos(infos, "DG14"))


def parse_dg14(data: bytes) -> tuple[SecurityInfo, ...]:
    """The SecurityInfos in a complete file EF.DG14; LdsError when it is malformed."""
    return parse_infos(tlv.value(data, TAGS["DG14"], "DG14"), "DG14")


def dg15(public_key: bytes) -> bytes:
    """The complete file EF.DG15 with the key of active authentication (4.7.15), a SubjectPublicKeyInfo (DER).

    An EC key's curve is written out (Doc 9303-11, 9.5.2). LdsError for what is no RSA key and no key on a known curve.
    """
    try:
        return tlv.encode(TAGS["DG15"], public_keys.read(public_key).info.dump())
    except CertificateError as error:
        raise LdsError("DG15", f"needs a public key that can be used; {error}") from error


def parse_dg15(data: bytes, note: Note = unnoted) -> bytes:
    """The SubjectPublicKeyInfo (DER) in a complete file EF.DG15, noting a weak one; LdsError when it holds no RSA or
    EC key."""
    public_key = tlv.value(data, TAGS["DG15"], "DG15")
    try:
        key = public_keys.read(public_key, foreign=True)
    except CertificateError as error:
        raise LdsError("DG15", f"holds no public key that can be used; {error}") from error
    if key.weak:
        note(f"the key for active authentication ({key.kind}) is too short to be relied on")
    return public_key
