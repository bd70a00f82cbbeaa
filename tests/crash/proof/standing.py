"""Files of persons and what hangs on them, by plain SQL: reviews, families, events of case handling, feeds."""

from __future__ import annotations

from collections.abc import Iterator

from tests.crash.proof.register import Register

ENDED = """SELECT r.id, d.number FROM review r JOIN request q ON q.person_id = r.person_id
    JOIN document d ON d.request_id = q.id
    WHERE r.state = 'withdrawn' AND d.state IN ('valid', 'suspended') AND d.document_type LIKE 'RP-%'"""
NOT_ENDED = """SELECT r.id, d.number FROM review r JOIN request q ON q.person_id = r.person_id
    JOIN document d ON d.request_id = q.id JOIN ending e ON e.document_id = d.id
    WHERE r.state NOT IN ('withdrawn') AND e.ground = 'protection_ended'"""
TITLES = """SELECT m.id, count(q.id) FROM reunification_member m JOIN request q ON q.person_id = m.relative_id
    WHERE q.document_type = 'RT' GROUP BY m.id HAVING count(q.id) > 1"""
NO_TITLE = """SELECT q.id FROM request q LEFT JOIN reunification_member m ON m.title_id = q.id
    WHERE q.document_type = 'RT' AND m.id IS NULL"""
SETTLED = """SELECT c.id, c.applied, count(e.id) FROM handled_case c
    LEFT JOIN case_event e ON e.case_id = c.id AND e.state IN ('applied', 'set_aside')
    GROUP BY c.id, c.applied HAVING c.applied <> count(e.id)"""
TURNS = """SELECT c.id FROM handled_case c JOIN case_event e ON e.case_id = c.id
    WHERE e.state = 'held' AND e.why = 'gap' AND e.number = c.applied + 1"""
LODGED_TWICE = """SELECT c.id, q.document_type, count(q.id) FROM handled_case c
    JOIN request q ON q.person_id = c.person_id WHERE q.kind = 'first'
    GROUP BY c.id, q.document_type HAVING count(q.id) > 1"""
UNANSWERED = """SELECT f.recipient, f.number FROM feed_file f JOIN feed_line l ON l.file_id = f.id
    WHERE f.settled_at IS NOT NULL AND NOT l.answered"""
GAPS = "SELECT recipient, max(number), count(*) FROM feed_file GROUP BY recipient HAVING max(number) <> count(*)"


def faults(register: Register, to_do: list[str]) -> Iterator[str]:
    """What is half done; `to_do` are the tasks that go on with events, as text."""
    yield from (f"review {key} has ended, and {number} is valid" for key, number in register.rows(ENDED))
    yield from (f"review {key} has not ended, and {number} is void by it" for key, number in register.rows(NOT_ENDED))
    yield from (f"member {key} has {count} return titles" for key, count in register.rows(TITLES))
    yield from (f"return title {key} is of no member" for (key,) in register.rows(NO_TITLE))
    for key, applied, count in register.rows(SETTLED):
        yield f"case {key} is at event {applied}, and {count} are settled"
    for (key,) in register.rows(TURNS):
        if not any(key in args for args in to_do):
            yield f"an event of case {key} has its turn, and no task takes it"
    for key, kind, count in register.rows(LODGED_TWICE):
        yield f"case {key} has {count} first requests for {kind}"
    yield from (f"file {number} of {to} is settled without an answer" for to, number in register.rows(UNANSWERED))
    yield from (f"files of {to} go to {last}, and {count} are there" for to, last, count in register.rows(GAPS))
