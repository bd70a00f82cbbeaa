"""Card-manager keys: session keys as another program's SCP03 derives them, and every chip that is not ours refused."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from card_drivers.card_keys import Derivation, HexKeys, HexSet
from card_drivers.chips.secure_channel import derive
from card_drivers.order import ChannelKeys, ChannelRequest
from issuance.keys.card_keys import CardKeysError, channel_keys, open_card_keys
from issuance.settings import Settings

peer = pytest.importorskip("yubikit.core.smartcard.scp", reason="yubikey-manager is the peer: `make test` installs it")

CLAIM = UUID("01890000-0000-7000-8000-000000000000")
HOST, CARD = bytes(range(8)), bytes(range(8, 16))
DIVERSIFICATION = b"blank-0001"
ENC, MAC, DEK = ("404142434445464748494a4b4c4d4e4f", "505152535455565758595a5b5c5d5e5f", "60" * 16)
KEYS = HexKeys(sets=(HexSet(version=1, enc=ENC, mac=MAC, dek=DEK),))


def answer(keys: Any = None, version: int = 1, scp: int = 3, tail: bytes = b"") -> bytes:
    """INITIALIZE UPDATE's answer of a card with these static keys, its cryptogram computed by the peer."""
    static = keys or peer.StaticKeys(bytes.fromhex(ENC), bytes.fromhex(MAC), bytes.fromhex(DEK))
    cryptogram: bytes = peer._derive(static.derive(HOST + CARD).key_smac, 0, HOST + CARD, 0x40)
    return DIVERSIFICATION + bytes([version, scp, 0x70]) + CARD + cryptogram + tail


def ask(data: bytes, host: bytes = HOST) -> ChannelRequest:
    return ChannelRequest(claim_id=CLAIM, host_challenge=host, answer=data)


@pytest.mark.parametrize("tail", [b"", b"\x00\x00\x07"], ids=["random", "pseudo-random"])
def test_session_keys_are_those_of_another_program(tail: bytes) -> None:
    static = peer.StaticKeys(bytes.fromhex(ENC), bytes.fromhex(MAC), bytes.fromhex(DEK))
    theirs = static.derive(HOST + CARD)
    ours, version = channel_keys(KEYS, ask(answer(tail=tail)))
    assert ours == ChannelKeys(enc=theirs.key_senc, mac=theirs.key_smac, rmac=theirs.key_srmac)
    assert version == 1


def test_another_programs_terminal_accepts_the_same_card() -> None:
    """The peer as terminal, with the answer that ours accepts: both then speak the same channel."""
    params = peer.Scp03KeyParams(
        peer.KeyRef(1, 1), peer.StaticKeys(bytes.fromhex(ENC), bytes.fromhex(MAC), bytes.fromhex(DEK))
    )
    state, cryptogram = peer.ScpState.scp03_init(lambda *_: answer(), params, host_challenge=HOST)
    ours, _ = channel_keys(KEYS, ask(answer()))
    assert state._keys.key_smac == ours.mac
    assert derive(ours.mac, Derivation.HOST_CRYPTOGRAM, HOST + CARD, 8) == cryptogram


def test_a_master_set_gives_each_card_its_own_keys() -> None:
    master = HexKeys(sets=(HexSet(version=9, diversified=True, enc=ENC, mac=MAC, dek=DEK),))
    own = [peer._derive(bytes.fromhex(key), number, DIVERSIFICATION) for key, number in ((ENC, 1), (MAC, 2), (DEK, 3))]
    ours, version = channel_keys(master, ask(answer(peer.StaticKeys(*own), version=9)))
    assert (ours.enc, version) == (peer.StaticKeys(*own).derive(HOST + CARD).key_senc, 9)
    with pytest.raises(CardKeysError, match="other card-manager keys"):
        channel_keys(master, ask(answer(version=9)))


@pytest.mark.parametrize("size", [24, 32])
def test_longer_keys_give_longer_session_keys(size: int) -> None:
    """Amendment D, 4.1.5: L is the length of the key; beyond one block a second iteration follows."""
    enc, mac = "11" * size, "22" * size
    session = derive(bytes.fromhex(mac), Derivation.S_MAC, HOST + CARD, size)
    cryptogram = derive(session, Derivation.CARD_CRYPTOGRAM, HOST + CARD, 8)
    data = DIVERSIFICATION + bytes([2, 3, 0]) + CARD + cryptogram
    ours, _ = channel_keys(HexKeys(sets=(HexSet(version=2, enc=enc, mac=mac, dek=enc),)), ask(data))
    assert (len(ours.enc), len(ours.rmac), ours.mac) == (size, size, session)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "does not speak SCP03"),
        (answer()[:-1], "does not speak SCP03"),
        (answer(scp=2), "does not speak SCP03"),
        (answer(version=0x30), "version 30"),
        (answer()[:-1] + bytes([answer()[-1] ^ 1]), "other card-manager keys"),
        (answer()[:13] + bytes(8) + answer()[21:], "other card-manager keys"),
        (b"\xff" * 400, "does not speak SCP03"),
    ],
)
def test_a_chip_that_is_not_ours_gets_no_keys(data: bytes, words: str) -> None:
    with pytest.raises(CardKeysError, match=words) as refused:
        channel_keys(KEYS, ask(data))
    assert ENC not in str(refused.value)


def test_a_challenge_of_another_length_is_refused() -> None:
    with pytest.raises(CardKeysError, match="eight bytes"):
        channel_keys(KEYS, ask(answer(), host=HOST[:7]))


# The file


def test_a_development_set_is_made_once_and_is_the_owners_alone(tmp_path: Path) -> None:
    settings = Settings(var=tmp_path)
    assert open_card_keys(settings) == open_card_keys(settings)
    file = tmp_path / "keys" / "card-keys.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    (made,) = open_card_keys(settings).sets
    assert len({made.enc, made.mac, made.dek}) == 3
    assert made.enc not in repr(made)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "damaged"),
        (json.dumps({"sets": []}), "sets"),
        (json.dumps({"sets": [{"version": 1, "enc": ENC, "mac": MAC, "dek": "60"}]}), "dek"),
        (json.dumps({"sets": [{"version": 1, "enc": ENC, "mac": MAC, "dek": "zz"}]}), "dek"),
    ],
)
def test_a_damaged_file_is_named_and_no_key_is(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "cards.json").write_text(text)
    with pytest.raises(CardKeysError, match=words) as refused:
        open_card_keys(Settings(var=tmp_path, card_keys=tmp_path / "cards.json"))
    assert ENC not in str(refused.value)


def test_production_makes_no_keys(tmp_path: Path) -> None:
    with pytest.raises(CardKeysError, match="LIMAN_CARD_KEYS"):
        open_card_keys(Settings(var=tmp_path, env="production"))
    with pytest.raises(CardKeysError, match="cannot be read"):
        open_card_keys(Settings(var=tmp_path, env="production", card_keys=tmp_path / "nowhere.json"))
    assert not (tmp_path / "keys").exists()
