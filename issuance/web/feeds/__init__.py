"""Pages about what is told to bodies outside."""
