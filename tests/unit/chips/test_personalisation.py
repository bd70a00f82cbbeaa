"""Blank chips become documents: both profiles on the virtual chip, what is refused, and what is never locked."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from card_drivers.chips import personalisation, profile
from card_drivers.chips.apdu import CardLimits, Command
from card_drivers.chips.personal_objects import access_object, data_group, key_objects
from card_drivers.chips.personalisation import Personalisation
from card_drivers.device import CardRejected, ChipError, ConfigurationError
from card_drivers.order import ChannelKeys, ChannelRequest, ChipPart
from card_drivers.simulators.chip.chip import VirtualChip
from tests.unit.station.documents import (
    ACCESS,
    Counted,
    Manager,
    blank,
    fewest_apdus,
    part,
    personalisation_of,
    pkcs8,
    private_key,
)

PROFILES = ["generic-globalplatform", "jmrtd-applet"]
LENGTHS = {
    "short": {"extended": False},
    "2 kB": {"command_bytes": 2048, "response_bytes": 2048},
    "32 kB": {},
}
LOCKS = {"generic-globalplatform": 0xF0, "jmrtd-applet": 0xDA}


def memory(chip: Counted) -> VirtualChip:
    assert isinstance(chip.chip, VirtualChip)
    return chip.chip


def locks(chip: Counted) -> int:
    """Lock commands that reached the chip, secured or not."""
    commands = [Command.parse(apdu) for apdu in chip.sent]
    return sum(bool(found) and (found.ins == 0xF0 or (found.ins, found.p1) == (0xDA, 0xDE)) for found in commands)  # type: ignore[union-attr]


@pytest.mark.parametrize("name", PROFILES)
@pytest.mark.parametrize("lengths", LENGTHS)
def test_a_document_of_20_kb_with_nearly_the_fewest_apdus(name: str, lengths: str) -> None:
    """Personalised, read back, locked, opened again, verified: at most ten more than the lengths demand."""
    content, chip = part(name, 16_500), blank(**LENGTHS[lengths])
    assert 19_500 < sum(map(len, content.files.values())) < 21_000
    work = personalisation_of(chip, content)
    work.check_blank()
    work.encode()
    assert work.read_back() == content.files
    work.lock()
    reading = work.verify()
    assert reading.files == content.files
    assert reading.proofs == dict.fromkeys(content.keys, True)
    assert reading.opened_by == personalisation.load(name).opened_by
    assert memory(chip).memory.state.personalised
    limits = memory(chip).memory.state.limits
    least = fewest_apdus(content, CardLimits() if lengths == "short" else limits)
    assert least <= len(chip.sent) <= least + 10


@pytest.mark.parametrize("name", PROFILES)
def test_every_step_may_come_with_a_fresh_connection(name: str) -> None:
    """The card goes away for printing between check and encode, and before it is verified."""
    content, chip = part(name, 500), blank()
    personalisation_of(chip, content).check_blank()
    memory(chip).reset()
    work = personalisation_of(chip, content)
    work.encode()
    work.read_back()
    work.lock()
    memory(chip).reset()
    personalisation_of(chip, content).verify()


def test_the_lengths_are_found_whatever_is_selected() -> None:
    """In the application the short identifier of EF.ATR/INFO is that of DG1."""
    content, chip = part(), blank()
    for _ in range(2):
        personalisation_of(chip, content).check_blank()
    personalisation_of(chip, content).encode()
    assert len(chip.sent) < 20


@pytest.mark.parametrize("name", PROFILES)
@pytest.mark.parametrize("done", ["begun", "written", "locked"])
def test_a_used_chip_is_rejected_and_not_touched(name: str, done: str) -> None:
    content, chip = part(name, 500), blank()
    work = personalisation_of(chip, content)
    if done == "begun":
        chip.transmit = _until(chip, 14 if name == "jmrtd-applet" else 7)  # type: ignore[method-assign]
        with pytest.raises(ChipError):
            work.encode()
        del chip.transmit
    else:
        work.encode()
    if done == "locked":
        work.read_back()
        work.lock()
    memory(chip).reset()
    before = {fid: bytes(data) for fid, data in memory(chip).memory.files.items()}
    for step in ("check_blank", "encode"):
        with pytest.raises(CardRejected, match="written before"):
            getattr(personalisation_of(chip, part(name, 800)), step)()
    assert {fid: bytes(data) for fid, data in memory(chip).memory.files.items()} == before


def _until(chip: Counted, count: int) -> Callable[[bytes], tuple[bytes, int]]:
    """The card is torn out after so many commands."""

    def transmit(apdu: bytes) -> tuple[bytes, int]:
        if len(chip.sent) >= count:
            raise ChipError("card-again", "transmit", None)
        chip.sent.append(apdu)
        return chip.chip.transmit(apdu)

    return transmit


def test_encoding_twice_with_one_check_is_not_possible() -> None:
    work = personalisation_of(blank(), part(size=100))
    work.check_blank()
    work.encode()
    with pytest.raises(CardRejected):
        work.encode()


@pytest.mark.parametrize("name", PROFILES)
@pytest.mark.parametrize("fid", ["0101", "0102", "011d"])
def test_what_differs_is_never_locked(name: str, fid: str) -> None:
    """A bit of the chip's memory is broken: the read-back names the file, no lock is sent, ever."""
    chip = blank()
    work = personalisation_of(chip, part(name, 500))
    work.encode()
    memory(chip).memory.files[fid][-1] ^= 1
    file = {"0101": "DG1", "0102": "DG2", "011d": "SOD"}[fid]
    with pytest.raises(ChipError, match=f"read back {file}"):
        work.read_back()
    with pytest.raises(ChipError, match="not compared"):
        work.lock()
    memory(chip).memory.files[fid][-1] ^= 1
    assert locks(chip) == 0
    work.read_back()
    work.lock()
    assert locks(chip) == 1
    with pytest.raises(ChipError, match="not compared"):
        work.lock()


