"""What makes lives alike, where the database says by itself what the law says in Python."""

from __future__ import annotations

import datetime as dt
import sqlite3
from itertools import product

from sqlalchemy import literal_column

from issuance.services.statistics.alike import is_aged
from issuance.values.calendar import youngest_age

BIRTHS = ["2008-02-29", "2007-01-31", "2007-12-31", "2007-04-30", "2007-XX-XX", "2008-XX-XX"]
BIRTHS += [f"{year}-{month:02}-{day}" for year, month, day in product((2007, 2008), range(1, 13), ("01", "28", "XX"))]

DAY_ALONE = ["2007-XX-01", "2007-XX-15", "2008-XX-31"]


def test_the_letters_of_a_birth_date_say_an_age_as_the_law_does() -> None:
    """On every day of two years, one of them a leap year; of a day without its month at the end of each month."""
    database, births = sqlite3.connect(":memory:"), ", ".join(f"('{each}')" for each in (*BIRTHS, *DAY_ALONE))
    database.execute("CREATE TABLE born (date TEXT)")
    database.execute(f"INSERT INTO born VALUES {births}")
    for number in range(2 * 366):
        day = dt.date(2027, 1, 1) + dt.timedelta(days=number)
        says = is_aged(literal_column("date"), 20, day).compile(compile_kwargs={"literal_binds": True})
        found = dict(database.execute(f"SELECT date, {says} FROM born").fetchall())
        born = [*BIRTHS, *DAY_ALONE] if (day + dt.timedelta(days=1)).day == 1 else BIRTHS
        assert {each: found[each] for each in born} == {each: (youngest_age(each, day) or 0) >= 20 for each in born}, (
            day
        )
    database.close()
