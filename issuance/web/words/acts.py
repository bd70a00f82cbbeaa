"""Every act in words, by the name of its audit event."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext

ACTS: dict[str, Any] = {
    "case.opened": lazy_gettext("Case opened"),
    "case.opened_elsewhere": lazy_gettext("Case opened by another centre"),
    "case.closed": lazy_gettext("Case handling closed the person's case"),
    "request.lodged": lazy_gettext("Request lodged"),
    "request.incomplete": lazy_gettext("Something is missing; the holder was told"),
    "request.complete": lazy_gettext("Complete, sent to the decision officer"),
    "request.replacement_reason": lazy_gettext("Reason of the replacement stated"),
    "request.approved": lazy_gettext("Approved"),
    "request.refused": lazy_gettext("Refused"),
    "request.sent_back": lazy_gettext("Sent back to the desk"),
    "request.withdrawn": lazy_gettext("Withdrawn"),
    "person.spelling_confirmed": lazy_gettext("Latin spelling confirmed"),
    "person.residence_recorded": lazy_gettext("Proof of residence recorded"),
    "portrait.added": lazy_gettext("Portrait taken or uploaded"),
    "portrait.accepted": lazy_gettext("Portrait accepted"),
    "portrait.cropped": lazy_gettext("Another part of the portrait chosen for print"),
    "portrait.reused": lazy_gettext("Earlier portrait used again"),
    "notice.given": lazy_gettext("Notice of rights and duties given"),
    "job.queued": lazy_gettext("Print job ready for a station"),
    "job.claimed": lazy_gettext("Print job claimed by a station"),
    "job.sent": lazy_gettext("Sent to the bureau"),
    "job.done": lazy_gettext("Printed"),
    "job.spoiled": lazy_gettext("Spoiled, a new number was made"),
    "job.held": lazy_gettext("Held: nobody knows yet what the machine did"),
    "job.not_started": lazy_gettext("Not started, a new number was made"),
    "job.fetched": lazy_gettext("Order given to the station: its number is spent"),
    "job.leave_given": lazy_gettext("Station let take a blank"),
    "job.leave_refused": lazy_gettext("Station not let take a blank"),
    "job.confirmed": lazy_gettext("Station reported late, as was settled"),
    "job.contradicted": lazy_gettext("A station's report contradicts what is settled"),
    "job.contradiction_settled": lazy_gettext("Contradicting report settled"),
    "job.not_started_said": lazy_gettext("A first person saw that it was not started"),
    "job.resolved": lazy_gettext("Held job resolved"),
    "document.checked": lazy_gettext("Read back and found equal"),
    "document.rejected": lazy_gettext("Rejected at the check"),
    "document.handed_over": lazy_gettext("Handed over"),
    "chip.read_asked": lazy_gettext("Chip reading asked for"),
    "chip.read": lazy_gettext("Chip read"),
    "chip.channel_opened": lazy_gettext("Secure channel to the blank chip opened"),
    "chip.channel_refused": lazy_gettext("Secure channel to the blank chip refused"),
    "retention.applied": lazy_gettext("Biometrics deleted under the retention rules"),
    "retention.key_destroyed": lazy_gettext("Everything encrypted was destroyed under the retention rules"),
}


MORE_ACTS: dict[str, Any] = {
    "account.added": lazy_gettext("Account added"),
    "account.logged_in": lazy_gettext("Logged in"),
    "account.logged_out": lazy_gettext("Logged out"),
    "account.login_refused": lazy_gettext("Log-in refused"),
    "account.logins_refused": lazy_gettext("More log-ins refused in a quarter of an hour"),
    "account.closed": lazy_gettext("Account closed"),
    "account.reopened": lazy_gettext("Account opened again"),
    "account.roles_changed": lazy_gettext("Roles of an account changed"),
    "account.moved": lazy_gettext("Account moved to another centre"),
    "account.password_reset": lazy_gettext("New first password given"),
    "account.password_changed": lazy_gettext("Password changed by its owner"),
    "account.sessions_ended": lazy_gettext("Sessions of an account ended"),
    "account.second_factor_reset": lazy_gettext("Second factor forgotten, as its owner lost it"),
    "station.added": lazy_gettext("Station added"),
    "station.closed": lazy_gettext("Station closed"),
    "station.reopened": lazy_gettext("Station opened again"),
    "station.enrolled": lazy_gettext("Station's key enrolled"),
    "station.token_renewed": lazy_gettext("New token made for a station"),
    "station.limit_set": lazy_gettext("Speed of a station set"),
    "station.started": lazy_gettext("Station's program started"),
    "station.start_refused": lazy_gettext("Start of a station's program refused"),
    "station.ended": lazy_gettext("Station's program ended"),
    "station.doubted": lazy_gettext("Two programs spoke as one station"),
    "station.life_chosen": lazy_gettext("A first person said which program is the station"),
    "station.life_confirmed": lazy_gettext("Two persons said which program is the station"),
    "station.registered": lazy_gettext("Station told its devices"),
    "station.settings_chosen": lazy_gettext("Settings chosen for a station"),
    "station.settings_taken": lazy_gettext("Settings taken by a station"),
    "station.test_asked": lazy_gettext("Test print asked for"),
    "station.test_printed": lazy_gettext("Test print made"),
    "station.resume_asked": lazy_gettext("Said that a station goes on after spoiled cards"),
    "station.resumed": lazy_gettext("Station went on after spoiled cards"),
    "clock.stopped": lazy_gettext("The clock jumped: acts that date or destroy are stopped"),
    "clock.confirmed": lazy_gettext("The time was said by a first person"),
    "clock.resumed": lazy_gettext("The time was said by a second person: acts go on"),
    "shift.opened": lazy_gettext("Shift opened"),
    "shift.closed": lazy_gettext("Shift closed"),
    "stock.loaded": lazy_gettext("Blanks put into a station"),
}


def act_word(act: str) -> str:
    """An act in words; its code where there are none."""
    return str(ACTS.get(act) or MORE_ACTS.get(act) or act)
