"""How much else the machine does: what was measured beside other work says little, and is not published."""

from __future__ import annotations

import os
import resource
from pathlib import Path

MOST = 0.7
"""The load average, and the processors that others may have meanwhile, above which nothing is published."""


def load() -> float:
    """The load average of the last minute."""
    return os.getloadavg()[0]


def busy() -> float:
    """Seconds that all processors together have worked since the machine started."""
    user, nice, system, _, _, irq, softirq, *_ = map(int, Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:])
    return (user + nice + system + irq + softirq) / os.sysconf("SC_CLK_TCK")


def own() -> float:
    """Seconds that this process itself has had of them."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime
