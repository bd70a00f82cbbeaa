"""What stations talk to."""
