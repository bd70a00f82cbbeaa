"""The virtual chip: what a card does with the commands it gets."""
