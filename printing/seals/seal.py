"""The visible digital seal of Doc 9303-13: encode, sign, decode, verify. Bytes in, bytes out; no keys, no files.

A seal is a header, a message zone of tag, length and value, and a signature over both. Which messages a kind of
document carries is in `seal_profiles.toml`; the DataMatrix around it is drawn by `symbols.data_matrix`.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from functools import cached_property, lru_cache
from typing import Any

from cryptography import x509

from printing.mrz import Mrz, MrzError
from printing.pki.signing import Signer, SignerCertificate, read_certificates
from printing.seals.encoding import Reader, SealError, c40_size, encode_c40, encode_date, encode_length
from printing.seals.profiles import MRZ, PROFILES, Feature, Profile

_MAGIC = 0xDC
_SIGNATURE = 0xFF
_SIGNATURE_SIZES = (56, 64, 96, 128)
_VERSIONS = {0x02: 3, 0x03: 4}
_SIGNER = re.compile(r"[A-Z]{2}[A-Z0-9]{2}")
_HEX = re.compile(r"[0-9A-F]+")
_MRZ_FIELDS = frozenset(Mrz.__dataclass_fields__) - {"layout"}


@dataclass(frozen=True)
class Header:
    """A seal's header (Doc 9303-13, table 1).

    `version` is 3 or 4; `issuing_state` as in the MRZ ("ROU", "D"); `signer` is the signer certificate's country and
    common name ("ROIM") and `certificate_reference` its serial number in hex; `definition` and `category` are the
    document feature definition reference and the document type category.
    """

    version: int
    issuing_state: str
    signer: str
    certificate_reference: str
    issue_date: dt.date
    signature_date: dt.date
    definition: int
    category: int

    @property
    def profile_name(self) -> str:
        """Definition and category in hex: "FD/02"."""
        return f"{self.definition:02X}/{self.category:02X}"

    @property
    def certificate_serial(self) -> int:
        """The serial number of the signer's certificate."""
        return int(self.certificate_reference, 16)


@dataclass(frozen=True)
class Message:
    """One message: its bytes and, if the profile knows its tag, our name for it and its text, fillers at the end off.

    The text of a machine readable zone is its two lines of 36 characters with a line feed between them.
    """

    tag: int
    value: bytes
    name: str | None = None
    text: str | None = None


@dataclass(frozen=True)
class Seal:
    """A decoded seal: nothing of it is proved before its signature is verified. `signed` is header and message zone."""

    header: Header
    messages: tuple[Message, ...]
    signed: bytes
    signature: bytes

    @property
    def profile(self) -> Profile | None:
        """The profile of this kind of document, None for a kind we do not know: its messages are not decoded then."""
        return PROFILES.get(self.header.profile_name)

    @property
    def fields(self) -> dict[str, str]:
        """The decoded texts by name."""
        return {message.name: message.text for message in self.messages if message.name and message.text is not None}

    @property
    def document_code(self) -> str | None:
        """The two characters of the MRZ that say what document this is; None without an MRZ that we know."""
        return self.fields[MRZ][:2] if MRZ in self.fields else None

    @cached_property
    def mrz(self) -> Mrz | None:
        """The machine readable zone, None without one or with a code that Doc 9303-6 forbids (ME is in use)."""
        try:
            return Mrz.parse(self.fields[MRZ].split("\n")) if MRZ in self.fields else None
        except MrzError as error:
            if error.field == "document_code":
                return None
            raise


class Verdict(StrEnum):
    """What verification found. Of several findings the gravest counts: a forgery is never merely expired."""

    VALID = "valid"
    UNKNOWN_SIGNER = "unknown signer"
    SIGNATURE_WRONG = "signature wrong"
    PRINTED_DIFFERS = "printed data differ"
    SIGNER_EXPIRED = "signer expired"


@dataclass(frozen=True)
class Verification:
    """The verdict on a seal, the decoded seal, and the names of the printed fields that differ from it."""

    verdict: Verdict
    seal: Seal
    differences: tuple[str, ...] = ()

    def report(self) -> dict[str, Any]:
        """Everything as JSON values: verdict, differences, header fields, messages by tag as hex and decoded."""
        header = asdict(self.seal.header)
        header |= {name: value.isoformat() for name, value in header.items() if isinstance(value, dt.date)}
        return {
            "verdict": self.verdict.value,
            "differences": list(self.differences),
            "profile": self.seal.header.profile_name,
            "header": header,
            "messages": {
                str(message.tag): {"name": message.name, "hex": message.value.hex(), "text": message.text}
                for message in self.seal.messages
            },
        }


