"""Which tables keep something about a person, and what of them a report leaves out, with the reason (Art 15(4)).

A new table that leads to a person, request or document is named here, or a test fails: in ABOUT by the columns that
lead to the person, or in LEFT_OUT by the code of its reason in `privacy.toml`.
"""

from __future__ import annotations

from collections.abc import Mapping

ABOUT: Mapping[str, tuple[str, ...]] = {
    "person": ("id", "merged_into"),
    "person_version": ("person_id",),
    "correction": ("person_id",),
    "regrouping": ("from_id", "to_id"),
    "rights_notice": ("person_id",),
    "family_link": ("person_id", "relative_id"),
    "mandate": ("person_id", "holder_id"),
    "contact": ("person_id",),
    "request": ("person_id",),
    "protection_grant": ("person_id",),
    "lone_child": ("person_id",),
    "registration": ("request_id",),
    "portrait": ("request_id",),
    "signature": ("request_id",),
    "fingerprint": ("request_id",),
    "evidence": ("request_id",),
    "mistake": ("request_id",),
    "told_mistake": ("request_id",),
    "told_contact": ("request_id",),
    "told_time": ("request_id",),
    "appointment": ("request_id",),
    "ticket": ("appointment_id",),
    "outlook": ("request_id",),
    "transfer": ("request_id",),
    "uncollected": ("request_id",),
    "notice": ("request_id",),
    "document": ("request_id",),
    "hand_over": ("document_id",),
    "loss_report": ("document_id",),
    "told_loss": ("document_id",),
    "ending": ("document_id",),
    "quality_check": ("document_id",),
    "showing": ("document_id",),
    "confirmation": ("document_id",),
    "print_job": ("document_id",),
    "demand": ("person_id",),
    "access_report": ("demand_id",),
    "disclosure": ("person_id",),
    "informed": ("person_id",),
    "restriction": ("person_id",),
    "breach_line": ("request_id",),
    "residence": ("person_id",),
    "handled_case": ("person_id",),
    "case_event": ("case_id",),
    "case_proposal": ("person_id",),
    "consent": ("mandate_id",),
    "mandate_use": ("person_id",),
    "reunification": ("person_id",),
    "reunification_member": ("reunification_id", "relative_id"),
    "lateness": ("request_id",),
    "departure": ("request_id",),
    "group_member": ("person_id",),
    "review": ("person_id",),
    "review_delivery": ("review_id",),
    "review_presence": ("review_id",),
    "observation": ("person_id",),
    "referral": ("person_id",),
    "protection": ("person_id",),
    "protection_attempt": ("protection_id",),
}
"""What a report says, in the order in which it is gathered: by these columns its rows are the person's."""

SECURITY, OTHERS, MACHINERY = "security", "other_persons", "nothing_more"

LEFT_OUT: Mapping[str, str] = {
    "data_key": SECURITY,
    "blob": SECURITY,
    "phone_pad": SECURITY,
    "receipt_code": SECURITY,
    "document_seal": SECURITY,
    "document_chip": SECURITY,
    "chip_read": SECURITY,
    "namesakes": OTHERS,
    "person_key": MACHINERY,
    "person_name": MACHINERY,
    "told_stop": MACHINERY,
    "told_code": MACHINERY,
    "told_receipt": MACHINERY,
    "step_aside": MACHINERY,
    "bulk_case": MACHINERY,
    "duty": MACHINERY,
    "duty_override": MACHINERY,
    "blank": MACHINERY,
    "bureau_card": MACHINERY,
    "stray_blank": MACHINERY,
    "stack_card": MACHINERY,
    "stock_move": MACHINERY,
    "tray_card": MACHINERY,
    "contradiction": MACHINERY,
    "protection_named": OTHERS,
    "suspicion": OTHERS,
    "suspicion_told": OTHERS,
    "interpreter_slot": MACHINERY,
    "feed_row": MACHINERY,
    "feed_line": MACHINERY,
}
"""What a report does not repeat: keys and codes, what says who somebody else is, and machinery that says nothing of the
person which is not in a table above (`nothing_more`: what was done, and when, is in the list of acts)."""

THE_PERSONS = frozenset({"request", "document", "person_version", "appointment", "contact", "demand", "print_job"})
"""Tables whose rows' keys are said where another row names them: those rows are in the report too."""

FILES: Mapping[str, tuple[str, str]] = {
    "portrait.master_id": ("portrait", "jpg"),
    "portrait.print_id": ("portrait-printed", "jpg"),
    "signature.picture_id": ("signature", "png"),
    "fingerprint.template_id": ("fingerprint", "bin"),
    "evidence.blob_id": ("paper", "pdf"),
    "hand_over.signature_id": ("signature-at-hand-over", "png"),
    "showing.front_id": ("document-front", "jpg"),
    "showing.back_id": ("document-back", "jpg"),
}
"""What is encrypted and becomes a file: the beginning of its name, and its format unless the row says it."""

TEXTS = frozenset(
    {
        *("mistake.blob_id", "demand.said_id", "demand.answer_id", "showing.read_id", "document.content_id"),
        *("review.detail_id", "protection.reason_id", "departure.note_id"),
    }
)
"""What is encrypted and is said in the row: words, or JSON."""

KINDS: Mapping[str, tuple[str, ...]] = {
    "identity": (
        *("person", "person_version", "correction", "regrouping", "rights_notice", "residence"),
        *("handled_case", "case_event", "case_proposal"),
    ),
    "people": (
        *("family_link", "mandate", "lone_child", "consent", "mandate_use"),
        *("reunification", "reunification_member"),
    ),
    "requests": (
        *("request", "protection_grant", "registration", "outlook", "transfer", "uncollected"),
        *("mistake", "told_mistake", "lateness", "review", "review_delivery", "review_presence"),
        *("observation", "referral", "departure", "group_member"),
    ),
    "pictures": ("portrait", "signature", "fingerprint", "showing"),
    "papers": ("evidence",),
    "documents": ("document", "hand_over", "loss_report", "told_loss", "ending", "quality_check", "print_job"),
    "messages": ("contact", "told_contact", "notice", "appointment", "told_time", "ticket"),
    "privacy": (
        *("confirmation", "demand", "access_report", "disclosure", "informed", "restriction", "breach_line"),
        *("protection", "protection_attempt"),
    ),
}
"""The tables of ABOUT as a reader thinks of them; each is of one kind."""

HIDDEN: Mapping[str, tuple[str, ...]] = {
    SECURITY: (
        "contact.encrypted",  # the address itself is said
        "contact.stop_digest",
        "contact.address_digest",
        "contact.code_digest",
        "confirmation.digest",
        "print_job.digests",
        "print_job.claim_id",
        "access_report.digest",
        "case_event.encrypted",  # what it said once it was applied stands in the tables above
        "case_event.digest",
        "notice.gateway_id",
    ),
    OTHERS: (
        "observation.note_id",
        "regrouping.reason",
        "regrouping.evidence",
        "regrouping.moved",
        "regrouping.requests",
    ),
    MACHINERY: ("*.version", "*.state_by", "request.mark", "print_job.turn_id", "portrait.findings"),
}
"""Columns that are left out, by reason; a `*` stands for every table. What names staff, stations or another person is
left out by where it leads."""


def hidden() -> frozenset[str]:
    """Every such column."""
    return frozenset(name for names in HIDDEN.values() for name in names)
