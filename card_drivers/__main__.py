"""The station's own root, `python -m card_drivers COMMAND`: a station, and what belongs to setting one up.

Exit codes: 0 done, or nothing to do; 2 wrong arguments, settings or files; 3 the register refused this station or
cannot be reached (`--once`); 4 the order ended other than done or sent (`--once`, `test-print`), or the acceptance is
not passed; 5 the device or the chip cannot work or was lost; 6 the journal cannot be written. The token is read from a
file, never from the command line.
"""

from __future__ import annotations

import argparse
import datetime as dt
import logging
import re
import signal
import sys
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from card_drivers import capabilities
from card_drivers.acceptance import command as acceptance
from card_drivers.acceptance import report
from card_drivers.bureau import sealed_file
from card_drivers.bureau.orders_folder import OrdersFolder
from card_drivers.device import ConfigurationError, DeviceError
from card_drivers.encoders import pcsc
from card_drivers.links import discovery
from card_drivers.links.transport import is_loopback, shown_fingerprint
from card_drivers.order import AccessKeys, Outcome, ReadRequest
from card_drivers.simulators.machine import Blank, Simulation
from card_drivers.station import print_test, reading
from card_drivers.station.agent import GOOD, Orders, Pace, Station
from card_drivers.station.equipment import Context, Equipment
from card_drivers.station.identity import Identity
from card_drivers.station.journal import FILE, Journal, JournalError
from card_drivers.station.register import Register, RegisterError
from card_drivers.station.spoils import Spoils
from card_drivers.troubles import english

DONE, USAGE, REGISTER, NOT_DONE, DEVICE, JOURNAL = 0, 2, 3, 4, 5, 6
MOST_SERIALS = 10_000
LONGEST_SEARCH = 60.0  # seconds
SHOW_SECONDS = 5.0  # a printer may take to show its certificate
NO_PRINTER = "No printer announced itself: switch it on, connect it to this network, or read its address on its panel."


class CommandError(Exception):
    """What was typed cannot be done: an English sentence for the terminal, which no register ever sees."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; its exit code."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", stream=sys.stderr)
    try:
        return int(options.run(options))
    except (CommandError, ConfigurationError) as error:
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
    station = _command(commands, "station", run_station, "claim orders and make them")
    source = station.add_mutually_exclusive_group(required=True)
    source.add_argument("--server", help="the register: https://... (http:// only for this machine)")
    source.add_argument("--orders", type=Path, help="a folder with production files instead of a register")
    station.add_argument("--token-file", type=Path, help="file with the token that enrols the station; read once")
    station.add_argument("--once", action="store_true", help="one order at most, then end")
    station.add_argument("--poll", type=float, default=1.0, help="seconds between two questions for work")
    test = _command(commands, "test-print", run_test_print, "print a test card; takes one blank")
    test.add_argument("--stock", default="", help="stock of the blank (simulator); otherwise the next one")
    trial = _command(commands, "acceptance", run_acceptance, "try a new printer with test cards; takes blanks")
    acceptance.add_options(trial)
    for command in (station, test, trial):
        command.add_argument("--printer", default="simulator", help="a module of card_drivers/printers")
        command.add_argument("--encoder", help="a module of card_drivers/encoders; simulator with that printer")
    load = _add_load(commands)
    resume = _command(commands, "resume", run_resume, "go on after too many spoiled cards; look first")
    for command in (station, test, trial, load, resume):
        command.add_argument("--state", type=Path, required=True, help="the station's folder: journal, settings")
    find = _command(commands, "find", run_find, "list the printers that announce themselves in this network")
    find.add_argument("--seconds", type=float, default=3.0, help="how long to listen")
    _command(commands, "capabilities", run_capabilities, "which kinds of stations make which documents")
    _command(commands, "readers", run_readers, "list the PC/SC readers and what lies on them")
    _add_read(commands)
    key = _command(commands, "bureau-key", run_bureau_key, "make a key and a certificate for production files")
    key.add_argument("--out", type=Path, required=True, help="folder for key.pem and certificate.pem")
    key.add_argument("--name", default="Liman station", help="name in the certificate")
    return parser


def _add_load(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> argparse.ArgumentParser:
    load = _command(commands, "load", run_load, "put blanks or a new ribbon into the simulated printer, or clean it")
    load.add_argument("--stock", help="what kind of blank")
    source = load.add_mutually_exclusive_group(required=True)
    source.add_argument("--serials", help="FIRST..LAST, same length")
    source.add_argument("--count", type=int, help="sheets without a serial")
    source.add_argument("--file", type=Path, help='JSON list of {"serial", "stock", "uid"}')
    source.add_argument("--ribbon", action="store_true", help="a new ribbon")
    source.add_argument("--clean", action="store_true", help="run a cleaning card")
    return load


def _add_read(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    read = _command(commands, "read", run_read, "open a finished card and write its files")
    read.add_argument("--reader", default="", help="name of the reader, or a part of it; else the only one")
    read.add_argument("--can", default="", help="the six digits on the card's face")
    read.add_argument("--document-number", default="", help="as in the MRZ, instead of the CAN")
    read.add_argument("--birth", default="", help="YYMMDD, as in the MRZ")
    read.add_argument("--expiry", default="", help="YYMMDD, as in the MRZ")
    read.add_argument("--out", type=Path, required=True, help="folder for DG1.bin, SOD.bin, ...")


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
    """Work until SIGTERM or Ctrl-C, or one cycle with `--once`."""
    orders = _orders(options)
    equipment = _equipment(options)
    journal = Journal(options.state / FILE)
    try:
        station = Station(orders, equipment, journal, replace(Pace(), poll=options.poll), options.state)
        if options.once:
            result = station.once()
            return DONE if result is None or result.outcome in GOOD else NOT_DONE
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: station.stop.set())
        station.run()
        return DONE
    finally:
        if isinstance(orders, Register):
            orders.end()
        journal.close()


def run_resume(options: argparse.Namespace) -> int:
    """Count spoiled cards from the beginning; a station that runs takes orders again."""
    if not options.state.is_dir():
        raise CommandError(f"--state {options.state} is no folder of a station: name the one it runs with.")
    spoils = Spoils(options.state)
    print(f"{spoils.in_a_row} spoiled cards in a row are forgotten: the station goes on.")
    spoils.go_on()
    return DONE


def run_load(options: argparse.Namespace) -> int:
    """Load blanks into the hopper of the simulated printer, change its ribbon, or clean it."""
    simulation = _simulation(options)
    if options.ribbon or options.clean:
        simulation.change_ribbon() if options.ribbon else simulation.clean()
        return DONE
    if options.file is not None:
        blanks = _blanks_from(options.file)
    elif not options.stock:
        raise CommandError("--stock is missing: say what kind of blank it is.")
    else:
        serials = _serials(options.serials) if options.serials else [None] * _checked_count(options.count)
        blanks = [Blank(serial=serial, stock=options.stock, uid=_uid(options.stock, serial)) for serial in serials]
    left = simulation.load(blanks)
    print(f"{len(blanks)} loaded, {left} in the feeder")
    return DONE


def run_find(options: argparse.Namespace) -> int:
    """List the printers that announce themselves, with what belongs into a station's settings."""
    if not 0 < options.seconds <= LONGEST_SEARCH:
        raise CommandError(f"--seconds {options.seconds:g}: listen up to {LONGEST_SEARCH:g} seconds.")
    try:
        found = discovery.printers(options.seconds)
    except OSError as error:
        raise CommandError(f"No network to listen in ({error.strerror}): connect this machine.") from error
    print("\n".join(_announcement(each) for each in found) or NO_PRINTER)
    return DONE


