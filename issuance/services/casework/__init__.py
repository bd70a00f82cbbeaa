"""A case, from the lodging to the hand-over."""
