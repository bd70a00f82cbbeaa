"""Of a picture that somebody sends its pixels are kept, and nothing else: in vault, order, chip and export."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from uuid import UUID

import pytest
from PIL import Image, features
from sqlalchemy import select, text

from issuance.chores import reports as chore
from issuance.keys import DocumentSigner, LastingSigner
from issuance.models.privacy import Demand
from issuance.models.requests import IssuanceRequest
from issuance.models.vault import Blob
from issuance.services.casework import enrolment, requests
from issuance.services.evidence import papers, scans
from issuance.services.persons import signatures
from issuance.services.privacy import demands, reports
from issuance.services.privacy.demands import Asked
from printing.chip.facial_image import parse_dg2
from printing.portraits.drawn import draw, sign
from printing.portraits.portrait import read_portrait
from tests import marked
from tests.chips import ChipKey
from tests.counterparts import missing
from tests.people import SmallOffice

PICTURES: dict[str, Callable[[Image.Image], bytes]] = {"jpeg": marked.jpeg, "png": marked.png, "avif": marked.avif}
JPEG = {"E0", "DB", "C0", "C4", "DA"}
"""JFIF, tables, frame, codes, scan: what a decoder needs."""
PNG = {"IHDR", "IDAT", "IEND"}


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data)).convert("RGB")


@pytest.fixture(autouse=True)
def avif() -> None:
    """The one kind of picture that some builds of Pillow do not write."""
    if not features.check("avif"):
        missing("This Pillow writes no AVIF. `make test` installs one that does.")


@pytest.mark.parametrize("kind", PICTURES)
def test_the_mark_is_really_there(kind: str) -> None:
    """Or a test of its absence would prove nothing."""
    assert marked.found_in(PICTURES[kind](opened(draw("a"))))
    assert marked.FORMS[0] in marked.found_in(marked.pdf())


@pytest.mark.parametrize("kind", PICTURES)
def test_of_a_portrait_pixels_are_left(kind: str) -> None:
    master = read_portrait(PICTURES[kind](opened(draw("a")))).master
    assert marked.found_in(master) == []
    assert marked.parts_of(master) == JPEG


@pytest.mark.parametrize("kind", ["jpeg", "png"])
def test_of_a_signature_pixels_are_left(kind: str) -> None:
    read = signatures.read(PICTURES[kind](opened(sign("a"))), None)
    assert isinstance(read, signatures.Signed)
    assert marked.found_in(read.picture) == []
    assert marked.parts_of(read.picture) == PNG


@pytest.mark.parametrize("name", ["scan.jpg", "scan.png", "scan.pdf"])
def test_of_a_paper_pixels_are_left(name: str) -> None:
    page = opened(draw("a"))
    sent = {"scan.jpg": marked.jpeg, "scan.png": marked.png}.get(name, lambda _: marked.pdf())(page)
    clean = scans.clean(sent, name)
    assert marked.found_in(clean.data) == []
    if clean.kind == "jpeg":
        assert marked.parts_of(clean.data) == JPEG


def attach(office: SmallOffice, request: IssuanceRequest, sent: dict[str, bytes]) -> None:
    cleaned = [scans.clean(data, name) for name, data in sent.items()]
    with office.act(office.actors["clerk"]) as act:
        for scan in cleaned:
            papers.attach(act, act.session.get_one(IssuanceRequest, request.id), "other", scan)


def enrol(office: SmallOffice, request_id: UUID) -> None:
    """A request whose portrait, signature and papers all carry the mark, ready for its decision."""
    measured = enrolment.measure(marked.jpeg(opened(draw("a"))))
    drawn = signatures.read(marked.png(opened(sign("a"))), None)
    assert drawn
    with office.reading() as look:
        request = look.session.get_one(IssuanceRequest, request_id)
    page = opened(draw("b"))
    attach(office, request, {"a.jpg": marked.jpeg(page), "b.png": marked.png(page), "c.pdf": marked.pdf()})
    with office.act(office.actors["clerk"]) as act:
        request = act.session.get_one(IssuanceRequest, request_id)
        enrolment.add_portrait(act, request, measured, "uploaded")
        enrolment.accept_portrait(act, request, "taken on the way")
        signatures.keep(act, request, drawn)
        requests.complete(act, request, has_portrait=True, has_signature=True)


def exported(office: SmallOffice, request_id: UUID) -> dict[str, bytes]:
    """What the person is given of all this."""
    with office.act(office.actors["clerk"]) as act:
        asked = Asked(kind="access", identity="portrait")
        demand_id = demands.take_in(act, act.session.get_one(IssuanceRequest, request_id), asked).id
    chore.make_report(office, str(demand_id))
    with office.act(office.actors["second_clerk"]) as act:
        reports.hand_over(act, act.session.get_one(Demand, demand_id), "portrait")
    with office.act(office.actors["second_clerk"]) as act:
        data = reports.open_file(act, act.session.get_one(Demand, demand_id))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_nothing_of_it_is_in_vault_order_chip_or_export(office: SmallOffice) -> None:
    key = ChipKey()
    office.document_signer = LastingSigner(lambda: DocumentSigner(key, office.clock, development=True))
    request_id = office.lodge()
    enrol(office, request_id)
    office.prepare(office.approve(request_id))
    office.open_shift()
    claim = office.claim()
    assert claim
    order = office.compose(claim)
    assert order.chip
    files = {f"order/{face.name}": face.combined for face in order.faces}
    files |= {f"order/{face.name}/{layer.name}": layer.pdf for face in order.faces for layer in face.layers}
    files |= {f"chip/{name}": data for name, data in order.chip.files.items()}
    with office.reading() as look:
        blobs = list(look.session.scalars(select(Blob)))
        files |= {f"vault/{blob.purpose}-{blob.id}": look.vault.get(look.session, blob.id) for blob in blobs}
        names = {blob.purpose for blob in blobs}
    assert len([blob for blob in blobs if blob.purpose == "evidence"]) == 3
    assert len(names) > 4
    files |= {f"export/{name}": data for name, data in exported(office, request_id).items()}
    assert {name.partition("/")[0] for name in files} == {"order", "chip", "vault", "export"}
    assert {name: found for name, data in files.items() if (found := marked.found_in(data))} == {}
    on_chip = parse_dg2(order.chip.files["DG2"]).image
    assert marked.parts_of(on_chip) <= JPEG | {"EE"}
    with office.reading() as look:
        said = look.session.execute(text("SELECT details FROM audit_event")).scalars().all()
    assert marked.MARK not in str(said)


def test_a_moment_of_the_camera_is_not_kept_either() -> None:
    """When a picture was taken tells where somebody was."""
    found = Image.Exif()
    found[0x0132] = "2026:11:20 08:00:00"
    out = io.BytesIO()
    opened(draw("a")).save(out, "JPEG", exif=found.tobytes())
    assert b"2026:11:20" in out.getvalue()
    assert b"2026:11:20" not in read_portrait(out.getvalue()).master
