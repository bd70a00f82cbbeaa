"""What the pages of the waiting room share: the slips as PDF."""

from __future__ import annotations

from flask import Response, request

from issuance.errors import Conflict
from issuance.web.case.specimen import sentence_about
from issuance.web.words.languages import languages
from printing import papers
from printing.errors import PrintingError
from printing.papers import Paper


def tongues(paper: type[Paper]) -> list[tuple[str, str]]:
    """The languages that can stand beside Romanian."""
    return [(code, label) for code, label in languages() if code in papers.languages(paper) and code != "ro"]


def printed(paper: Paper) -> Response:
    """The slip in the language that the address asks for, else with English beside Romanian."""
    wanted = request.args.get("language", "")
    try:
        composed = papers.compose(paper, wanted if wanted in papers.languages(type(paper)) else "en")
    except PrintingError as error:
        raise Conflict("The paper cannot be printed. %(why)s", why=sentence_about(error)) from error
    answer = Response(composed.pdf(), mimetype="application/pdf")
    answer.headers["Content-Disposition"] = f'inline; filename="{paper.file}.pdf"'
    return answer
