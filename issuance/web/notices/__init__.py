"""Where persons agreed to be written to, what they were written, and which addresses are wrong."""
