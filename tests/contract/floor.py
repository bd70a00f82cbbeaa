"""A centre with every kind of station of `card_drivers.capabilities`, each at a counterpart of its own."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image

from card_drivers.__main__ import main
from card_drivers.chips import profile
from card_drivers.device import ChipEncoder, DeskReader
from card_drivers.encoders.simulator import SimulatedReader
from card_drivers.links import raster
from card_drivers.order import Abilities, DeviceStatus, Result
from card_drivers.printers.ipp import IppPrinter
from card_drivers.printers.simulator import SimulatedPrinter
from card_drivers.simulators.chip.memory import CardKeys
from card_drivers.simulators.machine import Blank, Simulation
from card_drivers.station.agent import Station as Agent
from card_drivers.station.equipment import EncoderSettings
from card_drivers.station.identity import Identity
from card_drivers.station.journal import Journal
from card_drivers.station.laying import MediaSettings
from card_drivers.station.printer import CardPrinter
from card_drivers.station.register import Register
from issuance.actors import SYSTEM
from issuance.demo import supply
from issuance.keys.card_keys import open_card_keys
from issuance.models.staff import Station
from issuance.services.production import shifts
from issuance.services.stations import tokens
from issuance.services.stations.devices import status_of
from tests.attack.workshop import Workshop, opened, uid
from tests.contract.bench_bureau import bureau, identities
from tests.contract.bench_evolis import EmulatedReader
from tests.contract.bench_evolis import driver as evolis_driver
from tests.contract.evolis_emulator import Card, print_center
from tests.contract.ippeve import ippeve
from tests.counterparts import require
from tests.fixtures.databases import build_schema
from tests.unit.station.hands import Operator, working
from tests.unit.station.workplace import FAST, Bench

STOCKS = ("card-chip", "card", "booklet-blue", "booklet-grey", "sheet")
WITH_CHIP = ("card-chip", "booklet-blue", "booklet-grey")
DESK = ", desk reader"
MEDIA = {"ipp, cards": ("CR80",), "ipp, booklet pages": ("TD3",), "ipp, sheets": ("A4", "A5")}
OPENSSL = "an implementation of CMS that is not ours"
Pictures = Callable[[], list[Image.Image]]


class Devices(Bench):
    """A printer and an encoder in it or `beside` it, which writes every chip, as `station.equipment` has them."""

    def __init__(self, printer: CardPrinter, encoder: DeskReader | None = None, *, beside: bool = False) -> None:
        super().__init__(printer, encoder)
        self.beside = beside

    def desk(self) -> tuple[DeskReader, EncoderSettings] | None:  # type: ignore[override]
        """The reader to which hands carry the card."""
        return (self.encoder, EncoderSettings(beside=True, feed_seconds=0)) if self.beside and self.encoder else None

    def abilities(self) -> Abilities:
        found = self.printer.abilities()
        return found.model_copy(update={"profiles": tuple(profile.names())}) if self.encoder else found


class Hands(Operator):
    """The operator at a desk reader; what an ippeveprinter printed is the card in the hand."""

    def feed(self) -> None:
        """Off the reader, into a feeder that nobody sees, and in the end out of its tray."""
        self.hand = self.hand or self.simulation.on_the_desk()
        self.simulation.take_off()


class Page:
    """What the station's page said so far, each time the operator looks at it."""

    def __init__(self, shop: Workshop, station: Station) -> None:
        self._shop, self._station_id = shop, station.id
        self._said: list[DeviceStatus] = []

    def __call__(self) -> list[DeviceStatus]:
        with self._shop.office.reading() as look:
            now = status_of(look.session.get_one(Station, self._station_id))
        if now is not None and (not self._said or now != self._said[-1]):
            self._said.append(now)
        return self._said


@dataclass
class Place:
    """One station: who it is in the register, its agent and devices, and the faces of its last piece at 300 dpi."""

    station: Station
    register: Register
    agent: Agent
    printer: CardPrinter
    reader: ChipEncoder | None
    pictures: Pictures
    serials: dict[str, list[str]]
    elsewhere: Callable[[], None] | None = None

    @property
    def reads_no_serial(self) -> bool:
        """Whether its card has no serial before somebody scans one: a bureau's does, by its result."""
        return self.elsewhere is None and not self.agent._equipment.abilities().reads_serial

    def work(self) -> Result | None:
        """Make one order; what a bureau makes comes back by its files."""
        result = self.agent.once()
        if self.elsewhere is not None:
            self.elsewhere()
            self.agent.once()
        return result


