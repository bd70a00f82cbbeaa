"""Why a job waits or is held, as it is kept: a code with its parameters, said in the language of whoever reads it.

A machine's trouble has its code in the machines' catalogue (`card_drivers.troubles`). A refusal of the register is kept
by its own code, with the sentence among its parameters: the sentence is the key of its translation.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from card_drivers.troubles import Trouble
from issuance.acts import Act
from issuance.errors import Conflict, InvalidInput, LimanError
from issuance.models.production import PrintJob
from issuance.services.stock import stack_cards
from issuance.states import JobState, advance
from printing.errors import PrintingError

SENTENCE = "sentence"


class NotAsPrepared(Conflict):
    """The order does not compose to what was prepared: printed, it would not be what was signed."""

    code = "not_as_prepared"

    def __init__(self) -> None:
        super().__init__("The order does not compose as it was prepared. Do not print; tell the administrator.")


class NotAsOrdered(Conflict):
    """A station made something else than it was ordered."""

    code = "not_as_ordered"

    def __init__(self) -> None:
        super().__init__(
            "The station says that it made something else than it was ordered. Look for that card in its trays: nobody"
            " may get it. Then settle this job as spoiled."
        )


class Restored(Conflict):
    """The register was put back from a back-up: what was open then may have been made since."""

    code = "restored"

    def __init__(self) -> None:
        super().__init__(
            "The register was put back from a back-up, and this order may have been made since. A supervisor settles it"
            " under Reconciliation."
        )


def of(error: LimanError) -> Trouble:
    """A refusal of the register as it is kept."""
    params = {name: value if isinstance(value, int) else str(value) for name, value in error.params.items()}
    return Trouble.of(_code(error), sentence=error.message, **params)


def of_preparing(error: Exception) -> Trouble:
    """Why a job cannot be prepared: what the register or the composer refuses, else the kind of what went wrong."""
    if isinstance(error, LimanError):
        return of(error)
    if isinstance(error, PrintingError):
        return of(InvalidInput.of(error))
    return of(
        Conflict(
            "It could not be prepared (%(kind)s); nothing was printed. It is tried again by itself. If it stays, the"
            " administrator looks into the log of the server.",
            kind=type(error).__name__,
        )
    )


def of_composing(error: PrintingError) -> Trouble:
    """Why an order does not compose any more; it cannot have been made, as with NotAsPrepared."""
    refusal = NotAsPrepared()
    refusal.message, refusal.params = error.message, error.params
    return of(refusal)


def hold(act: Act, job: PrintJob, trouble: Trouble) -> None:
    """Nobody knows how it ended: held until the device answers or a person looked, and so is the card it may have.

    What a restore holds stays its own: nothing that is said of it later opens another way.
    """
    if not is_restored(job):
        job.trouble = kept(trouble)
    if job.state != JobState.HELD:
        advance(job, JobState.HELD, actor=act.actor)
    stack_cards.doubt(act, job)


def kept(trouble: Trouble | None) -> dict[str, Any] | None:
    """The trouble as a column holds it."""
    return trouble.model_dump(mode="json", exclude_defaults=True) if trouble else None


def read(column: Mapping[str, Any]) -> Trouble | LimanError:
    """What `kept` made: a machine's trouble, or a refusal of the register."""
    trouble = Trouble.model_validate(column)
    params: dict[str, Any] = dict(trouble.params)
    message = params.pop(SENTENCE, None)
    return LimanError(str(message), **params) if message else trouble


def is_not_as_prepared(job: PrintJob) -> bool:
    """Whether the job is held because its order did not compose as it was prepared: no station was given it."""
    return (job.trouble or {}).get("code") == _code(NotAsPrepared())


def is_not_as_ordered(job: PrintJob) -> bool:
    """Whether the job is held because its station made something else."""
    return (job.trouble or {}).get("code") == _code(NotAsOrdered())


def is_restored(job: PrintJob) -> bool:
    """Whether the job is held since a restore: the journals of the stations say whether it was made."""
    return (job.trouble or {}).get("code") == _code(Restored())


def _code(error: LimanError) -> str:
    return error.code.replace("_", "-")
