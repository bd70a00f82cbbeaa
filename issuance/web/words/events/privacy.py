"""The codes of data protection, as staff reads them."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext

DEMANDS: dict[str, Any] = {
    "access": lazy_gettext("Report of everything that is kept (Art 15)"),
    "rectification": lazy_gettext("Something is to be corrected (Art 16)"),
    "restriction": lazy_gettext("The data are not to be used (Art 18)"),
    "objection": lazy_gettext("Objection to what the office does (Art 21)"),
    "question": lazy_gettext("Question"),
    "complaint": lazy_gettext("Complaint"),
}
IDENTITIES: dict[str, Any] = {
    "portrait": lazy_gettext("The face agrees with the portrait on this page"),
    "travel_document": lazy_gettext("By a passport or other travel document"),
    "receipt_and_questions": lazy_gettext("By the receipt and questions from the file"),
}
"""How the identity of who asks was confirmed."""

OUTCOMES: dict[str, Any] = {
    "granted": lazy_gettext("Done as asked"),
    "refused": lazy_gettext("Not done"),
    "withdrawn": lazy_gettext("Not asked for any more"),
}
GROUNDS: dict[str, Any] = {
    "contested": lazy_gettext("The person says that they are wrong, until that is checked"),
    "unlawful": lazy_gettext("They may not be used, and the person does not want them deleted"),
    "claims": lazy_gettext("The office needs them no more, the person does for a claim"),
    "objected": lazy_gettext("The person objected, until that is decided"),
}
RECIPIENTS: dict[str, Any] = {
    "police": lazy_gettext("Police"),
    "code_reader": lazy_gettext("A reader with the holder's code"),
    "child_protection": lazy_gettext("Child protection"),
    "court": lazy_gettext("A court"),
    "prosecutor": lazy_gettext("A prosecutor"),
    "authority": lazy_gettext("Another authority"),
    "health": lazy_gettext("A doctor or hospital"),
    "other_state": lazy_gettext("Another State"),
    "unhcr": lazy_gettext("UNHCR"),
    "lawyer": lazy_gettext("The person's lawyer or representative"),
    "body": lazy_gettext("A body with the person's mandate"),
    "case_handling": lazy_gettext("Case handling"),
    "return_system": lazy_gettext("The return system"),
    "sis": lazy_gettext("The Schengen Information System"),
    "sltd": lazy_gettext("Interpol"),
}
TOLD: dict[str, Any] = {
    "identity": lazy_gettext("name and data"),
    "picture": lazy_gettext("the portrait"),
    "address": lazy_gettext("the address"),
    "status": lazy_gettext("the status"),
    "validity": lazy_gettext("whether the document holds"),
    "papers": lazy_gettext("papers of the file"),
    "number": lazy_gettext("number and state of the document"),
    "case_step": lazy_gettext("a step of the case, without a name"),
    "need": lazy_gettext("what the person needs"),
}
WITHHELD: dict[str, Any] = {
    "staff_names": lazy_gettext("names of staff"),
    "other_persons": lazy_gettext("data of other persons"),
    "security": lazy_gettext("keys and codes"),
    "destroyed": lazy_gettext("what was destroyed under retention"),
}