@dataclass
class Floor:
    """The centre; its stations are set up when they are asked for."""

    shop: Workshop
    stack: ExitStack
    places: dict[str, Place] = field(default_factory=dict)

    def place(self, kind: str) -> Place:
        """The station of this kind."""
        if kind not in self.places:
            self.places[kind] = self._set_up(kind)
        return self.places[kind]

    @property
    def keys(self) -> CardKeys:
        """What opens the blank chips of this centre."""
        (keys,) = open_card_keys(self.shop.office.settings).sets
        return CardKeys.model_validate_json(keys.model_dump_json(include={"enc", "mac", "dek"}))

    def _set_up(self, kind: str) -> Place:
        name, office = kind.replace(", ", "-").replace(" ", "-"), self.shop.office
        folder = self.shop.folder / name
        serials = {stock: [f"{name}-{stock}-{number}" for number in range(1, 9)] for stock in STOCKS}
        with office.act(SYSTEM) as act:
            centre = act.session.get_one(Station, office.station.id).centre
            station, token = tokens.add_station(act, name, centre, bureau=kind == "bureau")
            for stock, these in serials.items():
                supply.bring(act, station, stock, these)
        with office.act(office.actors["operator"]) as act:
            shifts.open_shift(act, act.session.get_one(Station, station.id))
        printer, reader, pictures, elsewhere = self._machine(kind, folder, serials)
        beside = kind.endswith(DESK)
        if beside:
            self._sit_down(station, folder, serials)
        journal = Journal(folder / "journal.jsonl")
        self.stack.callback(journal.close)
        register = Register(self.shop.url, Identity(folder / "identity"), token)
        agent = Agent(register, Devices(printer, reader, beside=beside), journal, FAST, folder)  # type: ignore[arg-type]
        return Place(station, register, agent, printer, reader, pictures, serials, elsewhere)

    def _machine(
        self, kind: str, folder: Path, serials: dict[str, list[str]]
    ) -> tuple[CardPrinter, ChipEncoder | None, Pictures, Callable[[], None] | None]:
        folder.mkdir()
        if kind == "simulator":
            machine = _simulation(folder / "simulator", self.keys, serials)
            return SimulatedPrinter(machine), SimulatedReader(machine), lambda: _in_tray(machine), None
        if kind == "evolis":
            service = self.stack.enter_context(print_center())
            service.printer.feeder = 20
            tray = service.printer.tray
            reader = EmulatedReader(service, self.keys)
            return evolis_driver(service, folder), reader, lambda: _resin(tray[-1]), None
        if kind == "bureau":
            site = _site(folder, self.keys, serials)
            machine = Simulation(site.parent / "simulator")
            return bureau(folder), None, lambda: _in_tray(machine), lambda: _by_files(folder, site)
        eve = self.stack.enter_context(ippeve(folder, media=MEDIA[kind.removesuffix(DESK)]))
        printer = IppPrinter(eve.uri, patience=20, poll=0.02, paper=MediaSettings(without_uv=True))
        reader = self._desk_reader(folder / "simulator") if kind.endswith(DESK) else None
        return printer, reader, lambda: _pages(eve.printed()[-1]), None

    def _desk_reader(self, folder: Path) -> SimulatedReader:
        machine = Simulation(folder)
        (folder / "card_keys.json").write_text(self.keys.model_dump_json())
        return SimulatedReader(machine)

    def _sit_down(self, station: Station, folder: Path, serials: dict[str, list[str]]) -> None:
        """The operator, with a heap of blanks of each stock with a chip."""
        blanks = [
            Blank(serial=each, stock=stock, uid=uid(each, n))
            for stock in WITH_CHIP
            for n, each in enumerate(serials[stock])
        ]
        self.stack.enter_context(working(Hands(folder, Page(self.shop, station), blanks)))


