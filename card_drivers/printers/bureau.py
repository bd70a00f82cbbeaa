"""Central personalisation: the order leaves as a signed and encrypted file, its result comes back as one.

`produce` ends with SENT. Every order sent has a record in the station's folder, so that a result is taken once: a file
that comes twice, a result of an order never sent and a file that the bureau did not sign change nothing.
"""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

from pydantic import BaseModel, Field, ValidationError, field_validator

from card_drivers.bureau.sealed_file import LARGEST, SUFFIX, FileRefused, Identity, disk, pack, read_certificate, unpack
from card_drivers.chips import profile
from card_drivers.device import Answer, ConfigurationError, DeviceOffline
from card_drivers.links import raster
from card_drivers.order import Abilities, DeviceStatus, Order, Outcome, Result
from card_drivers.station.equipment import Context, DriverSettings, replace_file
from card_drivers.station.workbench import Workbench
from card_drivers.troubles import Trouble

log = logging.getLogger(__name__)


class Settings(DriverSettings):
    """Folders on this station; who carries the files to the bureau and back is not our business."""

    outbox: Path = Field(default=Path("outbox"), title="Outbox", description="Where production files are fetched from.")
    inbox: Path = Field(default=Path("inbox"), title="Inbox", description="Where result files are put.")
    keys: Path = Field(
        default=Path("keys"),
        title="Folder of the keys",
        description="Folder made by `bureau-key`: key.pem, certificate.pem.",
    )
    bureau: Path = Field(default=Path("bureau.pem"), title="Certificate of the bureau")
    profiles: str = Field(
        default="",
        title="Chips that the bureau writes",
        description="Personalisation profiles that the bureau says it makes, with commas between; empty: no chips.",
    )

    @field_validator("profiles")
    @classmethod
    def _possible(cls, names: str) -> str:
        for name in _split(names):
            if not _is_for_sites(name):
                raise ValueError(f"{name} is no profile that a bureau can make")
        return names


def can(settings: Settings) -> Abilities:
    """Any size and ink; chips of the profiles that the bureau says it makes."""
    return Abilities(profiles=tuple(_split(settings.profiles)))


def open(settings: Settings, context: Context) -> Bureau:
    """The bureau of these settings, relative paths from the station's folder. ConfigurationError without keys."""
    place = context.state / "bureau"
    return Bureau(
        outbox=_folder(place / settings.outbox),
        inbox=_folder(place / settings.inbox),
        records=_folder(place / "sent"),
        identity=Identity.read(place / settings.keys),
        bureau=place / settings.bureau,
        profiles=_split(settings.profiles),
    )


class Sent(BaseModel):
    """One order that was sent, under its claim; `settled` is the SHA-256 of the result as it came."""

    order_id: UUID
    claim_id: UUID
    complete: bool = False
    settled: str | None = None


