"""What case handling tells by events: who may, in which order, and what each one does here (ADR 0094)."""
