"""What the pages of a review share: how they act on it, and its one page with everything of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar
from uuid import UUID

from flask import flash, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from issuance.acts import Act, Look
from issuance.errors import StaleState
from issuance.law.persons import withdrawal as law
from issuance.law.persons.withdrawal import Exclusion, Ground
from issuance.models.reviews import Review
from issuance.models.staff import RoleName, Staff
from issuance.services.reviews import decisions, deliveries, ending, files, hearings, partaking, terms
from issuance.services.reviews.deliveries import Delivered
from issuance.states import ReviewState
from issuance.web.case.card import card
from issuance.web.case.papers import written
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.forms import Form, options
from issuance.web.frame.i18n import language
from issuance.web.words import reviews as words
from issuance.web.words.codes import PROCEDURES, STATUS_WORDS
from issuance.web.words.languages import CODES, language_name, languages

DESK, OPENERS, READERS = files.DESK, files.OPENERS, files.READERS
OFFICER = RoleName.DECISION_OFFICER


@contextmanager
def acting(form: Form, review_id: UUID) -> Iterator[tuple[Act, Review]]:
    """Act on a review of the centre where one works: nothing in the form was refused, and nothing changed since."""
    form.check()
    with current_office().act(current_actor()) as act:
        review = files.own(act, review_id)
        if review.version != form.version:
            raise StaleState("Someone else changed this meanwhile. Look at it again below, and send it again.")
        yield act, review


def done(review_id: UUID, message: str) -> ResponseReturnValue:
    """Back to the review, which says what was done."""
    flash(message, "done")
    return redirect(url_for("reviews.file.show", review_id=review_id), 303)


Typed = TypeVar("Typed")


def recorded(
    review_id: UUID, name: str, read: Callable[[Form], Typed], do: Callable[[Act, Review, Typed], object], said: str
) -> ResponseReturnValue:
    """One act on a review by what a form says; the form called `name` is shown again with what was refused."""
    form = Form.sent()
    with form.catch():
        typed = read(form)
        with acting(form, review_id) as (act, review):
            do(act, review, typed)
        return done(review_id, said)
    return page(review_id, **{name: form})


def delivered_of(form: Form) -> Delivered:
    """What was typed of a delivery."""
    return Delivered(
        on=form.date("delivered_on"),
        how=form.choice("how", words.HOW),
        language=form.choice("language", CODES),
        interpreter=form.text("interpreter", limit=100, required=False),
        signed=form.choice("signed", ("yes", "no")) == "yes",
    )


def page(review_id: UUID, template: str = "reviews/file.html", /, **sent: Form) -> ResponseReturnValue:
    """The page of a review, with the forms that were sent and refused."""
    with current_office().reading(current_actor()) as look:
        review = files.own(look, review_id)
        forms = _forms(look, review) | sent
        for form in forms.values():
            form.values["version"] = review.version
        shown = render_template(
            template,
            review=review,
            card=card(look, review.request),
            forms=forms,
            may=_may(look, review),
            paper_language=written(review.person.language),
            **_facts(look, review),
            **_choices(review),
        )
    return make_response(shown, max((form.status for form in sent.values()), default=200))


def said(thing: Ground | Exclusion) -> str:
    """A ground or letter with its article, in the language of the page."""
    if isinstance(thing, Ground):
        return thing.in_(language())
    return f"{thing.legal_basis.text(language())}: {thing.title.text(language())}"


def _forms(look: Look, review: Review) -> dict[str, Form]:
    today = look.clock.today().isoformat()
    delivery = {"delivered_on": today, "language": review.person.language}
    presence = {"present_on": today}
    filled = {"delivery": delivery, "hearing": {"heard_on": today}, "presence": presence}
    names = ("interview", "detail", "proposal", "answer", "appeal", "result", "final", "stop")
    return {name: Form(filled.get(name, {})) for name in (*filled, *names)}


def _may(look: Look, review: Review) -> dict[str, bool]:
    """What the reader may do: officers decide, the desk delivers, an auditor reads."""
    roles, state = look.actor.roles, review.state
    officer, opener = OFFICER in roles, bool(roles & set(OPENERS))
    final = decisions.final_from(review)
    ends = state == ReviewState.COMMUNICATED or (state == ReviewState.APPEALED and bool(review.appeal_result))
    return {
        "deliver": bool(roles & set(DESK)),
        "open": opener,
        "decide": officer,
        "agree": officer and review.proposed_by != look.actor.id,
        "end": officer and ends and final is not None and look.clock.today() >= final,
    }


def _facts(look: Look, review: Review) -> dict[str, object]:
    today, grounds = look.clock.today(), law.grounds()
    is_over = review.state == ReviewState.WITHDRAWN
    return {
        "today": today,
        "state": words.STATES[review.state],
        "tone": words.TONES.get(review.state, "soon"),
        "next_step": words.NEXT.get(review.state, ""),
        "status_word": STATUS_WORDS[review.status],
        "kind_word": words.KINDS[review.kind],
        "origin_word": words.ORIGINS[review.origin],
        "procedure_word": PROCEDURES[review.procedure],
        "grounds": [said(grounds[code]) for code in review.ground_codes],
        "steps": [(words.STEPS[each.step], each) for each in terms.steps(review, today)],
        "language_of_page": language(),
        "deliveries": [(words.DELIVERED[row.what], row) for row in deliveries.of(look, review)],
        "present": [(words.PRESENT[row.kind], row) for row in hearings.present(look, review)],
        "invited": deliveries.is_invited(look, review),
        "final_from": decisions.final_from(review),
        "consent": partaking.consented(look, review, today),
        "names": _staff(look, review),
        "ends": ending.documents(look, review),
        "resting": ending.resting(look, review) if is_over else [],
        "family_article": law.withdrawal().no_effect_on_family.legal_basis.text(language()),
        "staying_article": law.withdrawal().staying.legal_basis.text(language()),
        "leaving_article": law.withdrawal().leaving.legal_basis.text(language()),
        "detail": _detail(look, review),
    }


def _detail(look: Look, review: Review) -> dict[str, object] | None:
    """The restricted detail in words, for who reads it."""
    if review.detail_id is None or not look.actor.roles & set(OPENERS):
        return None
    kept = files.detail(look, review)
    letters = [said(law.exclusions()[code]) for code in kept.exclusions]
    return {"letters": letters, "compelling": kept.compelling, "accepted": kept.accepted}


def _staff(look: Look, review: Review) -> dict[UUID, str]:
    named = (review.opened_by, review.proposed_by, review.agreed_by, review.ended_by)
    query = select(Staff.id, Staff.full_name).where(Staff.id.in_({each for each in named if each}))
    return {key: name for key, name in look.session.execute(query)}


def _choices(review: Review) -> dict[str, object]:
    outcomes = ("maintained", decisions.OF_A_KIND[review.kind])
    hearing = {code: label for code, label in words.HEARINGS.items() if code != "file" or review.interview_at}
    return {
        "how": options(words.HOW.items()),
        "how_words": words.HOW,
        "languages": languages(),
        "language_name": language_name,
        "hearings": options(hearing.items()),
        "hearing_words": words.HEARINGS,
        "present_kinds": options(words.PRESENT.items()),
        "outcomes": options((code, words.OUTCOMES[code]) for code in outcomes),
        "outcome_words": words.OUTCOMES,
        "results": options(words.RESULTS.items()),
        "result_words": words.RESULTS,
        "has_exception": any(law.grounds()[code].exception for code in review.ground_codes),
    }
