"""The process that holds a PKCS#11 session: `token_process.py MODULE TOKEN PIN_FILE DESCRIPTOR`, started by `TokenKey`.

It runs as a file of its own, in one thread, without anything else of Liman. On the channel DESCRIPTOR it first says
which certificates (hex) have a private key here; then each request is one byte, the place of the certificate, and the
hash value to sign, and its answer the signature (hex). A refusal is the name of an error, and its last word. It ends
when the channel does.
"""

from __future__ import annotations

import json
import signal
import sys
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pkcs11
from pkcs11 import Attribute, KeyType, Mechanism, ObjectClass, TokenFlag


class LastTry(pkcs11.PKCS11Error):
    """The next wrong PIN locks the token: this one is not tried."""


class NoKey(pkcs11.PKCS11Error):
    """The token has no private key with a certificate."""


class Extractable(pkcs11.PKCS11Error):
    """A private key is not bound to the token."""


def open_session(module: str, label: str, pin_file: Path) -> pkcs11.Session:
    """Log in to the token; a PKCS11Error says why not."""
    token = pkcs11.lib(module).get_token(token_label=label)
    if TokenFlag.USER_PIN_LOCKED in token.flags:
        raise pkcs11.PinLocked
    if TokenFlag.USER_PIN_FINAL_TRY in token.flags:
        raise LastTry
    return token.open(user_pin=pin_file.read_text("utf-8", "replace").strip())


def signing_keys(session: pkcs11.Session) -> list[tuple[bytes, Any]]:
    """Every certificate (DER) whose private EC key, by CKA_ID, is in the token."""
    certificates: dict[bytes, bytes] = {
        found[Attribute.ID]: found[Attribute.VALUE]
        for found in session.get_objects({Attribute.CLASS: ObjectClass.CERTIFICATE})
    }
    private = {Attribute.CLASS: ObjectClass.PRIVATE_KEY, Attribute.KEY_TYPE: KeyType.EC}
    by_id = [(key[Attribute.ID], key) for key in session.get_objects(private)]
    keys = [(certificates[key_id], key) for key_id, key in by_id if key_id in certificates]
    if not keys:
        raise NoKey
    if any(key[Attribute.EXTRACTABLE] or not key[Attribute.SENSITIVE] for _, key in keys):
        raise Extractable
    return keys


def serve(channel: Connection, module: str, label: str, pin_file: Path) -> None:
    """Open the token and answer until the channel ends."""
    keys = signing_keys(open_session(module, label, pin_file))
    say(channel, certificates=[certificate.hex() for certificate, _ in keys])
    while True:
        place, *digest = channel.recv_bytes()
        signature = keys[place][1].sign(bytes(digest), mechanism=Mechanism.ECDSA)
        say(channel, signature=signature.hex())


def say(channel: Connection, **answer: object) -> None:
    """One answer."""
    channel.send_bytes(json.dumps(answer).encode())


def main(module: str, label: str, pin_file: str, descriptor: str) -> None:
    """Serve; a failure of the token is the last answer."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in a terminal is for the server, which closes the channel
    with Connection(int(descriptor)) as channel:
        try:
            serve(channel, module, label, Path(pin_file))
        except pkcs11.PKCS11Error as error:
            say(channel, refusal=type(error).__name__)
        except (EOFError, ConnectionError):
            return


if __name__ == "__main__":
    main(*sys.argv[1:])