def _announcement(printer: discovery.Announced) -> str:
    lines = [f"{printer.name} ({printer.make or 'says no make'})", f"  uri: {printer.uri}"]
    if printer.secure:
        lines.append(f"  fingerprint: {_fingerprint(printer)}")
    elif not is_loopback(printer.host):
        lines.append("  It speaks no TLS: use it through a CUPS queue of this machine, connected by a cable.")
    return "\n".join([*lines, f"  formats: {', '.join(printer.formats) or 'not said'}"])


def _fingerprint(printer: discovery.Announced) -> str:
    try:
        shown = shown_fingerprint(printer.host, printer.port, SHOW_SECONDS)
    except OSError as error:
        return f"none shown ({error.strerror or error})"
    return f"{shown} (compare it at the printer first)"


def run_capabilities(_: argparse.Namespace) -> int:
    """Print the table of what every driver can make."""
    print(capabilities.table())
    return DONE


def run_readers(_: argparse.Namespace) -> int:
    """List the PC/SC readers of this machine and what lies on them."""
    found = [f"{each.name}: {_lying(each)}" for each in pcsc.readers()]
    print("\n".join(found) or "No reader: connect one and start pcscd.")
    return DONE


def _lying(reader: pcsc.ReaderState) -> str:
    if not reader.atr:
        return "nothing"
    return f"card with ATR {reader.atr}, UID {reader.uid or 'not told'}"


def run_read(options: argparse.Namespace) -> int:
    """Open the card on a reader and write its files."""
    some = uuid.uuid4()
    request = ReadRequest(read_id=some, order_id=some, access=_access(options))
    found = reading.read(pcsc.open(pcsc.Settings(reader=options.reader), Context(options.out)), request)
    if found.trouble:
        raise DeviceError(found.trouble)
    try:
        reading.write(found, options.out)
    except OSError as error:
        raise CommandError(f"--out {options.out} cannot be written ({error.strerror}).") from error
    proved = [f"{name} authentication {'proved' if good else 'FAILED'}" for name, good in found.proofs.items()]
    print("; ".join([f"UID {found.chip_uid}", f"opened by {found.opened_by}", ", ".join(found.files), *proved]))
    for remark in found.remarks:
        print(english(remark))
    if found.missing:
        raise DeviceError("chip-files-missing", names=", ".join(found.missing))
    return DONE if all(found.proofs.values()) else NOT_DONE


