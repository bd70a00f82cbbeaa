"""The virtual chip by APDUs written by hand (ISO 7816-4, Doc 9303-10 and -11, the two personalisation profiles)."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from card_drivers.chips import apdu, bac, emrtd, pace
from card_drivers.chips.apdu import Card, Command
from card_drivers.chips.personalisation import Personalisation, load
from card_drivers.device import ChipError, ConfigurationError
from card_drivers.simulators.chip import running
from card_drivers.simulators.chip.chip import VirtualChip
from card_drivers.simulators.chip.memory import Memory
from card_drivers.simulators.machine import Simulation
from tests.emrtd import CLAIM, PROFILES, part
from tests.unit.station.documents import Manager

UID = "04112233445566"
SELECT = "00A4040C07A0000002471001"
SELECT_FOR_LIFE_CYCLE = "00A4040007A000000247100100"
LIFE_CYCLE = "6F0C8407A00000024710018A01"


def blank(**state: object) -> VirtualChip:
    return VirtualChip(Memory.new(UID, **state))


def say(card: VirtualChip, *commands: str) -> tuple[str, str]:
    """Send hex APDUs; the last answer."""
    data, sw = b"", 0
    for command in commands:
        data, sw = card.transmit(bytes.fromhex(command))
    return data.hex().upper(), f"{sw:04X}"


def finish(card: VirtualChip, profile: str) -> VirtualChip:
    """Personalise and lock it, and take it from the reader."""
    work = Personalisation(card, part(profile), load(profile), CLAIM, Manager())
    work.check_blank()
    work.encode()
    work.read_back()
    work.lock()
    card.reset()
    return card


@pytest.fixture(scope="module", params=PROFILES)
def finished(request: pytest.FixtureRequest) -> VirtualChip:
    """A locked chip of each kind; a test resets it."""
    return finish(blank(), request.param)


def test_a_session_in_hex_as_the_open_applet_is_personalised() -> None:
    card = blank()
    assert say(card, SELECT) == ("", "9000")
    assert say(card, "00A4020C020101") == ("", "6A82")
    assert say(card, "00E00000066304000501 01") == ("", "9000")
    assert say(card, "00A4020C020101", "00D600000561 03 AABBCC") == ("", "9000")
    assert say(card, "00D6000402AABB") == ("", "6B00")
    assert say(card, "00B0000005") == ("", "6982")  # not without BAC
    assert say(card, "00DA006300") == ("", "6A80")
    assert say(card, "00DA0099") == ("", "6A88")
    assert card.memory.files == {"0101": bytearray.fromhex("6103AABBCC")}


@pytest.mark.parametrize(
    ("command", "sw"),
    [
        ("00", "6700"),
        ("", "6700"),
        ("00A4040C07A00000", "6700"),
        ("00A4040C0000000A", "6700"),
        ("00A4040C07A0000002471002", "6A82"),
        ("00A4040C00", "6A82"),
        ("00A4080C023F00", "6A86"),
        ("00A4040107A0000002471001", "6A86"),
        ("00A4020C020101", "6A82"),
        ("00B0000004", "6986"),
        ("00B09C00FF", "6A82"),
        ("00B1000003540100", "6986"),
        ("00B1001C0354010000", "6A82"),
        ("00D6000001AA", "6985"),
        ("00E0000006630400050101", "6985"),
        ("0084000008", "6985"),
        ("0082000001AA28", "6985"),
        ("008800000801020304050607080", "6982") if False else ("0088000008010203040506070800", "6982"),
        ("0022C1A403800101", "6985"),
        ("002241A403800101", "6982"),
        ("002200000101", "6D00"),
        ("10860000027C0000", "6985"),
        ("00CB0000", "6D00"),
        ("A0A4040C07A0000002471001", "6E00"),
        ("0CB0810000", "6882"),
        ("84E20800", "6882"),
        ("80E2080001AA", "6982"),
        ("80F0400F07A0000002471001", "6982"),
        ("8050000008010203040506070800", "6985"),
    ],
)
def test_refusals_of_a_fresh_chip(command: str, sw: str) -> None:
    assert say(blank(), command) == ("", sw)


def test_it_says_what_lengths_it_takes() -> None:
    """ATR: card capabilities in the historical bytes (ISO 7816-4, 12.1.1.9); EF.ATR/INFO: both lengths."""
    card = blank(command_bytes=1000, response_bytes=2000)
    assert card.atr.hex().upper() == "3B85800180738421C092"
    assert say(card, "00B0810000") == ("7F6608020203E8020207D0", "9000")
    assert apdu.read_limits(card) == apdu.CardLimits(1000, 2000, chaining=True)
    assert apdu.read_limits(blank(extended=False)) == apdu.CardLimits(chaining=True)


def test_it_takes_no_more_than_it_says() -> None:
    card = blank(command_bytes=300)
    assert card.transmit(bytes.fromhex("00A4040C000128") + bytes(0x128))[1] == 0x6700
    assert card.transmit(bytes.fromhex("00A4040C000125") + bytes(0x125))[1] == 0x6A82
    assert blank(extended=False).transmit(bytes.fromhex("00A4040C000100") + bytes(256))[1] == 0x6700


def test_life_cycle_of_a_globalplatform_card() -> None:
    card = blank()
    assert say(card, SELECT_FOR_LIFE_CYCLE) == (LIFE_CYCLE + "01", "9000")
    work = Personalisation(card, part(), load("generic-globalplatform"), CLAIM, Manager())
    work.encode()
    card.reset()
    assert say(card, SELECT_FOR_LIFE_CYCLE) == (LIFE_CYCLE + "03", "9000")
    finished = finish(blank(), "generic-globalplatform")
    assert say(finished, SELECT_FOR_LIFE_CYCLE) == (LIFE_CYCLE + "05", "9000")


def test_one_command_set_only() -> None:
    """The first one that is used makes the chip of its kind."""
    jmrtd, card = blank(), blank()
    assert say(jmrtd, SELECT, "00E0000006630400050101") == ("", "9000")
    assert say(jmrtd, "8050000008010203040506070800") == ("", "6985")
    assert say(jmrtd, SELECT_FOR_LIFE_CYCLE) == ("", "9000")
    Personalisation(card, part(), load("generic-globalplatform"), CLAIM, Manager()).encode()
    assert say(card, SELECT, "00E0000006630400050101") == ("", "6985")


def test_a_long_answer_waits_for_get_response() -> None:
    """ISO 7816-4, 5.3.4: without Le everything waits, with a small one the rest."""
    card = blank()
    assert say(card, SELECT_FOR_LIFE_CYCLE[:-2]) == ("", "610E")
    assert say(card, "00C0000004") == ("6F0C8407", "610A")
    assert say(card, "00C0000000") == ("A00000024710018A0101", "9000")
    assert say(card, "00C0000000") == ("", "9000")


def test_chained_commands_are_one() -> None:
    """ISO 7816-4, 5.3.3; a chain that another command breaks is forgotten, and no chain is endless."""
    card = blank()
    assert say(card, "10A4040C03A00000", "00A4040C0402471001") == ("", "9000")
    assert say(card, "10A4040C03A00000", "00A4020C0402471001") == ("", "6985")
    assert say(card, "00A4040C0402471001") == ("", "6A82")
    card = blank()
    assert {card.transmit(bytes.fromhex("10D60000FF") + bytes(255))[1] for _ in range(400)} == {0x9000, 0x6A84}


def test_nothing_of_the_holder_is_read_without_access(finished: VirtualChip) -> None:
    """Doc 9303-11, 4.4.2: not even whether a file exists. EF.CardAccess and EF.ATR/INFO are free."""
    finished.reset()
    free = "9000" if "011c" in finished.memory.files else "6A82"
    assert say(finished, "00B09C0000")[1] == free
    assert say(finished, "00B0810000")[1] == "9000"
    say(finished, SELECT)
    for number in {*range(1, 0x1F)} - {0x1C}:  # EF.CardAccess is in the master file
        assert say(finished, f"00B0{0x80 | number:02X}0000") == ("", "6982"), number
        assert say(finished, f"00A4020C0201{number:02X}", "00B0000000")[1] in ("6982", "6986"), number
    assert say(finished, "00B1000003540100") == ("", "6986")
    assert say(finished, "0088000008010203040506070800") == ("", "6982")


def test_a_lock_is_for_ever(finished: VirtualChip) -> None:
    finished.reset()
    before = {fid: bytes(data) for fid, data in finished.memory.files.items()}
    commands = ("00E0000006630400050101", "00D6000001AA", "00DA0062028100", "00DADEAD")
    for command in (*commands, "8050000008010203040506070800"):
        assert say(finished, SELECT, command) == ("", "6985")
    opened = emrtd.open_chip(finished, part().access if "011c" in before else part("jmrtd-applet").access)
    for command in commands:
        assert opened.connection.transmit(bytes.fromhex(command)) == (b"", 0x6985)
    assert before == finished.memory.files


def test_a_plain_command_ends_the_session(finished: VirtualChip) -> None:
    """Doc 9303-11, 9.8.3: the session keys are gone, and what was open is closed."""
    finished.reset()
    profile = "generic-globalplatform" if "011c" in finished.memory.files else "jmrtd-applet"
    opened = emrtd.open_chip(finished, part(profile).access)
    read = Command(0, 0xB0, 0x81, 0, expect=4)
    assert opened.connection.transmit(read.encode()) == (part(profile).files["DG1"][:4], 0x9000)
    assert say(finished, "00B0810004") == ("", "6982")
    assert finished.transmit(bytes.fromhex("0CB0810000"))[1] == 0x6882


def test_a_forged_command_ends_the_session() -> None:
    finished = finish(blank(), "jmrtd-applet")
    say(finished, SELECT)
    connection = bac.run(Card(finished), part("jmrtd-applet").access)
    assert finished.transmit(bytes.fromhex("0CB081000D9701048E08000000000000000000"))[1] == 0x6988
    with pytest.raises(ChipError):
        connection.transmit(Command(0, 0xB0, 0x81, 0, expect=4).encode())


def test_an_answered_challenge_is_used_up() -> None:
    finished = finish(blank(), "jmrtd-applet")
    say(finished, SELECT, "0084000008")
    wrong = "0082000028" + "00" * 40 + "28"
    assert say(finished, wrong) == ("", "6300")
    assert say(finished, wrong) == ("", "6985")


def test_who_guesses_is_made_to_wait(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Ten wrong CANs are free, then each try takes a second; cutting the power does not help, the right one does."""
    pauses: list[float] = []
    monkeypatch.setattr(running.time, "sleep", pauses.append)
    card = finish(VirtualChip(Memory.read(UID, tmp_path)), "generic-globalplatform")
    access = part().access
    (info,) = pace.infos(part().files["CardAccess"])
    for guess in range(12):
        with pytest.raises(ChipError, match="6300"):
            pace.run(
                Card(VirtualChip(Memory.read(UID, tmp_path))),
                info,
                access.model_copy(update={"can": f"{guess:06}"}),
                "CAN",
            )
    assert pauses == [1.0, 1.0]
    card = VirtualChip(Memory.read(UID, tmp_path))
    pace.run(Card(card), info, access, "CAN")
    assert card.memory.state.failures == 0


