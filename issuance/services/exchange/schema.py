"""The events that case handling may tell: the one source of what is taken, of the OpenAPI document and of the docs.

A field is added with a default; one that changes its meaning is a new `schema_version`, and the one before is taken on.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal, get_args
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

Tie = Literal["spouse", "child", "parent", "responsible_adult", "ward"]
Mandated = Literal["representative", "guardian", "lawyer", "organisation"]
Corrected = Literal[
    "family_name", "given_names", "native_name", "birth_date", "birth_place", "sex", "nationality", "address", "cnp"
]
Number = Annotated[str, Field(max_length=40)]
Line = Annotated[str, Field(max_length=200)]
Needed = Annotated[str, Field(min_length=1, max_length=200)]
Alpha3 = Annotated[str, Field(pattern="^[A-Z]{1,3}$")]


class Part(BaseModel):
    """Base of everything that is sent: unknown fields are refused, and nothing is guessed from another type."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class PersonKey(Part):
    """Whose event it is. Of somebody known here before the first event one of the other two says who it is."""

    key: str = Field(
        min_length=1,
        max_length=40,
        pattern="^[A-Za-z0-9._-]+$",
        description="Case handling's own key of the person; never changes.",
    )
    eurodac_reference: Number = Field("", description="The Eurodac reference, where there is one.")
    case_reference: Number = Field("", description="Case handling's reference of a request that was imported before.")


class Told(Part):
    """What every event says."""

    schema_version: Literal[1] = Field(description="The version of the event's schema.")
    event_id: UUID = Field(description="Unique and made once: sent again with the same id, nothing happens twice.")
    person: PersonKey
    number: int = Field(
        ge=1,
        le=1_000_000,
        description="Of this person's events: 1, 2, 3 ... without gaps, in the order in which they happened.",
    )
    occurred_on: dt.date = Field(description="The day on which it happened (Europe/Bucharest); never a day to come.")


class Application(Told):
    """What the two events about an application say of the person; the fields are those of case handling's file."""

    case_reference: str = Field(
        min_length=1, max_length=40, description="Case handling's reference of the application."
    )
    centre: str = Field(min_length=1, max_length=40, description="The short name of the regional centre.")
    family_name: Needed
    given_names: Line = ""
    native_name: Line = ""
    birth_date: str = Field(
        pattern="^[0-9X]{4}-[0-9X]{2}-[0-9X]{2}$", description="YYYY-MM-DD, XX for what is unknown."
    )
    birth_place: Line = ""
    sex: Literal["F", "M", "X"]
    nationalities: list[Alpha3] = Field(
        min_length=1, max_length=3, description="ICAO codes; the first is printed in the zone."
    )
    cnp: Annotated[str, Field(max_length=20)] = ""
    language: str = Field("ro", pattern="^[a-z]{2,3}$")
    address: Line = ""
    travel_document_shown: Annotated[str, Field(max_length=100)] = "none"
    representative: Line = Field("", description="Who accompanies a minor: `Popa Ana (mother)`.")
    unaccompanied: bool = False
    procedure: Literal["regular", "accelerated", "border"] = "regular"
    vulnerable: bool = Field(False, description="Need to know: the person must not wait. Never why.")


class ApplicationRegistered(Application):
    """An application was made and registered: the registration certificate is requested."""

    type: Literal["application_registered"]
    applied_on: dt.date = Field(description="The day on which the application was made (E22).")
    applied_at: Literal["inspectorate", "elsewhere", "influx"] = "inspectorate"


class ApplicationLodged(Application):
    """The application was lodged: the temporary identity document is requested."""

    type: Literal["application_lodged"]


class Decision(Told):
    """A decision on the application; one that grants protection begins the clock of E7."""

    type: Literal["decision"]
    outcome: Literal["refugee", "subsidiary", "temporary_protection", "refusal"]
    decision_number: str = Field(min_length=1, max_length=40)
    decided_on: dt.date


class Final(Told):
    """The procedure ended for good. Negative or withdrawn, its documents end (E15); positive, none does."""

    type: Literal["final"]
    outcome: Literal["positive", "negative", "withdrawn"]


class AppealLodged(Told):
    """An appeal was lodged on the day of the event: the right to stay goes on (E15)."""

    type: Literal["appeal_lodged"]


class AppealDecided(Told):
    """The court decided on the appeal that is pending."""

    type: Literal["appeal_decided"]
    outcome: Literal["admitted", "rejected", "sent_back"]


class Transferred(Told):
    """The case goes to another centre, or to another Member State; exactly one of both is said."""

    type: Literal["transferred"]
    to_centre: Annotated[str, Field(max_length=40)] = Field("", description="The short name of the centre.")
    to_state: Annotated[str, Field(pattern="^([A-Z]{1,3})?$")] = Field(
        "", description="The ICAO code of the Member State."
    )


class Family(Told):
    """Another person of whom case handling told is the person's spouse, child, parent, responsible adult or ward."""

    type: Literal["family"]
    relative: PersonKey
    tie: Tie = Field(description="What the relative is to the person.")
    evidence: Needed
    from_day: dt.date | None = None


class Flags(Told):
    """Facts of the procedure, read only here (R1). What is left out stays as it was."""

    type: Literal["flags"]
    procedure: Literal["regular", "accelerated", "border"] | None = None
    vulnerable: bool | None = Field(None, description="Need to know: the person must not wait. Never why.")
    joint_return_decision: bool | None = None
    eurodac_reference: Number = ""


class Representative(Told):
    """Somebody acts for the person from the day of the event on."""

    type: Literal["representative"]
    kind: Mandated
    name: Needed
    relation: Needed
    evidence: Needed


class Death(Told):
    """The person died on the day of the event: every document ends."""

    type: Literal["death"]
    certificate: str = Field(min_length=1, max_length=40, description="Number of the death certificate.")


class Correction(Told):
    """What the register should say otherwise: a proposal, on which two persons of the office decide."""

    type: Literal["correction"]
    said: dict[Corrected, Line] = Field(min_length=1)
    evidence: Needed


CaseEvent = Annotated[
    ApplicationRegistered
    | ApplicationLodged
    | Decision
    | Final
    | AppealLodged
    | AppealDecided
    | Transferred
    | Family
    | Flags
    | Representative
    | Death
    | Correction,
    Field(discriminator="type"),
]
KINDS: tuple[type[Told], ...] = get_args(get_args(CaseEvent)[0])
"""Every kind of event."""

ADAPTER: TypeAdapter[Told] = TypeAdapter(CaseEvent)


class Answer(Part):
    """What became of an event, as it stands now; the same to whoever sends it again.

    `held`: it waits for what comes before it, or for somebody here; `why` says for what. `refused`: the register says
    no, and a supervisor sees it; those after it wait. Neither is to be sent again.
    """

    event_id: UUID
    state: Literal["applied", "held", "refused", "set_aside"]
    why: str = Field("", description="A code: `gap`, `unknown_person`, `alike`, or that of the refusal.")
    next_number: int = Field(ge=1, description="The number of this person that is wanted next.")


class Problem(Part):
    """Why an event was not taken: a code for the program, a sentence for people; never what was sent."""

    error: str = Field(description="`invalid_input`, `other_body`, `number_taken`, `too_far_ahead`, `no_token` ...")
    message: str
    field: str = Field("", description="The field at fault, by its place.")


def kind_of(model: type[Told]) -> str:
    """The `type` of a kind of event."""
    return str(get_args(model.model_fields["type"].annotation)[0])
