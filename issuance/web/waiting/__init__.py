"""The waiting room, for those who stand at its door and sit at its counters."""
