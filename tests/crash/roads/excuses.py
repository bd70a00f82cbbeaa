"""Points to which no road leads, each with a reason that `test_points.py` sees to be true still."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Excuse:
    """Why no road leads to a point. `act` is where among the services the act is that makes the move ("" for none),
    `test` where it is tried instead: a file, or a test of it after `::`."""

    why: str
    act: str = ""
    test: str = ""


IN_THE_HAND_OVER = Excuse(
    "of the old document, in the transaction of ready > delivered of the new one", act="life.endings.succeed"
)
RESTORED = Excuse("a restore holds what was open", act="recovery.", test="tests/integration/recovery")
IN_A_STACK = Excuse(
    "a stack is declared at a machine that reads no serial, which the simulated one does; a card of it moves in the"
    " transaction of its job, its check or its count, and what its blank does has roads",
    test="tests/integration/stock/test_stacks.py",
)
CARDS = ("waiting > provisional", "waiting > doubted", "waiting > ended", "provisional > doubted",
         "provisional > confirmed", "provisional > ended", "doubted > waiting", "doubted > provisional",
         "doubted > confirmed", "doubted > ended")  # fmt: skip
NO_ROAD_YET = "no road was built yet: orders and parcels came after the last run; what their blanks do is in the ledger"
ORDERS = ("asked > agreed", "asked > refused", "asked > withdrawn", "agreed > in_parts", "agreed > withdrawn",
          "in_parts > done", "in_parts > withdrawn")  # fmt: skip
PARCELS = ("packed > sent", "packed > unpacked", "sent > counted", "sent > lost", "counted > sent", "counted > arrived")
ON_THE_DESK = Excuse("an order on the desk", test="tests/contract/test_faults_killed.py")
OF_A_BUREAU = Excuse("the folder of a bureau's station", test="tests/contract/bench_bureau.py")

UNREACHED: dict[str, Excuse] = {
    **dict.fromkeys((f"document valid > {end}" for end in ("replaced", "lost", "stolen")), IN_THE_HAND_OVER),
    **dict.fromkeys(("job preparing > held", "job queued > held"), RESTORED),
    **dict.fromkeys((f"card {move}" for move in CARDS), IN_A_STACK),
    **dict.fromkeys(
        (f"order {move}" for move in ORDERS), Excuse(NO_ROAD_YET, test="tests/integration/supply/test_orders.py")
    ),
    **dict.fromkeys(
        (f"parcel {move}" for move in PARCELS), Excuse(NO_ROAD_YET, test="tests/integration/supply/test_parcels.py")
    ),
    "batch planned > done": Excuse(
        "only what was started ends by itself, and what was started is planned never again",
        test="tests/integration/batches/test_running.py",
    ),
    "count.drawn": Excuse(
        "the hour, the day and a lot decide (a second draw of a day changes nothing)",
        test="tests/integration/counts/test_lots.py",
    ),
    "address waits": Excuse("an order on the desk waits for hands (ADR 0033)", test="tests/unit/station"),
    "address journal": Excuse("after a restore", test="tests/integration/recovery"),
    **dict.fromkeys(("begin back", "end back"), ON_THE_DESK),
    **dict.fromkeys(("begin send", "end send"), OF_A_BUREAU),
}
