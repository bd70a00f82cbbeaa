"""The events of the register in words: what was done, and the details of it."""
