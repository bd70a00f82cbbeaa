"""A machine and a chip of software, complete, with the faults of real ones."""
