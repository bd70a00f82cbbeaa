"""Central personalisation: an office and a site, folders between them, openssl beside both, and every wrong file."""

from __future__ import annotations

import hashlib
import json
import logging
import shutil
import subprocess
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pydantic import ValidationError

from card_drivers.__main__ import main
from card_drivers.bureau import sealed_file
from card_drivers.bureau.orders_folder import OrdersFolder
from card_drivers.bureau.sealed_file import FileRefused, Identity, pack, unpack
from card_drivers.chips import profile as profiles
from card_drivers.device import CardRejected, ConfigurationError
from card_drivers.order import ChipFound, Message, Order, Outcome, Result, StationSettings
from card_drivers.printers.bureau import Bureau, Settings
from card_drivers.simulators.machine import Blank, Simulation
from card_drivers.station.equipment import Context, Equipment
from card_drivers.station.journal import Journal
from card_drivers.station.workbench import Workbench
from tests import composed
from tests.contract.bench_bureau import bureau, identities, side
from tests.counterparts import require
from tests.unit.station.fake_register import Books
from tests.unit.station.orders import CHIP
from tests.unit.station.workplace import Bench, books, journal, make_station, url

__all__ = ["books", "journal", "url"]

pytestmark = pytest.mark.contract

KEYS = json.dumps({"sets": [{"version": 1, "enc": "11" * 16, "mac": "22" * 16, "dek": "33" * 16}]})
SECRET = CHIP.model_copy(update={"keys": {"chip": b"the chip's own private key"}})
WHY = "an implementation of CMS that is not ours"


def certificate(name: str) -> x509.Certificate:
    return side(name).certificate


def site(folder: Path, cards: int = 2) -> Path:
    """A site with its keys, our certificate and a loaded machine."""
    orders = folder / "orders"
    (orders / "in").mkdir(parents=True)
    shutil.copytree(identities() / "site", orders / "keys")
    shutil.copy(identities() / "office" / "certificate.pem", orders / "sender.pem")
    blanks = [Blank(serial=f"S{n}", stock="card-chip", uid=f"04{n:012x}") for n in range(cards)]
    Simulation(folder / "simulator").load(blanks)
    return orders


def work(orders: Path) -> int:
    """The site's station makes one order."""
    return main(["station", "--orders", str(orders), "--state", str(orders.parent), "--once"])


def send(printer: Bureau, folder: Path, order: Order) -> Path:
    """The office sends an order: its production file."""
    journal = Journal(folder / f"{order.claim_id}.jsonl")
    try:
        journal.write("claim", order.claim_id)
        journal.write("order", order.claim_id, order_id=str(order.order_id))
        assert printer.produce(order, Workbench(order, journal, None, None)).outcome is Outcome.SENT
    finally:
        journal.close()
    return folder / "bureau" / "outbox" / f"{order.claim_id}.p7m"


def answer(folder: Path, result: Result, name: str = "result", sender: str = "site") -> None:
    """A result file lies in the office's inbox."""
    file = pack(result.model_dump_json().encode(), side(sender), certificate("office"))
    (folder / "bureau" / "inbox" / f"{name}.p7m").write_bytes(file)


def result_of(order: Order, outcome: Outcome = Outcome.DONE, serial: str = "S0") -> Result:
    return Result(order_id=order.order_id, claim_id=order.claim_id, outcome=outcome, blank_serial=serial)


def test_an_order_goes_out_and_its_result_comes_back(tmp_path: Path, url: str, books: Books, journal: Journal) -> None:
    """Office, file, site with a machine, file, office: the register hears SENT, then DONE, under one claim."""
    order = composed.order(chip=CHIP)
    books.queue.append(order)
    office = make_station(url, Bench(bureau(tmp_path)), journal, tmp_path)
    office.cycle()
    orders = site(tmp_path / "site")
    (sent,) = (tmp_path / "bureau" / "outbox").iterdir()
    sent.rename(orders / "in" / sent.name)
    assert work(orders) == 0
    (made,) = (orders / "out").iterdir()
    made.rename(tmp_path / "bureau" / "inbox" / made.name)
    books.results.clear()  # the register waits for the end of what was sent
    office.cycle()
    first, last = books.told
    assert (first.outcome, last.outcome, last.claim_id) == (Outcome.SENT, Outcome.DONE, first.claim_id)
    assert (last.blank_serial, last.chip_uid) == ("S0", "04000000000000")
    assert last.digests == order.digests()
    assert list((orders / "in").glob("*.p7m")) == [], "what the site has made it destroys"
    office.cycle()
    assert len(books.told) == 2


