"""OpenPACE (Debian: libeac3), another implementation of PACE by other people, through ctypes. GPL: for tests only."""

from __future__ import annotations

import ctypes
from ctypes import POINTER, Structure, byref, c_char, c_int, c_size_t, c_ulong, c_void_p
from functools import cache
from typing import Any, Literal

from tests.counterparts import missing

LIBRARY = "libeac.so.3"
SECRETS = {"MRZ": 1, "CAN": 2}  # eac/pace.h, s_type
PACE = 0  # eac/eac.h, EAC_ID_PACE


class _Buffer(Structure):
    """openssl's BUF_MEM."""

    _fields_ = (("length", c_size_t), ("data", POINTER(c_char)), ("max", c_size_t), ("flags", c_ulong))

    def bytes(self) -> bytes:
        return self.data[: self.length]


_Bytes = POINTER(_Buffer)


class _Agreement(Structure):
    """eac/eac.h, KA_CTX."""

    _fields_ = (
        *((name, c_void_p) for name in ("md", "md_engine", "cmac_ctx", "cipher", "cipher_engine", "iv")),
        *((name, c_int) for name in ("mac_keylen", "enc_keylen")),
        *((name, c_void_p) for name in ("generate_key", "compute_key", "key")),
        *((name, _Bytes) for name in ("shared_secret", "k_enc", "k_mac")),
    )


class _Context(Structure):
    """eac/eac.h, EAC_CTX."""

    _fields_ = (
        ("tr_version", c_int),
        *((name, c_void_p) for name in ("bn_ctx", "md_ctx", "cipher_ctx", "pace_ctx", "pace_ctxs")),
        *((name, c_void_p) for name in ("ri_ctx", "ri_ctxs", "ta_ctx", "ca_ctx", "ca_ctxs")),
        ("key_ctx", POINTER(_Agreement)),
        ("ssc", c_void_p),
    )


@cache
def library() -> Any:
    """The loaded library, its functions declared; the test is skipped without it."""
    try:
        eac = ctypes.CDLL(LIBRARY)
    except OSError:
        missing(f"{LIBRARY} is not installed: PACE is proved against it. `make test` as root installs it.")
    context, secret = POINTER(_Context), c_void_p
    eac.EAC_CTX_new.restype = context
    eac.EAC_CTX_clear_free.argtypes = [context]
    eac.EAC_CTX_init_ef_cardaccess.argtypes = [ctypes.c_char_p, c_size_t, context]
    eac.EAC_CTX_set_encryption_ctx.argtypes = [context, c_int]
    eac.PACE_SEC_new.restype, eac.PACE_SEC_new.argtypes = secret, [ctypes.c_char_p, c_size_t, c_int]
    eac.PACE_SEC_clear_free.argtypes = [secret]
    made = {
        "STEP1_enc_nonce": [secret],
        "STEP3A_generate_mapping_data": [],
        "STEP3B_generate_ephemeral_key": [],
        "STEP3D_compute_authentication_token": [_Bytes],
    }
    taken = {
        "STEP2_dec_nonce": [secret, _Bytes],
        "STEP3A_map_generator": [_Bytes],
        "STEP3B_compute_shared_secret": [_Bytes],
        "STEP3C_derive_keys": [],
        "STEP3D_verify_authentication_token": [_Bytes],
    }
    for name, arguments in (made | taken).items():
        function = getattr(eac, f"PACE_{name}")
        function.argtypes, function.restype = [context, *arguments], _Bytes if name in made else c_int
    eac.EAC_init()
    return eac


class Party:
    """One side of a PACE run, chip or terminal, by the EF.CardAccess both know and a shared `secret`.

    For MRZ the secret is the whole MRZ of a card (TD1) without line breaks. What OpenPACE refuses is an
    AssertionError. Public keys and tokens are bytes as in the APDUs' data objects.
    """

    def __init__(self, card_access: bytes, kind: Literal["MRZ", "CAN"], secret: str) -> None:
        self._eac = library()
        self._context = self._eac.EAC_CTX_new()
        assert self._eac.EAC_CTX_init_ef_cardaccess(card_access, len(card_access), self._context) == 1
        self._secret = self._eac.PACE_SEC_new(secret.encode(), len(secret), SECRETS[kind])
        assert self._secret

    def close(self) -> None:
        self._eac.PACE_SEC_clear_free(self._secret)
        self._eac.EAC_CTX_clear_free(self._context)

    def encrypted_nonce(self) -> bytes:
        """Chip: a nonce, encrypted under the secret (step 1)."""
        return self._made("STEP1_enc_nonce", self._secret)

    def take_nonce(self, encrypted: bytes) -> None:
        """Terminal: the chip's nonce (step 1)."""
        self._take("STEP2_dec_nonce", self._secret, encrypted)

    def mapping(self) -> bytes:
        """Our mapping key (step 2)."""
        return self._made("STEP3A_generate_mapping_data")

    def map(self, theirs: bytes) -> None:
        """The other's mapping key (step 2)."""
        self._take("STEP3A_map_generator", theirs)

    def ephemeral(self) -> bytes:
        """Our ephemeral key (step 3)."""
        return self._made("STEP3B_generate_ephemeral_key")

    def agree(self, theirs: bytes) -> None:
        """The other's ephemeral key (step 3): now both have the session keys."""
        self._take("STEP3B_compute_shared_secret", theirs)
        self._take("STEP3C_derive_keys")

    def token(self, theirs: bytes) -> bytes:
        """Our token over the other's ephemeral key (step 4)."""
        return self._made("STEP3D_compute_authentication_token", byref(_buffer(theirs)))

    def verify(self, token: bytes) -> bool:
        """Whether the other's token is right (step 4)."""
        return bool(self._call("STEP3D_verify_authentication_token", byref(_buffer(token))) == 1)

    def keys(self) -> tuple[bytes, bytes]:
        """The session keys: for encryption and for the checksum."""
        assert self._eac.EAC_CTX_set_encryption_ctx(self._context, PACE) == 1
        agreement = self._context.contents.key_ctx.contents
        return agreement.k_enc.contents.bytes(), agreement.k_mac.contents.bytes()

    def _made(self, step: str, *arguments: object) -> bytes:
        made = self._call(step, *arguments)
        assert made, step
        return bytes(made.contents.bytes())

    def _take(self, step: str, *arguments: object) -> None:
        given = [byref(_buffer(part)) if isinstance(part, bytes) else part for part in arguments]
        assert self._call(step, *given) == 1, step

    def _call(self, step: str, *arguments: object) -> Any:
        return getattr(self._eac, f"PACE_{step}")(self._context, *arguments)


def _buffer(data: bytes) -> _Buffer:
    room = ctypes.create_string_buffer(data, len(data))
    return _Buffer(len(data), ctypes.cast(room, POINTER(c_char)), len(data), 0)
