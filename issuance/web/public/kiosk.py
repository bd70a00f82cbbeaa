"""The kiosk of a waiting room: the question and answer of the status page, for fingers, a scanner and ears.

The language stands in the address and is never remembered. Nothing of a person stays: no cookie, no storage, and with
scripts no entry in the history (`static/js/kiosk.js`). See docs/kiosk.md and docs/adr/0075-kiosk.md.
"""

from __future__ import annotations

from flask import (
    Blueprint,
    Response,
    g,
    make_response,
    redirect,
    render_template,
    request,
    send_from_directory,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import force_locale, gettext

from issuance.values import references
from issuance.web.frame.auth import public
from issuance.web.frame.current import current_office
from issuance.web.frame.forms import Form
from issuance.web.frame.headers import ONE_YEAR
from issuance.web.frame.i18n import DEFAULT_LANGUAGE, RIGHT_TO_LEFT, endonym, language, of_everybody, speak_for_now
from issuance.web.public.parts import answering, voices
from issuance.web.public.parts.answering import Templates
from printing.pages.symbols import qr

TEMPLATES = Templates("public/kiosk/answer.html", "public/kiosk/not_found.html", "public/kiosk/limited.html")
KEYS = "0123456789" + "".join(letter for letter in references.ALPHABET if letter.isalpha())
ONLY_IN_DATES = "01"
QR_SIDE = 100.0

blueprint = Blueprint("kiosk", __name__, url_prefix="/kiosk")


@blueprint.get("")
@public
def start() -> str:
    """Every language by its own name; for who comes the first time the way to the form, on a phone of their own."""
    speak_for_now(DEFAULT_LANGUAGE)
    tongues = [(each, "rtl" if each in RIGHT_TO_LEFT else "ltr", *_said(each)) for each in of_everybody()]
    address = current_office().settings.public_url.rstrip("/") + url_for("ahead.form.fill")
    return render_template(
        "public/kiosk/start.html",
        menu=[(code, endonym(code), direction, question) for code, direction, question, _ in tongues],
        invitations=[(code, direction, invitation) for code, direction, _, invitation in tongues],
        squares=qr(address, (0, 0, QR_SIDE, QR_SIDE)),
        side=QR_SIDE,
    )


def _said(code: str) -> tuple[str, str]:
    with force_locale(code):
        return str(gettext("Where is my document?")), str(gettext("First time here? Scan this with your phone."))


@blueprint.route("/<tongue>", methods=["GET", "POST"])
@public
def ask(tongue: str) -> ResponseReturnValue:
    """The question in a language, and its answer."""
    if tongue not in of_everybody():
        return redirect(url_for("public.kiosk.start"), 303)
    speak_for_now(tongue)
    form = answering.asked()
    if request.method == "POST":
        with form.catch():
            return answering.answer(TEMPLATES, answering.read(form), Form())
    page = render_template("public/kiosk/ask.html", form=form, keys=KEYS, only_in_dates=ONLY_IN_DATES)
    return make_response(page, form.status)


@blueprint.get("/voices/<name>")
@public
def voice(name: str) -> Response:
    """A sentence, spoken; its name changes with what it says."""
    g.kept_for = ONE_YEAR
    return send_from_directory(voices.FOLDER, name, mimetype="audio/ogg")


@blueprint.app_template_global()
def spoken(sentence: object) -> str:
    """The address of the file that says a sentence of this page; empty where it was not made."""
    name = voices.name(language(), str(sentence))
    return url_for("public.kiosk.voice", name=name) if (voices.FOLDER / name).exists() else ""
