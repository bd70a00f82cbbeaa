"""Tokens, clocks and an authority for the tests of signers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from issuance.clock import FixedClock
from printing.pki.certificates import Authority
from tests.contract.softhsm import NOW, SoftHsm, issue, make_authority


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture(scope="session")
def csca() -> Authority:
    return make_authority(ec.generate_private_key(ec.SECP256R1()), FixedClock(NOW))


@pytest.fixture(scope="session")
def empty_token(tmp_path_factory: pytest.TempPathFactory) -> SoftHsm:
    """A token without keys, to copy: making one takes seconds."""
    made = SoftHsm(tmp_path_factory.mktemp("empty"))
    made.set_up()
    return made


@pytest.fixture(scope="session")
def ready_token(empty_token: SoftHsm, csca: Authority, tmp_path_factory: pytest.TempPathFactory) -> SoftHsm:
    """A token with a key and its certificate, to copy."""
    made = empty_token.copy(tmp_path_factory.mktemp("ready"))
    made.certify(issue(made.generate(), csca, FixedClock(NOW)))
    return made


@pytest.fixture
def hsm(empty_token: SoftHsm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SoftHsm:
    """A token without keys."""
    made = empty_token.copy(tmp_path / "hsm")
    monkeypatch.setenv("SOFTHSM2_CONF", str(made.conf))
    return made


@pytest.fixture
def ready(ready_token: SoftHsm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SoftHsm:
    """A token with a key and its certificate."""
    made = ready_token.copy(tmp_path / "ready")
    monkeypatch.setenv("SOFTHSM2_CONF", str(made.conf))
    return made


@pytest.fixture
def opened() -> Iterator[ExitStack]:
    """Closes at the end what a test opens."""
    with ExitStack() as stack:
        yield stack
