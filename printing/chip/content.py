"""What a document's chip holds: its files, made of the same frozen content as its face (Doc 9303-10, section 4)."""

from __future__ import annotations

import re
from collections.abc import Sequence

from printing.chip import lds
from printing.chip.details import MAX_TEXT
from printing.chip.facial_image import Encoding, dg2, for_chip
from printing.chip.lds import DocumentDetails, LdsError, PersonalDetails, TrustPoint
from printing.chip.security_infos import (
    ActiveAuthenticationInfo,
    ChipAuthenticationInfo,
    PaceInfo,
    SecurityInfo,
    TerminalAuthenticationInfo,
    card_access,
    chip_key_info,
)
from printing.content import DocumentContent, PartialDate, Template, mrz_of
from printing.pki import public_keys
from printing.pki.public_keys import EcKey
from printing.pki.signing import CertificateError

MADE = ("DG1", "DG2", "DG3", "DG11", "DG12", "DG14", "DG15")
"""The data groups that can be made; of DG3 the empty form only."""


def data_groups(
    content: DocumentContent,
    template: Template,
    names: Sequence[str],
    *,
    active_key: bytes | None,
    chip_key: bytes | None,
    facial_encoding: Encoding = "19794-5",
    trust_point: TrustPoint | None = None,
    nonce: bytes = b"",
) -> dict[str, bytes]:
    """Complete files by name: the data groups `names` (of `MADE`), COM and CardAccess; not SOD, which signs them.

    `active_key` (for DG15) and `chip_key` (for DG14) are the chip's public keys, SubjectPublicKeyInfo in DER. DG3 needs
    the `trust_point` of a personalisation profile with terminal authentication, and a random `nonce`. The same
    arguments make the same bytes. PrintingError: LdsError names the data group; others, the field of the content.
    """
    if unknown := [name for name in names if name not in MADE]:
        raise LdsError(unknown[0], f"cannot be made; known are {', '.join(MADE)}")
    infos = _infos(names, active_key, chip_key, trust_point)
    makers = {
        "DG1": lambda: _dg1(content, template),
        "DG2": lambda: _dg2(content, facial_encoding),
        "DG3": lambda: _dg3(trust_point, nonce),
        "DG11": lambda: lds.dg11(personal_details(content)),
        "DG12": lambda: lds.dg12(document_details(content, template)),
        "DG14": lambda: lds.dg14(infos),
        "DG15": lambda: _dg15(active_key),
    }
    files = {name: makers[name]() for name in MADE if name in names}
    return files | {
        "COM": lds.com(files),
        "CardAccess": card_access([one for one in infos if isinstance(one, PaceInfo)]),
    }


def personal_details(content: DocumentContent) -> PersonalDetails:
    """DG11: the names in full, in Latin letters as confirmed and, as another name, in the holder's script.

    Each is optional there, and none may be cut: what is longer than 99 bytes is left out, and stands on the face.
    """
    full_name = "<<".join(_filled(name) for name in (content.family_name, content.given_names) if name)
    native_name = _filled(content.native_name)
    birth = PartialDate.parse(content.birth_date)
    return PersonalDetails(
        full_name=_fitting(full_name),
        other_names=(native_name,) if _fitting(native_name) not in ("", full_name) else (),
        personal_number=_fitting(content.personal_number),
        birth_date=f"{birth.year or 0:04d}{birth.month or 0:02d}{birth.day or 0:02d}",
        birth_place=_parts(content.birth_place),
        address=_parts(content.address),
    )


def document_details(content: DocumentContent, template: Template) -> DocumentDetails:
    """DG12: who issued the document and when, and its category as the endorsement."""
    return DocumentDetails(
        authority=_fitting(content.authority),
        issue_date=f"{content.issue_date:%Y%m%d}",
        endorsements=_fitting(template.texts.get("category", "")),
    )


def _infos(
    names: Sequence[str], active_key: bytes | None, chip_key: bytes | None, trust_point: TrustPoint | None
) -> list[SecurityInfo]:
    """All that the chip speaks; EF.CardAccess has those of PACE, DG14 all (Doc 9303-11, 9.2.11)."""
    infos: list[SecurityInfo] = [PaceInfo()]
    if chip_key is not None:
        infos += [ChipAuthenticationInfo(), chip_key_info(chip_key)]
    if active_key is not None and "DG15" in names:
        infos += _active(active_key)
    if trust_point is not None:
        infos.append(TerminalAuthenticationInfo())
    return infos


def _active(public_key: bytes) -> list[SecurityInfo]:
    """How the key signs, which an EC key's info says (9.2.4); an RSA key signs by ISO/IEC 9796-2."""
    try:
        key = public_keys.read(public_key)
    except CertificateError as error:
        raise LdsError("DG15", f"needs a public key that can be used; {error}") from error
    return [ActiveAuthenticationInfo(f"ecdsa-plain-{key.hash(b'').name.upper()}")] if isinstance(key, EcKey) else []


def _dg1(content: DocumentContent, template: Template) -> bytes:
    zone = mrz_of(content, template)
    if zone is None:
        raise LdsError("DG1", f"needs a machine readable zone, which {template.document_type} has not")
    return lds.dg1(zone.to_lines())


def _dg2(content: DocumentContent, encoding: Encoding) -> bytes:
    if content.portrait is None:
        raise LdsError("DG2", "needs a portrait")
    return dg2(for_chip(content.portrait), encoding)


def _dg3(trust_point: TrustPoint | None, nonce: bytes) -> bytes:
    if trust_point is None:
        raise LdsError("DG3", "needs a personalisation profile with terminal authentication and a CVCA trust point")
    return lds.dg3_empty(nonce)


def _dg15(public_key: bytes | None) -> bytes:
    if public_key is None:
        raise LdsError("DG15", "needs the chip's key for active authentication")
    return lds.dg15(public_key)


def _filled(name: str) -> str:
    """A name with `<` between its components, as in the MRZ but in its own spelling."""
    return "<".join(name.split())


def _parts(text: str) -> tuple[str, ...]:
    """The parts of a place or an address, which commas separate; none if it is too long."""
    parts = tuple(part for part in re.split(r"\s*[,<]\s*", text) if part)
    return parts if _fitting("<".join(parts)) else ()


def _fitting(text: str) -> str:
    return text if len(text.encode()) <= MAX_TEXT else ""
