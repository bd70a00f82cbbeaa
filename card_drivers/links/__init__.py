"""How bytes get to a machine."""
