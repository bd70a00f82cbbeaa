"""Roads: what a small office does so that every move of a state, every event of a count, every step of a station and
every address is met. What people do there stands beside it, in `people.ACTS`.

`prepare` is done once, without a server; `go` is done by the people and machines of a running office. `meets` says
which points lie on the road, and `test_points.py` that none is forgotten.
"""

from __future__ import annotations

from tests.crash.roads import blanks, counts, documents, files, parcels, stacks, work
from tests.crash.roads.excuses import UNREACHED
from tests.crash.roads.road import ROADS

__all__ = ["ROADS", "UNREACHED", "blanks", "counts", "documents", "files", "parcels", "stacks", "work"]
