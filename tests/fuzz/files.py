"""What people and systems send as files, texts and messages: pictures, tables, events, receipts, gateways' answers."""

from __future__ import annotations

import contextlib
import datetime as dt
import io
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st
from PIL import Image

from issuance.errors import LimanError
from issuance.sending import templates
from issuance.sending.gateway import Gateway
from issuance.sending.wire import Reply
from issuance.services import office_file
from issuance.services.ahead import codes
from issuance.services.evidence import scans
from issuance.services.exchange import taking
from issuance.services.feeds import receipts
from issuance.services.imports import reading
from issuance.services.legacy import entries
from issuance.values import (
    addresses,
    calendar,
    cnp,
    contacts,
    fields,
    hours,
    names,
    passports,
    passwords,
    references,
    sounds,
    travel_documents,
)
from printing.content_json import load_content
from printing.errors import PrintingError
from printing.mrz.transliteration import to_mrz
from printing.portraits.drawn import draw, sign
from printing.portraits.portrait import decode, read_portrait
from printing.portraits.signature import read_signature
from printing.readers import zone
from tests import exchange
from tests.fuzz import drawn
from tests.fuzz.engine import Input
from tests.integration.imports.test_lines import ROW, file_of
from tests.integration.legacy.filed import OMAR, written
from verify import pictures

TODAY = dt.date(2026, 11, 20)


HEAD = Image.open(io.BytesIO(draw("layla")))


def _small(kind: str, size: tuple[int, int] = (36, 48), mode: str = "RGB", **options: Any) -> bytes:
    output, picture = io.BytesIO(), HEAD.resize(size).convert(mode)
    picture.save(output, kind, **options)
    return output.getvalue()


def _described() -> bytes:
    exif = Image.Exif()
    exif[0x010F], exif[0x0112] = "Camera", 6
    return _small("JPEG", exif=exif, comment=b"at home", progressive=True)


PICTURES = [
    _small("JPEG", quality=40), _described(), _small("JPEG", mode="CMYK"), _small("PNG"), _small("PNG", mode="P"),
    _small("PNG", mode="LA"), _small("WEBP"), _small("GIF", mode="P"), _small("TIFF"), _small("BMP"), sign("layla"),
]  # fmt: skip
PDF = b"%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj"
SCANS = [*PICTURES[:5], PDF]
TABLES = [file_of(ROW), file_of(ROW, ROW | {"case_reference": "2"}).replace(b",", b";"), b"sep=;\n" + file_of(ROW)]
OFFICE = b"""[[centres]]
code = "timisoara"
name = "Timisoara"
[[administrators]]
name = "Ana Pop"
email = "ana.pop@liman.example.ro"
centre = "timisoara"
[keys]
document_signer = "DS 2026/1"
"""
RECEIPT = (
    b'{"receipt": "sis", "file": 1, "digest": "ab"}\n'
    b'{"event": "01890000-0000-7000-8000-000000000000", "result": "refused", "why": "E1"}\n'
)
GATEWAYS = [templates.load(name) for name in templates.shipped()]
QUEUED = {"id": "m-1", "status": "queued"}
ANSWERS = [b'{"id": "m-1", "status": "queued"}', b"0: Accepted for delivery", b"ID: 12", b'{"messages":[{"status":0}]}']
TYPED = ["Layla Al-Masri", "2900101350016", "1990-XX-XX", "+40722123456", "a@b.ro", "P RP1000423 SYR", "K7WM P3XQ H5R2"]


def _each_of(
    *readers: Callable[[Any], object], refusals: tuple[type[Exception], ...] = (LimanError, PrintingError)
) -> Any:
    """Give a case to all readers; each may refuse it."""

    def read(case: Any) -> None:
        for reader in readers:
            with contextlib.suppress(LimanError, PrintingError):
                reader(case)

    return read


def read_lines(data: bytes) -> None:
    """A file of case handling, and one of documents of before."""
    with contextlib.suppress(LimanError):
        reading.read_lines(data)
    with contextlib.suppress(LimanError):
        for row in entries.rows(data):
            with contextlib.suppress(LimanError):
                entries.read(row, TODAY)


def read_cells(cells: dict[str, str]) -> None:
    """One line whose cells are odd."""
    with contextlib.suppress(LimanError):
        reading.lodging_of(ROW | cells)


def ask_gateways(answer: tuple[int, bytes]) -> None:
    """An answer, and a delivery report, of each gateway there is."""
    status, body = answer
    for template in GATEWAYS:
        Gateway(template, {})._judged(Reply(status, body))
        if template.report:
            template.report.read({"id": body.decode(errors="replace")}, body)


read_text = _each_of(
    lambda text: names.check_name("family_name", text),
    lambda text: names.check_text("address", text),
    lambda text: names.search_key(text, text),
    lambda text: cnp.check_cnp(text),
    lambda text: calendar.check_birth_date(text, TODAY),
    lambda text: calendar.check_day("day", text),
    lambda text: contacts.email(text),
    lambda text: contacts.phone("phone", text),
    lambda text: fields.read("eurodac_reference", text),
    lambda text: fields.document_number("number", text),
    lambda text: travel_documents.read("travel_document_shown", text),
    lambda text: passports.fields_of(text, TODAY),
    lambda text: names.check_latin_name("name", text),
    lambda text: names.mrz_form("name", text),
    names.split_representative,
    lambda text: fields.number("number", text),
    lambda text: fields.representative("representative", text),
    hours.check_hours,
    lambda text: addresses.customer(addresses.of_caller("::1", text, 1)),
    sounds.sounds,
    codes.normalise,
    references.normalise,
    references.normalise_code,
    lambda text: passwords.check(text, [text]),
    lambda text: to_mrz(text, "ar"),
)

INPUTS = [
    Input(
        "portraits", 8_000, 40, 1_000, cases=drawn.damaged(PICTURES),
        read=_each_of(read_portrait, decode, read_signature, zone.read),
    ),
    Input(
        "photographs", 5_000, 20, 1_000,
        cases=drawn.damaged(PICTURES), read=pictures.read, refusals=(pictures.NoPicture,),
    ),
    Input(
        "scans", 300, 3, 100, cases=drawn.damaged(SCANS),
        read=lambda data: scans.clean(data, "scan"), refusals=(LimanError,),
    ),
    Input("tables", 25_000, 60, cases=drawn.damaged([*TABLES, written(OMAR)]), read=read_lines),
    Input(
        "lines", 15_000, 60,
        cases=st.dictionaries(st.sampled_from(sorted(ROW)), drawn.texts, max_size=3), read=read_cells,
    ),
    Input("texts", 60_000, 120, cases=drawn.garbled([*TYPED, *ROW.values()]), read=read_text),
    Input(
        "case-events", 20_000, 60, cases=drawn.messages([exchange.body(kind) for kind in exchange.SAID]),
        read=taking.read, refusals=(LimanError,),
    ),
    Input("receipts", 20_000, 40, cases=drawn.damaged([RECEIPT]), read=receipts.read, refusals=(LimanError,)),
    Input(
        "gateways", 20_000, 40, read=ask_gateways,
        cases=st.tuples(st.integers(100, 599), drawn.damaged(ANSWERS) | drawn.messages([QUEUED])),
    ),
    Input(
        "office-files", 10_000, 20, cases=drawn.damaged([OFFICE]),
        read=lambda data: office_file.read(data, []), refusals=(LimanError,),
    ),
    Input(
        "contents", 9_700, 20, cases=drawn.garbled(['{"document_type": "RP-R", "family_name": "A"}']),
        read=load_content, refusals=(PrintingError,),
    ),
]  # fmt: skip
