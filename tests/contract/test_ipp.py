"""The IPP driver against a real `ippeveprinter`: cancel, refusal, busy, abort, supplies, and links that break."""

from __future__ import annotations

import socket
import struct
import subprocess
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pypdfium2 as pdfium
import pytest

from card_drivers.device import ConfigurationError, DeviceBusy, DeviceOffline, LinkLost
from card_drivers.order import Outcome
from card_drivers.printers.ipp import IppPrinter
from card_drivers.station.agent import Pace, Station
from card_drivers.station.identity import Identity
from card_drivers.station.journal import Journal
from card_drivers.station.register import Register
from card_drivers.troubles import english
from tests import composed
from tests.contract.bench_ipp import HURRY, driver, make
from tests.contract.ippeve import WHY, IppEve, ippeve
from tests.counterparts import require
from tests.unit.station.fake_register import TOKEN, Books, serve
from tests.unit.station.workplace import Bench

pytestmark = pytest.mark.contract

PRINT_JOB = b"\x00\x02"
COMPLETED = ("ATTR keyword which-jobs completed", "ATTR keyword requested-attributes job-name,job-state")
WAIT_FOR_GO = "while [ ! -e go ]; do sleep 0.02; done\n"


@pytest.fixture
def eve(tmp_path: Path) -> Iterator[IppEve]:
    with ippeve(tmp_path) as printer:
        yield printer


def ipptool(uri: str, operation: str, *attributes: str) -> str:
    """Speak to the printer with CUPS's own client: what it says is not our reading of it."""
    lines = [
        f"OPERATION {operation}",
        "GROUP operation-attributes-tag",
        "ATTR charset attributes-charset utf-8",
        "ATTR naturalLanguage attributes-natural-language en",
        "ATTR uri printer-uri $uri",
        *attributes,
    ]
    test = "{\n" + "\n".join(lines) + "\n}\n"
    command = [require("ipptool", WHY), "-tv", uri, "/dev/stdin"]
    return subprocess.run(command, input=test, capture_output=True, text=True, timeout=20).stdout


@contextmanager
def in_background(work: Callable[[], object]) -> Iterator[list[object]]:
    """Run `work` in a thread; its result or its exception is in the list after the block."""
    ended: list[object] = []

    def run() -> None:
        try:
            ended.append(work())
        except Exception as error:
            ended.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield ended
    finally:
        thread.join(30)


def wait_until(true: Callable[[], object]) -> None:
    pause = threading.Event()
    for _ in range(1000):
        if true():
            return
        pause.wait(0.02)
    raise AssertionError("it did not come about in 20 seconds")


def test_the_job_is_named_by_the_order_and_has_its_faces(eve: IppEve, tmp_path: Path) -> None:
    order = composed.order()
    assert make(driver(eve.uri), order, tmp_path) is Outcome.DONE
    listed = ipptool(eve.uri, "Get-Jobs", *COMPLETED)
    assert f"job-name (nameWithoutLanguage) = {order.order_id}" in listed
    assert "job-state (enum) = completed" in listed
    (document,) = eve.printed()
    pages = pdfium.PdfDocument(document)
    assert [tuple(round(side) for side in page.get_size()) for page in pages] == [(243, 153), (243, 153)]
    pages.close()


def test_two_faces_are_two_sides_of_one_sheet(eve: IppEve, tmp_path: Path) -> None:
    eve.behave("env > environment\n")
    make(driver(eve.uri), composed.order(), tmp_path)
    environment = (tmp_path / "environment").read_text()
    assert "IPP_SIDES=two-sided-short-edge" in environment
    assert "IPP_COPIES=1" in environment
    assert "5398" in next(line for line in environment.splitlines() if line.startswith("IPP_MEDIA_COL="))


def test_a_booklet_page_is_printed_on_its_own_size(eve: IppEve, tmp_path: Path) -> None:
    order = composed.order("TD-C")
    assert make(driver(eve.uri), order, tmp_path) is Outcome.DONE


def test_a_size_the_printer_does_not_have_is_refused(eve: IppEve, tmp_path: Path) -> None:
    order = composed.order("RT")
    with pytest.raises(ConfigurationError, match=r"no medium of 210 x 148 mm"):
        make(driver(eve.uri), order, tmp_path)
    assert eve.printed() == []


