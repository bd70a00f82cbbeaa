"""What the pages behind an answer reply when there is nothing to do: ask again, or come back later."""

from __future__ import annotations

import datetime as dt

from flask import Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from issuance.clock import OFFICE_ZONE
from issuance.services.trust.limits import TooManyTries
from issuance.web.frame.current import current_office


def question() -> ResponseReturnValue:
    """Back to the question: a page lay open for long, or the language menu led to an address."""
    return redirect(url_for("public.status.ask", lang=request.args.get("lang")), 303)


def too_often(error: TooManyTries, template: str = "public/limited.html") -> Response:
    """When to try again."""
    minutes = -(-error.retry_after // 60)
    again = (current_office().clock.now() + dt.timedelta(minutes=minutes)).astimezone(OFFICE_ZONE)
    answer = make_response(render_template(template, minutes=minutes, again=f"{again:%H:%M}"), 429)
    answer.headers["Retry-After"] = str(error.retry_after)
    return answer
