"""The office as one object: what every act needs from its surroundings, built once by the composition root."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import cast

from flask import current_app

from issuance.clock import Clock, SystemClock
from issuance.db import Database
from issuance.keys import DocumentSigner, LastingSigner, SealSigner, open_document_signer, open_signer
from issuance.settings import Settings, key_file
from issuance.vault import Vault


@dataclass(frozen=True)
class Office:
    """Settings, database, clock, vault and signer. The vault key is read at first use: public pages never need it."""

    settings: Settings
    database: Database
    clock: Clock = field(default_factory=SystemClock)

    @cached_property
    def vault(self) -> Vault:
        """Where portraits, signatures and frozen content are kept encrypted."""
        return Vault(key_file(self.settings, "vault"))

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


def current_office() -> Office:
    """The office this request or command belongs to."""
    return cast(Office, current_app.extensions["office"])
