"""What the tests of batches share: documents, some of them sealed by a signer who always signs alike."""

from __future__ import annotations

from dataclasses import replace

from printing.batches.items import Item, Making
from printing.content import Template
from tests import faces, seals

NAMES = ("Begum", "Khan", "Perera", "Șerban", "Шевченко", "Tesfaye", "Haddad", "Nguyen")
SEALED = replace(faces.TEMPORARY, seal="FD/02")


class Signer(seals.KeySigner):
    identifier, serial = "ROLI", 0x1A2B

    def whole(self) -> bytes:
        return self.certificate(name="LI", serial=self.serial)


SIGNING = Making(signer=Signer(), signature_date=seals.SIGNED)


def item(number: int, template: Template = faces.RESIDENCE_PERMIT) -> Item:
    """The document of this number; its picture and name are those of every few."""
    kind = {"family_name": NAMES[number % 8], "native_name": "", "document_number": f"RP{number:07}"}
    return Item(faces.content(**kind, portrait=faces.portrait(str(number % 3), "F"), signature=None), template)


def items(count: int, template: Template = faces.RESIDENCE_PERMIT) -> list[Item]:
    """So many documents."""
    return [item(number, template) for number in range(count)]


class Stopped(Exception):
    pass


class Failing(list[Item]):
    """Documents of which only so many can be read."""

    def __init__(self, made: list[Item], after: int) -> None:
        super().__init__(made)
        self.after = after

    def __getitem__(self, places):  # type: ignore[no-untyped-def]
        if places.stop > self.after:
            raise Stopped
        return super().__getitem__(places)
