"""What a key officer does in a PKCS#11 token, as a program: MODULE LABEL PIN generate ID EXTRACTABLE | certify ID HEX |
describe ID | store LABEL HEX. A module knows one set of tokens in the life of a process, so each act is a process of
its own.
"""

from __future__ import annotations

import json
import sys

import pkcs11
from pkcs11 import Attribute, KeyType, ObjectClass
from pkcs11.util.ec import encode_ec_public_key, encode_named_curve_parameters


def generate(session: pkcs11.Session, key_id: str, extractable: str) -> None:
    """Make an EC key in the token; its SubjectPublicKeyInfo (hex)."""
    curve = {Attribute.EC_PARAMS: encode_named_curve_parameters("secp256r1")}
    parameters = session.create_domain_parameters(KeyType.EC, curve, local=True)
    private = {Attribute.EXTRACTABLE: extractable == "extractable"}
    public, _ = parameters.generate_keypair(
        id=bytes.fromhex(key_id), label="seal signer", store=True, private_template=private
    )
    print(encode_ec_public_key(public).hex())


def certify(session: pkcs11.Session, key_id: str, certificate: str) -> None:
    """Put a certificate beside the key."""
    session.create_object(
        {
            Attribute.CLASS: ObjectClass.CERTIFICATE,
            Attribute.CERTIFICATE_TYPE: pkcs11.CertificateType.X_509,
            Attribute.TOKEN: True,
            Attribute.ID: bytes.fromhex(key_id),
            Attribute.SUBJECT: b"",
            Attribute.VALUE: bytes.fromhex(certificate),
        }
    )


def describe(session: pkcs11.Session, key_id: str) -> None:
    """Whether the private key can leave, by what the token says and by trying to read it (JSON)."""
    key = session.get_key(object_class=ObjectClass.PRIVATE_KEY, id=bytes.fromhex(key_id))
    said = {name: bool(key[Attribute[name]]) for name in ("SENSITIVE", "EXTRACTABLE", "NEVER_EXTRACTABLE", "LOCAL")}
    try:
        read = bool(key[Attribute.VALUE])
    except (pkcs11.AttributeSensitive, pkcs11.AttributeTypeInvalid):
        read = False
    print(json.dumps({**said, "read": read}))


def store(session: pkcs11.Session, label: str, key: str) -> None:
    """Put an AES key into the token for good."""
    session.create_object(
        {
            Attribute.CLASS: ObjectClass.SECRET_KEY,
            Attribute.KEY_TYPE: KeyType.AES,
            Attribute.TOKEN: True,
            Attribute.PRIVATE: True,
            Attribute.SENSITIVE: True,
            Attribute.EXTRACTABLE: False,
            Attribute.SIGN: True,
            Attribute.LABEL: label,
            Attribute.VALUE: bytes.fromhex(key),
        }
    )


if __name__ == "__main__":
    module, label, pin, act, *rest = sys.argv[1:]
    with pkcs11.lib(module).get_token(token_label=label).open(rw=True, user_pin=pin) as opened:
        {"generate": generate, "certify": certify, "describe": describe, "store": store}[act](opened, *rest)
