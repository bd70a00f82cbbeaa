"""The public log of each chain of the audit: a Merkle tree as static files, which strangers verify (ADR 0107)."""