def test_nothing_is_locked_before_it_was_read_back() -> None:
    chip = blank()
    work = personalisation_of(chip, part(size=100))
    for step in (work.check_blank, work.encode):
        step()
        with pytest.raises(ChipError, match="not compared"):
            work.lock()
    assert locks(chip) == 0


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("file", "verify DG11"),
        ("missing", "verify DG12"),
        ("access", "PACE"),
        ("key", r"failed \(chip\)"),
        ("not locked", "PACE with the CAN, set: status word 6985"),
    ],
)
def test_verify_sees_what_changed_after_the_read_back(change: str, reason: str) -> None:
    content, chip = part(size=100), blank()
    work = personalisation_of(chip, content)
    work.encode()
    work.read_back()
    if change != "not locked":
        work.lock()
    inside = memory(chip).memory
    if change == "file":
        inside.files["010b"][5] ^= 1
    elif change == "missing":
        del inside.files["010c"]
    elif change == "access":
        inside.state.access = ACCESS.model_copy(update={"can": "111111"})
    elif change == "key":
        inside.state.chip_key = pkcs8(private_key("clone"))
    with pytest.raises(ChipError, match=reason):
        work.verify()


@pytest.mark.parametrize("name", PROFILES)
@pytest.mark.parametrize("state", [{"dead": True}, {"failing": True}])
def test_a_chip_that_is_dead_or_cannot_be_written(name: str, state: dict[str, bool]) -> None:
    work = personalisation_of(blank(**state), part(name, 100))
    with pytest.raises(ChipError) as caught:
        work.encode()
    assert (caught.value.sw is None) == ("dead" in state)


def test_a_card_of_the_wrong_kind_is_named() -> None:
    """No application; the other applet, which does not say its life cycle."""

    class Foreign:
        uid, atr = "04", b""

        def __init__(self, answer: bytes, sw: int) -> None:
            self.answer = answer, sw

        def transmit(self, apdu: bytes) -> tuple[bytes, int]:
            return self.answer

    with pytest.raises(ChipError, match=r"select application: status word 6A82.*wrong kind"):
        personalisation_of(Foreign(b"", 0x6A82), part()).check_blank()
    with pytest.raises(ChipError, match=r"select application: status word 9000.*wrong kind"):
        personalisation_of(Foreign(b"HELLO", 0x9000), part()).check_blank()
    with pytest.raises(ChipError, match="look for COM: status word 6D00"):
        personalisation_of(Counted(Selecting()), part("jmrtd-applet")).check_blank()


class Selecting:
    uid, atr = "04", b""

    def transmit(self, apdu: bytes) -> tuple[bytes, int]:
        return b"", 0x9000 if apdu[2] == 0x04 else 0x6D00


def test_a_refusing_register_stops_before_anything_is_written() -> None:
    class Refusing(Manager):
        def channel_keys(self, request: ChannelRequest) -> ChannelKeys:
            raise ConfigurationError("register-no-keys")

    chip, content = blank(), part(size=100)
    work = Personalisation(
        chip, content, personalisation.load(content.profile), personalisation_of(chip, content)._claim_id, Refusing()
    )
    with pytest.raises(ConfigurationError):
        work.encode()
    assert memory(chip).memory.blank


