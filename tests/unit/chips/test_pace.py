"""PACE against the worked example of Doc 9303-11 (appendix G.1), and both roles against each other on every curve."""

from __future__ import annotations

import os

import ecdsa
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from card_drivers.chips import pace
from card_drivers.chips.secure_messaging import Suite, derive
from card_drivers.order import AccessKeys

H = bytes.fromhex
KEYS = AccessKeys(document_number="T22000129", birth_date="640812", expiry_date="101031")
CARD_ACCESS = H("31143012060A04007F0007020204020202010202010D")
NONCE = H("3F00C4D39D153F2B2A214A078D899B22")
TERMINAL_MAP = 0x7F4EF07B9EA82FD78AD689B38D0BC78CF21F249D953BC46F4C6E19259C010F99
CHIP_MAP = 0x498FF49756F2DC1587840041839A85982BE7761D14715FB091EFA7BCE9058560
GENERATOR = H(
    "048CED63C91426D4F0EB1435E7CB1D74A46723A0AF21C89634F65A9AE87A9265E2"
    "8C879506743F8611AC33645C5B985C80B5F09A0B83407C1B6A4D857AE76FE522"
)
TERMINAL = 0xA73FB703AC1436A18E0CFA5ABB3F7BEC7A070E7A6788486BEE230C4A22762595
CHIP = 0x107CF58696EF6155053340FD633392BA81909DF7B9706F226F32086C7AFF974A
TERMINAL_PUBLIC = H(
    "042DB7A64C0355044EC9DF190514C625CBA2CEA48754887122F3A5EF0D5EDD301C"
    "3556F3B3B186DF10B857B58F6A7EB80F20BA5DC7BE1D43D9BF850149FBB36462"
)
CHIP_PUBLIC = H(
    "049E880F842905B8B3181F7AF7CAA9F0EFB743847F44A306D2D28C1D9EC65DF6DB"
    "7764B22277A2EDDC3C265A9F018F9CB852E111B768B326904B59A0193776F094"
)
SHARED = H("28768D20701247DAE81804C9E780EDE582A9996DB4A315020B2733197DB84925")
INFO = pace.infos(CARD_ACCESS)[0]


def key(number: int) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(number, INFO.domain.curve)


def test_the_protocol_is_read_from_card_access() -> None:
    assert (INFO.suite, INFO.domain.number, INFO.oid) == (Suite.AES_128, 13, H("04007F00070202040202"))


def test_nonce() -> None:
    secret = H("95A3A016522EE98D01E76CB6B98B42C3")
    k_pi = pace.password_key(KEYS, "MRZ", Suite.AES_128)
    assert k_pi == H("89DED1B26624EC1E634C1989302849DD")
    assert pace.decrypt_nonce(Suite.AES_128, k_pi, secret) == NONCE
    assert pace.encrypt_nonce(Suite.AES_128, k_pi, NONCE) == secret


def test_both_roles_map_the_nonce_alike() -> None:
    terminal, chip = key(TERMINAL_MAP), key(CHIP_MAP)
    assert pace.map_generator(INFO.domain, NONCE, terminal, pace.public_key(chip)) == GENERATOR
    assert pace.map_generator(INFO.domain, NONCE, chip, pace.public_key(terminal)) == GENERATOR


def test_keys_on_the_mapped_generator() -> None:
    """Ours may be the negative of the example's: x is the same and so is the shared secret."""
    assert pace.mapped_public_key(INFO.domain, key(TERMINAL), GENERATOR)[:33] == TERMINAL_PUBLIC[:33]
    negative = INFO.domain.decode(CHIP_PUBLIC)
    for chip in (CHIP_PUBLIC, INFO.domain.encode((negative[0], INFO.domain.p - negative[1]))):
        assert pace.agree(key(TERMINAL), chip) == SHARED
    assert pace.agree(key(CHIP), TERMINAL_PUBLIC) == SHARED


def test_session_keys_and_tokens() -> None:
    assert derive(SHARED, 1, Suite.AES_128) == H("F5F0E35C0D7161EE6724EE513A0D9A7F")
    mac_key = derive(SHARED, 2, Suite.AES_128)
    assert mac_key == H("FE251C7858B356B24514B3BD5F4297D1")
    assert pace.token(Suite.AES_128, mac_key, INFO.oid, CHIP_PUBLIC) == H("C2B0BD78D94BA866")
    assert pace.token(Suite.AES_128, mac_key, INFO.oid, TERMINAL_PUBLIC) == H("3ABB9674BCE93C08")


@pytest.mark.parametrize("domain", pace.DOMAINS.values(), ids=lambda domain: domain.curve.name)
def test_the_mapped_generator_is_what_ecdsa_computes(domain: pace.Domain) -> None:
    """Another library, the plain formula: G' = s * G + k * P."""
    nonce, mine, other = os.urandom(16), pace.private_key(domain), pace.private_key(domain)
    numbers = other.public_key().public_numbers()
    theirs = ecdsa.ellipticcurve.PointJacobi(domain.parameters.curve, numbers.x, numbers.y, 1)
    mapped = domain.parameters.generator * int.from_bytes(nonce, "big") + theirs * mine.private_numbers().private_value
    expected = domain.encode((mapped.to_affine().x(), mapped.to_affine().y()))
    assert pace.map_generator(domain, nonce, mine, pace.public_key(other)) == expected


@pytest.mark.parametrize("point", [b"", b"\x04" + bytes(64), GENERATOR[:-1] + b"\0", b"\0", GENERATOR[:40]])
def test_what_is_no_point_is_refused(point: bytes) -> None:
    with pytest.raises(pace.PaceError):
        pace.agree(key(TERMINAL), point)
    with pytest.raises(pace.PaceError):
        pace.map_generator(INFO.domain, NONCE, key(TERMINAL), point)
    with pytest.raises(pace.PaceError):
        pace.mapped_public_key(INFO.domain, key(TERMINAL), point)


def test_a_nonce_of_zero_is_refused() -> None:
    with pytest.raises(pace.PaceError):
        pace.map_generator(INFO.domain, bytes(16), key(TERMINAL), pace.public_key(key(CHIP)))
