"""Public texts in other languages: each beside the Romanian, who has read it, and what it says in Romanian again.

A text that a machine made is read by somebody who speaks the language; an administrator keeps who it was and the
back-translation (ADR 0080). The reading of a release is in `translations/reviews.toml` and stands for all texts.
"""

from __future__ import annotations

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext

from issuance.errors import InvalidInput
from issuance.law.office import text_reviews
from issuance.models.staff import RoleName
from issuance.services.rights import texts
from issuance.services.rights.texts import Reading
from issuance.web.frame import i18n
from issuance.web.frame.auth import allow
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.forms import Form
from issuance.web.frame.i18n import RIGHT_TO_LEFT, endonym
from issuance.web.frame.rail import Group, Queue
from issuance.web.frame.tongues.texts import PublicText, public_texts

blueprint = Blueprint("translations", __name__, url_prefix="/translations")

QUEUES = (
    Queue(
        lazy_gettext("Translations"),
        "admin.translations.listed",
        (RoleName.ADMINISTRATOR,),
        group=Group.OFFICE,
    ),
)
ROWS = 25


def _foreign() -> tuple[str, ...]:
    """The languages whose texts are not ours."""
    return tuple(each for each in i18n.of_everybody() if each not in text_reviews.OURS)


@blueprint.get("")
@allow(RoleName.ADMINISTRATOR)
def listed() -> ResponseReturnValue:
    """The texts of one language, those that nobody has read ahead."""
    language = request.args.get("language", "")
    return _page(language if language in _foreign() else _foreign()[0])


@blueprint.post("")
@allow(RoleName.ADMINISTRATOR)
def review() -> ResponseReturnValue:
    """Keep that one text was read by somebody who speaks the language."""
    form = Form.sent()
    language, digest = form.choice("language", _foreign()), form.text("digest", limit=40)
    with form.catch():
        reading = Reading(form.text("reader", limit=100), form.text("back", limit=2000, lines=True))
        form.check()
        if not any(text.digest == digest for text in public_texts(language)):
            raise InvalidInput("back", "This text has changed. Open the page again and read the new one.")
        with current_office().act(current_actor()) as act:
            texts.keep(act, language, digest, reading)
        flash(gettext("Kept: the text was read."), "done")
        return redirect(url_for("admin.translations.listed", language=language), 303)
    return _page(language if language in _foreign() else _foreign()[0], form)


def _page(language: str, sent: Form | None = None) -> ResponseReturnValue:
    form = sent or Form()
    with current_office().reading(current_actor()) as look:
        kept = texts.of_language(look, language)
        every = public_texts(language)
        unread = [text for text in every if text.digest not in kept]
        page = render_template(
            "admin/translations.html",
            form=form,
            chosen=_chosen(unread, form.value("digest") or request.args.get("text", "")),
            language_read=language,
            direction_read="rtl" if language in RIGHT_TO_LEFT else "ltr",
            choices=[(each, endonym(each)) for each in _foreign()],
            endonym_read=endonym(language),
            shipped=text_reviews.load().get(language),
            count=len(every),
            unread=unread[:ROWS],
            open_count=len(unread),
            uneven=[text for text in every if text.differences],
            read=[(text, kept[text.digest]) for text in every if text.digest in kept],
        )
    return make_response(page, form.status)


def _chosen(unread: list[PublicText], digest: str) -> PublicText | None:
    """The text that the form is about: the one asked for, else the first that nobody has read."""
    return next((text for text in unread if text.digest == digest), unread[0] if unread else None)
