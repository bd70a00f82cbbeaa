"""Every document with a chip, made at a bureau: office, file, openssl, site with card-manager keys, result, valid.

Keys of the site in a file and in a PKCS#11 token (SoftHSM), its reader simulated and behind the real pcscd.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from uuid import UUID

import pytest

from card_drivers.bureau.orders_folder import OrdersFolder
from card_drivers.device import CardRejected, ConfigurationError, Leave
from card_drivers.order import ChannelRequest, ChipFound, Order, Outcome
from card_drivers.simulators.chip.chip import VirtualChip
from card_drivers.simulators.chip.memory import CardKeys, Memory
from card_drivers.simulators.machine import Blank, Simulation
from card_drivers.station.journal import Journal
from card_drivers.station.workbench import Workbench
from issuance.models.documents import Document
from issuance.models.staff import Station
from tests.contract.bench_bureau import bureau, identities
from tests.contract.softhsm import MODULE, SoftHsm
from tests.contract.test_bureau import site
from tests.counterparts import require
from tests.fixtures.databases import on_sqlite
from tests.fixtures.pcsc import SLOTS, Pcscd
from tests.fixtures.stages import carrying
from tests.people import LAYLA, Case, SmallOffice, changed

pytestmark = pytest.mark.contract

WITH_CHIPS = [
    LAYLA,
    changed(LAYLA, document_type="RP-S", status="subsidiary"),
    changed(LAYLA, document_type="TD-C"),
    changed(LAYLA, document_type="TD-S", status="subsidiary"),
]
KEYS = CardKeys(enc=bytes(range(16)), mac=bytes(range(16, 32)), dek=bytes(range(32, 48)))
IN_FILE = {"version": 1, **{name: getattr(KEYS, name).hex() for name in ("enc", "mac", "dek")}}
UID = "04AABBCCDDEE01"


class TheOffice:
    """The register of an office's station, without HTTP between: it lets its order be made."""

    def __init__(self, office: SmallOffice) -> None:
        self._office = office

    def leave(self, order: Order) -> Leave:
        chip = self._office.leave(order).chip
        assert chip is not None
        assert chip.keys, "they come with the leave, and go inside the file"
        return Leave(float("inf"), chip.keys)

    def check_chip(self, found: ChipFound) -> None:
        raise AssertionError("the site knows its chips")

    def channel_keys(self, request: ChannelRequest) -> None:
        raise AssertionError("the site has keys of its own")


def send(office: SmallOffice, case: Case, folder: Path) -> tuple[Order, bytes]:
    """The office's station sends the order: its file."""
    with office.database.transaction() as session:
        session.get_one(Station, office.station.id).bureau = True
    office.station.bureau = True
    assert case.claim is not None
    order = office.order(case.claim)
    journal = Journal(folder / "journal.jsonl")
    journal.write("claim", order.claim_id)
    journal.write("order", order.claim_id, order_id=str(order.order_id))
    result = bureau(folder).produce(order, Workbench(order, journal, None, TheOffice(office)))  # type: ignore[arg-type]
    journal.close()
    assert (result.outcome, office.report(result)) == (Outcome.SENT, None)
    return order, (folder / "bureau" / "outbox" / f"{order.claim_id}.p7m").read_bytes()


def through_openssl(file: bytes) -> bytes:
    """The order taken out of its file and packed anew, both by openssl."""
    keys, openssl = identities(), require("openssl", "an implementation of CMS that is not ours")

    def cms(arguments: str, data: bytes) -> bytes:
        command = [openssl, "cms", "-binary", *arguments.split()]
        return subprocess.run(command, input=data, capture_output=True, check=True).stdout

    signed = cms(
        f"-decrypt -inform DER -outform DER -recip {keys}/site/certificate.pem -inkey {keys}/site/key.pem", file
    )
    content = cms(f"-verify -inform DER -CAfile {keys}/office/certificate.pem -purpose any", signed)
    office = f"-signer {keys}/office/certificate.pem -inkey {keys}/office/key.pem"
    again = cms(f"-sign -md sha256 {office} -nodetach -outform DER", content)
    return cms(f"-encrypt -aes256 -outform DER {keys}/site/certificate.pem", again)


def loaded_site(folder: Path, order: Order, file: bytes, card_keys: object) -> Path:
    """A site with card-manager keys, the order's file, and a blank of its stock that the office's ledger knows."""
    orders = site(folder, cards=0)
    OrdersFolder(orders)
    (orders / "card-keys.json").write_text(json.dumps(card_keys))
    (orders / "in" / "order.p7m").write_bytes(file)
    simulator = folder / "simulator"
    Simulation(simulator).load([Blank(serial=f"{order.stock}-1", stock=order.stock, uid=UID)])
    keys = {name: getattr(KEYS, name).hex() for name in ("enc", "mac", "dek")}
    (simulator / "card_keys.json").write_text(json.dumps(keys))
    return orders


def come_back(office: SmallOffice, orders: Path, folder: Path) -> Outcome:
    """The result is carried to the office, and told to its register."""
    (made,) = (orders / "out").iterdir()
    made.rename(folder / "bureau" / "inbox" / made.name)
    printer = bureau(folder)
    (result,) = printer.results()
    assert office.report(result) is None
    printer.settle(result)
    return result.outcome


def state(office: SmallOffice, document_id: UUID) -> str:
    with office.database.reading() as session:
        return str(session.get_one(Document, document_id).state)