@contextmanager
def centre(folder: Path) -> Iterator[Floor]:
    """The centre on an empty register of its own, served over HTTP."""
    url = f"sqlite:///{folder / 'register.sqlite'}"
    build_schema(url)
    with ExitStack() as stack:
        shop = stack.enter_context(opened(url, folder))
        with shop.office.database.transaction() as session:
            session.query(Station).update({"active": False})
        yield Floor(shop, stack)


def _simulation(folder: Path, keys: CardKeys, serials: dict[str, list[str]]) -> Simulation:
    machine = Simulation(folder)
    for stock, these in serials.items():
        chip = stock in WITH_CHIP
        machine.load(
            [Blank(serial=each, stock=stock, uid=uid(each, n) if chip else None) for n, each in enumerate(these)]
        )
    machine.load([Blank(stock="paper-a4")] * 3)
    (folder / "card_keys.json").write_text(keys.model_dump_json())
    return machine


def _in_tray(machine: Simulation) -> list[Image.Image]:
    """What the eye sees of each face of the last piece in the output tray."""
    last = max((machine.directory / "tray").iterdir(), key=lambda path: path.stat().st_mtime_ns)
    faces = [path for path in last.glob("*.png") if "-" not in path.stem]
    return [Image.open(path).convert("RGB") for path in sorted(faces, key=lambda path: path.stem == "back")]


def _resin(card: Card) -> list[Image.Image]:
    """The black panel of each face."""
    return [card.panels[face, "resin"] for face in ("front", "back") if (face, "resin") in card.panels]


def _pages(pdf: bytes) -> list[Image.Image]:
    pages = len(raster.pdfium.PdfDocument(pdf))
    return [raster.rasterise(pdf, (300, 300), page) for page in range(pages)]


def _site(folder: Path, keys: CardKeys, serials: dict[str, list[str]]) -> Path:
    """A bureau's site with its keys, the office's certificate and a loaded machine."""
    orders = folder / "site" / "orders"
    (orders / "in").mkdir(parents=True)
    shutil.copytree(identities() / "site", orders / "keys")
    shutil.copy(identities() / "office" / "certificate.pem", orders / "sender.pem")
    _simulation(orders.parent / "simulator", keys, serials)
    own = {"version": 1, **{name: getattr(keys, name).hex() for name in ("enc", "mac", "dek")}}
    (orders / "card-keys.json").write_text(json.dumps({"sets": [own]}))
    return orders


def _by_files(office: Path, site: Path) -> None:
    """Each order to the site, made there, and its result back; openssl opens and packs every file on the way."""
    for path in sorted((office / "bureau" / "outbox").glob("*.p7m")):
        (site / "in" / path.name).write_bytes(_repacked(path.read_bytes(), "office", "site"))
        path.unlink()
        main(["station", "--orders", str(site), "--state", str(site.parent), "--once"])
    for path in sorted((site / "out").glob("*.p7m")):
        (office / "bureau" / "inbox" / path.name).write_bytes(_repacked(path.read_bytes(), "site", "office"))
        path.unlink()


def _repacked(file: bytes, sender: str, receiver: str) -> bytes:
    """What a file of ours holds, decrypted, verified, signed and encrypted again by openssl."""
    to, by = identities() / receiver, identities() / sender
    opened = _cms(file, "-decrypt", "-inform", "DER", "-recip", to / "certificate.pem", "-inkey", to / "key.pem")
    trust = ("-CAfile", by / "certificate.pem", "-purpose", "any")
    content = _cms(opened, "-verify", "-inform", "DER", *trust)
    signer = ("-signer", by / "certificate.pem", "-inkey", by / "key.pem", "-nodetach", "-md", "sha256")
    signed = _cms(content, "-sign", "-outform", "DER", *signer)
    return _cms(signed, "-encrypt", "-aes256", "-outform", "DER", to / "certificate.pem")


def _cms(data: bytes, what: str, *arguments: str | Path) -> bytes:
    command = [require("openssl", OPENSSL), "cms", what, "-binary", *map(str, arguments)]
    return subprocess.run(command, input=data, check=True, capture_output=True).stdout
