"""The process that holds a PKCS#11 session: `token_process.py MODULE TOKEN PIN_FILE DESCRIPTOR use|change`.

It runs as a file of its own, in one thread, without anything else of Liman, started by `token.Token`. On the channel
DESCRIPTOR it first says {} when it is logged in; then each request (JSON) is an act with its arguments, and has one
answer. A refusal is the name of an error, and its last word. It ends when the channel does. Bytes are hex.
"""

from __future__ import annotations

import functools
import json
import signal
import sys
from collections import defaultdict
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pkcs11
from asn1crypto.keys import PublicKeyInfo, RSAPublicKey
from pkcs11 import MGF, Attribute, CertificateType, KeyType, Mechanism, ObjectClass, TokenFlag
from pkcs11.util.ec import encode_ec_public_key, encode_named_curve_parameters
from pkcs11.util.rsa import encode_rsa_public_key

PSS = (Mechanism.SHA256, MGF.SHA256, 32)
CURVES = {"P-256": "1.2.840.10045.3.1.7", "brainpoolP256r1": "1.3.36.3.3.2.8.1.1.7"}


class LastTry(pkcs11.PKCS11Error):
    """The next wrong PIN locks the token: this one is not tried."""


def open_session(module: str, label: str, pin_file: Path, *, change: bool = False) -> pkcs11.Session:
    """Log in to the token, to `change` what is in it or only to use it; a PKCS11Error says why not."""
    token = pkcs11.lib(module).get_token(token_label=label)
    if TokenFlag.USER_PIN_LOCKED in token.flags:
        raise pkcs11.PinLocked
    if TokenFlag.USER_PIN_FINAL_TRY in token.flags:
        raise LastTry
    return token.open(rw=change, user_pin=pin_file.read_text("utf-8", "replace").strip())


def list_keys(session: pkcs11.Session) -> dict[str, Any]:
    """Every private key (EC or RSA) with the public key of its CKA_ID, once for each certificate of that."""
    certificates, public_keys = _by_id(session, ObjectClass.CERTIFICATE), _by_id(session, ObjectClass.PUBLIC_KEY)
    keys = []
    for key in session.get_objects({Attribute.CLASS: ObjectClass.PRIVATE_KEY}):
        if key[Attribute.KEY_TYPE] in (KeyType.EC, KeyType.RSA):
            key_id = key[Attribute.ID]
            stored = {
                "id": key_id.hex(),
                "label": key[Attribute.LABEL],
                "public_key": "".join(_encoded(one).hex() for one in public_keys[key_id][:1]),
                "bound": bool(key[Attribute.SENSITIVE] and not key[Attribute.EXTRACTABLE]),
            }
            values = [one[Attribute.VALUE].hex() for one in certificates[key_id]]
            keys += [stored | {"certificate": value} for value in values or [""]]
    return {"keys": keys}


def sign(session: pkcs11.Session, key_id: str, digest: str) -> dict[str, Any]:
    """The signature over a hash value: RSASSA-PSS, or raw ECDSA, since SoftHSM has none that hashes as well."""
    key = private_key(session, key_id)
    if key.key_type == KeyType.EC:
        signature = key.sign(bytes.fromhex(digest), mechanism=Mechanism.ECDSA)
    else:
        signature = key.sign(bytes.fromhex(digest), mechanism=Mechanism.RSA_PKCS_PSS, mechanism_param=PSS)
    return {"signature": signature.hex()}


@functools.cache
def private_key(session: pkcs11.Session, key_id: str) -> Any:
    """The private key with this CKA_ID."""
    return session.get_key(object_class=ObjectClass.PRIVATE_KEY, id=bytes.fromhex(key_id))


def generate(session: pkcs11.Session, key_id: str, label: str, algorithm: str) -> dict[str, Any]:
    """Make a key that cannot leave the token; its public half (SubjectPublicKeyInfo)."""
    template: dict[str, Any] = {
        "id": bytes.fromhex(key_id),
        "label": label,
        "store": True,
        "private_template": {Attribute.EXTRACTABLE: False, Attribute.SENSITIVE: True},
    }
    if algorithm in CURVES:
        curve = {Attribute.EC_PARAMS: encode_named_curve_parameters(CURVES[algorithm])}
        parameters = session.create_domain_parameters(KeyType.EC, curve, local=True)
        public, _ = parameters.generate_keypair(**template)
    else:
        public, _ = session.generate_keypair(KeyType.RSA, int(algorithm.removeprefix("RSA-")), **template)
    return {"public_key": _encoded(public).hex()}


def certify(session: pkcs11.Session, key_id: str, label: str, subject: str, certificate: str) -> dict[str, Any]:
    """Put a certificate beside its key."""
    session.create_object(
        {
            Attribute.CLASS: ObjectClass.CERTIFICATE,
            Attribute.CERTIFICATE_TYPE: CertificateType.X_509,
            Attribute.TOKEN: True,
            Attribute.ID: bytes.fromhex(key_id),
            Attribute.LABEL: label,
            Attribute.SUBJECT: bytes.fromhex(subject),
            Attribute.VALUE: bytes.fromhex(certificate),
        }
    )
    return {}


ACTS: dict[str, Callable[..., dict[str, Any]]] = {
    "list": list_keys,
    "sign": sign,
    "generate": generate,
    "certify": certify,
}


def _by_id(session: pkcs11.Session, kind: ObjectClass) -> dict[bytes, list[Any]]:
    """The objects of a kind by their CKA_ID."""
    found = defaultdict(list)
    for one in session.get_objects({Attribute.CLASS: kind}):
        found[one[Attribute.ID]].append(one)
    return found


def _encoded(key: Any) -> bytes:
    """A SubjectPublicKeyInfo (DER); empty for a key that is neither EC nor RSA."""
    if key.key_type == KeyType.EC:
        return bytes(encode_ec_public_key(key))
    if key.key_type == KeyType.RSA:
        return bytes(PublicKeyInfo.wrap(RSAPublicKey.load(encode_rsa_public_key(key)), "rsa").dump())
    return b""


def serve(channel: Connection, module: str, label: str, pin_file: Path, *, change: bool) -> None:
    """Open the token and answer until the channel ends."""
    session = open_session(module, label, pin_file, change=change)
    say(channel)
    while True:
        request = json.loads(channel.recv_bytes())
        say(channel, **ACTS[request.pop("act")](session, **request))


def say(channel: Connection, **answer: object) -> None:
    """One answer."""
    channel.send_bytes(json.dumps(answer).encode())


def main(module: str, label: str, pin_file: str, descriptor: str, mode: str) -> None:
    """Serve; a failure of the token is the last answer."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in a terminal is for the server, which closes the channel
    with Connection(int(descriptor)) as channel:
        try:
            serve(channel, module, label, Path(pin_file), change=mode == "change")
        except pkcs11.PKCS11Error as error:
            say(channel, refusal=type(error).__name__)
        except (EOFError, ConnectionError):
            return


if __name__ == "__main__":
    main(*sys.argv[1:])
