"""Points to which no road leads, each with a reason that `test_points.py` sees to be true still."""

from __future__ import annotations

from dataclasses import dataclass

from tests.crash.points import moves


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
ON_THE_DESK = Excuse("an order on the desk", test="tests/contract/test_faults_killed.py")
OF_A_BUREAU = Excuse("the folder of a bureau's station", test="tests/contract/bench_bureau.py")

TO_A_RELAY = Excuse("no relay takes letters of the table's office", test="tests/integration/notices/test_outbox.py")

UNREACHED: dict[str, Excuse] = {
    **dict.fromkeys((each for each in moves() if each.startswith("notice ")), TO_A_RELAY),
    **dict.fromkeys((f"document valid > {end}" for end in ("replaced", "lost", "stolen")), IN_THE_HAND_OVER),
    **dict.fromkeys(("job preparing > held", "job queued > held"), RESTORED),
    "batch planned > done": Excuse(
        "only what was started ends by itself, and what was started is planned never again",
        test="tests/integration/batches/test_running.py",
    ),
    "stock.booklet_scanned": ON_THE_DESK,
    "ledger given_up": Excuse(
        "no type of the law as shipped takes its number from its booklet",
        test="tests/integration/stock/test_booklets.py",
    ),
    "ledger opening": Excuse("a migration wrote it of what lay there", test="tests/integration/test_upgrades.py"),
    "ledger restored": Excuse(
        "a restored register takes a blank up by the journal of its station", test="tests/integration/recovery"
    ),
    "address waits": Excuse("an order on the desk waits for hands (ADR 0033)", test="tests/unit/station"),
    "address journal": Excuse("after a restore", test="tests/integration/recovery"),
    **dict.fromkeys(("begin back", "end back"), ON_THE_DESK),
    **dict.fromkeys(("begin send", "end send"), OF_A_BUREAU),
}
