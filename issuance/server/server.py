"""The loop of the server: who may connect, which lane a request takes, how it all ends."""

from __future__ import annotations

import logging
import sys
import time
from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from waitress import wasyncore
from waitress.adjustments import Adjustments
from waitress.server import TcpWSGIServer
from waitress.task import ThreadedTaskDispatcher

from issuance.server.connections import Channel, Refusal, Route
from issuance.server.limits import Limits, Pace

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

MORE = 100
"""Files that are no connections, and connections that are just being closed."""


class Server(TcpWSGIServer):
    """Serves `application` on `listen` (HOST:PORT) until `stop`. OSError when it cannot listen there.

    `route` says of each request how much it may send and whether it is a stranger's. `proxies` is how many reverse
    proxies of ours stand before it.
    """

    channel_class = Channel
    accepting: bool

    def __init__(
        self, application: WSGIApplication, listen: str, route: Route, limits: Limits | None = None, proxies: int = 0
    ) -> None:
        self.route = route
        self.limits = limits or Limits()
        self.proxies = proxies
        self.pace = Pace(self.limits.requests_per_second, self.limits.burst)
        self.strangers_pace = Pace(self.limits.strangers_per_second, self.limits.strangers_burst)
        self.ends_at: float | None = None
        self.strangers = lane(self.limits.stranger_threads)
        logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # one line a request in a flood
        super().__init__(
            application, {}, dispatcher=lane(self.limits.staff_threads), adj=adjustments(listen, self.limits)
        )

    def add_task(self, channel: Channel) -> None:
        """Give the next request of the connection to the threads of its lane; refuse it when its sender runs."""
        request = channel.requests[0]
        threads, pace = (self.strangers, self.strangers_pace) if request.stranger else (self.task_dispatcher, self.pace)
        if not pace.takes(channel.caller(request)):
            request.error = Refusal(429)
        threads.add_task(channel)

    def handle_accept(self) -> None:
        """Take a connection in; when there are too many, another makes room."""
        if sum(not channel.will_close for channel in self.active_channels.values()) >= self.limits.connections:
            self._make_room(lambda channel: 1)
        super().handle_accept()

    def maintenance(self, now: float) -> None:
        """Close what has waited long enough, and what waits with too much."""
        for channel in list(self.active_channels.values()):
            if channel.waits and channel.due(self.limits) < now:
                self._close(channel)
        self.keep_memory()

    def keep_memory(self) -> None:
        """Close what waits with too much."""
        while sum(channel.waiting_bytes for channel in self._waiting()) > self.limits.waiting_bytes:
            self._make_room(lambda channel: channel.waiting_bytes)

    def run(self) -> None:
        """Serve until `stop`; requests in work are answered before it returns, if they are within `stop_seconds`."""
        while self.ends_at is None or (time.time() < self.ends_at and self._busy()):
            wasyncore.loop(timeout=1, use_poll=True, map=self._map, count=1)
            if self.ends_at is not None and self.accepting:
                self.accepting = False
                wasyncore.dispatcher.close(self)  # the listening socket; open connections are served on
        for threads in (self.task_dispatcher, self.strangers):
            threads.shutdown(timeout=max(0.5, (self.ends_at or 0) - time.time()))
        wasyncore.close_all(self._map, ignore_all=True)

    def stop(self) -> None:
        """Make `run` return soon: from a signal, or from another thread."""
        if self.ends_at is None:
            self.ends_at = time.time() + self.limits.stop_seconds
            self.pull_trigger()

    def _busy(self) -> bool:
        return any(channel.requests or channel.total_outbufs_len for channel in list(self.active_channels.values()))

    def _waiting(self) -> list[Channel]:
        return [channel for channel in list(self.active_channels.values()) if channel.waits]

    def _make_room(self, weight: Callable[[Channel], int]) -> None:
        """Close the oldest waiting connection of the address that weighs most."""
        waiting, total = self._waiting(), Counter[str]()
        for channel in waiting:
            total[channel.addr[0]] += weight(channel)
        heaviest = max(total, key=total.__getitem__, default=None)
        for channel in sorted(waiting, key=lambda channel: channel.began):
            if channel.addr[0] == heaviest and weight(channel):
                self._close(channel)
                return

    def _close(self, channel: Channel) -> None:
        channel.leftover, channel.lingering = False, 0
        channel.will_close = True


def lane(threads: int) -> Any:
    """So many threads with a queue of their own."""
    dispatcher = ThreadedTaskDispatcher()
    dispatcher.set_thread_count(threads)
    return dispatcher


def adjustments(listen: str, limits: Limits) -> Adjustments:
    """What waitress is told. Nothing personal is written to disk on its way: bodies and answers stay in memory."""
    return Adjustments(
        listen=listen,
        threads=limits.staff_threads,
        connection_limit=limits.connections + MORE,
        max_request_header_size=limits.head_bytes,
        max_request_body_size=sys.maxsize,  # the route says
        inbuf_overflow=limits.waiting_bytes,
        outbuf_overflow=limits.waiting_bytes,
        recv_bytes=65_536,
        cleanup_interval=1,
        channel_timeout=int(limits.idle_seconds),
        asyncore_use_poll=True,
        clear_untrusted_proxy_headers=False,  # the application reads what proxies of ours say
        ident="liman",
    )