def encode(
    profile: str,
    values: Mapping[str, Mrz | str],
    *,
    issuing_state: str,
    signer: str,
    certificate_serial: int,
    issue_date: dt.date,
    signature_date: dt.date,
) -> bytes:
    """Header and message zone of a seal, which is what its signer signs. SealError names what cannot be encoded.

    `profile` is a name of `PROFILES`; `values` has each of its features: `mrz` as a TD2 zone, the others as texts (an
    empty one is all fillers). `signer` and `certificate_serial` are those of the signer's certificate.
    """
    chosen = _profile(profile)
    header = _header(chosen.name, issuing_state, signer, certificate_serial, issue_date, signature_date)
    if wrong := values.keys() ^ {feature.name for feature in chosen.features}:
        names = ", ".join(feature.name for feature in chosen.features)
        raise SealError(min(wrong), f"for {profile} exactly {names}", "it" if min(wrong) in values else "nothing")
    messages = ((feature.tag, _feature(feature, values[feature.name])) for feature in chosen.features)
    # No feature of ours has 128 bytes: its length is one byte in either header version.
    return header + b"".join(bytes((tag, len(value))) + value for tag, value in messages)


@lru_cache(maxsize=64)
def _header(
    name: str, issuing_state: str, signer: str, serial: int, issue_date: dt.date, signature_date: dt.date
) -> bytes:
    """The header, which the seals that a signer makes on a day have alike."""
    profile = _profile(name)
    if not re.fullmatch("[A-Z]{1,3}", issuing_state):
        raise SealError("issuing_state", "one to three letters A-Z", repr(issuing_state))
    reference = _certificate_reference(serial, profile.header_version)
    if not _SIGNER.fullmatch(signer):
        raise SealError("signer", "two letters of the country and two characters of the name", repr(signer))
    return b"".join(
        (
            bytes((_MAGIC, profile.header_version - 1)),
            encode_c40(issuing_state.ljust(3, "<"), "issuing_state"),
            encode_c40(signer + reference, "signer"),
            encode_date(issue_date),
            encode_date(signature_date),
            bytes(profile.reference),
        )
    )


def sign(encoded: bytes, signer: Signer, profile: str) -> bytes:
    """The whole seal of what `encode` made of this profile. SealError if it does not fit the profile's symbol."""
    return signed(encoded, signer.sign(encoded), profile)


def signed(encoded: bytes, signature: bytes, profile: str) -> bytes:
    """The whole seal, with a signature that was made elsewhere; errors as `sign`."""
    if len(signature) not in _SIGNATURE_SIZES:
        raise SealError("signature", "r || s of 56, 64, 96 or 128 bytes", f"{len(signature)} bytes")
    data = encoded + bytes((_SIGNATURE,)) + encode_length(len(signature)) + signature
    capacity = _profile(profile).capacity
    if len(data) > capacity:
        expected = f"at most {capacity} bytes (a 256-bit key and a certificate with a short serial number)"
        raise SealError("seal", expected, str(len(data)))
    return data


def decode(data: bytes) -> Seal:
    """Read a seal. SealError names byte, expectation and finding of the first thing that the standard forbids.

    Messages may come in any order, and tags that the profile does not know are kept undecoded (Doc 9303-13, 2.3.1).
    """
    if not isinstance(data, bytes):
        raise SealError("seal", "bytes", type(data).__name__)
    reader = Reader(data)
    header = _read_header(reader)
    messages = tuple(_read_messages(reader, header))
    signed = data[: reader.position - 1]
    size = reader.length("signature")
    if size == 0 or size % 2:
        reader.fail("signature", "r and s of equal length", f"{size} bytes", back=1)
    signature = reader.take(size, "signature")
    if not reader.at_end:
        reader.fail("signature", "the end of the data", f"{len(data) - reader.position} bytes more")
    return Seal(header, messages, signed, signature)


