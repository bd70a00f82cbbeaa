"""The persons, and what they were told."""
