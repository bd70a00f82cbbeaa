"""The ledger of blanks proved by plain SQL, without a word of the product's own proof (`services.stock.accounts`).

Every question is asked of the tables alone: the place of a blank is where its last move went, every move begins where
the one before it ended, and what the balances say is what the moves say and what lies there.
"""

from __future__ import annotations

from collections.abc import Iterator

from tests.crash.proof.register import Register

QUESTIONS = {
    "blank {} lies where its last move did not bring it": """SELECT b.serial FROM blank b WHERE b.place_id <>
        (SELECT m.to_id FROM stock_move m WHERE m.blank_id = b.id ORDER BY m.number DESC LIMIT 1)""",
    "blank {} has no move": """SELECT b.serial FROM blank b
        WHERE NOT EXISTS (SELECT 1 FROM stock_move m WHERE m.blank_id = b.id)""",
    "blank {} is {} in a place of what is {}": """SELECT b.serial, b.state, p.kind FROM blank b
        JOIN place p ON p.id = b.place_id WHERE b.state <> p.kind OR b.centre_id <> p.centre_id""",
    "blank {} is in the feeder of another station than its own": """SELECT b.serial FROM blank b
        JOIN place p ON p.id = b.place_id WHERE p.station_id IS NOT NULL
        AND (b.station_id IS NULL OR b.station_id <> p.station_id)""",
    "move {} of blank {} does not begin where the one before it ended": """SELECT m.number, b.serial
        FROM stock_move m JOIN blank b ON b.id = m.blank_id
        LEFT JOIN stock_move o ON o.blank_id = m.blank_id AND o.number = m.number - 1
        WHERE m.number > 1 AND (o.id IS NULL OR m.from_id IS NULL OR o.to_id <> m.from_id)""",
    "the first move of blank {} is not from the supplier": """SELECT b.serial FROM blank b
        JOIN stock_move m ON m.blank_id = b.id WHERE m.number = 1 AND m.from_id IS NOT NULL""",
    "blank {} was moved {} times, and has {} moves up to number {}": """SELECT b.serial, b.moved, count(m.id),
        max(m.number) FROM blank b LEFT JOIN stock_move m ON m.blank_id = b.id GROUP BY b.id, b.serial, b.moved
        HAVING count(m.id) <> b.moved OR max(m.number) <> b.moved OR min(m.number) <> 1""",
    "of {} there came {} to a place of what is {} by its count, and {} by the moves": """SELECT a.stock, a.came, p.kind,
        (SELECT count(*) FROM stock_move m JOIN blank b ON b.id = m.blank_id WHERE m.to_id = p.id AND b.stock = a.stock)
        FROM balance a JOIN place p ON p.id = a.place_id WHERE a.came <> (SELECT count(*) FROM stock_move m
        JOIN blank b ON b.id = m.blank_id WHERE m.to_id = p.id AND b.stock = a.stock)""",
    "of {} there went {} from a place of what is {} by its count, and {} by the moves": """SELECT a.stock, a.went,
        p.kind, (SELECT count(*) FROM stock_move m JOIN blank b ON b.id = m.blank_id WHERE m.from_id = p.id
        AND b.stock = a.stock) FROM balance a JOIN place p ON p.id = a.place_id WHERE a.went <> (SELECT count(*)
        FROM stock_move m JOIN blank b ON b.id = m.blank_id WHERE m.from_id = p.id AND b.stock = a.stock)""",
    "of {} there should lie {} where it is {}, and {} do": """SELECT a.stock, a.came - a.went, p.kind, (SELECT count(*)
        FROM blank b WHERE b.place_id = p.id AND b.stock = a.stock) FROM balance a JOIN place p ON p.id = a.place_id
        WHERE a.came - a.went <> (SELECT count(*) FROM blank b WHERE b.place_id = p.id AND b.stock = a.stock)""",
    "blanks of {} lie where they are {}, and no count knows them": """SELECT DISTINCT b.stock, b.state FROM blank b
        WHERE NOT EXISTS (SELECT 1 FROM balance a WHERE a.place_id = b.place_id AND a.stock = b.stock)""",
    "document {} was made on blank {}, and a move says so {} times": """SELECT d.number, b.serial, count(m.id)
        FROM blank b JOIN document d ON d.id = b.document_id LEFT JOIN stock_move m ON m.blank_id = b.id
        AND m.document_id = d.id AND m.why = 'made' GROUP BY d.number, b.serial HAVING count(m.id) <> 1""",
    "delivery {} was counted, and {} came of {} where {} blanks are its own": """SELECT d.reference, d.came,
        d.announced, (SELECT count(*) FROM blank b WHERE b.delivery_id = d.id) FROM delivery d
        WHERE d.announced <> (SELECT count(*) FROM blank b WHERE b.delivery_id = d.id)""",
    "minutes {} name {} blanks, and {} were destroyed with them": """SELECT r.id, r.count, (SELECT count(*)
        FROM blank b WHERE b.destruction_id = r.id AND b.state = 'destroyed') FROM destruction r
        WHERE r.things = 'blanks' AND r.witnessed_at IS NOT NULL AND r.count <> (SELECT count(*) FROM blank b
        WHERE b.destruction_id = r.id AND b.state = 'destroyed')""",
    "count {} says that {} differ, and has {} such lines": """SELECT c.id, c.differ, (SELECT COALESCE(sum(f.held), 0)
        FROM count_finding f WHERE f.count_id = c.id AND f.differs) FROM stock_count c WHERE c.counted_at IS NOT NULL
        AND c.differ <> (SELECT COALESCE(sum(f.held), 0) FROM count_finding f WHERE f.count_id = c.id AND f.differs)""",
    "count {} has {} lines, and {} were kept": """SELECT c.id, c.lines, (SELECT count(*) FROM count_entry e
        WHERE e.count_id = c.id) FROM stock_count c
        WHERE c.lines <> (SELECT count(*) FROM count_entry e WHERE e.count_id = c.id)""",
    "day {} was closed with {} differences, and names {}": """SELECT d.number, d.differ, (SELECT count(*)
        FROM day_difference x WHERE x.day_id = d.id) FROM stock_day d
        WHERE d.differ <> (SELECT count(*) FROM day_difference x WHERE x.day_id = d.id)""",
}
"""What is wrong, with the columns of its question filled in. A question without an answer is well."""


def faults(register: Register) -> Iterator[str]:
    """Everything that does not agree in the ledger of blanks, in deliveries, destructions, counts and closed days."""
    for sentence, question in QUESTIONS.items():
        yield from (sentence.format(*row) for row in register.rows(question))
    yield from _created(register)


def _created(register: Register) -> Iterator[str]:
    """What came from the supplier is what there is, whatever became of it: no blank came to be, none ceased."""
    question = """SELECT (SELECT count(*) FROM stock_move WHERE from_id IS NULL), (SELECT count(*) FROM blank),
        (SELECT COALESCE(sum(came - went), 0) FROM balance)"""
    ((came, are, lie),) = register.rows(question)
    if not came == are == lie:
        yield f"{came} blanks came from suppliers, {are} are known, {lie} lie somewhere"