def verify(
    data: bytes,
    certificates: Iterable[bytes | x509.Certificate],
    printed: Mrz | Mapping[str, str] | None = None,
    *,
    at: dt.datetime | None = None,
) -> Verification:
    """Judge a seal by the signers' certificates and, if given, by what is printed on its document.

    `certificates` are trusted as they are (that a CSCA issued them and none is revoked is for the caller to see to):
    DER, PEM or of `cryptography`. `printed` is the zone read from the document, of any layout, or fields by the names
    of `Mrz`, in its form, and of the profile's features. `at` is the aware time of judgement, by default now.

    SealError: the bytes are no seal. CertificateError: a certificate cannot be read or its key not used.
    """
    seal = decode(data)
    known = [one for one in read_certificates(certificates) if _is_signer(one, seal)]
    if not known:
        return Verification(Verdict.UNKNOWN_SIGNER, seal)
    right = [one for one in known if one.verifies(seal.signed, seal.signature)]
    if not right:
        return Verification(Verdict.SIGNATURE_WRONG, seal)
    if different := _differences(seal, printed):
        return Verification(Verdict.PRINTED_DIFFERS, seal, different)
    now = at or dt.datetime.now(dt.UTC)
    return Verification(Verdict.VALID if any(one.is_valid(now) for one in right) else Verdict.SIGNER_EXPIRED, seal)


def as_td2(zone: Mrz) -> Mrz:
    """The same data in TD2: names as they are printed, and cut further if they must be; without the optional data of
    another layout, for which TD2 has no room. MrzError for a document code or number that TD2 cannot hold.
    """
    printed = Mrz.parse(zone.to_lines())
    if zone.layout != "TD2":
        printed = replace(printed, layout="TD2", optional_data_1="", optional_data_2="")
    return Mrz.parse(printed.to_lines())


def _profile(name: str) -> Profile:
    if name not in PROFILES:
        raise SealError("profile", " or ".join(PROFILES), repr(name))
    return PROFILES[name]


def _certificate_reference(serial: int, version: int) -> str:
    """Five hex digits in version 3; in version 4 as many as needed after their number in two (Doc 9303-13, 2.2.1)."""
    digits = f"{serial:X}"
    if serial <= 0 or len(digits) > (5 if version == 3 else 40):
        expected = f"a positive number of at most {5 if version == 3 else 40} hex digits for header version {version}"
        raise SealError("certificate_serial", expected, digits)
    return digits.zfill(5) if version == 3 else f"{len(digits):02X}{digits}"


def _feature(feature: Feature, value: Mrz | str) -> bytes:
    if feature.name == MRZ:
        if not isinstance(value, Mrz) or value.layout != "TD2":
            raise SealError(MRZ, "a TD2 zone (see as_td2)", getattr(value, "layout", type(value).__name__))
        text = "".join(value.to_lines())
    elif not isinstance(value, str) or len(value) > feature.characters:
        raise SealError(feature.name, f"a text of at most {feature.characters} characters", repr(value))
    else:
        text = value.ljust(feature.characters, "<")
    return encode_c40(text, feature.name)


def _read_header(reader: Reader) -> Header:
    if (magic := reader.byte("magic_constant")) != _MAGIC:
        reader.fail("magic_constant", "0xdc", f"0x{magic:02x}", back=1)
    if (code := reader.byte("version")) not in _VERSIONS:
        reader.fail("version", "0x02 or 0x03", f"0x{code:02x}", back=1)
    state = reader.c40(2, "issuing_state")
    if not re.fullmatch("[A-Z]{1,3}<{0,2}", state) or len(state) != 3:
        reader.fail("issuing_state", "three letters, < where there are fewer", state, back=2)
    signer, reference = _read_signer(reader, _VERSIONS[code])
    issued, signed = reader.date("issue_date"), reader.date("signature_date")
    definition, category = reader.take(2, "feature_definition")
    if not 0 < definition < 0xFF:
        reader.fail("feature_definition", "0x01 to 0xfe", f"0x{definition:02x}", back=2)
    header = Header(_VERSIONS[code], state.rstrip("<"), signer, reference, issued, signed, definition, category)
    profile = PROFILES.get(header.profile_name)
    if profile and profile.header_version != header.version:
        raise SealError("version", f"{profile.header_version} for {profile.name}", str(header.version), position=1)
    return header


