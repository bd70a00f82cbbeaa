"""The epochs of the register: each restore begins one, and every counter goes on beyond what was lost with it."""

from __future__ import annotations

from sqlalchemy import select

from issuance.acts import Look
from issuance.models.recovery import RegisterEpoch

FIRST = 1
"""The epoch of a register that was never restored; it has no row."""


def newest(look: Look) -> RegisterEpoch | None:
    """The epoch of the last restore; None when there was none."""
    return look.session.scalar(select(RegisterEpoch).order_by(RegisterEpoch.number.desc()).limit(1))


def next_value(look: Look, last: int) -> int:
    """What a counter that stood at `last` gives next: nothing that may have been given before a restore."""
    epoch = newest(look)
    return max(last + 1, epoch.first_value) if epoch else last + 1
