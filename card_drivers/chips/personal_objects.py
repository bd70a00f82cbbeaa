"""The data of personalisation commands: what opens a chip, its keys, and the groups that STORE DATA carries."""

from __future__ import annotations

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_der_private_key

from card_drivers.chips import bac, pace, tlv
from card_drivers.chips.apdu import SHORT_DATA
from card_drivers.device import ConfigurationError
from card_drivers.order import AccessKeys


def data_group(identifier: int, value: bytes) -> bytes:
    """A DGI as EMV CPS writes it: identifier, length of one byte or FF and two, value."""
    length = bytes([len(value)]) if len(value) < 0xFF else b"\xff" + len(value).to_bytes(2, "big")
    return identifier.to_bytes(2, "big") + length + value


def access_object(access: AccessKeys, with_can: bool) -> bytes:
    """62 { 04 document number, 04 birth, 04 expiry [, 04 CAN] } in ASCII, the number filled to nine characters."""
    number = access.document_number.ljust(bac.NUMBER_LENGTH, "<")
    fields = [number, access.birth_date, access.expiry_date, *([access.can] if with_can and access.can else [])]
    return tlv.encode(0x62, b"".join(tlv.encode(0x04, field.encode("ascii", "replace")) for field in fields))


def key_objects(pkcs8: bytes) -> bytes:
    """An EC key number by number, as the JMRTD applet takes it. ConfigurationError for keys that it cannot take."""
    try:
        key = load_der_private_key(pkcs8, None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise ConfigurationError("chip-key-unreadable") from error
    names = {domain.curve.name: domain for domain in pace.DOMAINS.values()}
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.curve.name not in names:
        raise ConfigurationError("chip-key-kind")
    domain = names[key.curve.name]
    p, a, b, generator, order = domain.explicit
    p_, a_, b_, n_, s_ = (
        number.to_bytes(domain.width, "big") for number in (p, a, b, order, key.private_numbers().private_value)
    )
    values = (p_, a_, b_, generator, n_, s_, b"\0\1")
    objects = b"".join(tlv.encode(0x81 + place, value) for place, value in enumerate(values))
    if len(objects) > SHORT_DATA:
        raise ConfigurationError("chip-key-long")
    return objects
