"""How blanks come, go from hand to hand, are lost and found, and are destroyed."""
