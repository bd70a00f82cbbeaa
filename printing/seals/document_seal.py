"""What the seal of one document says: the features of its type's profile, taken from the frozen content."""

from __future__ import annotations

import datetime as dt

from printing.content import DocumentContent, Template, mrz_of, zone
from printing.mrz import Mrz
from printing.mrz.zone import LINE_SIZES
from printing.seals import seal
from printing.seals.encoding import SealError
from printing.seals.profiles import MRZ, PROFILES

NO_LAST_DAY = "991231"
"""The last day of a document that has none, in the zone of its seal only: Doc 9303 has no form for it (assumption)."""


def encode_document(
    content: DocumentContent,
    template: Template,
    *,
    signer: str,
    certificate_serial: int,
    signature_date: dt.date,
    printed: Mrz | None = None,
) -> bytes:
    """Header and message zone of a document's seal, for `seal.sign`.

    `signer` ("ROLI") and `certificate_serial` are those of the signer's certificate; `printed` is what `mrz_of` makes,
    if it was made already. SealError, ContentError, MrzError or TransliterationError for what cannot be encoded, such
    as a type without a seal.
    """
    if template.seal is None:
        raise SealError("profile", "a document type with a seal", template.document_type)
    return seal.encode(
        template.seal,
        features(content, template, printed),
        issuing_state=content.issuing_state,
        signer=signer,
        certificate_serial=certificate_serial,
        issue_date=content.issue_date,
        signature_date=signature_date,
    )


def features(content: DocumentContent, template: Template, printed: Mrz | None = None) -> dict[str, Mrz | str]:
    """The value of each feature of the template's profile; `printed` as in `encode_document`.

    The register number (TR-03137-1, 6.2.2: the number of the person's file in the central register) is the reference
    under which this register keeps the request. A permit of ours belongs to no passport: that number is all fillers.
    """
    values: dict[str, Mrz | str] = {
        MRZ: td2_form(content, template, printed),
        "register_number": content.reference,
        "passport_number": "",
    }
    profile = PROFILES[template.seal or ""]
    return {feature.name: values[feature.name] for feature in profile.features}


def printed_fields(content: DocumentContent, template: Template) -> dict[str, str]:
    """The features as fields, the zone's each by its own name: what `seal.verify` compares with a seal."""
    texts = features(content, template)
    form = texts.pop(MRZ)
    assert isinstance(form, Mrz)
    fields = {name: getattr(form, name) for name in Mrz.__dataclass_fields__ if name != "layout"}
    return fields | {name: str(text) for name, text in texts.items()}


def td2_form(content: DocumentContent, template: Template, printed: Mrz | None = None) -> Mrz:
    """The zone for the seal of a document, whether TD1, TD2, TD3 or none is printed on it; errors as `mrz_of`.

    A name that the printed zone cuts is in the seal as it is printed.
    """
    if printed and template.mrz_layout == "TD2":
        return printed
    form = zone(content, template, "TD2", open_end="" if template.mrz_layout else NO_LAST_DAY)
    if template.mrz_layout in (None, "TD2") or _name_size(form) <= _NAME_SIZE:
        return form
    printed = printed or mrz_of(content, template)
    assert printed is not None
    return seal.as_td2(printed)


_NAME_SIZE = LINE_SIZES["TD1"][1]
"""The shortest name field of all layouts: what fits is cut in none."""


def _name_size(form: Mrz) -> int:
    """The positions that the name takes when nothing is cut."""
    separator = 2 if form.secondary_identifier else 0
    return len(form.primary_identifier) + separator + len(form.secondary_identifier)
