"""Departures: the day on which somebody leaves, on a case; what of them waits for a supervisor, or is late."""
