"""Pages about what is told to bodies outside, and the address at which two of them fetch it."""
