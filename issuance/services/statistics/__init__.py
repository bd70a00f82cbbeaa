"""What the office counts for others: tables of whole periods, counted from what happened to documents (ADR 0096)."""