@pytest.mark.parametrize("steps", [0, 1, 2, 3])
def test_pace_out_of_order_is_refused(steps: int) -> None:
    """A step that comes too early, twice or malformed ends the run."""
    card = finish(blank(), "generic-globalplatform")
    point = "04" + "00" * 64
    choose = "0022C1A40F800A04007F00070202040202830102"
    assert say(card, choose) == ("", "9000")
    wrong = ["00860000027C0000", "10860000027C0000", f"10860000457C438341{point}00", f"10860000457C438141{point}00"]
    if steps:
        assert say(card, "10860000027C0000")[1] == "9000"
    assert say(card, wrong[steps])[1] in ("6E00", "6A80")
    assert say(card, "10860000027C0000")[1] == "6985"


@pytest.mark.parametrize(
    ("choose", "sw"),
    [
        ("0022C1A40F800A04007F00070202040201830102", "6A80"),  # 3DES, which this chip has not
        ("0022C1A40F800A04007F00070202040202830103", "6A88"),  # a PIN
        ("0022C1A412800A04007F0007020204020283010284010D", "6A88"),  # brainpoolP256r1, which this chip has not
        ("0022C1A412800A04007F0007020204020283010284010C", "9000"),
        ("0022C1A403800A04", "6A80"),
    ],
)
def test_choosing_pace(choose: str, sw: str) -> None:
    assert say(finish(blank(), "generic-globalplatform"), choose) == ("", sw)


