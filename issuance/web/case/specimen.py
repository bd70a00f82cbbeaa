"""The document as it would be printed, drawn while the clerk types: always a SPECIMEN, its faces in one picture."""

from __future__ import annotations

import io
from typing import Any

from flask_babel import lazy_gettext
from PIL import Image
from werkzeug.datastructures import MultiDict

from issuance.clock import Clock
from issuance.document_types import DocumentType
from issuance.errors import InvalidInput
from issuance.values import names
from issuance.values.cnp import check_cnp
from issuance.values.travel_documents import WITHOUT_PHOTO
from issuance.web.frame.forms import Form
from issuance.web.frame.i18n import sentence
from issuance.web.words.nationalities import OTHER_NATIONALITIES
from printing.content import DocumentContent, Template
from printing.errors import PrintingError
from printing.faces.compose import compose, rasterise
from printing.mrz.codes import NATIONALITIES
from printing.mrz.transliteration import propose_latin

PLACEHOLDER = "NUME"
UNKNOWN = "XXXX-XX-XX"
SCREEN_DPI = 200
GAP = 16
PAPER = "#f3f7f7"


def picture(content: DocumentContent, template: Template) -> bytes:
    """All faces, one below the other, as JPEG at 200 dpi. PrintingError where it cannot be printed."""
    faces = [rasterise(artwork.combined, SCREEN_DPI) for artwork in compose(content, template, specimen=True)]
    height = sum(face.height for face in faces) + GAP * (len(faces) - 1)
    sheet = Image.new("RGB", (max(face.width for face in faces), height), PAPER)
    top = 0
    for face in faces:
        sheet.paste(face, (0, top))
        top += face.height + GAP
    output = io.BytesIO()
    sheet.save(output, "JPEG", quality=85)  # fine lines as PNG take longer to write and to send than to compose
    return output.getvalue()


def draft(form: Form, kind: DocumentType, place: str, clock: Clock) -> DocumentContent:
    """What the document would say of what is typed so far; gaps are filled so that it can be drawn."""
    typed, today = Form(MultiDict(form.values)), clock.today()  # its refusals are nobody's business
    nationality = form.value("nationality") or "XXX"
    return DocumentContent(
        document_number=kind.number(0),
        family_name=_latin(form, "family_name") or PLACEHOLDER,
        given_names=_latin(form, "given_names"),
        native_name=typed.text("native_name", required=False),
        birth_date=typed.partial_date("birth_date", required=False) or UNKNOWN,
        birth_place=_latin(form, "birth_place"),
        sex=form.value("sex") or "X",
        nationality=kind.mrz.nationality_of(nationality) if kind.mrz else nationality,
        other_nationalities=_more(form),
        issue_date=today,
        expiry_date=kind.rules_on(today).valid_until(today),
        place_of_issue=place,
        personal_number=_cnp(form),
        address=typed.text("address", required=False),
        declared_identity=form.value("travel_document_shown") in ("", *WITHOUT_PHOTO),
    )


def _more(form: Form) -> tuple[str, ...]:
    typed = map(form.value, OTHER_NATIONALITIES)
    return tuple(code for code in typed if code in NATIONALITIES)


def _latin(form: Form, name: str) -> str:
    """A name as it would be proposed; nothing where its script has no table."""
    text = form.value(name)[: names.MAX_TEXT].strip()
    return text if names.is_latin(text) else propose_latin(text, form.value("language")) or ""


def _cnp(form: Form) -> str:
    try:
        return check_cnp(form.value("cnp"))
    except InvalidInput:
        return ""


def specimen(form: Form, kind: DocumentType, place: str, clock: Clock) -> bytes:
    """The picture of what is typed; LimanError, PrintingError or ValueError where there can be none."""
    return picture(draft(form, kind, place, clock), kind.template())


LABELS: dict[str, Any] = {
    "family_name": lazy_gettext("Family name"),
    "given_names": lazy_gettext("Given names"),
    "native_name": lazy_gettext("Native spelling"),
    "birth_date": lazy_gettext("Born on"),
    "birth_place": lazy_gettext("Place of birth"),
    "sex": lazy_gettext("Sex"),
    "nationality": lazy_gettext("Nationality"),
    "personal_number": lazy_gettext("Personal number (CNP)"),
    "address": lazy_gettext("Address"),
    "portrait": lazy_gettext("Portrait"),
    "place_of_issue": lazy_gettext("Centre"),
    "content": lazy_gettext("Document"),
}
"""The fields of a document's content, by the names that `printing` gives them."""


def labels() -> dict[str, str]:
    """What a page calls the fields that it has no box of its own for."""
    return {name: str(label) for name, label in LABELS.items()}


def sentence_about(error: PrintingError) -> str:
    """`Family name: 72 characters do not fit the box ...`, for where no field stands beside the sentence."""
    return f"{LABELS.get(error.field or '', LABELS['content'])}: {sentence(InvalidInput.of(error))}"