def spoilt(content: ChipPart, **update: object) -> ChipPart:
    return ChipPart.model_validate(content.model_dump() | update)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (spoilt(part(), files={"DG4": b"\x76\0"}), "takes no files DG4"),
        (spoilt(part("jmrtd-applet"), files={"CardAccess": b"1\0"}), "takes no files CardAccess"),
        (spoilt(part("jmrtd-applet"), keys={"active": b"key"}), "takes no keys active"),
        (spoilt(part(), files={"DG1": b"\x61\3ab"}), "DG1 is no whole"),
        (spoilt(part(), files={"DG1": b"\x61\1ab"}), "DG1 is no whole"),
        (spoilt(part(), files={"DG1": b""}), "DG1 is no whole"),
        (spoilt(part("jmrtd-applet"), keys={"chip": b"no key"}), "cannot be read"),
        (
            spoilt(part("jmrtd-applet"), keys={"chip": pkcs8(private_key("long", "secp384r1"))}),
            "longer than its applet",
        ),
    ],
)
def test_content_that_the_chip_cannot_take_is_refused_before_a_blank_is_taken(content: ChipPart, reason: str) -> None:
    with pytest.raises(ConfigurationError, match=reason):
        personalisation.load(content.profile).check(content)
    with pytest.raises(ConfigurationError, match=reason):
        personalisation_of(blank(), content)


def test_the_secrets_are_in_no_message() -> None:
    content = part(size=100)
    assert "123456" not in repr(content)
    work = personalisation_of(blank(failing=True), content)
    with pytest.raises(ChipError) as caught:
        work.encode()
    assert not any(secret in str(caught.value) for secret in ("123456", "L898902C"))


def test_the_forms_of_data() -> None:
    assert data_group(0x0101, b"abc") == bytes.fromhex("010103616263")
    assert data_group(0x0102, bytes(254))[:3] == bytes.fromhex("0102FE")
    assert data_group(0x0102, bytes(255))[:5] == bytes.fromhex("0102FF00FF")
    plain = "62 1B 04 09 4C383938393032433C 04 06 363930383036 04 06 393430363233"
    assert access_object(ACCESS, with_can=False) == bytes.fromhex(plain)
    assert access_object(ACCESS, with_can=True)[-8:] == bytes.fromhex("0406313233343536")
    assert access_object(ACCESS.model_copy(update={"can": ""}), with_can=True) == bytes.fromhex(plain)


def test_a_key_number_by_number() -> None:
    objects = key_objects(pkcs8(private_key("some")))
    assert objects[:4] == bytes.fromhex("8120FFFF")
    assert (len(objects), objects[-4:]) == (241, bytes.fromhex("87020001"))


@pytest.mark.parametrize("name", ["", "other", "../settings", "generic-globalplatform.toml"])
def test_an_unknown_profile_is_refused(name: str) -> None:
    with pytest.raises(ConfigurationError, match="knows no personalisation profile"):
        personalisation.load(name)


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ('do = "lock"', 'do = "look"', "steps"),
        ('opened_by = "PACE"', 'opened_by = "EAC"', "opened_by"),
        ('"read_back", "lock", "verify"]', '"lock", "read_back", "verify"]', "sequence"),
        ("lock = 5", "lock = 0", "limits.lock"),
        ("verify = 20\n", "", "sequence"),
        ('blank = "life_cycle"', 'blank = "life_cycle"\nthen = 1', "then"),
        ('"80F0400F07A0000002471001"', '"80F0400F07A00000024710"', "command"),
        ('files = ["COM"', 'files = ["DG17"', "DG17"),
        ("active = 0x8F01, ", "", "DGI"),
        ("level = 0x33", "level = 0x34", "level"),
        ("[[steps]]", "[[steps", "Expected"),
    ],
)
def test_a_wrong_profile_is_an_error_that_names_the_place(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, old: str, new: str, place: str
) -> None:
    folder = tmp_path_factory.mktemp("profiles")
    text = (profile.FOLDER / "generic-globalplatform.toml").read_text()
    assert old in text
    (folder / "wrong.toml").write_text(text.replace(old, new))
    monkeypatch.setattr(profile, "FOLDER", folder)
    with pytest.raises(ConfigurationError, match=place):
        personalisation.load("wrong")


def test_lock_cannot_come_before_reading_back_in_a_profile(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path_factory.mktemp("profiles")
    text = (profile.FOLDER / "jmrtd-applet.toml").read_text()
    *steps, read_back, lock = text.split("[[steps]]")
    (folder / "hasty.toml").write_text("[[steps]]".join([*steps, lock, read_back]))
    monkeypatch.setattr(profile, "FOLDER", folder)
    with pytest.raises(ConfigurationError, match="read_back and lock come last"):
        personalisation.load("hasty")