@pytest.fixture(scope="module")
def talkative() -> list[VirtualChip]:
    return [blank(), *(finish(blank(), profile) for profile in PROFILES)]


COMMANDS = [0x22, 0x50, 0x82, 0x84, 0x86, 0x88, 0xA4, 0xB0, 0xB1, 0xC0, 0xD6, 0xDA, 0xE0, 0xE2, 0xF0]
ANY_COMMAND = st.builds(
    lambda cla, ins, p1, p2, data, expect: Command(cla, ins, p1, p2, data, expect).encode(),
    st.sampled_from([0x00, 0x04, 0x0C, 0x10, 0x80, 0x84]),
    st.sampled_from(COMMANDS),
    st.integers(0, 255),
    st.integers(0, 255),
    st.binary(max_size=80) | st.binary(max_size=8).map(lambda data: b"\x7c" + bytes([len(data)]) + data),
    st.none() | st.integers(1, 65_536),
)


@settings(max_examples=100, deadline=None)
@given(st.lists(ANY_COMMAND | st.binary(max_size=20), min_size=1, max_size=8))
def test_any_bytes_get_a_status_word(talkative: list[VirtualChip], commands: list[bytes]) -> None:
    for card in talkative:
        card.reset()
        for command in [bytes.fromhex(SELECT), *commands]:
            data, sw = card.transmit(command)
            assert 0x6000 <= sw <= 0x9000
            assert len(data) <= 65_536


