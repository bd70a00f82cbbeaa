"""The chip's side of access control: BAC and PACE with generic mapping (Doc 9303-11, 4.3 and 4.4)."""

from __future__ import annotations

import secrets
from hmac import compare_digest

from card_drivers.chips import bac, pace, tlv
from card_drivers.chips.apdu import CHAINED, Command, StatusWord
from card_drivers.chips.secure_messaging import SecureMessagingError, derive, session
from card_drivers.order import AccessKeys
from card_drivers.simulators.chip.files import CARD_ACCESS
from card_drivers.simulators.chip.running import Refused, Running


def get_challenge(chip: Running, command: Command) -> bytes:
    """GET CHALLENGE: RND.IC (4.3.4.1)."""
    _keys(chip)
    if not chip.application:
        raise Refused(StatusWord.CONDITIONS)
    chip.challenge = secrets.token_bytes(8)
    return chip.challenge


def external_authenticate(chip: Running, command: Command) -> bytes:
    """EXTERNAL AUTHENTICATE of BAC (4.3.4.2); a challenge is good for one try."""
    keys = bac.document_keys(_keys(chip))
    challenge, chip.challenge = chip.challenge, b""
    if not challenge:
        raise Refused(StatusWord.CONDITIONS)
    try:
        terminal_rnd, said, terminal_part = bac.open_cryptogram(keys, command.data)
    except SecureMessagingError:
        said, terminal_rnd, terminal_part = b"", b"", b""
    chip.count(right := compare_digest(said, challenge))
    if not right:
        raise Refused(StatusWord.AUTHENTICATION_FAILED)
    part = secrets.token_bytes(16)
    chip.start(bac.open_session(terminal_part, part, terminal_rnd, challenge))
    return bac.cryptogram(keys, challenge, terminal_rnd, part)


def choose_pace(chip: Running, command: Command) -> bytes:
    """MSE:Set AT: protocol, password and, when they are ambiguous, domain parameters (4.4.4.1)."""
    keys = _keys(chip)
    try:
        infos = pace.infos(bytes(chip.memory.files.get(CARD_ACCESS, b"")))
        given = tlv.parse(command.data)
    except tlv.TlvError as error:
        raise Refused(StatusWord.WRONG_DATA) from error
    offered = [info for info in infos if info.oid == tlv.find(given, 0x80)]
    if not offered:
        raise Refused(StatusWord.WRONG_DATA)
    number = tlv.find(given, 0x84)
    chosen = [info for info in offered if number in (None, bytes([info.domain.number]))]
    access = {bytes([value]): name for name, value in pace.REFERENCE.items()}.get(tlv.find(given, 0x83) or b"")
    if len(chosen) != 1 or access is None or (access == "CAN" and not keys.can):
        raise Refused(StatusWord.NO_REFERENCE)
    chip.waiting = PaceRun(chip, chosen[0], pace.password_key(keys, access, chosen[0].suite)).nonce
    return b""


def general_authenticate(chip: Running, command: Command) -> bytes:
    """The next step of the protocol that was chosen; a step that fails ends it."""
    step, chip.waiting = chip.waiting, None
    if step is None:
        raise Refused(StatusWord.CONDITIONS)
    try:
        return step(command)
    except ValueError as error:  # TlvError, PaceError: what came cannot be used
        raise Refused(StatusWord.WRONG_DATA) from error


class PaceRun:
    """One run of PACE: each step names the one that may follow (4.4.5)."""

    def __init__(self, chip: Running, info: pace.PaceInfo, key: bytes) -> None:
        self._chip = chip
        self._info = info
        self._key = key

    def nonce(self, command: Command) -> bytes:
        """Step 1: the encrypted nonce."""
        self._object(command, None)
        self._nonce = secrets.token_bytes(16)
        self._chip.waiting = self._map
        return self._answer(0x80, pace.encrypt_nonce(self._info.suite, self._key, self._nonce))

    def _map(self, command: Command) -> bytes:
        domain, private = self._info.domain, pace.private_key(self._info.domain)
        self._generator = pace.map_generator(domain, self._nonce, private, self._object(command, 0x81))
        self._chip.waiting = self._agree
        return self._answer(0x82, pace.public_key(private))

    def _agree(self, command: Command) -> bytes:
        domain, private = self._info.domain, pace.private_key(self._info.domain)
        self._theirs = self._object(command, 0x83)
        self._public = pace.mapped_public_key(domain, private, self._generator)
        self._shared = pace.agree(private, self._theirs)
        if domain.decode(self._theirs)[0] == domain.decode(self._public)[0]:
            raise Refused(StatusWord.AUTHENTICATION_FAILED)
        self._chip.waiting = self._authenticate
        return self._answer(0x84, self._public)

    def _authenticate(self, command: Command) -> bytes:
        suite, oid = self._info.suite, self._info.oid
        said, key = self._object(command, 0x85), derive(self._shared, 2, suite)
        self._chip.count(right := compare_digest(said, pace.token(suite, key, oid, self._public)))
        if not right:
            raise Refused(StatusWord.AUTHENTICATION_FAILED)
        self._chip.start(session(self._shared, suite))
        return self._answer(0x86, pace.token(suite, key, oid, self._theirs))

    def _object(self, command: Command, tag: int | None) -> bytes:
        """The object of this step. Every command but the last says that more will follow (4.4.4.3)."""
        if bool(command.cla & CHAINED) == (tag == 0x85):
            raise Refused(StatusWord.WRONG_CLA)
        template = tlv.require(command.data, 0x7C)
        return template if tag is None else tlv.require(template, tag)

    def _answer(self, tag: int, value: bytes) -> bytes:
        return tlv.encode(0x7C, tlv.encode(tag, value))


def parse_access(data: bytes) -> AccessKeys:
    """What opens the document, as either command set writes it: 62 { 04 number, 04 birth, 04 expiry, 04 CAN }."""
    try:
        objects = tlv.parse(tlv.require(data, 0x62))
        number, birth, expiry, *can = [value.decode("ascii") for _, value in objects]
    except ValueError as error:  # TlvError and UnicodeDecodeError too
        raise Refused(StatusWord.WRONG_DATA) from error
    if len(can) > 1 or {tag for tag, _ in objects} != {0x04}:
        raise Refused(StatusWord.WRONG_DATA)
    return AccessKeys(document_number=number.rstrip("<"), birth_date=birth, expiry_date=expiry, can="".join(can))


def _keys(chip: Running) -> AccessKeys:
    """What opens this chip: a finished document, or the open applet, which reads nothing without it."""
    state = chip.memory.state
    if state.access is None or not (state.personalised or state.applet == "jmrtd-applet"):
        raise Refused(StatusWord.CONDITIONS)
    return state.access
