"""Rights and duties, to be read by everybody: no login, no session, nothing is known of who reads.

The texts are those of `rights.toml`, which the office reads to a person; the words around are in the TOML file
beside this page.
"""

from __future__ import annotations

from flask import Blueprint, g, render_template
from flask_babel import get_locale

from issuance.errors import NotFound
from issuance.law.persons import rights
from issuance.services.persons import notices
from issuance.web.frame.auth import public
from issuance.web.frame.current import current_office
from issuance.web.public.parts.spoken import LANGUAGES, words_in

blueprint = Blueprint("rights", __name__, url_prefix="/rights")


@blueprint.get("")
@public
def choose() -> str:
    """Of which status."""
    return _page()


@blueprint.get("/<status>")
@public
def show(status: str) -> str:
    """The rights and duties of a status, each with its articles; NotFound for one that has none."""
    read = rights.read_to(status)
    if read is None:
        raise NotFound("There is no such status. Choose one of the list.")
    return _page(read)


def _page(read: rights.Read | None = None) -> str:
    g.languages = LANGUAGES
    language = str(get_locale())
    with current_office().reading() as look:
        made = {} if read is None else {"by_machine": notices.state_of(look, read, language) == "machine"}
    return render_template(
        "public/rights.html",
        **made,
        words=words_in("rights", language),
        read=read,
        statuses=rights.rights().statuses,
        said_in=language,
        articles=rights.articles,
    )
