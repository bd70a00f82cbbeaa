"""Seals and bar codes on pictures, as a phone sends them to the page that checks documents."""

from __future__ import annotations

import io

import zxingcpp
from flask.testing import FlaskClient
from PIL import Image
from werkzeug.test import TestResponse

from printing.seals import seal
from tests.seals import KeySigner, encode, zone

SIGNER = KeySigner()


def shown(client: FlaskClient, picture: bytes) -> TestResponse:
    return client.post("/verify/picture", data={"picture": (io.BytesIO(picture), "p.png")})


def pictured(data: bytes | str) -> bytes:
    kind = zxingcpp.BarcodeFormat.DataMatrix if isinstance(data, bytes) else zxingcpp.BarcodeFormat.Code128
    options = {"eci": "Unknown"} if isinstance(data, bytes) else {}
    symbol = zxingcpp.create_barcode(data, kind, **options)
    photo = Image.new("L", (900, 700), 255)
    photo.paste(Image.fromarray(zxingcpp.write_barcode_to_image(symbol, scale=4)), (120, 90))
    file = io.BytesIO()
    photo.rotate(3, fillcolor=255).save(file, "PNG")
    return file.getvalue()


def sealed(number: str, **changes: object) -> bytes:
    values = {"mrz": zone(document_number=number), "register_number": "RO2611000042"}
    return seal.sign(encode(values=values, **changes), SIGNER, "FD/02")  # type: ignore[arg-type]
