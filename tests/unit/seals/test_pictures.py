"""Sealed documents, composed whole, printed at 300 dpi and photographed badly: 100 of 100 are read and verify."""

import hashlib
import io

import pytest
from PIL import Image, ImageFilter

from issuance import document_types
from printing.faces import layout
from printing.faces.compose import compose, rasterise
from printing.pages.symbols import read_data_matrix
from printing.seals import document_seal, seal
from tests import faces, seals

SIGNER = seals.KeySigner()
DOCUMENTS = {"TID": 47, "TPP": 46, "RC": 3, "RT": 4}


def person(number):
    digest = hashlib.sha256(bytes((number,))).digest()
    name = "".join(chr(65 + byte % 26) for byte in digest[: 3 + number % 20])
    return faces.content(
        document_number=f"XX{number:07}",
        family_name=name,
        native_name="",
        expiry_date="2027-01-30",
        reference="K7WMP3XQH5R",
        signature=None,
    )


def sealed(content, template):
    to_sign = document_seal.encode_document(
        content, template, signer="ROIM", certificate_serial=0x1A2, signature_date=seals.SIGNED
    )
    return seal.sign(to_sign, SIGNER, template.seal)


def photographed(page):
    """As from a cheap scanner: out of focus, askew on its paper, JPEG quality 60."""
    printed = rasterise(page, 300).convert("L")
    turned = printed.filter(ImageFilter.GaussianBlur(1.2)).rotate(
        3, Image.Resampling.BICUBIC, expand=True, fillcolor=255
    )
    file = io.BytesIO()
    turned.save(file, "JPEG", quality=60)
    return Image.open(file)


@pytest.mark.parametrize("code", DOCUMENTS)
def test_every_bad_picture_of_a_document_is_read_and_verifies(code):
    template = document_types.get(code).template()
    (sealed_face,) = [place for place, face in enumerate(layout.load(template.layout).faces) if face.seal]
    for number in range(DOCUMENTS[code]):
        content = person(number)
        data = sealed(content, template)
        artworks = compose(content, template, specimen=False, seal=data)
        assert read_data_matrix(photographed(artworks[sealed_face].combined)) == data, number
        printed = document_seal.printed_fields(content, template)
        assert seal.verify(data, [SIGNER.certificate()], printed, at=seals.AT).verdict is seal.Verdict.VALID
        other = document_seal.printed_fields(content.model_copy(update={"document_number": "XX9999999"}), template)
        assert seal.verify(data, [SIGNER.certificate()], other, at=seals.AT).verdict is seal.Verdict.PRINTED_DIFFERS
