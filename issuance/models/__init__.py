"""One file per concept of the register."""
