"""Where personal data lie encrypted: the vault, the master keys above it, and the key files that these wrap."""

from __future__ import annotations

from issuance.vault.masters import VaultError
from issuance.vault.vault import Opened, Vault

__all__ = ["Opened", "Vault", "VaultError"]
