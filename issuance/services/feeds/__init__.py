"""What the office tells bodies outside: one outbox, the files it goes in, the answers (ADR 0095)."""
