"""The office as one object: what every act needs from its surroundings, built once by the composition root."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cached_property

from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from issuance.actors import SYSTEM, Actor
from issuance.acts import Act, Look, Surroundings, Upkeep
from issuance.clock import Clock, FixedClock, SystemClock
from issuance.db import PATIENCE, Database, is_busy, is_twice
from issuance.errors import Busy, Raced
from issuance.keys import (
    DocumentSigner,
    LastingSigner,
    ListSigner,
    SealSigner,
    open_document_signer,
    open_list_signer,
    open_signer,
)
from issuance.services.care import veil
from issuance.services.trust import trusted_time
from issuance.services.trust.trusted_time import ClockStopped, Jump, Time
from issuance.settings import Settings, key_file
from issuance.vault import Vault

_acting: ContextVar[bool] = ContextVar("acting", default=False)


@dataclass(frozen=True)
class _Dated:
    """The surroundings of an act that is not dated by the office's clock."""

    clock: Clock
    office: Office

    @property
    def wall(self) -> Clock:
        """The office's."""
        return self.office.clock

    @property
    def vault(self) -> Vault:
        """The office's."""
        return self.office.vault

    @property
    def settings(self) -> Settings:
        """The office's."""
        return self.office.settings

    @property
    def event_key(self) -> bytes:
        """The office's."""
        return self.office.event_key


class Office:
    """Settings, database, clock, vault and signers. The vault key is read at first use: public pages never need it."""

    def __init__(self, settings: Settings, database: Database, clock: Clock | None = None) -> None:
        self.settings = settings
        self.database = database
        self.clock = clock or SystemClock()

    @property
    def wall(self) -> Clock:
        """The machine's own clock."""
        return self.clock

    @cached_property
    def vault(self) -> Vault:
        """Where portraits, signatures and frozen content are kept encrypted."""
        return Vault(key_file(self.settings, "vault"))

    @cached_property
    def event_key(self) -> bytes:
        """The key of the MACs of events, read at the first act."""
        return key_file(self.settings, "audit-events")

    @cached_property
    def signer(self) -> LastingSigner[SealSigner]:
        """The signer of seals, opened at first use: only the background thread signs."""
        return LastingSigner(lambda: open_signer(self.settings, self.clock))

    @cached_property
    def document_signer(self) -> LastingSigner[DocumentSigner]:
        """The signer of chips, opened at first use by the background thread."""
        return LastingSigner(lambda: open_document_signer(self.settings, self.clock))

    @cached_property
    def list_signer(self) -> LastingSigner[ListSigner]:
        """The signer of status lists, opened at first use by the background thread."""
        return LastingSigner(lambda: open_list_signer(self.settings, self.clock))

    def close_signers(self) -> None:
        """Let go of the keys of this thread."""
        self.signer.close()
        self.document_signer.close()
        self.list_signer.close()

    @contextmanager
    def act(self, actor: Actor, *, while_stopped: bool = False) -> Iterator[Act]:
        """One act of `actor`: one transaction, kept at the end with its event. StaleState when overtaken, Raced when
        another act wrote the same: whoever answers a person tries that once more (`web/frame/errors.py`). Busy when
        SQLite was written to for too long.

        ClockStopped while the clock cannot be believed, unless the act may happen `while_stopped`: it is then dated by
        the time that the register trusts.
        """
        if _acting.get():
            raise RuntimeError("an act within an act would be a second transaction: give the act on instead")
        outer = _acting.set(True)
        try:
            with _in_a_sentence(), self.database.transaction() as session:
                act = Act(session, self._dated(session, while_stopped), actor)
                yield act
                act.close()
        except ClockStopped as error:
            if error.jump:
                self._stop_clock(error.jump)
            raise
        finally:
            _acting.reset(outer)

    def _dated(self, session: Session, while_stopped: bool) -> Surroundings:
        """The surroundings of an act that may be dated now; ClockStopped when it may not."""
        time = self._time(session)
        if time.is_right:
            if time.kept_at is None:
                trusted_time.keep(session, time)
            return self
        if not while_stopped:
            raise ClockStopped(time.jump)
        return _Dated(FixedClock(time.trusted), self)

    def keep_time(self) -> bool:
        """Judge the clock, as the background thread does all the time; whether it can be believed."""
        with self.database.reading() as session:
            time = self._time(session)
        if time.jump:
            self._stop_clock(time.jump)
        elif time.is_due:
            with self.database.transaction() as session:
                trusted_time.keep(session, time)
        return time.is_right

    def _time(self, session: Session) -> Time:
        return trusted_time.read(session, self.clock, self.settings.longest_closure)

    def _stop_clock(self, jump: Jump) -> None:
        with self.database.transaction() as session:
            dated = _Dated(FixedClock(self._time(session).trusted), self)
            act = Act(session, dated, SYSTEM)
            trusted_time.stop(act, jump)
            act.close()

    @contextmanager
    def reading(self, actor: Actor = SYSTEM) -> Iterator[Look]:
        """Look without writing: whatever the block changed is rolled back."""
        with self.database.reading() as session:
            veil.wear(session, actor, self.clock)
            yield Look(session, self, actor)

    @contextmanager
    def upkeep(self, patience: float = PATIENCE) -> Iterator[Look]:
        """A transaction of the office's own machinery: counted tries, signs of life. Nobody acts: it is no event.

        Unwitnessed when it changes what only an act may. Busy after `patience` seconds of waiting for SQLite's lock.
        """
        with _in_a_sentence(), self.database.transaction(patience) as session:
            look = Upkeep(session, self, SYSTEM)
            yield look
            session.flush()


@contextmanager
def _in_a_sentence() -> Iterator[None]:
    """Say as a refusal what only came too late: Raced or Busy. Whatever else the database refuses is a defect."""
    try:
        yield
    except IntegrityError as error:
        if not is_twice(error):
            raise
        raise Raced from error
    except OperationalError as error:
        if not is_busy(error):
            raise
        raise Busy from error
