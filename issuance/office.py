"""The office as one object: what every act needs from its surroundings, built once by the composition root."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cached_property

from issuance.actors import SYSTEM, Actor
from issuance.acts import Act, Look, Upkeep
from issuance.clock import Clock, SystemClock
from issuance.db import Database
from issuance.keys import DocumentSigner, LastingSigner, SealSigner, open_document_signer, open_signer
from issuance.settings import Settings, key_file
from issuance.vault import Vault

_acting: ContextVar[bool] = ContextVar("acting", default=False)


class Office:
    """Settings, database, clock, vault and signers. The vault key is read at first use: public pages never need it."""

    def __init__(self, settings: Settings, database: Database, clock: Clock | None = None) -> None:
        self.settings = settings
        self.database = database
        self.clock = clock or SystemClock()

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

    def close_signers(self) -> None:
        """Let go of the keys of this thread."""
        self.signer.close()
        self.document_signer.close()

    @contextmanager
    def act(self, actor: Actor) -> Iterator[Act]:
        """One act of `actor`: one transaction, kept at the end with its event. StaleState when overtaken."""
        if _acting.get():
            raise RuntimeError("an act within an act would be a second transaction: give the act on instead")
        outer = _acting.set(True)
        try:
            with self.database.transaction() as session:
                act = Act(session, self, actor)
                yield act
                act.close()
        finally:
            _acting.reset(outer)

    @contextmanager
    def reading(self, actor: Actor = SYSTEM) -> Iterator[Look]:
        """Look without writing: whatever the block changed is rolled back."""
        with self.database.reading() as session:
            yield Look(session, self, actor)

    @contextmanager
    def upkeep(self) -> Iterator[Look]:
        """A transaction of the office's own machinery: counted tries, signs of life. Nobody acts: it is no event.

        Unwitnessed when it changes what only an act may.
        """
        with self.database.transaction() as session:
            look = Upkeep(session, self, SYSTEM)
            yield look
            session.flush()
