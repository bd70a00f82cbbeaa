"""The document as it would be printed, drawn while the clerk types: always a SPECIMEN, its faces in one picture."""

from __future__ import annotations

import io

from flask_babel import gettext
from PIL import Image
from werkzeug.datastructures import MultiDict

from issuance import document_types, names
from issuance.clock import Clock
from issuance.cnp import check_cnp
from issuance.document_types import DocumentType
from issuance.errors import InvalidInput
from issuance.web.forms import Form
from printing.compose import compose, rasterise
from printing.content import DocumentContent, Template
from printing.errors import FitError, GlyphError
from printing.mrz import MrzError
from printing.transliteration import propose_latin

PLACEHOLDER = "NUME"
UNKNOWN = "XXXX-XX-XX"
SCREEN_DPI = 200
GAP = 16
PAPER = "#f3f7f7"


def picture(content: DocumentContent, template: Template) -> bytes:
    """All faces, one below the other, as JPEG at 200 dpi. CompositionError or MrzError where it cannot be printed."""
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
        issue_date=today,
        expiry_date=kind.rules_on(today).valid_until(today),
        place_of_issue=place,
        personal_number=_cnp(form),
        address=typed.text("address", required=False),
        declared_identity="passport" not in form.value("travel_document_shown").lower(),
    )


def _latin(form: Form, name: str) -> str:
    """A name as it would be proposed; nothing where its script has no table."""
    text = form.value(name)[: names.MAX_TEXT].strip()
    return text if names.is_latin(text) else propose_latin(text, form.value("language")) or ""


def _cnp(form: Form) -> str:
    try:
        return check_cnp(form.value("cnp"))
    except InvalidInput:
        return ""


def specimen(form: Form, place: str, clock: Clock) -> bytes:
    """The picture of what is typed; LimanError, CompositionError or ValueError where there can be none."""
    kind = document_types.get(form.value("document_type"))
    return picture(draft(form, kind, place, clock), kind.template())


MRZ_FIELDS = {"primary_identifier": "family_name", "secondary_identifier": "given_names", "optional_data_1": "cnp"}


def check_printable(form: Form, place: str, clock: Clock) -> None:
    """Compose once, so that what cannot be printed is said beside its field and not to the officer or the printer."""
    kind = document_types.get(form.value("document_type"))
    if kind.face is None:
        return
    try:
        compose(draft(form, kind, place, clock), kind.template(), specimen=True)
    except FitError as error:
        message = gettext("This does not fit its box on the document. Type a shorter form that the holder agrees to.")
        form.refuse(error.field or "document_type", message)
    except GlyphError as error:
        code = f"U+{ord(error.character):04X}"
        form.refuse(
            error.field or "document_type",
            gettext("The character %(code)s cannot be printed. Type it another way.", code=code),
        )
    except MrzError as error:
        field = MRZ_FIELDS.get(error.field, error.field)
        form.refuse(field, gettext("This cannot stand in the machine readable zone. Check it against the paper."))
