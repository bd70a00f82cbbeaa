"""Pictures as phones take them, from the desk to the paper and the chip: the whole head, and nothing of the phone."""

from __future__ import annotations

import io
import random
from uuid import UUID

import pytest
from PIL import Image, ImageCms

from card_drivers.order import Order
from issuance.keys import DocumentSigner, LastingSigner
from issuance.models.requests import IssuanceRequest, Portrait
from issuance.services.casework import enrolment, requests
from printing.chip.facial_image import parse_dg2
from printing.portraits import detector
from printing.portraits.drawn import draw
from tests.chips import ChipKey
from tests.counterparts import missing
from tests.people import SmallOffice

MARKS = (b"Exif", b"Secret Camera", b"ICC_PROFILE", b"acsp", b"ftyp", b"at home", b"GPS")


@pytest.fixture
def chips(office: SmallOffice) -> SmallOffice:
    """The office with a key that signs chips."""
    made = ChipKey()
    office.document_signer = LastingSigner(lambda: DocumentSigner(made, office.clock, development=True))
    return office


def of_a_phone(canvas: tuple[int, int], at: tuple[int, int]) -> bytes:
    """A motion photo with a head at a place of it: where it was taken in EXIF, a profile, and a film behind its end."""
    picture = Image.new("RGB", canvas, (150, 160, 170))
    picture.paste(Image.open(io.BytesIO(draw("a"))).resize((620, 797)), at)
    exif = Image.Exif()
    exif[0x010F] = "Secret Camera"
    exif.get_ifd(0x8825)[1] = "N"
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=92, exif=exif, icc_profile=profile, comment=b"at home")
    return file.getvalue() + b"\0\0\0\x18ftypmp42" + random.Random(1).randbytes(200_000)


def enrol(office: SmallOffice, request_id: UUID, data: bytes) -> None:
    measured = enrolment.measure(data)
    with office.act(office.actors["clerk"]) as act:
        request = act.session.get_one(IssuanceRequest, request_id)
        enrolment.add_portrait(act, request, measured, "uploaded")
        enrolment.accept_portrait(act, request, "taken on the way")
        office.sign(act, request)
        requests.complete(act, request, has_portrait=True, has_signature=True)


def kept(office: SmallOffice) -> tuple[bytes, bytes]:
    """The master and the printed part."""
    with office.reading() as look:
        portrait = look.session.query(Portrait).one()
        assert portrait.master_id
        assert portrait.print_id
        return look.vault.get(look.session, portrait.master_id), look.vault.get(look.session, portrait.print_id)


def ordered(office: SmallOffice, request_id: UUID) -> Order:
    office.prepare(office.approve(request_id))
    office.open_shift()
    claim = office.claim()
    assert claim
    return office.compose(claim)


def crown_and_middle(picture: bytes) -> tuple[float, float]:
    """Of its one face, as shares of the picture's height and width."""
    opened = Image.open(io.BytesIO(picture)).convert("RGB")
    faces = detector.detect(opened)
    assert faces
    return faces[0].crown / opened.height, faces[0].between_eyes[0] / opened.width


@pytest.mark.parametrize(
    ("canvas", "at"), [((1080, 1920), (230, 0)), ((1920, 1080), (60, 200))], ids=["crown at the top", "at the edge"]
)
def test_a_phones_picture_reaches_paper_and_chip_whole(
    chips: SmallOffice, canvas: tuple[int, int], at: tuple[int, int]
) -> None:
    if not detector.installed():
        missing("No face detector (requirements-photo.txt): the master is cut about the face. `make test` installs it.")
    request_id = chips.lodge()
    enrol(chips, request_id, of_a_phone(canvas, at))
    master, printed = kept(chips)
    order = ordered(chips, request_id)
    assert order.chip
    on_chip = parse_dg2(order.chip.files["DG2"]).image
    assert any(printed in face.combined for face in order.faces), "what was accepted is what is printed"
    for picture in (master, printed, on_chip):
        crown, middle = crown_and_middle(picture)
        assert crown > 0.0
        assert 0.4 < middle < 0.6
        assert [mark for mark in MARKS if mark in picture] == []


def test_what_the_file_says_of_its_colours_stays_found_whatever_is_cropped(office: SmallOffice) -> None:
    request_id = office.lodge()
    file = io.BytesIO()
    Image.open(io.BytesIO(draw("a"))).save(file, "JPEG", quality=92, icc_profile=b"broken")
    measured = enrolment.measure(file.getvalue())
    with office.act(office.actors["clerk"]) as act:
        request = act.session.get_one(IssuanceRequest, request_id)
        enrolment.add_portrait(act, request, measured, "uploaded")
    seen = enrolment.look_at(measured.master).crop
    with office.act(office.actors["clerk"]) as act:
        request = act.session.get_one(IssuanceRequest, request_id)
        moved = enrolment.recrop(measured.master, type(seen)(seen.left, max(0, seen.top - 9), seen.width))
        enrolment.crop_portrait(act, request, moved)
    with office.reading() as look:
        (portrait,) = look.session.query(Portrait).all()
        colours = [finding for finding in portrait.findings if finding["id"] == "7.5"]
        assert [(finding["measured"], finding["passed"]) for finding in colours] == [(0, False)]
