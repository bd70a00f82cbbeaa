"""`flask set-up` makes the signers' keys in a real PKCS#11 token (SoftHSM) and asks the authority for both, once."""

from __future__ import annotations

from pathlib import Path

import pytest

from app import create_app
from issuance.services import office_file
from tests.contract.softhsm import SoftHsm
from tests.install import authority, page
from tests.production import PRODUCTION

pytestmark = pytest.mark.contract
(EXAMPLE,) = [block.text for block in page.blocks(page.PAGE.read_text("utf-8")) if block.path.endswith(".toml")]


def test_set_up_asks_for_both_keys_once_until_they_are_certified(hsm: SoftHsm, tmp_path: Path) -> None:
    plan = tmp_path / "office.toml"
    plan.write_text(EXAMPLE, "utf-8")
    assert office_file.read(EXAMPLE.encode(), []).keys is not None
    app = create_app(hsm.settings(**PRODUCTION))
    keys, answers = hsm.folder / "var" / "keys", tmp_path / "answers"

    def run(*args: object) -> tuple[int, str]:
        with app.app_context():
            done = app.test_cli_runner().invoke(args=[str(arg) for arg in args], catch_exceptions=False)
        return done.exit_code, done.output

    code, said = run("set-up", "--from", plan)
    assert code == 1
    assert (
        f"send {keys / 'document-signer.csr'} to the authority; what it makes of it comes in by flask pki import."
        in said
    )
    assert f"send {keys / 'seal-signer.csr'} to the authority" in said
    assert "flask pki import --signer seal." in said
    assert "flask pki import --signer list." in said
    requests = {path.name: path.read_bytes() for path in keys.glob("*.csr")}
    create_app(app.extensions["office"].settings)  # none of it can be opened by others, which ends a real office
    assert run("set-up", "--from", plan)[0] == 1
    assert {path.name: path.read_bytes() for path in keys.glob("*.csr")} == requests

    authority.answer(keys, answers, tmp_path / "authority")
    trusted = ("--csca", answers / "csca.pem", "--crl", answers / "csca.crl")
    assert run("pki", "import", "--certificate", answers / "document-signer.pem", *trusted)[0] == 0
    assert run("pki", "import", "--signer", "seal", "--certificate", answers / "seal-signer.pem")[0] == 0
    assert run("pki", "import", "--signer", "list", "--certificate", answers / "list-signer.pem")[0] == 0
    code, said = run("set-up", "--from", plan)
    assert code == 0, said
    assert "Keys: the seal signer has its certificate." in said
    app.extensions["office"].database.engine.dispose()


def test_a_token_that_does_not_answer_is_said_and_the_office_is_founded(hsm: SoftHsm, tmp_path: Path) -> None:
    plan = tmp_path / "office.toml"
    plan.write_text(EXAMPLE, "utf-8")
    app = create_app(hsm.settings(**PRODUCTION, pkcs11_token="nowhere"))
    with app.app_context():
        done = app.test_cli_runner().invoke(args=["set-up", "--from", str(plan)], catch_exceptions=False)
    assert done.exit_code == 1
    assert "Keys: " in done.output
    assert "nowhere" in done.output
    assert done.output.count("added.") == 2
    app.extensions["office"].database.engine.dispose()