def test_an_order_with_a_chip_is_refused(eve: IppEve, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no chip position"):
        make(driver(eve.uri), composed.with_chip(), tmp_path)
    assert eve.printed() == []


def test_an_ultraviolet_layer_is_left_out_only_on_purpose(eve: IppEve, tmp_path: Path) -> None:
    plain = IppPrinter(eve.uri, HURRY, patience=20.0, poll=0.02)
    assert ("uv" in plain.abilities().inks, "uv" in driver(eve.uri).abilities().inks) == (False, True)
    with pytest.raises(ConfigurationError, match="no ultraviolet ink"):
        make(plain, composed.order(), tmp_path)
    assert eve.printed() == []


def test_busy_is_seen_before_sending(eve: IppEve, tmp_path: Path) -> None:
    eve.behave(WAIT_FOR_GO)
    first = composed.order()
    with in_background(lambda: make(driver(eve.uri), first, tmp_path)) as ended:
        wait_until(eve.printed)
        assert driver(eve.uri).status().state == "processing"
        with pytest.raises(DeviceBusy):
            make(driver(eve.uri), composed.order(), tmp_path)
        (tmp_path / "go").touch()
    assert ended == [Outcome.DONE]
    assert len(eve.printed()) == 1


def test_busy_is_believed_when_the_printer_says_so(
    eve: IppEve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another client was faster between our question and our job: server-error-busy, 0x0507."""
    eve.behave(WAIT_FOR_GO)
    with in_background(lambda: make(driver(eve.uri), composed.order(), tmp_path)):
        wait_until(eve.printed)
        late = driver(eve.uri)
        monkeypatch.setattr(late, "_require_ready", lambda: None)
        with pytest.raises(DeviceBusy, match="0x0507") as caught:
            make(late, composed.order(), tmp_path)
        (tmp_path / "go").touch()
    assert caught.value.outcome is Outcome.NOT_STARTED
    assert len(eve.printed()) == 1


def test_a_job_cancelled_at_the_printer_is_spoiled(eve: IppEve, tmp_path: Path) -> None:
    eve.behave(WAIT_FOR_GO)
    order = composed.order()
    with in_background(lambda: make(driver(eve.uri), order, tmp_path)) as ended:
        wait_until(eve.printed)
        assert "successful-ok" in ipptool(eve.uri, "Cancel-Job", "ATTR integer job-id 1")
        (tmp_path / "go").touch()
    (error,) = ended
    assert "cancelled while it ran" in str(error)
    assert driver(eve.uri).recover(order.order_id).outcome is Outcome.SPOILED


def test_a_job_that_does_not_end_is_cancelled(eve: IppEve, tmp_path: Path) -> None:
    eve.behave("sleep 0.6\n")
    order = composed.order()
    with in_background(lambda: make(driver(eve.uri, patience=0.1), order, tmp_path)) as ended:
        pass
    assert "cancelled while it ran" in str(ended[0])
    assert "job-state (enum) = canceled" in ipptool(eve.uri, "Get-Jobs", *COMPLETED)


def test_cancelling_what_has_ended_is_fine(eve: IppEve, tmp_path: Path) -> None:
    make(driver(eve.uri), composed.order(), tmp_path)
    driver(eve.uri).cancel(1)


def test_supplies_and_reasons_are_reported(eve: IppEve, tmp_path: Path) -> None:
    eve.behave('echo "ATTR: marker-names=ribbon,film marker-levels=7,-2" >&2\necho "STATE: +cover-open" >&2\n')
    make(driver(eve.uri), composed.order(), tmp_path)
    status = driver(eve.uri).status()
    assert [(supply.name, supply.level) for supply in status.supplies] == [("ribbon", 7), ("film", None)]
    assert status.state == "stopped"
    assert [reason.removesuffix("-report") for reason in status.reasons] == ["cover-open"]
    with pytest.raises(DeviceOffline, match="cover-open"):
        make(driver(eve.uri), composed.order(), tmp_path)


# Links that break: a proxy between driver and printer.


class Proxy:
    """Passes requests on. `cut` says what it does with the next Print-Job: None, "answer" (the printer gets it, the
    answer is lost) or "request" (the printer gets half of it)."""

    def __init__(self, target_port: int) -> None:
        self.cut: str | None = None
        self._target_port = target_port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.uri = f"ipp://127.0.0.1:{self._listener.getsockname()[1]}/ipp/print"
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(10)

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            with client:
                client.settimeout(10)
                self._pass_on(client)

    def _pass_on(self, client: socket.socket) -> None:
        head, body = _read_request(client)
        cut = self.cut if body[2:4] == PRINT_JOB else None
        with socket.create_connection(("localhost", self._target_port), timeout=10) as printer:
            printer.sendall(head)
            printer.sendall(body[: len(body) // 2] if cut == "request" else body)
            if cut == "request":
                printer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                return
            while part := printer.recv(65536):
                if cut == "answer":
                    return
                client.sendall(part)
                if _is_complete(part):
                    return


def _read_request(client: socket.socket) -> tuple[bytes, bytes]:
    data = b""
    while b"\r\n\r\n" not in data:
        data += client.recv(65536)
    head, body = data.split(b"\r\n\r\n", 1)
    length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
    while len(body) < length:
        body += client.recv(65536)
    host = head.split(b"\r\n")
    lines = [line if not line.lower().startswith(b"host:") else b"Host: localhost" for line in host]
    return b"\r\n".join([*lines, b"Connection: close"]) + b"\r\n\r\n", body


def _is_complete(part: bytes) -> bool:
    return part.endswith((b"\x03", b"0\r\n\r\n"))


@pytest.fixture
def proxy(eve: IppEve) -> Iterator[Proxy]:
    proxy = Proxy(int(eve.uri.split(":")[2].split("/")[0]))
    yield proxy
    proxy.close()


def test_the_proxy_is_transparent(eve: IppEve, proxy: Proxy, tmp_path: Path) -> None:
    assert make(driver(proxy.uri), composed.order(), tmp_path) is Outcome.DONE


def test_a_lost_answer_is_resolved_by_the_jobs_name(eve: IppEve, proxy: Proxy, tmp_path: Path) -> None:
    order = composed.order()
    proxy.cut = "answer"
    with pytest.raises(LinkLost):
        make(driver(proxy.uri), order, tmp_path)
    assert driver(proxy.uri).recover(order.order_id).outcome is Outcome.DONE
    assert len(eve.printed()) == 1


def test_half_a_request_is_never_printed(eve: IppEve, proxy: Proxy, tmp_path: Path) -> None:
    order = composed.order()
    proxy.cut = "request"
    with pytest.raises(LinkLost):
        make(driver(proxy.uri), order, tmp_path)
    proxy.cut = None
    assert driver(proxy.uri).recover(order.order_id).outcome in (Outcome.NOT_STARTED, Outcome.UNKNOWN)
    assert eve.printed() == []


def station(url: str, printer: IppPrinter, journal: Journal, folder: Path, recover: float = 20.0) -> Station:
    pace = Pace(poll=0.02, slowest=0.1, recover=recover)
    return Station(Register(url, Identity(folder / "identity"), TOKEN, HURRY), Bench(printer), journal, pace, folder)  # type: ignore[arg-type]


def test_a_station_with_a_lost_link_reports_done_and_prints_once(eve: IppEve, proxy: Proxy, tmp_path: Path) -> None:
    books = Books(queue=[composed.order()])
    proxy.cut = "answer"
    journal = Journal(tmp_path / "journal.jsonl")
    with serve(books) as url:
        station(url, driver(proxy.uri), journal, tmp_path).once()
    journal.close()
    assert books.outcomes() == [Outcome.DONE]
    assert [result.digests for result in books.told] == [order.digests() for order in books.claims.values()]
    assert len(eve.printed()) == 1


def test_a_station_whose_printer_vanished_reports_unknown(eve: IppEve, tmp_path: Path) -> None:
    books = Books(queue=[composed.order()])
    eve.behave(WAIT_FOR_GO)
    journal = Journal(tmp_path / "journal.jsonl")
    with serve(books) as url:
        agent = station(url, driver(eve.uri), journal, tmp_path, recover=0.0)
        with in_background(agent.cycle) as ended:
            wait_until(eve.printed)
            eve.switch_off()
        assert isinstance(ended[0], LinkLost)
        agent.cycle()
    journal.close()
    (result,) = books.told
    assert (result.outcome, result.step) == (Outcome.UNKNOWN, "print")
    assert "tray" in result.message


def test_a_restarted_station_finds_the_job_again(eve: IppEve, tmp_path: Path) -> None:
    """Killed after Print-Job: the journal has a step begun, the printer has the job."""
    order = composed.order()
    assert make(driver(eve.uri), order, tmp_path) is Outcome.DONE
    journal = Journal(tmp_path / "journal.jsonl")
    journal.write("claim", order.claim_id)
    journal.write("order", order.claim_id, order_id=str(order.order_id))
    journal.write("begin", order.claim_id, step="print")
    journal.close()
    books = Books(claims={order.claim_id: order})
    journal = Journal(tmp_path / "journal.jsonl")
    with serve(books) as url:
        station(url, driver(eve.uri), journal, tmp_path).once()
    journal.close()
    assert books.outcomes() == [Outcome.DONE]
    assert len(eve.printed()) == 1


def test_a_job_unknown_to_the_printer_is_unknown(eve: IppEve) -> None:
    answer = driver(eve.uri).recover(uuid.uuid4())
    assert answer.outcome is Outcome.UNKNOWN
    assert "tray" in english(answer.trouble)


def test_there_is_no_printer() -> None:
    with socket.socket() as kept:  # bound and not listening: refused, and no other process can take the port
        kept.bind(("127.0.0.1", 0))
        with pytest.raises(DeviceOffline, match="Switch the printer on"):
            driver(f"ipp://127.0.0.1:{kept.getsockname()[1]}/ipp/print").status()