def _read_signer(reader: Reader, version: int) -> tuple[str, str]:
    """The signer and the certificate reference, without the number of its characters that version 4 puts first."""
    start = reader.position
    if version == 3:
        text, size = reader.c40(6, "signer"), 5
        signer, reference = text[:4], text[4:]
    else:
        text = reader.c40(4, "signer")
        size = int(text[4:], 16) if re.fullmatch("[0-9A-F]{2}", text[4:]) else 0
        signer, reference = text[:4], reader.c40(c40_size(size), "signer")
    if not (_SIGNER.fullmatch(signer) and _HEX.fullmatch(reference) and len(reference) == size):
        found = f"{signer} and {reference or 'no reference'}"
        raise SealError("signer", "its four characters and a certificate reference in hex", found, position=start)
    return signer, reference


def _read_messages(reader: Reader, header: Header) -> Iterator[Message]:
    """The messages up to the signature's tag; every tag once, and all those of the profile."""
    profile = PROFILES.get(header.profile_name)
    awaited = {feature.tag: feature for feature in profile.features} if profile else {}
    seen: set[int] = set()
    while (tag := reader.byte("message")) != _SIGNATURE:
        if tag in seen:
            reader.fail(f"message {tag}", "each tag once", "it again", back=1)
        seen.add(tag)
        yield _read_message(reader, tag, header.version, awaited.pop(tag, None))
    if awaited:
        first = next(iter(awaited.values()))
        reader.fail(first.name, f"a message with tag {first.tag}", "the signature", back=1)
    if not seen:
        reader.fail("message", "at least one message", "the signature", back=1)


def _read_message(reader: Reader, tag: int, version: int, feature: Feature | None) -> Message:
    part = f"message {tag}"
    size = reader.byte(part) if version == 3 else reader.length(part)
    if feature is None:
        return Message(tag, reader.take(size, part))
    if size != feature.size:
        reader.fail(feature.name, f"{feature.size} bytes", str(size), back=1)
    start = reader.position
    value = reader.take(size, feature.name)
    text = Reader(value, start).c40(size, feature.name)
    if feature.name != MRZ:
        return Message(tag, value, feature.name, text.rstrip("<"))
    return Message(tag, value, MRZ, _zone(text, start))


def _zone(text: str, position: int) -> str:
    """The lines of a machine readable zone whose check digits are right, whatever its document code."""
    lines = [text[:36], text[36:]]
    try:
        Mrz.parse(lines)
    except MrzError as error:
        if error.field != "document_code":
            raise SealError(MRZ, f"{error.expected} as {error.field.replace('_', ' ')}", repr(error.found),
                            position=position) from error  # fmt: skip
    return "\n".join(lines)


def _is_signer(certificate: SignerCertificate, seal: Seal) -> bool:
    """Whether the header names this certificate and it may sign this type of document (Doc 9303-13, appendix D)."""
    named = (certificate.signer, certificate.serial) == (seal.header.signer, seal.header.certificate_serial)
    return named and (seal.document_code is None or certificate.may_sign(seal.document_code))


def _differences(seal: Seal, printed: Mrz | Mapping[str, str] | None) -> tuple[str, ...]:
    """The names of the printed fields that are not in the seal or have another value there."""
    try:
        given = _zone_fields(as_td2(printed)) if isinstance(printed, Mrz) else dict(printed or {})
        in_zone = {name: value for name, value in given.items() if name in _MRZ_FIELDS}
        found = seal.fields
        if seal.mrz:
            # What TD2 makes of a printed value - a name cut, a filler dropped - it must have made of it in the seal.
            given |= {name: getattr(as_td2(replace(seal.mrz, **in_zone)), name) for name in in_zone}
            found = found | _zone_fields(seal.mrz)
    except MrzError as error:
        return (error.field,)
    return tuple(name for name, value in given.items() if found.get(name, "").rstrip("<") != value.rstrip("<"))


def _zone_fields(zone: Mrz) -> dict[str, str]:
    return {name: getattr(zone, name) for name in sorted(_MRZ_FIELDS)}
