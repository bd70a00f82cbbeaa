"""The content of a whole chip for tests and the benchmark: real files, really signed, of a chosen size."""

from __future__ import annotations

import datetime as dt
import hashlib
from functools import cache
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from card_drivers.order import AccessKeys, ChipPart
from printing.chip import sod
from printing.chip.content import data_groups
from printing.chip.facial_image import dg2, for_chip
from printing.content import mrz_of
from tests import chips, faces

SIZE = 20_000  # bytes of all files, as the chip has
CLAIM = UUID("01900000-0000-7000-8000-00000000c1a1")
NAMES = ("DG1", "DG2", "DG11", "DG12", "DG14", "DG15")
AT = dt.datetime(2026, 11, 20, tzinfo=dt.UTC)
PROFILES = ("generic-globalplatform", "jmrtd-applet")


def part(profile: str = "generic-globalplatform", size: int = SIZE) -> ChipPart:
    """What goes into a chip of this kind, always the same; the portrait is as long as it takes to fill `size` bytes."""
    return _part(profile, size)


@cache
def _part(profile: str, size: int) -> ChipPart:
    active, chip = _key(3), _key(5)
    open_applet = profile == "jmrtd-applet"  # no PACE, no active authentication
    content = faces.content(portrait=faces.portrait())
    names = [name for name in NAMES if not (open_applet and name == "DG15")]
    files = data_groups(content, faces.RESIDENCE_PERMIT, names, active_key=_public(active), chip_key=_public(chip))
    if open_applet:
        del files["CardAccess"]
    files["SOD"] = _signed(files)
    files["DG2"] = _lengthened(size - sum(map(len, files.values())))
    files["SOD"] = _signed(files)
    zone = mrz_of(content, faces.RESIDENCE_PERMIT)
    assert zone is not None
    can = "" if open_applet else "427591"
    dates = {"birth_date": zone.birth_date, "expiry_date": zone.expiry_date}
    access = AccessKeys(document_number=zone.document_number, can=can, **dates)
    keys = {"chip": _private(chip)} if open_applet else {"active": _private(active), "chip": _private(chip)}
    return ChipPart(profile=profile, files=files, access=access, keys=keys)


def _lengthened(more: int) -> bytes:
    """DG2 with a comment in its JPEG that makes it `more` bytes longer."""
    image = for_chip(faces.portrait())
    comment = b"\xff\xfe" + (max(more, 0) + 2).to_bytes(2, "big") + bytes(max(more, 0))
    return dg2(image[:2] + comment + image[2:] if more > 0 else image)


class _Signer:
    """The document signer's key of `tests.chips`."""

    def sign(self, data: bytes) -> bytes:
        return chips.ChipKey().sign_digest(hashlib.sha256(data).digest())


def _signed(files: dict[str, bytes]) -> bytes:
    return sod.sign(files, _Signer(), chips.ChipKey().certificate)


def _key(secret: int) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(20_261_122 + secret, ec.SECP256R1())


def _public(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _private(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