def hand_over(office: SmallOffice, case: Case) -> str:
    """Checked, handed over; the state it ends in."""
    assert case.document_id is not None
    assert office.check(case.document_id, office.readings(case.document_id))
    office.hand_over(case.request_id, case.number)
    return state(office, case.document_id)


@on_sqlite
@carrying(*WITH_CHIPS)
def test_a_chip_is_made_at_the_bureau_and_its_document_becomes_valid(
    office: SmallOffice, claimed: Case, tmp_path: Path
) -> None:
    order, file = send(office, claimed, tmp_path)
    orders = loaded_site(tmp_path / "site", order, through_openssl(file), {"sets": [IN_FILE]})
    done = work_alone(orders)
    assert done.returncode == 0, done.stderr
    assert come_back(office, orders, tmp_path) is Outcome.DONE
    with office.database.reading() as session:
        made = session.get_one(Document, claimed.document_id)
        assert (made.state, made.chip_uid) == ("personalised", UID)
    assert hand_over(office, claimed) == "valid"


@pytest.fixture
def cards(empty_token: SoftHsm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SoftHsm:
    """A token with the keys of our blanks, as the chips' maker delivered them."""
    made = empty_token.copy(tmp_path / "hsm")
    monkeypatch.setenv("SOFTHSM2_CONF", str(made.conf))
    made.add_token("cards")
    for name in ("enc", "mac"):
        made.store(f"cards-1-{name}", getattr(KEYS, name), "cards")
    return made


def in_token(cards: SoftHsm, **changes: object) -> dict[str, object]:
    place = {"module": str(MODULE), "label": "cards", "pin_file": str(cards.pin_file)}
    return {"token": place | changes, "sets": [{"version": 1, "enc": "cards-1-enc", "mac": "cards-1-mac"}]}


def work_alone(orders: Path, *more: str) -> subprocess.CompletedProcess[str]:
    """The site's station in a process of its own, as at the site; a PKCS#11 module knows one set of tokens in one."""
    station = [sys.executable, "-m", "card_drivers", "station", "--orders", str(orders), "--once"]
    command = [*station, "--state", str(orders.parent), *more]
    return subprocess.run(command, env=dict(os.environ), capture_output=True, text=True, timeout=120)


@on_sqlite
def test_with_keys_in_a_token_and_a_chip_behind_the_real_pcscd(
    office: SmallOffice, claimed: Case, tmp_path: Path, cards: SoftHsm, pcscd: Pcscd
) -> None:
    order, file = send(office, claimed, tmp_path)
    orders = loaded_site(tmp_path / "site", order, file, in_token(cards))
    chip = VirtualChip(Memory.new(UID), KEYS)
    pcscd.insert(chip)
    settings = {"revision": 0, "settings": {"encoder": {"reader": SLOTS[0]}}}
    (orders.parent / "settings.json").write_text(json.dumps(settings))
    done = work_alone(orders, "--encoder", "pcsc")
    assert done.returncode == 0, done.stderr
    assert chip.memory.state.personalised
    assert come_back(office, orders, tmp_path) is Outcome.DONE
    assert hand_over(office, claimed) == "valid"


BAD_TOKENS = {
    "a wrong PIN": ({"pin_file": "wrong-pin"}, "PinIncorrect"),
    "another token": ({"label": "nobody"}, "NoSuchToken"),
    "no module": ({"module": "/nowhere.so"}, "cannot be opened"),
    "no file of the PIN": ({"pin_file": "nowhere"}, "No such file"),
}


@pytest.mark.parametrize("wrong", BAD_TOKENS)
def test_a_token_that_does_not_open_stops_the_site_before_a_blank(tmp_path: Path, cards: SoftHsm, wrong: str) -> None:
    changes, says = BAD_TOKENS[wrong]
    orders = site(tmp_path / "site")
    (orders / "wrong-pin").write_text("0000")
    (orders / "card-keys.json").write_text(json.dumps(in_token(cards, **changes)))
    done = work_alone(orders)
    assert (done.returncode, says in done.stderr) == (2, True), done.stderr
    assert len(Simulation(orders.parent / "simulator").hopper()) == 2


def test_a_label_that_is_not_in_the_token_is_named(tmp_path: Path, cards: SoftHsm) -> None:
    orders = site(tmp_path / "site")
    wrong = in_token(cards) | {"sets": [{"version": 1, "enc": "cards-1-enc", "mac": "cards-2-mac"}]}
    (orders / "card-keys.json").write_text(json.dumps(wrong))
    done = work_alone(orders)
    assert (done.returncode, "cards-2-mac" in done.stderr) == (2, True)


@pytest.mark.parametrize("text", ["", "[]", '{"sets": []}', '{"sets": [{"version": 1, "enc": "00"}]}', '{"token": 1}'])
def test_a_damaged_key_file_is_named_without_its_keys(tmp_path: Path, text: str) -> None:
    orders = site(tmp_path)
    (orders / "card-keys.json").write_text(text)
    with pytest.raises(ConfigurationError, match=r"card-keys\.json holds no card-manager keys"):
        OrdersFolder(orders)


def test_a_blank_of_another_maker_is_rejected_at_the_site(tmp_path: Path) -> None:
    orders = site(tmp_path)
    (orders / "card-keys.json").write_text(json.dumps({"sets": [IN_FILE]}))
    folder = OrdersFolder(orders)
    request = ChannelRequest(
        claim_id=UUID(int=1), host_challenge=bytes(8), answer=bytes(10) + b"\x01\x03\x70" + bytes(16)
    )
    with pytest.raises(CardRejected, match="other card-manager keys"):
        folder.channel_keys(request)
