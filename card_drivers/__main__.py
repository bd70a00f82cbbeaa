"""The station's own root: `python -m card_drivers station | load | readers | test-print`.

Exit codes: 0 done, or nothing to do; 2 wrong arguments, settings or files; 3 the register refused this station or
cannot be reached (`--once`); 4 the order ended other than done (`--once`, `test-print`); 5 the device cannot work or
was lost; 6 the journal cannot be written. The token is read from a file, never from the command line.
"""

from __future__ import annotations

import argparse
import io
import logging
import re
import signal
import sys
import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from PIL import Image, ImageDraw
from pydantic import TypeAdapter, ValidationError

from card_drivers.client import Register, RegisterError
from card_drivers.device import CardPrinter, ChipEncoder, ConfigurationError, DeviceError
from card_drivers.encoders import pcsc
from card_drivers.encoders.simulator import SimulatedReader
from card_drivers.journal import Journal, JournalError
from card_drivers.order import Face, Layer, Order, Outcome
from card_drivers.printers.ipp import IppPrinter
from card_drivers.printers.simulator import SimulatedPrinter
from card_drivers.production import Production
from card_drivers.simulation import Blank, Simulation
from card_drivers.station import Pace, Station

DONE, USAGE, REGISTER, NOT_DONE, DEVICE, JOURNAL = 0, 2, 3, 4, 5, 6
MOST_SERIALS = 10_000
CARD_MM = (85.6, 53.98)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; its exit code."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", stream=sys.stderr)
    try:
        return int(options.run(options))
    except ConfigurationError as error:
        return _fail(USAGE, error)
    except RegisterError as error:
        return _fail(REGISTER, error)
    except DeviceError as error:
        return _fail(DEVICE, error)
    except JournalError as error:
        return _fail(JOURNAL, error)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m card_drivers", description="The machines of one workplace.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    station = _command(commands, "station", run_station, "claim orders from the register and make them")
    station.add_argument("--server", required=True, help="https://... (http:// only for this machine)")
    station.add_argument("--token-file", type=Path, required=True, help="file with the station's token")
    station.add_argument("--once", action="store_true", help="one order at most, then end")
    station.add_argument("--poll", type=float, default=1.0, help="seconds between two questions for work")
    test_print = _command(commands, "test-print", run_test_print, "print a test card; takes one blank")
    test_print.add_argument("--stock", default="card-chip", help="stock of the blank (simulator)")
    for command in (station, test_print):
        command.add_argument("--printer", default="simulator", help="simulator, or ipp:URL with ipps://...")
    load = _command(commands, "load", run_load, "put blanks into the simulated printer")
    load.add_argument("--stock", help="what kind of blank")
    source = load.add_mutually_exclusive_group(required=True)
    source.add_argument("--serials", help="FIRST..LAST, same length")
    source.add_argument("--count", type=int, help="sheets without a serial")
    source.add_argument("--file", type=Path, help='JSON list of {"serial", "stock", "uid"}')
    for command in (station, test_print, load):
        command.add_argument("--state", type=Path, required=True, help="directory of journal and simulated machine")
    _command(commands, "readers", run_readers, "list the PC/SC readers")
    return parser


def _command(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    run: Callable[[argparse.Namespace], int],
    description: str,
) -> argparse.ArgumentParser:
    command = commands.add_parser(name, help=description, description=description)
    command.set_defaults(run=run)
    return command


def run_station(options: argparse.Namespace) -> int:
    """Work for the register until SIGTERM or Ctrl-C, or one cycle with `--once`."""
    register = Register(options.server, _token(options.token_file))
    printer, encoder = _devices(options)
    journal = Journal(options.state / "journal.jsonl")
    try:
        station = Station(register, printer, encoder, journal, replace(Pace(), poll=options.poll))
        if options.once:
            result = station.once()
            return DONE if result is None or result.outcome is Outcome.DONE else NOT_DONE
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: station.stop.set())
        station.run()
        return DONE
    finally:
        journal.close()


def run_load(options: argparse.Namespace) -> int:
    """Load blanks into the hopper of the simulated printer."""
    if options.file is not None:
        blanks = _blanks_from(options.file)
    elif not options.stock:
        raise ConfigurationError("--stock is missing: say what kind of blank it is.")
    else:
        serials = _serials(options.serials) if options.serials else [None] * _checked_count(options.count)
        blanks = [Blank(serial=serial, stock=options.stock, uid=_uid(options.stock, serial)) for serial in serials]
    left = _simulation(options).load(blanks)
    print(f"{len(blanks)} loaded, {left} in the feeder")
    return DONE