def test_a_chip_keeps_everything_in_its_folder_as_it_is_written(tmp_path: Path) -> None:
    """Each process has it as the last one left it, whenever that was killed."""
    simulation = Simulation(tmp_path)
    assert say(VirtualChip(simulation.chip(UID)), SELECT, "00E0000006630400050101")[1] == "9000"
    assert say(VirtualChip(simulation.chip(UID)), SELECT, "00A4020C020101", "00D6000003610399")[1] == "9000"
    assert simulation.chip(UID).files == {"0101": bytearray.fromhex("6103990000")}
    assert simulation.chip(UID).state.applet == "jmrtd-applet"


def test_a_finished_chip_comes_back_from_its_folder(tmp_path: Path) -> None:
    finish(VirtualChip(Memory.read(UID, tmp_path)), "generic-globalplatform")
    reading = emrtd.read_chip(VirtualChip(Memory.read(UID, tmp_path)), part().access)
    assert reading.files == part().files
    assert reading.proofs == {"active": True, "chip": True}


def test_secrets_of_a_chip_are_in_no_repr() -> None:
    state = finish(blank(), "generic-globalplatform").memory.state
    assert state.access
    for secret in (state.access.can, state.access.document_number, state.active_key, state.chip_key):
        assert str(secret) not in repr(state)


def test_a_chip_that_cannot_be_written_and_a_dead_one() -> None:
    assert say(blank(failing=True), SELECT, "00E0000006630400050101") == ("", "6581")
    with pytest.raises(ChipError, match="no answer"):
        blank(dead=True).transmit(bytes.fromhex(SELECT))


@pytest.mark.parametrize("text", ["", "{}", '{"uid": 5}', '{"uid": "04", "other": 1}'])
def test_a_damaged_memory_is_an_error_that_names_its_file(tmp_path: Path, text: str) -> None:
    (tmp_path / "state.json").write_text(text)
    with pytest.raises(ConfigurationError, match=r"state\.json"):
        Memory.read(UID, tmp_path)


@pytest.mark.parametrize("text", ["", "{}x", '{"enc": "zz"}'])
def test_damaged_card_keys_are_an_error_without_the_keys(tmp_path: Path, text: str) -> None:
    (tmp_path / "card_keys.json").write_text(text)
    with pytest.raises(ConfigurationError, match=r"card_keys\.json holds no card keys"):
        Simulation(tmp_path).card_keys()
