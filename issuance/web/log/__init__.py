"""The logs of the audit: their newest checkpoints, and the proof of one event."""
