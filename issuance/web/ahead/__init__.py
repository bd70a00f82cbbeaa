"""A family's form before it comes: where it fills it in, and where the window opens it."""