def test_openssl_opens_what_we_sent(tmp_path: Path) -> None:
    order = composed.order(chip=SECRET)
    file = send(bureau(tmp_path), tmp_path, order)
    keys, openssl = identities(), require("openssl", WHY)
    decrypt = ["-decrypt", "-in", str(file), "-recip", f"{keys}/site/certificate.pem", "-inkey", f"{keys}/site/key.pem"]
    signed = subprocess.run([openssl, "cms", *decrypt, "-inform", "DER", "-binary"], capture_output=True, check=True)
    trust = ["-CAfile", f"{keys}/office/certificate.pem", "-purpose", "any"]
    verify = [openssl, "cms", "-verify", "-inform", "DER", "-binary", *trust]
    content = subprocess.run(verify, input=signed.stdout, capture_output=True, check=True)
    assert Order.model_validate_json(content.stdout) == order


def test_we_open_what_openssl_packed(tmp_path: Path) -> None:
    keys, openssl = identities(), require("openssl", WHY)
    signer = ["-signer", f"{keys}/office/certificate.pem", "-inkey", f"{keys}/office/key.pem", "-nodetach"]
    sign = [openssl, "cms", "-sign", "-binary", "-md", "sha256", *signer, "-outform", "DER"]
    signed = subprocess.run(sign, input=b"to the site\r\n\0", capture_output=True, check=True).stdout
    encrypt = [openssl, "cms", "-encrypt", "-binary", "-aes256", "-outform", "DER", f"{keys}/site/certificate.pem"]
    file = subprocess.run(encrypt, input=signed, capture_output=True, check=True).stdout
    assert unpack(file, side("site"), certificate("office")) == b"to the site\r\n\0"


def test_nothing_of_the_order_is_readable_outside(tmp_path: Path) -> None:
    order = composed.order(chip=SECRET)
    send(bureau(tmp_path), tmp_path, order)
    files = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file() and path.suffix != ".pem"]
    assert len(files) >= 3
    for secret in (SECRET.keys["chip"], b"EXAMPLE", CHIP.files["DG1"], b"%PDF"):
        assert not any(secret in file for file in files)


def test_a_result_that_comes_twice_is_taken_once(tmp_path: Path) -> None:
    printer, order = bureau(tmp_path), composed.order(chip=CHIP)
    send(printer, tmp_path, order)
    for _ in range(2):
        answer(tmp_path, result_of(order))
        for result in printer.results():
            printer.settle(result)
            assert result == result_of(order)
    answer(tmp_path, result_of(order), "copy")
    assert list(bureau(tmp_path).results()) == []
    assert printer.status().last_error == ""


def test_a_result_is_told_until_it_is_settled(tmp_path: Path) -> None:
    printer, order = bureau(tmp_path), composed.order(chip=CHIP)
    send(printer, tmp_path, order)
    answer(tmp_path, result_of(order))
    assert [list(bureau(tmp_path).results()) for _ in range(2)] == [[result_of(order)]] * 2


def before(message: Message, /, **words: str) -> bytes:
    """A message as the release before wrote it, protocol 2: a card's faces with the size of their pages."""
    fields = {name: value for name, value in json.loads(message.model_dump_json()).items() if name != "trouble"}
    for face in fields.get("faces", ()):
        del face["bleed_mm"]
        face |= {"width_mm": 86.02, "height_mm": 54.86}
    return json.dumps(fields | {"protocol": 2} | words, separators=(",", ":")).encode()


def test_a_result_of_the_release_before_is_taken_once(tmp_path: Path) -> None:
    """The site may be on another release, and the copy of a file may come after an upgrade."""
    printer, order = bureau(tmp_path), composed.order(chip=CHIP)
    send(printer, tmp_path, order)
    content = before(result_of(order, Outcome.SPOILED), message="Card jam.")
    inbox(tmp_path, pack(content, side("site"), certificate("office")))
    (result,) = printer.results()
    assert (result.outcome, result.message) == (Outcome.SPOILED, "Card jam.")
    printer.settle(result)
    record = json.loads((tmp_path / "bureau" / "sent" / f"{order.claim_id}.json").read_text())
    assert record["settled"] == hashlib.sha256(content).hexdigest(), "as the release before kept it"
    inbox(tmp_path, pack(content, side("site"), certificate("office")))
    assert list(printer.results()) == []
    assert printer.status().trouble is None


