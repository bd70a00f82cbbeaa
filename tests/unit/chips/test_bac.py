"""Basic access control against the worked example of Doc 9303-11 (appendices D.2 and D.3), as terminal and as chip."""

from __future__ import annotations

import pytest

from card_drivers.chips import bac
from card_drivers.chips.apdu import Card, Command
from card_drivers.device import ChipError
from card_drivers.order import AccessKeys

H = bytes.fromhex
ERIKSSON = AccessKeys(document_number="L898902C", birth_date="690806", expiry_date="940623")
STEVENSON = AccessKeys(document_number="D23145890734", birth_date="340712", expiry_date="950712")
RND_IC, RND_IFD = H("4608F91988702212"), H("781723860C06C226")
K_IFD, K_IC = H("0B795240CB7049B01C19B33E32804F0B"), H("0B4F80323EB3191CB04970CB4052790B")
SENT = H("72C29C2371CC9BDB65B779B8E8D37B29ECC154AA56A8799FAE2F498F76ED92F25F1448EEA8AD90A7")
ANSWER = H("46B9342A41396CD7386BF5803104D7CEDC122B9132139BAF2EEDC94EE178534F2F2D235D074D7449")


def test_mrz_information() -> None:
    """A short number is filled, a long one taken whole."""
    assert bac.mrz_information(ERIKSSON) == b"L898902C<369080619406236"
    assert bac.mrz_information(STEVENSON) == b"D23145890734934071279507122"


def test_document_keys() -> None:
    keys = (H("AB94FDECF2674FDFB9B391F85D7F76F2"), H("7962D9ECE03D1ACD4C76089DCE131543"))
    assert bac.document_keys(ERIKSSON) == keys


def test_cryptograms_of_both_sides() -> None:
    keys = bac.document_keys(ERIKSSON)
    assert bac.cryptogram(keys, RND_IFD, RND_IC, K_IFD) == SENT
    assert bac.cryptogram(keys, RND_IC, RND_IFD, K_IC) == ANSWER
    assert bac.open_cryptogram(keys, SENT) == (RND_IFD, RND_IC, K_IFD)
    assert bac.open_cryptogram(keys, ANSWER) == (RND_IC, RND_IFD, K_IC)


def test_the_session() -> None:
    """SELECT EF.COM of appendix D.4 under the session of D.3."""
    session = bac.open_session(K_IFD, K_IC, RND_IFD, RND_IC)
    assert session.protect(H("00A4020C02011E")) == H("0CA4020C158709016375432908C044F68E08BF8B92D635FF24F800")


class Chip:
    """The example's chip: its own challenge and its part of the key, with the terminal's real ones."""

    uid, atr = "04", b""

    def __init__(self, rnd: bytes = RND_IC, keys: AccessKeys = ERIKSSON) -> None:
        self.rnd, self.keys = rnd, bac.document_keys(keys)

    def transmit(self, apdu: bytes) -> tuple[bytes, int]:
        command = Command.parse(apdu)
        assert command
        if command.ins == 0x84:
            return self.rnd, 0x9000
        terminal_rnd, _, part = bac.open_cryptogram(bac.document_keys(ERIKSSON), command.data)
        self.session = bac.open_session(part, K_IC, terminal_rnd, RND_IC)
        return bac.cryptogram(self.keys, RND_IC, terminal_rnd, K_IC), 0x9000


def test_the_terminal_opens_the_chip() -> None:
    chip = Chip()
    connection = bac.run(Card(chip), ERIKSSON)
    assert connection.card.connection is chip


@pytest.mark.parametrize("chip", [Chip(rnd=RND_IC[:7]), Chip(rnd=RND_IFD), Chip(keys=STEVENSON)])
def test_a_chip_that_does_not_know_the_mrz_is_an_error(chip: Chip) -> None:
    with pytest.raises(ChipError, match="basic access control") as caught:
        bac.run(Card(chip), ERIKSSON)
    assert "L898902C" not in str(caught.value)
