"""The fictional persons of the benchmark, their pictures, and what the rivals are given of them: files in a folder."""

from __future__ import annotations

import datetime as dt
import io
import json
import multiprocessing
import random
from array import array
from collections.abc import Iterator
from functools import cache
from itertools import accumulate, islice
from pathlib import Path
from typing import Any, NamedTuple

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from PIL import Image, ImageChops

from issuance.document_types.registry import load
from printing.batches.items import SealSigner
from printing.content import DocumentContent, Template
from printing.portraits.drawn import draw
from printing.seals import document_seal, seal
from tests import seals

TYPES = {"sheet": "RT", "card": "RP-R"}
"""The one-sided and the two-sided document of the benchmark."""
MAKING_DAY = dt.date(2026, 11, 3)
PORTRAIT = (600, 800)
FACES = 12
_NATIONALITIES = ("SYR", "AFG", "IRQ", "SOM", "ERI", "UKR", "IRN", "SDN", "COD", "BGD", "LKA", "XXA")
_TOWNS = ("Halab", "Kabul", "Mosul", "Mogadishu", "Asmara", "Odesa", "Shiraz", "Nyala", "Goma", "Dhaka", "Jaffna")
_SYLLABLES = (
    "al",
    "be",
    "cu",
    "da",
    "em",
    "fi",
    "gha",
    "ha",
    "jo",
    "ka",
    "li",
    "nu",
    "om",
    "ra",
    "sa",
    "um",
    "wa",
    "ya",
)


class Signer:
    """A P-256 key as a file key would be, whose certificate `tests.seals` makes."""

    identifier, serial = "ROIM", 0x1A2

    def __init__(self) -> None:
        self._key = ec.derive_private_key(20261121, ec.SECP256R1())

    def sign(self, data: bytes) -> bytes:
        r, s = decode_dss_signature(self._key.sign(data, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")


class Record(NamedTuple):
    """One person's document as it is read back: what must be on it."""

    content: DocumentContent
    template: Template


@cache
def template(kind: str) -> Template:
    """The template of the document type."""
    return load()[TYPES[kind]].template()


def sealed(content: DocumentContent, template: Template, signer: SealSigner) -> bytes | None:
    """The whole seal, None for a type without one."""
    return seal.sign(encoded(content, template, signer), signer, template.seal) if template.seal else None


def encoded(content: DocumentContent, template: Template, signer: SealSigner) -> bytes:
    """What of the seal is signed."""
    return document_seal.encode_document(
        content,
        template,
        signer=signer.identifier,
        certificate_serial=signer.serial,
        signature_date=MAKING_DAY,
    )


def prepare(folder: Path, count: int, pictures: int) -> None:
    """Write `count` records of both kinds and `pictures` different pictures, which the records take in turn."""
    (folder / "portraits").mkdir()
    with multiprocessing.Pool() as pool:
        for index, picture in enumerate(pool.imap(_portrait, range(pictures), 50)):
            (folder / "portraits" / f"{index:05}.jpg").write_bytes(picture)
    for kind in TYPES:
        with (folder / f"{kind}.records.jsonl").open("w", encoding="utf-8") as file:
            for index in range(count):
                file.write(json.dumps(_person(index, kind)) + "\n")


def contents(folder: Path, kind: str, start: int = 0, stop: int | None = None) -> Iterator[DocumentContent]:
    """The documents' contents with their portraits, one after the other read from the folder."""
    path = folder / f"{kind}.records.jsonl"
    with path.open("rb") as lines:
        lines.seek(_starts(path)[start])
        for place, line in enumerate(islice(lines, None if stop is None else stop - start), start):
            person = DocumentContent.model_validate_json(line)
            yield person.model_copy(update={"portrait": portrait(folder, place).read_bytes()})


@cache
def _starts(path: Path) -> array[int]:
    """Where each line of a file begins, and where the last one ends."""
    with path.open("rb") as lines:
        return array("Q", accumulate((len(line) for line in lines), initial=0))


@cache
def portraits(folder: Path) -> list[Path]:
    """The different pictures, in the order in which the records take them."""
    return sorted((folder / "portraits").iterdir())


def portrait(folder: Path, place: int) -> Path:
    """The picture of the record in that place."""
    return portraits(folder)[place % len(portraits(folder))]


def record(folder: Path, kind: str, place: int) -> Record:
    """One record, to be found on its page."""
    return Record(next(contents(folder, kind, place, place + 1)), template(kind))


def certificate() -> bytes:
    """The certificate of `Signer`."""
    return seals.KeySigner().certificate(name="IM", serial=Signer.serial)


def _person(index: int, kind: str) -> dict[str, Any]:
    chance = random.Random(f"{kind} {index}")
    issued = dt.date(2026, 11, 2)
    born = dt.date(1960, 1, 1) + dt.timedelta(days=chance.randrange(16000))
    return {
        "document_number": f"{'RT' if kind == 'sheet' else 'RP'}{index:07}",
        "family_name": _name(chance, 3, 5),
        "given_names": f"{_name(chance, 2, 3)} {_name(chance, 2, 4)}",
        "birth_date": f"{born:%Y-%m}-XX" if index % 50 == 7 else born.isoformat(),
        "birth_place": chance.choice(_TOWNS),
        "sex": chance.choice("FMX" if index % 20 == 0 else "FM"),
        "nationality": chance.choice(_NATIONALITIES),
        "issue_date": issued.isoformat(),
        "expiry_date": (issued + dt.timedelta(days=29 if kind == "sheet" else 1094)).isoformat(),
        "place_of_issue": "Timișoara",
        "authority": "IGI",
        "access_number": "" if kind == "sheet" else f"{chance.randrange(10**6):06}",
        "personal_number": "" if kind == "sheet" else f"7{born:%y%m%d}35{chance.randrange(10**4):04}",
    }


def _name(chance: random.Random, least: int, most: int) -> str:
    return "".join(chance.choice(_SYLLABLES) for _ in range(chance.randint(least, most))).title()


@cache
def _drawn(index: int) -> Image.Image:
    """A drawn face with the grain of a camera, which makes its JPEG as large as those of a booth."""
    drawn = Image.open(io.BytesIO(draw(f"bench {index}", "FM"[index % 2]))).resize(PORTRAIT, Image.Resampling.BOX)
    grain = Image.frombytes("L", PORTRAIT, random.Random(index).randbytes(PORTRAIT[0] * PORTRAIT[1]))
    return _lit(drawn, grain.point([123 + level // 25 for level in range(256)]))


def _portrait(index: int) -> bytes:
    """A face in a light of its own: no two portraits are alike."""
    light = Image.frombytes("L", (4, 5), random.Random(index).randbytes(20))
    softened = light.point([88 + level * 5 // 16 for level in range(256)]).resize(PORTRAIT, Image.Resampling.BICUBIC)
    output = io.BytesIO()
    _lit(_drawn(index % FACES), softened).save(output, "JPEG", quality=80)
    return output.getvalue()


def _lit(picture: Image.Image, light: Image.Image) -> Image.Image:
    """The picture brighter where `light` is above 128, darker where below."""
    return ImageChops.add(picture, Image.merge("RGB", [light] * 3), 1, -128)
