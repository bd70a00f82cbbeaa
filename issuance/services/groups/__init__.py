"""Groups that come together: one list, one appointment, one batch, and hand-overs one after another (ADR 0100)."""
