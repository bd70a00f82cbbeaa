"""A request at the desk: what is missing, what was brought, complete or not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from issuance.acts import Act
from issuance.errors import Conflict, InvalidInput
from issuance.law.documents.requests import request_words
from issuance.models.duties import DutyName
from issuance.models.notices import NoticeKind
from issuance.models.requests import IssuanceRequest
from issuance.services import centres, duties
from issuance.services.capture import fingerprints
from issuance.services.duties import Task
from issuance.services.notices import outbox
from issuance.services.persons import people
from issuance.services.persons.versions import Made
from issuance.services.residence import history
from issuance.services.rule_versions import rules_of
from issuance.states import AT_THE_DESK, ENDED, RequestState, advance
from issuance.values import fields, names
from issuance.values.codes import KINDS, one_of


def missing_now(
    request: IssuanceRequest,
    *,
    has_portrait: bool,
    has_signature: bool,
    lacks_fingerprints: bool = False,
    lacks_residence: bool = False,
) -> tuple[str, ...]:
    """Codes of what the register itself can see is missing before the request is complete.

    `lacks_residence` is `residence.history.is_missing`: who is housed in a centre proves nothing else.
    """
    person = request.person
    rules = rules_of(request)
    papers = {paper.code for paper in rules.evidence_for(one_of("kind", request.kind, KINDS))}
    tests: Mapping[str, bool] = {
        "portrait": not has_portrait,
        "signature": rules.signature is not None and not has_signature,
        "fingerprints": lacks_fingerprints,
        "latin_spelling": not person.latin_confirmed,
        "proof_of_residence": lacks_residence and "proof_of_residence" in papers,
        "replacement_reason": request.kind == "replacement" and not request.replacement_reason,
    }
    return tuple(code for code, is_missing in tests.items() if is_missing)


def complete(act: Act, request: IssuanceRequest, *, has_portrait: bool, has_signature: bool) -> None:
    """Everything is there: the request goes to the decision officer. InvalidInput lists what still is missing."""
    centres.check_own(act, request)
    missing = missing_now(
        request,
        has_portrait=has_portrait,
        has_signature=has_signature,
        lacks_fingerprints=fingerprints.are_missing(act, request),
        lacks_residence=history.is_missing(act, request),
    )
    if missing:
        raise InvalidInput("missing", "Still missing: %(codes)s. Add it first.", codes=", ".join(missing))
    request.missing = []
    duties.take(act, Task(DutyName.CASE, request))
    advance(request, RequestState.COMPLETE, actor=act.actor)
    act.record("request.complete", request)


def wait_for(act: Act, request: IssuanceRequest, missing: Iterable[str]) -> None:
    """Something is missing; the holder sees what. The 30 days run on (E4)."""
    centres.check_own(act, request)
    codes = sorted(set(missing))
    if not codes:
        raise InvalidInput("missing", "Choose what is missing; the holder is shown it.")
    request.missing = codes
    advance(request, RequestState.INCOMPLETE, actor=act.actor)
    tell_missing(act, request)
    act.record("request.incomplete", request, missing=", ".join(codes))


def tell_missing(act: Act, request: IssuanceRequest) -> None:
    """Write to the person that something is missing, once a day however often it is noted. A part of an act."""
    outbox.write(act, request, NoticeKind.MISSING, act.clock.today().isoformat())


def state_replacement(act: Act, request: IssuanceRequest, reason: str) -> None:
    """Say why a document is replaced, where the file from case handling did not."""
    centres.check_own(act, request)
    request.replacement_reason = one_of("replacement_reason", reason, request_words().replacement_reasons)
    act.record("request.replacement_reason", request, why=reason)


def record_residence(act: Act, request: IssuanceRequest, address: str) -> None:
    """The proof of residence was brought: keep the address it proves. A move is `housing.moving.move`."""
    centres.check_own(act, request)
    if request.state not in AT_THE_DESK:
        raise Conflict("The content is fixed once the request is complete. Lodge a replacement for changed data.")
    if not history.is_missing(act, request):
        raise Conflict("The register knows where the person lives. Record the move on the page of it.", field="address")
    kept = names.check_text("address", address)
    if not kept:
        raise InvalidInput("address", "Type the address as the proof of residence gives it.")
    people.change(act, request.person, {"address": kept}, Made("residence"))
    history.follow(act, request.person, "residence")  # of a person whom a server of the release before lodged meanwhile
    act.record("person.residence_recorded", request, request.person)


def record_phone(act: Act, request: IssuanceRequest, phone: str) -> None:
    """Where the holder is called from now on; empty for nowhere. It stands on no document: it changes until the end."""
    centres.check_own(act, request)
    if request.state in ENDED:
        raise Conflict("This request has ended. Write the number into the next one.")
    kept = fields.read("phone", phone)
    if kept == request.phone:
        raise Conflict("That is the number already. Nothing was changed.")
    request.phone = kept
    act.record("request.phone_recorded", request)


def confirm_spelling(act: Act, request: IssuanceRequest, family_name: str, given_names: str) -> None:
    """A person confirms the Latin spelling that will be printed (docs/law.md, section 5)."""
    centres.check_own(act, request)
    if request.state not in AT_THE_DESK:
        raise Conflict("The spelling is fixed once the request is complete. Lodge a replacement for changed data.")
    people.spell(
        act,
        request.person,
        names.check_latin_name("family_name", family_name),
        names.check_latin_name("given_names", given_names, required=False),
    )
    duties.take(act, Task(DutyName.CASE, request))
    act.record("person.spelling_confirmed", request, request.person)