def test_an_order_that_waits_since_the_release_before_is_made(tmp_path: Path) -> None:
    orders, order = site(tmp_path), composed.order()
    OrdersFolder(orders)
    assert Order.model_validate_json(before(order)) == order
    file = pack(before(order), side("office"), certificate("site"))
    (orders / "in" / "order.p7m").write_bytes(file)
    assert work(orders) == 0
    assert len(list((orders / "out").iterdir())) == 1


WRONG: dict[str, tuple[Callable[[Path, Order], None], str]] = {
    "another end": (
        lambda folder, order: answer(folder, result_of(order, Outcome.SPOILED)),
        "another result already",
    ),
    "of an order never sent": (
        lambda folder, order: answer(folder, result_of(composed.order(chip=CHIP))),
        "never sent",
    ),
    "of another order under the claim": (
        lambda folder, order: answer(folder, result_of(order).model_copy(update={"order_id": uuid.UUID(int=1)})),
        "never sent",
    ),
    "signed by nobody we know": (
        lambda folder, order: answer(folder, result_of(order), sender="office"),
        "signature is not",
    ),
    "no end": (lambda folder, order: answer(folder, result_of(order, Outcome.SENT)), "no end"),
    "no message": (
        lambda folder, order: inbox(folder, pack(b'{"order_id": 7}', side("site"), certificate("office"))),
        "no result",
    ),
    "for somebody else": (
        lambda folder, order: inbox(folder, pack(b"{}", side("site"), certificate("site"))),
        "not encrypted for us",
    ),
    "noise": (lambda folder, order: inbox(folder, b"\x30\x80" + b"noise" * 9), "not encrypted for us"),
    "nothing": (lambda folder, order: inbox(folder, b""), "not encrypted for us"),
}


def inbox(folder: Path, data: bytes) -> None:
    (folder / "bureau" / "inbox" / "result.p7m").write_bytes(data)


@pytest.mark.parametrize("wrong", WRONG)
def test_a_wrong_result_file_changes_nothing_and_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, wrong: str
) -> None:
    printer, order = bureau(tmp_path), composed.order(chip=CHIP)
    send(printer, tmp_path, order)
    answer(tmp_path, result_of(order), "first")
    for result in printer.results():
        printer.settle(result)
    put, says = WRONG[wrong]
    put(tmp_path, order)
    with caplog.at_level(logging.WARNING):
        assert list(printer.results()) == []
    assert says in printer.status().last_error
    assert says in caplog.text
    assert [path.name for path in (tmp_path / "bureau" / "inbox" / "refused").iterdir()] == ["result.p7m"]


def test_a_signed_file_that_was_changed_inside_is_refused() -> None:
    """Somebody who can encrypt for us has no signature over what he wrote."""
    pkcs7 = sealed_file.pkcs7
    signed = (
        pkcs7.PKCS7SignatureBuilder()
        .set_data(b"DONE......")
        .add_signer(certificate("site"), side("site").key, sealed_file.hashes.SHA256())
    )
    forged = signed.sign(Encoding.DER, sealed_file.SIGNED).replace(b"DONE......", b"SPOILED...")
    envelope = pkcs7.PKCS7EnvelopeBuilder().set_data(forged).add_recipient(certificate("office"))
    with pytest.raises(FileRefused, match="not what was signed"):
        unpack(envelope.encrypt(Encoding.DER, sealed_file.OPTIONS), side("office"), certificate("site"))


def test_an_interrupted_sending_is_settled_by_what_is_there(tmp_path: Path) -> None:
    printer, order = bureau(tmp_path), composed.order(chip=CHIP)
    assert printer.recover(order.order_id).outcome is Outcome.NOT_STARTED
    file = send(printer, tmp_path, order)
    record = tmp_path / "bureau" / "sent" / f"{order.claim_id}.json"
    record.write_text(json.dumps({**json.loads(record.read_text()), "complete": False}))
    assert printer.recover(order.order_id).outcome is Outcome.SENT
    file.unlink()
    assert printer.recover(order.order_id).outcome is Outcome.UNKNOWN


