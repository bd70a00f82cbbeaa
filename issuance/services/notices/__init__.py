"""What persons are written: where they agreed to be written to, the outbox, and how it is emptied (ADR 0073)."""
