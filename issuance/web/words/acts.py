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
    "job.not_started": lazy_gettext("Not started, queued again"),
    "job.resolved": lazy_gettext("Held job resolved"),
    "job.renumbered": lazy_gettext("Goes on under a new number, since the register was restored"),
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
    "account.second_factor_reset": lazy_gettext("Second factor forgotten, as its owner lost it"),
    "station.added": lazy_gettext("Station added"),
    "station.registered": lazy_gettext("Station started"),
    "station.settings_chosen": lazy_gettext("Settings chosen for a station"),
    "station.settings_taken": lazy_gettext("Settings taken by a station"),
    "station.test_asked": lazy_gettext("Test print asked for"),
    "station.test_printed": lazy_gettext("Test print made"),
    "shift.opened": lazy_gettext("Shift opened"),
    "shift.closed": lazy_gettext("Shift closed"),
    "register.restored": lazy_gettext("Register restored from a back-up"),
    "station.journal_told": lazy_gettext("Journal told by a station after a restore"),
    "station.reconciled": lazy_gettext("Station reconciled after a restore"),
    "difference.settled": lazy_gettext("Difference to a station's journal settled"),
    "stock.loaded": lazy_gettext("Blanks put into a station"),
}


def act_word(act: str) -> str:
    """An act in words; its code where there are none."""
    return str(ACTS.get(act) or MORE_ACTS.get(act) or act)
