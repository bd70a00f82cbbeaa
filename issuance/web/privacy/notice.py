"""What everybody is told about their data (Art 13), to be read by everybody: no login, no session.

The texts and the words around them are those of `privacy.toml`, which the report of a person says too.
"""

from __future__ import annotations

from flask import Blueprint, g, render_template
from flask_babel import get_locale

from issuance.law.office.privacy import SECTIONS, notice_version, of_section, privacy
from issuance.law.persons.rights import LANGUAGES, places
from issuance.services.privacy import notice
from issuance.web.frame.auth import public
from issuance.web.frame.current import current_office

blueprint = Blueprint("notice", __name__, url_prefix="/privacy")


@blueprint.get("")
@public
def show() -> str:
    """The notice in the language of the reader."""
    g.languages = LANGUAGES
    language = str(get_locale())
    with current_office().reading() as look:
        state = notice.state_of(look, language)
    return render_template(
        "privacy/notice.html",
        heads={name: privacy().heads[name].in_(language) for name in ("title", "version", *SECTIONS)},
        sections=[(name, of_section(name)) for name in SECTIONS],
        places=places,
        said_in=language,
        version=notice_version(),
        by_machine=state == "machine",
    )
