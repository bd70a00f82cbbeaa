"""A gateway of SMS that answers what a test says, byte for byte, on loopback."""

from __future__ import annotations

import contextlib
import datetime as dt
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

Answer = Callable[[socket.socket], None]


@dataclass
class FakeGateway:
    """Where it listens, and the requests that came, whole."""

    port: int
    requests: list[bytes] = field(default_factory=list)


def says(status: int, body: str = "", *headers: str) -> Answer:
    """An answer as HTTP is."""
    lines = (f"HTTP/1.1 {status} x", f"Content-Length: {len(body.encode())}", *headers, "", body)
    return lambda line: line.sendall("\r\n".join(lines).encode())


@contextmanager
def gateway(answer: Answer, tls: ssl.SSLContext | None = None) -> Iterator[FakeGateway]:
    """Take connections, one after the other, until the block ends."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        found = FakeGateway(listener.getsockname()[1])
        thread = threading.Thread(target=_serve, args=(listener, found, answer, tls))
        thread.start()
        try:
            yield found
        finally:
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            thread.join()


def served_as(name: str, folder: Path) -> tuple[ssl.SSLContext, Path]:
    """TLS of a host of this name, and the file of the certificate by which it is known."""
    key = ec.generate_private_key(ec.SECP256R1())
    called = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder(called, called, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    known, both = folder / "gateway.pem", folder / "gateway-key.pem"
    known.write_bytes(made.public_bytes(Encoding.PEM))
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    both.write_bytes(secret + known.read_bytes())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(both)
    return context, known


def _serve(listener: socket.socket, found: FakeGateway, answer: Answer, tls: ssl.SSLContext | None) -> None:
    while True:
        try:
            line, _ = listener.accept()
        except OSError:
            return
        with contextlib.suppress(OSError), line, _secured(line, tls) as secured:
            found.requests.append(_whole(secured))
            answer(secured)


def _secured(line: socket.socket, tls: ssl.SSLContext | None) -> socket.socket:
    return tls.wrap_socket(line, server_side=True) if tls else line


def _whole(line: socket.socket) -> bytes:
    """One request: its head, and a body as long as it says."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += _more(line)
    head, _, body = data.partition(b"\r\n\r\n")
    lengths = [int(row.split(b":")[1]) for row in head.split(b"\r\n") if row.lower().startswith(b"content-length:")]
    while len(body) < sum(lengths):
        body += _more(line)
    return head + b"\r\n\r\n" + body


def _more(line: socket.socket) -> bytes:
    data = line.recv(65536)
    if not data:
        raise ConnectionError("it left in the middle")
    return data
