"""Signed lists: the standard's own, ours read by other programs, and every way to be no list of ours."""

from __future__ import annotations

import base64
import datetime as dt
import json

import cbor2
import ecdsa
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from hypothesis import given
from hypothesis import strategies as st

from printing.lists import cbor, status_list, tokens
from printing.lists.cbor import CborError, Tagged
from printing.lists.tokens import Token, TokenError
from tests.seals import KeySigner
from tests.unit.lists.test_status_list import STANDARD, unarmoured

AT = dt.datetime(2026, 11, 29, 14, tzinfo=dt.UTC)
TOKEN = Token("https://liman.test/lists/RP1", AT, AT + dt.timedelta(days=7), 3600, status_list.pack(status_list.new()))
SIGNER = KeySigner()
CERTIFICATE = SIGNER.certificate(name="LISTS")
FORMS = {"cwt": tokens.cwt, "jwt": tokens.jwt}


def key_of(x: int, y: int) -> ec.EllipticCurvePublicKey:
    return ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()


def check(key: ec.EllipticCurvePublicKey, data: bytes, signature: bytes) -> None:
    """By `cryptography`, which signs none of ours in these tests."""
    numbers = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    key.verify(encode_dss_signature(*numbers), data, ec.ECDSA(hashes.SHA256()))


def our_key() -> ec.EllipticCurvePublicKey:
    point = SIGNER.key.verifying_key.pubkey.point
    return key_of(point.x(), point.y())


def test_what_we_sign_of_a_cwt_is_what_the_standard_signs() -> None:
    signed = STANDARD["signed"]
    x, y = (int.from_bytes(unarmoured(signed[name]), "big") for name in "xy")
    protected, _, payload, signature = cbor.decode(bytes.fromhex(signed["cwt"])).value
    check(key_of(x, y), cbor.encode(["Signature1", protected, b"", payload]), signature)
    assert cbor.decode(protected)[16] == tokens.CWT_TYPE
    assert cbor.decode(payload)[65533]["bits"] == 1
    body, _, end = signed["jwt"].rpartition(".")
    check(key_of(x, y), body.encode(), unarmoured(end))


@pytest.mark.parametrize("form", FORMS)
def test_a_list_comes_back_as_it_was_signed(form: str) -> None:
    read = tokens.read(FORMS[form](TOKEN, SIGNER, CERTIFICATE))
    assert (read.verify(), read.certificate, read.token.name) == (TOKEN, CERTIFICATE, "RP1")


def test_a_cwt_is_read_by_other_programs() -> None:
    tagged = cbor2.loads(tokens.cwt(TOKEN, SIGNER, CERTIFICATE))
    protected, unprotected, payload, signature = tagged.value
    assert (tagged.tag, unprotected) == (18, {})
    assert cbor2.loads(protected) == {1: -7, 16: "application/statuslist+cwt", 33: CERTIFICATE}
    claims = cbor2.loads(payload)
    assert claims.pop(65533) == {"bits": 2, "lst": TOKEN.packed}
    assert claims == {2: TOKEN.subject, 6: int(AT.timestamp()), 4: int(TOKEN.expires_at.timestamp()), 65534: 3600}
    check(our_key(), cbor2.dumps(["Signature1", protected, b"", payload]), signature)


def test_a_jwt_is_read_by_other_programs() -> None:
    text = tokens.jwt(TOKEN, SIGNER, CERTIFICATE)
    head, body, end = text.split(b".")
    header, claims = json.loads(unarmoured(head.decode())), json.loads(unarmoured(body.decode()))
    assert (header["alg"], header["typ"]) == ("ES256", "statuslist+jwt")
    assert base64.b64decode(header["x5c"][0]) == CERTIFICATE
    assert unarmoured(claims["status_list"]["lst"]) == TOKEN.packed
    check(our_key(), head + b"." + body, unarmoured(end.decode()))


@pytest.mark.parametrize("form", FORMS)
def test_no_bit_of_it_can_be_changed(form: str) -> None:
    data = FORMS[form](TOKEN, SIGNER, CERTIFICATE)
    for at in range(0, len(data), 3):
        changed = bytearray(data)
        changed[at] ^= 1 << at % 8
        try:
            read = tokens.read(bytes(changed)).verify()
        except TokenError:
            continue
        assert read == TOKEN, at  # a JWT's last letter has bits that say nothing


def test_a_list_of_another_signer_is_not_of_the_one_it_names() -> None:
    other = KeySigner(secret=4711)
    with pytest.raises(TokenError, match="signature"):
        tokens.read(tokens.cwt(TOKEN, other, CERTIFICATE)).verify()


def test_a_key_of_another_curve_is_no_es256() -> None:
    other = KeySigner(ecdsa.BRAINPOOLP256r1)
    with pytest.raises(TokenError):
        tokens.read(tokens.cwt(TOKEN, other, other.certificate())).verify()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"ey",
        b"ey.ey.ey",
        b"eyJhbGciOiJub25lIiwidHlwIjoic3RhdHVzbGlzdCtqd3QifQ.e30.",
        b"\xd2",
        b"\xd2\x84\x40\xa0\x40\x40",
        cbor.encode(Tagged(17, [b"", {}, b"", b""])),
        cbor.encode(
            Tagged(18, [cbor.encode({1: -7, 16: "application/cwt", 33: b"x"}), {}, cbor.encode({}), bytes(64)])
        ),
        cbor.encode(Tagged(18, [cbor.encode({1: 5, 16: tokens.CWT_TYPE, 33: b"x"}), {}, cbor.encode({}), bytes(64)])),
        b"\x9b" + b"\xff" * 8,
        b"\x81" * 60,
    ],
)
def test_what_is_no_signed_list_is_refused(data: bytes) -> None:
    with pytest.raises(TokenError):
        tokens.read(data)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_list_or_refused(data: bytes) -> None:
    for start in (b"", b"\xd2\x84", b"ey"):
        with pytest.raises(TokenError):
            tokens.read(start + data)


VALUES = st.recursive(
    st.integers(-(2**64), 2**64 - 1) | st.binary(max_size=300) | st.text(max_size=30),
    lambda inside: (
        st.lists(inside, max_size=4)
        | st.dictionaries(st.integers(-9, 70_000) | st.text(max_size=3), inside, max_size=4)
    ),
    max_leaves=12,
)


@given(VALUES)
def test_cbor_is_that_of_another_library(value: object) -> None:
    written = cbor.encode(value)
    assert cbor2.loads(written) == value
    assert cbor.decode(written) == value
    assert cbor.decode(cbor2.dumps(value)) == value


@pytest.mark.parametrize(
    "data", [b"\xf5", b"\x5f\x41\x61\xff", b"\xa2\x01\x01\x01\x02", b"\x61\xff", b"\x00\x00", b"\xfb"]
)
def test_cbor_that_no_list_has_is_refused(data: bytes) -> None:
    with pytest.raises(CborError):
        cbor.decode(data)


@pytest.mark.parametrize("value", [True, 1.5, None, 2**64, -(2**64) - 1])
def test_what_no_list_holds_is_not_written(value: object) -> None:
    with pytest.raises(TypeError):
        cbor.encode(value)