def run_readers(_: argparse.Namespace) -> int:
    """List the PC/SC readers of this machine."""
    names = pcsc.reader_names()
    print("\n".join(names) or "No reader: connect one and start pcscd.")
    return DONE


def run_test_print(options: argparse.Namespace) -> int:
    """Print one test card without chip; no station may run on the same state meanwhile."""
    printer, _ = _devices(options)
    station_journal = Journal(options.state / "journal.jsonl")
    journal = Journal(options.state / "test-print.jsonl")
    try:
        claim = station_journal.open_claim
        if claim is not None and claim.order_id is not None:
            raise ConfigurationError("The station has an open order: start it once so that it settles it first.")
        order = _test_order(options.stock)
        journal.write("claim", order.claim_id)
        journal.write("order", order.claim_id, order_id=str(order.order_id))
        result = printer.produce(order, Production(order, journal, None))
        journal.write("closed", order.claim_id)
    finally:
        journal.close()
        station_journal.close()
    print(f"{result.outcome}: blank {result.blank_serial or 'without serial'} is used: record it as spoiled.")
    return DONE if result.outcome is Outcome.DONE else NOT_DONE


def _devices(options: argparse.Namespace) -> tuple[CardPrinter, ChipEncoder | None]:
    if options.printer == "simulator":
        simulation = _simulation(options)
        return SimulatedPrinter(simulation), SimulatedReader(simulation)
    if options.printer.startswith("ipp:"):
        return IppPrinter(options.printer.removeprefix("ipp:")), None
    raise ConfigurationError(f"--printer {options.printer} is unknown: simulator, or ipp:URL.")


def _simulation(options: argparse.Namespace) -> Simulation:
    return Simulation(options.state / "simulator")


def _token(path: Path) -> str:
    try:
        token = path.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"--token-file {path} cannot be read: have an administrator make a token.") from error
    if not re.fullmatch(r"[!-~]{8,500}", token):
        raise ConfigurationError(f"--token-file {path} holds no token: have an administrator make one.")
    return token


def _blanks_from(path: Path) -> list[Blank]:
    try:
        return TypeAdapter(list[Blank]).validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise ConfigurationError(f"--file {path} is no JSON list of blanks: {error}") from error


def _serials(span: str) -> list[str]:
    """`RP001..RP050` as fifty serials."""
    match = re.fullmatch(r"([A-Z0-9-]*?)(\d+)\.\.([A-Z0-9-]*?)(\d+)", span)
    if not match or match[1] != match[3] or len(match[2]) != len(match[4]) or int(match[2]) > int(match[4]):
        raise ConfigurationError(f"--serials {span}: write FIRST..LAST, as in RP000001..RP000050.")
    first, last = int(match[2]), int(match[4])
    _checked_count(last - first + 1)
    return [f"{match[1]}{number:0{len(match[2])}d}" for number in range(first, last + 1)]


def _checked_count(count: int) -> int:
    if not 1 <= count <= MOST_SERIALS:
        raise ConfigurationError(f"{count} blanks: load 1 to {MOST_SERIALS} at a time.")
    return count


def _uid(stock: str, serial: str | None) -> str | None:
    """A simulated chip UID (seven bytes, ISO 14443-3; 04 is a maker's code) by the serial; None for stock without."""
    if serial is None or not ("chip" in stock or stock.startswith("booklet")):
        return None
    return "04" + uuid.uuid5(uuid.NAMESPACE_OID, serial).hex[:12]


def _test_order(stock: str) -> Order:
    """A card with a frame at the edge, a grey wedge and the words TEST PRINT, without anybody's data."""
    width, height = (round(side / 25.4 * 300) for side in CARD_MM)
    picture = Image.new("RGB", (width, height), "white")
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 0, width - 1, height - 1), outline="black", width=4)
    for step in range(16):
        draw.rectangle((60 + step * 55, 400, 115 + step * 55, 560), fill=(step * 17,) * 3)
    draw.text((60, 80), "TEST PRINT", fill="black", font_size=120)
    pdf = io.BytesIO()
    picture.save(pdf, format="PDF", resolution=300)
    document = pdf.getvalue()
    layer = Layer(name="colour", pdf=document)
    face = Face(name="front", width_mm=CARD_MM[0], height_mm=CARD_MM[1], layers=(layer,), combined=document)
    order_id = uuid.uuid4()
    return Order(order_id=order_id, claim_id=order_id, document_type="TEST", stock=stock, faces=(face,))


def _fail(code: int, error: Exception) -> int:
    print(f"card_drivers: {error}", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
