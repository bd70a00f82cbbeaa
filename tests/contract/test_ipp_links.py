"""The IPP driver over TLS, with a log-in, and before a printer that moved: a real `ippeveprinter` behind each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from card_drivers.device import ConfigurationError
from card_drivers.links.http_login import Login
from card_drivers.order import Outcome
from tests import composed
from tests.contract.bench_ipp import driver, make
from tests.contract.ipp_gate import NONCE, PASSWORD, REALM, USER, gate
from tests.contract.ippeve import IppEve, ippeve

pytestmark = pytest.mark.contract


@pytest.fixture
def eve(tmp_path: Path) -> Iterator[IppEve]:
    with ippeve(tmp_path) as printer:
        yield printer


@pytest.mark.parametrize("form", [str, str.lower, lambda shown: shown.replace(":", "")])
def test_a_pinned_certificate_is_believed(eve: IppEve, tmp_path: Path, form: Callable[[str], str]) -> None:
    printer = driver(eve.secure_uri, fingerprint=form(eve.fingerprint()))
    assert make(printer, composed.order(), tmp_path) is Outcome.DONE
    assert len(eve.printed()) == 1


def test_a_certificate_that_nobody_knows_is_not_believed(eve: IppEve, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="compare its SHA-256 fingerprint"):
        make(driver(eve.secure_uri), composed.order(), tmp_path)
    assert eve.printed() == []


def test_another_certificate_than_the_pinned_one_gets_nothing(eve: IppEve, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="another certificate") as caught:
        make(driver(eve.secure_uri, fingerprint="00" * 32), composed.order(), tmp_path)
    assert eve.fingerprint().replace(":", "").lower() in str(caught.value)
    assert eve.printed() == []


QUOTED_REALM = REALM.replace('"', '\\"')
CHALLENGES = [
    "Basic realm=printer",
    f'Digest realm="{QUOTED_REALM}", nonce="{NONCE}", qop="auth"',
    f'Digest realm="{QUOTED_REALM}", nonce="{NONCE}", qop="auth,auth-int", algorithm=SHA-256, opaque="x"',
    f'Digest realm="{QUOTED_REALM}", nonce="{NONCE}", qop="auth", algorithm=MD5-sess',
    f'Digest realm="{QUOTED_REALM}", nonce="{NONCE}"',
]


@pytest.mark.parametrize("wants", CHALLENGES)
def test_a_printer_that_wants_a_log_in_gets_it(eve: IppEve, tmp_path: Path, wants: str) -> None:
    with gate(eve.uri, wants) as door:
        printer = driver(door.uri, login=Login(USER, PASSWORD))
        assert make(printer, composed.order(), tmp_path) is Outcome.DONE
    assert len(eve.printed()) == 1
    assert door.refused == 1, "afterwards it is told without being asked"


def test_a_printer_with_accounts_prints_for_who_is_known(tmp_path: Path) -> None:
    """ippeveprinter's own log-in (Basic): it tells everybody of itself, and asks who wants to print."""
    order = composed.order("RC")
    with ippeve(tmp_path, formats="application/pdf", account=("station", "a:b c")) as eve:
        for login, said in ((None, "put them into the settings"), (Login("station", "wrong"), "correct them")):
            assert driver(eve.uri, login=login).status().state == "idle"
            with pytest.raises(ConfigurationError, match=said):
                make(driver(eve.uri, login=login), order, tmp_path)
        assert eve.printed() == []
        assert make(driver(eve.uri, login=Login("station", "a:b c")), order, tmp_path) is Outcome.DONE
        assert len(eve.printed()) == 1


@pytest.mark.parametrize("wants", CHALLENGES[:2])
def test_a_wrong_password_is_named(eve: IppEve, tmp_path: Path, wants: str) -> None:
    with gate(eve.uri, wants) as door:
        with pytest.raises(ConfigurationError, match="correct them in the settings"):
            make(driver(door.uri, login=Login(USER, "wrong")), composed.order(), tmp_path)
        with pytest.raises(ConfigurationError, match="put them into the settings"):
            make(driver(door.uri), composed.order(), tmp_path)
    assert (door.passed, eve.printed()) == (0, [])


def test_a_log_in_of_another_kind_is_named(eve: IppEve) -> None:
    with gate(eve.uri, "Negotiate") as door, pytest.raises(ConfigurationError, match="other than Basic or Digest"):
        driver(door.uri, login=Login(USER, PASSWORD)).status()


def test_nothing_is_sent_to_where_a_printer_moved(eve: IppEve, tmp_path: Path) -> None:
    with (
        gate(eve.uri, moved=eve.uri) as door,
        pytest.raises(ConfigurationError, match="where nothing is sent") as caught,
    ):
        make(driver(door.uri), composed.order(), tmp_path)
    assert eve.uri in str(caught.value)
    assert eve.printed() == []
