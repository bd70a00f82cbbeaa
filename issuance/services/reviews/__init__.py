"""The review of a person's status: opened, notified, heard, decided by two, appealed, final."""
