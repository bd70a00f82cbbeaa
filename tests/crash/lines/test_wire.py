"""The wire to a database loses what it should: the answer to a commit, or the commit itself."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from tests.crash.lines.wire import strike, wire_to
from tests.crash.points import Fault
from tests.fixtures.postgres import Cluster


@pytest.mark.parametrize(("fault", "is_there"), [(Fault.CUT, True), (Fault.HALF_OPEN, False)])
def test_what_a_struck_wire_loses(postgres: Cluster, tmp_path: Path, fault: Fault, is_there: bool) -> None:
    with postgres.database("template0") as url:
        name = str(make_url(url).database)
        words = {"host": "127.0.0.1", "user": postgres.user, "dbname": name}
        with wire_to(("127.0.0.1", postgres.port), tmp_path, fault) as port:
            struck = psycopg.connect(**words, port=port)  # type: ignore[arg-type]
            other = psycopg.connect(**words, port=port)  # type: ignore[arg-type]
            struck.execute("CREATE TABLE blank ()")
            strike(tmp_path, struck.fileno())
            with pytest.raises(psycopg.OperationalError):
                struck.commit()
            assert other.execute("SELECT to_regclass('blank') IS NOT NULL").fetchone() == (is_there,)
            other.close()
