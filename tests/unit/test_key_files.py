"""Key files, the card-manager keys among them, under a master key that is a file: as in development."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from issuance.keys import card_keys
from issuance.keys.card_keys import CardKeysError
from issuance.settings import KEY_NAMES, PUBLIC_KEY_NAMES, Settings, key_file
from issuance.vault import VaultError, key_files
from issuance.vault.masters import FileMasters

SETS = {"sets": [{"version": 7, "enc": "01" * 16, "mac": "02" * 16, "dek": "03" * 16}]}


def test_all_of_them_are_wrapped_moved_and_opened(tmp_path: Path) -> None:
    settings = Settings(var=tmp_path)
    before = {name: key_file(settings, name) for name in KEY_NAMES}
    cards = card_keys.open_card_keys(settings)
    assert key_files.plain(settings, KEY_NAMES) == [*KEY_NAMES, card_keys.FILE]
    masters = FileMasters(tmp_path / "masters")
    for generation in (1, 2):
        masters.make(generation)
        assert key_files.wrap_all(settings, masters, generation) == [*KEY_NAMES, card_keys.FILE]
        assert key_files.wrap_all(settings, masters, generation) == []
        assert key_files.generations(settings) == {generation}
    assert key_files.plain(settings, KEY_NAMES) == []
    anew = Settings(var=tmp_path)
    key_files.open_all(anew, masters, KEY_NAMES)
    assert {name: key_file(anew, name) for name in KEY_NAMES} == before
    assert card_keys.open_card_keys(anew) == cards


def test_damaged_keys_of_cards_are_not_wrapped(tmp_path: Path) -> None:
    path = tmp_path / "maker.json"
    path.write_text(json.dumps(SETS)[:-2])
    settings, masters = Settings(var=tmp_path / "var", card_keys=path), FileMasters(tmp_path / "masters")
    masters.make(1)
    with pytest.raises(CardKeysError, match="damaged"):
        key_files.wrap_all(settings, masters, 1)


def test_holders_pages_with_wrapped_keys_and_no_master_do_not_start(tmp_path: Path) -> None:
    settings, masters = Settings(var=tmp_path), FileMasters(tmp_path / "masters")
    key_file(settings, "session")
    masters.make(1)
    key_files.wrap_all(settings, masters, 1)
    with pytest.raises(VaultError, match="master key 1 is not here"):
        key_files.open_all(Settings(var=tmp_path), FileMasters(tmp_path / "other"), PUBLIC_KEY_NAMES)