class Bureau:
    """The way to the bureau and back."""

    def __init__(
        self, outbox: Path, inbox: Path, records: Path, identity: Identity, bureau: Path, profiles: tuple[str, ...] = ()
    ) -> None:
        self._outbox = outbox
        self._inbox = inbox
        self._records = records
        self._identity = identity
        self._bureau = read_certificate(bureau)
        self._profiles = profiles
        self._refused: Trouble | None = None
        self._files: dict[UUID, tuple[Path, str]] = {}

    def produce(self, order: Order, station: Workbench) -> Result:
        """Write the production file. The chip's keys come with the leave, and go only inside its encryption."""
        if order.document_type == "TEST":
            raise ConfigurationError("bureau-no-test-cards")
        if order.chip is not None and order.chip.profile not in self._profiles:
            raise ConfigurationError("bureau-no-profile", profile=order.chip.profile)
        self._require_folders()
        for face in order.faces:
            raster.check(face)  # days before they say it
        sent = Sent(order_id=order.order_id, claim_id=order.claim_id)
        with station.step("send"):
            file = pack(station.order.model_dump_json().encode(), self._identity, self._bureau)
            self._keep(sent)
            _write(self._outbox / f"{order.claim_id}{SUFFIX}", file)
            self._keep(sent.model_copy(update={"complete": True}))
        return station.result(Outcome.SENT)

    def status(self) -> DeviceStatus:
        """Idle while files can be written; `trouble` is of the last file that was refused."""
        self._require_folders()
        return DeviceStatus(state="idle", trouble=self._refused)

    def abilities(self) -> Abilities:
        """Any size and ink; chips of the profiles that the bureau says it makes."""
        return Abilities(profiles=self._profiles)

    def recover(self, order_id: UUID) -> Answer:
        """SENT when the file is there; a file that was begun and is gone may have been fetched."""
        self._require_folders()
        for sent in map(self._read, self._records.glob("*.json")):
            if sent.order_id == order_id:
                there = (self._outbox / f"{sent.claim_id}{SUFFIX}").exists()
                if sent.complete or there:
                    return Answer(Outcome.SENT)
                return Answer(Outcome.UNKNOWN, trouble=Trouble.of("bureau-ask"))
        return Answer(Outcome.NOT_STARTED, trouble=Trouble.of("order-not-sent"))

    def results(self) -> Iterator[Result]:
        """The results of the inbox, one file after the other; what is none is put aside with a line in the log."""
        for path in sorted(self._inbox.glob(f"*{SUFFIX}")):
            try:
                content = unpack(_read(path), self._identity, self._bureau)
                result = self._result(content)
            except FileRefused as error:
                refused = Trouble.of("result-file-refused", file=path.name).then(error.trouble)
                self._put_aside(path, "refused", refused)
                continue
            if result is None:
                self._put_aside(path, "done")
            else:
                self._files[result.claim_id] = path, _fingerprint(content)
                yield result

    def settle(self, result: Result) -> None:
        """The register has it: never again."""
        path, fingerprint = self._files.pop(result.claim_id)
        sent = self._read(self._record(result.claim_id))
        self._keep(sent.model_copy(update={"settled": fingerprint}))
        self._put_aside(path, "done")

    def _require_folders(self) -> None:
        for folder in (self._outbox, self._inbox):
            if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
                raise DeviceOffline("folder-unusable", path=str(folder))

    def _result(self, content: bytes) -> Result | None:
        """What a file says; None when it was taken before. FileRefused for what is no result of an order of ours."""
        result = _parsed(content)
        record = self._record(result.claim_id)
        sent = self._read(record) if record.exists() else None
        if sent is None or sent.order_id != result.order_id:
            raise FileRefused("bureau-result-unasked")
        if result.outcome is Outcome.SENT:
            raise FileRefused("bureau-result-no-end")
        if sent.settled not in (None, _fingerprint(content)):
            raise FileRefused("bureau-result-other")
        return result if sent.settled is None else None

    def _put_aside(self, path: Path, name: str, why: Trouble | None = None) -> None:
        with disk():
            path.replace(_folder(self._inbox / name) / path.name)
        if why is not None:
            log.warning("%s", why.sentence())
            self._refused = why

    def _record(self, claim_id: UUID) -> Path:
        return self._records / f"{claim_id}.json"

    def _keep(self, sent: Sent) -> None:
        replace_file(self._record(sent.claim_id), sent.model_dump_json())

    def _read(self, path: Path) -> Sent:
        try:
            return Sent.model_validate_json(path.read_bytes())
        except (OSError, ValidationError) as error:
            raise ConfigurationError("record-damaged", path=str(path)) from error


def _split(names: str) -> tuple[str, ...]:
    return tuple(filter(None, (name.strip() for name in names.split(","))))


def _is_for_sites(name: str) -> bool:
    try:
        return profile.load(name).for_sites
    except ConfigurationError:
        return False


def _parsed(content: bytes) -> Result:
    try:
        return Result.model_validate_json(content)
    except ValidationError as error:
        raise FileRefused("bureau-file-no-result") from error


def _fingerprint(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _folder(path: Path) -> Path:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigurationError("folder-not-made", path=str(path), said=str(error.strerror)) from error
    return path


def _read(path: Path) -> bytes:
    with disk(), path.open("rb") as file:
        return file.read(LARGEST + 1)


def _write(path: Path, data: bytes) -> None:
    """Whole or not at all, under a name that nobody fetches until it is."""
    draft = path.with_suffix(".part")
    with disk():
        with draft.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        draft.rename(path)