def test_a_production_file_presented_twice_is_printed_once(tmp_path: Path) -> None:
    order = composed.order()
    file = pack(order.model_dump_json().encode(), side("office"), certificate("site"))
    orders = site(tmp_path)
    OrdersFolder(orders)
    for name in ("a", "b"):
        (orders / "in" / f"{name}.p7m").write_bytes(file)
    assert [work(orders) for _ in range(3)] == [0, 0, 0]
    (orders / "in" / "c.p7m").write_bytes(file)
    assert work(orders) == 0
    assert len(Simulation(tmp_path / "simulator").hopper()) == 1
    assert sorted(path.name for path in (orders / "in" / "refused").iterdir()) == ["b.p7m", "c.p7m"]
    assert len(list((orders / "out").iterdir())) == 1


@pytest.mark.parametrize("sender", ["site", "nobody"])
def test_an_order_that_the_office_did_not_sign_is_not_made(tmp_path: Path, sender: str) -> None:
    content = composed.order().model_dump_json().encode()
    orders = site(tmp_path)
    file = b"noise" if sender == "nobody" else pack(content, side(sender), certificate("site"))
    (orders / "in" / "order.p7m").write_bytes(file)
    assert work(orders) == 0
    assert len(Simulation(tmp_path / "simulator").hopper()) == 2
    assert (orders / "in" / "refused" / "order.p7m").exists()


GLOBALPLATFORM = CHIP.model_copy(update={"profile": "generic-globalplatform"})
IMPOSSIBLE = {
    "no card keys here": ("generic-globalplatform", "card-keys.json"),
    "no such profile": ("of-another-release", "knows no personalisation profile"),
}


@pytest.mark.parametrize("why", IMPOSSIBLE)
def test_a_chip_that_the_site_cannot_write_is_answered_at_once(tmp_path: Path, why: str) -> None:
    """No blank is taken, the office hears why, and the next order is made."""
    profile, says = IMPOSSIBLE[why]
    orders, printer = site(tmp_path / "site"), bureau(tmp_path)
    OrdersFolder(orders)
    chip = CHIP.model_copy(update={"profile": profile})
    order, after = composed.with_chip(), composed.order()
    for number, each in enumerate((order, after)):
        send(printer, tmp_path, each).unlink()
        sent = each.model_copy(update={"chip": chip}) if each is order else each
        file = pack(sent.model_dump_json().encode(), side("office"), certificate("site"))
        (orders / "in" / f"{number}.p7m").write_bytes(file)
    assert [work(orders), work(orders)] == [0, 0]
    assert len(Simulation(tmp_path / "site" / "simulator").hopper()) == 1
    for made in (orders / "out").iterdir():
        made.rename(tmp_path / "bureau" / "inbox" / made.name)
    results = {result.order_id: result for result in printer.results()}
    assert (results[order.order_id].outcome, results[after.order_id].outcome) == (Outcome.NOT_STARTED, Outcome.DONE)
    assert says in results[order.order_id].message
    assert list((orders / "in").glob("*.p7m")) == []


