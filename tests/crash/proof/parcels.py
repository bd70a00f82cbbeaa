"""Parcels, orders for blanks and stacks proved against the ledger by plain SQL: what they say is what was moved."""

from __future__ import annotations

from collections.abc import Iterator

from tests.crash.proof.register import Register

PACKED = "JOIN stock_move m ON m.parcel_id = p.id AND m.why = 'packed' JOIN blank b ON b.id = m.blank_id"

QUESTIONS = {
    "parcel {} holds {} blanks, and {} were packed": """SELECT p.code, p.held, (SELECT count(*) FROM stock_move m
        WHERE m.parcel_id = p.id AND m.why = 'packed') FROM parcel p
        WHERE p.held <> (SELECT count(*) FROM stock_move m WHERE m.parcel_id = p.id AND m.why = 'packed')""",
    "parcel {} is {}, and its blank {} is on its way still": f"""SELECT p.code, p.state, b.serial FROM parcel p {PACKED}
        WHERE p.state IN ('arrived', 'unpacked', 'lost') AND b.moved = m.number""",
    "parcel {} is {}, and its blank {} was moved on": f"""SELECT p.code, p.state, b.serial FROM parcel p {PACKED}
        JOIN stock_move n ON n.blank_id = b.id AND n.number = m.number + 1
        WHERE p.state IN ('packed', 'sent', 'counted') AND n.why <> 'lost'""",
    "of parcel {} there came {}, and {} arrived": """SELECT p.code, p.came, (SELECT count(*) FROM stock_move m
        WHERE m.parcel_id = p.id AND m.why = 'arrived') FROM parcel p WHERE p.state = 'arrived'
        AND p.came <> (SELECT count(*) FROM stock_move m WHERE m.parcel_id = p.id AND m.why = 'arrived')""",
    "order {} is {}, and {} parcels of it were sent": """SELECT o.code, o.state, count(p.id) FROM stock_order o
        LEFT JOIN parcel p ON p.order_id = o.id AND p.state NOT IN ('packed', 'unpacked') GROUP BY o.code, o.state
        HAVING (o.state IN ('asked', 'agreed', 'refused') AND count(p.id) > 0) OR (o.state IN ('in_parts', 'done')
        AND count(p.id) = 0)""",
    "order {} of {} is {}, and {} of them came": """SELECT o.code, o.wanted, o.state, COALESCE(sum(p.came), 0)
        FROM stock_order o LEFT JOIN parcel p ON p.order_id = o.id AND p.state = 'arrived'
        GROUP BY o.code, o.wanted, o.state HAVING (o.state = 'done') <> (COALESCE(sum(p.came), 0) >= o.wanted)""",
    "card {} is {} in a stack that was counted": """SELECT b.serial, c.state FROM stack_card c
        JOIN stack s ON s.id = c.stack_id JOIN blank b ON b.id = c.blank_id
        WHERE s.closed_at IS NOT NULL AND c.state IN ('waiting', 'provisional')""",
    "card {} was confirmed for document {}, which is on {}": """SELECT b.serial, d.number, d.blank_serial
        FROM stack_card c JOIN blank b ON b.id = c.blank_id JOIN document d ON d.id = c.document_id
        WHERE c.state = 'confirmed' AND (d.blank_serial IS NULL OR d.blank_serial <> b.serial)""",
    "card {} is {} for a document, and its blank is {}": """SELECT b.serial, c.state, b.state FROM stack_card c
        JOIN blank b ON b.id = c.blank_id WHERE c.state = 'provisional' AND b.state <> 'at_station'""",
}
"""What is wrong, with the columns of its question filled in. A question without an answer is well."""


def faults(register: Register) -> Iterator[str]:
    """Everything of parcels, orders and stacks that does not agree with the ledger."""
    for sentence, question in QUESTIONS.items():
        yield from (sentence.format(*row) for row in register.rows(question))
