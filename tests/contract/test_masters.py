"""The master keys of an office: one suite over files and a real PKCS#11 token (SoftHSM), and what each is alone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from issuance.settings import Settings
from issuance.vault.masters import AT_ONCE, FileMasters, Masters, OfficeMasters, TokenMasters, VaultError
from tests.contract.softhsm import LABEL, MODULE, OFFICE, PIN, SoftHsm

pytestmark = pytest.mark.contract

KEY, PLACE = bytes(range(32)), b"the request it is for"


@pytest.fixture(params=["file", "token"])
def masters(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Masters]:
    made: Masters
    if request.param == "file":
        made = FileMasters(tmp_path / "keys")
    else:
        made = TokenMasters(request.getfixturevalue("hsm").settings())
    yield made
    made.close()


# What holds for every kind


def test_what_was_wrapped_opens_for_its_place_and_generation_alone(masters: Masters) -> None:
    masters.make(1)
    masters.make(2)
    (wrapped,) = masters.wrap(1, [(KEY, PLACE)])
    assert masters.unwrap(1, [(wrapped, PLACE)]) == [KEY]
    assert masters.unwrap(1, [(wrapped, PLACE + b"!")]) == [None]
    assert masters.unwrap(2, [(wrapped, PLACE)]) == [None]
    assert len(wrapped) == 12 + 32 + 16


@pytest.mark.parametrize("place", [0, 12, -1])
def test_a_changed_bit_does_not_open_and_the_others_do(masters: Masters, place: int) -> None:
    masters.make(1)
    good, other = masters.wrap(1, [(KEY, PLACE), (KEY, PLACE)])
    changed = bytearray(other)
    changed[place] ^= 1
    assert masters.unwrap(1, [(bytes(changed), PLACE), (b"", PLACE), (good, PLACE)]) == [None, None, KEY]
    assert good != other


def test_many_are_asked_for_at_once(masters: Masters) -> None:
    masters.make(1)
    keys = [(number.to_bytes(32, "big"), number.to_bytes(16, "big")) for number in range(AT_ONCE + 3)]
    wrapped = masters.wrap(1, keys)
    bound = [(one, place) for one, (_, place) in zip(wrapped, keys, strict=True)]
    assert masters.unwrap(1, bound) == [key for key, _ in keys]
    assert masters.unwrap(1, []) == []


def test_a_master_is_known_by_its_fingerprint(masters: Masters) -> None:
    assert masters.known() == []
    made = [masters.make(1), masters.make(2)]
    masters.close()
    assert masters.known() == made
    assert len({one.fingerprint for one in made}) == 2
    assert all(len(bytes.fromhex(one.fingerprint)) == 32 for one in made)


def test_a_destroyed_master_opens_nothing(masters: Masters) -> None:
    masters.make(1)
    kept = masters.make(2)
    (wrapped,) = masters.wrap(1, [(KEY, PLACE)])
    masters.destroy(1)
    masters.destroy(1)
    assert masters.known() == [kept]
    with pytest.raises(VaultError):
        masters.unwrap(1, [(wrapped, PLACE)])
    (other,) = masters.wrap(2, [(KEY, PLACE)])
    assert masters.unwrap(2, [(other, PLACE)]) == [KEY]


def test_threads_ask_one_after_another(masters: Masters) -> None:
    masters.make(1)

    def there_and_back(number: int) -> bool:
        place = number.to_bytes(4, "big")
        (wrapped,) = masters.wrap(1, [(KEY, place)])
        return masters.unwrap(1, [(wrapped, place)]) == [KEY]

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(there_and_back, range(64)))


# The token


def test_the_key_cannot_leave_its_token(hsm: SoftHsm) -> None:
    masters = TokenMasters(hsm.settings())
    assert masters.make(1).bound
    masters.close()
    program = (
        "import sys, pkcs11; from pkcs11 import Attribute, ObjectClass\n"
        "module, label, pin = sys.argv[1:]\n"
        "session = pkcs11.lib(module).get_token(token_label=label).open(user_pin=pin)\n"
        "key = session.get_key(object_class=ObjectClass.SECRET_KEY, label='liman-master-1')\n"
        "names = ('SENSITIVE', 'EXTRACTABLE', 'NEVER_EXTRACTABLE', 'WRAP', 'UNWRAP', 'SIGN')\n"
        "print([bool(key[Attribute[name]]) for name in names])\n"
        "try: print(key[Attribute.VALUE])\n"
        "except pkcs11.AttributeSensitive: print('sensitive')\n"
    )
    command = [sys.executable, "-c", program, str(MODULE), LABEL, PIN]
    done = subprocess.run(command, env=os.environ, capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[:2] == ["[True, False, True, False, False, False]", "sensitive"]


def test_a_key_brought_in_from_outside_is_not_called_bound_when_it_can_leave(hsm: SoftHsm) -> None:
    assert OFFICE.exists()
    program = (
        "import sys, pkcs11; from pkcs11 import Attribute, KeyType\n"
        "module, label, pin = sys.argv[1:]\n"
        "session = pkcs11.lib(module).get_token(token_label=label).open(rw=True, user_pin=pin)\n"
        "session.generate_key(KeyType.AES, 256, label='liman-master-7', id=b'7', store=True,\n"
        "    template={Attribute.EXTRACTABLE: True, Attribute.SENSITIVE: False})\n"
    )
    command = [sys.executable, "-c", program, str(MODULE), LABEL, PIN]
    subprocess.run(command, env=os.environ, capture_output=True, check=True)
    masters = TokenMasters(hsm.settings())
    assert [(one.generation, one.bound) for one in masters.known()] == [(7, False)]
    masters.close()


def test_a_token_process_that_dies_is_started_anew(hsm: SoftHsm) -> None:
    masters = TokenMasters(hsm.settings())
    masters.make(1)
    (wrapped,) = masters.wrap(1, [(KEY, PLACE)])
    assert masters._token is not None
    os.kill(masters._token.process.pid, signal.SIGKILL)
    masters._token.process.wait()
    with pytest.raises(VaultError, match="ended"):
        masters.unwrap(1, [(wrapped, PLACE)])
    assert masters.unwrap(1, [(wrapped, PLACE)]) == [KEY]
    masters.close()


def test_a_forked_process_has_a_channel_of_its_own(hsm: SoftHsm) -> None:
    masters = TokenMasters(hsm.settings())
    masters.make(1)
    (wrapped,) = masters.wrap(1, [(KEY, PLACE)])
    ours = masters._token
    masters._owner += 1  # as the fork of another process finds it
    assert masters.unwrap(1, [(wrapped, PLACE)]) == [KEY]
    assert masters._token is not ours
    masters.close()
    assert ours is not None
    ours.close()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"pkcs11_token": "nowhere"}, "no PKCS#11 token called nowhere"),
        ({"pkcs11_master_token": "elsewhere"}, "correct LIMAN_PKCS11_MASTER_TOKEN"),
        ({"pkcs11_pin_file": None}, "LIMAN_PKCS11_PIN_FILE is not set"),
        ({"pkcs11_module": Path("/no/such.so")}, "cannot be read"),
    ],
)
def test_a_token_that_cannot_be_opened_is_said(hsm: SoftHsm, changes: dict[str, object], sentence: str) -> None:
    masters = TokenMasters(hsm.settings(**changes))
    with pytest.raises(VaultError, match=sentence):
        masters.wrap(1, [(KEY, PLACE)])
    with pytest.raises(VaultError, match=sentence):
        masters.make(1)


def test_an_office_goes_from_files_to_a_token(hsm: SoftHsm) -> None:
    settings = hsm.settings()
    before = OfficeMasters(Settings(var=settings.var))
    assert before.make(1).kind == "file"
    (wrapped,) = before.wrap(1, [(KEY, PLACE)])
    after = OfficeMasters(settings)
    assert after.make(2).kind == "token"
    assert [(one.generation, one.kind) for one in after.known()] == [(1, "file"), (2, "token")]
    assert after.unwrap(1, [(wrapped, PLACE)]) == [KEY]
    assert (after.in_token(1), after.in_token(2)) == (False, True)
    with pytest.raises(VaultError, match="master key 2 is not here"):
        before.wrap(2, [(KEY, PLACE)])
    after.close()


# Files


def test_a_file_of_another_size_is_damaged(tmp_path: Path) -> None:
    masters = FileMasters(tmp_path)
    masters.make(1)
    (tmp_path / "master-1").write_bytes(b"short")
    with pytest.raises(VaultError, match="master key 1 is damaged"):
        masters.wrap(1, [(KEY, PLACE)])
