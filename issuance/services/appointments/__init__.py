"""Who comes when, and whose turn it is: capacity, appointments, tickets and the board of a waiting room (ADR 0050)."""
