"""Each question of the proof of the ledger finds the fault that is planted for it, and nothing in an office that is
well."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from issuance.models.supply import Said
from tests.crash import people
from tests.crash.floor import Floor
from tests.crash.grounds import Files, Grounds
from tests.crash.proof import ledger
from tests.crash.proof.register import Register
from tests.crash.roads import blanks, counts
from tests.crash.test_checker import Left

DO = people.ACTS


def prepared(floor: Floor) -> None:
    """A day: blanks came, one was made and one spoiled and destroyed, the vault was counted, the day was closed."""
    office, here = floor.office, blanks.centre(floor)
    counts.vault(floor)
    floor.delivered()
    blanks.rejected(floor)
    serial = blanks.in_the_bin(floor)
    DO["begin_destruction"](office, here, serials=[serial])
    DO["witness_destruction"](office, here)
    DO["ask_count"](office, counts.place(floor), stock="card")
    key, version = counts.of_vault(floor)
    DO["type_count"](office, key, serials=blanks.NEW[:-1], version=version)
    DO["end_count"](office, key)
    DO["settle_difference"](office, counts.difference(floor), said=Said.DECLARED)
    DO["hand"](office, here, step="hand_out", serials=blanks.NEW[:1])
    DO["close_day"](office, here)


@pytest.fixture(scope="module")
def grounds(tmp_path_factory: pytest.TempPathFactory) -> Grounds:
    return Grounds(Files(), tmp_path_factory.mktemp("grounds"))


@pytest.fixture
def left(grounds: Grounds) -> Iterator[Left]:
    with grounds.copy("a day", prepared) as (folder, url):
        yield Left(folder, url)


def found(left: Left) -> list[str]:
    register = Register(left.url)
    try:
        return list(ledger.faults(register))
    finally:
        register.close()


def test_a_day_that_is_well(left: Left) -> None:
    assert found(left) == []
    assert left.found() == ""


CARD = "(SELECT id FROM blank WHERE serial = 'CT01')"
LAST = f"(SELECT id FROM stock_move WHERE blank_id = {CARD} ORDER BY number DESC LIMIT 1)"
ROOM = "(SELECT id FROM place WHERE kind = 'at_centre')"
SOME = "(SELECT id FROM balance WHERE stock = 'card' AND came > went LIMIT 1)"

PLANTED: dict[str, tuple[str, str]] = {
    "another place": (f"UPDATE blank SET place_id = {ROOM}, state = 'at_centre' WHERE id = {CARD}", "blank CT01 lies"),
    "no move": (f"DELETE FROM stock_move WHERE blank_id = {CARD}", "blank CT01 has no move"),
    "another state": (f"UPDATE blank SET state = 'in_vault' WHERE id = {CARD}", "blank CT01 is in_vault in a place of"),
    "another feeder": ("UPDATE blank SET station_id = NULL WHERE serial = 'card-19'", "blank card-19 is in the feeder"),
    "a move that begins elsewhere": (
        f"UPDATE stock_move SET from_id = {ROOM} WHERE id = {LAST}",
        "move 3 of blank CT01 does not begin where",
    ),
    "a first move from nowhere": (
        f"UPDATE stock_move SET from_id = {ROOM} WHERE blank_id = {CARD} AND number = 1",
        "first move of blank CT01 is not from the supplier",
    ),
    "a gap in a chain": (
        f"DELETE FROM stock_move WHERE blank_id = {CARD} AND number = 2",
        "blank CT01 was moved 3 times, and has 2 moves up to number 3",
    ),
    "the last move taken away": (f"DELETE FROM stock_move WHERE id = {LAST}", "was moved 3 times, and has 2"),
    "a move twice": (
        "INSERT INTO stock_move (id, blank_id, number, previous, from_id, to_id, why, at)"
        " SELECT lower(hex(randomblob(16))), blank_id, 4, 3, from_id, to_id, why, at"
        f" FROM stock_move WHERE id = {LAST}",
        "move 4 of blank CT01 does not begin where",
    ),
    "a count of what came": (f"UPDATE balance SET came = came + 1 WHERE id = {SOME}", "of card there came"),
    "a count of what went": (f"UPDATE balance SET went = went + 1 WHERE id = {SOME}", "of card there went"),
    "a sum": (f"UPDATE balance SET came = came + 1 WHERE id = {SOME}", "of card there should lie"),
    "a count that is not kept": (f"DELETE FROM balance WHERE id = {SOME}", "and no count knows them"),
    "a document whose blank did not move": (
        "UPDATE stock_move SET document_id = NULL WHERE why = 'made'",
        "and a move says so 0 times",
    ),
    "a delivery of another size": ("UPDATE delivery SET announced = announced + 1 WHERE came = 6", "and 6 came of 7"),
    "minutes of another size": ("UPDATE destruction SET count = 2", "name 2 blanks, and 1 were destroyed"),
    "a count of differences": ("UPDATE stock_count SET differ = 0", "says that 0 differ, and has 1 such"),
    "a line of a count lost": ("DELETE FROM count_entry WHERE number = 1", "has 5 lines, and 4 were kept"),
    "a difference of a day lost": (
        "DELETE FROM day_difference WHERE number = 1",
        "day 1 was closed with",
    ),
    "a blank that ceased": ("DELETE FROM blank WHERE serial = 'CT02'", "blanks came from suppliers"),
}


@pytest.mark.parametrize("name", PLANTED)
def test_what_is_planted_in_the_ledger_is_found(left: Left, name: str) -> None:
    statement, said = PLANTED[name]
    left.sql(statement)
    assert said in "\n".join(found(left))


def test_every_question_has_its_fault() -> None:
    """A question that is added without a fault to plant fails here."""
    said = [said for _, said in PLANTED.values()]
    forgotten = [sentence for sentence in ledger.QUESTIONS if not any(is_of(sentence, each, NAMES) for each in said)]
    assert forgotten == []


def is_of(sentence: str, said: str, names: set[str]) -> bool:
    """Whether what is said is this question's sentence, but for the names that were filled in."""
    return set(said.split()) - names <= set(sentence.split())


NAMES = {"CT01", "card-19", "in_vault", "card", "0", "1", "2", "3", "4", "5", "6", "7"}