def _access(options: argparse.Namespace) -> AccessKeys:
    fields = (options.document_number, options.birth, options.expiry)
    if options.can and not re.fullmatch("[0-9]{6}", options.can):
        raise CommandError("--can has six digits: read them on the face of the card.")
    if not options.can and not all(fields):
        raise CommandError("Give --can, or --document-number, --birth and --expiry as in the MRZ.")
    for option, date in (("--birth", options.birth), ("--expiry", options.expiry)):
        if date and not re.fullmatch("[0-9]{6}", date):
            raise CommandError(f"{option} is YYMMDD, six digits, as in the MRZ.")
    number, birth, expiry = fields
    return AccessKeys(document_number=number, birth_date=birth, expiry_date=expiry, can=options.can)


def run_bureau_key(options: argparse.Namespace) -> int:
    """A new key and its certificate; the certificate goes to the other side."""
    sealed_file.make_identity(options.out, options.name, dt.datetime.now(dt.UTC))
    print(f"{options.out / sealed_file.CERTIFICATE} is for the other side; the key beside it stays here.")
    return DONE


def run_test_print(options: argparse.Namespace) -> int:
    """Print one test card without chip; no station may run on the same state meanwhile."""
    printer = _equipment(options).printer
    with _resting(options.state):
        result = print_test.run(printer, options.state, uuid.uuid4(), options.stock)
    if result.outcome is Outcome.NOT_STARTED:
        raise DeviceError(result.trouble or "no-blank-taken")
    serial = result.blank_serial or "without serial"
    print(f"{result.outcome}: blank {serial} is used: record it as spoiled. {result.message}".rstrip())
    return DONE if result.outcome is Outcome.DONE else NOT_DONE


@contextmanager
def _resting(state: Path) -> Iterator[None]:
    """No station runs on this folder meanwhile, and none left an order open."""
    journal = Journal(state / FILE)
    try:
        claim = journal.open_claim
        if claim is not None and claim.order_id is not None:
            raise CommandError("The station has an open order: start it once so that it settles it first.")
        yield
    finally:
        journal.close()


def run_acceptance(options: argparse.Namespace) -> int:
    """Try a printer and write what was found, or show what was written."""
    identity = Identity(options.state / "identity")
    if options.check is None:
        equipment = _equipment(options)
        with _resting(options.state):
            report.write(options.out, acceptance.tried(options, equipment), identity)
    found = report.read(options.check or options.out, identity)
    print("\n".join(report.lines(found)))
    return DONE if found.verdict == "passed" else NOT_DONE


def _orders(options: argparse.Namespace) -> Orders:
    if options.orders is not None:
        return OrdersFolder(options.orders)
    identity = Identity(options.state / "identity")
    if options.token_file is None and identity.known is None:
        raise CommandError("--token-file is missing: have an administrator make a token for this station.")
    return Register(options.server, identity, "" if identity.known else _token(options.token_file))


def _equipment(options: argparse.Namespace) -> Equipment:
    simulated = "simulator" if options.printer == "simulator" else None
    return Equipment(Context(options.state), options.printer, options.encoder or simulated)


def _simulation(options: argparse.Namespace) -> Simulation:
    return Simulation(options.state / "simulator")


def _token(path: Path) -> str:
    try:
        token = path.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"--token-file {path} cannot be read: have an administrator make a token.") from error
    if not re.fullmatch(r"[!-~]{8,500}", token):
        raise CommandError(f"--token-file {path} holds no token: have an administrator make one.")
    return token


def _blanks_from(path: Path) -> list[Blank]:
    try:
        return TypeAdapter(list[Blank]).validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise CommandError(f"--file {path} is no JSON list of blanks: {error}") from error


def _serials(span: str) -> list[str]:
    """`RP001..RP050` as fifty serials."""
    match = re.fullmatch(r"([A-Z0-9-]*?)(\d+)\.\.([A-Z0-9-]*?)(\d+)", span)
    if not match or match[1] != match[3] or len(match[2]) != len(match[4]) or int(match[2]) > int(match[4]):
        raise CommandError(f"--serials {span}: write FIRST..LAST, as in RP000001..RP000050.")
    first, last = int(match[2]), int(match[4])
    _checked_count(last - first + 1)
    return [f"{match[1]}{number:0{len(match[2])}d}" for number in range(first, last + 1)]


def _checked_count(count: int) -> int:
    if not 1 <= count <= MOST_SERIALS:
        raise CommandError(f"{count} blanks: load 1 to {MOST_SERIALS} at a time.")
    return count


def _uid(stock: str, serial: str | None) -> str | None:
    """A simulated chip UID (seven bytes, ISO 14443-3; 04 is a maker's code) by the serial; None for stock without."""
    if serial is None or not ("chip" in stock or stock.startswith("booklet")):
        return None
    return "04" + uuid.uuid5(uuid.NAMESPACE_OID, serial).hex[:12]


def _fail(code: int, error: Exception) -> int:
    print(f"card_drivers: {error}", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