def test_a_profile_of_the_registers_own_keys_is_not_made_at_a_site(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even where the site has keys: the profile says whose they are."""
    text = (profiles.FOLDER / "generic-globalplatform.toml").read_text().replace("site_keys = true", "")
    (tmp_path / "profiles").mkdir()
    (tmp_path / "profiles" / "generic-globalplatform.toml").write_text(text)
    monkeypatch.setattr(profiles, "FOLDER", tmp_path / "profiles")
    orders = site(tmp_path)
    (orders / "card-keys.json").write_text(KEYS)
    OrdersFolder(orders)
    order = composed.order(chip=GLOBALPLATFORM)
    (orders / "in" / "order.p7m").write_bytes(
        pack(order.model_dump_json().encode(), side("office"), certificate("site"))
    )
    assert work(orders) == 0
    assert len(Simulation(tmp_path / "simulator").hopper()) == 2
    (answered,) = (orders / "out").iterdir()
    told = Result.model_validate_json(unpack(answered.read_bytes(), side("office"), certificate("site")))
    assert (told.outcome, "register's own keys" in told.message) == (Outcome.NOT_STARTED, True)
    with pytest.raises(ValidationError, match="no profile that a bureau can make"):
        Settings(profiles="generic-globalplatform")


def test_the_office_sends_no_chip_that_the_bureau_does_not_make(tmp_path: Path) -> None:
    """By default none: a station says so before the claim, and the driver before the file."""
    shutil.copytree(identities() / "office", tmp_path / "bureau" / "keys")
    shutil.copy(identities() / "site" / "certificate.pem", tmp_path / "bureau" / "bureau.pem")
    equipment = Equipment(Context(tmp_path), "bureau", "simulator")
    assert equipment.abilities().profiles == (), "the reader on the desk writes no chips at the bureau"
    with pytest.raises(ConfigurationError, match="jmrtd-applet"):
        send(equipment.printer, tmp_path, composed.with_chip())  # type: ignore[arg-type]
    assert list((tmp_path / "bureau" / "outbox").iterdir()) == []
    chosen = {"profiles": " jmrtd-applet,generic-globalplatform "}
    equipment.apply(StationSettings(revision=1, settings={"printer": chosen}))
    assert equipment.abilities().profiles == ("jmrtd-applet", "generic-globalplatform")
    with pytest.raises(ConfigurationError, match=r"printer\.profiles"):
        equipment.apply(StationSettings(revision=2, settings={"printer": {"profiles": "no-such"}}))
    assert equipment.abilities().profiles == ("jmrtd-applet", "generic-globalplatform")


def test_what_was_not_started_at_the_site_waits_for_its_turn(tmp_path: Path) -> None:
    orders = site(tmp_path)
    OrdersFolder(orders)
    for name, stock in (("a", "none-of-this"), ("b", "card-chip")):
        order = composed.order(stock=stock)
        file = pack(order.model_dump_json().encode(), side("office"), certificate("site"))
        (orders / "in" / f"{name}.p7m").write_bytes(file)
    assert [work(orders), work(orders), work(orders)] == [4, 0, 4]
    assert len(list((orders / "out").iterdir())) == 1
    assert (orders / "in" / "a.p7m").exists()


def test_the_site_knows_its_chips(tmp_path: Path) -> None:
    folder = OrdersFolder(site(tmp_path))
    claims = [uuid.uuid4(), uuid.uuid4()]
    for claim in claims:
        file = pack(composed.order(chip=CHIP).model_dump_json().encode(), side("office"), certificate("site"))
        (tmp_path / "orders" / "in" / f"{claim}.p7m").write_bytes(file)
        assert folder.claim(claim) == folder.claim(claim)
    folder.check_chip(ChipFound(claim_id=claims[0], chip_uid="04AA"))
    folder.check_chip(ChipFound(claim_id=claims[0], chip_uid="04AA"))
    with pytest.raises(CardRejected, match="used before"):
        folder.check_chip(ChipFound(claim_id=claims[1], chip_uid="04AA"))


def test_keys_are_made_once_and_read_by_their_owner(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bureau-key", "--out", str(tmp_path / "keys"), "--name", "Site"]) == 0
    assert (tmp_path / "keys" / "key.pem").stat().st_mode & 0o777 == 0o600
    assert Identity.read(tmp_path / "keys").key.key_size == 3072
    assert main(["bureau-key", "--out", str(tmp_path / "keys")]) == 2
    assert "File exists" in capsys.readouterr().err


def _other_key(folder: Path) -> None:
    shutil.copy(identities() / "site" / "key.pem", folder / "key.pem")


def _curve(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    (folder / "key.pem").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda folder: (folder / "key.pem").unlink(),
        lambda folder: (folder / "key.pem").write_text("no key"),
        lambda folder: (folder / "certificate.pem").write_text("no certificate"),
        _other_key,
        _curve,
    ],
)
def test_wrong_keys_are_named(tmp_path: Path, spoil: Callable[[Path], None]) -> None:
    folder = shutil.copytree(identities() / "office", tmp_path / "keys")
    spoil(folder)
    with pytest.raises(ConfigurationError, match=r"(key|certificate)\.pem"):
        Identity.read(folder)
