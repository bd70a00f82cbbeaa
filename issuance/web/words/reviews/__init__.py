"""The codes of a review, as people say them."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext

STATES: dict[str, Any] = {
    "opened": lazy_gettext("the person is not told yet"),
    "notified": lazy_gettext("to be heard"),
    "heard": lazy_gettext("to be decided"),
    "proposed": lazy_gettext("waits for a second officer"),
    "agreed": lazy_gettext("decision to be delivered"),
    "communicated": lazy_gettext("may be appealed"),
    "appealed": lazy_gettext("under appeal"),
    "stopped": lazy_gettext("stopped"),
    "maintained": lazy_gettext("protection maintained"),
    "withdrawn": lazy_gettext("protection ended"),
}
TONES = {"stopped": "plain", "maintained": "done", "withdrawn": "stop"}
ORIGINS: dict[str, Any] = {
    "ex_officio": lazy_gettext("The inspectorate itself"),
    "proposal": lazy_gettext("On proposal of an institution"),
    "holder": lazy_gettext("The person renounces in writing"),
}
KINDS: dict[str, Any] = {"cessation": lazy_gettext("Cessation"), "cancellation": lazy_gettext("Cancellation")}
HOW: dict[str, Any] = {
    "at_the_desk": lazy_gettext("handed over at the desk"),
    "at_home": lazy_gettext("handed over at home"),
    "by_post": lazy_gettext("by post, with confirmation"),
    "to_representative": lazy_gettext("handed to the representative"),
    "posted_at_the_door": lazy_gettext("posted at the door"),
}
DELIVERED: dict[str, Any] = {
    "notice": lazy_gettext("Notice of the review"),
    "invitation": lazy_gettext("Invitation to the interview"),
    "decision": lazy_gettext("Decision"),
    "explanation": lazy_gettext("Explanation of the renunciation"),
}
HEARINGS: dict[str, Any] = {
    "interview": lazy_gettext("Interview"),
    "statement": lazy_gettext("Written statement"),
    "file": lazy_gettext("Did not come: decided on the file"),
}
PRESENT: dict[str, Any] = {
    "lawyer": lazy_gettext("Lawyer"),
    "interpreter": lazy_gettext("Interpreter"),
    "unhcr": lazy_gettext("UNHCR"),
    "ngo": lazy_gettext("Non-governmental organisation"),
}
OUTCOMES: dict[str, Any] = {
    "maintained": lazy_gettext("Protection is maintained"),
    "ceased": lazy_gettext("Protection has ceased"),
    "cancelled": lazy_gettext("Protection is cancelled"),
}
RESULTS: dict[str, Any] = {
    "rejected": lazy_gettext("Rejected: the decision stands"),
    "withdrawn": lazy_gettext("Withdrawn by the person"),
    "admitted": lazy_gettext("Admitted: protection stays"),
}
STEPS: dict[str, Any] = {
    "notice": lazy_gettext("Notice delivered"),
    "hearing": lazy_gettext("Person heard"),
    "decision": lazy_gettext("Decision taken by two"),
    "communication": lazy_gettext("Decision delivered"),
    "appeal": lazy_gettext("Appeal, last day"),
}
NEXT: dict[str, Any] = {
    "opened": lazy_gettext("Deliver the notice"),
    "notified": lazy_gettext("Hear the person"),
    "heard": lazy_gettext("Propose the decision"),
    "proposed": lazy_gettext("Agree, as a second officer"),
    "agreed": lazy_gettext("Deliver the decision"),
    "communicated": lazy_gettext("Wait for an appeal, then end it"),
    "appealed": lazy_gettext("Record the result of the appeal"),
}
