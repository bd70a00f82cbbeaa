"""What monitoring is told: the figures of `overview.gauges` in the text format of Prometheus, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, cast

import structlog
from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import make_wsgi_app
from prometheus_client.registry import Collector

from issuance.logs import error_of
from issuance.office import Office
from issuance.services.overview.gauges import READERS, Gauge, schema

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

log = structlog.get_logger()


class Figures(Collector):
    """Reads the register anew each time that it is asked."""

    def __init__(self, office: Office) -> None:
        self.office = office

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Every figure that can be read; one that cannot hides no other."""
        failed = set()
        for reader in READERS:
            try:
                with self.office.reading() as look:
                    found = reader(look)
            except Exception as error:
                log.warning("figures_not_read", figures=reader.__name__, **error_of(error))
                failed.add(reader)
            else:
                yield from map(_family, found)
        up, unread = Gauge("up", "1 when the register answers"), Gauge("unread", "Groups of figures not read")
        up.tell(float(schema not in failed))
        unread.tell(len(failed))
        yield from map(_family, (up, unread))


def _family(gauge: Gauge) -> GaugeMetricFamily:
    family = GaugeMetricFamily(f"liman_{gauge.name}", gauge.says, labels=gauge.labels)
    for labels, value in gauge.values:
        family.add_metric(labels, value)
    return family


def application(office: Office) -> WSGIApplication:
    """Answers GET /metrics with the figures of an office; every other address is not there."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Figures(office))
    answer = make_wsgi_app(registry, disable_compression=True)

    def answered(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["PATH_INFO"] != "/metrics" or environ["REQUEST_METHOD"] != "GET":
            start_response("404 Not Found", [("Content-Type", "text/plain; charset=utf-8")])
            return [b"There is only /metrics here.\n"]
        return cast("Iterable[bytes]", answer(environ, start_response))

    return answered


def route_of(_method: str, _path: str) -> tuple[int, bool]:
    """Nobody sends a body."""
    return 0, False
