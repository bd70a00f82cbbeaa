"""Asking one IPP printer: versions, log-in, and what an answer that did not come means. One exchange a question."""

from __future__ import annotations

import itertools
import logging
from enum import IntEnum

from card_drivers.device import ConfigurationError, DeviceError, DeviceOffline, LinkLost
from card_drivers.links.http_login import Login
from card_drivers.links.ipp_message import (
    Attributes,
    Group,
    IppFormatError,
    IppMessage,
    Tag,
    Value,
    decode,
    encode,
    is_whole,
    one,
)
from card_drivers.links.transport import Endpoint, Limits, LinkBroken, NotConnected, NotTrusted, Reply
from card_drivers.troubles import Trouble

log = logging.getLogger(__name__)

USER = "liman"
HEADERS = {"Content-Type": "application/ipp"}
VERSIONS = ((1, 1), (2, 0))
"""What is tried, in this order, when a printer refuses the version it was asked in (RFC 8011 section 4.1.8)."""
VERSION_REFUSED = 0x0503
UNAUTHORISED = 401


class Operation(IntEnum):
    """Operations of RFC 8011 section 5.4.15."""

    PRINT_JOB = 0x0002
    VALIDATE_JOB = 0x0004
    CANCEL_JOB = 0x0008
    GET_JOB_ATTRIBUTES = 0x0009
    GET_JOBS = 0x000A
    GET_PRINTER_ATTRIBUTES = 0x000B


class IppLink:
    """The printer at `uri`, asked as `user` of the settings when it wants one."""

    def __init__(self, uri: str, endpoint: Endpoint, limits: Limits, login: Login | None) -> None:
        self._uri = uri
        self._endpoint = endpoint
        self._limits = limits
        self._login = login
        self._version = (2, 0)
        self._request_ids = itertools.count(1)

    def query(self, operation: Operation, attributes: Attributes, job: Attributes | None = None) -> IppMessage:
        """A question that consumes nothing, so that a lost answer means: offline."""
        try:
            return self.ask(operation, attributes, job)
        except LinkLost as error:
            raise DeviceOffline(error.trouble.then(Trouble.of("check-printer"))) from error

    def ask(
        self, operation: Operation, attributes: Attributes, job: Attributes | None = None, document: bytes = b""
    ) -> IppMessage:
        """The answer, in the version that the printer last took.

        DeviceOffline: nothing arrived. LinkLost: it may have been acted upon. ConfigurationError: it was refused.
        """
        for version in (self._version, *(other for other in VERSIONS if other != self._version)):
            groups = self._groups(attributes, job)
            request = IppMessage(operation, next(self._request_ids), groups, document, version)
            answer = self._exchange(request)
            if answer.code != VERSION_REFUSED:
                self._version = version
                return answer
        raise ConfigurationError("printer-ipp-version", version=".".join(map(str, answer.version)))

    def _exchange(self, request: IppMessage) -> IppMessage:
        reply = self._logged_in(encode(request))
        if reply.status != 200:
            raise _http_error(reply)
        try:
            answer = decode(reply.body)
        except IppFormatError as error:
            log.info("no IPP: %s", error)
            raise LinkLost("printer-no-ipp") from error
        # Who refuses the version has not read the number.
        if answer.request_id != request.request_id and answer.code != VERSION_REFUSED:
            raise LinkLost("printer-other-answer")
        return answer

    def _logged_in(self, body: bytes) -> Reply:
        """One exchange, and a second one when the printer wants to know who asks: it did nothing before."""
        reply = self._posted(body)
        if reply.status != UNAUTHORISED:
            return reply
        if self._login is None:
            raise ConfigurationError("printer-login-wanted")
        if not self._login.take(reply.headers.get_all("WWW-Authenticate", [])):
            raise ConfigurationError("printer-login-unknown")
        reply = self._posted(body)
        if reply.status == UNAUTHORISED:
            raise ConfigurationError("printer-login-refused")
        return reply

    def _posted(self, body: bytes) -> Reply:
        headers = HEADERS | (self._login.header("POST", self._endpoint.path or "/") if self._login else {})
        try:
            return self._endpoint.exchange("POST", "", headers, body, self._limits, is_whole)
        except NotTrusted as error:
            raise ConfigurationError(error.trouble) from error
        except NotConnected as error:
            raise DeviceOffline(error.trouble.then(Trouble.of("switch-printer-on"))) from error
        except LinkBroken as error:
            raise LinkLost(error.trouble) from error

    def _groups(self, attributes: Attributes, job: Attributes | None) -> tuple[tuple[int, Attributes], ...]:
        operation = {
            "attributes-charset": (Value(Tag.CHARSET, "utf-8"),),
            "attributes-natural-language": (Value(Tag.LANGUAGE, "en"),),
            "printer-uri": (Value(Tag.URI, self._uri),),
            **{name: value for name, value in attributes.items() if name == "job-id"},
            "requesting-user-name": (Value(Tag.NAME, USER),),
            **{name: value for name, value in attributes.items() if name != "job-id"},
        }
        groups: tuple[tuple[int, Attributes], ...] = ((Group.OPERATION, operation),)
        return (*groups, (Group.JOB, job)) if job else groups


def status_text(answer: IppMessage) -> str:
    """Status and message of an answer, as the printer gave them."""
    operation = next(iter(answer.groups_of(Group.OPERATION)), {})
    return f"{answer.code:#06x} {one(operation, 'status-message', '')}".strip()


def _http_error(reply: Reply) -> DeviceError:
    """HTTP refused the request before IPP saw it (RFC 8010 section 4)."""
    location = reply.headers.get("Location", "")
    if 300 <= reply.status < 400 and location:
        return ConfigurationError("printer-moved", location=location)
    if 300 <= reply.status < 500:
        return ConfigurationError("printer-http-refused", status=reply.status)
    return LinkLost("printer-http", status=reply.status)
